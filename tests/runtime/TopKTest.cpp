// The k largest and smallest values, against sorting, with equal values, NaN and infinities.

#include "segc_topk.h"
#include "segc_workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace {

template <typename T> bool precedes(T a, T b, bool largest) {
  const bool aIsNaN = a != a, bIsNaN = b != b;
  if (aIsNaN || bIsNaN)
    return largest ? aIsNaN && !bIsNaN : bIsNaN && !aIsNaN;
  return largest ? b < a : a < b;
}

template <typename T>
void check(int outer, int extent, int inner, int k, T (*next)(std::mt19937 &)) {
  std::mt19937 generator(5);
  std::vector<T> input(static_cast<size_t>(outer * extent * inner));
  for (T &value : input)
    value = next(generator);
  for (bool largest : {true, false}) {
    const size_t count = static_cast<size_t>(outer * k * inner);
    std::vector<T> values(count + 1, T(77));
    std::vector<int64_t> indices(count + 1, 77);
    ASSERT_EQ(segc::topK<T>(nullptr, segc::dense(input.data(), {outer, extent, inner}),
                            segc::dense(values.data(), {outer, k, inner}),
                            segc::dense(indices.data(), {outer, k, inner}), largest),
              SEGC_OK);
    EXPECT_EQ(indices.back(), 77);
    EXPECT_EQ(values.back(), T(77));
    for (int o = 0; o < outer; ++o)
      for (int i = 0; i < inner; ++i) {
        const auto at = [&](int64_t a) { return input[(o * extent + a) * inner + i]; };
        std::vector<int64_t> order(static_cast<size_t>(extent));
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
          const bool isTie = !precedes(at(a), at(b), largest) && !precedes(at(b), at(a), largest);
          return isTie ? a < b : precedes(at(a), at(b), largest);
        });
        for (int j = 0; j < k; ++j) {
          const size_t place = static_cast<size_t>((o * k + j) * inner + i);
          ASSERT_EQ(indices[place], order[j]) << o << " " << j << " " << i << " " << largest;
          const T expected = at(order[j]);
          ASSERT_TRUE(values[place] == expected || expected != expected);
        }
      }
  }
}

float withExtremes(std::mt19937 &generator) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {std::nanf(""), infinity, -infinity, 0.0f, -0.0f, 1.0f, 2.0f, -3.5f};
  return values[generator() % 8];
}
float any(std::mt19937 &generator) { return static_cast<float>(generator()); }
uint64_t large(std::mt19937 &generator) { return (uint64_t{generator() % 7} << 61) + 1; }
int8_t small(std::mt19937 &generator) { return static_cast<int8_t>(generator() % 5 - 2); }

TEST(TopK, AgreesWithSorting) {
  for (int k : {1, 2, 7, 30, 31}) {
    check<float>(2, 31, 3, k, any);
    check<float>(3, 31, 1, k, withExtremes);
    check<uint64_t>(1, 31, 2, k, large);
    check<int8_t>(2, 31, 2, k, small);
  }
  check<float>(1, 1, 1, 1, any);
  check<float>(1, 5000, 1, 100, any);
}

} // namespace
