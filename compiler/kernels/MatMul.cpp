//===- MatMul.cpp - matrix product of dense tensors -------------*- C++ -*-===//

#include "compiler/kernels/MatMul.h"

#include "compiler/kernels/Dense.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {

MatMulAlgorithm matMulAlgorithm(int rows, int columns) {
  MatMulAlgorithm algorithm;
  ImageParam lhs = denseInput(Float(32), 3, "lhs"), rhs = denseInput(Float(32), 3, "rhs");
  Var n("n"), m("m"), b("b"), column("column"), row("row"), tileColumn("tileColumn"),
      tileRow("tileRow");
  RDom k = algorithm.k = RDom(0, lhs.dim(0).extent(), "k");
  Expr atRow = min(tileRow * rows + row, lhs.dim(1).extent() - 1);
  Expr atColumn = min(likely(tileColumn * columns + column), rhs.dim(0).extent() - 1);
  Func sum = algorithm.sum, out("output");
  sum(column, row, tileColumn, tileRow, b) = 0.0f;
  sum(column, row, tileColumn, tileRow, b) += rhs(atColumn, k, b) * lhs(k, atRow, b);
  out(n, m, b) = sum(n % columns, m % rows, n / columns, m / rows, b);
  constrainDense(out);

  algorithm.name = fmt::format("matmul_tile{}x{}", rows, columns);
  algorithm.key = algorithm.name;
  algorithm.output = out;
  algorithm.args = {KernelArg::view(lhs, "lhs"), KernelArg::view(rhs, "rhs"),
                    KernelArg::output(out, "output")};
  return algorithm;
}

MatMulFinish matMulFinish() {
  MatMulFinish finish;
  ImageParam lhs = denseInput(Float(32), 3, "lhs"), rhs = denseInput(Float(32), 3, "rhs");
  finish.sum = ImageParam(Float(32), 3, "sum");
  Var n("n"), m("m"), b("b");
  Func out("output");
  out(n, m, b) = finish.sum(n, m, b);
  constrainDense(out);
  finish.define(
      "matmul", out,
      {KernelArg::view(lhs, "lhs"), KernelArg::view(rhs, "rhs"), KernelArg::output(out, "output")});
  return finish;
}

} // namespace segc
