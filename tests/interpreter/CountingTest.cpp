// What is found, and how often, against numbers worked out by hand.

#include "tests/interpreter/Interpret.h"

#include <cmath>

namespace segc::interpreter {
namespace {

class Counting : public Interpret {
protected:
  Tensor floats(std::vector<int64_t> shape, std::vector<float> values) {
    return Tensor::ofFloats(&context, shape, std::move(values));
  }
};

TEST_F(Counting, NonZeroGoesRowByRow) {
  const char *text = R"_(
func.func @f(%x: !seg.tensor<[2, h], f32>) -> (!seg.tensor<[2, "count(a, 2 * h)"], i64>, !seg.tensor<["2 * count(a, 2 * h)"], i64>) {
  %0 = seg.nonzero %x {count = #seg.dim<"count(a, 2 * h)">} : (!seg.tensor<[2, h], f32>) -> !seg.tensor<[2, "count(a, 2 * h)"], i64>
  %1 = seg.reshape %0 {shape = [#seg.dim<"2 * count(a, 2 * h)">]} : (!seg.tensor<[2, "count(a, 2 * h)"], i64>) -> !seg.tensor<["2 * count(a, 2 * h)"], i64>
  return %0, %1 : !seg.tensor<[2, "count(a, 2 * h)"], i64>, !seg.tensor<["2 * count(a, 2 * h)"], i64>
})_";
  auto found = runTensors(text, {floats({2, 3}, {0, NAN, -1, 2, -0.0f, 0})});
  EXPECT_THAT(found[0].shape, ElementsAre(2, 3));
  EXPECT_THAT(found[0].ints, ElementsAre(0, 0, 1, 1, 2, 0));
  EXPECT_THAT(found[1].shape, ElementsAre(6));
  auto nothing = runTensors(text, {floats({2, 1}, {0, 0})});
  EXPECT_THAT(nothing[0].shape, ElementsAre(2, 0));
  EXPECT_THAT(nothing[1].shape, ElementsAre(0));
}

TEST_F(Counting, ColumnsOfNothingAreNothing) {
  auto nothing = runTensors(R"_(
func.func @f(%x: !seg.tensor<[2, h], f32>) -> !seg.tensor<[1, "count(a, 2 * h)"], i64> {
  %0 = seg.nonzero %x {count = #seg.dim<"count(a, 2 * h)">} : (!seg.tensor<[2, h], f32>) -> !seg.tensor<[2, "count(a, 2 * h)"], i64>
  %1 = seg.slice %0 {starts = [#seg.dim<1>, #seg.dim<0>], sizes = [#seg.dim<1>, #seg.dim<"count(a, 2 * h)">], steps = array<i64: 1, 1>}
    : (!seg.tensor<[2, "count(a, 2 * h)"], i64>) -> !seg.tensor<[1, "count(a, 2 * h)"], i64>
  return %1 : !seg.tensor<[1, "count(a, 2 * h)"], i64>
})_",
                            {floats({2, 1}, {0, 0})});
  EXPECT_THAT(nothing[0].shape, ElementsAre(1, 0));
}

TEST_F(Counting, UniqueRows) {
  auto rows = [&](bool sorted) {
    return runTensors(
        R"_(
func.func @f(%x: !seg.tensor<[5, 2], f32>) -> (!seg.tensor<["count(a, 5)"], i64>, !seg.tensor<[5], i64>, !seg.tensor<["count(a, 5)"], i64>) {
  %0, %1, %2 = seg.unique %x {count = #seg.dim<"count(a, 5)">, sorted = )_" +
            std::string(sorted ? "true" : "false") +
            R"_(} : (!seg.tensor<[5, 2], f32>) -> (!seg.tensor<["count(a, 5)"], i64>, !seg.tensor<[5], i64>, !seg.tensor<["count(a, 5)"], i64>)
  return %0, %1, %2 : !seg.tensor<["count(a, 5)"], i64>, !seg.tensor<[5], i64>, !seg.tensor<["count(a, 5)"], i64>
})_",
        {floats({5, 2}, {2, NAN, 1, 5, 2, 3, 1, 5, 2, NAN})});
  };
  auto sorted = rows(true); // (1, 5), (2, 3), (2, NaN)
  EXPECT_THAT(sorted[0].ints, ElementsAre(1, 2, 0));
  EXPECT_THAT(sorted[1].ints, ElementsAre(2, 0, 1, 0, 2));
  EXPECT_THAT(sorted[2].ints, ElementsAre(2, 1, 2));
  auto inPlace = rows(false);
  EXPECT_THAT(inPlace[0].ints, ElementsAre(0, 1, 2));
  EXPECT_THAT(inPlace[1].ints, ElementsAre(0, 1, 2, 1, 0));
  EXPECT_THAT(inPlace[2].ints, ElementsAre(2, 2, 1));
}

TEST_F(Counting, NonMaxSuppression) {
  auto boxes = [&](const std::string &limit, bool center, std::vector<float> corners,
                   std::vector<float> scores, float iou) {
    return runTensors(
               R"_(
func.func @f(%b: !seg.tensor<[1, 3, 4], f32>, %s: !seg.tensor<[1, 2, 3], f32>, %i: !seg.tensor<[1], f32>, %t: !seg.tensor<[1], f32>) -> !seg.tensor<["count(a, 6)", 3], i64> {
  %0 = seg.nms %b, %s, %i, %t {count = #seg.dim<"count(a, 6)">, limit = #seg.dim<)_" +
                   limit + ">, center = " + (center ? "true" : "false") +
                   R"_(} : (!seg.tensor<[1, 3, 4], f32>, !seg.tensor<[1, 2, 3], f32>, !seg.tensor<[1], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<["count(a, 6)", 3], i64>
  return %0 : !seg.tensor<["count(a, 6)", 3], i64>
})_",
               {floats({1, 3, 4}, std::move(corners)), floats({1, 2, 3}, std::move(scores)),
                floats({1}, {iou}), floats({1}, {0.25f})})[0]
        .ints;
  };
  // Two unit squares, one moved by a half: 0.5 of 1.5. The third lies elsewhere, corners swapped.
  const std::vector<float> squares = {0, 0, 1, 1, 0.5f, 0, 1.5f, 1, 4, 4, 3, 3};
  // Class 0: the second square is best, the third's score is not more than the threshold.
  // Class 1: equal scores, so the first comes first.
  const std::vector<float> scores = {0.5f, 0.75f, 0.25f, 1, 1, NAN};
  EXPECT_THAT(boxes("3", false, squares, scores, 0.25f), ElementsAre(0, 0, 1, 0, 1, 0));
  EXPECT_THAT(boxes("3", false, squares, scores, 0.34f),
              ElementsAre(0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1));
  EXPECT_THAT(boxes("1", false, squares, scores, 0.34f), ElementsAre(0, 0, 1, 0, 1, 0));
  // The same squares by centre and size.
  const std::vector<float> centres = {0.5f, 0.5f, 1, 1, 1, 0.5f, 1, 1, 3.5f, 3.5f, 1, 1};
  EXPECT_THAT(boxes("3", true, centres, scores, 0.25f), ElementsAre(0, 0, 1, 0, 1, 0));
  EXPECT_THAT(boxes("3", true, centres, {0, 0, 0, 0, 0, 0}, 0.25f), ElementsAre());
}

} // namespace
} // namespace segc::interpreter
