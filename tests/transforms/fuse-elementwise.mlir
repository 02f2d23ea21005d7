// Elementwise ops that feed one another become one seg.map.
// RUN: segc-opt %s --fuse-elementwise --split-input-file | FileCheck %s

// x * hard_sigmoid(x + c): the constant stays an operand and broadcasts.
// CHECK-LABEL: func.func @gate
// CHECK: %[[C:.*]] = seg.constant
// CHECK-NEXT: %[[Y:.*]] = seg.map %arg0, %[[C]] {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: %[[S:.*]] = seg.binary %[[A]], %[[B]] {kind = #seg.binary_kind<add>} : (f32, f32) -> f32
// CHECK-NEXT: %[[H:.*]] = seg.unary %[[S]] {{.*}}hard_sigmoid
// CHECK-NEXT: %[[M:.*]] = seg.binary %[[A]], %[[H]] {kind = #seg.binary_kind<mul>}
// CHECK-NEXT: seg.yield %[[M]] : f32
// CHECK: return %[[Y]]
func.func @gate(%x: !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %c = seg.constant {value = dense<[[[0.0]], [[1.0]]]> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %0 = seg.binary %x, %c {kind = #seg.binary_kind<add>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.unary %0 {fn = #seg.act<hard_sigmoid, 0.2, 0.5>} : (!seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %2 = seg.binary %x, %1 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %2 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// A sigmoid of [1, 2, 1, 1] is not repeated for every pixel; one op alone stays as it is.
// CHECK-LABEL: func.func @smallProducer
// CHECK: seg.unary
// CHECK: seg.binary
// CHECK-NOT: seg.map
func.func @smallProducer(%x: !seg.tensor<[1, 2, h, w], f32>, %g: !seg.tensor<[1, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %0 = seg.unary %g {fn = #seg.act<sigmoid>} : (!seg.tensor<[1, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, 1, 1], f32>
  %1 = seg.binary %x, %0 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[1, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %1 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// A value used twice inside the group is computed once; one that is returned stays outside.
// CHECK-LABEL: func.func @uses
// CHECK: %[[E:.*]] = seg.unary %arg0 {fn = #seg.act<exp>}
// CHECK: %[[Y:.*]] = seg.map %[[E]] {
// CHECK-COUNT-1: #seg.act<tanh>
// CHECK: seg.binary
// CHECK: seg.yield
// CHECK: return %[[E]], %[[Y]]
func.func @uses(%x: !seg.tensor<[4, n], f32>) -> (!seg.tensor<[4, n], f32>, !seg.tensor<[4, n], f32>) {
  %0 = seg.unary %x {fn = #seg.act<exp>} : (!seg.tensor<[4, n], f32>) -> !seg.tensor<[4, n], f32>
  %1 = seg.unary %0 {fn = #seg.act<tanh>} : (!seg.tensor<[4, n], f32>) -> !seg.tensor<[4, n], f32>
  %2 = seg.binary %1, %1 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[4, n], f32>, !seg.tensor<[4, n], f32>) -> !seg.tensor<[4, n], f32>
  return %0, %2 : !seg.tensor<[4, n], f32>, !seg.tensor<[4, n], f32>
}

// -----

// A map takes in another map.
// CHECK-LABEL: func.func @maps
// CHECK: seg.map %arg0
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT: %[[E:.*]] = seg.unary %[[A]] {fn = #seg.act<exp>}
// CHECK-NEXT: %[[T:.*]] = seg.unary %[[E]] {fn = #seg.act<tanh>}
// CHECK-NEXT: seg.yield %[[T]]
// CHECK-NOT: seg.map
func.func @maps(%x: !seg.tensor<[n], f32>) -> !seg.tensor<[n], f32> {
  %0 = seg.map %x {
  ^bb0(%a: f32):
    %1 = seg.unary %a {fn = #seg.act<exp>} : (f32) -> f32
    seg.yield %1 : f32
  } : (!seg.tensor<[n], f32>) -> !seg.tensor<[n], f32>
  %2 = seg.map %0 {
  ^bb0(%a: f32):
    %3 = seg.unary %a {fn = #seg.act<tanh>} : (f32) -> f32
    seg.yield %3 : f32
  } : (!seg.tensor<[n], f32>) -> !seg.tensor<[n], f32>
  return %2 : !seg.tensor<[n], f32>
}
