// Ops on constants become constants; ops that do nothing disappear.
// RUN: segc-opt %s --fold-constants --split-input-file | FileCheck %s

// A chain on weights leaves one constant behind: sqrt(4) * 3.
// CHECK-LABEL: func.func @chain
// CHECK-NOT: seg.unary
// CHECK: %[[C:.*]] = seg.constant {{.*}}dense<6.000000e+00>
// CHECK-NEXT: seg.binary %arg0, %[[C]]
func.func @chain(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %a = seg.constant {value = dense<4.0> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %b = seg.constant {value = dense<3.0> : tensor<f32>} : () -> !seg.tensor<[], f32>
  %0 = seg.unary %a {fn = #seg.act<sqrt>} : (!seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[2, 1, 1], f32>
  %1 = seg.binary %0, %b {kind = #seg.binary_kind<mul>} : (!seg.tensor<[2, 1, 1], f32>, !seg.tensor<[], f32>) -> !seg.tensor<[2, 1, 1], f32>
  %2 = seg.binary %x, %1 {kind = #seg.binary_kind<max>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %2 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// 4 MB from one number: the op is smaller than its result.
// CHECK-LABEL: func.func @tooLarge
// CHECK: seg.broadcast
func.func @tooLarge(%x: !seg.tensor<[1024, 1024], f32>) -> !seg.tensor<[1024, 1024], f32> {
  %a = seg.constant {value = dense<4.0> : tensor<1x1xf32>} : () -> !seg.tensor<[1, 1], f32>
  %0 = seg.broadcast %a {shape = [#seg.dim<1024>, #seg.dim<1024>]} : (!seg.tensor<[1, 1], f32>) -> !seg.tensor<[1024, 1024], f32>
  %1 = seg.binary %x, %0 {kind = #seg.binary_kind<max>} : (!seg.tensor<[1024, 1024], f32>, !seg.tensor<[1024, 1024], f32>) -> !seg.tensor<[1024, 1024], f32>
  return %1 : !seg.tensor<[1024, 1024], f32>
}

// -----

// CHECK-LABEL: func.func @nothing
// CHECK-NEXT: return %arg0
func.func @nothing(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %zero = seg.constant {value = dense<0.0> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %one = seg.constant {value = dense<1.0> : tensor<f32>} : () -> !seg.tensor<[], f32>
  %0 = seg.unary %x {fn = #seg.act<identity>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.slice %0 {starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], sizes = [#seg.dim<1>, #seg.dim<2>, #seg.dim<h>, #seg.dim<w>], steps = array<i64: 1, 1, 1, 1>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.pad %1 {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %3 = seg.concat %2 {axis = 1} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %4 = seg.transpose %3 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, h, w, 2], f32>
  %5 = seg.transpose %4 {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[1, h, w, 2], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %6 = seg.reshape %5 {shape = [#seg.dim<2>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[2, h, w], f32>
  %7 = seg.reshape %6 {shape = [#seg.dim<1>, #seg.dim<2>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %8 = seg.broadcast %7 {shape = [#seg.dim<1>, #seg.dim<2>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %9 = seg.cast %8 {to = f32} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %10 = seg.binary %9, %zero {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %11 = seg.binary %one, %10 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %12 = seg.max_pool2d %11 {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %13 = seg.resize %12 {sizes = [#seg.dim<1>, #seg.dim<2>, #seg.dim<h>, #seg.dim<w>], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<align_corners>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %13 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// Look-alikes that do something.
// CHECK-LABEL: func.func @something
// CHECK: seg.resize
// CHECK: seg.slice
// CHECK: seg.reduce
// CHECK: seg.binary
func.func @something(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
  %one = seg.constant {value = dense<1.0> : tensor<f32>} : () -> !seg.tensor<[], f32>
  %0 = seg.resize %x {sizes = [#seg.dim<1>, #seg.dim<1>, #seg.dim<h>, #seg.dim<w>], mode = #seg.resize_mode<nearest>, coordinates = #seg.coordinates<tf_half_pixel_for_nn>, nearest = #seg.nearest<ceil>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %1 = seg.slice %0 {starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<"w - 1">], sizes = [#seg.dim<1>, #seg.dim<1>, #seg.dim<h>, #seg.dim<w>], steps = array<i64: 1, 1, 1, -1>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %2 = seg.reduce %1 {kind = #seg.reduce_kind<l2>, axes = array<i64: 1>, keep_dims = true} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %3 = seg.binary %one, %2 {kind = #seg.binary_kind<div>} : (!seg.tensor<[], f32>, !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  return %3 : !seg.tensor<[1, 1, h, w], f32>
}
