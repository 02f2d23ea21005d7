//===- KnownShaping.cpp - known numbers, moved about ----------------------===//

#include "frontends/onnx/KnownTensors.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Reshaping.h"

#include <cmath>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using seg::DimAttr;

namespace {

bool evaluateShape(Node &node) {
  if (!node.checkInputs(1, 1))
    return false;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t rank = static_cast<int64_t>(shape.size());
  if (node.op() == "Size") {
    node.set(0, Known::scalar(Element::Int64, Number(product(node.context(), shape))));
    return true;
  }
  auto bound = [&](const char *name, int64_t byDefault) {
    int64_t value = node.integer(name, byDefault);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
  node.set(0, Known::ofDims(ArrayRef<DimAttr>(shape).slice(start, end - start)));
  return true;
}

/// The elements `pick(i)` of the input for each element i of a new shape.
bool rearrange(Node &node, ArrayRef<int64_t> shape,
               llvm::function_ref<int64_t(ArrayRef<int64_t>)> pick) {
  const Known &input = *node.known(0);
  Known result{input.element, SmallVector<int64_t>(shape), {}};
  int64_t count = countOf(shape);
  if (count > Known::kMostElements)
    return false;
  for (int64_t i = 0; i < count; ++i)
    result.values.push_back(input.values[pick(unravel(i, shape))]);
  return setKnown(node, std::move(result));
}

bool evaluateGather(Node &node) {
  if (!node.checkInputs(2, 2) || !allInputsKnown(node))
    return false;
  SmallVector<int64_t> shape = node.known(0)->shape, indexShape = node.known(1)->shape;
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  std::optional<SmallVector<int64_t>> indices = node.requireIntegers(1, "the indices");
  if (node.failed())
    return false;
  for (int64_t &index : *indices) {
    if (index < -shape[axis] || index >= shape[axis]) {
      node.error(fmt::format("index {} is outside an axis of extent {}", index, shape[axis]));
      return false;
    }
    index += index < 0 ? shape[axis] : 0;
  }
  SmallVector<int64_t> result(shape.begin(), shape.begin() + axis);
  result.append(indexShape.begin(), indexShape.end());
  result.append(shape.begin() + axis + 1, shape.end());
  return rearrange(node, result, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> from(at.take_front(axis));
    from.push_back((*indices)[ravel(at.slice(axis, indexShape.size()), indexShape)]);
    from.append(at.begin() + axis + indexShape.size(), at.end());
    return ravel(from, shape);
  });
}

bool evaluateSlice(Node &node) {
  if (!node.known(0) || !node.checkInputs(1, 5))
    return false;
  std::optional<SlicePart> part = slicePart(node);
  if (!part)
    return false;
  SmallVector<int64_t> starts, sizes, shape = node.known(0)->shape;
  for (auto [start, size] : llvm::zip(part->starts, part->sizes)) {
    // A table that the model holds is cut when the network runs.
    if ((!start.isConstant() || !size.isConstant()) && node.constant(0))
      return false;
    if (!start.isConstant() || !size.isConstant()) {
      node.error("a part of known numbers must not depend on the input's size");
      return false;
    }
    starts.push_back(start.getValue());
    sizes.push_back(std::max<int64_t>(size.getValue(), 0));
  }
  return rearrange(node, sizes, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> from;
    for (size_t axis = 0; axis != at.size(); ++axis)
      from.push_back(starts[axis] + at[axis] * part->steps[axis]);
    return ravel(from, shape);
  });
}

bool evaluateConcat(Node &node) {
  if (node.inputCount() == 0 || !allInputsKnown(node))
    return false;
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  if (node.failed())
    return false;
  Known result = *node.known(0);
  SmallVector<int64_t> shape = result.shape;
  int64_t joined = 0;
  for (int i = 0; i != node.inputCount(); ++i) {
    SmallVector<int64_t> other = node.known(i)->shape;
    if (other.size() == shape.size())
      joined += std::exchange(other[axis], shape[axis]);
    if (other != shape) {
      node.error("the tensors differ in more than the extent along the axis");
      return false;
    }
  }
  shape[axis] = joined;
  if (countOf(shape) > Known::kMostElements)
    return false;
  result.shape = shape;
  result.values.clear();
  for (int64_t i = 0, count = countOf(shape); i < count; ++i) {
    SmallVector<int64_t> at = unravel(i, shape);
    int from = 0;
    while (at[axis] >= node.known(from)->shape[axis])
      at[axis] -= node.known(from++)->shape[axis];
    result.values.push_back(node.known(from)->values[ravel(at, node.known(from)->shape)]);
  }
  return setKnown(node, std::move(result));
}

bool evaluateSplit(Node &node) {
  if (!node.known(0) || !node.checkInputs(1, 2) || node.outputCount() == 0)
    return false;
  Known input = *node.known(0);
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  if (node.failed())
    return false;
  std::optional<SmallVector<DimAttr>> sizes = splitSizes(node, node.dim(input.shape[axis]));
  int64_t start = 0;
  for (int part = 0; sizes && part != node.outputCount(); ++part) {
    if (!(*sizes)[part].isConstant() || (*sizes)[part].getValue() < 0)
      return false;
    Known result{input.element, input.shape, {}};
    result.shape[axis] = (*sizes)[part].getValue();
    for (int64_t i = 0, count = countOf(result.shape); i < count; ++i) {
      SmallVector<int64_t> at = unravel(i, result.shape);
      at[axis] += start;
      if (at[axis] >= input.shape[axis])
        return false;
      result.values.push_back(input.values[ravel(at, input.shape)]);
    }
    start += result.shape[axis];
    node.set(part, std::move(result));
  }
  return !node.failed();
}

/// Reshape, Squeeze, Unsqueeze, Flatten of one-dimensional lists.
bool evaluateReshape(Node &node) {
  if (!node.known(0) || !node.checkInputs(1, 2) || node.constant(0))
    return false;
  std::optional<SmallVector<DimAttr>> shape = node.op() == "Reshape"   ? reshapedShape(node)
                                              : node.op() == "Squeeze" ? squeezedShape(node)
                                                                       : unsqueezedShape(node);
  if (!shape)
    return false;
  Known result = *node.known(0);
  result.shape.clear();
  for (DimAttr dim : *shape) {
    if (!dim.isConstant())
      return false;
    result.shape.push_back(dim.getValue());
  }
  if (countOf(result.shape) != static_cast<int64_t>(result.values.size())) {
    node.error(fmt::format("{} elements do not fit its shape", result.values.size()));
    return false;
  }
  return setKnown(node, std::move(result));
}

bool evaluateTranspose(Node &node) {
  if (!node.checkInputs(1, 1) || !allInputsKnown(node))
    return false;
  std::optional<SmallVector<int64_t>> permutation = permutationOf(node);
  if (!permutation)
    return false;
  SmallVector<int64_t> before = node.known(0)->shape, after;
  for (int64_t axis : *permutation)
    after.push_back(before[axis]);
  return rearrange(node, after, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> from(at.size());
    for (auto [i, axis] : llvm::enumerate(*permutation))
      from[axis] = at[i];
    return ravel(from, before);
  });
}

bool evaluateExpand(Node &node) {
  if (!node.known(0) || !node.known(1) || node.known(0)->isFloat())
    return false;
  std::optional<SmallVector<int64_t>> shape = node.known(1)->integers();
  if (!shape || llvm::any_of(*shape, [](int64_t extent) { return extent < 0; }))
    return false;
  Known ones{Element::Int64, *shape, {}};
  int64_t count = countOf(*shape);
  if (count > Known::kMostElements)
    return false;
  ones.values.resize(count);
  auto pair = broadcast(*node.known(0), ones);
  return pair && setKnown(node, std::move(pair->first));
}

bool evaluateConstantOfShape(Node &node) {
  if (!node.checkInputs(1, 1) || !node.known(0))
    return false;
  std::optional<SmallVector<int64_t>> shape = node.known(0)->integers();
  if (!shape || llvm::any_of(*shape, [](int64_t extent) { return extent < 0; }))
    return false;
  Known result{Element::Float, *shape, {}};
  Number value(node.context(), 0);
  if (const onnx::TensorProto *tensor = node.tensor("value")) {
    std::string error;
    auto constant = readTensor(node.owner().modelFile(), *tensor, error);
    if (!constant || constant->count() != 1) {
      node.error(constant ? "the value is not a single number" : error);
      return false;
    }
    value = Known::of(node.context(), *constant)->values.front();
    result.element = constant->element;
  }
  int64_t count = countOf(*shape);
  if (count > (result.isFloat() ? Known::kMostFloats : Known::kMostElements))
    return false;
  result.values.assign(count, value);
  return setKnown(node, std::move(result));
}

bool evaluateRange(Node &node) {
  if (!node.checkInputs(3, 3) || !allInputsKnown(node))
    return false;
  SmallVector<double> bounds;
  for (int i = 0; i != 3; ++i) {
    const Known *known = node.known(i);
    std::optional<double> value =
        known->values.size() == 1 ? known->values.front().constantDouble() : std::nullopt;
    if (!value)
      return false;
    bounds.push_back(*value);
  }
  double count = bounds[2] == 0 ? -1 : std::ceil((bounds[1] - bounds[0]) / bounds[2]);
  if (bounds[2] == 0 || count > double(Known::kMostElements))
    return false;
  std::vector<Number> values;
  const Number &start = node.known(0)->values.front(), &step = node.known(2)->values.front();
  values.reserve(count > 0 ? size_t(count) : 0);
  for (int64_t i = 0; i < int64_t(count); ++i)
    values.push_back(start + step * Number(node.context(), i));
  return setKnown(node, Known::vector(node.known(0)->element, std::move(values)));
}

bool evaluateReduce(Node &node) {
  if (!node.known(0) || !node.checkInputs(1, 2) || !allInputsKnown(node))
    return false;
  const Known &input = *node.known(0);
  std::optional<SmallVector<int64_t>> axes = axesArgument(node, 1);
  if (node.failed() || (node.integer("noop_with_empty_axes", 0) && (!axes || axes->empty())))
    return false;
  int64_t rank = node.rank(0);
  SmallVector<int64_t> reduced = node.normalAxes(axes.value_or(SmallVector<int64_t>()), rank);
  if (reduced.empty())
    for (int64_t axis = 0; axis != rank; ++axis)
      reduced.push_back(axis);
  if (node.failed())
    return false;
  Known result{input.element, input.shape, {}};
  int64_t group = 1;
  for (int64_t axis : reduced) {
    group *= input.shape[axis];
    result.shape[axis] = 1;
  }
  llvm::StringRef op = node.op();
  if (group == 0 && op != "ReduceProd" && op != "ReduceSum")
    return false;
  result.values.assign(countOf(result.shape), Number(node.context(), op == "ReduceProd" ? 1 : 0));
  std::vector<bool> started(result.values.size(), op == "ReduceProd" || op == "ReduceSum");
  for (size_t i = 0; i != input.values.size(); ++i) {
    SmallVector<int64_t> at = unravel(int64_t(i), input.shape);
    for (int64_t axis : reduced)
      at[axis] = 0;
    int64_t target = ravel(at, result.shape);
    Number &sum = result.values[target];
    const Number &x = input.values[i];
    if (!started[target])
      sum = x;
    else if (op == "ReduceProd")
      sum = sum * x;
    else if (op == "ReduceMax")
      sum = sum.maximum(x);
    else if (op == "ReduceMin")
      sum = sum.minimum(x);
    else
      sum = sum + x;
    started[target] = true;
  }
  if (op == "ReduceMean")
    for (Number &sum : result.values) {
      sum = sum / Number(node.context(), group);
      if (!input.isFloat())
        sum = sum.floor();
    }
  if (node.integer("keepdims", 1) == 0)
    for (int64_t axis : llvm::reverse(reduced))
      result.shape.erase(result.shape.begin() + axis);
  return setKnown(node, std::move(result));
}

} // namespace

void registerKnownShaping(OperatorTable &table) {
  table.evaluate["Shape"] = evaluateShape;
  table.evaluate["Size"] = evaluateShape;
  table.evaluate["Gather"] = evaluateGather;
  table.evaluate["Slice"] = evaluateSlice;
  table.evaluate["Concat"] = evaluateConcat;
  table.evaluate["Split"] = evaluateSplit;
  for (const char *name : {"Reshape", "Squeeze", "Unsqueeze"})
    table.evaluate[name] = evaluateReshape;
  table.evaluate["Transpose"] = evaluateTranspose;
  table.evaluate["Expand"] = evaluateExpand;
  table.evaluate["ConstantOfShape"] = evaluateConstantOfShape;
  table.evaluate["Range"] = evaluateRange;
  for (const char *name : {"ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean"})
    table.evaluate[name] = evaluateReduce;
}

} // namespace segc::onnximport
