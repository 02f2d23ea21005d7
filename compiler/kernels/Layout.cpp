//===- Layout.cpp - feature maps from one layout to another -----*- C++ -*-===//

#include "compiler/kernels/Layout.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

#include <cassert>

using namespace Halide;

namespace segc {
namespace {

std::string typeName(Type type) {
  return fmt::format("{}{}", type.is_float() ? "f" : type.is_uint() ? "u" : "i", type.bits());
}

} // namespace

LayoutAlgorithm layoutAlgorithm(const LayoutSpec &spec) {
  const int from = spec.fromBlock, to = spec.toBlock;
  ImageParam input = featureMapInput(spec.type, "input", spec.channels, from);
  Var ci("ci"), x("x"), y("y"), cb("cb");
  LayoutAlgorithm algorithm;
  Func out("output");
  if (from == to) {
    out(ci, x, y, cb) = input(ci, x, y, cb);
    constrainFeatureMap(out.output_buffer(), spec.channels, to);
  } else if (to == 1) {
    out(ci, x, y, cb) = input(cb % from, x, y, cb / from);
    constrainFeatureMap(out.output_buffer(), spec.channels, to);
  } else {
    assert(from == 1 && "between blocks of two sizes lie planes");
    // Planes are read along their rows into a small square, whose columns are written.
    Func square = algorithm.square = Func("square");
    Var column("column"), tile("tile");
    const int columns = to;
    Expr channel = min(cb * to + ci, spec.channels - 1);
    Expr last = input.dim(1).max();
    square(column, ci, tile, y, cb) =
        input(0, min(likely(tile * columns + column), last), y, channel);
    out(ci, x, y, cb) = square(x % columns, ci, x / columns, y, cb);
    constrainFeatureMap(out.output_buffer(), spec.channels, to);
  }

  algorithm.define(fmt::format("layout_{}_to_{}_c{}_{}", layoutName(from), layoutName(to),
                               spec.channels, typeName(spec.type)),
                   out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
