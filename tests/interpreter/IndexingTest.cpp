// Gathers, scatters and the largest values, against numbers worked out by hand.

#include "tests/interpreter/Interpret.h"

#include <cmath>
#include <limits>

namespace segc::interpreter {
namespace {

class Indexing : public Interpret {
protected:
  Tensor floats(std::vector<int64_t> shape, std::vector<float> values) {
    return Tensor::ofFloats(&context, shape, std::move(values));
  }
  Tensor integers(std::vector<int64_t> shape, std::vector<int64_t> values) {
    return Tensor::ofInts(i64(), shape, std::move(values));
  }
};

TEST_F(Indexing, GatherTakesRowsAndClampsTheRest) {
  auto result = runTensors(
      R"(
func.func @f(%x: !seg.tensor<[2, 3], f32>, %i: !seg.tensor<[4, 1], i64>) -> !seg.tensor<[2, 4], f32> {
  %y = seg.gather %x, %i {axis = 1, batch_dims = 0} : (!seg.tensor<[2, 3], f32>, !seg.tensor<[4, 1], i64>) -> !seg.tensor<[2, 4], f32>
  return %y : !seg.tensor<[2, 4], f32>
})",
      {floats({2, 3}, {1, 2, 3, 4, 5, 6}),
       integers({4, 1}, {2, -3, std::numeric_limits<int64_t>::max(), -4})});
  EXPECT_THAT(result[0].floats, ElementsAre(3, 1, 3, 1, 6, 4, 6, 4));
}

TEST_F(Indexing, GatherTakesTuplesInBatches) {
  // Two images of 2 x 2 pixels of 1 channel; a tuple is (row, column).
  auto result = runTensors(
      R"(
func.func @f(%x: !seg.tensor<[2, 2, 2], f32>, %i: !seg.tensor<[2, 3, 2], i64>) -> !seg.tensor<[2, 3], f32> {
  %y = seg.gather %x, %i {axis = 1, batch_dims = 1} : (!seg.tensor<[2, 2, 2], f32>, !seg.tensor<[2, 3, 2], i64>) -> !seg.tensor<[2, 3], f32>
  return %y : !seg.tensor<[2, 3], f32>
})",
      {floats({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}),
       integers({2, 3, 2}, {0, 1, 1, 0, -1, -1, 0, 0, 5, 0, 1, -9})});
  EXPECT_THAT(result[0].floats, ElementsAre(2, 3, 4, 5, 7, 7));
}

TEST_F(Indexing, GatherElementsTakesFewerAlongOtherAxes) {
  auto result = runTensors(
      R"(
func.func @f(%x: !seg.tensor<[2, 3], f32>, %i: !seg.tensor<[4, 2], i64>) -> !seg.tensor<[4, 2], f32> {
  %y = seg.gather_elements %x, %i {axis = 0} : (!seg.tensor<[2, 3], f32>, !seg.tensor<[4, 2], i64>) -> !seg.tensor<[4, 2], f32>
  return %y : !seg.tensor<[4, 2], f32>
})",
      {floats({2, 3}, {1, 2, 3, 4, 5, 6}), integers({4, 2}, {0, 1, 1, 0, -1, -2, 7, -7})});
  EXPECT_THAT(result[0].floats, ElementsAre(1, 5, 4, 2, 4, 2, 4, 2));
}

TEST_F(Indexing, TheLastUpdateOfAPlaceStaysAndReductionsTakeAll) {
  auto with = [&](const std::string &reduction) {
    return runTensors(
               R"(
func.func @f(%x: !seg.tensor<[3, 2], f32>, %i: !seg.tensor<[3, 1], i64>, %u: !seg.tensor<[3, 2], f32>) -> !seg.tensor<[3, 2], f32> {
  %y = seg.scatter %x, %i, %u {)" +
                   reduction +
                   R"(} : (!seg.tensor<[3, 2], f32>, !seg.tensor<[3, 1], i64>, !seg.tensor<[3, 2], f32>) -> !seg.tensor<[3, 2], f32>
  return %y : !seg.tensor<[3, 2], f32>
})",
               {floats({3, 2}, {1, 2, 3, 4, 5, 6}), integers({3, 1}, {2, 0, -1}),
                floats({3, 2}, {10, 20, 30, 40, 50, 1})})[0]
        .floats;
  };
  EXPECT_THAT(with(""), ElementsAre(30, 40, 3, 4, 50, 1));
  EXPECT_THAT(with("reduction = #seg.binary_kind<add>"), ElementsAre(31, 42, 3, 4, 65, 27));
  EXPECT_THAT(with("reduction = #seg.binary_kind<min>"), ElementsAre(1, 2, 3, 4, 5, 1));
}

TEST_F(Indexing, ScatterElementsGoAlongTheAxis) {
  auto result = runTensors(
      R"(
func.func @f(%x: !seg.tensor<[2, 3], i64>, %i: !seg.tensor<[1, 4], i64>, %u: !seg.tensor<[1, 4], i64>) -> !seg.tensor<[2, 3], i64> {
  %y = seg.scatter_elements %x, %i, %u {axis = 1, reduction = #seg.binary_kind<mul>} : (!seg.tensor<[2, 3], i64>, !seg.tensor<[1, 4], i64>, !seg.tensor<[1, 4], i64>) -> !seg.tensor<[2, 3], i64>
  return %y : !seg.tensor<[2, 3], i64>
})",
      {integers({2, 3}, {1, 2, 3, 4, 5, 6}), integers({1, 4}, {1, -1, 1, 99}),
       integers({1, 4}, {10, 20, 30, 2})});
  EXPECT_THAT(result[0].ints, ElementsAre(1, 600, 120, 4, 5, 6));
}

TEST_F(Indexing, TopKOfEqualValuesAndNaN) {
  auto with = [&](const std::string &largest) {
    return runTensors(
        R"(
func.func @f(%x: !seg.tensor<[5], f32>) -> (!seg.tensor<[3], f32>, !seg.tensor<[3], i64>) {
  %y, %i = seg.top_k %x {k = #seg.dim<3>, axis = 0, largest = )" +
            largest +
            R"(} : (!seg.tensor<[5], f32>) -> (!seg.tensor<[3], f32>, !seg.tensor<[3], i64>)
  return %y, %i : !seg.tensor<[3], f32>, !seg.tensor<[3], i64>
})",
        {floats({5}, {2, 1, std::nanf(""), 2, 1})});
  };
  EXPECT_THAT(with("true")[1].ints, ElementsAre(2, 0, 3));
  EXPECT_THAT(with("false")[1].ints, ElementsAre(1, 4, 0));
  EXPECT_THAT(with("false")[0].floats, ElementsAre(1, 1, 2));
}

} // namespace
} // namespace segc::interpreter
