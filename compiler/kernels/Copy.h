//===- Copy.h - moving elements: concat, slice, transpose, pad --*- C++ -*-===//
//
// Much of what ONNX calls an operator is only another view of the same memory. With
// any strides, offset and extents in the views, one strided copy does
//
//   Slice      input view: data moved to the start, strides times the steps (negative too)
//   Transpose  input view: strides permuted
//   Expand     input view: stride 0
//   Concat     output view: data moved to the piece's place
//
// Channel-blocked feature maps need kernels of their own where channels move within
// their blocks, and padding needs to know the image's edges.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_COPY_H
#define SEGC_KERNELS_COPY_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

struct CopySpec {
  /// Elements may be converted on the way (seg.cast). Types are as in Map.h.
  Halide::Type from = Halide::Float(32), to = Halide::Float(32);
  int rank = 1;
  /// The dimension along which the input's stride is 1; -1 if there is none. The output's
  /// is dimension 0.
  int contiguousDimension = 0;
};

/// Every min is 0. Args: input, output.
Algorithm copyAlgorithm(const CopySpec &spec);

struct ChannelCopySpec {
  int block = 16;
  /// Channels [sourceBegin, sourceBegin + channels) of a map with sourceChannels become
  /// channels [destinationBegin, ...) of one with destinationChannels.
  int channels = 1;
  int sourceChannels = 1, sourceBegin = 0;
  int destinationChannels = 1, destinationBegin = 0;
};

/// A piece of a concatenation, or a slice, of feature maps along the channels. Other
/// channels of the destination keep their values; those that fill up its last block
/// become 0 with the last piece. Rows and columns are those of `output`.
/// Args: input, output.
Algorithm channelCopyAlgorithm(const ChannelCopySpec &spec);

struct PadSpec {
  seg::PadMode mode = seg::PadMode::Constant;
  float value = 0;
  int channels = 1;
  int block = 1;
};

/// Padding (or, where negative, cropping) of a feature map in H and W; the far sides
/// follow from the output's extents. Args: input, inputWidth, padTop, padLeft, output.
Algorithm padAlgorithm(const PadSpec &spec);

struct DensePadSpec {
  Halide::Type type = Halide::Float(32);
  seg::PadMode mode = seg::PadMode::Constant;
  float value = 0;
  int rank = 1;
};

/// The same for a dense tensor. Args: input, low0, low1, ... (innermost first), output.
Algorithm densePadAlgorithm(const DensePadSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_COPY_H
