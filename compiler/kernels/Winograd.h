//===- Winograd.h - 3x3 convolution with fewer multiplications --*- C++ -*-===//
//
// F(4x4, 3x3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
// (CVPR 2016). A tile of 4x4 outputs is computed from 6x6 inputs d by
//
//   Y = A^T [ sum over input channels of (G g G^T) * (B^T d B) ] A
//
// where * multiplies the 36 positions one by one: 36 multiplications instead of 144.
// So a convolution becomes
//
//   1. transform the input tiles:    V[position][channel][tile]
//   2. 36 matrix products over the input channels:    M = U V
//   3. transform the products back:  4x4 outputs a tile, bias, residual, activation
//
// with the weights U = G g G^T transformed when the network is loaded
// (runtime/segc_prepare.h). Rounding errors are about ten times those of the direct sum.
//
// A dilated convolution is strideless on each of its dilationH x dilationW interleaved
// images (phases); tiles of all phases are numbered in one row:
//
//   tile = ((phaseY * tilesY + tileY) * dilationW + phaseX) * tilesX + tileX
//
// Tiles are taken in blocks of `rowsPerTask` register tiles of `tileWidth` Winograd tiles. A
// worker, an iteration of the parallel loop, takes its share of the blocks, for all output
// channels or a part of them. Its scratch memory holds V of a block and, for one tile of
// channels at a time, M; the cost model keeps them near the size of the second-level cache.
//
// A network has many such layers, and a kernel takes the compilers a second. So how many
// channels there are, and how blocks and workers divide the work, are arguments: layers that
// have the same register tile share a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_WINOGRAD_H
#define SEGC_KERNELS_WINOGRAD_H

#include "compiler/kernels/Conv.h"

#include <array>

namespace segc {

namespace winograd {
constexpr int kOutputs = 4;
constexpr int kInputs = 6;
constexpr int kPositions = kInputs * kInputs;
extern const double kInputTransform[kInputs][kInputs];   ///< B^T
extern const double kOutputTransform[kOutputs][kInputs]; ///< A^T
} // namespace winograd

/// Whether the family can compute a convolution at all: 3x3, stride 1, one group.
bool fitsWinograd(const ConvSpec &spec);

/// What distinguishes two kernels of the family; C identifier of a kernel.
std::string winogradKey(const ConvSpec &spec, const ConvKnobs &knobs);
std::string winogradName(const ConvSpec &spec, const ConvKnobs &knobs);

/// Into how many parts the tasks of a block divide the output channels.
int winogradParts(const ConvSpec &spec, const ConvKnobs &knobs);

/// Values of the kernel's integers: inputChannels, rowsPerTask, channelTilesPerTask, workers.
std::array<int, 4> winogradIntegers(const ConvSpec &spec, const ConvKnobs &knobs);

/// Floats of scratch memory that one worker needs.
int64_t winogradScratch(const ConvSpec &spec, const ConvKnobs &knobs);

/// The algorithm before any schedule. Register tiles and blocks are dimensions of the
/// Funcs, as in ConvAlgorithm.
struct WinogradAlgorithm : ConvParams {
  /// Behind them comes the scratch memory.
  Halide::Param<int> inputChannels{"inputChannels"}, rowsPerTask{"rowsPerTask"},
      channelTilesPerTask{"channelTilesPerTask"}, workers{"workers"};
  std::vector<KernelArg> args;
  /// Where a tile lies: the first pixel of its output; for each of the 6 rows and columns
  /// of its input the index, clamped, and all ones or zeros to mask what lies outside (from
  /// the fourth column on: the others are always needed).
  Halide::Func tileX{"tile_x"}, tileY{"tile_y"};
  Halide::Func column{"column"}, columnMask{"column_mask"}, row{"row"}, rowMask{"row_mask"};
  /// B^T d, V; the sum of a register tile, M; A^T M, Y.
  Halide::Func halfInput{"half_input"}, transformed{"transformed"};
  Halide::Func sum{"sum"}, products{"products"};
  Halide::Func halfOutput{"half_output"}, pixels{"pixels"};
  Halide::RDom channels;
  /// Register tiles of a task that hold tiles at all.
  Halide::RDom inputTiles, productTiles;
  /// In the order of the loops, innermost first.
  enum Dim {
    PixelX,
    PixelY,
    Vector,
    TileInRegister,
    RegisterTile,
    ChannelTile,
    Round,
    Part,
    Worker
  };
  Halide::RDom loops;
  Halide::Var t{"t"}, ti{"ti"}, to{"to"}, position{"position"}, i{"i"}, j{"j"};
  Halide::Var ct{"ct"}, tileBlock{"tile_block"};
};

/// Of the spec's channels and the knobs nothing matters but the register tile, tileWidth and
/// tileVectors.
WinogradAlgorithm winogradAlgorithm(const ConvSpec &spec, const ConvKnobs &knobs);

} // namespace segc

#endif // SEGC_KERNELS_WINOGRAD_H
