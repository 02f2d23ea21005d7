//===- Volumes.cpp - three spatial axes, in terms of two ------------------===//

#include "frontends/onnx/Volumes.h"

#include "compiler/dialect/Inference.h"
#include "frontends/onnx/ImageConvolution.h"

#include <limits>
#include <numeric>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::DimAttr;
using seg::ReduceKind;

Value slicesOf(Node &node, Value volume) {
  if (!volume)
    return {};
  ArrayRef<DimAttr> s = shapeOf(volume);
  return node.reshape(node.transpose(volume, {0, 2, 1, 3, 4}), {s[0] * s[2], s[1], s[3], s[4]});
}

Value volumeOf(Node &node, Value slices, DimAttr batch, DimAttr depth) {
  if (!slices)
    return {};
  ArrayRef<DimAttr> s = shapeOf(slices);
  return node.transpose(node.reshape(slices, {batch, depth, s[1], s[2], s[3]}), {0, 2, 1, 3, 4});
}

/// The last two of the window's three values (or of low and high ones, six), as images want them.
static SmallVector<int64_t> ofImage(ArrayRef<int64_t> all) {
  if (all.size() == 3)
    return {all[1], all[2]};
  return {all[1], all[2], all[4], all[5]};
}

namespace {

/// How a window slides along one axis of extent `extent`.
struct Sliding {
  int64_t kernel, stride, dilation, low, high;
  bool ceilMode;

  static Sliding alongDepth(const Window &window, bool ceilMode = false) {
    return {window.kernel[0], window.strides[0], window.dilations[0],
            window.pads[0],   window.pads[3],    ceilMode};
  }
  bool isIdle() const { return kernel == 1 && stride == 1 && low == 0 && high == 0; }
  DimAttr count(DimAttr extent) const {
    return seg::poolCount(extent, kernel, stride, dilation, low, high, ceilMode);
  }
  /// Elements that `count` windows cover.
  DimAttr covered(DimAttr count) const {
    return (count - 1) * stride + ((kernel - 1) * dilation + 1);
  }
};

} // namespace

/// The axis with the sliding's pads, filled with `fill`, so that it ends with the last window.
static Value padded(Node &node, Value input, size_t axis, const Sliding &sliding, float fill) {
  if (!input)
    return {};
  ArrayRef<DimAttr> shape = shapeOf(input);
  DimAttr excess = sliding.covered(sliding.count(shape[axis])) - shape[axis] - sliding.low;
  std::optional<int64_t> most = excess ? seg::upperBound(excess) : std::nullopt;
  if (sliding.low == 0 && most && *most <= 0)
    return input;
  return node.pad(input, axis, node.dim(sliding.low), excess, fill);
}

/// [A, L, B] as its windows, [A, count, kernel, B].
static Value windowsOf(Node &node, Value input, const Sliding &sliding, DimAttr count) {
  if (!input)
    return {};
  ArrayRef<DimAttr> s = shapeOf(input);
  DimAttr zero = node.dim(0);
  return node.view(input, {zero, zero, zero}, {s[0], count, node.dim(sliding.kernel), s[2]},
                   {1, 0, 0, /**/ 0, sliding.stride, 0, /**/ 0, sliding.dilation, 0, /**/ 0, 0, 1});
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

Value convolveVolume(Node &node, Value input, Value weight, Value bias, const Window &window,
                     int64_t groups) {
  if (node.failed())
    return {};
  SmallVector<DimAttr> s(shapeOf(input)), w(shapeOf(weight));
  const SmallVector<int64_t> strides = ofImage(window.strides),
                             dilations = ofImage(window.dilations), pads = ofImage(window.pads);
  const Sliding depth = Sliding::alongDepth(window);
  auto convolve = [&](Value image, Value weights) {
    return convolveImage(node, image, weights, bias, {strides, dilations, pads, groups});
  };
  Value flatWeight = node.reshape(weight, {w[0], w[1] * w[2], w[3], w[4]});
  if (depth.isIdle()) {
    // Slices one by one; or, where rows have no neighbours either, one tall image.
    if (window.kernel[1] != 1 || window.strides[1] != 1 || window.pads[1] != 0 ||
        window.pads[4] != 0)
      return volumeOf(node, convolve(slicesOf(node, input), flatWeight), s[0], s[2]);
    Value image = convolve(node.reshape(input, {s[0], s[1], s[2] * s[3], s[4]}), flatWeight);
    if (!image)
      return {};
    return node.reshape(image, {s[0], w[0], s[2], s[3], shapeOf(image)[3]});
  }
  // The taps along the depth are channels of an image: channel c of slice z + k is channel
  // c * KD + k, as the weights have them.
  DimAttr count = depth.count(s[2]), zero = node.dim(0);
  input = padded(node, input, 2, depth, 0.0f);
  SmallVector<int64_t> steps(6 * 5, 0);
  for (auto [axis, from, step] : {std::tuple(0, 0, int64_t(1)), std::tuple(1, 2, depth.stride),
                                  std::tuple(2, 1, int64_t(1)), std::tuple(3, 2, depth.dilation),
                                  std::tuple(4, 3, int64_t(1)), std::tuple(5, 4, int64_t(1))})
    steps[axis * 5 + from] = step;
  Value taps = node.view(input, {zero, zero, zero, zero, zero},
                         {s[0], count, s[1], w[2], s[3], s[4]}, steps);
  Value image = node.reshape(taps, {s[0] * count, s[1] * w[2], s[3], s[4]});
  return volumeOf(node, convolve(image, flatWeight), s[0], count);
}

/// Slice z of the result takes tap k of slice d of the input where d * stride + k * dilation
/// = z + pad. So results whose z + pad leave the same remainder take the same taps, and each such
/// phase is a transposed convolution over two axes, whose channels are the taps along the depth.
Value convolveVolumeTransposed(Node &node, Value input, Value weight, Value bias,
                               const Window &window, ArrayRef<int64_t> outputPadding,
                               int64_t groups) {
  if (node.failed())
    return {};
  SmallVector<DimAttr> s(shapeOf(input)), w(shapeOf(weight));
  const int64_t kernel = window.kernel[0], stride = window.strides[0],
                dilation = window.dilations[0], low = window.pads[0];
  constexpr int64_t kMostPhases = 64;
  if (stride > kMostPhases) {
    node.error(fmt::format("a stride of {} along the depth is not supported; {} at most are",
                           stride, kMostPhases));
    return {};
  }
  const SmallVector<int64_t> strides = ofImage(window.strides),
                             dilations = ofImage(window.dilations), pads = ofImage(window.pads);
  DimAttr depth =
      (s[2] - 1) * stride + ((kernel - 1) * dilation + 1 + outputPadding[0] - low - window.pads[3]);
  // Slices of each phase.
  DimAttr count = ceilDiv(depth + low, stride), zero = node.dim(0), one = node.dim(1);
  const int64_t common = std::gcd(stride, dilation);
  const int64_t tapStep = stride / common, slicesPerTap = dilation / common;
  SmallVector<Value> phases;
  for (int64_t phase = 0; phase != stride; ++phase) {
    // The first tap of the phase, k * dilation = phase + slice * stride; then every tapStep-th.
    int64_t first = 0;
    while (first != std::min(tapStep, kernel) && (first * dilation) % stride != phase)
      ++first;
    if (first == std::min(tapStep, kernel)) {
      phases.push_back({});
      continue;
    }
    const int64_t taps = (kernel - 1 - first) / tapStep + 1;
    const int64_t nearest = first * dilation / stride;
    const int64_t farthest = nearest + (taps - 1) * slicesPerTap;
    // Slice q of the phase takes slices q - nearest, q - nearest - slicesPerTap, ...
    Value source = input, image;
    DimAttr excess = count - s[2] - nearest;
    bool isWhole = taps == 1 && nearest == 0 && excess == zero;
    if (isWhole) {
      image = slicesOf(node, input);
    } else {
      source = node.pad(input, 2, node.dim(farthest), excess, 0.0f);
      SmallVector<int64_t> steps(6 * 5, 0);
      for (auto [axis, from, step] : {std::tuple(0, 0, int64_t(1)), std::tuple(1, 2, int64_t(1)),
                                      std::tuple(2, 1, int64_t(1)), std::tuple(3, 2, -slicesPerTap),
                                      std::tuple(4, 3, int64_t(1)), std::tuple(5, 4, int64_t(1))})
        steps[axis * 5 + from] = step;
      Value view = node.view(source, {zero, zero, node.dim(farthest - nearest), zero, zero},
                             {s[0], count, s[1], node.dim(taps), s[3], s[4]}, steps);
      image = node.reshape(view, {s[0] * count, s[1] * taps, s[3], s[4]});
    }
    Value part = node.slice(weight, {zero, zero, node.dim(first), zero, zero},
                            {w[0], w[1], node.dim(taps), w[3], w[4]}, {1, 1, tapStep, 1, 1});
    part = node.reshape(node.transpose(part, {0, 2, 1, 3, 4}), {w[0] * taps, w[1], w[3], w[4]});
    Value result = convolveImageTransposed(
        node, image, part, bias, {strides, dilations, pads, groups}, outputPadding.drop_front());
    if (!result)
      return {};
    ArrayRef<DimAttr> r = shapeOf(result);
    phases.push_back(node.reshape(result, {s[0], count, one, r[1], r[2], r[3]}));
  }
  // A phase without taps is the bias alone. The first phase has one, tap 0.
  SmallVector<DimAttr> whole(shapeOf(phases.front()));
  for (Value &phase : phases) {
    if (phase)
      continue;
    Value alone = node.number(0.0f);
    if (bias)
      alone = node.reshape(bias, {one, one, one, whole[3], one, one});
    phase = node.broadcast(alone, whole);
  }
  Value slices = node.concat(phases, 2);
  if (!slices)
    return {};
  Value volume =
      volumeOf(node, node.reshape(slices, {s[0] * count * stride, whole[3], whole[4], whole[5]}),
               s[0], count * stride);
  if (low == 0 && depth == count * stride)
    return volume;
  return node.slice(volume, {zero, zero, node.dim(low), zero, zero},
                    {s[0], whole[3], depth, whole[4], whole[5]}, {1, 1, 1, 1, 1});
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

static SmallVector<mlir::NamedAttribute> poolAttributes(Node &node, const Window &window,
                                                        bool ceilMode) {
  return {node.attribute("kernel", ofImage(window.kernel)),
          node.attribute("strides", ofImage(window.strides)),
          node.attribute("dilations", ofImage(window.dilations)),
          node.attribute("pads", ofImage(window.pads)), node.attribute("ceil_mode", ceilMode)};
}

/// Slices [N * D, C, H, W] pooled along the depth, as a volume. `fill` is what pads hold.
static Value poolDepth(Node &node, Value slices, DimAttr batch, DimAttr extent,
                       const Sliding &depth, ReduceKind kind, float fill) {
  if (!slices)
    return {};
  if (depth.isIdle())
    return volumeOf(node, slices, batch, extent);
  SmallVector<DimAttr> s(shapeOf(slices));
  DimAttr count = depth.count(extent);
  Value rows = node.reshape(slices, {batch, extent, s[1] * s[2] * s[3]});
  Value windows = windowsOf(node, padded(node, rows, 1, depth, fill), depth, count);
  Value pooled = node.reduce(kind, windows, {2}, /*keepDims=*/false);
  return volumeOf(node, node.reshape(pooled, {batch * count, s[1], s[2], s[3]}), batch, count);
}

Value maxPoolVolume(Node &node, Value input, const Window &window, bool ceilMode) {
  Value slices = slicesOf(node, input);
  if (!slices)
    return {};
  SmallVector<DimAttr> s(shapeOf(input));
  Value pooled = node.create<seg::MaxPool2dOp>({slices}, poolAttributes(node, window, ceilMode));
  return poolDepth(node, pooled, s[0], s[2], Sliding::alongDepth(window, ceilMode), ReduceKind::Max,
                   -std::numeric_limits<float>::infinity());
}

/// The divisor is the product of the counts along each axis.
Value averagePoolVolume(Node &node, Value input, const Window &window, bool ceilMode,
                        bool countPads) {
  Value slices = slicesOf(node, input);
  if (!slices)
    return {};
  SmallVector<DimAttr> s(shapeOf(input));
  SmallVector<mlir::NamedAttribute> attributes = poolAttributes(node, window, ceilMode);
  attributes.push_back(node.attribute("count_include_pad", countPads));
  Value pooled = node.create<seg::AvgPool2dOp>({slices}, attributes);
  const Sliding depth = Sliding::alongDepth(window, ceilMode);
  bool isUniform = !ceilMode && (countPads || (depth.low == 0 && depth.high == 0));
  Value result = poolDepth(node, pooled, s[0], s[2], depth,
                           isUniform ? ReduceKind::Mean : ReduceKind::Sum, 0.0f);
  if (isUniform || !result)
    return result;
  // How many elements a window holds: a sum of ones. Pads that count are ones, too.
  DimAttr one = node.dim(1);
  Sliding counted = depth;
  DimAttr extent = s[2];
  Value ones = node.number(1.0f);
  if (countPads) {
    extent = extent + (depth.low + depth.high);
    counted.low = counted.high = 0;
  }
  DimAttr count = depth.count(s[2]);
  ones = node.broadcast(ones, {one, extent, one});
  ones =
      node.pad(ones, 1, node.dim(counted.low), counted.covered(count) - extent - counted.low, 0.0f);
  Value counts = node.reduce(ReduceKind::Sum, windowsOf(node, ones, counted, count), {2}, false);
  counts = node.reshape(counts, {count, one, one});
  return node.binary(seg::BinaryKind::Div, result, counts);
}

} // namespace segc::onnximport
