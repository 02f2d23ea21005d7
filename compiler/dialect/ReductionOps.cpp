//===- ReductionOps.cpp - inference of ops that shrink axes -----*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// The shape without `axes`, or with 1 in their place.
static SmallVector<DimAttr> reducedShape(TensorType input, ArrayRef<int64_t> axes, bool keep) {
  SmallVector<DimAttr> shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!is_contained(axes, i))
      shape.push_back(input.getDim(i));
    else if (keep)
      shape.push_back(DimAttr::constant(input.getContext(), 1));
  }
  return shape;
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  int64_t previous = -1;
  for (int64_t axis : op.getAxes()) {
    if (failed(checkAxis(report, axis, input.getRank())))
      return failure();
    if (axis <= previous)
      return report("the axes are not sorted, or one is named twice");
    previous = axis;
  }
  types.push_back(TensorType::get(context, reducedShape(input, op.getAxes(), op.getKeepDims()),
                                  input.getElementType()));
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                          Adaptor op, SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  types.push_back(input.withLayout({}));
  return checkAxis(Reporter(location), op.getAxis(), input.getRank());
}

LogicalResult CumSumOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  types.push_back(input.withLayout({}));
  return checkAxis(Reporter(location), op.getAxis(), input.getRank());
}

LogicalResult ArgMaxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  int64_t axis = op.getAxis();
  if (failed(checkAxis(Reporter(location), axis, input.getRank())))
    return failure();
  types.push_back(TensorType::get(context, reducedShape(input, axis, op.getKeepDims()),
                                  IntegerType::get(context, 64)));
  return success();
}

std::optional<SmallVector<DimAttr>> matmulShape(const Reporter &report, TensorType a,
                                                TensorType b) {
  if (a.getRank() < 2 || b.getRank() < 2) {
    (void)report("the operands are not matrices");
    return std::nullopt;
  }
  DimAttr inner = a.getShape().back(), rows = b.getDim(b.getRank() - 2);
  if (inner.isConstant() && rows.isConstant() && inner != rows) {
    (void)report("a matrix of " + toString(inner) + " columns does not fit one of " +
                 toString(rows) + " rows");
    return std::nullopt;
  }
  auto shape = broadcastShapes(a.getShape().drop_back(2), b.getShape().drop_back(2));
  if (!shape) {
    (void)report("the leading axes do not broadcast");
    return std::nullopt;
  }
  shape->push_back(a.getDim(a.getRank() - 2));
  shape->push_back(b.getShape().back());
  return shape;
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  auto a = cast<TensorType>(op.getLhs().getType()), b = cast<TensorType>(op.getRhs().getType());
  auto shape = matmulShape(Reporter(location), a, b);
  if (shape)
    types.push_back(TensorType::get(context, *shape, a.getElementType()));
  return success(shape.has_value());
}

} // namespace segc::seg
