// A map has the halo of its most demanding reader; maps that share memory share it.
// RUN: segc-opt %s --assign-layouts=lanes=8 --place-concats --assign-halos | FileCheck %s

// Two branches, joined in place, and read by a convolution with pads 2 (left) and 3 (right).
// CHECK-LABEL: func.func @joined
// CHECK: seg.conv2d {{.*}} -> !seg.tensor<[1, 8, h, w], f32, <block = 8, left = 2, right = 3>>
// CHECK: seg.unary {{.*}} -> !seg.tensor<[1, 8, h, w], f32, <block = 8, left = 2, right = 3>>
// CHECK: seg.concat {{.*}} -> !seg.tensor<[1, 16, h, w], f32, <block = 8, left = 2, right = 3>>
// CHECK: seg.conv2d {{.*}} -> !seg.tensor<[1, 8, h, w], f32, <block = 8, left = 0, right = 0>>
func.func @joined(%x: !seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<8x8x1x1xf32>} : () -> !seg.tensor<[8, 8, 1, 1], f32>
  %v = seg.constant {value = dense<1.0> : tensor<8x16x1x6xf32>} : () -> !seg.tensor<[8, 16, 1, 6], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[8, 8, 1, 1], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<relu>} : (!seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %2 = seg.concat %0, %1 {axis = 1} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  %3 = seg.conv2d %2, %v {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 2, 0, 3>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[8, 16, 1, 6], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  return %3 : !seg.tensor<[1, 8, h, w], f32>
}
