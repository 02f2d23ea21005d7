//===- Conv.h - convolutions on a GPU ---------------------------*- C++ -*-===//
//
// Convolutions that sum over channels are matrix products of the runtime's (RuntimeSums.h), in the
// target's precision. Of the others, one thread computes an element: the sum over the taps runs
// within it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_CONV_H
#define SEGC_SCHEDULES_CUDA_CONV_H

#include "compiler/kernels/Conv.h"
#include "compiler/kernels/ConvTranspose.h"
#include "compiler/kernels/CudaTarget.h"

namespace segc {

ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CudaTarget &target, int nominalHeight,
                           int nominalWidth, bool winograd = true);
Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CudaTarget &target);

/// The nominal size is the input's.
ConvTransposeKnobs defaultConvTransposeKnobs(const ConvTransposeSpec &spec,
                                             const CudaTarget &target, int nominalHeight,
                                             int nominalWidth);
Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_CONV_H
