//===- Conv.h - what a convolution kernel computes --------------*- C++ -*-===//
//
//   output = activation(conv(input, weights) + bias + residual)
//
// on float32 feature maps in the memory described by Kernel.h. ConvSpec is all
// that distinguishes two kernels; ConvKnobs is how one of them is blocked, which
// also fixes the order of its packed weights. The schedules are in
// schedules/cpu/Conv*.cpp.
//
// Padding. Rows outside the image are skipped: they become bounds of the row
// loop. Columns outside are zeros of the input's halo, which must reach
// haloLeft() columns left of the image and as far right as the taps of the last
// output column reach. The bottom and right padding only shows in the extents of
// the output: whoever knows that there is none at the bottom says so (readsBelow).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CONV_H
#define SEGC_KERNELS_CONV_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/kernels/Packing.h"

#include <string>
#include <vector>

namespace segc {

struct ConvSpec {
  int inputBlock = 1;  ///< 1: planar input (the image); else the target's lanes
  int outputBlock = 8; ///< the target's lanes
  int inputChannels = 1;
  int outputChannels = 1;
  int groups = 1;
  int kernelH = 1, kernelW = 1;
  int strideH = 1, strideW = 1;
  int dilationH = 1, dilationW = 1;
  int padTop = 0, padLeft = 0;
  /// Right padding if known, else -1. Only a hint: lets widely dilated kernels
  /// skip the taps that fall right of the image.
  int padRight = -1;
  /// Whether taps of some output row may lie below the image: only with bottom padding.
  /// True where that is not known; then such rows are looked for.
  bool readsBelow = true;
  bool hasBias = true;
  bool hasResidual = false;
  seg::UnaryKind activation = seg::UnaryKind::Identity;
  float alpha = 0, beta = 0; ///< of the activation, see Scalar.h

  int channelsPerGroupIn() const { return inputChannels / groups; }
  int channelsPerGroupOut() const { return outputChannels / groups; }
  int inputBlocks() const { return (inputChannels + inputBlock - 1) / inputBlock; }
  int outputBlocks() const { return (outputChannels + outputBlock - 1) / outputBlock; }
  /// Every field in a fixed order: equal texts, equal kernels.
  std::string key() const;
  /// A C identifier: "conv3x3s2_64_128_relu", or without the channels "conv3x3s2_relu".
  std::string name(bool channels = true) const;
};

/// Which family of schedules a convolution belongs to; see schedules/cpu.
enum class ConvFamily {
  Direct,      ///< register tile of pixels times channel vectors
  Depthwise,   ///< one filter a channel: no sum over channels
  Grouped,     ///< groups narrower than a channel block
  Winograd,    ///< 3x3 with a quarter of the multiplications, see Winograd.h
  ImplicitGemm ///< a matrix product of the runtime's, see RuntimeSums.h
};

/// The one family that fits a spec, but for Winograd and ImplicitGemm.
ConvFamily familyOf(const ConvSpec &spec);

/// How a convolution is blocked. Any value in the legal range gives right
/// results; legalConvKnobs() in schedules/cpu/Conv.h says what is legal.
struct ConvKnobs {
  ConvFamily family = ConvFamily::Direct;
  /// Output columns of a register tile; Winograd: tiles. 0: there are none, and every element of
  /// the output is defined by itself, for targets with a thread for each.
  int tileWidth = 1;
  int tileVectors = 1; ///< channel blocks of a register tile
  int rowsPerTask = 1; ///< output rows of one parallel task; Winograd: register tiles
  /// Input channel blocks summed in one pass over the output; 0 is all of them.
  /// Keeps the weights of a tile and the input of a pass in the second-level cache.
  int blocksPerPass = 0;
  /// Winograd: tiles of tileVectors output channel blocks of one task; 0 is all of them.
  int channelTilesPerTask = 0;
  /// Winograd: iterations of the parallel loop, each with scratch memory of its own; as many
  /// for each part of the channels.
  int workers = 1;
  /// ImplicitGemm: rows are pixels, columns output channels.
  GemmTile gemm = {};
  /// ImplicitGemm: of weights and maps.
  WeightType element = WeightType::Float32;

  bool hasTiles() const { return tileWidth > 0; }
  std::string key() const;
};

/// What every algorithm of a convolution takes and yields.
struct ConvParams {
  /// Channel blocks. If those of the input are undefined, all are the spec's.
  Halide::Expr inputBlocks, outputBlocks;
  Halide::ImageParam input, weights, bias, residual;
  Halide::Func output{"output"};
  Halide::Var ci{"ci"}, x{"x"}, y{"y"}, cb{"cb"};
};

/// Declares the memory of the parameters; `weightExtents` innermost first.
void declareConvParams(const ConvSpec &spec, ConvParams &params,
                       const std::vector<Halide::Expr> &weightExtents);
/// Declares an output whose values all come from updates.
void declareConvOutput(const ConvSpec &spec, ConvParams &params);
/// The epilogue at one place of the output: residual and activation.
Halide::Expr finishConv(const ConvSpec &spec, const ConvParams &params, Halide::Expr x,
                        Halide::Expr y, Halide::Expr block, Halide::Expr value);

/// The algorithm as Halide sees it, before any schedule. The output is written by an
/// update over `tile`, the dimensions of its blocking, because conditions on a
/// reduction domain become loop bounds and guards of single stores: the sum of a tile
/// is never computed by two copies of the code, one for whole tiles and one for the
/// last. `sum` is the register tile.
struct ConvAlgorithm : ConvParams {
  Halide::Func sum{"sum"};
  /// (channel in block, kernel column, kernel row, channel block)
  Halide::RDom taps;
  /// In the order of the loops, innermost first.
  enum TileDim { Vector, PixelInTile, TileX, RowInTask, Tile, Task, Pass };
  Halide::RDom tile;
  Halide::Var t{"t"}, xi{"xi"}, xo{"xo"}, ob{"ob"}, pass{"pass"};
  int passCount = 1;
};

/// Family Direct: groups == 1, or groups of whole blocks on both sides.
ConvAlgorithm directConvAlgorithm(const ConvSpec &spec, const ConvKnobs &knobs);

/// Families Depthwise and Grouped: tiles of pixels of one channel block. In Grouped
/// the input channel depends on the output's lane.
ConvAlgorithm groupedConvAlgorithm(const ConvSpec &spec, const ConvKnobs &knobs);

/// What becomes of sums of products that come from elsewhere: `sum` stands for them.
struct ConvFinish : ConvParams {
  Halide::ImageParam sum;
};

ConvFinish convFinish(const ConvSpec &spec);

/// The kernel's arguments, in order: input, weights, [bias], [residual], `more`, output.
std::vector<KernelArg> convArgs(const ConvSpec &spec, const ConvParams &params,
                                const std::vector<KernelArg> &more = {});

/// How the kernel wants ONNX's weights [outputChannels][inputChannels / groups][kernelH][kernelW].
/// The bias is filled up with zeros to whole blocks (packChannels).
Packing convPacking(const ConvSpec &spec, const ConvKnobs &knobs);

} // namespace segc

#endif // SEGC_KERNELS_CONV_H
