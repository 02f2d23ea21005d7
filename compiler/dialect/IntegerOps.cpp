//===- IntegerOps.cpp - inference of sums of products of integers -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

static TensorType typeOf(Value value) { return cast<TensorType>(value.getType()); }

static bool isNarrow(Type element) {
  return isa<IntegerType>(element) && element.getIntOrFloatBitWidth() <= 16 &&
         !element.isInteger(1);
}

/// Fails unless `zero` is one value of `element`, or one for each of `count`.
static LogicalResult checkZero(const Reporter &report, StringRef what, TensorType zero,
                               Type element, DimAttr count) {
  bool fits = zero.getRank() == 0 || (zero.getRank() == 1 && zero.getDim(0).isConstant(1)) ||
              (count && zero.getRank() == 1 && zero.getDim(0) == count);
  if (fits && zero.getElementType() == element)
    return success();
  return report(what + " is not one value" +
                (count ? ", or one for each of " + toString(count) : ""));
}

LogicalResult Conv2dIntegerOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  Reporter report(location);
  TensorType input = typeOf(op.getInput()), weight = typeOf(op.getWeight());
  auto isTaken = [](Type element) { return isNarrow(element) && !element.isUnsignedInteger(16); };
  if (!isTaken(input.getElementType()) || !isTaken(weight.getElementType()))
    return report("the operands' elements are not integers of 8 bits or i16");
  if (failed(checkFeatureMap(report, "the input", input)))
    return failure();
  if (weight.getRank() != 4 || !weight.hasStaticShape())
    return report("the weights are not of rank 4 with fixed extents");
  if (failed(checkList(report, "stride", op.getStrides(), 2, 1)) ||
      failed(checkList(report, "dilation", op.getDilations(), 2, 1)) ||
      failed(checkList(report, "pad", op.getPads(), 4, 0)))
    return failure();
  SmallVector<int64_t> extents = weight.getStaticShape();
  for (int64_t extent : extents)
    if (extent < 1 || extent > INT32_MAX)
      return report("an extent of the weights, " + Twine(extent) + ", is out of range");
  int64_t channels = input.getDim(1).getValue(), groups = op.getGroups();
  if (groups < 1 || channels % groups || channels / groups != extents[1] || extents[0] % groups)
    return report("weights of " + Twine(extents[0]) + " x " + Twine(extents[1]) + " channels, in " +
                  Twine(groups) + " groups, do not fit an input of " + Twine(channels) +
                  " channels");
  Type i32 = IntegerType::get(context, 32);
  if (failed(checkZero(report, "the input's zero", typeOf(op.getInputZero()), i32, {})) ||
      failed(checkZero(report, "the weights' zero", typeOf(op.getWeightZero()), i32,
                       weight.getDim(0))))
    return failure();
  SmallVector<DimAttr> shape{input.getDim(0), weight.getDim(0)};
  for (int i = 0; i < 2; ++i)
    shape.push_back(windowCount(input.getDim(2 + i), extents[2 + i], op.getStrides()[i],
                                op.getDilations()[i], op.getPads()[i], op.getPads()[2 + i]));
  types.push_back(TensorType::get(context, shape, i32));
  return checkShape(report, shape);
}

LogicalResult MatmulIntegerOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  Reporter report(location);
  TensorType lhs = typeOf(op.getLhs()), rhs = typeOf(op.getRhs());
  Type element = lhs.getElementType(), other = rhs.getElementType();
  bool narrow = isNarrow(element) && isNarrow(other);
  if (!narrow && (element != other || !isa<IntegerType>(element) || element.isInteger(1)))
    return report("the operands' elements are not integers of 8 or 16 bits, or of one type");
  Type result = narrow ? Type(IntegerType::get(context, 32)) : element;
  auto shape = matmulShape(report, lhs, rhs);
  if (!shape)
    return failure();
  types.push_back(TensorType::get(context, *shape, result));
  if (failed(checkZero(report, "the left zero", typeOf(op.getLhsZero()), result,
                       lhs.getDim(lhs.getRank() - 2))))
    return failure();
  return checkZero(report, "the right zero", typeOf(op.getRhsZero()), result,
                   rhs.getShape().back());
}

} // namespace segc::seg
