// A search for the largest belief becomes part of the CRF, if nobody else reads the beliefs.
// RUN: segc-opt %s --fuse-crf-labels --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @labels
// CHECK-NEXT: %[[L:.*]] = seg.dense_crf {{.*}}labels{{.*}} -> !seg.tensor<[1, 1, h, w], i64>
// CHECK-NEXT: return %[[L]]
func.func @labels(%s: !seg.tensor<[1, 4, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 1, h, w], i64> {
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %1 = seg.argmax %0 {axis = 1, keep_dims = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 1, h, w], i64>
  return %1 : !seg.tensor<[1, 1, h, w], i64>
}

// -----

// CHECK-LABEL: func.func @both
// CHECK: seg.dense_crf
// CHECK-NOT: labels
// CHECK: seg.argmax
func.func @both(%s: !seg.tensor<[1, 4, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) -> (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 1, h, w], i64>) {
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %1 = seg.argmax %0 {axis = 1, keep_dims = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 1, h, w], i64>
  return %0, %1 : !seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 1, h, w], i64>
}

// -----

// The last of equal labels, or no axis of labels, is not what a CRF finds.
// CHECK-LABEL: func.func @others
// CHECK: seg.argmax
// CHECK: seg.argmax
func.func @others(%s: !seg.tensor<[1, 4, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) -> (!seg.tensor<[1, 1, h, w], i64>, !seg.tensor<[1, 4, 1, w], i64>) {
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %1 = seg.argmax %0 {axis = 1, keep_dims = true, select_last = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 1, h, w], i64>
  %2 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %3 = seg.argmax %2 {axis = 2, keep_dims = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, 1, w], i64>
  return %1, %3 : !seg.tensor<[1, 1, h, w], i64>, !seg.tensor<[1, 4, 1, w], i64>
}
