// Scores and labels become label maps; anything else is refused.

#include "compiler/files/LabelMap.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace segc;
using testing::HasSubstr;

TEST(LabelMap, ArgmaxOfScores) {
  const float nan = std::nanf("");
  // Three classes, four pixels: plain, a tie, NaN in class 0, all minus infinity.
  auto map = labelMapOf(HostTensor::of<float>({1, 3, 2, 2}, {1, 5, nan, -INFINITY, //
                                                             2, 5, -1, -INFINITY,  //
                                                             3, 4, 0, -INFINITY}),
                        "scores");
  ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
  EXPECT_EQ(map->width, 2);
  EXPECT_EQ(map->height, 2);
  EXPECT_EQ(map->labels, (std::vector<uint8_t>{2, 0, 2, 0}));
}

TEST(LabelMap, ClassesOnOtherAxes) {
  // Two rows of three pixels with two classes each.
  const std::vector<float> last = {0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1};
  const HostTensor scores = HostTensor::of<float>({1, 2, 3, 2}, last);
  auto map = labelMapOf(scores, "scores", 3);
  ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
  EXPECT_EQ(map->height, 2);
  EXPECT_EQ(map->width, 3);
  EXPECT_EQ(map->labels, (std::vector<uint8_t>{1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(classesOf(scores, 3), 2);
  // H, C, W.
  map = labelMapOf(HostTensor::of<float>({1, 1, 2, 3}, {0, 1, 0, 1, 0, 0}), "scores", 2);
  ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
  EXPECT_EQ(map->height, 1);
  EXPECT_EQ(map->width, 3);
  EXPECT_EQ(map->labels, (std::vector<uint8_t>{1, 0, 0}));
}

TEST(LabelMap, LabelsOfAnyType) {
  for (const HostTensor &tensor :
       {HostTensor::of<int64_t>({1, 1, 3}, {0, 255, 7}), HostTensor::of<float>({1, 3}, {0, 255, 7}),
        HostTensor::of<uint8_t>({1, 1, 1, 3}, {0, 255, 7})}) {
    auto map = labelMapOf(tensor, "labels");
    ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
    EXPECT_EQ(map->labels, (std::vector<uint8_t>{0, 255, 7}));
  }
}

TEST(LabelMap, OneLabelAPixelOnAnyAxis) {
  const std::vector<uint8_t> labels = {0, 1, 2, 3, 4, 5};
  for (const std::vector<int64_t> &dims :
       {std::vector<int64_t>{1, 1, 2, 3}, {1, 2, 1, 3}, {1, 2, 3, 1}}) {
    const HostTensor tensor = HostTensor::of<uint8_t>(dims, labels);
    EXPECT_FALSE(needsChannelsAxis(tensor));
    auto map = labelMapOf(tensor, "labels");
    ASSERT_TRUE(bool(map)) << llvm::toString(map.takeError());
    EXPECT_EQ(map->height, 2);
    EXPECT_EQ(map->width, 3);
    EXPECT_EQ(map->labels, labels);
  }
  // A row or a column.
  const HostTensor line = HostTensor::of<uint8_t>({1, 1, 6, 1}, labels);
  EXPECT_TRUE(needsChannelsAxis(line));
  auto column = labelMapOf(line, "labels", 1), row = labelMapOf(line, "labels", 3);
  ASSERT_TRUE(bool(column));
  ASSERT_TRUE(bool(row));
  EXPECT_EQ(column->height, 6);
  EXPECT_EQ(row->width, 6);
}

TEST(LabelMap, Refusals) {
  EXPECT_THAT(messageOf(labelMapOf(HostTensor::of<int64_t>({1, 2}, {0, 256}), "out")),
              HasSubstr("out: element 1 is 256"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor::of<int64_t>({1, 1}, {-1}), "out")),
              HasSubstr("element 0"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor::of<float>({1, 1}, {0.5f}), "out")),
              HasSubstr("element 0"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor::of<float>({1, 1}, {std::nanf("")}), "out")),
              HasSubstr("element 0"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor(ElementType::Float32, {2, 3, 4, 4}), "out")),
              HasSubstr("several images"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor(ElementType::Int64, {1, 3, 4, 4}), "out")),
              HasSubstr("neither"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor(ElementType::Float32, {257, 4, 4}), "out")),
              HasSubstr("neither"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor(ElementType::Float32, {5}), "out")),
              HasSubstr("not a label map"));
  EXPECT_THAT(messageOf(labelMapOf(HostTensor(ElementType::Float32, {3, 0, 5}), "out")),
              HasSubstr("not a label map"));
}

} // namespace
