// The figures of a small case by hand, and what is refused.

#include "compiler/files/Metrics.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::HasSubstr;

LabelMap map(int64_t width, int64_t height, std::vector<uint8_t> labels) {
  return {width, height, std::move(labels)};
}

TEST(ConfusionMatrix, ByHand) {
  ConfusionMatrix matrix(4);
  //                           right  right  1->0  ignored  right  2->1
  const LabelMap truth = map(3, 2, {0, 0, 1, 255, 1, 2});
  const LabelMap said = map(3, 2, {0, 0, 0, 3, 1, 1});
  ASSERT_EQ(messageOf(matrix.add(said, truth, "a.png")), "");
  EXPECT_EQ(matrix.total(), 5);
  EXPECT_EQ(matrix.count(1, 0), 1);
  EXPECT_EQ(matrix.count(0, 1), 0);
  EXPECT_DOUBLE_EQ(matrix.pixelAccuracy(), 3.0 / 5);
  EXPECT_DOUBLE_EQ(*matrix.iou(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*matrix.iou(1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(*matrix.iou(2), 0.0); // it occurs, and was never found
  EXPECT_FALSE(matrix.iou(3));           // it was said only where nobody looks
  EXPECT_DOUBLE_EQ(matrix.meanIou(), (2.0 / 3 + 1.0 / 3 + 0) / 3);
}

TEST(ConfusionMatrix, Adds) {
  ConfusionMatrix a(2), b(2);
  ASSERT_EQ(messageOf(a.add(map(2, 1, {0, 1}), map(2, 1, {0, 1}), "a")), "");
  ASSERT_EQ(messageOf(b.add(map(2, 1, {1, 1}), map(2, 1, {0, 1}), "b")), "");
  a.add(b);
  EXPECT_EQ(a.total(), 4);
  EXPECT_DOUBLE_EQ(a.pixelAccuracy(), 0.75);
}

TEST(ConfusionMatrix, NothingCounted) {
  const ConfusionMatrix matrix(3);
  EXPECT_EQ(matrix.pixelAccuracy(), 0);
  EXPECT_EQ(matrix.meanIou(), 0);
}

TEST(ConfusionMatrix, RefusesOtherSizesAndLabels) {
  ConfusionMatrix matrix(3);
  EXPECT_THAT(messageOf(matrix.add(map(2, 1, {0, 0}), map(1, 2, {0, 0}), "a.png")),
              HasSubstr("a.png: the prediction is 2x1 pixels, the label map 1x2"));
  EXPECT_THAT(messageOf(matrix.add(map(2, 2, {0, 0, 0, 0}), map(2, 2, {0, 0, 0, 9}), "a.png")),
              HasSubstr("a.png: label 9 at column 1, row 1"));
  EXPECT_THAT(messageOf(matrix.add(map(2, 1, {0, 3}), map(2, 1, {0, 0}), "a.png")),
              HasSubstr("predicted label 3"));
  EXPECT_EQ(matrix.total(), 0); // the good pixels of bad images do not count
}

} // namespace
