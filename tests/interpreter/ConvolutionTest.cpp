// Convolutions on numbers that can be checked by hand.

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

using Convolution = Interpret;

TEST_F(Convolution, PadsAreZeros) {
  // ONNX's test_basic_conv_with_padding on a 3x3 image 0..8: every window sums its pixels.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> !seg.tensor<[1, 1, 3, 3], f32>
  %y = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 1, 1, 1, 1>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[1, 1, h, w], f32>, !seg.tensor<[1, 1, 3, 3], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  return %y : !seg.tensor<[1, 1, h, w], f32>
})",
                  {{{1, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}}),
              ElementsAre(8, 15, 12, 21, 36, 27, 20, 33, 24));
}

TEST_F(Convolution, StrideDilationGroupsBiasResidualActivation) {
  // Two groups of one channel. Kernel [1, 10] dilated by 2, stride 2 across, asymmetric pads.
  // Group 0: x = 1 2 3 4, padded 0 1 2 3 4: windows at -1 and 1: (0,2), (2,4) -> 20, 42
  // Group 1: x = 5 6 7 8, kernel [-1, 0]: 0, -6
  // plus bias (1, 2), plus residual (0.5, 0.5, 1, 1), then relu.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, 4], f32>, %r: !seg.tensor<[1, 2, 1, 2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32> {
  %w = seg.constant {value = dense<[[[[1.0, 10.0]]], [[[-1.0, 0.0]]]]> : tensor<2x1x1x2xf32>} : () -> !seg.tensor<[2, 1, 1, 2], f32>
  %b = seg.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %y = seg.conv2d %x, %w, %b, %r {strides = array<i64: 1, 2>, dilations = array<i64: 1, 2>,
    pads = array<i64: 0, 1, 0, 0>, groups = 2, activation = #seg.act<relu>,
    operandSegmentSizes = array<i32: 1, 1, 1, 1>}
    : (!seg.tensor<[1, 2, 1, 4], f32>, !seg.tensor<[2, 1, 1, 2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[1, 2, 1, 2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32>
  return %y : !seg.tensor<[1, 2, 1, 2], f32>
})",
                  {{{1, 2, 1, 4}, {1, 2, 3, 4, 5, 6, 7, 8}}, {{1, 2, 1, 2}, {0.5, 0.5, 1, 1}}}),
              ElementsAre(21.5, 43.5, 3, 0));
}

TEST_F(Convolution, ScaledWeightsAreRoundedOnce) {
  // 0.1f * 3.0 is 0.3000000044703484 in double, and 0.3f when rounded.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 1, 1], f32>) -> !seg.tensor<[1, 2, 1, 1], f32> {
  %w = seg.constant {value = dense<[[[[0.1]]], [[[5.0]]]]> : tensor<2x1x1x1xf32>} : () -> !seg.tensor<[2, 1, 1, 1], f32>
  %y = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, groups = 1, weight_scale = array<f64: 3.0, -0.5>,
    operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[1, 1, 1, 1], f32>, !seg.tensor<[2, 1, 1, 1], f32>) -> !seg.tensor<[1, 2, 1, 1], f32>
  return %y : !seg.tensor<[1, 2, 1, 1], f32>
})",
                  {{{1, 1, 1, 1}, {2}}}),
              ElementsAre(2 * static_cast<float>(double(0.1f) * 3), -5));
  // Transposed, in two groups: the output channel is that of the group.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, 1], f32>) -> !seg.tensor<[1, 4, 1, 1], f32> {
  %w = seg.constant {value = dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %y = seg.conv_transpose2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>, groups = 2,
    weight_scale = array<f64: 1.0, 10.0, 100.0, 1000.0>,
    operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 4, 1, 1], f32>
  return %y : !seg.tensor<[1, 4, 1, 1], f32>
})",
                  {{{1, 2, 1, 1}, {1, 2}}}),
              ElementsAre(1, 20, 600, 8000));
}

TEST_F(Convolution, TransposedSpreadsEveryPixel) {
  // ONNX's test_convtranspose, one of its two equal output channels.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 1, 3, 3], f32>) -> !seg.tensor<[1, 1, 5, 5], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> !seg.tensor<[1, 1, 3, 3], f32>
  %y = seg.conv_transpose2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>, groups = 1,
    operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[1, 1, 3, 3], f32>, !seg.tensor<[1, 1, 3, 3], f32>) -> !seg.tensor<[1, 1, 5, 5], f32>
  return %y : !seg.tensor<[1, 1, 5, 5], f32>
})",
                  {{{1, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}}}),
              ElementsAre(0, 1, 3, 3, 2, 3, 8, 15, 12, 7, 9, 21, 36, 27, 15, 9, 20, 33, 24, 13, 6,
                          13, 21, 15, 8));
}

TEST_F(Convolution, TransposedWithStridePadsGroupsAndOutputPadding) {
  // Stride 2, kernel [1, 2, 3]: pixel i adds to columns 2i-1 .. 2i+1; one more column at the end.
  // x = 1 2: columns -1..3: 1, 2, 3+2, 4, 6; without column -1, output padding gives a zero at 4.
  // The second group has kernel [1, 0, 0] and x = 3 4: columns -1 and 1.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 2, 1, "w * 2"], f32> {
  %w = seg.constant {value = dense<[[[[1.0, 2.0, 3.0]]], [[[1.0, 0.0, 0.0]]]]> : tensor<2x1x1x3xf32>} : () -> !seg.tensor<[2, 1, 1, 3], f32>
  %y = seg.conv_transpose2d %x, %w {strides = array<i64: 1, 2>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 1, 0, 1>, output_padding = array<i64: 0, 1>, groups = 2,
    operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[1, 2, 1, w], f32>, !seg.tensor<[2, 1, 1, 3], f32>) -> !seg.tensor<[1, 2, 1, "w * 2"], f32>
  return %y : !seg.tensor<[1, 2, 1, "w * 2"], f32>
})",
                  {{{1, 2, 1, 2}, {1, 2, 3, 4}}}),
              ElementsAre(2, 5, 4, 6, 0, 4, 0, 0));
}

TEST_F(Convolution, BatchNorm) {
  // (x - 1) / sqrt(3 + 1) * 4 + 10 in channel 0, (x - 0) / sqrt(0 + 1) * 1 + 0 in channel 1.
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, 2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32> {
  %s = seg.constant {value = dense<[4.0, 1.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %t = seg.constant {value = dense<[10.0, 0.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %m = seg.constant {value = dense<[1.0, 0.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %v = seg.constant {value = dense<[3.0, 0.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %y = seg.batch_norm %x, %s, %t, %m, %v {epsilon = 1.0 : f32}
    : (!seg.tensor<[1, 2, 1, 2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, 2, 1, 2], f32>
  return %y : !seg.tensor<[1, 2, 1, 2], f32>
})",
                  {{{1, 2, 1, 2}, {1, 2, 5, -6}}}),
              ElementsAre(10, 12, 5, -6));
}
