//===- Window.cpp - the window of a convolution or a pool -----------------===//

#include "frontends/onnx/Window.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;

namespace {

/// Above anything real; arithmetic on such values cannot overflow.
constexpr int64_t kLargest = 1 << 20;

/// A list attribute with `size` values, in range; `byDefault` everywhere if it is absent.
SmallVector<int64_t> readList(Node &node, const char *name, const char *what, size_t size,
                              int64_t least, int64_t byDefault) {
  SmallVector<int64_t> byDefaults(size, byDefault);
  std::optional<SmallVector<int64_t>> values = node.integers(name);
  if (!values)
    return byDefaults;
  if (values->size() != size) {
    node.error(fmt::format("{} has {} values instead of {}", name, values->size(), size));
    return byDefaults;
  }
  for (int64_t &value : *values)
    if (value < least || value > kLargest) {
      node.error(fmt::format("{} {} is {}", what, value,
                             value > kLargest ? "out of range"
                             : least == 1     ? "not positive"
                                              : "negative"));
      value = byDefault;
    }
  return *values;
}

/// Reduces a window over three axes to two, if the first or the last two axes do nothing. Slices
/// become channels, of which there must be a fixed number.
void foldAxes(Window &window, bool depthIsFixed) {
  auto isIdle = [&](int axis) {
    return window.kernel[axis] == 1 && window.strides[axis] == 1 && window.pads[axis] == 0 &&
           window.pads[3 + axis] == 0;
  };
  window.joinsLastTwo = isIdle(1) && isIdle(2);
  if (!window.joinsLastTwo && !(isIdle(0) && depthIsFixed))
    return;
  int dropped = window.joinsLastTwo ? 2 : 0;
  for (auto *list : {&window.kernel, &window.strides, &window.dilations})
    list->erase(list->begin() + dropped);
  window.pads.erase(window.pads.begin() + 3 + dropped);
  window.pads.erase(window.pads.begin() + dropped);
}

} // namespace

std::optional<Window> readWindow(Node &node, ArrayRef<int64_t> kernel, bool mayFold) {
  Window window;
  size_t axes = kernel.size();
  if (axes < 1 || axes > 3) {
    node.error(fmt::format("windows over {} axes are not supported; 1 to 3 are", axes));
    return std::nullopt;
  }
  window.axes = static_cast<int64_t>(axes);
  for (int64_t extent : kernel)
    if (extent < 1 || extent > kLargest)
      node.error(fmt::format("kernel extent {} is {}", extent,
                             extent < 1 ? "not positive" : "out of range"));
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = readList(node, "strides", "stride", axes, 1, 1);
  window.dilations = readList(node, "dilations", "dilation", axes, 1, 1);
  window.pads = readList(node, "pads", "pad", 2 * axes, 0, 0);
  window.autoPad = node.text("auto_pad", "NOTSET");
  if (window.autoPad == "VALID" || window.autoPad.compare(0, 5, "SAME_") == 0)
    window.pads.assign(2 * axes, 0);
  if (window.autoPad != "NOTSET" && window.autoPad != "VALID" && window.autoPad != "SAME_UPPER" &&
      window.autoPad != "SAME_LOWER")
    node.error(fmt::format("auto_pad \"{}\" is not known", escaped(window.autoPad)));
  if (axes == 1) {
    window.kernel.insert(window.kernel.begin(), 1);
    window.strides.insert(window.strides.begin(), 1);
    window.dilations.insert(window.dilations.begin(), 1);
    window.pads = {0, window.pads[0], 0, window.pads[1]};
  }
  if (!node.failed() && axes == 3 && mayFold)
    foldAxes(window, node.shape(0)[2].isConstant());
  if (node.failed())
    return std::nullopt;
  return window;
}

Value toImage(Node &node, Value input) {
  if (!input)
    return {};
  SmallVector<DimAttr> shape(shapeOf(input));
  if (shape.size() == 4)
    return input;
  if (shape.size() != 3) {
    node.error(
        fmt::format("its input has rank {}; it must be [N, C, H, W] or [N, C, L]", shape.size()));
    return {};
  }
  shape.insert(shape.begin() + 2, node.dim(1));
  return node.reshape(input, shape);
}

Value fromImage(Node &node, Value image, int64_t axes) {
  if (!image || axes == 2)
    return image;
  SmallVector<DimAttr> shape(shapeOf(image));
  shape.erase(shape.begin() + 2);
  return node.reshape(image, shape);
}

Value toPoolImage(Node &node, Value input, const Window &window) {
  if (!input || window.axes != 3)
    return toImage(node, input);
  ArrayRef<DimAttr> s = shapeOf(input);
  if (window.joinsLastTwo)
    return node.reshape(input, {s[0], s[1], s[2], s[3] * s[4]});
  return node.reshape(input, {s[0], s[1] * s[2], s[3], s[4]});
}

Value fromPoolImage(Node &node, Value image, const Window &window) {
  if (!image || window.axes != 3)
    return fromImage(node, image, window.axes);
  ArrayRef<DimAttr> s = shapeOf(image);
  SmallVector<DimAttr> before = node.shape(0);
  if (window.joinsLastTwo)
    return node.reshape(image, {s[0], s[1], s[2], before[3], before[4]});
  return node.reshape(image, {s[0], before[1], before[2], s[2], s[3]});
}

Value applyAutoPad(Node &node, Value image, Window &window, std::optional<float> fill) {
  bool isUpper = window.autoPad == "SAME_UPPER";
  if (node.failed() || (!isUpper && window.autoPad != "SAME_LOWER"))
    return image;
  const int axes = static_cast<int>(window.kernel.size());
  SmallVector<DimAttr> low(2 + axes, node.dim(0)), high = low;
  bool allConstant = true;
  for (int axis = 0; axis != axes; ++axis) {
    DimAttr extent = shapeOf(image)[2 + axis];
    int64_t stride = window.strides[axis];
    // As many windows as strides fit the input, rounded up.
    DimAttr total = (ceilDiv(extent, stride) - 1) * stride + window.span(axis) - extent;
    total = seg::maximum(total, node.dim(0));
    DimAttr less = floorDiv(total, 2);
    if (!total || !less) {
      node.error("a computed extent overflows");
      return {};
    }
    low[2 + axis] = isUpper ? less : total - less;
    high[2 + axis] = isUpper ? total - less : less;
    allConstant &= total.isConstant();
  }
  if (allConstant) {
    for (int axis = 0; axis != axes; ++axis) {
      window.pads[axis] = low[2 + axis].getValue();
      window.pads[axes + axis] = high[2 + axis].getValue();
    }
    return image;
  }
  if (!fill) {
    node.error(fmt::format("auto_pad {} with a stride needs a fixed height and width here; give "
                           "them with --shape",
                           window.autoPad));
    return {};
  }
  return node.create<seg::PadOp>(
      {image},
      {node.attribute("low", ArrayRef<DimAttr>(low)),
       node.attribute("high", ArrayRef<DimAttr>(high)),
       node.attribute("mode", seg::PadModeAttr::get(node.context(), seg::PadMode::Constant)),
       node.realAttribute("value", *fill)});
}

} // namespace segc::onnximport
