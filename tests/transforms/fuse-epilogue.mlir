// Bias, residual and activation join the convolution, in that order.
// RUN: segc-opt %s --fuse-epilogue --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @all
// CHECK: %[[B:.*]] = seg.constant {{.*}}dense<3.000000e+00> : tensor<2xf32>
// CHECK: %[[Y:.*]] = seg.conv2d %arg0, %{{.*}}, %[[B]], %arg1 {activation = #seg.act<clip, 0.000000e+00, 6.000000e+00>
// CHECK-NEXT: return %[[Y]]
func.func @all(%x: !seg.tensor<[1, 2, h, w], f32>, %r: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %b = seg.constant {value = dense<1.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %c = seg.constant {value = dense<2.0> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %0 = seg.conv2d %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.binary %0, %c {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.binary %r, %1 {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %3 = seg.unary %2 {fn = #seg.act<clip, 0.0, 6.0>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %3 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// Of two convolutions the later one takes the sum.
// CHECK-LABEL: func.func @twoConvolutions
// CHECK: %[[A:.*]] = seg.conv2d %arg0, %[[W:.*]] {dilations
// CHECK: %[[B:.*]] = seg.conv2d %arg0, %[[W]], %[[A]] {activation = #seg.act<relu>
// CHECK-NEXT: return %[[B]]
func.func @twoConvolutions(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.binary %0, %1 {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %3 = seg.unary %2 {fn = #seg.act<relu>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %3 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// A residual that is computed later: the convolution moves behind it.
// CHECK-LABEL: func.func @moved
// CHECK: %[[P:.*]] = seg.max_pool2d
// CHECK-NEXT: seg.conv2d %arg0, %{{.*}}, %[[P]] {
func.func @moved(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, ceil_mode = false} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.binary %0, %1 {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %2 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// A value with another use, or a residual behind an activation, stays outside.
// CHECK-LABEL: func.func @stays
// CHECK: seg.conv2d
// CHECK: seg.unary
// CHECK: seg.conv2d {{.*}}activation
// CHECK: seg.binary
func.func @stays(%x: !seg.tensor<[1, 2, h, w], f32>) -> (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) {
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<relu>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.conv2d %1, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, activation = #seg.act<relu>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %3 = seg.binary %2, %x {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %0, %3 : !seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>
}

// -----

// The logarithm of a filling channel's 0 would be infinite, so it stays outside.
// CHECK-LABEL: func.func @infiniteAtZero
// CHECK: seg.conv2d
// CHECK-NOT: activation
// CHECK: seg.unary
func.func @infiniteAtZero(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<log>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %1 : !seg.tensor<[1, 2, h, w], f32>
}
