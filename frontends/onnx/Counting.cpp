//===- Counting.cpp - NonZero, Compress, Unique, NonMaxSuppression --------===//
//
// What they find has an extent that is known when the network runs, a count. Where their inputs
// are constants, it is known now.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include <algorithm>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

static ConstantTensor nonZero(const ConstantTensor &input) {
  std::vector<SmallVector<int64_t>> found;
  SmallVector<int64_t> at(input.shape.size(), 0);
  for (int64_t i = 0; i != input.count(); ++i) {
    if (input.element == Element::Float ? input.as<float>()[i] != 0 : input.integerAt(i) != 0)
      found.push_back(at);
    for (size_t axis = at.size(); axis != 0; --axis) {
      if (++at[axis - 1] != input.shape[axis - 1])
        break;
      at[axis - 1] = 0;
    }
  }
  std::vector<int64_t> numbers;
  for (size_t axis = 0; axis != at.size(); ++axis)
    for (const SmallVector<int64_t> &index : found)
      numbers.push_back(index[axis]);
  return integerTensor(Element::Int64,
                       {static_cast<int64_t>(at.size()), static_cast<int64_t>(found.size())},
                       numbers);
}

static Value nonZero(Node &node, Value input, llvm::StringRef name) {
  if (!input)
    return {};
  DimAttr count = node.count(name, product(node.context(), shapeOf(input)));
  return node.create<seg::NonZeroOp>({input}, {node.attribute("count", mlir::Attribute(count))});
}

static void importNonZero(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  if (node.rank(0) < 1)
    return node.error("a tensor of rank 0 has no indices");
  if (std::optional<ConstantTensor> constant = node.constant(0))
    return node.set(0, nonZero(*constant));
  node.set(0, nonZero(node, node.value(0), "nonzero"));
}

/// The parts of `input` along `axis` that `rows` [count] names.
static Value partsOf(Node &node, Value input, Value rows, int64_t axis) {
  if (!input || !rows)
    return {};
  Value tuples = node.reshape(rows, {shapeOf(rows).back(), node.dim(1)});
  return node.create<seg::GatherOp>({input, tuples}, {node.integerAttribute("axis", axis),
                                                      node.integerAttribute("batch_dims", 0)});
}

/// The input with all its elements in one axis.
static Value flattened(Node &node, Value input) {
  return input ? node.reshape(input, product(node.context(), shapeOf(input))) : Value();
}

static void importCompress(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (node.element(1) != Element::Bool || node.rank(1) != 1)
    return node.error("the condition is not a list of truth values");
  const bool isFlat = !node.hasAttribute("axis");
  int64_t axis = isFlat ? 0 : node.normalAxis(node.integer("axis", 0), node.rank(0));
  Value input = isFlat ? flattened(node, node.value(0)) : node.value(0);
  if (node.failed() || !input)
    return;
  // The condition may be shorter, and what is longer says nothing.
  DimAttr given = node.shape(1)[0], extent = shapeOf(input)[axis];
  DimAttr length = minimum(given, extent);
  Value chosen;
  if (std::optional<ConstantTensor> constant = node.constant(1); constant && extent.isConstant()) {
    std::vector<int64_t> rows;
    for (int64_t i = 0; i != std::min(constant->count(), extent.getValue()); ++i)
      if (constant->integerAt(i))
        rows.push_back(i);
    if (rows.empty())
      return node.error("nothing is chosen: the result has no elements");
    chosen = node.constant(integerTensor(Element::Int64, {static_cast<int64_t>(rows.size())}, rows),
                           "chosen");
  } else {
    Value condition = node.value(1);
    if (condition && length != given)
      condition = node.slice(condition, node.dim(0), length, int64_t{1});
    if (Value found = nonZero(node, condition, "chosen"))
      chosen = node.reshape(found, shapeOf(found).back());
  }
  node.set(0, partsOf(node, input, chosen, axis));
}

static void importUnique(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  const bool isFlat = !node.hasAttribute("axis");
  int64_t axis = isFlat ? 0 : node.normalAxis(node.integer("axis", 0), node.rank(0));
  Value input = isFlat ? flattened(node, node.value(0)) : node.value(0);
  if (node.failed() || !input)
    return;
  SmallVector<DimAttr> shape(shapeOf(input));
  SmallVector<int64_t> order{axis};
  for (int64_t i = 0; i != static_cast<int64_t>(shape.size()); ++i)
    if (i != axis)
      order.push_back(i);
  DimAttr rows = shape[axis];
  shape.erase(shape.begin() + axis);
  Value lines = node.reshape(axis ? node.transpose(input, order) : input,
                             {rows, product(node.context(), shape)});
  auto unique = node.createOp<seg::UniqueOp>(
      {lines}, {node.attribute("count", mlir::Attribute(node.count("unique", rows))),
                node.attribute("sorted", node.integer("sorted", 1) != 0)});
  if (!unique)
    return;
  node.set(0, partsOf(node, input, unique.getFirst(), axis));
  for (int i = 1; i < node.outputCount(); ++i)
    node.set(i, unique->getResult(i - 1));
}

/// A threshold, [1].
static Value threshold(Node &node, int i) {
  Value value = node.value(i);
  return value ? node.reshape(value, node.dim(1)) : Value();
}

static void importNonMaxSuppression(Node &node) {
  if (!node.checkInputs(2, 5))
    return;
  if (node.rank(0) != 3 || node.rank(1) != 3)
    return node.error("boxes [N, S, 4] and scores [N, C, S] are needed");
  const bool center = node.integer("center_point_box", 0) != 0;
  DimAttr images = node.shape(1)[0], classes = node.shape(1)[1], boxes = node.shape(0)[1];
  DimAttr limit = node.dim(0);
  if (node.hasInput(2)) {
    const Known *known = node.requireKnown(2, "the number of boxes of a class");
    if (!known)
      return;
    std::optional<SmallVector<DimAttr>> dims = known->dims();
    if (!dims || dims->size() != 1)
      return node.error("the number of boxes of a class is not one whole number");
    limit = dims->front();
  }
  if (seg::upperBound(limit).value_or(1) < 1)
    return node.error("no box of a class may be taken (max_output_boxes_per_class is absent, or "
                      "0): the result has no elements");
  // No tensor has more elements.
  const bool isUnlimited = limit.isConstant() && limit.getValue() >= INT32_MAX;
  limit = isUnlimited ? boxes : minimum(boxes, limit);
  Value iou = node.hasInput(3) ? threshold(node, 3) : node.reshape(node.number(0), node.dim(1));
  Value score = node.hasInput(4) ? threshold(node, 4) : Value();
  DimAttr count = node.count("boxes", images * classes * limit);
  if (node.failed())
    return;
  node.set(0, node.create<seg::NmsOp>({node.value(0), node.value(1), iou, score},
                                      {node.attribute("count", mlir::Attribute(count)),
                                       node.attribute("limit", mlir::Attribute(limit)),
                                       node.attribute("center", center)}));
}

void registerCounting(OperatorTable &table) {
  table.import["NonZero"] = importNonZero;
  table.import["Compress"] = importCompress;
  table.import["Unique"] = importUnique;
  table.import["NonMaxSuppression"] = importNonMaxSuppression;
}

} // namespace segc::onnximport
