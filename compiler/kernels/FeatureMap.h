//===- FeatureMap.h - a kernel's view of a feature map ----------*- C++ -*-===//
//
// The four dimensions (ci, x, y, cb) of Kernel.h, told to Halide: which extents and
// strides are known when a kernel is compiled. Everything else is a run-time value.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_FEATUREMAP_H
#define SEGC_KERNELS_FEATUREMAP_H

#include <Halide.h>

#include <string>

namespace segc {

/// Blocks that hold `channels` channels.
constexpr int channelBlocks(int channels, int block) { return (channels + block - 1) / block; }

/// How kernels' names tell a layout.
inline std::string layoutName(int block) {
  return block > 1 ? "b" + std::to_string(block) : "planar";
}

/// A feature map that a kernel reads. Columns start at the view's min (the halo), rows
/// and channel blocks at 0.
inline Halide::ImageParam featureMapInput(Halide::Type type, const std::string &name, int channels,
                                          int block) {
  Halide::ImageParam map(type, 4, name);
  map.dim(0).set_bounds(0, block).set_stride(1);
  map.dim(1).set_stride(block);
  map.dim(2).set_min(0);
  map.dim(3).set_bounds(0, channelBlocks(channels, block));
  return map;
}

/// Tells Halide that `buffer`, which a kernel writes, is a feature map.
inline void constrainFeatureMap(Halide::OutputImageParam buffer, int channels, int block) {
  buffer.dim(0).set_bounds(0, block).set_stride(1);
  buffer.dim(1).set_min(0).set_stride(block);
  buffer.dim(2).set_min(0);
  buffer.dim(3).set_bounds(0, channelBlocks(channels, block));
}

/// The same of a dense image [H, W, C], which is a view (0, c, x, y): as the planes of a map are.
inline void describeChannelsLast(Halide::OutputImageParam image, int channels) {
  image.dim(0).set_bounds(0, 1).set_stride(1);
  image.dim(1).set_bounds(0, channels).set_stride(1);
  image.dim(2).set_min(0).set_stride(channels);
  image.dim(3).set_min(0);
}

/// A coordinate that the algorithm keeps within [0, extent) by other means: Halide may count on
/// it, and emits nothing for it. A claim: whoever makes it says what keeps it, and kernels that
/// are printed with assertions check it for every element that they compute.
inline Halide::Expr within(Halide::Expr coordinate, Halide::Expr extent) {
  return Halide::unsafe_promise_clamped(coordinate, 0, extent - 1);
}

} // namespace segc

#endif // SEGC_KERNELS_FEATUREMAP_H
