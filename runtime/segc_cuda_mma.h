//===- segc_cuda_mma.h - a block's sums on tensor cores ----------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA. What segc_cuda_sums.h says of CoreSums, with mma.sync:
// products of 16-bit numbers, or of float32 rounded to the ten bits of TF32, added up in float32.
// Operands lie in shared memory in the same way, so that a chunk is 8 or 4 numbers.
//
// A warp's fragment of 16 rows and 8 columns, and the registers that its thread `lane` has of it,
// with g = lane / 4 and t = lane % 4 (PTX ISA, "Matrix Fragments for mma.m16n8k16"):
//
//   sums     rows g and g + 8, columns 2 t and 2 t + 1
//   left     rows g and g + 8, words t and t + 4 of two chunks
//   right    column g, words t and t + 4 of two chunks
//
// which is how ldmatrix distributes matrices of 8 rows of one chunk.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_MMA_H
#define SEGC_CUDA_MMA_H

#include "segc_cuda_half.h"
#include "segc_cuda_sums.h"

namespace segc {

/// Four matrices of 8 rows of a chunk: `row` is where row lane % 8 of matrix lane / 8 begins.
static inline __device__ void loadFragment(uint32_t (&words)[4], const unsigned char *row) {
#if defined(SEGC_CUDA_EMULATION)
  if (reinterpret_cast<uintptr_t>(row) % kChunkBytes)
    emulation::endWith("a row of a matrix that is not aligned");
  struct Row {
    const unsigned char *first;
  };
  emulation::show(Row{row});
  __syncwarp();
  const int lane = emulation::Fibers::get().lane();
  for (int i = 0; i < 4; ++i)
    std::memcpy(&words[i], emulation::shown<Row>(i * 8 + lane / 4).first + lane % 4 * 4, 4);
  __syncwarp();
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
               : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(row)))
               : "memory");
#endif
}

#if defined(SEGC_CUDA_EMULATION)
namespace emulation {

/// sums += left * right for a fragment of 16 x 8 and two chunks; dot(a, b) of two words.
template <typename Dot>
void multiplyAdd(float (&sums)[4], const uint32_t (&left)[4], uint32_t right0, uint32_t right1,
                 const Dot &dot) {
  struct Words {
    uint32_t left[4], right[2];
  };
  show(Words{{left[0], left[1], left[2], left[3]}, {right0, right1}});
  __syncwarp();
  const int lane = Fibers::get().lane(), g = lane / 4, t = lane % 4;
  for (int i = 0; i < 4; ++i) {
    const int below = i / 2, column = 2 * t + i % 2;
    for (int k = 0; k < 4; ++k) {
      const Words ofRow = shown<Words>(4 * g + k), ofColumn = shown<Words>(4 * column + k);
      sums[i] += dot(ofRow.left[below], ofColumn.right[0]);
      sums[i] += dot(ofRow.left[below + 2], ofColumn.right[1]);
    }
  }
  __syncwarp();
}

template <typename Number> float dotOfPairs(uint32_t a, uint32_t b) {
  Number x[2], y[2];
  std::memcpy(x, &a, sizeof a);
  std::memcpy(y, &b, sizeof b);
  return static_cast<float>(x[0]) * static_cast<float>(y[0]) +
         static_cast<float>(x[1]) * static_cast<float>(y[1]);
}

} // namespace emulation
#endif

/// sums += left * right, in multiplyAdd of numbers.
#define SEGC_MMA(form)                                                                             \
  asm volatile("mma.sync.aligned." form                                                            \
               " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                  \
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])                        \
               : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0), "r"(right1))

/// Numbers that tensor cores multiply.
struct Tf32Numbers {
  using Element = float;
  /// Nearest, away from zero where two are equally near. Tensor cores cut the bits behind off.
  static __device__ uint32_t rounded(uint32_t bits) {
    return (bits & 0x7f800000u) == 0x7f800000u ? bits : bits + 0x1000u;
  }
  static __device__ void multiplyAdd(float (&sums)[4], const uint32_t (&left)[4], uint32_t right0,
                                     uint32_t right1) {
#if defined(SEGC_CUDA_EMULATION)
    emulation::multiplyAdd(sums, left, right0, right1, [](uint32_t a, uint32_t b) {
      return device::bitcast<float>(a & 0xffffe000u) * device::bitcast<float>(b & 0xffffe000u);
    });
#elif __CUDA_ARCH__ >= 800
    SEGC_MMA("m16n8k8.row.col.f32.tf32.tf32.f32");
#else
    __trap(); // segc compiles nothing of the sort for these GPUs
#endif
  }
};

struct HalfNumbers {
  using Element = Half;
  static __device__ uint32_t rounded(uint32_t bits) { return bits; }
  static __device__ void multiplyAdd(float (&sums)[4], const uint32_t (&left)[4], uint32_t right0,
                                     uint32_t right1) {
#if defined(SEGC_CUDA_EMULATION)
    emulation::multiplyAdd(sums, left, right0, right1, &emulation::dotOfPairs<Half>);
#elif __CUDA_ARCH__ >= 800
    SEGC_MMA("m16n8k16.row.col.f32.f16.f16.f32");
#else // one chunk at a time
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[0]), "r"(left[1]), "r"(right0));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
                 : "r"(left[2]), "r"(left[3]), "r"(right1));
#endif
  }
};

struct BFloat16Numbers {
  using Element = BFloat16;
  static __device__ uint32_t rounded(uint32_t bits) { return bits; }
  static __device__ void multiplyAdd(float (&sums)[4], const uint32_t (&left)[4], uint32_t right0,
                                     uint32_t right1) {
#if defined(SEGC_CUDA_EMULATION)
    emulation::multiplyAdd(sums, left, right0, right1, &emulation::dotOfPairs<BFloat16>);
#elif __CUDA_ARCH__ >= 800
    SEGC_MMA("m16n8k16.row.col.f32.bf16.bf16.f32");
#else
    __trap();
#endif
  }
};

/// On tensor cores: a thread's rows and columns come in twos, of fragments.
template <typename Tile, typename Numbers>
class TensorSums : public TileThreads<Tile, 8 * Tile::threadRows, 4 * Tile::threadColumns> {
public:
  using Element = typename Numbers::Element;
  static constexpr int kRows = Tile::threadRows, kColumns = Tile::threadColumns;

  /// Where in the tile the thread's sums are.
  __device__ int row(int i) const { return this->firstRow + i * 8 + this->lane / 4; }
  __device__ int column(int j) const {
    return this->firstColumn + j / 2 * 8 + this->lane % 4 * 2 + j % 2;
  }
  __device__ float &sum(int i, int j) { return sums_[i / 2][j / 2][i % 2 * 2 + j % 2]; }

  /// Adds a step's products.
  __device__ void add(const unsigned char *left, const unsigned char *right) {
    constexpr int chunks = Tile::chunks, ofEightRows = 8 * chunks * kChunkBytes;
    const int lane = this->lane;
    SEGC_UNROLLED
    for (int c = 0; c < this->kChunksOfSlice; c += 2) {
      const int chunk = this->slice * this->kChunksOfSlice + c;
      // Matrices of eight rows: first and second chunk of the first eight, then of the next.
      const unsigned char *const ofRows =
          left + chunkPlace<chunks>(this->firstRow + lane % 16, chunk + lane / 16);
      const unsigned char *const ofColumns =
          right +
          chunkPlace<chunks>(this->firstColumn + lane / 16 * 8 + lane % 8, chunk + lane / 8 % 2);
      uint32_t ofRow[kRows / 2][4], ofColumn[kColumns / 4][4];
      SEGC_UNROLLED
      for (int i = 0; i < kRows / 2; ++i)
        load(ofRow[i], ofRows + 2 * i * ofEightRows);
      SEGC_UNROLLED
      for (int j = 0; j < kColumns / 4; ++j)
        load(ofColumn[j], ofColumns + 2 * j * ofEightRows);
      SEGC_UNROLLED
      for (int i = 0; i < kRows / 2; ++i) {
        SEGC_UNROLLED
        for (int j = 0; j < kColumns / 2; ++j)
          Numbers::multiplyAdd(sums_[i][j], ofRow[i], ofColumn[j / 2][j % 2 * 2],
                               ofColumn[j / 2][j % 2 * 2 + 1]);
      }
    }
  }

private:
  static_assert(kRows % 2 == 0 && kColumns % 4 == 0 && Tile::chunks / Tile::slices % 2 == 0,
                "fragments come in pairs");

  static __device__ void load(uint32_t (&words)[4], const unsigned char *row) {
    loadFragment(words, row);
    SEGC_UNROLLED
    for (uint32_t &word : words)
      word = Numbers::rounded(word);
  }

  float sums_[kRows / 2][kColumns / 2][4] = {};
};

#undef SEGC_MMA

template <typename Tile> using Tf32Sums = TensorSums<Tile, Tf32Numbers>;
template <typename Tile> using HalfSums = TensorSums<Tile, HalfNumbers>;
template <typename Tile> using BFloat16Sums = TensorSums<Tile, BFloat16Numbers>;

} // namespace segc

#endif // SEGC_CUDA_MMA_H
