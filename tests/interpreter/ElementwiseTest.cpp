// Elementwise ops: broadcasting, integers, regions, casts.

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

using Elementwise = Interpret;

TEST_F(Elementwise, Unary) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[4], f32>) -> !seg.tensor<[4], f32> {
  %y = seg.unary %x {fn = #seg.act<leaky_relu, 0.5>} : (!seg.tensor<[4], f32>) -> !seg.tensor<[4], f32>
  return %y : !seg.tensor<[4], f32>
})",
                  {{{4}, {-2, -1, 0, 3}}}),
              ElementsAre(-1, -0.5, 0, 3));
}

TEST_F(Elementwise, BinaryBroadcastsLikeNumpy) {
  EXPECT_THAT(run(R"(
func.func @f(%a: !seg.tensor<[2, 1, 2], f32>, %b: !seg.tensor<[2, 1], f32>) -> !seg.tensor<[2, 2, 2], f32> {
  %y = seg.binary %a, %b {kind = #seg.binary_kind<sub>} : (!seg.tensor<[2, 1, 2], f32>, !seg.tensor<[2, 1], f32>) -> !seg.tensor<[2, 2, 2], f32>
  return %y : !seg.tensor<[2, 2, 2], f32>
})",
                  {{{2, 1, 2}, {1, 2, 3, 4}}, {{2, 1}, {10, 20}}}),
              ElementsAre(-9, -8, -19, -18, -7, -6, -17, -16));
}

TEST_F(Elementwise, IntegersTruncateAndWrap) {
  Tensor a = Tensor::ofInts(i64(), {3}, {7, -7, 5}), b = Tensor::ofInts(i64(), {3}, {2, 2, 1});
  EXPECT_THAT(runTensors(R"(
func.func @f(%a: !seg.tensor<[3], i64>, %b: !seg.tensor<[3], i64>) -> !seg.tensor<[3], i64> {
  %y = seg.binary %a, %b {kind = #seg.binary_kind<div>} : (!seg.tensor<[3], i64>, !seg.tensor<[3], i64>) -> !seg.tensor<[3], i64>
  return %y : !seg.tensor<[3], i64>
})",
                         {a, b})[0]
                  .ints,
              ElementsAre(3, -3, 5));
  mlir::Type i32 = mlir::IntegerType::get(&context, 32);
  Tensor big = Tensor::ofInts(i32, {1}, {2147483647}), one = Tensor::ofInts(i32, {1}, {1});
  EXPECT_THAT(runTensors(R"(
func.func @f(%a: !seg.tensor<[1], i32>, %b: !seg.tensor<[1], i32>) -> !seg.tensor<[1], i32> {
  %y = seg.binary %a, %b {kind = #seg.binary_kind<add>} : (!seg.tensor<[1], i32>, !seg.tensor<[1], i32>) -> !seg.tensor<[1], i32>
  return %y : !seg.tensor<[1], i32>
})",
                         {big, one})[0]
                  .ints,
              ElementsAre(-2147483648));
}

TEST_F(Elementwise, MapRunsItsRegionForEachElement) {
  // x * hard_sigmoid(x + c), c for each channel: hard_sigmoid(v) = clamp(0.5 v + 0.5, 0, 1).
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 1, w], f32>) -> !seg.tensor<[1, 2, 1, w], f32> {
  %c = seg.constant {value = dense<[[[0.0]], [[1.0]]]> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %y = seg.map %x, %c {
  ^bb0(%a: f32, %b: f32):
    %0 = seg.binary %a, %b {kind = #seg.binary_kind<add>} : (f32, f32) -> f32
    %1 = seg.unary %0 {fn = #seg.act<hard_sigmoid, 0.5, 0.5>} : (f32) -> f32
    %2 = seg.binary %a, %1 {kind = #seg.binary_kind<mul>} : (f32, f32) -> f32
    seg.yield %2 : f32
  } : (!seg.tensor<[1, 2, 1, w], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, 1, w], f32>
  return %y : !seg.tensor<[1, 2, 1, w], f32>
})",
                  {{{1, 2, 1, 3}, {-1, 0.5, 4, -1, 0.5, 4}}}),
              ElementsAre(0, 0.375, 4, -0.5, 0.5, 4));
}

TEST_F(Elementwise, CastTruncatesTowardsZero) {
  EXPECT_THAT(runAll(R"(
func.func @f(%x: !seg.tensor<[4], f32>) -> !seg.tensor<[4], i64> {
  %y = seg.cast %x {to = i64} : (!seg.tensor<[4], f32>) -> !seg.tensor<[4], i64>
  return %y : !seg.tensor<[4], i64>
})",
                     {{{4}, {-1.75f, 1.75f, 0.25f, 1e30f}}})[0]
                  .ints,
              ElementsAre(-1, 1, 0, 9223372036854775807));
  EXPECT_THAT(runAll(R"(
func.func @f(%x: !seg.tensor<[3], f32>) -> !seg.tensor<[3], i1> {
  %y = seg.cast %x {to = i1} : (!seg.tensor<[3], f32>) -> !seg.tensor<[3], i1>
  return %y : !seg.tensor<[3], i1>
})",
                     {{{3}, {0, 0.25f, -2}}})[0]
                  .ints,
              ElementsAre(0, 1, 1));
}
