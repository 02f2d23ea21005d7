//===- ConvTranspose.h - schedule of transposed convolution -----*- C++ -*-===//
//
// A register tile of `tileColumns` output columns of one phase by `tileBlocks` blocks
// of output channels, as in the direct convolution: each weight vector that is loaded
// serves all columns, each input value all blocks.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H
#define SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H

#include "compiler/kernels/CpuTarget.h"

#include <Halide.h>

namespace segc {

/// Legal: tileColumns in [1, 32], tileBlocks a divisor of the output blocks (of one group,
/// if groups hold whole blocks), and tileColumns * tileBlocks + tileBlocks within the registers.
struct ConvTransposeKnobs {
  int tileColumns = 8;
  int tileBlocks = 1;

  /// `outputBlocks` as above; `expectedWidth` of the input, 0 if unknown: the tile is
  /// then chosen so that few of its columns stand out behind the image.
  static ConvTransposeKnobs choose(int outputBlocks, bool depthwise, int expectedWidth,
                                   const CpuTarget &target);
};

/// What the algorithm hands over: `out`'s update over `tile` (column in the tile, tile,
/// phase), and `sum`, its reduction over `taps` (channel in the block, column tap, row
/// tap, block; without the channels if depthwise).
struct ConvTransposeFuncs {
  Halide::Func out, sum;
  Halide::RDom tile, taps;
  int rowStride;
};

void scheduleConvTranspose(const ConvTransposeFuncs &funcs, const ConvTransposeKnobs &knobs,
                           int block);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H
