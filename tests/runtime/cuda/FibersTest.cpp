// The emulation of threads that wait for each other shows what a kernel does wrong: barriers that
// are missing or that not all threads reach, shared memory that is read before it is written or
// behind its end, copies that nobody waited for, and results that depend on the order of threads.

#include "DeviceArray.h"
#include "Seed.h"
#include "segc_cuda_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace {

using segc::launchTogether;

constexpr int kThreads = 96; ///< three warps

/// What a kernel leaves in `count` numbers, with `sharedBytes` of memory for each of its blocks.
template <typename T>
std::vector<T> resultOf(void (*kernel)(T *), size_t count, int sharedBytes, int threads = kThreads,
                        int blocks = 1) {
  const DeviceArray<T> output(std::vector<T>(count, T(-1)));
  EXPECT_EQ(launchTogether(kernel, {blocks}, threads, sharedBytes, nullptr, output.data()),
            SEGC_OK);
  return output.contents();
}

bool areNaN(const std::vector<float> &numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isnan(x); });
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

/// Each thread reads what the one on the other side of the block has written.
template <bool hasBarrier> __global__ void mirror(float *output) {
  SEGC_SHARED_MEMORY(shared);
  float *const numbers = reinterpret_cast<float *>(shared);
  const unsigned thread = threadIdx.x;
  numbers[thread] = static_cast<float>(thread);
  if (hasBarrier)
    __syncthreads();
  output[thread] = numbers[blockDim.x - 1 - thread];
}

TEST(Fibers, ThreadsSeeEachOtherBehindABarrier) {
  for (int seed = 0; seed < 5; ++seed) {
    const Seed order(seed);
    const std::vector<float> found = resultOf(&mirror<true>, kThreads, kThreads * 4);
    for (int i = 0; i < kThreads; ++i)
      ASSERT_EQ(found[i], static_cast<float>(kThreads - 1 - i)) << "seed " << seed;
  }
}

TEST(Fibers, AMissingBarrierIsSeen) {
  for (int seed = 0; seed < 5; ++seed) {
    const Seed order(seed);
    const std::vector<float> found = resultOf(&mirror<false>, kThreads, kThreads * 4);
    // A warp runs to its end before the next begins: of the first and the last one reads nothing.
    EXPECT_EQ(std::isnan(found.front()) + std::isnan(found.back()), 1) << "seed " << seed;
  }
}

/// Sums up a row over many barriers; the last thread has the sum of all.
__global__ void runningSum(float *output) {
  SEGC_SHARED_MEMORY(shared);
  float *const numbers = reinterpret_cast<float *>(shared);
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  numbers[thread] = 1;
  __syncthreads();
  for (int distance = 1; distance < threads; distance *= 2) {
    const float other = thread >= distance ? numbers[thread - distance] : 0;
    __syncthreads();
    numbers[thread] += other;
    __syncthreads();
  }
  output[blockIdx.x * blockDim.x + threadIdx.x] = numbers[thread];
}

TEST(Fibers, BlocksFollowEachOther) {
  // Of different sizes, so that fibers are used again, and more are made.
  for (const int threads : {1, 31, 32, 100, 1024, 64}) {
    const Seed order(threads);
    constexpr int blocks = 3;
    const std::vector<float> found =
        resultOf(&runningSum, static_cast<size_t>(blocks * threads), threads * 4, threads, blocks);
    for (int i = 0; i < blocks * threads; ++i)
      ASSERT_EQ(found[i], static_cast<float>(i % threads + 1)) << threads << " threads";
  }
}

__global__ void someLeaveEarly(float *) {
  if (threadIdx.x < 32)
    return;
  __syncthreads();
}
__global__ void halfAWarpMeets(float *) {
  if (threadIdx.x % 32 < 16)
    __syncwarp();
}
__global__ void twoBarriersAtOnce(float *) {
  if (threadIdx.x < 32)
    __syncthreads();
  else
    __syncthreads();
}

TEST(FibersDeathTest, ABarrierThatNotAllReachEndsTheProgram) {
  EXPECT_DEATH(resultOf(&someLeaveEarly, 1, 0), "a barrier in code that not all");
  EXPECT_DEATH(resultOf(&halfAWarpMeets, 1, 0), "a barrier in code that not all");
  EXPECT_DEATH(resultOf(&twoBarriersAtOnce, 1, 0), "a barrier in code that not all");
}

//===----------------------------------------------------------------------===//
// Warps
//===----------------------------------------------------------------------===//

__global__ void shuffle(float *output) {
  const int thread = static_cast<int>(threadIdx.x);
  const float value = static_cast<float>(thread);
  output[thread] = __shfl_sync(~0u, value, 5);
  output[thread + kThreads] = __shfl_sync(~0u, value, thread + 1);
  output[thread + 2 * kThreads] = __shfl_xor_sync(~0u, value, 3);
}

TEST(Fibers, LanesSeeThoseOfTheirWarp) {
  const std::vector<float> found = resultOf(&shuffle, size_t{3} * kThreads, 0);
  for (int i = 0; i < kThreads; ++i) {
    const int warp = i / 32 * 32;
    ASSERT_EQ(found[i], static_cast<float>(warp + 5));
    ASSERT_EQ(found[i + kThreads], static_cast<float>(warp + (i + 1) % 32));
    ASSERT_EQ(found[i + 2 * kThreads], static_cast<float>(i ^ 3));
  }
}

__global__ void sumOfWarp(double *output) {
  double sum = threadIdx.x;
  for (int lanes = 16; lanes; lanes /= 2)
    sum += __shfl_xor_sync(~0u, sum, lanes);
  output[threadIdx.x] = sum;
}

TEST(Fibers, WarpsAddUp) {
  const std::vector<double> found = resultOf(&sumOfWarp, kThreads, 0);
  for (int i = 0; i < kThreads; ++i)
    ASSERT_EQ(found[i], i / 32 * 32 * 32 + 31 * 16);
}

/// Each lane reads what its warp's next one has written, and what the one before it has.
template <bool hasBarrier> __global__ void readNeighbours(float *output) {
  SEGC_SHARED_MEMORY(shared);
  float *const numbers = reinterpret_cast<float *>(shared);
  const unsigned thread = threadIdx.x, warp = thread / 32 * 32;
  numbers[thread] = static_cast<float>(thread);
  if (hasBarrier)
    __syncwarp();
  output[thread] = numbers[warp + (thread + 1) % 32];
  output[thread + kThreads] = numbers[warp + (thread + 31) % 32];
}

TEST(Fibers, AMissingBarrierOfAWarpIsSeen) {
  bool isNextSeen = false, isOneBeforeSeen = false;
  for (int seed = 0; seed < 5; ++seed) {
    const Seed order(seed);
    const std::vector<float> found =
        resultOf(&readNeighbours<true>, size_t{2} * kThreads, kThreads * 4);
    for (int i = 0; i < kThreads; ++i) {
      const int warp = i / 32 * 32;
      ASSERT_EQ(found[i], static_cast<float>(warp + (i + 1) % 32)) << "seed " << seed;
      ASSERT_EQ(found[i + kThreads], static_cast<float>(warp + (i + 31) % 32)) << "seed " << seed;
    }
    // In the middle of a warp: lanes in one order or the other.
    const std::vector<float> early =
        resultOf(&readNeighbours<false>, size_t{2} * kThreads, kThreads * 4);
    isNextSeen |= std::isnan(early[50]);
    isOneBeforeSeen |= std::isnan(early[50 + kThreads]);
  }
  EXPECT_TRUE(isNextSeen);
  EXPECT_TRUE(isOneBeforeSeen);
}

TEST(FibersDeathTest, ALaneThatIsMissingEndsTheProgram) {
  EXPECT_DEATH(resultOf(&sumOfWarp, 40, 0, 40), "a lane that its warp does not have");
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

/// Reads its memory, and then leaves numbers in it for a block that reads too early.
__global__ void readThenWrite(float *output) {
  SEGC_SHARED_MEMORY(shared);
  float *const numbers = reinterpret_cast<float *>(shared);
  output[blockIdx.x * blockDim.x + threadIdx.x] = numbers[threadIdx.x];
  numbers[threadIdx.x] = 1;
}

TEST(Fibers, SharedMemoryIsNaNWhenABlockBegins) {
  EXPECT_TRUE(areNaN(resultOf(&readThenWrite, size_t{4} * kThreads, kThreads * 4, kThreads, 4)));
}

__global__ void touchOneBehind(float *output) {
  SEGC_SHARED_MEMORY(shared);
  output[0] = static_cast<float>(shared[static_cast<int>(output[0]) + 1]);
}

/// The last byte may be read, and none behind it.
void touch(int sharedBytes, int place) {
  const DeviceArray<float> output({static_cast<float>(place - 1)});
  EXPECT_EQ(launchTogether(&touchOneBehind, {1}, 1, sharedBytes, nullptr, output.data()), SEGC_OK);
  EXPECT_EQ(output.contents()[0], 255);
}

TEST(Fibers, SharedMemoryEndsWhereItSays) {
  for (const int bytes : {16, 4096, 1040, 227 << 10})
    touch(bytes, bytes - 1);
}

TEST(FibersDeathTest, SharedMemoryEndsWhereItSays) {
  for (const int bytes : {16, 4096, 1040, 227 << 10})
    EXPECT_DEATH(touch(bytes, bytes), "") << bytes;
}

TEST(Fibers, LaunchesHaveLimits) {
  const DeviceArray<float> output(std::vector<float>(1024));
  const auto launched = [&](segc::Grid grid, int threads, int bytes) {
    return launchTogether(&readThenWrite, grid, threads, bytes, nullptr, output.data());
  };
  EXPECT_EQ(launched({1}, 1024, 4096), SEGC_OK);
  EXPECT_EQ(launched({1}, 1025, 8192), SEGC_ERROR_CUDA);
  EXPECT_EQ(launched({1}, 0, 4096), SEGC_ERROR_CUDA);
  EXPECT_EQ(launched({1}, 32, (227 << 10) + 1), SEGC_ERROR_CUDA);
  EXPECT_EQ(launched({1, 65536}, 32, 4096), SEGC_ERROR_CUDA);
  // Nothing to do is no mistake.
  EXPECT_EQ(launched({0}, 32, 4096), SEGC_OK);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Two groups of copies, of which `awaited` are waited for; one thread.
template <int awaited> __global__ void copyTwo(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  segc::copyChunk(shared, numbers, 16);
  segc::endCopies();
  segc::copyWord(shared + 16, numbers + 4, true);
  segc::copyWord(shared + 20, numbers + 5, false);
  segc::copyChunk(shared + 32, numbers, 8);
  segc::endCopies();
  if (awaited)
    segc::awaitCopies<2 - awaited>();
  for (int i = 0; i < 12; ++i)
    numbers[i] = reinterpret_cast<const float *>(shared)[i];
}

std::vector<float> copied(void (*kernel)(float *)) {
  std::vector<float> numbers(12);
  std::iota(numbers.begin(), numbers.end(), 1.0f);
  const DeviceArray<float> memory(numbers);
  EXPECT_EQ(launchTogether(kernel, {1}, 1, 48, nullptr, memory.data()), SEGC_OK);
  return memory.contents();
}

TEST(Fibers, CopiesArriveWhenTheyAreAwaited) {
  const std::vector<float> all = copied(&copyTwo<2>);
  EXPECT_EQ(std::vector<float>(all.begin(), all.begin() + 6),
            (std::vector<float>{1, 2, 3, 4, 5, 0}));
  // Between the copies nothing was written.
  EXPECT_TRUE(areNaN({all[6], all[7]}));
  EXPECT_EQ(std::vector<float>(all.begin() + 8, all.end()), (std::vector<float>{1, 2, 0, 0}));

  const std::vector<float> first = copied(&copyTwo<1>);
  EXPECT_EQ(std::vector<float>(first.begin(), first.begin() + 4), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_TRUE(areNaN({first.begin() + 4, first.end()}));

  EXPECT_TRUE(areNaN(copied(&copyTwo<0>)));
}

/// Copies over numbers that were there: they are gone from where the copy begins.
__global__ void copyOver(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  float *const place = reinterpret_cast<float *>(shared);
  for (int i = 0; i < 8; ++i)
    place[i] = 7;
  segc::copyChunk(place, numbers, 16);
  segc::copyWord(place + 4, numbers, true);
  for (int i = 0; i < 8; ++i)
    numbers[i] = place[i];
  segc::endCopies();
  segc::awaitCopies<0>();
}

TEST(Fibers, WhatACopyOverwritesIsGone) {
  const std::vector<float> found = copied(&copyOver);
  EXPECT_TRUE(areNaN({found.begin(), found.begin() + 5}));
  EXPECT_EQ(std::vector<float>(found.begin() + 5, found.begin() + 8), std::vector<float>(3, 7.0f));
}

/// Copies of the first block that nobody waits for: the second waits for its own.
__global__ void leaveCopies(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  if (blockIdx.x == 0) {
    segc::copyWord(shared, numbers, true);
    segc::endCopies();
    segc::copyWord(shared + 4, numbers, true);
  } else {
    segc::endCopies();
    segc::awaitCopies<0>();
    numbers[0] = reinterpret_cast<const float *>(shared)[0];
    numbers[1] = reinterpret_cast<const float *>(shared)[1];
  }
}

TEST(Fibers, CopiesEndWithTheirBlock) {
  const Seed order(0);
  const DeviceArray<float> memory({1, 2});
  ASSERT_EQ(launchTogether(&leaveCopies, {2}, 1, 16, nullptr, memory.data()), SEGC_OK);
  EXPECT_TRUE(areNaN(memory.contents()));
}

/// A thread copies what another reads.
template <bool hasBarrier> __global__ void copyForAnother(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  const unsigned thread = threadIdx.x;
  segc::copyWord(shared + 4 * thread, numbers + thread, true);
  segc::endCopies();
  segc::awaitCopies<0>();
  if (hasBarrier)
    __syncthreads();
  numbers[kThreads + thread] = reinterpret_cast<const float *>(shared)[kThreads - 1 - thread];
}

template <bool hasBarrier> std::vector<float> copiedForAnother() {
  std::vector<float> numbers(size_t{2} * kThreads);
  std::iota(numbers.begin(), numbers.end(), 1.0f);
  const DeviceArray<float> memory(numbers);
  EXPECT_EQ(launchTogether(&copyForAnother<hasBarrier>, {1}, kThreads, kThreads * 4, nullptr,
                           memory.data()),
            SEGC_OK);
  numbers = memory.contents();
  return {numbers.begin() + kThreads, numbers.end()};
}

TEST(Fibers, OthersSeeACopyBehindABarrier) {
  for (int seed = 0; seed < 5; ++seed) {
    const Seed order(seed);
    const std::vector<float> found = copiedForAnother<true>();
    for (int i = 0; i < kThreads; ++i)
      ASSERT_EQ(found[i], static_cast<float>(kThreads - i)) << "seed " << seed;
    const std::vector<float> early = copiedForAnother<false>();
    EXPECT_EQ(std::isnan(early.front()) + std::isnan(early.back()), 1) << "seed " << seed;
  }
}

__global__ void copyFromOdd(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  segc::copyChunk(shared, numbers + 1, 16);
}
__global__ void copyToOdd(float *numbers) {
  SEGC_SHARED_MEMORY(shared);
  segc::copyChunk(shared + 8, numbers, 16);
}

TEST(FibersDeathTest, ChunksAreAligned) {
  EXPECT_DEATH(copied(&copyFromOdd), "not aligned");
  EXPECT_DEATH(copied(&copyToOdd), "not aligned");
}

/// The same chunk of eight rows in sequence lies in all banks, and no two chunks in one place.
template <int chunks> void checkPlaces() {
  constexpr int rows = 32, bytesOfBanks = 128;
  std::vector<bool> isTaken(rows * chunks);
  for (int chunk = 0; chunk < chunks; ++chunk)
    for (int first = 0; first < rows; first += 8) {
      std::vector<int> banks;
      for (int row = first; row < first + 8; ++row) {
        const int place = segc::chunkPlace<chunks>(row, chunk);
        ASSERT_EQ(place % segc::kChunkBytes, 0);
        ASSERT_EQ(place / (chunks * segc::kChunkBytes), row);
        ASSERT_FALSE(isTaken[place / segc::kChunkBytes]);
        isTaken[place / segc::kChunkBytes] = true;
        banks.push_back(place % bytesOfBanks);
      }
      std::sort(banks.begin(), banks.end());
      ASSERT_EQ(banks, (std::vector<int>{0, 16, 32, 48, 64, 80, 96, 112}));
    }
}

TEST(Fibers, ChunksOfEightRowsLieInAllBanks) {
  checkPlaces<4>();
  checkPlaces<8>();
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// Each thread takes a number; memory[0] is the next one.
__global__ void takeNumbers(int *memory) {
  memory[1 + blockIdx.x * blockDim.x + threadIdx.x] = memory[0]++;
}

std::vector<int> numbersTaken(int seed) {
  constexpr int blocks = 8;
  const Seed order(seed);
  const DeviceArray<int> memory(std::vector<int>(1 + blocks * kThreads, 0));
  EXPECT_EQ(launchTogether(&takeNumbers, {blocks}, kThreads, 0, nullptr, memory.data()), SEGC_OK);
  const std::vector<int> numbers = memory.contents();
  return {numbers.begin() + 1, numbers.end()};
}

TEST(Fibers, TheSeedShufflesBlocksWarpsAndLanes) {
  const std::vector<int> ascending = numbersTaken(0);
  EXPECT_TRUE(std::is_sorted(ascending.begin(), ascending.end()));
  bool areWarpsShuffled = false, areBlocksShuffled = false, areLanesShuffled = false;
  for (int seed = 1; seed < 5; ++seed) {
    const std::vector<int> numbers = numbersTaken(seed);
    EXPECT_EQ(numbersTaken(seed), numbers) << "the same seed, another order";
    std::vector<int> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, ascending) << "some thread did not run, or not once";
    areWarpsShuffled |= numbers[0] > numbers[32] || numbers[32] > numbers[64];
    areBlocksShuffled |= numbers[0] > numbers[kThreads];
    areLanesShuffled |= !std::is_sorted(numbers.begin(), numbers.begin() + 32);
  }
  EXPECT_TRUE(areWarpsShuffled);
  EXPECT_TRUE(areBlocksShuffled);
  EXPECT_TRUE(areLanesShuffled);
}

} // namespace
