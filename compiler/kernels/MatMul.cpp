//===- MatMul.cpp - matrix product of dense tensors -------------*- C++ -*-===//

#include "compiler/kernels/MatMul.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {

Kernel buildMatMul(const MatMulKnobs &knobs, const CpuTarget &target) {
  const int rows = knobs.tileRows, columns = knobs.tileVectors * target.lanes;
  ImageParam lhs(Float(32), 3, "lhs"), rhs(Float(32), 3, "rhs");
  for (int d = 0; d < 3; ++d) {
    lhs.dim(d).set_min(0);
    rhs.dim(d).set_min(0);
  }
  Var n("n"), m("m"), b("b"), column("column"), row("row"), tileColumn("tileColumn"),
      tileRow("tileRow");
  RDom k(0, lhs.dim(0).extent(), "k");
  // Whole tiles are computed: what stands out repeats the last row or column.
  Expr atRow = min(tileRow * rows + row, lhs.dim(1).extent() - 1);
  Expr atColumn = min(likely(tileColumn * columns + column), rhs.dim(0).extent() - 1);
  Func sum("sum"), out("output");
  sum(column, row, tileColumn, tileRow, b) = 0.0f;
  sum(column, row, tileColumn, tileRow, b) += rhs(atColumn, k, b) * lhs(k, atRow, b);
  out(n, m, b) = sum(n % columns, m % rows, n / columns, m / rows, b);
  for (int d = 0; d < 3; ++d)
    out.output_buffer().dim(d).set_min(0);
  scheduleMatMul(out, sum, k, knobs, target);

  Kernel kernel;
  kernel.name = fmt::format("matmul_tile{}x{}", rows, columns);
  kernel.key = fmt::format("{} {}", kernel.name, target.arch);
  kernel.pipeline = Pipeline(out);
  kernel.args = {KernelArg::view(lhs, "lhs"), KernelArg::view(rhs, "rhs"),
                 KernelArg::output(out, "output")};
  return kernel;
}

} // namespace segc
