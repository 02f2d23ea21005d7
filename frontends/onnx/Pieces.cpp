//===- Pieces.cpp - tensors taken apart and joined ------------------------===//

#include "frontends/onnx/Pieces.h"
#include "frontends/onnx/KnownTensors.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

static BindingPtr knownBinding(Known known) {
  auto binding = std::make_shared<Binding>();
  binding->element = known.element;
  binding->known = std::move(known);
  return binding;
}

/// Numbers that are shape arithmetic, rather than weights.
static const Known *numbersOf(Node &node, const BindingPtr &tensor) {
  const Known *known = node.owner().known(*tensor);
  return known && !(known->isFloat() && tensor->constant) ? known : nullptr;
}

static Value valueOf(Node &node, const BindingPtr &tensor) {
  if (node.failed())
    return {};
  Value value = node.owner().materialise(*tensor, node.owner().nodeName(node.source()));
  if (!value)
    node.shapeError(tensor->sequence ? "an element is a sequence"
                                     : "an element is computed from the size of the network's "
                                       "input, or has no elements");
  return value;
}

static SmallVector<int64_t> withoutAxis(ArrayRef<int64_t> shape, int64_t axis) {
  SmallVector<int64_t> result(shape.begin(), shape.end());
  result.erase(result.begin() + axis);
  return result;
}

BindingPtr piece(Node &node, const BindingPtr &tensor, int64_t axis, int64_t start, int64_t size,
                 bool dropsAxis) {
  if (const Known *known = numbersOf(node, tensor)) {
    Known part{known->element, known->shape, {}};
    part.shape[axis] = size;
    for (int64_t i = 0, count = countOf(part.shape); i < count; ++i) {
      SmallVector<int64_t> at = unravel(i, part.shape);
      at[axis] += start;
      part.values.push_back(known->values[ravel(at, known->shape)]);
    }
    if (dropsAxis)
      part.shape = withoutAxis(part.shape, axis);
    return knownBinding(std::move(part));
  }
  Value value = valueOf(node, tensor);
  if (!value)
    return nullptr;
  SmallVector<DimAttr> sizes(shapeOf(value));
  SmallVector<DimAttr> starts(sizes.size(), node.dim(0));
  starts[axis] = node.dim(start);
  sizes[axis] = node.dim(size);
  value = node.slice(value, starts, sizes, SmallVector<int64_t>(sizes.size(), 1));
  if (dropsAxis) {
    sizes.erase(sizes.begin() + axis);
    value = value ? node.reshape(value, sizes) : value;
  }
  return node.bindingOf(value);
}

BindingPtr joined(Node &node, ArrayRef<BindingPtr> tensors, int64_t axis, bool isNewAxis) {
  // Numbers become a list, lists a longer one: those are what shapes are made of.
  auto isPart = [&](const BindingPtr &tensor) {
    const Known *known = numbersOf(node, tensor);
    return known && known->shape.size() == (isNewAxis ? 0 : 1);
  };
  if (llvm::all_of(tensors, isPart)) {
    Known all{node.owner().known(*tensors.front())->element, {0}, {}};
    for (const BindingPtr &tensor : tensors) {
      const Known *part = node.owner().known(*tensor);
      all.values.insert(all.values.end(), part->values.begin(), part->values.end());
    }
    all.shape[0] = static_cast<int64_t>(all.values.size());
    if (all.shape[0] <= Known::kMostElements)
      return knownBinding(std::move(all));
  }
  SmallVector<Value> parts;
  for (const BindingPtr &tensor : tensors) {
    Value value = valueOf(node, tensor);
    if (!value)
      return nullptr;
    SmallVector<DimAttr> shape(shapeOf(value));
    if (isNewAxis) {
      if (axis > static_cast<int64_t>(shape.size())) {
        node.shapeError("the tensors have different ranks");
        return nullptr;
      }
      shape.insert(shape.begin() + axis, node.dim(1));
      value = node.reshape(value, shape);
    }
    parts.push_back(value);
  }
  return node.bindingOf(node.concat(parts, axis));
}

std::optional<int64_t> integerOf(Node &node, const BindingPtr &tensor) {
  const Known *known = node.owner().known(*tensor);
  if (!known || known->values.size() != 1)
    return std::nullopt;
  return known->values.front().constantInteger();
}

} // namespace segc::onnximport
