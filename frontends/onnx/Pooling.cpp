//===- Pooling.cpp - windows and global pooling ---------------------------===//

#include "frontends/onnx/Pooling.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Volumes.h"

#include "compiler/dialect/Inference.h"

#include <limits>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::UnaryKind;

static std::optional<Window> readPoolWindow(Node &node, bool mayFold) {
  std::optional<SmallVector<int64_t>> kernel = node.integers("kernel_shape");
  if (!kernel && !node.failed())
    node.error("kernel_shape is missing");
  if (node.failed())
    return std::nullopt;
  if (node.rank(0) != static_cast<int64_t>(kernel->size()) + 2) {
    node.error(fmt::format("kernel_shape of {} values does not fit an input of rank {}",
                           kernel->size(), node.rank(0)));
    return std::nullopt;
  }
  return readWindow(node, *kernel, mayFold);
}

static SmallVector<mlir::NamedAttribute> windowAttributes(Node &node, const Window &window,
                                                          bool ceilMode) {
  return {node.attribute("kernel", window.kernel), node.attribute("strides", window.strides),
          node.attribute("dilations", window.dilations), node.attribute("pads", window.pads),
          node.attribute("ceil_mode", ceilMode)};
}

static void importMaxPool(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  bool withSwitches = node.isUsed(1);
  // Switches would have to be counted in the model's own shape.
  std::optional<Window> window = readPoolWindow(node, /*mayFold=*/!withSwitches);
  bool ceilMode = node.integer("ceil_mode", 0) != 0;
  bool columnMajor = node.integer("storage_order", 0) != 0;
  if (!window)
    return;
  // Bytes are floats on the way: all of them are exact.
  const Element element = node.element(0);
  Value data = node.value(0);
  if (elementSize(element) <= 2)
    data = node.converted(data, Element::Float);
  auto asGiven = [&](Value y) {
    return elementSize(element) <= 2 ? node.converted(y, element) : y;
  };
  if (window->isVolume()) {
    if (withSwitches)
      return node.error("the places of the largest values are not supported for volumes");
    Value volume = applyAutoPad(node, data, *window, -std::numeric_limits<float>::infinity());
    return node.set(0, asGiven(maxPoolVolume(node, volume, *window, ceilMode)));
  }
  Value input = toPoolImage(node, data, *window);
  // Switches count pixels of the unpadded image.
  std::optional<float> fill;
  if (!withSwitches)
    fill = std::numeric_limits<float>::lowest();
  input = applyAutoPad(node, input, *window, fill);
  SmallVector<mlir::NamedAttribute> attributes = windowAttributes(node, *window, ceilMode);
  if (!withSwitches) {
    Value output = node.create<seg::MaxPool2dOp>({input}, attributes);
    node.set(0, asGiven(fromPoolImage(node, output, *window)));
    return;
  }
  attributes.push_back(node.attribute("column_major", columnMajor));
  auto pool = node.createOp<seg::MaxPoolSwitchesOp>({input}, attributes);
  if (!pool)
    return;
  node.set(0, asGiven(fromImage(node, pool.getOutput(), window->axes)));
  node.set(1, fromImage(node, pool.getSwitches(), window->axes));
}

/// The pooling that switches come from, also if they were transposed and back again.
static seg::MaxPoolSwitchesOp poolOf(Value switches) {
  SmallVector<int64_t> order{0, 1, 2, 3};
  while (auto transpose = switches.getDefiningOp<seg::TransposeOp>()) {
    for (int64_t &axis : order)
      axis = transpose.getPermutation()[axis];
    switches = transpose.getInput();
  }
  return llvm::is_sorted(order) ? switches.getDefiningOp<seg::MaxPoolSwitchesOp>()
                                : seg::MaxPoolSwitchesOp();
}

static void importMaxUnpool(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  std::optional<Window> window = readPoolWindow(node, /*mayFold=*/false);
  if (window && window->isVolume())
    node.error("volumes are not supported");
  if (!window || node.failed())
    return;
  Value input = toImage(node, node.value(0));
  Value switches = toImage(node, node.value(1));
  if (node.failed())
    return;
  SmallVector<DimAttr> inferred(shapeOf(input));
  for (int axis = 0; axis != 2; ++axis)
    inferred[2 + axis] = (inferred[2 + axis] - 1) * window->strides[axis] + window->kernel[axis] -
                         window->pads[axis] - window->pads[2 + axis];
  SmallVector<DimAttr> sizes = inferred;
  if (node.hasInput(2)) {
    const Known *shape = node.requireKnown(2, "the output's extents");
    std::optional<SmallVector<DimAttr>> dims = shape ? shape->dims() : std::nullopt;
    if (!node.failed() && (!dims || static_cast<int64_t>(dims->size()) != window->axes + 2))
      node.error("output_shape is not a list of extents");
    if (node.failed())
      return;
    sizes = *dims;
    if (window->axes == 1)
      sizes.insert(sizes.begin() + 2, node.dim(1));
    // Switches count in the tensor that was pooled. Where that is not to be seen, the standard's
    // test case has them count in the shape without output_shape.
    if (auto pool = poolOf(switches))
      inferred.assign(shapeOf(pool.getInput()).begin(), shapeOf(pool.getInput()).end());
  }
  for (DimAttr extent : inferred)
    if (!extent)
      node.error("a computed extent overflows");
  if (node.failed())
    return;
  Value output = node.create<seg::MaxUnpool2dOp>(
      {input, switches},
      {node.attribute("kernel", window->kernel), node.attribute("strides", window->strides),
       node.attribute("pads", window->pads), node.attribute("sizes", ArrayRef<DimAttr>(sizes)),
       node.attribute("indexed", ArrayRef<DimAttr>(inferred))});
  node.set(0, fromImage(node, output, window->axes));
}

/// Windows that stand out at the end, as ceil mode has them: the pads behind become longer. What
/// is too long ends in no further window.
static void addCeilPads(Node &node, ArrayRef<DimAttr> shape, Window &window) {
  const int axes = static_cast<int>(window.kernel.size());
  for (int axis = 0; axis != axes; ++axis) {
    auto count = [&](bool ceilMode) {
      return seg::poolCount(shape[2 + axis], window.kernel[axis], window.strides[axis],
                            window.dilations[axis], window.pads[axis], window.pads[axes + axis],
                            ceilMode);
    };
    DimAttr wanted = count(true);
    if (wanted == count(false))
      continue;
    window.pads[axes + axis] += window.strides[axis] - 1;
    if (wanted != count(false))
      node.shapeError("ceil_mode with a window that may start behind the image is not supported; "
                      "fix the height and width with --shape");
  }
}

/// Whether auto_pad makes pads of the image that depend on free sizes.
static bool padsAreFree(Value image, const Window &window) {
  if (!image || (window.autoPad != "SAME_UPPER" && window.autoPad != "SAME_LOWER"))
    return false;
  ArrayRef<DimAttr> extents = shapeOf(image).drop_front(2);
  return llvm::any_of(llvm::zip(extents, window.strides), [](auto axis) {
    return !std::get<0>(axis).isConstant() && std::get<1>(axis) != 1;
  });
}

Value averagePool(Node &node, Value input, bool countsBeyondPads) {
  std::optional<Window> window = readPoolWindow(node, /*mayFold=*/true);
  bool ceilMode = node.integer("ceil_mode", 0) != 0;
  bool countPads = node.integer("count_include_pad", 0) != 0;
  if (!window)
    return {};
  std::optional<float> fill;
  if (countPads)
    fill = 0.0f;
  if (window->isVolume()) {
    if (countsBeyondPads)
      node.error("volumes are not supported");
    Value volume = applyAutoPad(node, input, *window, fill);
    return averagePoolVolume(node, volume, *window, ceilMode, countPads);
  }
  Value image = toPoolImage(node, input, *window);
  // Pads that are known only when the network runs are not for the pool to leave out: what it gives
  // is divided by the share of a window that lies in the image.
  Value ones;
  if (!countPads && padsAreFree(image, *window)) {
    fill = 0.0f;
    DimAttr one = node.dim(1);
    ones = node.broadcast(node.number(1), {one, one, shapeOf(image)[2], shapeOf(image)[3]});
    ones = applyAutoPad(node, ones, *window, fill);
  }
  image = applyAutoPad(node, image, *window, fill);
  if (countsBeyondPads && countPads && ceilMode && image) {
    addCeilPads(node, shapeOf(image), *window);
    ceilMode = false;
  }
  SmallVector<mlir::NamedAttribute> attributes = windowAttributes(node, *window, ceilMode);
  attributes.push_back(node.attribute("count_include_pad", countPads));
  Value output = node.create<seg::AvgPool2dOp>({image}, attributes);
  if (ones)
    output =
        node.binary(BinaryKind::Div, output, node.create<seg::AvgPool2dOp>({ones}, attributes));
  return fromPoolImage(node, output, *window);
}

static void importAveragePool(Node &node) {
  if (node.checkInputs(1, 1))
    node.set(0, averagePool(node, node.value(0), /*countsBeyondPads=*/false));
}

/// |x|^p.
static Value powerOf(Node &node, Value input, int64_t p) {
  if (p == 2)
    return node.binary(BinaryKind::Mul, input, input);
  Value magnitude = node.unary(UnaryKind::Abs, input);
  return p == 1 ? magnitude
                : node.binary(BinaryKind::Pow, magnitude, node.number(static_cast<float>(p)));
}

/// x^(1 / p) of what is not negative.
static Value rootOf(Node &node, Value input, int64_t p) {
  if (p == 1)
    return input;
  return p == 2 ? node.unary(UnaryKind::Sqrt, input)
                : node.binary(BinaryKind::Pow, input, node.number(1.0f / static_cast<float>(p)));
}

static void importGlobalPool(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  SmallVector<int64_t> axes;
  for (int64_t axis = 2; axis < node.rank(0); ++axis)
    axes.push_back(axis);
  if (axes.empty())
    node.shapeError(fmt::format("an input of rank {} has no spatial axes", node.rank(0)));
  if (node.op() == "GlobalLpPool") {
    int64_t p = node.integer("p", 2);
    if (p < 1)
      return node.error(fmt::format("p = {} is not positive", p));
    if (p > 2)
      return node.set(0, rootOf(node,
                                node.reduce(seg::ReduceKind::Sum, powerOf(node, node.value(0), p),
                                            axes, /*keepDims=*/true),
                                p));
    seg::ReduceKind norm = p == 1 ? seg::ReduceKind::L1 : seg::ReduceKind::L2;
    return node.set(0, node.reduce(norm, node.value(0), axes, /*keepDims=*/true));
  }
  seg::ReduceKind kind =
      node.op() == "GlobalMaxPool" ? seg::ReduceKind::Max : seg::ReduceKind::Mean;
  node.set(0, node.reduce(kind, node.value(0), axes, /*keepDims=*/true));
}

/// The p-th root of a sum of p-th powers, which is a convolution with ones.
static void importLpPool(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  std::optional<Window> window = readPoolWindow(node, /*mayFold=*/false);
  int64_t p = node.integer("p", 2);
  if (p < 1)
    node.error(fmt::format("p = {} is not positive", p));
  bool ceilMode = node.integer("ceil_mode", 0) != 0;
  if (!window || node.failed())
    return;
  DimAttr channels = node.shape(0)[1];
  if (!channels.isConstant())
    return node.shapeError("the number of channels is free");
  Value input = powerOf(node, node.value(0), p);
  if (!window->isVolume())
    input = toImage(node, input);
  input = applyAutoPad(node, input, *window, 0.0f);
  if (node.failed())
    return;
  if (ceilMode)
    addCeilPads(node, shapeOf(input), *window);
  SmallVector<int64_t> shape{channels.getValue(), 1};
  shape.append(window->kernel);
  int64_t count = 1;
  for (int64_t extent : shape)
    if (count > (1 << 24) / extent)
      return node.error("the window is too large");
    else
      count *= extent;
  Value ones = node.constant(
      floatTensor(shape, std::vector<float>(static_cast<size_t>(count), 1.0f)), "ones");
  if (window->isVolume())
    return node.set(
        0,
        rootOf(node, convolveVolume(node, input, ones, Value(), *window, channels.getValue()), p));
  Value sums = node.create<seg::Conv2dOp>(
      {input, ones, Value(), Value()},
      {node.attribute("strides", window->strides), node.attribute("dilations", window->dilations),
       node.attribute("pads", window->pads), node.integerAttribute("groups", channels.getValue())});
  node.set(0, rootOf(node, fromImage(node, sums, window->axes), p));
}

void registerPooling(OperatorTable &table) {
  table.import["MaxPool"] = importMaxPool;
  table.import["MaxUnpool"] = importMaxUnpool;
  table.import["AveragePool"] = importAveragePool;
  table.import["LpPool"] = importLpPool;
  table.import["GlobalAveragePool"] = importGlobalPool;
  table.import["GlobalMaxPool"] = importGlobalPool;
  table.import["GlobalLpPool"] = importGlobalPool;
}

} // namespace segc::onnximport
