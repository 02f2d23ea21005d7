// The memory plan never lets two live buffers overlap, and is not wasteful.

#include "segc_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <vector>

namespace {

using segc::alignedSize;
using segc::BufferLife;
using segc::livesOverlap;
using segc::planMemory;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

struct Plan {
  bool good = false;
  int64_t total = 0;
  std::vector<int64_t> offsets;
};

Plan plan(const std::vector<BufferLife> &lives, const std::vector<int64_t> &sizes) {
  Plan result;
  result.offsets.resize(sizes.size());
  std::vector<int32_t> order(sizes.size());
  result.good = planMemory(lives.data(), sizes.data(), static_cast<int>(sizes.size()),
                           result.offsets.data(), order.data(), &result.total);
  return result;
}

/// The most bytes alive in one step: no plan can do with less.
int64_t mostAlive(const std::vector<BufferLife> &lives, const std::vector<int64_t> &sizes) {
  int64_t most = 0;
  for (const BufferLife &life : lives) {
    int64_t alive = 0;
    for (size_t i = 0; i < lives.size(); ++i)
      if (lives[i].first <= life.first && life.first <= lives[i].last)
        alive += alignedSize(sizes[i]);
    most = std::max(most, alive);
  }
  return most;
}

RC_GTEST_PROP(MemoryPlan, LiveBuffersNeverOverlap, ()) {
  const int count = *rc::gen::inRange(0, 120);
  std::vector<BufferLife> lives;
  std::vector<int64_t> sizes;
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    const int first = *rc::gen::inRange(0, 60);
    lives.push_back({first, first + *rc::gen::inRange(0, 20)});
    sizes.push_back(
        *rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 200), rc::gen::inRange<int64_t>(0, 1 << 20)));
    sum += alignedSize(sizes.back());
  }
  const Plan result = plan(lives, sizes);
  RC_ASSERT(result.good);
  for (size_t i = 0; i < sizes.size(); ++i) {
    RC_ASSERT(result.offsets[i] >= 0);
    RC_ASSERT(result.offsets[i] % segc::kPlanAlignment == 0);
    RC_ASSERT(result.offsets[i] + sizes[i] <= result.total);
    for (size_t j = 0; j < i; ++j)
      if (livesOverlap(lives[i], lives[j]) && sizes[i] > 0 && sizes[j] > 0)
        RC_ASSERT(result.offsets[i] + sizes[i] <= result.offsets[j] ||
                  result.offsets[j] + sizes[j] <= result.offsets[i]);
  }
  RC_ASSERT(result.total % segc::kPlanAlignment == 0);
  RC_ASSERT(result.total >= mostAlive(lives, sizes));
  RC_ASSERT(result.total <= sum);
  // Deterministic.
  const Plan again = plan(lives, sizes);
  RC_ASSERT(again.offsets == result.offsets);
  RC_ASSERT(again.total == result.total);
}

TEST(MemoryPlan, AChainNeedsTwoBuffers) {
  // Every layer reads the one before: two live at a time.
  std::vector<BufferLife> lives;
  std::vector<int64_t> sizes(50, 6400);
  for (int i = 0; i < 50; ++i)
    lives.push_back({i, i + 1});
  EXPECT_EQ(plan(lives, sizes).total, 2 * 6400);
}

TEST(MemoryPlan, TakesTheSmallestGapThatFits) {
  // Buffers 0 and 2 end before 5 begins and leave gaps of 512 and 256 bytes
  // between those that stay; 256 bytes belong into the second.
  const std::vector<BufferLife> lives = {{0, 1}, {0, 9}, {0, 1}, {0, 9}, {5, 9}};
  const std::vector<int64_t> sizes = {512, 448, 320, 300, 256};
  const Plan result = plan(lives, sizes);
  ASSERT_TRUE(result.good);
  EXPECT_EQ(result.offsets, (std::vector<int64_t>{0, 512, 960, 1280, 960}));
  EXPECT_EQ(result.total, 1280 + 320);
}

TEST(MemoryPlan, NothingAndEmptyBuffers) {
  EXPECT_EQ(plan({}, {}).total, 0);
  const Plan result = plan({{0, 3}, {1, 2}}, {0, 0});
  EXPECT_TRUE(result.good);
  EXPECT_EQ(result.total, 0);
}

TEST(MemoryPlan, RefusesOverflow) {
  EXPECT_FALSE(plan({{0, 1}}, {-1}).good);
  EXPECT_FALSE(plan({{0, 1}}, {kMax}).good);
  EXPECT_FALSE(plan({{0, 1}, {0, 1}}, {kMax - 200, 1000}).good);
  // The same sizes one after the other do fit.
  EXPECT_TRUE(plan({{0, 1}, {2, 3}}, {kMax - 200, 1000}).good);
}

TEST(MemoryPlan, ArraysOnTheStack) {
  constexpr std::array<BufferLife, 3> lives = {{{0, 1}, {1, 2}, {2, 3}}};
  segc::MemoryPlan<3> memory;
  ASSERT_TRUE(memory.compute(lives, {100, 50, 100}));
  EXPECT_EQ(memory.total, 128 + 64);
  EXPECT_EQ(memory.offsets[0], memory.offsets[2]);
}

TEST(CheckedArithmetic, SaysMinusOne) {
  EXPECT_EQ(segc::checkedProduct(3, 4), 12);
  EXPECT_EQ(segc::checkedProduct(0, kMax), 0);
  EXPECT_EQ(segc::checkedProduct(kMax, 1), kMax);
  EXPECT_EQ(segc::checkedProduct(int64_t{1} << 32, int64_t{1} << 31), -1);
  EXPECT_EQ(segc::checkedProduct(-1, 0), -1);
  EXPECT_EQ(segc::checkedSum(kMax, 1), -1);
  EXPECT_EQ(segc::checkedSum(kMax - 1, 1), kMax);
  EXPECT_EQ(segc::checkedSum(-1, 5), -1);
  EXPECT_EQ(alignedSize(0), 0);
  EXPECT_EQ(alignedSize(1), 64);
  EXPECT_EQ(alignedSize(64), 64);
  EXPECT_EQ(alignedSize(kMax - 62), -1);
}

} // namespace
