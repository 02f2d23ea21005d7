//===- Resizing.cpp - Resize and Upsample ---------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Window.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::CoordinateMode;
using seg::DimAttr;
using seg::NearestMode;
using seg::ResizeMode;

namespace {

/// What the result of a resize is, before it is one: all axes of the model's tensor.
struct Target {
  SmallVector<DimAttr> sizes;
  /// Present where the model gives constant scales.
  std::optional<SmallVector<float>> scales;
};

/// Values for some axes (opset 18's `axes`) spread over all.
template <typename T>
SmallVector<T> spread(ArrayRef<T> values, ArrayRef<int64_t> axes, SmallVector<T> all) {
  for (auto [axis, value] : llvm::zip(axes, values))
    all[axis] = value;
  return all;
}

std::optional<Target> targetFromScales(Node &node, int input, ArrayRef<int64_t> axes) {
  const Known *known = node.requireKnown(input, "the scales");
  if (!known)
    return std::nullopt;
  if (known->values.size() != axes.size()) {
    node.error(fmt::format("{} scales for {} axes", known->values.size(), axes.size()));
    return std::nullopt;
  }
  Target target;
  target.sizes = node.shape(0);
  for (auto [axis, scale] : llvm::zip(axes, known->values)) {
    DimAttr extent = (Number(target.sizes[axis]) * scale).floor().whole();
    if (scale.sign().value_or(1) < 1 || !extent) {
      node.error(fmt::format("the scale of axis {} is not a positive number", axis));
      return std::nullopt;
    }
    target.sizes[axis] = extent;
  }
  if (std::optional<SmallVector<float>> scales = known->floats())
    target.scales = spread<float>(*scales, axes, SmallVector<float>(target.sizes.size(), 1.0f));
  return target;
}

std::optional<Target> targetFromSizes(Node &node, int input, ArrayRef<int64_t> axes) {
  const Known *known = node.requireKnown(input, "the sizes");
  std::optional<SmallVector<DimAttr>> sizes = known ? known->dims() : std::nullopt;
  if (!node.failed() && (!sizes || sizes->size() != axes.size()))
    node.error(fmt::format("the sizes are not one extent for each of {} axes", axes.size()));
  if (node.failed())
    return std::nullopt;
  return Target{spread<DimAttr>(*sizes, axes, node.shape(0)), std::nullopt};
}

struct Mode {
  ResizeMode mode = ResizeMode::Nearest;
  CoordinateMode coordinates = CoordinateMode::Asymmetric;
  NearestMode nearest = NearestMode::Floor;
  float cubicCoefficient = -0.75f;
  bool excludeOutside = false;
  float extrapolation = 0;
  std::optional<SmallVector<float>> roi;
};

/// `[.., .., h, w]` or, of rank 3, `[.., .., w]` with `height` in place of h.
template <typename T> std::pair<T, T> spatial(ArrayRef<T> all, T height) {
  return {all.size() == 4 ? all[2] : height, all.back()};
}

void buildResize(Node &node, const Target &target, const Mode &mode) {
  SmallVector<DimAttr> shape = node.shape(0);
  if (node.failed())
    return;
  if (shape.size() != 3 && shape.size() != 4)
    return node.error(
        fmt::format("an input of rank {} is not supported; 3 and 4 are", shape.size()));
  for (int axis = 0; axis != 2; ++axis)
    if (target.sizes[axis] != shape[axis])
      return node.error(fmt::format("axis {} is resized too; only height and width can be", axis));
  bool scalesAreOne =
      !target.scales || llvm::all_of(*target.scales, [](float scale) { return scale == 1; });
  if (target.sizes == shape && !mode.roi && scalesAreOne)
    return node.forward(0, 0);

  Value image = toImage(node, node.value(0));
  auto [height, width] = spatial<DimAttr>(target.sizes, node.dim(1));
  SmallVector<DimAttr> sizes{shape[0], shape[1], height, width};
  mlir::MLIRContext *context = node.context();
  SmallVector<mlir::NamedAttribute> attributes{
      node.attribute("sizes", ArrayRef<DimAttr>(sizes)),
      node.attribute("mode", seg::ResizeModeAttr::get(context, mode.mode)),
      node.attribute("coordinates", seg::CoordinateModeAttr::get(context, mode.coordinates)),
      node.attribute("nearest", seg::NearestModeAttr::get(context, mode.nearest)),
      node.realAttribute("cubic_coeff_a", mode.cubicCoefficient),
      node.attribute("exclude_outside", mode.excludeOutside),
      node.realAttribute("extrapolation", mode.extrapolation)};
  if (target.scales) {
    auto [vertical, horizontal] = spatial<float>(*target.scales, 1.0f);
    attributes.push_back(
        node.attribute("scales", node.builder().getDenseF32ArrayAttr({vertical, horizontal})));
  }
  if (mode.roi) {
    // [starts of all axes, ends of all axes]
    ArrayRef<float> all = *mode.roi;
    auto [top, left] = spatial<float>(all.take_front(shape.size()), 0.0f);
    auto [bottom, right] = spatial<float>(all.take_back(shape.size()), 1.0f);
    attributes.push_back(
        node.attribute("roi", node.builder().getDenseF32ArrayAttr({top, left, bottom, right})));
  }
  Value output = node.create<seg::ResizeOp>({image}, attributes);
  node.set(0, fromImage(node, output, static_cast<int64_t>(shape.size()) - 2));
}

std::optional<ResizeMode> readMode(Node &node) {
  std::string text = node.text("mode", "nearest");
  if (std::optional<ResizeMode> mode = seg::symbolizeResizeMode(text))
    return mode;
  node.error(fmt::format("mode \"{}\" is not supported", escaped(text)));
  return std::nullopt;
}

/// Before opset 11: output pixel i samples i / scale; nearest rounds down, or up when shrinking.
void buildOldResize(Node &node, std::optional<Target> target) {
  std::optional<ResizeMode> kind = readMode(node);
  if (!kind || !target || node.failed())
    return;
  Mode mode;
  mode.mode = *kind;
  if (node.op() == "Resize" && target->scales) {
    bool shrinks = llvm::any_of(*target->scales, [](float scale) { return scale < 1; });
    bool grows = llvm::any_of(*target->scales, [](float scale) { return scale > 1; });
    if (*kind == ResizeMode::Nearest && shrinks && grows)
      return node.error("nearest that shrinks one axis and grows another is not supported before "
                        "operator set 11");
    mode.nearest = shrinks ? NearestMode::Ceil : NearestMode::Floor;
  }
  buildResize(node, *target, mode);
}

SmallVector<int64_t> allAxes(Node &node) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis != node.rank(0); ++axis)
    axes.push_back(axis);
  return axes;
}

void importUpsample(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  if (node.hasInput(1))
    return buildOldResize(node, targetFromScales(node, 1, allAxes(node)));
  std::optional<SmallVector<float>> scales = node.reals("scales");
  if (!scales && !node.failed())
    node.error("the scales are missing");
  if (node.failed())
    return;
  if (static_cast<int64_t>(scales->size()) != node.rank(0))
    return node.error(fmt::format("{} scales for {} axes", scales->size(), node.rank(0)));
  Target target{node.shape(0), scales};
  for (auto [extent, scale] : llvm::zip(target.sizes, *scales)) {
    extent = (Number(extent) * Number::fromFloat(node.context(), scale)).floor().whole();
    if (!(scale > 0) || !extent)
      return node.error(fmt::format("scale {} is not a positive number", scale));
  }
  buildOldResize(node, target);
}

/// An optional input may also be there without elements.
bool isGiven(Node &node, int i) {
  if (!node.hasInput(i))
    return false;
  return llvm::none_of(node.shape(i), [](DimAttr dim) { return dim.isConstant(0); });
}

std::optional<Mode> readNewMode(Node &node, ArrayRef<int64_t> axes) {
  Mode mode;
  std::optional<ResizeMode> kind = readMode(node);
  std::string coordinates = node.text("coordinate_transformation_mode", "half_pixel");
  std::string nearest = node.text("nearest_mode", "round_prefer_floor");
  std::optional<CoordinateMode> coordinateMode = seg::symbolizeCoordinateMode(coordinates);
  std::optional<NearestMode> nearestMode = seg::symbolizeNearestMode(nearest);
  if (!coordinateMode)
    node.error(fmt::format("coordinate_transformation_mode \"{}\" is not supported",
                           escaped(coordinates)));
  if (!nearestMode)
    node.error(fmt::format("nearest_mode \"{}\" is not known", escaped(nearest)));
  if (node.integer("antialias", 0) != 0)
    node.error("antialias is not supported");
  mode.cubicCoefficient = node.real("cubic_coeff_a", -0.75f);
  mode.excludeOutside = node.integer("exclude_outside", 0) != 0;
  mode.extrapolation = node.real("extrapolation_value", 0.0f);
  if (node.failed())
    return std::nullopt;
  mode.mode = *kind;
  mode.coordinates = *coordinateMode;
  mode.nearest = *nearestMode;
  if (mode.coordinates == CoordinateMode::TfCropAndResize) {
    std::optional<SmallVector<float>> roi = node.requireFloats(1, "the region of interest");
    if (roi && roi->size() != 2 * axes.size())
      node.error(fmt::format("the region of interest has {} values instead of {}", roi->size(),
                             2 * axes.size()));
    if (node.failed())
      return std::nullopt;
    size_t rank = static_cast<size_t>(node.rank(0));
    SmallVector<float> all(2 * rank, 0.0f);
    std::fill(all.begin() + rank, all.end(), 1.0f);
    for (auto [i, axis] : llvm::enumerate(axes)) {
      all[axis] = (*roi)[i];
      all[rank + axis] = (*roi)[axes.size() + i];
    }
    mode.roi = all;
  }
  return mode;
}

void importResize(Node &node) {
  if (node.opset() < 11) {
    if (node.checkInputs(2, 2))
      buildOldResize(node, targetFromScales(node, 1, allAxes(node)));
    return;
  }
  if (!node.checkInputs(1, 4))
    return;
  SmallVector<int64_t> axes = allAxes(node);
  if (std::optional<SmallVector<int64_t>> given = node.integers("axes"))
    for (auto [i, axis] : llvm::enumerate(axes = *given))
      axes[i] = node.normalAxis(axis, node.rank(0));
  std::optional<Mode> mode = node.failed() ? std::nullopt : readNewMode(node, axes);
  if (!mode)
    return;
  bool hasScales = isGiven(node, 2), hasSizes = isGiven(node, 3);
  if (hasScales == hasSizes)
    return node.error(hasScales ? "both scales and sizes are given"
                                : "neither scales nor sizes are given");
  if (hasSizes && node.text("keep_aspect_ratio_policy", "stretch") != "stretch")
    return node.error("keep_aspect_ratio_policy is not supported");
  std::optional<Target> target =
      hasSizes ? targetFromSizes(node, 3, axes) : targetFromScales(node, 2, axes);
  if (!target)
    return;
  buildResize(node, *target, *mode);
}

} // namespace

void registerResizing(OperatorTable &table) {
  table.import["Resize"] = importResize;
  table.import["Upsample"] = importUpsample;
}

} // namespace segc::onnximport
