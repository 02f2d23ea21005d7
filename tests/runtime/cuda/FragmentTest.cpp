// Fragments lie in the registers of a warp as PTX has them (PTX ISA, "Matrix Fragments for
// mma.m16n8k8" and "mma.m16n8k16", "ldmatrix"), and their products are those of matrices.

#include "DeviceArray.h"
#include "Seed.h"
#include "segc_cuda_mma.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace {

constexpr int kLanes = 32;

//===----------------------------------------------------------------------===//
// ldmatrix
//===----------------------------------------------------------------------===//

/// Four matrices of 8 rows of 4 words, all of which are different numbers, the rows in reverse.
__global__ void loadMatrices(uint32_t *output) {
  SEGC_SHARED_MEMORY(shared);
  const int lane = static_cast<int>(threadIdx.x);
  unsigned char *const row = shared + (kLanes - 1 - lane) * segc::kChunkBytes;
  for (uint32_t word = 0; word < 4; ++word) {
    const uint32_t number = static_cast<uint32_t>(lane) * 4 + word;
    std::memcpy(row + 4 * word, &number, sizeof number);
  }
  __syncwarp();
  uint32_t words[4];
  segc::loadFragment(words, row);
  for (int i = 0; i < 4; ++i)
    output[lane * 4 + i] = words[i];
}

TEST(Fragment, RowsAreDistributed) {
  for (int seed = 0; seed < 4; ++seed) {
    const Seed order(seed);
    const DeviceArray<uint32_t> output(std::vector<uint32_t>(kLanes * 4));
    ASSERT_EQ(segc::launchTogether(&loadMatrices, {1}, kLanes, kLanes * segc::kChunkBytes, nullptr,
                                   output.data()),
              SEGC_OK);
    const std::vector<uint32_t> found = output.contents();
    for (int lane = 0; lane < kLanes; ++lane)
      for (int i = 0; i < 4; ++i)
        ASSERT_EQ(found[lane * 4 + i], (i * 8 + lane / 4) * 4 + lane % 4)
            << "register " << i << " of lane " << lane << ", seed " << seed;
  }
}

__global__ void loadOddRows(uint32_t *output) {
  SEGC_SHARED_MEMORY(shared);
  uint32_t words[4];
  segc::loadFragment(words, shared + 8);
  output[0] = words[0];
}

TEST(FragmentDeathTest, RowsAreAligned) {
  const DeviceArray<uint32_t> output(std::vector<uint32_t>(1));
  EXPECT_DEATH(segc::launchTogether(&loadOddRows, {1}, kLanes, 1024, nullptr, output.data()),
               "a row of a matrix that is not aligned");
}

//===----------------------------------------------------------------------===//
// mma.sync
//===----------------------------------------------------------------------===//

/// Multiplies twice, so that a register that is read too late is seen.
template <typename Numbers>
__global__ void multiplyFragments(const uint32_t *left, const uint32_t *right, float *sums) {
  const int lane = static_cast<int>(threadIdx.x);
  uint32_t ofRows[4];
  for (int i = 0; i < 4; ++i)
    ofRows[i] = left[lane * 4 + i];
  float ofLane[4] = {1, 2, 3, 4};
  Numbers::multiplyAdd(ofLane, ofRows, right[lane * 2], right[lane * 2 + 1]);
  const uint32_t zeros[4] = {};
  Numbers::multiplyAdd(ofLane, zeros, right[lane * 2], right[lane * 2 + 1]);
  for (int i = 0; i < 4; ++i)
    sums[lane * 4 + i] = ofLane[i];
}

/// The words of numbers that lie side by side.
template <typename Element> uint32_t wordOf(const double *numbers) {
  constexpr int ofWord = 4 / sizeof(Element);
  Element elements[ofWord];
  for (int i = 0; i < ofWord; ++i)
    elements[i] = static_cast<Element>(static_cast<float>(numbers[i]));
  uint32_t word;
  std::memcpy(&word, elements, sizeof word);
  return word;
}

template <typename Numbers> void checkProducts() {
  using Element = typename Numbers::Element;
  constexpr int rows = 16, columns = 8, ofWord = 4 / sizeof(Element), summed = 8 * ofWord;
  std::mt19937 random(1);
  // Left by rows, right by columns: k runs innermost.
  std::vector<double> left(rows * summed), right(columns * summed);
  for (std::vector<double> *matrix : {&left, &right})
    for (double &number : *matrix)
      number = static_cast<int>(random() % 31) - 15;
  std::vector<uint32_t> leftWords, rightWords;
  for (int lane = 0; lane < kLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (const int k : {t, t + 4})
      for (const int row : {g, g + 8})
        leftWords.push_back(wordOf<Element>(&left[row * summed + k * ofWord]));
    for (const int k : {t, t + 4})
      rightWords.push_back(wordOf<Element>(&right[g * summed + k * ofWord]));
  }
  for (int seed = 0; seed < 4; ++seed) {
    const Seed order(seed);
    const DeviceArray<uint32_t> lefts(leftWords), rights(rightWords);
    const DeviceArray<float> sums(std::vector<float>(kLanes * 4));
    ASSERT_EQ(segc::launchTogether(&multiplyFragments<Numbers>, {1}, kLanes, 0, nullptr,
                                   lefts.data(), rights.data(), sums.data()),
              SEGC_OK);
    const std::vector<float> found = sums.contents();
    for (int lane = 0; lane < kLanes; ++lane)
      for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
        double expected = i + 1;
        for (int k = 0; k < summed; ++k)
          expected += left[row * summed + k] * right[column * summed + k];
        ASSERT_EQ(static_cast<double>(found[lane * 4 + i]), expected)
            << "sum " << i << " of lane " << lane << ", seed " << seed;
      }
  }
}

TEST(Fragment, ProductsOfTf32) { checkProducts<segc::Tf32Numbers>(); }
TEST(Fragment, ProductsOfHalves) { checkProducts<segc::HalfNumbers>(); }
TEST(Fragment, ProductsOfBFloat16) { checkProducts<segc::BFloat16Numbers>(); }

} // namespace
