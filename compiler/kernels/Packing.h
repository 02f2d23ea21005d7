//===- Packing.h - packing weights in the compiler --------------*- C++ -*-===//
//
// Packages pack their weights when they are loaded (runtime/segc_prepare.h). Where it must be
// done before (--weights packed, tests), the same code does it here.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_PACKING_H
#define SEGC_KERNELS_PACKING_H

#include "runtime/segc_packing.h"

#include <vector>

namespace segc {

/// The bytes of weights as a kernel reads them, from those of the model; `scale` is null or has a
/// factor for each output channel.
std::vector<float> packWeights(const Packing &packing, const float *weights,
                               const double *scale = nullptr);

/// A vector of channels filled up with zeros to whole blocks.
std::vector<float> packChannels(const float *values, int channels, int block);

} // namespace segc

#endif // SEGC_KERNELS_PACKING_H
