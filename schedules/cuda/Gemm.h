//===- Gemm.h - how matrix products are cut on a GPU ------------*- C++ -*-===//
//
// A model of the time that tiles of sums take: large ones read less for each product, small ones
// keep all multiprocessors busy where there are few sums.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_GEMM_H
#define SEGC_SCHEDULES_CUDA_GEMM_H

#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/RuntimeSums.h"

#include <vector>

namespace segc {

/// A product of `batch` pairs of matrices: rows x summed and summed x columns.
struct GemmSize {
  int64_t rows, columns, summed, batch = 1;
};

/// Tiles that the runtime has code for, on CUDA cores; any of them gives right results.
std::vector<GemmTile> gemmTiles();

/// The tile that the model says is fastest.
GemmTile chooseGemmTile(const GemmSize &size, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_GEMM_H
