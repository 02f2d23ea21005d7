//===- LowerMatmul.cpp - seg.matmul -----------------------------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/MatMul.h"
#include "schedules/cuda/MatMul.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

FailureOr<MatrixFactors> matrixFactors(Operation *op, Value left, Value right,
                                       ProgramBuilder &builder) {
  TensorType lhs = typeOf(left), rhs = typeOf(right), result = typeOf(op->getResult(0));
  auto *context = op->getContext();
  DimAttr one = DimAttr::constant(context, 1), zero = DimAttr::constant(context, 0);
  ArrayRef<DimAttr> lhsLead = lhs.getShape().drop_back(2), rhsLead = rhs.getShape().drop_back(2);
  DimAttr m = lhs.getDim(lhs.getRank() - 2), k = lhs.getShape().back(), n = rhs.getShape().back();
  DimAttr batch = seg::product(context, result.getShape().drop_back(2));
  DimAttr lhsBatch = seg::product(context, lhsLead), rhsBatch = seg::product(context, rhsLead);
  builder.require(rhs.getDim(rhs.getRank() - 2), Check::Relation::Equal, k,
                  "the extent that is summed over");

  DimAttr lhsStep = m * k, rhsStep = k * n;
  if (rhsBatch.isConstant(1)) {
    // One matrix on the right serves all rows: a single product.
    m = m * lhsBatch;
    batch = one;
  } else if (lhsBatch.isConstant(1)) {
    lhsStep = zero;
  } else if (lhsBatch != batch || rhsBatch != batch) {
    return op->emitError("leading axes that broadcast against each other are not supported");
  }
  return MatrixFactors{
      m,
      {builder.nominal(m), builder.nominal(n), builder.nominal(k), builder.nominal(batch)},
      builder.strided(left, zero, {batch, m, k}, {lhsStep, k, one}),
      builder.strided(right, zero, {batch, k, n}, {rhsStep, n, one}),
      builder.dense(op->getResult(0), {batch, m, n})};
}

LogicalResult lowerMatmul(seg::MatmulOp op, ProgramBuilder &builder) {
  if (!typeOf(op).getElementType().isF32())
    return op.emitError("products of matrices that are not f32 are not supported");
  auto factors = matrixFactors(op, op.getLhs(), op.getRhs(), builder);
  if (failed(factors))
    return failure();
  const GemmSize size = factors->size;
  const std::string key =
      builder.target().visit([&](const auto &target) { return matMulKey(size, target); });
  int kernel = builder.kernel(key, [&](const auto &target) { return buildMatMul(size, target); });
  builder.call(kernel, {factors->lhs, factors->rhs, factors->output}, /*perImage=*/false);
  return success();
}

} // namespace segc
