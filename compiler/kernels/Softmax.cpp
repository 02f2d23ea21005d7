//===- Softmax.cpp - softmax along an axis ----------------------*- C++ -*-===//

#include "compiler/kernels/Softmax.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Fold.h"
#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/Softmax.h"

#include <fmt/format.h>

#include <limits>

using namespace Halide;

namespace segc {
namespace {

constexpr float kLowest = std::numeric_limits<float>::lowest();

Expr exponential(Expr x) { return lowerUnary(seg::UnaryKind::Exp, 0, 0, x); }
Expr logarithm(Expr x) { return lowerUnary(seg::UnaryKind::Log, 0, 0, x); }

Kernel finish(const std::string &name, ImageParam input, Func out, const CpuTarget &target) {
  Kernel kernel;
  kernel.name = name;
  kernel.key = fmt::format("{} {}", name, target.arch);
  kernel.pipeline = Pipeline(out);
  kernel.args = {KernelArg::view(input, "input"), KernelArg::output(out, "output")};
  return kernel;
}

std::string layoutName(int block) { return block > 1 ? fmt::format("b{}", block) : "planar"; }

/// (inner, axis, outer), a vector along `inner`.
void buildAlongOuterAxis(const DenseSoftmaxSpec &spec, ImageParam input, Func out,
                         const CpuTarget &target) {
  Var i("i"), a("a"), o("o");
  RDom r(0, input.dim(1).extent(), "r");
  Expr inner = min(likely(i), input.dim(0).extent() - 1); // whole vectors are computed
  Func largest("largest"), sum("sum");
  largest(i, o) = kLowest;
  largest(i, o) = max(largest(i, o), input(inner, r, o));
  sum(i, o) = 0.0f;
  sum(i, o) += exponential(input(inner, r, o) - largest(i, o));
  Expr shifted = input(i, a, o) - largest(i, o);
  out(i, a, o) = spec.log ? shifted - logarithm(sum(i, o)) : exponential(shifted) / sum(i, o);
  scheduleAlongOuterAxis(out, {largest, sum}, i, {a}, o, target);
}

/// (axis, outer): lanes take part in turn, then are combined; the rest follows.
void buildAlongInnermostAxis(const DenseSoftmaxSpec &spec, ImageParam input, Func out,
                             const CpuTarget &target) {
  const int lanes = target.lanes;
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
  Func largestOfLane("largestOfLane"), largest("largest"), sumOfLane("sumOfLane"), sum("sum");
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
  scheduleAlongInnermostAxis(out, {largestOfLane, sumOfLane}, {largest, sum}, target);
}

} // namespace

Kernel buildSoftmax(const SoftmaxSpec &spec, const CpuTarget &target) {
  const int channels = spec.channels, columns = target.lanes, block = spec.inputBlock;
  ImageParam input = featureMapInput(Float(32), "input", channels, block);
  Var ci("ci"), x("x"), y("y"), cb("cb"), column("column"), tile("tile"), c("c");
  RDom r(0, channels, "r");
  Func out("output"), score("score"), largest("largest"), weight("weight"), sum("sum");
  Param<int> width("width");
  Expr at = min(likely(tile * columns + column), width - 1);
  score(column, c, tile, y) = input(c % block, at, y, c / block);
  largest(column, tile, y) = kLowest;
  largest(column, tile, y) = max(largest(column, tile, y), score(column, r, tile, y));
  weight(column, c, tile, y) = exponential(score(column, c, tile, y) - largest(column, tile, y));
  sum(column, tile, y) = 0.0f;
  sum(column, tile, y) += weight(column, r, tile, y);
  Func result("result");
  if (spec.log)
    result(column, c, tile, y) =
        score(column, c, tile, y) - largest(column, tile, y) - logarithm(sum(column, tile, y));
  else
    result(column, c, tile, y) = weight(column, c, tile, y) / sum(column, tile, y);
  Expr channel = min(cb * spec.outputBlock + ci, channels - 1);
  out(ci, x, y, cb) = result(x % columns, channel, x / columns, y);
  constrainFeatureMap(out.output_buffer(), channels, spec.outputBlock);
  scheduleSoftmax({out, score, largest, weight, sum, result}, spec.outputBlock, channels, spec.log,
                  target);
  Kernel kernel = finish(fmt::format("{}softmax_c{}_{}_to_{}", spec.log ? "log_" : "", channels,
                                     layoutName(block), layoutName(spec.outputBlock)),
                         input, out, target);
  kernel.args.insert(kernel.args.begin() + 1, KernelArg::integer(width, "width"));
  return kernel;
}

Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CpuTarget &target) {
  ImageParam input(Float(32), spec.innermost ? 2 : 3, "input");
  Func out("output");
  for (int d = 0; d < input.dimensions(); ++d)
    input.dim(d).set_min(0);
  if (spec.innermost)
    buildAlongInnermostAxis(spec, input, out, target);
  else
    buildAlongOuterAxis(spec, input, out, target);
  for (int d = 0; d < input.dimensions(); ++d)
    out.output_buffer().dim(d).set_min(0);
  return finish(
      fmt::format("{}softmax_{}", spec.log ? "log_" : "", spec.innermost ? "innermost" : "outer"),
      input, out, target);
}

} // namespace segc
