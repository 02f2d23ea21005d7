//===- ConvTranspose.h - transposed convolution on a processor --*- C++ -*-===//
//
// A register tile of `tileColumns` output columns of one phase by `tileBlocks` blocks
// of output channels, as in the direct convolution: each weight vector that is loaded
// serves all columns, each input value all blocks.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H
#define SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H

#include "compiler/kernels/ConvTranspose.h"
#include "compiler/kernels/CpuTarget.h"

namespace segc {

Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CpuTarget &target);

/// `outputBlocks`: all, or of one group, if groups hold whole blocks. `expectedWidth` of the input,
/// 0 if unknown: the tile is then chosen so that few of its columns stand out behind the image.
ConvTransposeKnobs chooseConvTransposeKnobs(int outputBlocks, bool depthwise, int expectedWidth,
                                            const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H
