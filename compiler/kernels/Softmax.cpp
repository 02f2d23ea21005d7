//===- Softmax.cpp - softmax along an axis ----------------------*- C++ -*-===//

#include "compiler/kernels/Softmax.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Fold.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

#include <limits>

using namespace Halide;

namespace segc {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

Expr exponential(Expr x) { return lowerUnary(seg::UnaryKind::Exp, 0, 0, x); }
Expr logarithm(Expr x) { return lowerUnary(seg::UnaryKind::Log, 0, 0, x); }

/// (inner, axis, outer), a vector along `inner`.
void alongOuterAxis(const DenseSoftmaxSpec &spec, ImageParam input, Func out,
                    DenseSoftmaxAlgorithm &algorithm) {
  Var i("i"), a("a"), o("o");
  RDom r(0, input.dim(1).extent(), "r");
  Expr inner = min(likely(i), input.dim(0).extent() - 1); // whole vectors are computed
  Func largest = algorithm.largest, sum = algorithm.sum;
  largest(i, o) = kLowest;
  largest(i, o) = max(largest(i, o), input(inner, r, o));
  sum(i, o) = 0.0f;
  sum(i, o) += exponential(input(inner, r, o) - largest(i, o));
  Expr shifted = input(i, a, o) - largest(i, o);
  out(i, a, o) = spec.log ? shifted - logarithm(sum(i, o)) : exponential(shifted) / sum(i, o);
}

/// (axis, outer): lanes take part in turn, then are combined; the rest follows.
void alongInnermostAxis(const DenseSoftmaxSpec &spec, ImageParam input, Func out, int lanes,
                        DenseSoftmaxAlgorithm &algorithm) {
  Var a("a"), o("o"), lane("lane");
  Expr extent = input.dim(0).extent();
  RDom whole(0, extent / lanes, "whole"), rest(0, extent % lanes, "rest");
  Expr inWhole = whole * lanes + lane, inRest = extent / lanes * lanes + rest;
  auto lanesOf = [&](Func f) {
    std::vector<Expr> values;
    values.reserve(lanes);
    for (int l = 0; l < lanes; ++l)
      values.push_back(f(l, o));
    return values;
  };
  Func largestOfLane = algorithm.largestOfLane, largest = algorithm.largest;
  Func sumOfLane = algorithm.sumOfLane, sum = algorithm.sum;
  largestOfLane(lane, o) = kLowest;
  largestOfLane(lane, o) = max(largestOfLane(lane, o), input(inWhole, o));
  largest(o) = foldTree(lanesOf(largestOfLane), [](Expr x, Expr y) { return max(x, y); });
  largest(o) = max(largest(o), input(inRest, o));
  sumOfLane(lane, o) = 0.0f;
  sumOfLane(lane, o) += exponential(input(inWhole, o) - largest(o));
  sum(o) = foldTree(lanesOf(sumOfLane), [](Expr x, Expr y) { return x + y; });
  sum(o) += exponential(input(inRest, o) - largest(o));
  Expr shifted = input(a, o) - largest(o);
  out(a, o) = spec.log ? shifted - logarithm(sum(o)) : exponential(shifted) / sum(o);
}

} // namespace

SoftmaxAlgorithm softmaxAlgorithm(const SoftmaxSpec &spec, int columns) {
  SoftmaxAlgorithm algorithm;
  const int channels = spec.channels, block = spec.inputBlock;
  ImageParam input = featureMapInput(Float(32), "input", channels, block);
  Var ci("ci"), x("x"), y("y"), cb("cb"), column("column"), tile("tile"), c("c");
  RDom r(0, channels, "r");
  Func out("output"), score = algorithm.score, largest = algorithm.largest;
  Func weight = algorithm.weight, sum = algorithm.sum, result = algorithm.result;
  Param<int> width("width");
  Expr at = min(likely(tile * columns + column), width - 1);
  score(column, c, tile, y) = input(c % block, at, y, c / block);
  largest(column, tile, y) = kLowest;
  largest(column, tile, y) = max(largest(column, tile, y), score(column, r, tile, y));
  weight(column, c, tile, y) = exponential(score(column, c, tile, y) - largest(column, tile, y));
  sum(column, tile, y) = 0.0f;
  sum(column, tile, y) += weight(column, r, tile, y);
  if (spec.log)
    result(column, c, tile, y) =
        score(column, c, tile, y) - largest(column, tile, y) - logarithm(sum(column, tile, y));
  else
    result(column, c, tile, y) = weight(column, c, tile, y) / sum(column, tile, y);
  Expr channel = min(cb * spec.outputBlock + ci, channels - 1);
  out(ci, x, y, cb) = result(x % columns, channel, x / columns, y);
  constrainFeatureMap(out.output_buffer(), channels, spec.outputBlock);
  algorithm.define(fmt::format("{}softmax_c{}_{}_to_{}", spec.log ? "log_" : "", channels,
                               layoutName(block), layoutName(spec.outputBlock)),
                   out,
                   {KernelArg::view(input, "input"), KernelArg::integer(width, "width"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

DenseSoftmaxAlgorithm denseSoftmaxAlgorithm(const DenseSoftmaxSpec &spec, int lanes) {
  DenseSoftmaxAlgorithm algorithm;
  ImageParam input(Float(32), spec.innermost ? 2 : 3, "input");
  Func out("output");
  for (int d = 0; d < input.dimensions(); ++d)
    input.dim(d).set_min(0);
  if (spec.innermost)
    alongInnermostAxis(spec, input, out, lanes, algorithm);
  else
    alongOuterAxis(spec, input, out, algorithm);
  for (int d = 0; d < input.dimensions(); ++d)
    out.output_buffer().dim(d).set_min(0);
  algorithm.define(
      fmt::format("{}softmax_{}", spec.log ? "log_" : "", spec.innermost ? "innermost" : "outer"),
      out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
