// Batch norms and arithmetic with one constant per channel go into the weights.
// RUN: segc-opt %s --fold-batch-norm --split-input-file | FileCheck %s

// scale / sqrt(variance + epsilon) = 4 / 2 = 2 and 1 / 2; shift - mean * s = 1 - 3 * 2 = -5 and 2;
// the bias 10 becomes 10 * 2 - 5 = 15 and 10 / 2 + 2 = 7.
// CHECK-LABEL: func.func @batchNorm
// The weights stay as they are.
// CHECK-DAG: %[[W:.*]] = seg.constant {{.*}}dense<1.000000e+00> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = seg.constant {{.*}}dense<[1.500000e+01, 7.000000e+00]>
// CHECK: %[[Y:.*]] = seg.conv2d %arg0, %[[W]], %[[B]] {{.*}}weight_scale = array<f64: 2.000000e+00, 5.000000e-01>
// CHECK-NEXT: return %[[Y]]
func.func @batchNorm(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 2, h, w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x1x1x1xf32>} : () -> !seg.tensor<[2, 1, 1, 1], f32>
  %b = seg.constant {value = dense<10.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %scale = seg.constant {value = dense<[4.0, 1.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %shift = seg.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %mean = seg.constant {value = dense<[3.0, 0.0]> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %var = seg.constant {value = dense<3.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %0 = seg.conv2d %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (!seg.tensor<[1, 1, h, w], f32>, !seg.tensor<[2, 1, 1, 1], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  %1 = seg.batch_norm %0, %scale, %shift, %mean, %var {epsilon = 1.0 : f32} : (!seg.tensor<[1, 2, h, w], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, 2, h, w], f32>
  return %1 : !seg.tensor<[1, 2, h, w], f32>
}

// -----

// ((conv * 2) - 1) and then 5 - that: weights times -2, bias 6. Transposed, with two groups.
// CHECK-LABEL: func.func @chain
// CHECK-DAG: dense<1.000000e+00> : tensor<2x1x2x2xf32>
// CHECK-DAG: dense<6.000000e+00> : tensor<2xf32>
// CHECK: seg.conv_transpose2d {{.*}}weight_scale = array<f64: -2.000000e+00, -2.000000e+00>
// CHECK-NEXT: return
func.func @chain(%x: !seg.tensor<[1, 2, 4, 4], f32>) -> !seg.tensor<[1, 2, 8, 8], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<2x1x2x2xf32>} : () -> !seg.tensor<[2, 1, 2, 2], f32>
  %two = seg.constant {value = dense<2.0> : tensor<1x2x1x1xf32>} : () -> !seg.tensor<[1, 2, 1, 1], f32>
  %one = seg.constant {value = dense<1.0> : tensor<2x1x1xf32>} : () -> !seg.tensor<[2, 1, 1], f32>
  %five = seg.constant {value = dense<5.0> : tensor<f32>} : () -> !seg.tensor<[], f32>
  %0 = seg.conv_transpose2d %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>, groups = 2, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, 4, 4], f32>, !seg.tensor<[2, 1, 2, 2], f32>) -> !seg.tensor<[1, 2, 8, 8], f32>
  %1 = seg.binary %two, %0 {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, 2, 1, 1], f32>, !seg.tensor<[1, 2, 8, 8], f32>) -> !seg.tensor<[1, 2, 8, 8], f32>
  %2 = seg.binary %1, %one {kind = #seg.binary_kind<sub>} : (!seg.tensor<[1, 2, 8, 8], f32>, !seg.tensor<[2, 1, 1], f32>) -> !seg.tensor<[1, 2, 8, 8], f32>
  %3 = seg.binary %five, %2 {kind = #seg.binary_kind<sub>} : (!seg.tensor<[], f32>, !seg.tensor<[1, 2, 8, 8], f32>) -> !seg.tensor<[1, 2, 8, 8], f32>
  return %3 : !seg.tensor<[1, 2, 8, 8], f32>
}

// -----

// Without a convolution before it: mul and add. A constant along the last axis is none per channel.
// CHECK-LABEL: func.func @expanded
// CHECK: %[[S:.*]] = seg.constant {{.*}}dense<2.000000e+00> : tensor<2x1x1xf32>
// CHECK: %[[M:.*]] = seg.binary %arg0, %[[S]] {kind = #seg.binary_kind<mul>}
// CHECK: %[[T:.*]] = seg.constant {{.*}}dense<-5.000000e+00> : tensor<2x1x1xf32>
// CHECK: %[[A:.*]] = seg.binary %[[M]], %[[T]] {kind = #seg.binary_kind<add>}
// CHECK: seg.conv2d %[[A]]
// CHECK: seg.binary
func.func @expanded(%x: !seg.tensor<[1, 2, h, 3], f32>) -> !seg.tensor<[1, 2, h, 3], f32> {
  %scale = seg.constant {value = dense<4.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %shift = seg.constant {value = dense<1.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %mean = seg.constant {value = dense<3.0> : tensor<2xf32>} : () -> !seg.tensor<[2], f32>
  %row = seg.constant {value = dense<2.0> : tensor<3xf32>} : () -> !seg.tensor<[3], f32>
  %w = seg.constant {value = dense<1.0> : tensor<2x2x1x1xf32>} : () -> !seg.tensor<[2, 2, 1, 1], f32>
  %0 = seg.batch_norm %x, %scale, %shift, %mean, %mean {epsilon = 1.0 : f32} : (!seg.tensor<[1, 2, h, 3], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>, !seg.tensor<[2], f32>) -> !seg.tensor<[1, 2, h, 3], f32>
  %1 = seg.conv2d %0, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 2, h, 3], f32>, !seg.tensor<[2, 2, 1, 1], f32>) -> !seg.tensor<[1, 2, h, 3], f32>
  %2 = seg.binary %1, %row {kind = #seg.binary_kind<mul>} : (!seg.tensor<[1, 2, h, 3], f32>, !seg.tensor<[3], f32>) -> !seg.tensor<[1, 2, h, 3], f32>
  return %2 : !seg.tensor<[1, 2, h, 3], f32>
}
