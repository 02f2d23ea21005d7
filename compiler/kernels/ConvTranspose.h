//===- ConvTranspose.h - transposed convolution by phases -------*- C++ -*-===//
//
// No zeros are inserted and nothing is scattered. Output pixels whose coordinates are
// equal modulo the stride form a phase, and each phase is an ordinary convolution with
// its own few taps of the kernel:
//
//   o = i * stride + k * dilation - pad,   o = q * stride + phase
//
// Along one dimension, with g = gcd(stride, dilation), the taps of a phase are
// k = k0 + j * stride / g, and tap j reads i = q + i0 - j * dilation / g. So a 4x4
// kernel at stride 2 becomes four 2x2 convolutions.
//
// Feature maps are channel-blocked. If there are as many groups as channels (bilinear
// upsampling), a vector of channels is convolved on its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CONVTRANSPOSE_H
#define SEGC_KERNELS_CONVTRANSPOSE_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/kernels/Packing.h"

#include <optional>
#include <string>

namespace segc {

/// Pairs are [vertical, horizontal]; pads are [top, left, bottom, right].
struct ConvTransposeSpec {
  int inputChannels = 1;
  int outputChannels = 1;
  int groups = 1;
  /// Channels in a block of input and output.
  int block = 16;
  int kernel[2] = {1, 1};
  int stride[2] = {1, 1};
  int dilation[2] = {1, 1};
  int pads[4] = {0, 0, 0, 0};
  int outputPadding[2] = {0, 0};
  bool bias = false;
  bool residual = false;
  seg::UnaryKind activation = seg::UnaryKind::Identity;
  float alpha = 0, beta = 0;

  bool hasWholeGroups() const {
    return groups == 1 ||
           (inputChannels / groups % block == 0 && outputChannels / groups % block == 0);
  }
  bool isDepthwise() const {
    return groups == inputChannels && groups == outputChannels && groups > 1;
  }
  /// Columns of zeros that the input needs left and right of the image.
  int haloLeft() const;
  int haloRight() const;
};

/// How one is blocked, which also fixes the order of its packed weights. Legal: tileColumns in
/// [1, 32], tileBlocks a divisor of the output blocks (of one group, if groups hold whole blocks),
/// and tileColumns * tileBlocks + tileBlocks within the registers.
/// tileColumns 0: there are no tiles, and every element of the output is defined by itself.
struct ConvTransposeKnobs {
  int tileColumns = 8;
  int tileBlocks = 1;
  /// A matrix product of the runtime's instead, see RuntimeSums.h: rows are pixels of a phase,
  /// columns output channels. Legal where groups are whole blocks and there is a sum over channels.
  std::optional<GemmTile> gemm = {};
  /// Of its weights and maps.
  WeightType element = WeightType::Float32;

  std::string key() const;
};

struct ConvTransposeAlgorithm : Algorithm {
  /// A register tile: (ci, t, column, tile, phase, y, group of blocks), over `taps`: (channel in
  /// the block, column tap, row tap, block), without the channels if depthwise.
  Halide::Func sum{"sum"};
  /// The output's update: (column in the tile, tile, phase).
  Halide::RDom tile;
  Halide::RDom taps;
};

/// What becomes of sums of products that come from elsewhere: `sum` stands for them. Name and args
/// are those of convTransposeAlgorithm.
struct ConvTransposeFinish : Algorithm {
  Halide::ImageParam sum;
};

ConvTransposeFinish convTransposeFinish(const ConvTransposeSpec &spec,
                                        const ConvTransposeKnobs &knobs);

/// Args: input, inputWidth, weights, [bias,] [residual,] output.
ConvTransposeAlgorithm convTransposeAlgorithm(const ConvTransposeSpec &spec,
                                              const ConvTransposeKnobs &knobs);

/// How the `weights` argument is made of ONNX's [IC, OC / groups, KH, KW]; the `bias` argument is
/// filled up to whole blocks with zeros (packChannels).
Packing convTransposePacking(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs);

} // namespace segc

#endif // SEGC_KERNELS_CONVTRANSPOSE_H
