//===- DeformConv.cpp - convolution with moved taps -------------*- C++ -*-===//

#include "compiler/kernels/DeformConv.h"

#include "compiler/kernels/Dense.h"

using namespace Halide;

namespace segc {
DeformColumnsAlgorithm deformColumnsAlgorithm(bool hasMask) {
  DeformColumnsAlgorithm algorithm;
  ImageParam input = denseInput(Float(32), 5, "input"), offset = denseInput(Float(32), 6, "offset"),
             mask = denseInput(Float(32), 5, "mask");
  Param<int> row("row"), kernelWidth("kernelWidth"), strideY("strideY"), strideX("strideX");
  Param<int> dilationY("dilationY"), dilationX("dilationX"), padTop("padTop"), padLeft("padLeft");
  Var x("x"), tap("tap"), channel("channel"), group("group"), n("n");
  Expr width = input.dim(0).extent(), height = input.dim(1).extent();
  // Whole vectors are computed.
  Expr at = min(likely(x), offset.dim(0).extent() - 1);

  Expr y = cast<float>(row * strideY - padTop + tap / kernelWidth * dilationY) +
           offset(at, row, 0, tap, group, n);
  Expr z = cast<float>(at * strideX - padLeft + tap % kernelWidth * dilationX) +
           offset(at, row, 1, tap, group, n);
  // What is not a number is outside, too.
  Expr isInside = y > -1.0f && y < cast<float>(height) && z > -1.0f && z < cast<float>(width);
  Func top = algorithm.top, left = algorithm.left, down = algorithm.down, right = algorithm.right;
  Expr fromTop = select(isInside, y, 0.0f), fromLeft = select(isInside, z, 0.0f);
  const int nowhere = -2;
  top(x, tap, group, n) = select(isInside, cast<int>(floor(fromTop)), nowhere);
  left(x, tap, group, n) = select(isInside, cast<int>(floor(fromLeft)), nowhere);
  down(x, tap, group, n) = fromTop - floor(fromTop);
  right(x, tap, group, n) = fromLeft - floor(fromLeft);

  auto pixel = [&](int below, int beside) {
    Expr py = top(x, tap, group, n) + below, px = left(x, tap, group, n) + beside;
    Expr exists = py >= 0 && py < height && px >= 0 && px < width;
    return select(
        exists, input(clamp(px, 0, width - 1), clamp(py, 0, height - 1), channel, group, n), 0.0f);
  };
  Expr d = down(x, tap, group, n), r = right(x, tap, group, n);
  Expr value = (1.0f - d) * ((1.0f - r) * pixel(0, 0) + r * pixel(0, 1)) +
               d * ((1.0f - r) * pixel(1, 0) + r * pixel(1, 1));
  if (hasMask)
    value = value * mask(at, row, tap, group, n);
  Func out("output");
  out(x, tap, channel, group, n) = value;
  constrainDense(out);

  std::vector<KernelArg> args{KernelArg::view(input, "input"), KernelArg::view(offset, "offset")};
  if (hasMask)
    args.push_back(KernelArg::view(mask, "mask"));
  for (const auto &[param, name] : {std::pair(&row, "row"),
                                    {&kernelWidth, "kernelWidth"},
                                    {&strideY, "strideY"},
                                    {&strideX, "strideX"},
                                    {&dilationY, "dilationY"},
                                    {&dilationX, "dilationX"},
                                    {&padTop, "padTop"},
                                    {&padLeft, "padLeft"}})
    args.push_back(KernelArg::integer(*param, name));
  args.push_back(KernelArg::output(out, "output"));
  algorithm.define(hasMask ? "deform_columns_masked" : "deform_columns", out, std::move(args));
  return algorithm;
}

DeformProductAlgorithm deformProductAlgorithm(bool hasBias, int rows, int columns) {
  DeformProductAlgorithm algorithm;
  ImageParam input = denseInput(Float(32), 4, "columns"),
             weights = denseInput(Float(32), 3, "weights"), bias = denseInput(Float(32), 2, "bias");
  Var x("x"), m("m"), group("group"), n("n");
  Var column("column"), row("row"), tileColumn("tileColumn"), tileRow("tileRow");
  RDom k = algorithm.k = RDom(0, weights.dim(0).extent(), "k");
  Expr atRow = min(tileRow * rows + row, weights.dim(1).extent() - 1);
  Expr atColumn = min(likely(tileColumn * columns + column), input.dim(0).extent() - 1);
  Func sum = algorithm.sum, out("output");
  sum(column, row, tileColumn, tileRow, group, n) = hasBias ? bias(atRow, group) : Expr(0.0f);
  sum(column, row, tileColumn, tileRow, group, n) +=
      input(atColumn, k, group, n) * weights(k, atRow, group);
  out(x, m, group, n) = sum(x % columns, m % rows, x / columns, m / rows, group, n);
  constrainDense(out);
  std::vector<KernelArg> args{KernelArg::view(input, "columns"),
                              KernelArg::view(weights, "weights")};
  if (hasBias)
    args.push_back(KernelArg::view(bias, "bias"));
  args.push_back(KernelArg::output(out, "output"));
  algorithm.define(hasBias ? "deform_product_bias" : "deform_product", out, std::move(args));
  return algorithm;
}

} // namespace segc
