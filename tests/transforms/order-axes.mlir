// Few transposes remain: what stands between transposes is computed in the order of its neighbours.
// RUN: segc-opt %s --order-axes --fold-constants --split-input-file | FileCheck %s

// A bias, a function, a pad, and a product with global means, with the channels last between two
// convolutions: nothing is left to be transposed but what enters and leaves.
// CHECK-LABEL: func.func @between
// CHECK: %[[X:.*]] = seg.transpose %arg0 {permutation = array<i64: 0, 3, 1, 2>}
// CHECK: %[[A:.*]] = seg.conv2d %[[X]]
// CHECK: %[[B:.*]] = seg.binary %[[A]], %{{.*}} !seg.tensor<[1, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
// CHECK: %[[R:.*]] = seg.unary %[[B]]
// CHECK: %[[P:.*]] = seg.pad %[[R]] {high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<3>], low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<2>, #seg.dim<0>]
// CHECK: %[[M:.*]] = seg.reduce %[[P]] {axes = array<i64: 2, 3>
// CHECK: %[[G:.*]] = seg.binary %[[P]], %[[M]]
// CHECK: %[[C:.*]] = seg.conv2d %[[G]]
// CHECK: %[[Y:.*]] = seg.transpose %[[C]] {permutation = array<i64: 0, 2, 3, 1>}
// CHECK: return %[[Y]]
func.func @between(%l: !seg.tensor<[1, h, w, 2], f32>) -> !seg.tensor<[1, "h + 3", "w + 3", 2], f32> {
  %k = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %b = seg.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %x = seg.transpose %l {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[1, h, w, 2], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %0 = seg.conv2d %x, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, h, w, 2], f32>
  %2 = seg.binary %1, %b {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, h, w, 2], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, h, w, 2], f32>
  %3 = seg.unary %2 {fn = #seg.act<relu>} : (!seg.tensor<[1, h, w, 2], f32>) -> !seg.tensor<[1, h, w, 2], f32>
  %4 = seg.pad %3 {low = [#seg.dim<0>, #seg.dim<2>, #seg.dim<0>, #seg.dim<0>], high = [#seg.dim<0>, #seg.dim<1>, #seg.dim<3>, #seg.dim<0>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, h, w, 2], f32>) -> !seg.tensor<[1, "h + 3", "w + 3", 2], f32>
  %5 = seg.reduce %4 {kind = #seg.reduce_kind<mean>, axes = array<i64: 1, 2>, keep_dims = true} : (!seg.tensor<[1, "h + 3", "w + 3", 2], f32>) -> !seg.tensor<[1, 1, 1, 2], f32>
  %6 = seg.binary %4, %5 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, "h + 3", "w + 3", 2], f32>, !seg.tensor<[1, 1, 1, 2], f32>) -> !seg.tensor<[1, "h + 3", "w + 3", 2], f32>
  %7 = seg.transpose %6 {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[1, "h + 3", "w + 3", 2], f32>) -> !seg.tensor<[1, 2, "h + 3", "w + 3"], f32>
  %8 = seg.conv2d %7, %k {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, "h + 3", "w + 3"], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, "h + 3", "w + 3"], f32>
  %9 = seg.transpose %8 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 2, "h + 3", "w + 3"], f32>) -> !seg.tensor<[1, "h + 3", "w + 3", 2], f32>
  return %9 : !seg.tensor<[1, "h + 3", "w + 3", 2], f32>
}

// -----

// The largest score of the last axis is that of the second one of a map; labels have the same
// order either way.
// CHECK-LABEL: func.func @labels
// CHECK-NOT: seg.transpose
// CHECK: seg.argmax %{{.*}} {axis = 1 : i64, keep_dims = false
func.func @labels(%x: !seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, "h / 2", "w / 2"], i64> {
  %0 = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "h / 2", "w / 2"], f32>
  %1 = seg.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 4, "h / 2", "w / 2"], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 4], f32>
  %2 = seg.argmax %1 {axis = 3, keep_dims = false} : (!seg.tensor<[1, "h / 2", "w / 2", 4], f32>) -> !seg.tensor<[1, "h / 2", "w / 2"], i64>
  return %2 : !seg.tensor<[1, "h / 2", "w / 2"], i64>
}

// -----

// Bytes are transposed, not the floats that they become.
// CHECK-LABEL: func.func @bytes
// CHECK: seg.transpose %arg0 {{.*}} ui8
// CHECK: seg.cast
// CHECK: seg.max_pool2d
func.func @bytes(%l: !seg.tensor<[1, h, w, 3], ui8>) -> !seg.tensor<[1, 3, "h / 2", "w / 2"], f32> {
  %0 = seg.cast %l {to = f32} : (!seg.tensor<[1, h, w, 3], ui8>) -> !seg.tensor<[1, h, w, 3], f32>
  %1 = seg.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : (!seg.tensor<[1, h, w, 3], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  %2 = seg.max_pool2d %1 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, "h / 2", "w / 2"], f32>
  return %2 : !seg.tensor<[1, 3, "h / 2", "w / 2"], f32>
}

// -----

// A norm over the channels has no kernel for maps: the order that the model has costs as much, and
// stays.
// CHECK-LABEL: func.func @norm
// CHECK: %[[T:.*]] = seg.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>}
// CHECK: seg.reduce %[[T]] {axes = array<i64: 3>
func.func @norm(%x: !seg.tensor<[1, 4, h, w], f32>, %m: !seg.tensor<[4, 4], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 4], f32> {
  %0 = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "h / 2", "w / 2"], f32>
  %1 = seg.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 4, "h / 2", "w / 2"], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 4], f32>
  %2 = seg.reduce %1 {kind = #seg.reduce_kind<mean>, axes = array<i64: 3>, keep_dims = true} : (!seg.tensor<[1, "h / 2", "w / 2", 4], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 1], f32>
  %3 = seg.binary %1, %2 {kind = #seg.binary_kind<sub>} : (!seg.tensor<[1, "h / 2", "w / 2", 4], f32>, !seg.tensor<[1, "h / 2", "w / 2", 1], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 4], f32>
  %4 = seg.matmul %3, %m : (!seg.tensor<[1, "h / 2", "w / 2", 4], f32>, !seg.tensor<[4, 4], f32>) -> !seg.tensor<[1, "h / 2", "w / 2", 4], f32>
  return %4 : !seg.tensor<[1, "h / 2", "w / 2", 4], f32>
}

// -----

// A value is added to itself with its rows and columns exchanged: no order suits both.
// CHECK-LABEL: func.func @both
// CHECK-COUNT-1: seg.transpose
func.func @both(%x: !seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 4, 8, 8], f32> {
  %0 = seg.transpose %x {permutation = array<i64: 0, 1, 3, 2>} : (!seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 4, 8, 8], f32>
  %1 = seg.binary %x, %0 {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 4, 8, 8], f32>, !seg.tensor<[1, 4, 8, 8], f32>) -> !seg.tensor<[1, 4, 8, 8], f32>
  return %1 : !seg.tensor<[1, 4, 8, 8], f32>
}

// -----

// Nothing moves where but one axis is wider than 1.
// CHECK-LABEL: func.func @narrow
// CHECK-NOT: seg.transpose
// CHECK: seg.reshape
func.func @narrow(%x: !seg.tensor<[1, 4, 1, 1], f32>) -> !seg.tensor<[1, 1, 1, 4], f32> {
  %0 = seg.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (!seg.tensor<[1, 4, 1, 1], f32>) -> !seg.tensor<[1, 1, 1, 4], f32>
  return %0 : !seg.tensor<[1, 1, 1, 4], f32>
}
