//===- Gemm.h - how matrix products are cut on a GPU ------------*- C++ -*-===//
//
// A model of the time that tiles of sums take: large ones read less for each product, small ones
// keep all multiprocessors busy where there are few sums.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_GEMM_H
#define SEGC_SCHEDULES_CUDA_GEMM_H

#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/Kernel.h"

#include <vector>

namespace segc {

/// Tiles that the runtime has code for, for the target's precision and memory; any of them gives
/// right results.
std::vector<GemmTile> gemmTiles(const CudaTarget &target);

/// The tile that the model says is fastest.
GemmTile chooseGemmTile(const GemmSize &size, const CudaTarget &target);

/// Sums that `function` computes in the target's precision, and that `finish` finishes: its loops
/// are over the dimensions of the output. `image` stands for them.
RuntimeSums runtimeSums(const std::string &function, const GemmTile &tile,
                        const Halide::ImageParam &image, Halide::Func finish,
                        const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_GEMM_H
