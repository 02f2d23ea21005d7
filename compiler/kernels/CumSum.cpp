//===- CumSum.cpp - running sums along an axis ------------------*- C++ -*-===//

#include "compiler/kernels/CumSum.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {

Algorithm cumSumAlgorithm(const CumSumSpec &spec) {
  ImageParam input(spec.type, 3, "input");
  Var i("i"), axis("axis"), o("o");
  Func out("output");
  for (int d = 0; d < 3; ++d) {
    input.dim(d).set_min(0);
    input.dim(d).set_stride(d == 0 ? Expr(1) : Expr());
  }
  Expr last = input.dim(1).extent() - 1;
  RDom r(1, last, "r");
  auto at = [&](const Expr &step) { return spec.reverse ? last - step : step; };
  out(i, axis, o) = undef(spec.type);
  Expr zero = cast(spec.type, 0);
  out(i, at(0), o) = spec.exclusive ? zero : input(i, at(0), o);
  Expr source = spec.exclusive ? at(r - 1) : at(r);
  out(i, at(r), o) = out(i, at(r - 1), o) + input(i, source, o);

  for (int d = 0; d < 3; ++d)
    out.output_buffer().dim(d).set_min(0);

  Algorithm algorithm;
  algorithm.define(fmt::format("cumsum{}{}_{}{}", spec.exclusive ? "_exclusive" : "",
                               spec.reverse ? "_reverse" : "", spec.type.is_float() ? "f" : "i",
                               spec.type.bits()),
                   out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
