//===- IntegerOps.cpp - inference of sums of products of integers -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

static TensorType typeOf(Value value) { return cast<TensorType>(value.getType()); }

bool isNarrowInteger(Type element) {
  return isa<IntegerType>(element) && element.getIntOrFloatBitWidth() <= 16 &&
         !element.isInteger(1);
}

LogicalResult checkZero(const Reporter &report, StringRef what, TensorType zero, Type element,
                        DimAttr count) {
  bool fits = zero.getRank() == 0 || (zero.getRank() == 1 && zero.getDim(0).isConstant(1)) ||
              (count && zero.getRank() == 1 && zero.getDim(0) == count);
  if (fits && zero.getElementType() == element)
    return success();
  return report(what + " is not one value" +
                (count ? ", or one for each of " + toString(count) : ""));
}

LogicalResult MatmulIntegerOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  Reporter report(location);
  TensorType lhs = typeOf(op.getLhs()), rhs = typeOf(op.getRhs());
  Type element = lhs.getElementType(), other = rhs.getElementType();
  bool narrow = isNarrowInteger(element) && isNarrowInteger(other);
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
