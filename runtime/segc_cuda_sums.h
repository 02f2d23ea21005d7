//===- segc_cuda_sums.h - a block's sums of products -------------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA whose kernels are matrix products at heart
// (convolutions, segc_cuda_conv.h; products, segc_cuda_matmul.h). A block computes a tile of
// sums, rows (pixels) by columns (channels), over many steps:
//
//   sums[row][column] += sum over k of left[row][k] * right[column][k]
//
// Both operands of a step lie in shared memory, a row or column of K elements each in
// Tile::chunks chunks (segc_cuda_copy.h). A Tile says how it is cut:
//
//   rows, columns        of a block
//   threadRows, threadColumns   of a thread
//   chunks               of 16 bytes in a step's row: 4 or 8
//   stages               steps whose operands are in shared memory at once
//   slices               parts of the block that sum over parts of each step
//
// Here the products are computed on the CUDA cores, in single precision, and added up in the
// order of k (of each slice). segc_cuda_mma.h has the same on tensor cores.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_SUMS_H
#define SEGC_CUDA_SUMS_H

#include "segc_cuda_copy.h"

namespace segc {

/// How a block's threads share a tile that warps of `warpRows` by `warpColumns` cover.
template <typename Tile, int warpRows, int warpColumns> struct TileThreads {
  static constexpr int kWarpsDown = Tile::rows / warpRows;
  static constexpr int kWarpsAcross = Tile::columns / warpColumns;
  static constexpr int kThreadsOfSlice = kWarpsDown * kWarpsAcross * 32;
  static constexpr int kThreads = kThreadsOfSlice * Tile::slices;
  /// Blocks of a multiprocessor: leaves a thread 128 registers.
  static constexpr int kBlocks = kThreads < 512 ? 512 / kThreads : 1;
  static_assert(Tile::rows % warpRows == 0 && Tile::columns % warpColumns == 0 && kThreads <= 1024,
                "whole warps cover a tile");
  static_assert(Tile::chunks % Tile::slices == 0, "slices have equal parts of a step");
  /// Bytes of a step's operands.
  static constexpr int kStageBytes = (Tile::rows + Tile::columns) * Tile::chunks * kChunkBytes;
  static constexpr int kSharedBytes = kStageBytes * Tile::stages;
  static constexpr int kChunksOfSlice = Tile::chunks / Tile::slices;

  __device__ TileThreads() {
    const int thread = static_cast<int>(threadIdx.x), ofSlice = thread % kThreadsOfSlice;
    const int warp = ofSlice / 32;
    slice = thread / kThreadsOfSlice;
    lane = ofSlice % 32;
    firstRow = warp % kWarpsDown * warpRows;
    firstColumn = warp / kWarpsDown * warpColumns;
  }
  int slice, lane, firstRow, firstColumn;
};

/// On CUDA cores: four rows and eight columns of threads in a warp, so that a warp stores and
/// loads whole sectors of eight channels.
template <typename Tile>
class CoreSums : public TileThreads<Tile, 4 * Tile::threadRows, 8 * Tile::threadColumns> {
public:
  using Element = float;
  static constexpr int kRows = Tile::threadRows, kColumns = Tile::threadColumns;

  /// Where in the tile the thread's sums are.
  __device__ int row(int i) const { return this->firstRow + i * 4 + this->lane / 8; }
  __device__ int column(int j) const { return this->firstColumn + j * 8 + this->lane % 8; }
  __device__ float &sum(int i, int j) { return sums_[i][j]; }

  /// Adds a step's products.
  __device__ void add(const unsigned char *left, const unsigned char *right) {
    constexpr int chunks = Tile::chunks, ofEightRows = 8 * chunks * kChunkBytes;
    SEGC_ROLLED // nvcc would keep all that can be known of places in registers, and have too few
    for (int c = 0; c < this->kChunksOfSlice; ++c) {
      // Chunks change places alike in rows that lie eight apart.
      const int chunk = this->slice * this->kChunksOfSlice + c;
      const unsigned char *const ofRows[2] = {left + chunkPlace<chunks>(row(0), chunk),
                                              left + chunkPlace<chunks>(row(1), chunk)};
      const unsigned char *const ofColumns = right + chunkPlace<chunks>(column(0), chunk);
      float4 ofRow[kRows];
      SEGC_UNROLLED
      for (int i = 0; i < kRows; ++i)
        ofRow[i] = *reinterpret_cast<const float4 *>(ofRows[i % 2] + i / 2 * ofEightRows);
      SEGC_UNROLLED
      for (int j = 0; j < kColumns; ++j) {
        const float4 ofColumn = *reinterpret_cast<const float4 *>(ofColumns + j * ofEightRows);
        SEGC_UNROLLED
        for (int i = 0; i < kRows; ++i) {
          float &s = sums_[i][j];
          s = device::fma(ofRow[i].x, ofColumn.x, s);
          s = device::fma(ofRow[i].y, ofColumn.y, s);
          s = device::fma(ofRow[i].z, ofColumn.z, s);
          s = device::fma(ofRow[i].w, ofColumn.w, s);
        }
      }
    }
  }

private:
  float sums_[kRows][kColumns] = {};
};

/// Adds up what the slices have; the sums are those of slice 0 then. Shared memory is free.
template <typename Tile, typename Sums>
static inline __device__ void addSlices(Sums &sums, unsigned char *shared) {
  static_assert(Tile::slices == 1 || Tile::rows * Tile::columns * 4 <= Sums::kSharedBytes,
                "a slice's sums fit into the memory of the stages");
  const int thread = static_cast<int>(threadIdx.x) % Sums::kThreadsOfSlice;
  float *const handedOver = reinterpret_cast<float *>(shared);
  SEGC_ROLLED
  for (int slice = 1; slice < Tile::slices; ++slice) {
    __syncthreads();
    if (sums.slice == slice) {
      SEGC_UNROLLED
      for (int i = 0; i < Sums::kRows; ++i) {
        SEGC_UNROLLED
        for (int j = 0; j < Sums::kColumns; ++j)
          handedOver[(i * Sums::kColumns + j) * Sums::kThreadsOfSlice + thread] = sums.sum(i, j);
      }
    }
    __syncthreads();
    if (sums.slice == 0) {
      SEGC_UNROLLED
      for (int i = 0; i < Sums::kRows; ++i) {
        SEGC_UNROLLED
        for (int j = 0; j < Sums::kColumns; ++j)
          sums.sum(i, j) += handedOver[(i * Sums::kColumns + j) * Sums::kThreadsOfSlice + thread];
      }
    }
  }
}

/// Between one sum that is finished and the next: ptxas would begin with many at once, and have too
/// few registers.
static inline __device__ void finishInTurn() {
#if !defined(SEGC_CUDA_EMULATION)
  asm volatile("" ::: "memory");
#endif
}

/// Runs all steps: `load(step, left, right)` begins to copy a step's operands.
template <typename Tile, typename Sums, typename Load>
static inline __device__ void sumSteps(Sums &sums, int steps, unsigned char *shared,
                                       const Load &load) {
  static_assert(Tile::stages >= 2, "one step is copied while another is computed");
  constexpr int leftBytes = Tile::rows * Tile::chunks * kChunkBytes;
  auto copy = [&](int step) {
    if (step < steps) {
      unsigned char *const stage = shared + step % Tile::stages * Sums::kStageBytes;
      load(step, stage, stage + leftBytes);
    }
    endCopies();
  };
  SEGC_UNROLLED
  for (int step = 0; step < Tile::stages - 1; ++step)
    copy(step);
  SEGC_ROLLED
  for (int step = 0; step < steps; ++step) {
    awaitCopies<Tile::stages - 2>();
    // Behind it all see this step's operands, and nobody reads those that are overwritten next.
    __syncthreads();
    copy(step + Tile::stages - 1);
    const unsigned char *const stage = shared + step % Tile::stages * Sums::kStageBytes;
    sums.add(stage, stage + leftBytes);
  }
  awaitCopies<0>();
  addSlices<Tile>(sums, shared);
}

} // namespace segc

#endif // SEGC_CUDA_SUMS_H
