// Blocks for convolutions and what follows them, planes for the image, dense at the doors.
// RUN: segc-opt %s --assign-layouts=lanes=8 --split-input-file | FileCheck %s

// The stem reads planes; the pooled map stays in blocks; the result leaves dense.
// CHECK-LABEL: func.func @stem
// CHECK: seg.convert_layout %arg0 {{.*}} -> !seg.tensor<[1, 3, h, w], f32, <block = 1, left = 0, right = 0>>
// CHECK: seg.conv2d {{.*}} -> !seg.tensor<[1, 12, h, w], f32, <block = 8, left = 0, right = 0>>
// CHECK: seg.max_pool2d {{.*}} -> !seg.tensor<[1, 12, "h / 2", "w / 2"], f32, <block = 8, left = 0, right = 0>>
// CHECK: %[[D:.*]] = seg.convert_layout {{.*}} -> !seg.tensor<[1, 12, "h / 2", "w / 2"], f32>
// CHECK: return %[[D]]
func.func @stem(%x: !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 12, "h / 2", "w / 2"], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<12x3x3x3xf32>} : () -> !seg.tensor<[12, 3, 3, 3], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[12, 3, 3, 3], f32>) -> !seg.tensor<[1, 12, h, w], f32>
  %1 = seg.max_pool2d %0 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 12, h, w], f32>) -> !seg.tensor<[1, 12, "h / 2", "w / 2"], f32>
  return %1 : !seg.tensor<[1, 12, "h / 2", "w / 2"], f32>
}

// -----

// A resize that only leaves the network writes dense at once, and one input is converted once.
// CHECK-LABEL: func.func @leaves
// CHECK-COUNT-1: seg.convert_layout
// CHECK-NOT: seg.convert_layout
// CHECK: seg.resize {{.*}} -> !seg.tensor<[1, 16, "2 * h", "2 * w"], f32>
func.func @leaves(%x: !seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, 16, "2 * h", "2 * w"], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<16x16x1x1xf32>} : () -> !seg.tensor<[16, 16, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[16, 16, 1, 1], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  %1 = seg.binary %0, %x {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  %2 = seg.resize %1 {sizes = [#seg.dim<1>, #seg.dim<16>, #seg.dim<"2 * h">, #seg.dim<"2 * w">], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, 16, "2 * h", "2 * w"], f32>
  return %2 : !seg.tensor<[1, 16, "2 * h", "2 * w"], f32>
}

// -----

// Switches count within a plane between pooling and unpooling.
// CHECK-LABEL: func.func @switches
// CHECK: seg.max_pool2d_switches {{.*}}plane{{.*}}!seg.tensor<[1, 8, 2, 2], i32, <block = 8
// CHECK-NOT: switches_to_flat
// CHECK: seg.max_unpool2d
func.func @switches(%x: !seg.tensor<[1, 8, 4, 4], f32>) -> !seg.tensor<[1, 8, 4, 4], f32> {
  %0, %1 = seg.max_pool2d_switches %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, column_major = false} : (!seg.tensor<[1, 8, 4, 4], f32>) -> (!seg.tensor<[1, 8, 2, 2], f32>, !seg.tensor<[1, 8, 2, 2], i64>)
  %2 = seg.max_unpool2d %0, %1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, sizes = [#seg.dim<1>, #seg.dim<8>, #seg.dim<4>, #seg.dim<4>], indexed = [#seg.dim<1>, #seg.dim<8>, #seg.dim<4>, #seg.dim<4>]} : (!seg.tensor<[1, 8, 2, 2], f32>, !seg.tensor<[1, 8, 2, 2], i64>) -> !seg.tensor<[1, 8, 4, 4], f32>
  return %2 : !seg.tensor<[1, 8, 4, 4], f32>
}

// -----

// An image whose channels come last becomes a map in one copy, and a map such scores.
// CHECK-LABEL: func.func @channelsLast
// CHECK-NEXT: seg.constant
// CHECK-NEXT: seg.transpose %arg0 {{.*}} -> !seg.tensor<[1, 3, h, w], f32, <block = 1, left = 0, right = 0>>
// CHECK-NEXT: %[[Y:.*]] = seg.conv2d
// CHECK-NEXT: %[[Z:.*]] = seg.transpose %[[Y]] {{.*}}<block = 8, left = 0, right = 0>>) -> !seg.tensor<[1, h, w, 12], f32>
// CHECK-NEXT: return %[[Z]]
func.func @channelsLast(%x: !seg.tensor<[1, h, w, 3], f32>) -> !seg.tensor<[1, h, w, 12], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<12x3x1x1xf32>} : () -> !seg.tensor<[12, 3, 1, 1], f32>
  %0 = seg.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[1, h, w, 3], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  %1 = seg.conv2d %0, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[12, 3, 1, 1], f32>) -> !seg.tensor<[1, 12, h, w], f32>
  %2 = seg.transpose %1 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 12, h, w], f32>) -> !seg.tensor<[1, h, w, 12], f32>
  return %2 : !seg.tensor<[1, h, w, 12], f32>
}

// -----

// A resize whose result leaves with its channels last is written so: the transpose is the memory.
// CHECK-LABEL: func.func @leavesChannelsLast
// CHECK: %[[R:.*]] = seg.resize {{.*}} -> !seg.tensor<[1, 16, "2 * h", "2 * w"], f32, <block = 0, left = 0, right = 0>>
// CHECK-NEXT: %[[T:.*]] = seg.transpose %[[R]]
// CHECK-NEXT: return %[[T]]
func.func @leavesChannelsLast(%x: !seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, "2 * h", "2 * w", 16], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<16x16x1x1xf32>} : () -> !seg.tensor<[16, 16, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[16, 16, 1, 1], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  %1 = seg.resize %0 {sizes = [#seg.dim<1>, #seg.dim<16>, #seg.dim<"2 * h">, #seg.dim<"2 * w">], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 16, h, w], f32>) -> !seg.tensor<[1, 16, "2 * h", "2 * w"], f32>
  %2 = seg.transpose %1 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 16, "2 * h", "2 * w"], f32>) -> !seg.tensor<[1, "2 * h", "2 * w", 16], f32>
  return %2 : !seg.tensor<[1, "2 * h", "2 * w", 16], f32>
}
