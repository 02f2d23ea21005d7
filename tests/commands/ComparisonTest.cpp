// The tolerances of `segc check`, each just met and just missed.

#include "compiler/commands/Comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace segc;
using testing::HasSubstr;

HostTensor floats(std::vector<float> values) {
  return HostTensor::of<float>({static_cast<int64_t>(values.size())}, values);
}

TEST(Comparison, AbsoluteAndRelative) {
  const Tolerance tolerance; // 1e-3 + 1e-3 |b|
  EXPECT_TRUE(compare(floats({100.1f}), floats({100}), tolerance).ok);
  EXPECT_FALSE(compare(floats({100.102f}), floats({100}), tolerance).ok);
  EXPECT_TRUE(compare(floats({0.0009f}), floats({0}), tolerance).ok);
  EXPECT_FALSE(compare(floats({0.0011f}), floats({0}), tolerance).ok);
}

TEST(Comparison, SaysWhere) {
  const HostTensor expected = HostTensor::of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const HostTensor actual = HostTensor::of<float>({2, 3}, {1, 2, 3, 4, 5.5f, 6});
  const Comparison comparison = compare(actual, expected, Tolerance());
  EXPECT_FALSE(comparison.ok);
  EXPECT_THAT(comparison.text,
              HasSubstr("max error 0.5 (0.0833 of the peak 6) at [1, 1]: 5.5 instead"));
  EXPECT_THAT(comparison.text, HasSubstr("1 of 6 values"));
}

/// Errors are judged by the largest value, not by the one beside them.
TEST(Comparison, ErrorNextToAZeroIsNotInfinite) {
  Tolerance tolerance;
  tolerance.maxRelative = 1e-2;
  EXPECT_THAT(compare(floats({1e-5f, 8}), floats({0, 8}), tolerance).text,
              HasSubstr("max error 1e-05 (1.25e-06 of the peak 8) at [0]"));
  EXPECT_THAT(compare(floats({0.5f, 0}), floats({0, 0}), Tolerance()).text,
              HasSubstr("max error 0.5 (all are 0) at [0]"));
}

TEST(Comparison, ShapesAndKinds) {
  const HostTensor row = HostTensor::of<float>({1, 2}, {1, 2});
  EXPECT_THAT(compare(row, floats({1, 2}), Tolerance()).text, HasSubstr("1x2 instead of"));
  EXPECT_FALSE(compare(row, HostTensor::of<int64_t>({1, 2}, {1, 2}), Tolerance()).ok);
}

TEST(Comparison, IntegersMustBeEqual) {
  const HostTensor large = HostTensor::of<int64_t>({1}, {1000000});
  EXPECT_TRUE(compare(large, large, Tolerance()).ok);
  EXPECT_FALSE(compare(HostTensor::of<int64_t>({1}, {1000001}), large, Tolerance()).ok);
}

TEST(Comparison, NotNumbers) {
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(compare(floats({nan, infinity}), floats({nan, infinity}), Tolerance()).ok);
  EXPECT_FALSE(compare(floats({nan}), floats({1}), Tolerance()).ok);
  EXPECT_FALSE(compare(floats({1}), floats({nan}), Tolerance()).ok);
  EXPECT_FALSE(compare(floats({-infinity}), floats({infinity}), Tolerance()).ok);
  EXPECT_FALSE(compare(floats({nan, 5}), floats({1, 5}), wholeNetworkTolerance(1e-3, 1e-3)).ok);
}

TEST(Comparison, WholeNetworksMayHaveFewOutliers) {
  std::vector<float> expected(20000, 0), actual(20000, 0);
  expected[0] = 1; // the range is 1
  actual[0] = 1;
  actual[7] = 0.009f;
  actual[8] = -0.009f;
  const Tolerance tolerance = wholeNetworkTolerance(1e-3, 1e-3);
  EXPECT_TRUE(compare(floats(actual), floats(expected), tolerance).ok);
  actual[9] = 0.009f; // three of 20000 are more than 0.01 %
  EXPECT_FALSE(compare(floats(actual), floats(expected), tolerance).ok);
  actual[9] = 0;
  actual[8] = 0.011f; // more than a hundredth of the range
  EXPECT_FALSE(compare(floats(actual), floats(expected), tolerance).ok);
}

TEST(Comparison, ManifestLimits) {
  Tolerance tolerance;
  tolerance.maxRelative = 1e-2; // of the largest, 10
  EXPECT_TRUE(compare(floats({0.09f, 10}), floats({0, 10}), tolerance).ok);
  EXPECT_FALSE(compare(floats({0.11f, 10}), floats({0, 10}), tolerance).ok);

  tolerance = Tolerance();
  tolerance.rmsRelative = 0.1; // sqrt(1 / 101)
  EXPECT_TRUE(compare(floats({10, 0}), floats({10, 1}), tolerance).ok);
  tolerance.rmsRelative = 0.09;
  EXPECT_FALSE(compare(floats({10, 0}), floats({10, 1}), tolerance).ok);

  tolerance = Tolerance();
  tolerance.meanAbsolute = 0.5;
  EXPECT_TRUE(compare(floats({1, 0}), floats({0, 0}), tolerance).ok);
  EXPECT_FALSE(compare(floats({1.1f, 0}), floats({0, 0}), tolerance).ok);
}

TEST(Comparison, LabelAgreement) {
  // Two classes, four pixels; the last pixel's classes swap.
  const HostTensor expected = HostTensor::of<float>({1, 2, 2, 2}, {1, 0, 1, 0, 0, 1, 0, 1});
  const HostTensor actual = HostTensor::of<float>({1, 2, 2, 2}, {2, 0, 2, 1, 0, 2, 0, 0});
  EXPECT_DOUBLE_EQ(labelAgreement(actual, expected, 1), 0.75);
  Tolerance tolerance;
  tolerance.labelAgreement = 0.75;
  EXPECT_TRUE(compare(actual, expected, tolerance, 1).ok);
  tolerance.labelAgreement = 0.76;
  EXPECT_FALSE(compare(actual, expected, tolerance, 1).ok);
}

TEST(Comparison, LabelsOfScoresWithTheirClassesLast) {
  // Three pixels in a row with two classes; the last pixel's swap.
  const HostTensor expected = HostTensor::of<float>({1, 1, 3, 2}, {1, 0, 0, 1, 1, 0});
  const HostTensor actual = HostTensor::of<float>({1, 1, 3, 2}, {2, 0, 0, 2, 0, 2});
  EXPECT_DOUBLE_EQ(labelAgreement(actual, expected, 3), 2.0 / 3);
  Tolerance tolerance;
  tolerance.labelAgreement = 0.6;
  EXPECT_TRUE(compare(actual, expected, tolerance, 3).ok);
  tolerance.labelAgreement = 0.7;
  EXPECT_FALSE(compare(actual, expected, tolerance, 3).ok);
}

TEST(Comparison, LabelsAreLeftOutWhereTheAxisIsUnknown) {
  const HostTensor expected = HostTensor::of<float>({1, 2, 1, 2}, {1, 0, 0, 1});
  const HostTensor actual = HostTensor::of<float>({1, 2, 1, 2}, {1, 0, 2, 1});
  Tolerance tolerance;
  tolerance.labelAgreement = 0.4;
  // The values are compared then.
  const Comparison comparison = compare(actual, expected, tolerance, std::nullopt);
  EXPECT_FALSE(comparison.ok);
  EXPECT_THAT(comparison.text, testing::HasSubstr("labels are not compared"));
  tolerance.meanAbsolute = 0.5;
  EXPECT_TRUE(compare(actual, expected, tolerance, std::nullopt).ok);
  // Labels need no axis.
  tolerance = Tolerance();
  tolerance.labelAgreement = 0.75;
  const HostTensor labels = HostTensor::of<int64_t>({1, 1, 2, 2}, {0, 1, 2, 3});
  EXPECT_TRUE(
      compare(HostTensor::of<int64_t>({1, 1, 2, 2}, {0, 1, 2, 5}), labels, tolerance, std::nullopt)
          .ok);
}

TEST(Comparison, NaNHasNoLabel) {
  const HostTensor expected = HostTensor::of<float>({1, 2, 1, 2}, {1, 0, 0, 1});
  const HostTensor actual = HostTensor::of<float>({1, 2, 1, 2}, {std::nanf(""), 0, 0, 1});
  EXPECT_DOUBLE_EQ(labelAgreement(actual, expected, 1), 0.5);
}

TEST(Comparison, Thinned) {
  const HostTensor tensor = HostTensor::of<int32_t>({1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  const HostTensor thin = thinned(tensor, 2);
  EXPECT_EQ(thin.dims(), (std::vector<int64_t>{1, 2, 2}));
  EXPECT_EQ(thin.valueAt(0), 0);
  EXPECT_EQ(thin.valueAt(1), 2);
  EXPECT_EQ(thin.valueAt(2), 6);
  EXPECT_EQ(thin.valueAt(3), 8);
}

} // namespace
