//===- Shaping.cpp - other shapes for the same elements -------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Reshaping.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

/// The input under another shape; a weight stays one.
static void setReshaped(Node &node, ArrayRef<DimAttr> shape) {
  bool isStatic = llvm::all_of(shape, [](DimAttr dim) { return dim && dim.isConstant(); });
  std::optional<ConstantTensor> tensor = isStatic ? node.constant(0) : std::nullopt;
  if (!tensor)
    return node.set(0, node.reshape(node.value(0), shape));
  int64_t before = tensor->count();
  tensor->shape.clear();
  for (DimAttr dim : shape)
    tensor->shape.push_back(dim.getValue());
  if (product(node.context(), shape) != node.dim(before))
    return node.error(fmt::format("{} elements do not fit its shape", before));
  node.set(0, *tensor);
}

std::optional<SmallVector<DimAttr>> reshapedShape(Node &node) {
  SmallVector<DimAttr> before = node.shape(0);
  const Known *wanted = node.requireKnown(1, "the extents");
  std::optional<SmallVector<DimAttr>> shape = wanted ? wanted->dims() : std::nullopt;
  bool allowZero = node.integer("allowzero", 0) != 0;
  if (!node.failed() && (!shape || wanted->shape.size() != 1))
    node.error("the extents are not a list of whole numbers");
  if (node.failed())
    return std::nullopt;
  std::optional<size_t> inferred;
  SmallVector<DimAttr> others;
  for (size_t axis = 0; axis != shape->size(); ++axis) {
    DimAttr &dim = (*shape)[axis];
    if (dim.isConstant(0) && !allowZero) {
      if (axis >= before.size()) {
        node.error(
            fmt::format("extent {} is to be copied from an input of rank {}", axis, before.size()));
        return std::nullopt;
      }
      dim = before[axis];
    } else if (dim.isConstant(-1)) {
      if (inferred) {
        node.error("two extents are -1");
        return std::nullopt;
      }
      inferred = axis;
      continue;
    } else if (dim.isConstant() && dim.getValue() < 0) {
      node.error(fmt::format("extent {} is {}", axis, dim.getValue()));
      return std::nullopt;
    }
    others.push_back(dim);
  }
  if (inferred) {
    DimAttr quotient = quotientOfProducts(node.context(), before, others);
    if (!quotient) {
      node.error("the extent -1 cannot be inferred");
      return std::nullopt;
    }
    (*shape)[*inferred] = quotient;
  }
  return shape;
}

static void importReshape(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (auto shape = reshapedShape(node))
    setReshaped(node, *shape);
}

static void importFlatten(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t rank = node.rank(0), axis = node.integer("axis", 1);
  if (axis != rank)
    axis = node.normalAxis(axis, rank);
  if (node.failed())
    return;
  ArrayRef<DimAttr> all(shape);
  setReshaped(node, {product(node.context(), all.take_front(axis)),
                     product(node.context(), all.drop_front(axis))});
}

std::optional<SmallVector<int64_t>> axesArgument(Node &node, int input) {
  if (node.hasInput(input))
    return node.requireIntegers(input, "the axes");
  return node.integers("axes");
}

std::optional<SmallVector<DimAttr>> squeezedShape(Node &node) {
  SmallVector<DimAttr> shape = node.shape(0), result;
  std::optional<SmallVector<int64_t>> axes = axesArgument(node, 1);
  if (axes)
    axes = node.normalAxes(*axes, node.rank(0));
  for (auto [axis, dim] : llvm::enumerate(shape)) {
    bool dropped = axes ? llvm::is_contained(*axes, int64_t(axis)) : dim.isConstant(1);
    if (!dropped)
      result.push_back(dim);
    else if (dim.isConstant() && !dim.isConstant(1))
      node.error(fmt::format("axis {} has the extent {}, not 1", axis, dim.getValue()));
  }
  return node.failed() ? std::nullopt : std::optional(result);
}

std::optional<SmallVector<DimAttr>> unsqueezedShape(Node &node) {
  SmallVector<DimAttr> result = node.shape(0);
  std::optional<SmallVector<int64_t>> axes = axesArgument(node, 1);
  if (!axes && !node.failed())
    node.error("the axes are missing");
  if (node.failed())
    return std::nullopt;
  for (int64_t axis : node.normalAxes(*axes, node.rank(0) + static_cast<int64_t>(axes->size())))
    if (!node.failed())
      result.insert(result.begin() + axis, node.dim(1));
  return node.failed() ? std::nullopt : std::optional(result);
}

static void importSqueeze(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  if (auto shape = squeezedShape(node))
    setReshaped(node, *shape);
}

static void importUnsqueeze(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  if (auto shape = unsqueezedShape(node))
    setReshaped(node, *shape);
}

std::optional<SmallVector<int64_t>> permutationOf(Node &node) {
  SmallVector<int64_t> reversed;
  for (int64_t axis = node.rank(0) - 1; axis >= 0; --axis)
    reversed.push_back(axis);
  std::optional<SmallVector<int64_t>> permutation = node.integers("perm");
  if (!permutation)
    return node.failed() ? std::nullopt : std::optional(reversed);
  SmallVector<int64_t> sorted = *permutation;
  llvm::sort(sorted);
  std::reverse(reversed.begin(), reversed.end());
  if (sorted != reversed) {
    node.error("perm does not name each axis once");
    return std::nullopt;
  }
  return permutation;
}

static void importTranspose(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  if (auto permutation = permutationOf(node))
    node.set(0, node.transpose(node.value(0), *permutation));
}

static void importExpand(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  const Known *wanted = node.requireKnown(1, "the extents");
  std::optional<SmallVector<DimAttr>> dims = wanted ? wanted->dims() : std::nullopt;
  if (!node.failed() && !dims)
    node.error("the extents are not whole numbers");
  if (node.failed())
    return;
  auto shape = seg::broadcastShapes(node.shape(0), *dims);
  if (!shape)
    return node.error("the input does not broadcast to the extents");
  Value input = node.value(0);
  if (input)
    node.set(0, node.broadcast(input, *shape));
}

/// Repeats by way of a new axis: [.., d, ..] -> [.., 1, d, ..] -> [.., r, d, ..] -> [.., r * d, ..]
static void importTile(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  const Known *known = node.requireKnown(1, "the repeats");
  std::optional<SmallVector<DimAttr>> repeats = known ? known->dims() : std::nullopt;
  SmallVector<DimAttr> shape = node.shape(0), split, repeated, joined;
  if (!node.failed() && !repeats)
    node.error("the repeats are not whole numbers");
  if (repeats && repeats->size() != shape.size())
    node.error(fmt::format("{} repeats for {} axes", repeats->size(), shape.size()));
  if (node.failed())
    return;
  for (auto [dim, count] : llvm::zip(shape, *repeats)) {
    if (count.isConstant() && (count.getValue() < 1 || count.getValue() > INT32_MAX))
      return node.error(fmt::format("{} repeats", count.getValue()));
    if (!count.isConstant(1)) {
      split.push_back(node.dim(1));
      repeated.push_back(count);
    }
    split.push_back(dim);
    repeated.push_back(dim);
    joined.push_back(dim * count);
  }
  Value parts = node.reshape(node.value(0), split);
  if (parts)
    node.set(0, node.reshape(node.broadcast(parts, repeated), joined));
}

/// Both operators are a reshape, a transpose and a reshape; they differ in the order of axes.
static void importSpaceAndDepth(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t block = node.integer("blocksize", 0);
  bool toDepth = node.op() == "SpaceToDepth";
  bool columnsFirst = node.text("mode", "DCR") == "CRD";
  SmallVector<DimAttr> shape = node.shape(0);
  if (shape.size() != 4)
    node.error(fmt::format("an input of rank {} is not [N, C, H, W]", shape.size()));
  if (block < 1 || block > (1 << 20))
    node.error(fmt::format("block size {} is not positive", block));
  if (node.failed())
    return;
  DimAttr n = shape[0], c = shape[1], h = shape[2], w = shape[3], b = node.dim(block);
  Value input = node.value(0);
  if (toDepth) {
    DimAttr rows = floorDiv(h, block), columns = floorDiv(w, block);
    Value parts = node.reshape(input, {n, c, rows, b, columns, b});
    Value moved = node.transpose(parts, {0, 3, 5, 1, 2, 4});
    return node.set(0, node.reshape(moved, {n, c * block * block, rows, columns}));
  }
  DimAttr depth = floorDiv(c, block * block);
  if (depth * (block * block) != c)
    return node.error(fmt::format("the channels do not divide by {}", block * block));
  Value moved =
      columnsFirst
          ? node.transpose(node.reshape(input, {n, depth, b, b, h, w}), {0, 1, 4, 2, 5, 3})
          : node.transpose(node.reshape(input, {n, b, b, depth, h, w}), {0, 3, 4, 1, 5, 2});
  node.set(0, node.reshape(moved, {n, depth, h * block, w * block}));
}

/// A constant of a shape too large, or too symbolic, to be a list of numbers.
static void importConstantOfShape(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  const Known *shape = node.requireKnown(0, "the extents");
  std::optional<SmallVector<DimAttr>> dims = shape ? shape->dims() : std::nullopt;
  ConstantTensor value = floatTensor({}, {0.0f});
  if (const onnx::TensorProto *tensor = node.tensor("value")) {
    std::string error;
    auto constant = readTensor(node.owner().modelFile(), *tensor, error);
    if (!constant)
      return node.error(error);
    if (constant->count() != 1)
      return node.error("the value is not a single number");
    value = *constant;
    value.shape.clear();
  }
  if (!node.failed() && !dims)
    node.error("the extents are not whole numbers");
  if (!node.failed() && llvm::any_of(*dims, [](DimAttr dim) { return dim.isConstant(0); }))
    return node.setEmpty(0, value.element, *dims);
  if (Value number = node.constant(value, "value"))
    node.set(0, node.broadcast(number, *dims));
}

void registerShaping(OperatorTable &table) {
  table.import["Reshape"] = importReshape;
  table.import["Flatten"] = importFlatten;
  table.import["Squeeze"] = importSqueeze;
  table.import["Unsqueeze"] = importUnsqueeze;
  table.import["Transpose"] = importTranspose;
  table.import["Expand"] = importExpand;
  table.import["Tile"] = importTile;
  table.import["SpaceToDepth"] = importSpaceAndDepth;
  table.import["DepthToSpace"] = importSpaceAndDepth;
  table.import["ConstantOfShape"] = importConstantOfShape;
}

} // namespace segc::onnximport
