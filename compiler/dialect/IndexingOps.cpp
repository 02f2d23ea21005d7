//===- IndexingOps.cpp - inference of ops whose indices are data -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

static LogicalResult checkIndices(const Reporter &report, TensorType indices) {
  Type element = indices.getElementType();
  if (!element.isSignlessInteger(32) && !element.isSignlessInteger(64))
    return report("the indices are neither i32 nor i64");
  return success();
}

/// How many axes each tuple of indices names.
static FailureOr<int64_t> tupleSize(const Reporter &report, TensorType indices, int64_t most) {
  if (failed(checkIndices(report, indices)))
    return failure();
  if (indices.getRank() < 1 || !indices.getShape().back().isConstant())
    return report("the last extent of the indices is not a constant");
  int64_t size = indices.getShape().back().getValue();
  if (size < 1 || size > most)
    return report("tuples of " + Twine(size) + " indices for " + Twine(most) + " axes");
  return size;
}

/// Extents that are to be the same, unless one is known not to be.
static LogicalResult checkEqual(const Reporter &report, StringRef what, DimAttr left,
                                DimAttr right) {
  if (left.isConstant() && right.isConstant() && left != right)
    return report(what + ": an extent of " + toString(left) + " where " + toString(right) +
                  " is needed");
  return success();
}

/// The extents of indices for single elements: at most the input's, but along the axis.
static LogicalResult checkElements(const Reporter &report, TensorType input, TensorType indices,
                                   int64_t axis) {
  if (failed(checkIndices(report, indices)) || failed(checkAxis(report, axis, input.getRank())))
    return failure();
  if (indices.getRank() != input.getRank())
    return report("the indices differ from the input in rank");
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (i != axis && lowerBound(indices.getDim(i) - input.getDim(i)).value_or(0) > 0)
      return report("the indices are more than the input along axis " + Twine(i));
  return success();
}

static LogicalResult checkReduction(const Reporter &report, TensorType input,
                                    std::optional<BinaryKind> kind) {
  if (!kind)
    return success();
  if (*kind != BinaryKind::Add && *kind != BinaryKind::Mul && *kind != BinaryKind::Max &&
      *kind != BinaryKind::Min)
    return report("updates are combined by add, mul, max or min");
  if (!takes(*kind, input.getElementType()))
    return report("elements of this type cannot be combined");
  return success();
}

static LogicalResult checkUpdates(const Reporter &report, TensorType input, TensorType updates,
                                  ArrayRef<DimAttr> shape) {
  if (updates.getElementType() != input.getElementType())
    return report("the updates differ from the input in element type");
  if (updates.getRank() != static_cast<int64_t>(shape.size()))
    return report("the updates are of rank " + Twine(updates.getRank()) + " instead of " +
                  Twine(shape.size()));
  for (auto [given, needed] : zip(updates.getShape(), shape))
    if (failed(checkEqual(report, "the updates", given, needed)))
      return failure();
  return success();
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto indices = cast<TensorType>(op.getIndices().getType());
  int64_t axis = op.getAxis(), batch = op.getBatchDims();
  if (failed(checkAxis(report, axis, input.getRank())))
    return failure();
  FailureOr<int64_t> named = tupleSize(report, indices, input.getRank() - axis);
  if (failed(named))
    return failure();
  if (batch < 0 || batch > axis || batch >= indices.getRank())
    return report(Twine(batch) + " axes of a batch");
  for (int64_t i = 0; i < batch; ++i)
    if (failed(checkEqual(report, "the batches", indices.getDim(i), input.getDim(i))))
      return failure();
  SmallVector<DimAttr> shape(input.getShape().take_front(axis));
  append_range(shape, indices.getShape().drop_front(batch).drop_back());
  append_range(shape, input.getShape().drop_front(axis + *named));
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

LogicalResult GatherElementsOp::inferReturnTypes(MLIRContext *context,
                                                 std::optional<Location> location, Adaptor op,
                                                 SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  auto indices = cast<TensorType>(op.getIndices().getType());
  types.push_back(TensorType::get(context, indices.getShape(), input.getElementType()));
  return checkElements(Reporter(location), input, indices, op.getAxis());
}

LogicalResult ScatterOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                          Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto indices = cast<TensorType>(op.getIndices().getType());
  FailureOr<int64_t> named = tupleSize(report, indices, input.getRank());
  if (failed(named) || failed(checkReduction(report, input, op.getReduction())))
    return failure();
  SmallVector<DimAttr> shape(indices.getShape().drop_back());
  append_range(shape, input.getShape().drop_front(*named));
  types.push_back(input.withLayout({}));
  return checkUpdates(report, input, cast<TensorType>(op.getUpdates().getType()), shape);
}

LogicalResult ScatterElementsOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                  Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto indices = cast<TensorType>(op.getIndices().getType());
  if (failed(checkElements(report, input, indices, op.getAxis())) ||
      failed(checkReduction(report, input, op.getReduction())))
    return failure();
  types.push_back(input.withLayout({}));
  return checkUpdates(report, input, cast<TensorType>(op.getUpdates().getType()),
                      indices.getShape());
}

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  int64_t axis = op.getAxis();
  DimAttr k = op.getK();
  if (failed(checkAxis(report, axis, input.getRank())) || failed(checkShape(report, k)))
    return failure();
  if (lowerBound(k - input.getDim(axis)).value_or(0) > 0)
    return report("the " + toString(k) + " largest of " + toString(input.getDim(axis)));
  SmallVector<DimAttr> shape(input.getShape());
  shape[axis] = k;
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  types.push_back(TensorType::get(context, shape, IntegerType::get(context, 64)));
  return success();
}

} // namespace segc::seg
