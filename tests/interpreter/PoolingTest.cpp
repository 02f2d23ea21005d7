// Pooling windows at the borders, switches and unpooling.

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

using Pooling = Interpret;

namespace {
std::vector<float> countTo(int n) {
  std::vector<float> values;
  for (int i = 1; i <= n; ++i)
    values.push_back(static_cast<float>(i));
  return values;
}
} // namespace

TEST_F(Pooling, MaxWithCeilModeOfOnnx) {
  // ONNX's test_maxpool_2d_ceil.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 4, 4], f32>) -> !seg.tensor<[1, 1, 2, 2], f32> {
  %y = seg.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>,
    dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = true}
    : (!seg.tensor<[1, 1, 4, 4], f32>) -> !seg.tensor<[1, 1, 2, 2], f32>
  return %y : !seg.tensor<[1, 1, 2, 2], f32>
})",
                  {{{1, 1, 4, 4}, countTo(16)}}),
              ElementsAre(11, 12, 15, 16));
}

TEST_F(Pooling, CeilModeDropsWindowsThatStartBehindTheImage) {
  // Extent 3, kernel 2, stride 2, pads 1 and 1: rounding up gives 3 windows at -1, 1, 3; the last
  // starts in the pad behind the image.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 1, 3], f32>) -> !seg.tensor<[1, 1, 1, 2], f32> {
  %y = seg.max_pool2d %x {kernel = array<i64: 1, 2>, strides = array<i64: 1, 2>,
    dilations = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, ceil_mode = true}
    : (!seg.tensor<[1, 1, 1, 3], f32>) -> !seg.tensor<[1, 1, 1, 2], f32>
  return %y : !seg.tensor<[1, 1, 1, 2], f32>
})",
                  {{{1, 1, 1, 3}, {-1, -2, -3}}}),
              ElementsAre(-1, -2));
}

TEST_F(Pooling, MaxWithDilation) {
  // ONNX's test_maxpool_2d_dilations.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h - 2", "w - 2"], f32> {
  %y = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>,
    dilations = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false}
    : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h - 2", "w - 2"], f32>
  return %y : !seg.tensor<[1, 1, "h - 2", "w - 2"], f32>
})",
                  {{{1, 1, 4, 4}, countTo(16)}}),
              ElementsAre(11, 12, 15, 16));
}

TEST_F(Pooling, SwitchesCountTheWholeTensor) {
  // Two channels of 2x2; the largest is at row 1, column 0 of each. Row-major that is 2 in the
  // first plane, column-major 1; the second plane starts at 4. Of the equal values in the second
  // plane the first wins.
  std::string text = R"(
func.func @f(%x: !seg.tensor<[1, 2, 2, 2], f32>) -> (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 1, 1], i64>) {
  %y, %s = seg.max_pool2d_switches %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
    dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, column_major = MAJOR}
    : (!seg.tensor<[1, 2, 2, 2], f32>) -> (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 1, 1], i64>)
  return %y, %s : !seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 1, 1], i64>
})";
  auto with = [&](std::string major) {
    std::string copy = text;
    copy.replace(copy.find("MAJOR"), 5, major);
    return runAll(copy, {{{1, 2, 2, 2}, {1, 2, 9, 3, 0, 1, 7, 7}}});
  };
  std::vector<Tensor> rows = with("false"), columns = with("true");
  EXPECT_THAT(rows[0].floats, ElementsAre(9, 7));
  EXPECT_THAT(rows[1].ints, ElementsAre(2, 6));
  EXPECT_THAT(columns[1].ints, ElementsAre(1, 5));
}

TEST_F(Pooling, UnpoolOfOnnx) {
  // ONNX's test_maxunpool_export_with_output_shape: switches count a 4x4 tensor, the result is 5x5.
  Tensor values = Tensor::ofFloats(&context, {1, 1, 2, 2}, {5, 6, 7, 8});
  Tensor switches = Tensor::ofInts(i64(), {1, 1, 2, 2}, {5, 7, 13, 15});
  std::string text = R"(
func.func @f(%x: !seg.tensor<[1, 1, 2, 2], f32>, %s: !seg.tensor<[1, 1, 2, 2], i64>) -> !seg.tensor<[1, 1, 5, 5], f32> {
  %y = seg.max_unpool2d %x, %s {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>,
    sizes = [#seg.dim<1>, #seg.dim<1>, #seg.dim<5>, #seg.dim<5>],
    indexed = [#seg.dim<1>, #seg.dim<1>, #seg.dim<4>, #seg.dim<4>]}
    : (!seg.tensor<[1, 1, 2, 2], f32>, !seg.tensor<[1, 1, 2, 2], i64>) -> !seg.tensor<[1, 1, 5, 5], f32>
  return %y : !seg.tensor<[1, 1, 5, 5], f32>
})";
  EXPECT_THAT(
      runTensors(text, {values, switches})[0].floats,
      ElementsAre(0, 0, 0, 0, 0, 0, 5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0, 0));

  switches.ints[3] = 16;
  auto broken = interpret(parse(text), {values, switches});
  ASSERT_FALSE(static_cast<bool>(broken));
  EXPECT_THAT(llvm::toString(broken.takeError()), HasSubstr("switch 16 lies outside"));
}

TEST_F(Pooling, SwitchesOfPlanes) {
  // Two planes of 2x2, whose largest values are at (1, 0) and (0, 1).
  std::string text = R"(
func.func @f(%x: !seg.tensor<[1, 2, 2, 2], f32>) -> (!seg.tensor<[1, 2, 1, 1], i32>, !seg.tensor<[1, 2, 1, 1], i64>,
    !seg.tensor<[1, 2, 1, 1], i64>, !seg.tensor<[1, 2, 1, 1], i32>, !seg.tensor<[1, 2, 2, 2], f32>) {
  %y, %s = seg.max_pool2d_switches %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>,
    dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, column_major = false, plane}
    : (!seg.tensor<[1, 2, 2, 2], f32>) -> (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 1, 1], i32>)
  %rows = seg.switches_to_flat %s {plane = [#seg.dim<2>, #seg.dim<2>], column_major = false}
    : (!seg.tensor<[1, 2, 1, 1], i32>) -> !seg.tensor<[1, 2, 1, 1], i64>
  %columns = seg.switches_to_flat %s {plane = [#seg.dim<2>, #seg.dim<2>], column_major = true}
    : (!seg.tensor<[1, 2, 1, 1], i32>) -> !seg.tensor<[1, 2, 1, 1], i64>
  %back = seg.switches_from_flat %rows {plane = [#seg.dim<2>, #seg.dim<2>]}
    : (!seg.tensor<[1, 2, 1, 1], i64>) -> !seg.tensor<[1, 2, 1, 1], i32>
  %z = seg.max_unpool2d %y, %back {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>,
    sizes = [#seg.dim<1>, #seg.dim<2>, #seg.dim<2>, #seg.dim<2>],
    indexed = [#seg.dim<1>, #seg.dim<2>, #seg.dim<2>, #seg.dim<2>]}
    : (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 1, 1], i32>) -> !seg.tensor<[1, 2, 2, 2], f32>
  return %s, %rows, %columns, %back, %z : !seg.tensor<[1, 2, 1, 1], i32>, !seg.tensor<[1, 2, 1, 1], i64>,
    !seg.tensor<[1, 2, 1, 1], i64>, !seg.tensor<[1, 2, 1, 1], i32>, !seg.tensor<[1, 2, 2, 2], f32>
})";
  std::vector<Tensor> results = runAll(text, {{{1, 2, 2, 2}, {1, 2, 9, 3, 0, 8, 1, 7}}});
  ASSERT_EQ(results.size(), 5u);
  EXPECT_THAT(results[0].ints, ElementsAre(2, 1));
  EXPECT_THAT(results[1].ints, ElementsAre(2, 5));
  EXPECT_THAT(results[2].ints, ElementsAre(1, 6));
  EXPECT_THAT(results[3].ints, ElementsAre(2, 1));
  EXPECT_THAT(results[4].floats, ElementsAre(0, 0, 9, 0, 0, 8, 0, 0));
}

TEST_F(Pooling, AverageCountsPadsOrNot) {
  // Row 1 2 3 4 5, kernel 3, stride 2, one column of pad before and after.
  std::string text = R"(
func.func @f(%x: !seg.tensor<[1, 1, 1, 5], f32>) -> !seg.tensor<[1, 1, 1, 3], f32> {
  %y = seg.avg_pool2d %x {kernel = array<i64: 1, 3>, strides = array<i64: 1, 2>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 1, 0, 1>, ceil_mode = false, count_include_pad = COUNT}
    : (!seg.tensor<[1, 1, 1, 5], f32>) -> !seg.tensor<[1, 1, 1, 3], f32>
  return %y : !seg.tensor<[1, 1, 1, 3], f32>
})";
  auto with = [&](std::string count) {
    std::string copy = text;
    copy.replace(copy.find("COUNT"), 5, count);
    return run(copy, {{{1, 1, 1, 5}, countTo(5)}});
  };
  EXPECT_THAT(with("false"), ElementsAre(1.5, 3, 4.5));
  EXPECT_THAT(with("true"), ElementsAre(1, 3, 3));
}

TEST_F(Pooling, AverageDoesNotCountWhatStandsOutBeyondThePad) {
  // Row 1 2 3 4, kernel 3, stride 2, ceil mode: the second window is 3, 4 and one column outside.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 1, 4], f32>) -> !seg.tensor<[1, 1, 1, 2], f32> {
  %y = seg.avg_pool2d %x {kernel = array<i64: 1, 3>, strides = array<i64: 1, 2>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, ceil_mode = true, count_include_pad = true}
    : (!seg.tensor<[1, 1, 1, 4], f32>) -> !seg.tensor<[1, 1, 1, 2], f32>
  return %y : !seg.tensor<[1, 1, 1, 2], f32>
})",
                  {{{1, 1, 1, 4}, countTo(4)}}),
              ElementsAre(2, 3.5));
}
