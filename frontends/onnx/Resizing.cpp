//===- Resizing.cpp - Resize and Upsample ---------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/ResizeAxes.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::CoordinateMode;
using seg::DimAttr;
using seg::NearestMode;
using seg::ResizeMode;

namespace {

/// Values for some axes (opset 18's `axes`) spread over all.
template <typename T>
SmallVector<T> spread(ArrayRef<T> values, ArrayRef<int64_t> axes, SmallVector<T> all) {
  for (auto [axis, value] : llvm::zip(axes, values))
    all[axis] = value;
  return all;
}

std::optional<ResizeTarget> targetFromScales(Node &node, int input, ArrayRef<int64_t> axes) {
  const Known *known = node.requireKnown(input, "the scales");
  if (!known)
    return std::nullopt;
  if (known->values.size() != axes.size()) {
    node.error(fmt::format("{} scales for {} axes", known->values.size(), axes.size()));
    return std::nullopt;
  }
  ResizeTarget target;
  target.sizes = node.shape(0);
  SmallVector<Number> uneven(target.sizes.size());
  for (auto [axis, scale] : llvm::zip(axes, known->values)) {
    DimAttr extent = (Number(target.sizes[axis]) * scale).floor().whole();
    if (scale.sign().value_or(1) < 1 || !extent) {
      node.error(fmt::format("the scale of axis {} is not a positive number", axis));
      return std::nullopt;
    }
    if (!(Number(extent) == Number(target.sizes[axis]) * scale))
      uneven[axis] = scale;
    target.sizes[axis] = extent;
  }
  if (std::optional<SmallVector<float>> scales = known->floats())
    target.scales = spread<float>(*scales, axes, SmallVector<float>(target.sizes.size(), 1.0f));
  else
    target.freeScales = uneven;
  return target;
}

std::optional<ResizeTarget> targetFromSizes(Node &node, int input, ArrayRef<int64_t> axes) {
  const Known *known = node.requireKnown(input, "the sizes");
  std::optional<SmallVector<DimAttr>> sizes = known ? known->dims() : std::nullopt;
  if (!node.failed() && (!sizes || sizes->size() != axes.size()))
    node.error(fmt::format("the sizes are not one extent for each of {} axes", axes.size()));
  if (node.failed())
    return std::nullopt;
  return ResizeTarget{spread<DimAttr>(*sizes, axes, node.shape(0)), std::nullopt};
}

/// The sizes as keep_aspect_ratio_policy has them: one scale for all named axes, the least or the
/// largest of those that the sizes ask for.
std::optional<ResizeTarget> withAspectRatio(Node &node, const ResizeTarget &target,
                                            ArrayRef<int64_t> axes) {
  std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch")
    return target;
  if (policy != "not_larger" && policy != "not_smaller") {
    node.error(fmt::format("keep_aspect_ratio_policy \"{}\" is not known", escaped(policy)));
    return std::nullopt;
  }
  SmallVector<DimAttr> shape = node.shape(0);
  // The fraction size / extent.
  int64_t size = 0, extent = 0;
  for (int64_t axis : axes) {
    if (!shape[axis].isConstant() || !target.sizes[axis].isConstant()) {
      node.shapeError("keep_aspect_ratio_policy needs fixed extents; give them with --shape");
      return std::nullopt;
    }
    int64_t to = target.sizes[axis].getValue(), from = shape[axis].getValue();
    auto before = static_cast<__int128>(to) * extent, after = static_cast<__int128>(size) * from;
    if (extent == 0 || (policy == "not_larger" ? before < after : before > after)) {
      size = to;
      extent = from;
    }
  }
  if (extent == 0)
    return target;
  ResizeTarget kept{shape, SmallVector<float>(shape.size(), 1.0f)};
  for (int64_t axis : axes) {
    // Rounded to the nearest, halves up.
    auto scaled = static_cast<__int128>(shape[axis].getValue()) * size * 2 + extent;
    kept.sizes[axis] = node.dim(static_cast<int64_t>(scaled / (2 * extent)));
    (*kept.scales)[axis] =
        static_cast<float>(static_cast<double>(size) / static_cast<double>(extent));
  }
  return kept;
}

/// Integers that floats do not hold, by the indices of nearest neighbours along each axis, which
/// floats do.
Value nearestOfWide(Node &node, const ResizeTarget &target, const Resampling &how) {
  if (how.roi)
    node.error("a region of integers of 32 or 64 bits is not supported");
  Value result = node.value(0);
  for (size_t axis = 0; axis != target.sizes.size() && result; ++axis) {
    DimAttr extent = shapeOf(result)[axis], size = target.sizes[axis];
    ResizeTarget along{{size}, std::nullopt};
    if (target.scales)
      along.scales = {(*target.scales)[axis]};
    if (!target.freeScales.empty())
      along.freeScales = {target.freeScales[axis]};
    if (extent == size && (!target.scales || along.scales->front() == 1))
      continue;
    Value indices = resizeAxes(node, node.indices(extent, node.dim(0)), along, how);
    indices = node.converted(indices, Element::Int64);
    if (indices)
      result =
          node.create<seg::GatherOp>({result, node.reshape(indices, {size, node.dim(1)})},
                                     {node.integerAttribute("axis", static_cast<int64_t>(axis)),
                                      node.integerAttribute("batch_dims", 0)});
  }
  return result;
}

void buildResize(Node &node, const ResizeTarget &target, const Resampling &how) {
  // Integers are floats on the way, all of which are exact but wide ones that interpolation rounds
  // anyway; what lies between two is cut off, as in ONNX Runtime.
  const Element element = node.element(0);
  const size_t widest = how.mode == ResizeMode::Nearest ? 2 : 4;
  const bool isInteger = element != Element::Float && elementSize(element) <= widest;
  if (element != Element::Float && !isInteger && how.mode == ResizeMode::Nearest)
    return node.set(0, nearestOfWide(node, target, how));
  Value input = isInteger ? node.converted(node.value(0), Element::Float) : node.value(0);
  if (Value result = resizeAxes(node, input, target, how))
    node.set(0, isInteger ? node.converted(result, element) : result);
}

std::optional<ResizeMode> readMode(Node &node) {
  std::string text = node.text("mode", "nearest");
  if (std::optional<ResizeMode> mode = seg::symbolizeResizeMode(text))
    return mode;
  node.error(fmt::format("mode \"{}\" is not supported", escaped(text)));
  return std::nullopt;
}

/// Before opset 11: output pixel i samples i / scale; nearest rounds down, or up along an axis that
/// shrinks.
void buildOldResize(Node &node, std::optional<ResizeTarget> target) {
  std::optional<ResizeMode> kind = readMode(node);
  if (!kind || !target || node.failed())
    return;
  Resampling how;
  how.mode = *kind;
  how.shrinkingRoundsUp = node.op() == "Resize" && *kind == ResizeMode::Nearest;
  buildResize(node, *target, how);
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
  ResizeTarget target{node.shape(0), scales};
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

std::optional<Resampling> readNewMode(Node &node, ArrayRef<int64_t> axes) {
  Resampling mode;
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
  mode.antialias = node.integer("antialias", 0) != 0;
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
  std::optional<Resampling> mode = node.failed() ? std::nullopt : readNewMode(node, axes);
  if (!mode)
    return;
  bool hasScales = isGiven(node, 2), hasSizes = isGiven(node, 3);
  if (hasScales == hasSizes)
    return node.error(hasScales ? "both scales and sizes are given"
                                : "neither scales nor sizes are given");
  std::optional<ResizeTarget> target =
      hasSizes ? targetFromSizes(node, 3, axes) : targetFromScales(node, 2, axes);
  if (hasSizes && target)
    target = withAspectRatio(node, *target, axes);
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
