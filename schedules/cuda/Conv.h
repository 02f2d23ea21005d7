//===- Conv.h - convolutions on a GPU ---------------------------*- C++ -*-===//
//
// One thread an element: the sum over the taps runs within it. Threads of a warp read
// the same weights' sectors and broadcast inputs.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_CONV_H
#define SEGC_SCHEDULES_CUDA_CONV_H

#include "compiler/kernels/Conv.h"
#include "compiler/kernels/ConvTranspose.h"
#include "compiler/kernels/CudaTarget.h"

namespace segc {

/// Direct, depthwise or grouped; no tiles.
ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CudaTarget &target, int nominalHeight,
                           int nominalWidth, bool winograd = true);
Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CudaTarget &target);

ConvTransposeKnobs chooseConvTransposeKnobs(int outputBlocks, bool depthwise, int expectedWidth,
                                            const CudaTarget &target);
Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_CONV_H
