//===- ElementwiseOps.cpp - inference of constants and elementwise ops -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                                           Adaptor op, SmallVectorImpl<Type> &types) {
  ShapedType type = op.getValue().getShapedType();
  types.push_back(tensorType(context, type.getShape(), type.getElementType()));
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

/// A scalar's result is a scalar; a tensor's a tensor without layout.
static Type plain(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  return tensor ? tensor.withLayout({}) : type;
}

LogicalResult UnaryOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor op,
                                        SmallVectorImpl<Type> &types) {
  types.push_back(plain(op.getInput().getType()));
  return success();
}

LogicalResult BinaryOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  Type lhs = op.getLhs().getType(), rhs = op.getRhs().getType();
  auto a = dyn_cast<TensorType>(lhs), b = dyn_cast<TensorType>(rhs);
  if (!a && !b && lhs == rhs) {
    types.push_back(lhs);
    return success();
  }
  if (!a || !b || a.getElementType() != b.getElementType())
    return report("the operands differ in element type");
  auto shape = broadcastShapes(a.getShape(), b.getShape());
  if (!shape)
    return report("the operands' shapes do not broadcast");
  types.push_back(TensorType::get(context, *shape, a.getElementType()));
  return success();
}

LogicalResult CastOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor op, SmallVectorImpl<Type> &types) {
  // Bytes are for the images that callers hand in; nothing computes with them.
  if (op.getTo().isUnsignedInteger())
    return Reporter(location)("bytes (ui8) are read, but never computed");
  auto tensor = dyn_cast<TensorType>(op.getInput().getType());
  types.push_back(tensor ? TensorType::get(context, tensor.getShape(), op.getTo()) : op.getTo());
  return success();
}

LogicalResult MapOp::verify() {
  Block &block = getBody().front();
  if (block.getNumArguments() != getInputs().size())
    return emitOpError("has ") << getInputs().size() << " operands and " << block.getNumArguments()
                               << " block arguments";
  SmallVector<DimAttr> shape;
  for (auto [input, argument] : zip(getInputs(), block.getArguments())) {
    auto type = cast<TensorType>(input.getType());
    if (argument.getType() != type.getElementType())
      return emitOpError("has a block argument of another type than its operand's elements");
    auto broadcast = broadcastShapes(shape, type.getShape());
    if (!broadcast)
      return emitOpError("has operands whose shapes do not broadcast");
    shape = *broadcast;
  }
  auto result = cast<TensorType>(getType());
  auto fits = broadcastShapes(result.getShape(), shape);
  if (!fits || static_cast<int64_t>(shape.size()) > result.getRank())
    return emitOpError("has operands that do not broadcast to the result");
  for (Operation &op : block.without_terminator())
    if (!isa<UnaryOp, BinaryOp, CastOp>(op))
      return emitOpError("holds '") << op.getName() << "', which is not elementwise";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != result.getElementType())
    return emitOpError("does not yield the result's element type");
  return success();
}

} // namespace segc::seg
