//===- KnownTensors.cpp - tensors of known numbers, rearranged ------------===//

#include "frontends/onnx/KnownTensors.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;

bool allInputsKnown(Node &node) {
  // Four floats are scales; more are weights.
  constexpr int64_t kMostScales = 4;
  bool onlyWeights = true;
  for (int i = 0; i != node.inputCount(); ++i) {
    if (!node.hasInput(i))
      continue;
    const Known *known = node.known(i);
    if (!known)
      return false;
    bool isWeight = known->isFloat() && node.constant(i) &&
                    static_cast<int64_t>(known->values.size()) > kMostScales;
    onlyWeights &= isWeight;
  }
  return !onlyWeights;
}

bool setKnown(Node &node, Known known) {
  if (node.failed() || static_cast<int64_t>(known.values.size()) > Known::kMostElements)
    return false;
  if (known.isFloat() && !known.allKnown())
    return false;
  node.set(0, std::move(known));
  return true;
}

SmallVector<int64_t> unravel(int64_t element, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- != 0;) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return index;
}

int64_t ravel(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t element = 0;
  for (auto [i, extent] : llvm::zip(index, shape))
    element = element * extent + i;
  return element;
}

int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(count, extent, &count))
      return INT64_MAX;
  return count;
}

std::optional<Known> broadcastTo(const Known &known, ArrayRef<int64_t> shape) {
  if (known.shape.size() > shape.size() || countOf(shape) > Known::kMostElements)
    return std::nullopt;
  size_t added = shape.size() - known.shape.size();
  for (size_t axis = 0; axis != known.shape.size(); ++axis)
    if (known.shape[axis] != 1 && known.shape[axis] != shape[added + axis])
      return std::nullopt;
  Known result{known.element, SmallVector<int64_t>(shape), {}};
  for (int64_t i = 0, count = countOf(shape); i != count; ++i) {
    SmallVector<int64_t> index = unravel(i, shape);
    index.erase(index.begin(), index.begin() + added);
    for (size_t axis = 0; axis != index.size(); ++axis)
      if (known.shape[axis] == 1)
        index[axis] = 0;
    result.values.push_back(known.values[ravel(index, known.shape)]);
  }
  return result;
}

std::optional<std::pair<Known, Known>> broadcast(const Known &a, const Known &b) {
  const auto &longer = a.shape.size() >= b.shape.size() ? a.shape : b.shape;
  const auto &shorter = a.shape.size() >= b.shape.size() ? b.shape : a.shape;
  SmallVector<int64_t> shape = longer;
  for (size_t i = 0; i != shorter.size(); ++i) {
    int64_t &extent = shape[longer.size() - shorter.size() + i];
    if (extent == 1)
      extent = shorter[i];
  }
  std::optional<Known> left = broadcastTo(a, shape), right = broadcastTo(b, shape);
  if (!left || !right)
    return std::nullopt;
  return std::pair(std::move(*left), std::move(*right));
}

} // namespace segc::onnximport
