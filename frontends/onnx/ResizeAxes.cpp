//===- ResizeAxes.cpp - resizing along any axes ---------------------------===//

#include "frontends/onnx/ResizeAxes.h"
#include "frontends/onnx/SizeTensors.h"
#include "frontends/onnx/Volumes.h"

#include <cmath>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::CoordinateMode;
using seg::DimAttr;
using seg::NearestMode;
using seg::ResizeMode;

namespace {

class Resizer {
public:
  Resizer(Node &node, const ResizeTarget &target, const Resampling &how)
      : node(node), target(target), how(how) {}

  Value resize(Value input);

private:
  float scaleOf(int64_t axis) const { return target.scales ? (*target.scales)[axis] : 1.0f; }
  bool changes(int64_t axis, DimAttr extent) const;
  NearestMode nearestOf(int64_t axis) const {
    if (!how.shrinkingRoundsUp)
      return how.nearest;
    return scaleOf(axis) < 1 ? NearestMode::Ceil : NearestMode::Floor;
  }
  /// A feature map along its rows and columns, which are these axes of the model's tensor (-1:
  /// stays as it is).
  Value resizeMap(Value map, int64_t rows, int64_t columns);
  Value resizeAxis(Value input, int64_t axis);
  /// Whether the axis has a scale that is known only when the network runs.
  bool hasFreeScale(int64_t axis) const;
  Value byFreeScale(Value input, int64_t axis);
  Value cubicWeights(Value distance);
  Value resizeImage(Value input);
  Value antialiased(Value input, int64_t axis);
  Value byMatrix(Value input, int64_t axis, int64_t from, int64_t to);
  Value byPhases(Value input, int64_t axis, int64_t numerator, int64_t denominator);

  Node &node;
  const ResizeTarget &target;
  const Resampling &how;
};

bool Resizer::changes(int64_t axis, DimAttr extent) const {
  if (target.sizes[axis] != extent || scaleOf(axis) != 1)
    return true;
  size_t rank = target.sizes.size();
  return how.roi && ((*how.roi)[axis] != 0 || (*how.roi)[rank + axis] != 1);
}

Value Resizer::resizeMap(Value map, int64_t rows, int64_t columns) {
  if (!map)
    return {};
  ArrayRef<DimAttr> shape = shapeOf(map);
  auto extent = [&](int64_t axis, DimAttr own) { return axis < 0 ? own : target.sizes[axis]; };
  SmallVector<DimAttr> sizes{shape[0], shape[1], extent(rows, shape[2]), extent(columns, shape[3])};
  mlir::MLIRContext *context = node.context();
  NearestMode nearest = nearestOf(rows < 0 ? columns : rows);
  SmallVector<mlir::NamedAttribute> attributes{
      node.attribute("sizes", ArrayRef<DimAttr>(sizes)),
      node.attribute("mode", seg::ResizeModeAttr::get(context, how.mode)),
      node.attribute("coordinates", seg::CoordinateModeAttr::get(context, how.coordinates)),
      node.attribute("nearest", seg::NearestModeAttr::get(context, nearest)),
      node.realAttribute("cubic_coeff_a", how.cubicCoefficient),
      node.attribute("exclude_outside", how.excludeOutside),
      node.realAttribute("extrapolation", how.extrapolation)};
  if (target.scales)
    attributes.push_back(node.attribute(
        "scales", node.builder().getDenseF32ArrayAttr(
                      {rows < 0 ? 1.0f : scaleOf(rows), columns < 0 ? 1.0f : scaleOf(columns)})));
  if (how.roi) {
    size_t rank = target.sizes.size();
    auto start = [&](int64_t axis) { return axis < 0 ? 0.0f : (*how.roi)[axis]; };
    auto end = [&](int64_t axis) { return axis < 0 ? 1.0f : (*how.roi)[rank + axis]; };
    attributes.push_back(
        node.attribute("roi", node.builder().getDenseF32ArrayAttr(
                                  {start(rows), start(columns), end(rows), end(columns)})));
  }
  return node.create<seg::ResizeOp>({map}, attributes);
}

/// One axis as the rows of a map; what lies behind it are columns, and the fixed extents before it
/// its channels.
Value Resizer::resizeAxis(Value input, int64_t axis) {
  if (!input)
    return {};
  if (how.antialias && how.mode != ResizeMode::Nearest)
    return antialiased(input, axis);
  SmallVector<DimAttr> shape(shapeOf(input));
  ArrayRef<DimAttr> all(shape);
  int64_t channels = axis;
  constexpr int64_t kMostChannels = 1 << 16;
  int64_t count = 1;
  while (channels > 1 && shape[channels - 1].isConstant() &&
         count * shape[channels - 1].getValue() <= kMostChannels)
    count *= shape[--channels].getValue();
  DimAttr images = product(node.context(), all.take_front(channels)),
          behind = product(node.context(), all.drop_front(axis + 1));
  bool isLast = behind && behind.isConstant(1);
  SmallVector<DimAttr> map{images, node.dim(count), isLast ? node.dim(1) : shape[axis],
                           isLast ? shape[axis] : behind};
  Value result = isLast ? resizeMap(node.reshape(input, map), -1, axis)
                        : resizeMap(node.reshape(input, map), axis, -1);
  shape[axis] = target.sizes[axis];
  return result ? node.reshape(result, shape) : Value();
}

/// The last two axes at once. The axis before them holds the channels of a map, if it is fixed;
/// the slices of a volume of any depth are a batch.
Value Resizer::resizeImage(Value input) {
  if (!input)
    return {};
  SmallVector<DimAttr> shape(shapeOf(input));
  int64_t rank = static_cast<int64_t>(shape.size()), rows = rank - 2, columns = rank - 1;
  if (rank == 5 && !shape[2].isConstant() && shape[1].isConstant())
    return volumeOf(node, resizeMap(slicesOf(node, input), rows, columns), shape[0], shape[2]);
  ArrayRef<DimAttr> all(shape);
  bool hasChannels = rank > 2 && shape[rank - 3].isConstant();
  DimAttr channels = hasChannels ? shape[rank - 3] : node.dim(1);
  DimAttr images = product(node.context(), all.take_front(hasChannels ? rank - 3 : rank - 2));
  Value map = node.reshape(input, {images, channels, shape[rows], shape[columns]});
  Value result = resizeMap(map, rows, columns);
  shape[rows] = target.sizes[rows];
  shape[columns] = target.sizes[columns];
  return result ? node.reshape(result, shape) : Value();
}

Value Resizer::resize(Value input) {
  if (!input)
    return {};
  SmallVector<DimAttr> shape(shapeOf(input));
  int64_t rank = static_cast<int64_t>(shape.size());
  SmallVector<int64_t> axes;
  Value result = input;
  for (int64_t axis = 0; axis != rank; ++axis)
    if (hasFreeScale(axis))
      result = byFreeScale(result, axis);
    else if (changes(axis, shape[axis]))
      axes.push_back(axis);
  bool isAntialiased = how.antialias && how.mode != ResizeMode::Nearest;
  bool isImage = !isAntialiased && axes.size() >= 2 && axes[axes.size() - 2] == rank - 2 &&
                 nearestOf(rank - 2) == nearestOf(rank - 1);
  // One axis of an image is as well resized with the other at rest.
  if (!isAntialiased && rank == 4 && shape[1].isConstant() && axes.size() == 1 && axes[0] >= 2)
    isImage = true;
  for (int64_t axis : axes)
    if (!isImage || axis < rank - 2)
      result = resizeAxis(result, axis);
  return isImage ? resizeImage(result) : result;
}

//===----------------------------------------------------------------------===//
// Scales that follow from free sizes
//===----------------------------------------------------------------------===//

bool Resizer::hasFreeScale(int64_t axis) const {
  // Aligned corners and regions know no scale.
  return !target.freeScales.empty() && target.freeScales[axis].isKnown() &&
         how.coordinates != CoordinateMode::AlignCorners &&
         how.coordinates != CoordinateMode::TfCropAndResize;
}

/// Keys' cubic at a distance in pixels.
Value Resizer::cubicWeights(Value distance) {
  float a = how.cubicCoefficient;
  auto with = [&](seg::BinaryKind kind, Value value, float number) {
    return node.binary(kind, value, node.number(number));
  };
  auto times = [&](Value value) { return node.binary(seg::BinaryKind::Mul, value, distance); };
  auto plus = [&](Value value, float number) { return with(seg::BinaryKind::Add, value, number); };
  auto scaled = [&](float number) { return with(seg::BinaryKind::Mul, distance, number); };
  Value near = plus(times(times(plus(scaled(a + 2), -(a + 3)))), 1);
  Value far = plus(times(plus(times(plus(scaled(a), -5 * a)), 8 * a)), -4 * a);
  Value tail = node.select(with(seg::BinaryKind::Less, distance, 2), far, node.number(0));
  return node.select(with(seg::BinaryKind::LessOrEqual, distance, 1), near, tail);
}

/// Position embeddings are enlarged to the image's patches by (patches + 0.1) / trained: the scale,
/// and with it the weights of all elements, are computed when the network runs.
Value Resizer::byFreeScale(Value input, int64_t axis) {
  const bool isCubic = how.mode == ResizeMode::Cubic;
  const bool isHalf = how.coordinates == CoordinateMode::HalfPixel ||
                      how.coordinates == CoordinateMode::PytorchHalfPixel;
  if (how.mode == ResizeMode::Nearest || how.antialias || how.excludeOutside ||
      !(isHalf || how.coordinates == CoordinateMode::Asymmetric)) {
    node.shapeError(fmt::format("the scale of axis {} follows from the size of the network's input "
                                "and is not the ratio of the extents, which is supported for "
                                "linear and cubic only, with half_pixel or asymmetric coordinates; "
                                "fix the size with --shape",
                                axis));
    return {};
  }
  if (!input)
    return {};
  using seg::BinaryKind;
  SmallVector<DimAttr> shape(shapeOf(input));
  DimAttr from = shape[axis], to = target.sizes[axis], zero = node.dim(0), one = node.dim(1);
  auto known = [&](const Number &number) { return sizeTensor(node, number, Element::Float); };
  auto half = [&](BinaryKind kind, Value value) {
    return isHalf ? node.binary(kind, value, node.number(0.5f)) : value;
  };
  Value place = node.binary(BinaryKind::Mul, half(BinaryKind::Add, node.indices(to, zero)),
                            known(Number(one) / target.freeScales[axis]));
  place = half(BinaryKind::Sub, place);
  if (how.coordinates == CoordinateMode::PytorchHalfPixel)
    place = node.binary(BinaryKind::Mul, place, known(Number(minimum(to - 1, one))));
  // Beyond the edge is the edge: a cubic reads two elements there.
  const int64_t border = isCubic ? 2 : 0;
  if (!isCubic) {
    place = node.binary(BinaryKind::Max, place, node.number(0));
    place = node.binary(BinaryKind::Min, place, known(Number(from - 1)));
  }
  Value taps = node.indices(from + 2 * border, zero);
  if (isCubic)
    taps = node.binary(BinaryKind::Sub, taps, node.number(static_cast<float>(border)));
  Value distance = node.binary(BinaryKind::Sub, node.reshape(place, {to, one}), taps);
  distance = node.unary(seg::UnaryKind::Abs, distance);
  Value weights =
      isCubic ? cubicWeights(distance)
              : node.binary(BinaryKind::Max, node.binary(BinaryKind::Sub, node.number(1), distance),
                            node.number(0));
  ArrayRef<DimAttr> all(shape);
  DimAttr before = product(node.context(), all.take_front(axis)),
          behind = product(node.context(), all.drop_front(axis + 1));
  Value rows = node.reshape(input, {before, from, behind});
  if (isCubic) {
    SmallVector<DimAttr> edge{zero, node.dim(border), zero};
    rows = node.create<seg::PadOp>(
        {rows},
        {node.attribute("low", ArrayRef<DimAttr>(edge)),
         node.attribute("high", ArrayRef<DimAttr>(edge)),
         node.attribute("mode", seg::PadModeAttr::get(node.context(), seg::PadMode::Edge))});
  }
  Value result = node.matmul(weights, rows);
  shape[axis] = to;
  return node.reshape(result, shape);
}

//===----------------------------------------------------------------------===//
// Antialiasing
//===----------------------------------------------------------------------===//

/// Keys' cubic, and the triangle, at a distance in pixels.
double filter(const Resampling &how, double distance) {
  double d = std::fabs(distance), a = static_cast<double>(how.cubicCoefficient);
  if (how.mode == ResizeMode::Linear)
    return std::max(0.0, 1 - d);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/// Elements of the input around a place and their weights, which sum up to 1: the filter, as much
/// wider as the result is smaller. Some may lie outside.
std::vector<std::pair<int64_t, double>> tapsAround(const Resampling &how, double place,
                                                   double scale) {
  double squeeze = std::min(scale, 1.0);
  double reach = (how.mode == ResizeMode::Linear ? 1 : 2) / squeeze;
  std::vector<std::pair<int64_t, double>> taps;
  double sum = 0;
  for (auto i = static_cast<int64_t>(std::ceil(place - reach));
       static_cast<double>(i) <= place + reach; ++i) {
    double weight = filter(how, (static_cast<double>(i) - place) * squeeze);
    taps.emplace_back(i, weight);
    sum += weight;
  }
  for (auto &[i, weight] : taps)
    weight /= sum;
  return taps;
}

/// The largest matrix of weights that is written out.
constexpr int64_t kMostWeights = 1 << 22;

/// Both extents are known: one row of weights for each element of the result.
Value Resizer::byMatrix(Value input, int64_t axis, int64_t from, int64_t to) {
  if (from > kMostWeights / to) {
    node.error("antialiasing between such large extents is not supported");
    return {};
  }
  double in = static_cast<double>(from), out = static_cast<double>(to);
  double scale = target.scales ? static_cast<double>(scaleOf(axis)) : out / in;
  std::vector<float> weights(static_cast<size_t>(from * to), 0.0f);
  for (int64_t o = 0; o != to; ++o) {
    double x = static_cast<double>(o), place = 0;
    switch (how.coordinates) {
    case CoordinateMode::HalfPixel:
      place = (x + 0.5) / scale - 0.5;
      break;
    case CoordinateMode::PytorchHalfPixel:
      place = to > 1 ? (x + 0.5) / scale - 0.5 : 0;
      break;
    case CoordinateMode::AlignCorners:
      place = to > 1 ? x * (in - 1) / (out - 1) : 0;
      break;
    case CoordinateMode::Asymmetric:
      place = x / scale;
      break;
    case CoordinateMode::TfHalfPixelForNn:
      place = (x + 0.5) / scale;
      break;
    case CoordinateMode::HalfPixelSymmetric:
      place = (x + 0.5 - out / 2) / scale + in / 2 - 0.5;
      break;
    case CoordinateMode::TfCropAndResize:
      break; // refused before
    }
    double sum = 0;
    std::vector<double> row(static_cast<size_t>(from), 0.0);
    for (auto [i, weight] : tapsAround(how, place, scale)) {
      bool isOutside = i < 0 || i >= from;
      if (isOutside && how.excludeOutside)
        continue;
      // Beyond the edge is the edge.
      row[std::min(std::max<int64_t>(i, 0), from - 1)] += weight;
      sum += weight;
    }
    for (int64_t i = 0; i != from; ++i)
      weights[o * from + i] = static_cast<float>(row[i] / sum);
  }
  SmallVector<DimAttr> shape(shapeOf(input));
  ArrayRef<DimAttr> all(shape);
  DimAttr before = product(node.context(), all.take_front(axis)),
          behind = product(node.context(), all.drop_front(axis + 1));
  Value matrix = node.constant(floatTensor({to, from}, weights), "antialiasing");
  Value result = node.matmul(matrix, node.reshape(input, {before, shape[axis], behind}));
  shape[axis] = target.sizes[axis];
  return node.reshape(result, shape);
}

/// A free extent and a scale of numerator / denominator: results that are `numerator` apart take
/// elements that are `denominator` apart, with the same weights.
Value Resizer::byPhases(Value input, int64_t axis, int64_t numerator, int64_t denominator) {
  double scale = static_cast<double>(numerator) / static_cast<double>(denominator);
  double shift = how.coordinates == CoordinateMode::Asymmetric         ? 0
                 : how.coordinates == CoordinateMode::TfHalfPixelForNn ? 0.5 / scale
                                                                       : 0.5 / scale - 0.5;
  int64_t first = INT32_MAX, last = INT32_MIN;
  std::vector<std::vector<std::pair<int64_t, double>>> phases;
  for (int64_t phase = 0; phase != numerator; ++phase) {
    phases.push_back(tapsAround(how, static_cast<double>(phase) / scale + shift, scale));
    first = std::min(first, phases.back().front().first);
    last = std::max(last, phases.back().back().first);
  }
  first = std::min<int64_t>(first, 0);
  int64_t taps = last - first + 1;
  if (taps > kMostWeights / numerator) {
    node.error("antialiasing by such a scale is not supported for free extents; fix them with "
               "--shape");
    return {};
  }
  std::vector<float> weights(static_cast<size_t>(taps * numerator), 0.0f);
  for (int64_t phase = 0; phase != numerator; ++phase)
    for (auto [i, weight] : phases[phase])
      weights[phase * taps + i - first] = static_cast<float>(weight);
  SmallVector<DimAttr> shape(shapeOf(input));
  ArrayRef<DimAttr> all(shape);
  DimAttr before = product(node.context(), all.take_front(axis)),
          behind = product(node.context(), all.drop_front(axis + 1));
  DimAttr count = ceilDiv(target.sizes[axis], numerator), zero = node.dim(0);
  DimAttr excess = (count - 1) * denominator + taps + first - shape[axis];
  Value rows = node.reshape(input, {before, shape[axis], behind});
  if (!rows || !excess)
    return {};
  SmallVector<DimAttr> low{zero, node.dim(-first), zero}, high{zero, excess, zero};
  rows = node.create<seg::PadOp>(
      {rows}, {node.attribute("low", ArrayRef<DimAttr>(low)),
               node.attribute("high", ArrayRef<DimAttr>(high)),
               node.attribute("mode", seg::PadModeAttr::get(node.context(), seg::PadMode::Edge))});
  Value windows = node.view(rows, {zero, zero, zero}, {before, count, node.dim(taps), behind},
                            {1, 0, 0, /**/ 0, denominator, 0, /**/ 0, 1, 0, /**/ 0, 0, 1});
  Value matrix = node.constant(floatTensor({numerator, taps}, weights), "antialiasing");
  Value result =
      node.matmul(matrix, node.reshape(windows, {before * count, node.dim(taps), behind}));
  result = node.reshape(result, {before, count * numerator, behind});
  if (!result)
    return {};
  result = node.slice(result, {zero, zero, zero}, {before, target.sizes[axis], behind}, {1, 1, 1});
  shape[axis] = target.sizes[axis];
  return node.reshape(result, shape);
}

Value Resizer::antialiased(Value input, int64_t axis) {
  DimAttr from = shapeOf(input)[axis], to = target.sizes[axis];
  if (how.coordinates == CoordinateMode::TfCropAndResize) {
    node.error("antialiasing of a region is not supported");
    return {};
  }
  if (from.isConstant() && to.isConstant())
    return byMatrix(input, axis, from.getValue(), to.getValue());
  bool isPeriodic = how.coordinates == CoordinateMode::HalfPixel ||
                    how.coordinates == CoordinateMode::Asymmetric ||
                    how.coordinates == CoordinateMode::TfHalfPixelForNn;
  if (!target.scales || !isPeriodic || how.excludeOutside) {
    node.shapeError("antialiasing of free extents needs constant scales, half_pixel or asymmetric "
                    "coordinates and no exclude_outside; fix the extents with --shape");
    return {};
  }
  // The scale as it was written: 0.6f is 3/5.
  Number scale = Number::fromFloat(node.context(), scaleOf(axis));
  std::optional<double> value = scale.constantDouble();
  constexpr int64_t kLargestDenominator = 1 << 12;
  for (int64_t denominator = 1; value && denominator <= kLargestDenominator; ++denominator) {
    double numerator = *value * static_cast<double>(denominator);
    if (std::fabs(numerator - std::round(numerator)) < 1e-9)
      return byPhases(input, axis, static_cast<int64_t>(std::round(numerator)), denominator);
  }
  node.error("antialiasing by such a scale is not supported for free extents; fix them with "
             "--shape");
  return {};
}

} // namespace

Value resizeAxes(Node &node, Value input, const ResizeTarget &target, const Resampling &how) {
  return Resizer(node, target, how).resize(input);
}

} // namespace segc::onnximport
