// Prefix sums and the stable sort on a GPU, against the standard library's.

#include "DeviceArray.h"
#include "Seed.h"
#include "segc_cuda_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace {

using segc::cuda::Keyed;

TEST(Order, SumsBefore) {
  std::mt19937 random(1);
  // A chunk and less, two, and as many as make sums of sums of sums.
  for (const int64_t count : {1, 2, 63, 64, 65, 1000, 64 * 64, 64 * 64 + 1, 10000})
    for (int seed = 0; seed < 3; ++seed) {
      const Seed order(seed);
      std::vector<int32_t> values(static_cast<size_t>(count));
      for (int32_t &value : values)
        value = static_cast<int32_t>(random() % 2001) - 1000;
      std::vector<int32_t> expected(values.size());
      std::exclusive_scan(values.begin(), values.end(), expected.begin(), 0);
      const DeviceArray<int32_t> memory(values);
      const DeviceArray<int32_t> scratch(
          std::vector<int32_t>(static_cast<size_t>(segc::cuda::sumScratch(count)), -1));
      ASSERT_EQ(segc::cuda::sumsBefore(nullptr, memory.data(), count, scratch.data()), SEGC_OK);
      ASSERT_EQ(memory.contents(), expected) << count << " values, seed " << seed;
    }
}

/// Sorts random elements with keys from 0 to `largest`.
void expectSorted(int64_t count, int32_t largest, int seed) {
  const Seed order(seed);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_int_distribution<int32_t> anyKey(0, largest);
  std::vector<Keyed> elements(static_cast<size_t>(count));
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = {anyKey(random), static_cast<int32_t>(i)};
  elements.front().key = largest;
  const DeviceArray<Keyed> first(elements), second(std::vector<Keyed>(elements.size(), {-1, -1}));
  const DeviceArray<int32_t> scratch(
      std::vector<int32_t>(static_cast<size_t>(segc::cuda::orderScratch(count)), -1));
  Keyed *sorted = first.data(), *other = second.data();
  ASSERT_EQ(segc::cuda::orderByKey(nullptr, sorted, other, count, largest, scratch.data()),
            SEGC_OK);
  const std::vector<Keyed> found = sorted == first.data() ? first.contents() : second.contents();
  // Values are the places that the elements had.
  std::sort(elements.begin(), elements.end(), [](const Keyed &a, const Keyed &b) {
    return a.key < b.key || (a.key == b.key && a.value < b.value);
  });
  for (size_t i = 0; i < elements.size(); ++i) {
    ASSERT_EQ(found[i].key, elements[i].key) << "element " << i;
    ASSERT_EQ(found[i].value, elements[i].value) << "element " << i;
  }
}

TEST(Order, KeysAreSortedAndEqualOnesKeepTheirOrder) {
  for (const int64_t count : {1, 2, 255, 256, 257, 1500})
    for (const int32_t largest : {0, 3, 255, 256, 70000, INT32_MAX})
      for (int seed = 0; seed < 3; ++seed) {
        SCOPED_TRACE(testing::Message() << count << " keys up to " << largest << ", seed " << seed);
        expectSorted(count, largest, seed);
        if (HasFatalFailure())
          return;
      }
}

} // namespace
