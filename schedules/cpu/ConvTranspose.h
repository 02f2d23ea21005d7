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

/// The nominal size is the input's. The tile is chosen so that few of its columns stand out behind
/// the image.
ConvTransposeKnobs defaultConvTransposeKnobs(const ConvTransposeSpec &spec, const CpuTarget &target,
                                             int nominalHeight, int nominalWidth);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONVTRANSPOSE_H
