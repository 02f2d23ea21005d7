//===- ComputedConstants.cpp - numbers that ops compute from constants ----===//

#include "frontends/onnx/ComputedConstants.h"
#include "compiler/dialect/Dim.h"
#include "compiler/interpreter/Interpreter.h"

#include <algorithm>

namespace segc::onnximport {

using mlir::Operation;
using mlir::Value;

/// Elements of a value whose extents are all known; a very large number for others.
static int64_t countOf(Value value) {
  constexpr int64_t kMany = INT32_MAX;
  auto type = llvm::dyn_cast<seg::TensorType>(value.getType());
  if (!type)
    return kMany;
  int64_t count = 1;
  for (seg::DimAttr dim : type.getShape())
    if (!dim.isConstant() || __builtin_mul_overflow(count, dim.getValue(), &count) || count > kMany)
      return kMany;
  return count;
}

bool ComputedConstants::isAffordable(Operation *op) {
  constexpr int64_t kMostElements = int64_t{1} << 24, kMostProducts = int64_t{1} << 28;
  int64_t read = 0, written = 0;
  for (Value operand : op->getOperands())
    read += countOf(operand);
  for (Value result : op->getResults())
    written += countOf(result);
  if (read + written > std::min(kMostElements, elementsLeft))
    return false;
  // These do more than a few things with each element.
  const bool sums = llvm::isa<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::MatmulOp>(op);
  if (llvm::isa<seg::DenseCrfOp>(op) || (sums && read * written > kMostProducts))
    return false;
  elementsLeft -= read + written;
  return true;
}

/// The operands have been looked at.
bool ComputedConstants::evaluate(Operation *op) {
  if (auto constant = llvm::dyn_cast<seg::ConstantOp>(op)) {
    if (!isAffordable(op))
      return false;
    auto tensor = interpreter::Tensor::of(constant.getValue());
    if (!tensor) {
      llvm::consumeError(tensor.takeError());
      return false;
    }
    values[constant->getResult(0)] = std::move(*tensor);
    return true;
  }
  llvm::SmallVector<const interpreter::Tensor *> operands;
  for (Value operand : op->getOperands()) {
    auto known = values.find(operand);
    if (known == values.end() || !known->second)
      return false;
    operands.push_back(&*known->second);
  }
  if (!isAffordable(op))
    return false;
  llvm::StringMap<int64_t> symbols;
  auto results = interpreter::interpretOp(op, operands, symbols);
  if (!results) {
    llvm::consumeError(results.takeError());
    return false;
  }
  for (auto [value, tensor] : llvm::zip(op->getResults(), *results))
    values[value] = std::move(tensor);
  return true;
}

/// Calls `visit` with ops in an order in which each follows those it reads, for what `value` needs
/// and `isDone` does not say has been visited. No recursion: chains may be long.
static void visitBackwards(Value value, llvm::function_ref<bool(Value)> isDone,
                           llvm::function_ref<void(Value)> visit) {
  llvm::SmallVector<Value> pending{value};
  while (!pending.empty()) {
    Value next = pending.back();
    Operation *op = next.getDefiningOp();
    const size_t before = pending.size();
    if (op && !isDone(next))
      for (Value operand : op->getOperands())
        if (!isDone(operand))
          pending.push_back(operand);
    if (pending.size() != before)
      continue;
    pending.pop_back();
    if (!isDone(next))
      visit(next);
  }
}

bool ComputedConstants::isFixed(Value value) {
  visitBackwards(
      value, [&](Value each) { return fixed.contains(each); },
      [&](Value each) {
        Operation *op = each.getDefiningOp();
        fixed[each] =
            op && op->getNumRegions() == 0 &&
            llvm::isa_and_nonnull<seg::SegDialect>(op->getDialect()) &&
            llvm::all_of(op->getOperands(), [&](Value operand) { return fixed.lookup(operand); });
      });
  return fixed.lookup(value);
}

std::optional<ConstantTensor> ComputedConstants::find(Value value) {
  // Constants are not even copied for what an input has a part in.
  if (!isFixed(value))
    return std::nullopt;
  visitBackwards(
      value, [&](Value each) { return values.contains(each); },
      [&](Value each) {
        if (!evaluate(each.getDefiningOp()))
          for (Value result : each.getDefiningOp()->getResults())
            values[result] = std::nullopt;
      });
  const std::optional<interpreter::Tensor> &found = values[value];
  if (!found)
    return std::nullopt;
  if (found->isFloat())
    return floatTensor(found->shape, found->floats);
  return integerTensor(elementOf(found->elementType), found->shape, found->ints);
}

} // namespace segc::onnximport
