//===- Pool.h - max and average pooling, and unpooling ----------*- C++ -*-===//
//
// Pooling of feature maps, channel-blocked or planar, as ONNX defines it. Rows and
// columns in the padding are never read: they are left out of the maximum and the sum.
//
// Switches (where each maximum was) are int32 inside a network: y * W + x within the
// channel's plane, in the layout of the values. Kernels at the end of the file turn
// them into ONNX's int64 indices and back.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_POOL_H
#define SEGC_KERNELS_POOL_H

#include "compiler/kernels/Kernel.h"

namespace segc {

enum class PoolKind {
  Max,
  MaxWithSwitches, ///< a second output: int32 switches
  Average
};

/// Pairs are [vertical, horizontal]; pads are [top, left, bottom, right].
struct PoolSpec {
  PoolKind kind = PoolKind::Max;
  int channels = 1;
  /// Channels in a block of input and output; 1 is planar.
  int block = 1;
  int kernel[2] = {1, 1};
  int stride[2] = {1, 1};
  int dilation[2] = {1, 1};
  int pads[4] = {0, 0, 0, 0};
  /// The last window of a row or column may stand out beyond image and padding.
  bool ceilMode = false;
  /// Average: the divisor counts padding (never what lies beyond it).
  bool countIncludePad = false;
};

struct PoolAlgorithm : Algorithm {
  /// The reduction over a window, if it is not written out inside `output`.
  Halide::Func window{"window"};
  Halide::RDom taps;
  bool unrolled = false;
};

/// Args: input, inputWidth, output [, switches].
PoolAlgorithm poolAlgorithm(const PoolSpec &spec);

struct MaxUnpoolSpec {
  int channels = 1;
  int block = 1;
  int stride[2] = {2, 2};
  /// Whether every switch lies in the window of its own value, and windows do not
  /// overlap: so it is behind a pooling whose kernel equals its stride, without pads.
  /// Output rows are then computed on their own, each pixel once.
  bool switchesInWindow = false;
};

/// Values put back, zeros elsewhere. Of two values for one place the later one in
/// row-major order stays.
/// With switchesInWindow each pixel looks for its value, else `output` is cleared and an update
/// scatters the values in row-major order.
/// Args: input, switches, inputWidth, indexedWidth (columns of the plane that the
/// switches count in), output.
Algorithm maxUnpoolAlgorithm(const MaxUnpoolSpec &spec);

struct SwitchesSpec {
  int channels = 1;
  /// Of the int32 switches; the int64 ones are planar and dense.
  int block = 1;
  /// ONNX's storage_order 1: H is innermost.
  bool columnMajor = false;
};

/// int32 switches to ONNX's indices into [N, C, planeHeight, planeWidth].
/// Args: switches, batch (the index of this image), planeHeight, planeWidth, output.
Algorithm switchesToOnnxAlgorithm(const SwitchesSpec &spec);

/// The inverse. Args: input (int64), batch, planeHeight, planeWidth, switches.
Algorithm switchesFromOnnxAlgorithm(const SwitchesSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_POOL_H
