//===- Integer.cpp - sums of products of integers ---------------*- C++ -*-===//

#include "compiler/kernels/Integer.h"

#include "compiler/kernels/Dense.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {

Type widened(Type type) { return Int(type.bits() == 8 ? 16 : 32); }

namespace {

/// Zeros: one for all may be repeated by a stride of 0.
ImageParam zeros(Type type, const char *name) {
  ImageParam param = denseInput(type, 1, name);
  param.dim(0).set_stride(Expr());
  return param;
}

Expr productOf(Expr a, Expr b) { return lowerBinary(seg::BinaryKind::Mul, a, b); }
Expr sumOf(Expr a, Expr b) { return lowerBinary(seg::BinaryKind::Add, a, b); }
Expr differenceOf(Expr a, Expr b) { return lowerBinary(seg::BinaryKind::Sub, a, b); }

} // namespace

Algorithm widenAlgorithm(const WidenSpec &spec) {
  ImageParam input = denseInput(spec.type, 4, "input"), zero = denseInput(Int(32), 1, "zero");
  Param<int> top("padTop"), left("padLeft");
  Var x("x"), y("y"), c("c"), n("n");
  Expr width = input.dim(0).extent(), height = input.dim(1).extent();
  Expr column = x - left, row = y - top;
  Expr isInside = column >= 0 && column < width && row >= 0 && row < height;
  Expr value =
      cast<int32_t>(input(clamp(column, 0, width - 1), clamp(row, 0, height - 1), c, n)) - zero(0);
  Type wide = widened(spec.type);
  Func out("output");
  out(x, y, c, n) = select(isInside, cast(wide, value), Internal::make_zero(wide));
  constrainDense(out);

  Algorithm algorithm;
  algorithm.define("widen_" + elementName(spec.type), out,
                   {KernelArg::view(input, "input"), KernelArg::view(zero, "zero"),
                    KernelArg::integer(top, "padTop"), KernelArg::integer(left, "padLeft"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

ConvIntegerAlgorithm convIntegerAlgorithm(const ConvIntegerSpec &spec, int columns, int channels) {
  ConvIntegerAlgorithm algorithm;
  ImageParam image = denseInput(spec.imageType, 4, "image");
  ImageParam weight = denseInput(spec.weightType, 4, "weight"), zero = zeros(Int(32), "zero");
  Param<int> dilationY("dilationY"), dilationX("dilationX"), perGroup("channelsPerGroup");
  Var x("x"), y("y"), oc("oc"), n("n"), column("column"), channel("channel"), tile("tile"),
      tileChannel("tileChannel");
  RDom r = algorithm.window = RDom(0, weight.dim(0).extent(), 0, weight.dim(1).extent(), 0,
                                   weight.dim(2).extent(), "window");
  // The tile's channels are of one group, or it has one.
  Expr of = min(tileChannel * channels + channel, weight.dim(3).extent() - 1);
  Expr first = (channels == 1 ? of : tileChannel * channels) / perGroup * weight.dim(2).extent();
  Expr at = (tile * columns + column) * spec.strideX + r.x * dilationX;
  Expr pixel = cast<int32_t>(image(at, y * spec.strideY + r.y * dilationY, first + r.z, n));
  Expr factor = cast<int32_t>(weight(r.x, r.y, r.z, of)) - zero(of);
  Func sum = algorithm.sum, out("output");
  sum(column, channel, tile, tileChannel, y, n) = 0;
  sum(column, channel, tile, tileChannel, y, n) =
      sumOf(sum(column, channel, tile, tileChannel, y, n), productOf(pixel, factor));
  out(x, y, oc, n) = sum(x % columns, oc % channels, x / columns, oc / channels, y, n);
  constrainDense(out);

  algorithm.define(
      fmt::format("conv_integer_{}_{}_s{}x{}_tile{}x{}", elementName(spec.imageType),
                  elementName(spec.weightType), spec.strideY, spec.strideX, channels, columns),
      out,
      {KernelArg::view(image, "image"), KernelArg::view(weight, "weight"),
       KernelArg::view(zero, "zero"), KernelArg::integer(dilationY, "dilationY"),
       KernelArg::integer(dilationX, "dilationX"), KernelArg::integer(perGroup, "channelsPerGroup"),
       KernelArg::output(out, "output")});
  return algorithm;
}

MatMulIntegerAlgorithm matMulIntegerAlgorithm(const MatMulIntegerSpec &spec, int rows,
                                              int columns) {
  MatMulIntegerAlgorithm algorithm;
  ImageParam lhs = denseInput(spec.lhsType, 3, "lhs"), rhs = denseInput(spec.rhsType, 3, "rhs");
  ImageParam lhsZero = zeros(spec.type, "lhsZero"), rhsZero = zeros(spec.type, "rhsZero");
  Var n("n"), m("m"), b("b"), column("column"), row("row"), tileColumn("tileColumn"),
      tileRow("tileRow");
  RDom k = algorithm.k = RDom(0, lhs.dim(0).extent(), "k");
  Expr atRow = min(tileRow * rows + row, lhs.dim(1).extent() - 1);
  Expr atColumn = min(likely(tileColumn * columns + column), rhs.dim(0).extent() - 1);
  Expr left = differenceOf(cast(spec.type, lhs(k, atRow, b)), lhsZero(atRow));
  Expr right = differenceOf(cast(spec.type, rhs(atColumn, k, b)), rhsZero(atColumn));
  Func sum = algorithm.sum, out("output");
  sum(column, row, tileColumn, tileRow, b) = Internal::make_zero(spec.type);
  sum(column, row, tileColumn, tileRow, b) =
      sumOf(sum(column, row, tileColumn, tileRow, b), productOf(right, left));
  out(n, m, b) = sum(n % columns, m % rows, n / columns, m / rows, b);
  constrainDense(out);

  algorithm.define(fmt::format("matmul_{}_{}_tile{}x{}", elementName(spec.lhsType),
                               elementName(spec.rhsType), rows, columns),
                   out,
                   {KernelArg::view(lhs, "lhs"), KernelArg::view(rhs, "rhs"),
                    KernelArg::view(lhsZero, "lhsZero"), KernelArg::view(rhsZero, "rhsZero"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
