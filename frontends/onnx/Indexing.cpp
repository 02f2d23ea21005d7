//===- Indexing.cpp - Gather, Scatter, TopK and their relatives -----------===//

#include "frontends/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;

/// Whether the indices, which are input `i`, are integers and, where they are constant, lie inside
/// the axes that each tuple of them names.
static bool checkIndices(Node &node, int i, ArrayRef<DimAttr> named) {
  if (node.failed())
    return false;
  if (Element element = node.element(i); element != Element::Int32 && element != Element::Int64) {
    node.error("the indices are neither int32 nor int64");
    return false;
  }
  std::optional<ConstantTensor> constant = node.constant(i);
  for (int64_t at = 0; constant && at != constant->count(); ++at) {
    DimAttr extent = named[at % static_cast<int64_t>(named.size())];
    int64_t index = constant->integerAt(at);
    if (extent.isConstant() && (index < -extent.getValue() || index >= extent.getValue())) {
      node.error(fmt::format("index {} is outside an axis of extent {}", index, extent.getValue()));
      return false;
    }
  }
  return true;
}

static Value indicesOf(Node &node, int i, ArrayRef<DimAttr> named) {
  return checkIndices(node, i, named) ? node.value(i) : Value();
}

/// Runs of neighbouring indices, as slices, joined: nothing if they are not known, or many.
static std::optional<Value> gatherSlices(Node &node, int64_t axis) {
  const Known *known = node.known(1);
  std::optional<SmallVector<DimAttr>> indices = known ? known->dims() : std::nullopt;
  SmallVector<DimAttr> shape = node.shape(0);
  if (!indices || indices->empty() || known->shape.size() > 1)
    return std::nullopt;
  struct Run {
    DimAttr first;
    int64_t count;
  };
  SmallVector<Run> runs;
  for (DimAttr index : *indices) {
    bool isNegative = seg::upperBound(index).value_or(0) < 0;
    if (!isNegative && seg::lowerBound(index).value_or(-1) < 0)
      return std::nullopt;
    DimAttr place = isNegative ? shape[axis] + index : index;
    if (!runs.empty() && place && place == runs.back().first + runs.back().count)
      ++runs.back().count;
    else
      runs.push_back({place, 1});
  }
  constexpr size_t kMostRuns = 8;
  if (runs.size() > kMostRuns)
    return std::nullopt;
  Value input = node.value(0);
  SmallVector<Value> parts;
  for (const Run &run : runs) {
    SmallVector<DimAttr> starts(shape.size(), node.dim(0)), sizes = shape;
    starts[axis] = run.first;
    sizes[axis] = node.dim(run.count);
    parts.push_back(node.slice(input, starts, sizes, SmallVector<int64_t>(shape.size(), 1)));
  }
  Value joined = node.concat(parts, axis);
  if (known->shape.empty()) {
    shape.erase(shape.begin() + axis);
    joined = node.reshape(joined, shape);
  }
  return joined;
}

static Value gather(Node &node, Value input, Value indices, int64_t axis, int64_t batchDims) {
  return node.create<seg::GatherOp>(
      {input, indices},
      {node.integerAttribute("axis", axis), node.integerAttribute("batch_dims", batchDims)});
}

static void importGather(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  SmallVector<DimAttr> shape = node.shape(0), indexShape = node.shape(1);
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  if (node.failed() || !checkIndices(node, 1, shape[axis]))
    return;
  if (std::optional<Value> slices = gatherSlices(node, axis))
    return node.set(0, *slices);
  indexShape.push_back(node.dim(1));
  Value indices = node.reshape(indicesOf(node, 1, shape[axis]), indexShape);
  node.set(0, gather(node, node.value(0), indices, axis, 0));
}

static void importGatherND(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  SmallVector<DimAttr> shape = node.shape(0), indexShape = node.shape(1);
  int64_t batch = node.integer("batch_dims", 0), rank = node.rank(0);
  if (indexShape.empty() || !indexShape.back().isConstant())
    return node.error("the last extent of the indices is not a constant");
  int64_t named = indexShape.back().getValue();
  if (batch < 0 || batch >= rank || batch >= node.rank(1) || named < 1 || named > rank - batch)
    return node.error(fmt::format("{} indices behind {} axes of a batch, for a tensor of rank {}",
                                  named, batch, rank));
  Value indices = indicesOf(node, 1, ArrayRef<DimAttr>(shape).slice(batch, named));
  node.set(0, gather(node, node.value(0), indices, batch, batch));
}

static void importGatherElements(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  if (node.failed())
    return;
  node.set(0, node.create<seg::GatherElementsOp>({node.value(0), indicesOf(node, 1, shape[axis])},
                                                 {node.integerAttribute("axis", axis)}));
}

/// What becomes of old values and updates, as attributes: none if updates replace.
static SmallVector<mlir::NamedAttribute> reductionOf(Node &node) {
  std::string text = node.text("reduction", "none");
  auto kind = llvm::StringSwitch<std::optional<BinaryKind>>(text)
                  .Case("add", BinaryKind::Add)
                  .Case("mul", BinaryKind::Mul)
                  .Case("max", BinaryKind::Max)
                  .Case("min", BinaryKind::Min)
                  .Default(std::nullopt);
  if (text == "none")
    return {};
  if (!kind) {
    node.error(fmt::format("reduction \"{}\" is not supported", escaped(text)));
    return {};
  }
  return {node.attribute("reduction", seg::BinaryKindAttr::get(node.context(), *kind))};
}

static void importScatterND(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  SmallVector<DimAttr> shape = node.shape(0), indexShape = node.shape(1);
  SmallVector<mlir::NamedAttribute> attributes = reductionOf(node);
  if (indexShape.empty() || !indexShape.back().isConstant())
    return node.error("the last extent of the indices is not a constant");
  int64_t named = indexShape.back().getValue();
  if (named < 1 || named > node.rank(0))
    return node.error(fmt::format("{} indices for a tensor of rank {}", named, node.rank(0)));
  Value indices = indicesOf(node, 1, ArrayRef<DimAttr>(shape).take_front(named));
  node.set(0, node.create<seg::ScatterOp>({node.value(0), indices, node.value(2)}, attributes));
}

/// ScatterElements, and Scatter, as it was called first.
static void importScatterElements(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  SmallVector<mlir::NamedAttribute> attributes = reductionOf(node);
  if (node.failed())
    return;
  attributes.push_back(node.integerAttribute("axis", axis));
  node.set(0, node.create<seg::ScatterElementsOp>(
                  {node.value(0), indicesOf(node, 1, shape[axis]), node.value(2)}, attributes));
}

static void importTopK(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  DimAttr k;
  if (node.opset() < 10) {
    k = node.dim(node.integer("k", 0));
  } else if (const Known *known = node.requireKnown(1, "the number of values")) {
    std::optional<SmallVector<DimAttr>> dims = known->dims();
    if (!dims || dims->size() != 1)
      return node.error("the number of values is not one whole number");
    k = dims->front();
  }
  int64_t axis = node.normalAxis(node.integer("axis", -1), node.rank(0));
  bool largest = node.integer("largest", 1) != 0;
  Value input = node.value(0);
  auto top = node.createOp<seg::TopKOp>({input}, {node.attribute("k", mlir::Attribute(k)),
                                                  node.integerAttribute("axis", axis),
                                                  node.attribute("largest", largest)});
  for (int i = 0; top && i != std::min(2, node.outputCount()); ++i)
    node.set(i, top->getResult(i));
}

void registerIndexing(OperatorTable &table) {
  table.import["Gather"] = importGather;
  table.import["GatherND"] = importGatherND;
  table.import["GatherElements"] = importGatherElements;
  table.import["ScatterND"] = importScatterND;
  table.import["ScatterElements"] = importScatterElements;
  table.import["Scatter"] = importScatterElements;
  table.import["TopK"] = importTopK;
}

} // namespace segc::onnximport
