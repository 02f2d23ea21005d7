//===- segc_cuda_matmul.h - matrix products on a GPU -------------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA. Products of a batch of dense matrices of any strides,
// both of which the network computes: nothing is known of their alignment, so that they are copied
// number by number, neighbouring threads neighbouring numbers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_MATMUL_H
#define SEGC_CUDA_MATMUL_H

#include "segc_cuda_mma.h"
#include "segc_view.h"

namespace segc {

/// rows x summed and summed x columns; numbers of a row lie side by side.
struct MatMulProblem {
  const float *left, *right;
  int32_t rows, columns, summed;
  int32_t leftRow, leftMatrix, rightRow, rightMatrix; ///< from one to the next, in numbers
};

static inline __device__ void copyNumber(float *to, const float *from, bool exists) {
  copyWord(to, from, exists);
}
template <typename Number>
static inline __device__ void copyNumber(Number *to, const float *from, bool exists) {
  *to = Number(exists ? *from : 0.0f);
}

/// What a block of threads reads in step number `step`.
template <typename Tile, typename Sums>
static inline __device__ void loadMatrices(const MatMulProblem &p, int step, int firstRow,
                                           int firstColumn, int matrix, unsigned char *left,
                                           unsigned char *right) {
  using Element = typename Sums::Element;
  constexpr int ofChunk = kChunkBytes / static_cast<int>(sizeof(Element));
  constexpr int ofStep = Tile::chunks * ofChunk;
  const int thread = static_cast<int>(threadIdx.x), firstSummed = step * ofStep;
  auto place = [](unsigned char *tile, int row, int k) {
    return reinterpret_cast<Element *>(tile + chunkPlace<Tile::chunks>(row, k / ofChunk)) +
           k % ofChunk;
  };
  SEGC_ROLLED
  for (int i = thread; i < Tile::rows * ofStep; i += Sums::kThreads) {
    const int k = i % ofStep, row = i / ofStep;
    const bool exists = firstRow + row < p.rows && firstSummed + k < p.summed;
    copyNumber(place(left, row, k),
               exists ? p.left +
                            (matrix * p.leftMatrix + (firstRow + row) * p.leftRow + firstSummed + k)
                      : p.left,
               exists);
  }
  SEGC_ROLLED
  for (int i = thread; i < Tile::columns * ofStep; i += Sums::kThreads) {
    const int column = i % Tile::columns, k = i / Tile::columns;
    const bool exists = firstColumn + column < p.columns && firstSummed + k < p.summed;
    copyNumber(place(right, column, k),
               exists ? p.right + (matrix * p.rightMatrix + (firstSummed + k) * p.rightRow +
                                   firstColumn + column)
                      : p.left,
               exists);
  }
}

template <typename Tile, template <typename> class TileSums, typename Finish>
static __global__ void __launch_bounds__(TileSums<Tile>::kThreads, TileSums<Tile>::kBlocks)
    matmulKernel(const MatMulProblem problem, const Finish finish) {
  using Sums = TileSums<Tile>;
  constexpr int ofStep =
      Tile::chunks * kChunkBytes / static_cast<int>(sizeof(typename Sums::Element));
  SEGC_SHARED_MEMORY(shared);
  const int block = static_cast<int>(blockIdx.x);
  const int tilesDown = (problem.rows + Tile::rows - 1) / Tile::rows;
  const int tilesAcross = (problem.columns + Tile::columns - 1) / Tile::columns;
  const int firstRow = block % tilesDown * Tile::rows;
  const int firstColumn = block / tilesDown % tilesAcross * Tile::columns;
  const int matrix = block / tilesDown / tilesAcross;
  Sums sums;
  sumSteps<Tile>(sums, (problem.summed + ofStep - 1) / ofStep, shared,
                 [&](int step, unsigned char *left, unsigned char *right) {
                   loadMatrices<Tile, Sums>(problem, step, firstRow, firstColumn, matrix, left,
                                            right);
                 });
  if (sums.slice)
    return;
  SEGC_UNROLLED
  for (int i = 0; i < Sums::kRows; ++i) {
    const int row = firstRow + sums.row(i);
    if (row >= problem.rows)
      continue;
    SEGC_UNROLLED
    for (int j = 0; j < Sums::kColumns; ++j) {
      const int column = firstColumn + sums.column(j);
      if (column < problem.columns)
        finish(column, row, matrix, sums.sum(i, j));
      finishInTurn();
    }
  }
}

/// Multiplies views (k, row, matrix) and (column, k, matrix), behind what is in the stream. What
/// becomes of a sum is the kernel's: finish(column, row, matrix, sum).
template <typename Tile, template <typename> class TileSums, typename Finish>
int32_t matmul(cudaStream_t stream, const View &lhs, const View &rhs, const View &output,
               const Finish &finish) {
  using Sums = TileSums<Tile>;
  const MatMulProblem problem = {static_cast<const float *>(lhs.data),
                                 static_cast<const float *>(rhs.data),
                                 output.extent[1],
                                 output.extent[0],
                                 lhs.extent[0],
                                 lhs.stride[1],
                                 lhs.stride[2],
                                 rhs.stride[1],
                                 rhs.stride[2]};
  const int64_t blocks = static_cast<int64_t>((problem.rows + Tile::rows - 1) / Tile::rows) *
                         ((problem.columns + Tile::columns - 1) / Tile::columns) * output.extent[2];
  if (blocks > INT32_MAX)
    return SEGC_ERROR_TOO_LARGE;
  return launchTogether(&matmulKernel<Tile, TileSums, Finish>, {static_cast<int32_t>(blocks)},
                        Sums::kThreads, Sums::kSharedBytes, stream, problem, finish);
}

} // namespace segc

#endif // SEGC_CUDA_MATMUL_H
