//===- Cropping.cpp - parts of tensors, joined and padded -----------------===//

#include "frontends/onnx/Bounds.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Reshaping.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

/// A bound of a Slice from the front: negative ones count from the end. Expressions that are 0 or
/// negative, as in mask[-padding:], are either. The sign of one that may be positive, too, is taken
/// to be that, as sizes are.
static DimAttr fromFront(DimAttr bound, DimAttr extent) {
  DimAttr size = bound * -1;
  if (provablyNotNegative(size - 1))
    return extent + bound;
  if (bound.isConstant() || !provablyNotNegative(size))
    return bound;
  DimAttr isNegative = seg::minimum(size, DimAttr::constant(bound.getContext(), 1));
  return isNegative * (extent + bound);
}

/// A bound clamped to the axis. Where one that counts from the end of a free axis would leave the
/// front, or a start the end, the result is empty, which the network refuses when it runs; so
/// those need no clamp.
static DimAttr clampBound(DimAttr bound, DimAttr extent, bool isEnd) {
  if (!bound || (bound.isConstant() && extent.isConstant()))
    return bound ? seg::maximum(seg::minimum(bound, extent), extent * 0) : bound;
  if (bound.isConstant() && bound.getValue() >= INT32_MAX)
    return extent;
  // No extent is negative, whatever its size is computed from.
  bool isInside = !isEnd || bound.isConstant(0) || provablyNotNegative(extent - bound);
  return isInside ? bound : seg::minimum(bound, extent);
}

std::optional<SlicePart> slicePart(Node &node) {
  SmallVector<DimAttr> shape = node.shape(0);
  bool fromInputs = node.opset() >= 10;
  SmallVector<DimAttr> starts, ends;
  SmallVector<int64_t> axes, steps;
  auto readBounds = [&](int input, const char *name, SmallVector<DimAttr> &bounds) {
    if (!fromInputs) {
      std::optional<SmallVector<int64_t>> values = node.integers(name);
      if (!values && !node.failed())
        node.error(fmt::format("{} are missing", name));
      for (int64_t value : values.value_or(SmallVector<int64_t>()))
        bounds.push_back(node.dim(value));
      return;
    }
    const Known *known = node.requireKnown(input, fmt::format("the {}", name));
    std::optional<SmallVector<DimAttr>> dims = known ? known->dims() : std::nullopt;
    if (!node.failed() && !dims)
      node.error(fmt::format("the {} are not whole numbers", name));
    if (dims)
      bounds = *dims;
  };
  readBounds(1, "starts", starts);
  readBounds(2, "ends", ends);
  for (size_t i = 0; i != starts.size(); ++i)
    axes.push_back(static_cast<int64_t>(i));
  if (fromInputs && node.hasInput(3))
    axes = node.requireIntegers(3, "the axes").value_or(axes);
  else if (!fromInputs)
    axes = node.integers("axes").value_or(axes);
  steps.assign(starts.size(), 1);
  if (fromInputs && node.hasInput(4))
    steps = node.requireIntegers(4, "the steps").value_or(steps);
  if (!node.failed() && (ends.size() != starts.size() || axes.size() != starts.size() ||
                         steps.size() != starts.size()))
    node.error("starts, ends, axes and steps differ in number");
  if (node.failed())
    return std::nullopt;

  SlicePart part;
  part.starts.assign(shape.size(), node.dim(0));
  part.sizes = shape;
  part.steps.assign(shape.size(), 1);
  for (size_t i = 0; i != starts.size(); ++i) {
    int64_t axis = node.normalAxis(axes[i], static_cast<int64_t>(shape.size())), step = steps[i];
    if (!node.failed() && (step == 0 || step < -INT32_MAX))
      node.error(step == 0 ? "step 0" : fmt::format("step {} is out of range", step));
    if (node.failed())
      return std::nullopt;
    DimAttr extent = shape[axis], start, size;
    // The bounds of lists like [::-1] are the extreme integers.
    step = std::min<int64_t>(step, INT32_MAX);
    if (step > 0) {
      start = clampBound(fromFront(starts[i], extent), extent, /*isEnd=*/false);
      size = ceilDiv(clampBound(fromFront(ends[i], extent), extent, /*isEnd=*/true) - start, step);
    } else {
      DimAttr last = extent - 1, before = node.dim(-1);
      bool toFront = ends[i].isConstant() && ends[i].getValue() < -INT32_MAX;
      start = seg::minimum(fromFront(starts[i], extent), last);
      DimAttr end = toFront ? before : seg::maximum(fromFront(ends[i], extent), before);
      size = ceilDiv(start - end, -step);
    }
    if (!start || !size) {
      node.error("a computed extent overflows");
      return std::nullopt;
    }
    part.starts[axis] = start;
    part.sizes[axis] = seg::upperBound(size).value_or(1) < 0 ? node.dim(0) : size;
    part.steps[axis] = step;
  }
  return part;
}

static void importSlice(Node &node) {
  if (!node.checkInputs(1, 5))
    return;
  std::optional<SlicePart> part = slicePart(node);
  if (!part)
    return;
  if (ArrayRef<DimAttr>(part->sizes) == ArrayRef<DimAttr>(node.shape(0)) &&
      llvm::all_of(part->steps, [](int64_t step) { return step == 1; }))
    return node.forward(0, 0);
  if (llvm::any_of(part->sizes, [](DimAttr size) { return size.isConstant(0); }))
    return node.setEmpty(0, node.element(0), part->sizes);
  node.set(0, node.slice(node.value(0), part->starts, part->sizes, part->steps));
}

std::optional<SmallVector<DimAttr>> splitSizes(Node &node, DimAttr extent) {
  SmallVector<DimAttr> sizes;
  int64_t parts = node.outputCount();
  if (node.hasInput(1)) {
    const Known *known = node.requireKnown(1, "the sizes of the parts");
    std::optional<SmallVector<DimAttr>> dims = known ? known->dims() : std::nullopt;
    if (!node.failed() && !dims)
      node.error("the sizes of the parts are not whole numbers");
    if (dims)
      sizes = *dims;
  } else if (std::optional<SmallVector<int64_t>> given = node.integers("split")) {
    for (int64_t size : *given)
      sizes.push_back(node.dim(size));
  } else {
    // Equal parts; the last is smaller if num_outputs does not divide.
    DimAttr whole = ceilDiv(extent, parts);
    if (!node.hasAttribute("num_outputs") && whole * parts != extent && extent.isConstant())
      node.error(fmt::format("{} does not divide into {} parts", extent.getValue(), parts));
    sizes.assign(parts, whole);
    sizes.back() = extent - whole * (parts - 1);
  }
  if (!node.failed() && static_cast<int64_t>(sizes.size()) != parts)
    node.error(fmt::format("{} sizes for {} parts", sizes.size(), parts));
  DimAttr sum = node.dim(0);
  for (DimAttr size : sizes)
    sum = sum + size;
  if (!node.failed() && (!sum || (sum.isConstant() && extent.isConstant() && sum != extent)))
    node.error("the sizes of the parts do not sum up to the extent of the axis");
  return node.failed() ? std::nullopt : std::optional(sizes);
}

static void importSplit(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  if (node.failed() || node.outputCount() == 0)
    return;
  std::optional<SmallVector<DimAttr>> sizes = splitSizes(node, shape[axis]);
  Value input = node.value(0);
  SmallVector<DimAttr> starts(shape.size(), node.dim(0));
  SmallVector<int64_t> steps(shape.size(), 1);
  for (int i = 0; sizes && !node.failed() && i != node.outputCount(); ++i) {
    shape[axis] = (*sizes)[i];
    if (node.isUsed(i) && shape[axis].isConstant(0))
      node.setEmpty(i, node.element(0), shape);
    else if (node.isUsed(i))
      node.set(i, node.slice(input, starts, shape, steps));
    starts[axis] = starts[axis] + (*sizes)[i];
  }
}

static void importConcat(Node &node) {
  if (!node.checkInputs(1, INT32_MAX))
    return;
  if (!node.hasAttribute("axis"))
    return node.error("the axis is missing");
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  SmallVector<Value> inputs;
  for (int i = 0; i != node.inputCount(); ++i) {
    // Empty tensors add nothing.
    bool isEmpty = node.hasInput(i) &&
                   llvm::any_of(node.shape(i), [](DimAttr dim) { return dim.isConstant(0); });
    if (!isEmpty)
      inputs.push_back(node.value(i));
  }
  if (inputs.empty() && !node.failed()) {
    SmallVector<DimAttr> shape = node.shape(0);
    for (int i = 1; i != node.inputCount(); ++i)
      if (axis < node.rank(i))
        shape[axis] = shape[axis] + node.shape(i)[axis];
    return node.setEmpty(0, node.element(0), shape);
  }
  node.set(0, node.concat(inputs, axis));
}

/// An image that goes on beyond its edges with the opposite ones.
static Value wrapped(Node &node, Value input, ArrayRef<DimAttr> low, ArrayRef<DimAttr> high) {
  for (size_t axis = 0; axis != low.size() && input; ++axis) {
    SmallVector<DimAttr> shape(shapeOf(input)), starts(shape.size(), node.dim(0));
    SmallVector<Value> parts;
    auto add = [&](DimAttr start, DimAttr size) {
      SmallVector<DimAttr> sizes = shape;
      starts[axis] = start;
      sizes[axis] = size;
      if (!size.isConstant(0))
        parts.push_back(node.slice(input, starts, sizes, SmallVector<int64_t>(shape.size(), 1)));
    };
    for (DimAttr pad : {low[axis], high[axis]})
      if (!pad.isConstant() || pad.getValue() < 0 ||
          (shape[axis].isConstant() && pad.getValue() > shape[axis].getValue())) {
        node.error("mode \"wrap\" is supported with constant pads that are not negative and not "
                   "larger than the extent");
        return {};
      }
    add(shape[axis] - low[axis], low[axis]);
    parts.push_back(input);
    add(node.dim(0), high[axis]);
    input = node.concat(parts, static_cast<int64_t>(axis));
  }
  return input;
}

static void importPad(Node &node) {
  if (!node.checkInputs(1, 4))
    return;
  SmallVector<DimAttr> shape = node.shape(0), pads;
  SmallVector<int64_t> axes;
  for (size_t axis = 0; axis != shape.size(); ++axis)
    axes.push_back(static_cast<int64_t>(axis));
  float value = 0;
  if (node.opset() < 11) {
    for (int64_t pad : node.integers("pads").value_or(SmallVector<int64_t>()))
      pads.push_back(node.dim(pad));
    value = node.real("value", 0.0f);
  } else {
    const Known *known = node.requireKnown(1, "the pads");
    std::optional<SmallVector<DimAttr>> dims = known ? known->dims() : std::nullopt;
    if (!node.failed() && !dims)
      node.error("the pads are not whole numbers");
    if (dims)
      pads = *dims;
    if (node.hasInput(2))
      if (std::optional<SmallVector<float>> values = node.requireFloats(2, "the value")) {
        if (values->size() != 1)
          node.error("the value is not a single number");
        else
          value = values->front();
      }
    if (node.hasInput(3))
      if (std::optional<SmallVector<int64_t>> given = node.requireIntegers(3, "the axes")) {
        axes.clear();
        for (int64_t axis : *given)
          axes.push_back(node.normalAxis(axis, node.rank(0)));
      }
  }
  std::string modeText = node.text("mode", "constant");
  std::optional<seg::PadMode> mode = seg::symbolizePadMode(modeText);
  if (!mode && modeText != "wrap")
    node.error(fmt::format("mode \"{}\" is not supported", escaped(modeText)));
  if (!node.failed() && pads.size() != 2 * axes.size())
    node.error(fmt::format("{} pads for {} axes", pads.size(), axes.size()));
  if (node.failed())
    return;
  SmallVector<DimAttr> low(shape.size(), node.dim(0)), high = low;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    low[axis] = pads[i];
    high[axis] = pads[axes.size() + i];
  }
  if (llvm::all_of(pads, [](DimAttr pad) { return pad.isConstant(0); }))
    return node.forward(0, 0);
  if (!mode)
    return node.set(0, wrapped(node, node.value(0), low, high));
  node.set(
      0, node.create<seg::PadOp>(
             {node.value(0)}, {node.attribute("low", ArrayRef<DimAttr>(low)),
                               node.attribute("high", ArrayRef<DimAttr>(high)),
                               node.attribute("mode", seg::PadModeAttr::get(node.context(), *mode)),
                               node.realAttribute("value", value)}));
}

void registerCropping(OperatorTable &table) {
  table.import["Slice"] = importSlice;
  table.import["Split"] = importSplit;
  table.import["Concat"] = importConcat;
  table.import["Pad"] = importPad;
}

} // namespace segc::onnximport
