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

bool takes(UnaryKind kind, Type element) {
  switch (kind) {
  case UnaryKind::Identity:
    return true;
  case UnaryKind::Not:
    return isa<IntegerType>(element);
  case UnaryKind::Relu:
  case UnaryKind::Abs:
  case UnaryKind::Neg:
  case UnaryKind::Sign:
  case UnaryKind::Floor:
  case UnaryKind::Ceil:
  case UnaryKind::Round:
    return !element.isInteger(1);
  default:
    return isa<FloatType>(element);
  }
}

bool takes(BinaryKind kind, Type element) {
  bool isTruth = element.isInteger(1), isFloat = isa<FloatType>(element);
  switch (kind) {
  case BinaryKind::And:
  case BinaryKind::Or:
  case BinaryKind::Xor:
    return !isFloat;
  case BinaryKind::Mod:
  case BinaryKind::ShiftLeft:
  case BinaryKind::ShiftRight:
    return !isFloat && !isTruth;
  default:
    return isComparison(kind) || !isTruth;
  }
}

static std::string typeText(Type type) {
  std::string text;
  raw_string_ostream(text) << type;
  return text;
}

/// A scalar's result is a scalar; a tensor's a tensor without layout.
static Type plain(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  return tensor ? tensor.withLayout({}) : type;
}

static Type elementOf(Type type) {
  auto tensor = dyn_cast<TensorType>(type);
  return tensor ? tensor.getElementType() : type;
}

/// The type with other elements.
static Type withElements(Type type, Type element) {
  auto tensor = dyn_cast<TensorType>(type);
  return tensor ? TensorType::get(type.getContext(), tensor.getShape(), element) : element;
}

/// Fails for floats that are only stored.
static LogicalResult checkComputed(const Reporter &report, Type element) {
  if (isa<FloatType>(element) && !element.isF32())
    return report("elements of type " + typeText(element) + " are stored, not computed with");
  return success();
}

LogicalResult UnaryOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                        Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  Type type = op.getInput().getType(), element = elementOf(type);
  UnaryKind kind = op.getFn().getKind();
  if (failed(checkComputed(report, element)))
    return failure();
  if (!takes(kind, element))
    return report("the function " + stringifyUnaryKind(kind) +
                  " is not defined on elements of type " + typeText(element));
  types.push_back(isTest(kind) ? withElements(type, IntegerType::get(context, 1)) : plain(type));
  return success();
}

/// The shape of operands that broadcast against each other; an op on scalars has none.
static LogicalResult inferBroadcast(const Reporter &report, TypeRange operands, Type element,
                                    SmallVectorImpl<Type> &types) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  if (none_of(operands, isTensor)) {
    types.push_back(element);
    return success();
  }
  if (!all_of(operands, isTensor))
    return report("the operands are tensors and scalars");
  SmallVector<DimAttr> shape;
  for (Type operand : operands) {
    auto broadcast = broadcastShapes(shape, cast<TensorType>(operand).getShape());
    if (!broadcast)
      return report("the operands' shapes do not broadcast");
    shape = *broadcast;
  }
  types.push_back(TensorType::get(element.getContext(), shape, element));
  return success();
}

LogicalResult BinaryOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  Type lhs = op.getLhs().getType(), rhs = op.getRhs().getType(), element = elementOf(lhs);
  if (element != elementOf(rhs))
    return report("the operands differ in element type: " + typeText(element) + " and " +
                  typeText(elementOf(rhs)));
  if (failed(checkComputed(report, element)))
    return failure();
  if (!takes(op.getKind(), element))
    return report("the function " + stringifyBinaryKind(op.getKind()) +
                  " is not defined on elements of type " + typeText(element));
  if (isComparison(op.getKind()))
    element = IntegerType::get(context, 1);
  return inferBroadcast(report, {lhs, rhs}, element, types);
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  Type lhs = op.getLhs().getType(), rhs = op.getRhs().getType(), element = elementOf(lhs);
  if (!elementOf(op.getCondition().getType()).isInteger(1))
    return report("the condition is no truth value");
  if (element != elementOf(rhs))
    return report("the operands differ in element type: " + typeText(element) + " and " +
                  typeText(elementOf(rhs)));
  if (failed(checkComputed(report, element)))
    return failure();
  return inferBroadcast(report, {op.getCondition().getType(), lhs, rhs}, element, types);
}

LogicalResult CastOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, Adaptor op,
                                       SmallVectorImpl<Type> &types) {
  Type from = elementOf(op.getInput().getType()), to = op.getTo();
  auto isStored = [](Type type) { return isa<FloatType>(type) && !type.isF32(); };
  if ((isStored(from) && !to.isF32() && from != to) ||
      (isStored(to) && !from.isF32() && from != to))
    return Reporter(location)("a cast from " + typeText(from) + " to " + typeText(to) +
                              " must go by way of f32");
  types.push_back(withElements(op.getInput().getType(), to));
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
    if (!isa<UnaryOp, BinaryOp, SelectOp, CastOp>(op))
      return emitOpError("holds '") << op.getName() << "', which is not elementwise";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != result.getElementType())
    return emitOpError("does not yield the result's element type");
  return success();
}

} // namespace segc::seg
