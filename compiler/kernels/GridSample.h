//===- GridSample.h - an image at the places of a grid ----------*- C++ -*-===//
//
// ONNX GridSample, of images and of volumes, dense. Places of the result lie in one row,
// whatever their rank: where each reads, and with which weights, is computed for a
// vector of places and serves all channels.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_GRIDSAMPLE_H
#define SEGC_KERNELS_GRIDSAMPLE_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

struct GridSampleSpec {
  /// 2 or 3.
  int axes = 2;
  seg::ResizeMode mode = seg::ResizeMode::Linear;
  seg::SamplePadding padding = seg::SamplePadding::Zeros;
  bool alignCorners = false;
};

struct GridSampleAlgorithm : Algorithm {
  /// For each axis, x first: (place, tap, n), the pixel to read (-1: none) and its weight. Nearest
  /// has no weights.
  std::vector<Halide::Func> index, weight;
  /// (place, c, n): the sum over the taps of the outermost axis. Not used for nearest.
  Halide::Func total{"total"};
  Halide::RDom taps;
};

/// Views, innermost first: input (x, y[, z], c, n), grid (axis, place, n), output (place, c, n).
/// Extents and all strides but the innermost are run-time values. Args: input, grid, output.
GridSampleAlgorithm gridSampleAlgorithm(const GridSampleSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_GRIDSAMPLE_H
