//===- CountingOps.cpp - inference of ops that find out how many -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// An op's own count, of at most `most`.
static LogicalResult checkCount(const Reporter &report, DimAttr count, DimAttr most) {
  if (count.getKind() != DimKind::Count)
    return report("the count is an expression, " + toString(count));
  if (!most)
    return report("the number of what may be found overflows");
  if (!provablyAtLeast(count.operand(0), most))
    return report("there may be " + toString(most) + ", more than the bound of the count, " +
                  toString(count.operand(0)));
  return checkShape(report, count);
}

static TensorType indices(MLIRContext *context, ArrayRef<DimAttr> shape) {
  return TensorType::get(context, shape, IntegerType::get(context, 64));
}

LogicalResult NonZeroOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                          Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  if (input.getRank() < 1)
    return report("a tensor of rank 0 has no indices");
  types.push_back(indices(context, {DimAttr::constant(context, input.getRank()), op.getCount()}));
  return checkCount(report, op.getCount(), product(context, input.getShape()));
}

LogicalResult UniqueOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  if (input.getRank() != 2)
    return report("rows of a matrix are compared, not a tensor of rank " + Twine(input.getRank()));
  types.push_back(indices(context, op.getCount()));
  types.push_back(indices(context, input.getDim(0)));
  types.push_back(indices(context, op.getCount()));
  return checkCount(report, op.getCount(), input.getDim(0));
}

/// One float.
static LogicalResult checkThreshold(const Reporter &report, Value value) {
  auto type = cast<TensorType>(value.getType());
  if (type.getRank() != 1 || !type.getDim(0).isConstant(1) || !type.getElementType().isF32())
    return report("a threshold is not one float32");
  return success();
}

LogicalResult NmsOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                      Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto boxes = cast<TensorType>(op.getBoxes().getType());
  auto scores = cast<TensorType>(op.getScores().getType());
  if (boxes.getRank() != 3 || scores.getRank() != 3 || !boxes.getDim(2).isConstant(4))
    return report("boxes [N, S, 4] and scores [N, C, S] are needed");
  if (!boxes.getElementType().isF32() || !scores.getElementType().isF32())
    return report("boxes and scores are not float32");
  auto differ = [](DimAttr a, DimAttr b) { return a.isConstant() && b.isConstant() && a != b; };
  if (differ(boxes.getDim(0), scores.getDim(0)) || differ(boxes.getDim(1), scores.getDim(2)))
    return report("there are boxes [" + toString(boxes.getDim(0)) + ", " +
                  toString(boxes.getDim(1)) + ", 4] and scores [" + toString(scores.getDim(0)) +
                  ", " + toString(scores.getDim(1)) + ", " + toString(scores.getDim(2)) + "]");
  if (failed(checkThreshold(report, op.getIouThreshold())) ||
      (op.getScoreThreshold() && failed(checkThreshold(report, op.getScoreThreshold()))))
    return failure();
  if (lowerBound(op.getLimit() - boxes.getDim(1)).value_or(0) > 0)
    return report("the limit, " + toString(op.getLimit()) + ", is more than there are boxes");
  types.push_back(indices(context, {op.getCount(), DimAttr::constant(context, 3)}));
  return checkCount(report, op.getCount(), scores.getDim(0) * scores.getDim(1) * op.getLimit());
}

} // namespace segc::seg
