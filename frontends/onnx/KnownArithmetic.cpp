//===- KnownArithmetic.cpp - arithmetic on known numbers ------------------===//

#include "frontends/onnx/KnownTensors.h"
#include "frontends/onnx/Operators.h"

namespace segc::onnximport {

using llvm::SmallVector;
using seg::DimAttr;

namespace {

Number truth(mlir::MLIRContext *context, std::optional<bool> value) {
  return value ? Number(context, *value) : Number();
}

/// a / b of integers. Signed quotients round towards zero; sizes, which are not negative, down.
Number integerQuotient(const Number &a, const Number &b) {
  std::optional<int64_t> x = a.constantInteger(), y = b.constantInteger();
  Number quotient = a / b;
  bool isNegative = x && y && (*x < 0) != (*y < 0);
  return isNegative ? quotient.ceil() : quotient.floor();
}

/// The remainder with the divisor's sign (fmod = 0) or the dividend's.
Number remainder(Node &node, const Number &a, const Number &b) {
  std::optional<int64_t> x = a.constantInteger(), y = b.constantInteger();
  if (x && y && *y != 0 && *y != -1 && node.integer("fmod", 0) != 0)
    return Number(node.context(), *x % *y);
  return a - b * (a / b).floor();
}

/// Whether an expression over counts, never negative, is 0: as an expression that is 0 or 1. What
/// If makes of that, see there.
Number isNothing(seg::DimAttr dim) {
  if (!dim || !seg::hasCount(dim) || seg::lowerBound(dim).value_or(-1) < 0)
    return {};
  seg::DimAttr one = seg::DimAttr::constant(dim.getContext(), 1);
  return Number(one - seg::minimum(one, dim));
}

/// Which of two numbers is larger: the sign of a - b, where that is known.
std::optional<int> orderOf(const Number &a, const Number &b) {
  if (a == b && a.isKnown())
    return 0;
  // Exporters compare every extent that something is expanded to with -1.
  if (a.isExtent() && b.constantInteger().value_or(0) < 0)
    return 1;
  if (b.isExtent() && a.constantInteger().value_or(0) < 0)
    return -1;
  return (a - b).sign();
}

Number combine(Node &node, const Number &a, const Number &b, bool isFloat) {
  llvm::StringRef op = node.op();
  if (op == "Add" || op == "Sum")
    return a + b;
  if (op == "Sub")
    return a - b;
  if (op == "Mul")
    return a * b;
  if (op == "Div")
    return isFloat ? a / b : integerQuotient(a, b);
  if (op == "Mod")
    return remainder(node, a, b);
  if (op == "Min")
    return a.minimum(b);
  if (op == "Max")
    return a.maximum(b);
  if (op == "Pow") {
    std::optional<int64_t> exponent = b.constantInteger();
    if (!exponent || *exponent < 0 || *exponent > 16)
      return {};
    Number power(node.context(), 1);
    for (int64_t i = 0; i != *exponent; ++i)
      power = power * a;
    return power;
  }
  std::optional<int> order = orderOf(a, b);
  std::optional<int64_t> x = a.constantInteger(), y = b.constantInteger();
  if (op == "And" || op == "Or") {
    // One operand may decide.
    bool decisive = op == "Or";
    if ((x && (*x != 0) == decisive) || (y && (*y != 0) == decisive))
      return truth(node.context(), decisive);
    return x && y ? truth(node.context(), !decisive) : Number();
  }
  if (!order)
    return op == "Equal" ? isNothing((a - b).whole()) : Number();
  bool result = op == "Equal"            ? *order == 0
                : op == "Greater"        ? *order > 0
                : op == "GreaterOrEqual" ? *order >= 0
                : op == "Less"           ? *order < 0
                                         : *order <= 0;
  return truth(node.context(), result);
}

bool givesBool(llvm::StringRef op) {
  for (const char *name :
       {"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Not"})
    if (op == name)
      return true;
  return false;
}

bool evaluateBinary(Node &node) {
  // Old operator sets align operands in another way.
  if (node.inputCount() < 1 || node.hasAttribute("axis") || !allInputsKnown(node))
    return false;
  Known result = *node.known(0);
  for (int i = 1; i < node.inputCount(); ++i) {
    // What does not fit, or is too large, is left to the tensors' arithmetic.
    std::optional<std::pair<Known, Known>> pair = broadcast(result, *node.known(i));
    if (!pair)
      return false;
    auto &[a, b] = *pair;
    for (auto [x, y] : llvm::zip(a.values, b.values))
      x = combine(node, x, y, a.isFloat());
    result = std::move(a);
  }
  if (givesBool(node.op()))
    result.element = Element::Bool;
  // What cannot be said of free sizes here can be computed when the network runs.
  bool isKnown = false, comesOfKnown = true;
  for (const Number &number : result.values)
    isKnown |= number.isKnown();
  for (int i = 0; i != node.inputCount(); ++i)
    comesOfKnown &= node.known(i)->allKnown();
  if (!isKnown && comesOfKnown && !result.values.empty())
    return false;
  return setKnown(node, std::move(result));
}

bool evaluateUnary(Node &node) {
  if (!node.checkInputs(1, 1) || !allInputsKnown(node))
    return false;
  Known result = *node.known(0);
  llvm::StringRef op = node.op();
  for (Number &x : result.values) {
    if (op == "Floor") {
      x = x.floor();
    } else if (op == "Ceil") {
      x = x.ceil();
    } else if (op == "Round") {
      x = x.round();
    } else if (op == "Reciprocal") {
      x = Number(node.context(), 1) / x;
    } else if (op == "Neg") {
      x = x.isKnown() ? -x : x;
    } else if (op == "Abs") {
      x = x.sign().value_or(0) < 0 ? -x : x.sign() ? x : Number();
    } else if (op == "Sign") {
      x = x.sign() ? Number(node.context(), *x.sign()) : Number();
    } else { // Not
      x = x.constantInteger() ? Number(node.context(), *x.constantInteger() == 0) : Number();
    }
  }
  if (givesBool(op))
    result.element = Element::Bool;
  return setKnown(node, std::move(result));
}

bool evaluateCast(Node &node) {
  const bool isLike = node.op() == "CastLike";
  if (!node.checkInputs(isLike ? 2 : 1, isLike ? 2 : 1) ||
      !(isLike ? node.known(0) != nullptr : allInputsKnown(node)))
    return false;
  int64_t to = node.integer("to", 0);
  std::optional<Element> element =
      to >= 0 && to <= INT32_MAX ? elementOf(static_cast<int32_t>(to)) : std::nullopt;
  if (isLike)
    element = node.element(1);
  // Weights are the cast operator's.
  constexpr size_t kMostScales = 4;
  if (isLike && node.known(0)->isFloat() && node.known(0)->values.size() > kMostScales)
    return false;
  if (!element)
    return false;
  Known result = *node.known(0);
  for (Number &x : result.values) {
    if (*element == Element::Bool && result.element == Element::Bool)
      continue;
    if (*element == Element::Bool) {
      x = x.sign() ? Number(node.context(), *x.sign() != 0) : Number();
    } else if (result.isFloat() && *element != Element::Float) {
      // Towards zero.
      x = x.sign().value_or(1) < 0 ? x.ceil() : x.floor();
    }
  }
  result.element = *element;
  return setKnown(node, std::move(result));
}

bool evaluateWhere(Node &node) {
  if (!node.checkInputs(3, 3) || !allInputsKnown(node))
    return false;
  auto first = broadcast(*node.known(1), *node.known(2));
  auto second = first ? broadcast(*node.known(0), first->first) : std::nullopt;
  auto third = second ? broadcast(second->first, first->second) : std::nullopt;
  if (!third)
    return false;
  const Known &condition = third->first, &otherwise = third->second;
  Known result = second->second;
  for (size_t i = 0; i != result.values.size(); ++i) {
    std::optional<int64_t> taken = condition.values[i].constantInteger();
    if (taken)
      result.values[i] = *taken ? result.values[i] : otherwise.values[i];
    else if (!(result.values[i] == otherwise.values[i]))
      result.values[i] = Number();
  }
  return setKnown(node, std::move(result));
}

} // namespace

void registerKnownArithmetic(OperatorTable &table) {
  for (const char *name : {"Add", "Sum", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Pow", "Equal",
                           "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or"})
    table.evaluate[name] = evaluateBinary;
  for (const char *name : {"Floor", "Ceil", "Round", "Reciprocal", "Neg", "Abs", "Sign", "Not"})
    table.evaluate[name] = evaluateUnary;
  for (const char *name : {"Cast", "CastLike"})
    table.evaluate[name] = evaluateCast;
  table.evaluate["Where"] = evaluateWhere;
}

} // namespace segc::onnximport
