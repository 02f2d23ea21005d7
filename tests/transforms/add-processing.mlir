// What the steps before and behind a network look like. They are no pass but part of reading a
// model, so that segc is run, not segc-opt.
// RUN: rm -rf %t
// RUN: segc compile %s -o %t --name net --emit mlir --save-temps --quiet \
// RUN:   --u8-input --bgr --mean 0.5,0.25,0.125 --std 1,2,4 --softmax --argmax --channels-axis 1
// RUN: FileCheck %s < %t/net.imported.mlir
// RUN: rm -rf %t
// RUN: segc compile %s -o %t --name net --emit mlir --save-temps --quiet --shape image=1x3x8x?
// RUN: FileCheck %s --check-prefix=FIXED < %t/net.passes.mlir

// CHECK-LABEL: func.func @net(%arg0: !seg.tensor<[n, 3, h, w], ui8> {seg.name = "image"})
// CHECK-SAME: -> (!seg.tensor<[n, 1, "h + 2", w], i64> {seg.name = "scores"})
// CHECK: %[[SWAPPED:.*]] = seg.slice %arg0 {{.*}}starts = [#seg.dim<0>, #seg.dim<2>, #seg.dim<0>, #seg.dim<0>]
// CHECK-SAME: steps = array<i64: 1, -1, 1, 1>
// CHECK-SAME: -> !seg.tensor<[n, 3, h, w], ui8>
// CHECK: %[[FLOATS:.*]] = seg.cast %[[SWAPPED]] {to = f32}
// CHECK: %[[WHITE:.*]] = seg.constant {{.*}}dense<2.550000e+02> : tensor<1x1x1x1xf32>
// CHECK: %[[UNIT:.*]] = seg.binary %[[FLOATS]], %[[WHITE]] {kind = #seg.binary_kind<div>}
// CHECK: %[[MEAN:.*]] = seg.constant {{.*}}5.000000e-01{{.*}}2.500000e-01{{.*}}1.250000e-01
// CHECK: %[[CENTRED:.*]] = seg.binary %[[UNIT]], %[[MEAN]] {kind = #seg.binary_kind<sub>}
// CHECK: %[[STD:.*]] = seg.constant {{.*}}1.000000e+00{{.*}}2.000000e+00{{.*}}4.000000e+00
// CHECK: %[[SCALED:.*]] = seg.binary %[[CENTRED]], %[[STD]] {kind = #seg.binary_kind<div>}
// CHECK: %[[SCORES:.*]] = seg.pad %[[SCALED]]
// CHECK: %[[PROBABILITIES:.*]] = seg.softmax %[[SCORES]] {axis = 1
// CHECK: %[[LABELS:.*]] = seg.argmax %[[PROBABILITIES]] {axis = 1{{.*}}keep_dims = true
// CHECK: return %[[LABELS]]

// FIXED: func.func @net(%arg0: !seg.tensor<[1, 3, 8, w], f32> {{.*}}-> (!seg.tensor<[1, 3, 10, w], f32>
func.func @f(%image: !seg.tensor<[n, 3, h, w], f32> {seg.name = "image"})
    -> (!seg.tensor<[n, 3, "h + 2", w], f32> {seg.name = "scores"}) {
  %y = seg.pad %image {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>],
    high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], mode = #seg.pad_mode<constant>, value = 0.0 : f32}
    : (!seg.tensor<[n, 3, h, w], f32>) -> !seg.tensor<[n, 3, "h + 2", w], f32>
  return %y : !seg.tensor<[n, 3, "h + 2", w], f32>
}
