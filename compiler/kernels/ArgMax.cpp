//===- ArgMax.cpp - where along an axis the largest value is ----*- C++ -*-===//

#include "compiler/kernels/Softmax.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

#include <limits>

using namespace Halide;

namespace segc {
namespace {

/// (largest value, its position) so far, with one more candidate.
Tuple better(Tuple best, Expr value, Expr position, bool selectLast) {
  Expr wins = selectLast ? value >= best[0] : value > best[0];
  return Tuple(select(wins, value, best[0]), select(wins, position, best[1]));
}

const char *tieName(bool selectLast) { return selectLast ? "_last" : ""; }

} // namespace

ArgMaxAlgorithm argMaxAlgorithm(const ArgMaxSpec &spec, int columns) {
  ArgMaxAlgorithm algorithm;
  const int block = spec.inputBlock;
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, block);
  Param<int> width("width");
  Var ci("ci"), x("x"), y("y"), cb("cb"), column("column"), tile("tile");
  Func best = algorithm.best, out("output");
  if (spec.channels == 1) {
    out(ci, x, y, cb) = cast<int64_t>(0);
    constrainFeatureMap(out.output_buffer(), 1, 1);
  } else {
    RDom r(1, spec.channels - 1, "r");
    Expr at = min(likely(tile * columns + column), width - 1);
    best(column, tile, y) = Tuple(input(0, at, y, 0), Expr(0));
    best(column, tile, y) =
        better(best(column, tile, y), input(r % block, at, y, r / block), r, spec.selectLast);
    out(ci, x, y, cb) = cast<int64_t>(best(x % columns, x / columns, y)[1]);
    constrainFeatureMap(out.output_buffer(), 1, 1);
  }

  algorithm.define(
      fmt::format("argmax{}_c{}_{}", tieName(spec.selectLast), spec.channels, layoutName(block)),
      out,
      {KernelArg::view(input, "input"), KernelArg::integer(width, "width"),
       KernelArg::output(out, "output")});
  return algorithm;
}

ArgMaxAlgorithm denseArgMaxAlgorithm(const DenseArgMaxSpec &spec) {
  ArgMaxAlgorithm algorithm;
  ImageParam input(spec.type, spec.innermost ? 2 : 3, "input");
  for (int d = 0; d < input.dimensions(); ++d)
    input.dim(d).set_min(0);
  Var i("i"), o("o");
  Func best = algorithm.best, out("output");
  if (spec.innermost) {
    RDom r(1, input.dim(0).extent() - 1, "r");
    best(o) = Tuple(input(0, o), Expr(0));
    best(o) = better(best(o), input(r, o), r, spec.selectLast);
    out(o) = cast<int64_t>(best(o)[1]);
  } else {
    RDom r(1, input.dim(1).extent() - 1, "r");
    Expr inner = min(likely(i), input.dim(0).extent() - 1);
    best(i, o) = Tuple(input(inner, 0, o), Expr(0));
    best(i, o) = better(best(i, o), input(inner, r, o), r, spec.selectLast);
    out(i, o) = cast<int64_t>(best(i, o)[1]);
  }
  for (int d = 0; d + 1 < input.dimensions(); ++d)
    out.output_buffer().dim(d).set_min(0);

  algorithm.define(fmt::format("argmax{}_{}{}", tieName(spec.selectLast),
                               spec.innermost ? "innermost" : "outer",
                               spec.type == Float(32) ? "" : "_" + elementName(spec.type)),
                   out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
