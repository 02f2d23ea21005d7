// Operands that start at a whole block are stored into the concatenation by whoever makes them.
// RUN: segc-opt %s --assign-layouts=lanes=8 --place-concats --split-input-file | FileCheck %s

// The second operand starts at channel 12, inside a block: it is copied.
// CHECK-LABEL: func.func @odd
// CHECK: seg.concat {{.*}}seg.placed = array<i1: true, false>
func.func @odd(%x: !seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 24, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<12x8x1x1xf32>} : () -> !seg.tensor<[12, 8, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[12, 8, 1, 1], f32>) -> !seg.tensor<[1, 12, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<relu>} : (!seg.tensor<[1, 12, h, w], f32>) -> !seg.tensor<[1, 12, h, w], f32>
  %2 = seg.concat %0, %1 {axis = 1} : (!seg.tensor<[1, 12, h, w], f32>, !seg.tensor<[1, 12, h, w], f32>) -> !seg.tensor<[1, 24, h, w], f32>
  return %2 : !seg.tensor<[1, 24, h, w], f32>
}

// -----

// Whole blocks: nothing is copied. The same value twice is placed nowhere.
// CHECK-LABEL: func.func @even
// CHECK: seg.concat {{.*}}seg.placed = array<i1: true, true>
// CHECK: seg.concat {{.*}}seg.placed = array<i1: false, false>
func.func @even(%x: !seg.tensor<[1, 8, h, w], f32>) -> (!seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[1, 16, h, w], f32>) {
  %w = seg.constant {value = dense<1.0> : tensor<8x8x1x1xf32>} : () -> !seg.tensor<[8, 8, 1, 1], f32>
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[8, 8, 1, 1], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<relu>} : (!seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %2 = seg.concat %0, %1 {axis = 1} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  %3 = seg.unary %1 {fn = #seg.act<neg>} : (!seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %4 = seg.concat %3, %3 {axis = 1} : (!seg.tensor<[1, 8, h, w], f32>, !seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 16, h, w], f32>
  return %2, %4 : !seg.tensor<[1, 16, h, w], f32>, !seg.tensor<[1, 16, h, w], f32>
}
