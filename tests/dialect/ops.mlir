// Every op and type is printed as it is read.
// RUN: segc-opt %s | segc-opt | FileCheck %s
// RUN: segc-opt %s --mlir-print-op-generic | segc-opt | FileCheck %s

// CHECK-LABEL: func.func @types
// CHECK-SAME: !seg.tensor<[1, 64, "h / 2", w], f32>
// CHECK-SAME: !seg.tensor<[], i64>
// CHECK-SAME: !seg.tensor<[1, 64, h, w], f32, <block = 16, left = 1, right = 2>>
func.func @types(%a: !seg.tensor<[1, 64, "h / 2", w], f32> {seg.name = "image"}, %b: !seg.tensor<[], i64>, %c: !seg.tensor<[1, 64, h, w], f32, <block = 16, left = 1, right = 2>>) {
  return
}

// CHECK-LABEL: func.func @convolution
// CHECK: seg.constant {value = dense<1.000000e+00> : tensor<4x4x3x3xf32>}
// CHECK: seg.conv2d %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {activation = #seg.act<clip, 0.000000e+00, 6.000000e+00>, dilations = array<i64: 2, 2>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1>, pads = array<i64: 2, 2, 2, 2>, strides = array<i64: 1, 1>}
// CHECK: seg.conv_transpose2d {{.*}}output_padding = array<i64: 1, 1>
// CHECK-SAME: -> !seg.tensor<[1, 4, "2 * h", "2 * w"], f32>
// CHECK: seg.batch_norm {{.*}}epsilon = 9.99999974E-6 : f32
func.func @convolution(%x: !seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "2 * h", "2 * w"], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<4x4x3x3xf32>} : () -> !seg.tensor<[4, 4, 3, 3], f32>
  %b = seg.constant {value = dense<1.0> : tensor<4xf32>} : () -> !seg.tensor<[4], f32>
  %0 = seg.conv2d %x, %w, %b, %x {strides = array<i64: 1, 1>, dilations = array<i64: 2, 2>, pads = array<i64: 2, 2, 2, 2>, groups = 1, activation = #seg.act<clip, 0.0, 6.0>, operandSegmentSizes = array<i32: 1, 1, 1, 1>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[4, 4, 3, 3], f32>, !seg.tensor<[4], f32>, !seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %1 = seg.conv_transpose2d %0, %w, %b {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, output_padding = array<i64: 1, 1>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[4, 4, 3, 3], f32>, !seg.tensor<[4], f32>) -> !seg.tensor<[1, 4, "2 * h", "2 * w"], f32>
  %2 = seg.batch_norm %1, %b, %b, %b, %b {epsilon = 1.0e-5 : f32} : (!seg.tensor<[1, 4, "2 * h", "2 * w"], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>) -> !seg.tensor<[1, 4, "2 * h", "2 * w"], f32>
  return %2 : !seg.tensor<[1, 4, "2 * h", "2 * w"], f32>
}

// CHECK-LABEL: func.func @pooling
// CHECK: seg.max_pool2d %{{.*}} -> !seg.tensor<[1, 4, "h / 2", "w / 2"], f32>
// CHECK: %{{.*}}, %{{.*}} = seg.max_pool2d_switches
// CHECK: seg.max_unpool2d {{.*}}indexed = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>]
// CHECK: seg.avg_pool2d
func.func @pooling(%x: !seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32> {
  %0 = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "h / 2", "w / 2"], f32>
  %1, %2 = seg.max_pool2d_switches %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, column_major = false} : (!seg.tensor<[1, 4, h, w], f32>) -> (!seg.tensor<[1, 4, "h / 2", "w / 2"], f32>, !seg.tensor<[1, 4, "h / 2", "w / 2"], i64>)
  %3 = seg.max_unpool2d %1, %2 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>], indexed = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[1, 4, "h / 2", "w / 2"], f32>, !seg.tensor<[1, 4, "h / 2", "w / 2"], i64>) -> !seg.tensor<[1, 4, h, w], f32>
  %4 = seg.avg_pool2d %3 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, ceil_mode = false, count_include_pad = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return %4 : !seg.tensor<[1, 4, h, w], f32>
}

// CHECK-LABEL: func.func @movement
// CHECK: seg.resize {{.*}}coordinates = #seg.coordinates<half_pixel>, mode = #seg.resize_mode<linear>, nearest = #seg.nearest<floor>
// CHECK: seg.concat %{{.*}}, %{{.*}} {axis = 1 : i64}
// CHECK: seg.slice {{.*}}starts = [#seg.dim<0>, #seg.dim<1>, #seg.dim<"h - 1">, #seg.dim<0>], steps = array<i64: 1, 1, -1, 1>
// CHECK: seg.pad {{.*}}mode = #seg.pad_mode<reflect>
// CHECK: seg.reshape
// CHECK: seg.transpose {{.*}}permutation = array<i64: 0, 2, 1>
// CHECK: seg.broadcast
// CHECK: seg.cumsum %{{.*}} {axis = 3 : i64, exclusive = true}
// CHECK: seg.view {{.*}}steps = array<i64: 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1>
// CHECK: seg.convert_layout %{{.*}} -> !seg.tensor<[1, 4, h, w], f32, <block = 8, left = 0, right = 0>>
func.func @movement(%x: !seg.tensor<[1, 4, h, w], f32>) {
  %0 = seg.resize %x {sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<"2 * h">, #seg.dim<w>], scales = array<f32: 2.0, 1.0>, mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "2 * h", w], f32>
  %1 = seg.concat %x, %x {axis = 1} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  %2 = seg.slice %1 {starts = [#seg.dim<0>, #seg.dim<1>, #seg.dim<"h - 1">, #seg.dim<0>], sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>], steps = array<i64: 1, 1, -1, 1>} : (!seg.tensor<[1, 8, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %3 = seg.pad %2 {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<2>], mode = #seg.pad_mode<reflect>} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "h + 1", "w + 2"], f32>
  %4 = seg.reshape %x {shape = [#seg.dim<1>, #seg.dim<4>, #seg.dim<"h * w">]} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, "h * w"], f32>
  %5 = seg.transpose %4 {permutation = array<i64: 0, 2, 1>} : (!seg.tensor<[1, 4, "h * w"], f32>) -> !seg.tensor<[1, "h * w", 4], f32>
  %6 = seg.broadcast %5 {shape = [#seg.dim<n>, #seg.dim<"h * w">, #seg.dim<4>]} : (!seg.tensor<[1, "h * w", 4], f32>) -> !seg.tensor<[n, "h * w", 4], f32>
  %sums = seg.cumsum %x {axis = 3, exclusive = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %view = seg.view %x {starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], steps = array<i64: 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1>, shape = [#seg.dim<1>, #seg.dim<3>, #seg.dim<1>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 3, 1, h, w], f32>
  %7 = seg.convert_layout %x : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32, <block = 8, left = 0, right = 0>>
  return
}

// CHECK-LABEL: func.func @elementwise
// CHECK: seg.unary %{{.*}} {fn = #seg.act<leaky_relu, 1.000000e-01>}
// CHECK: seg.binary %{{.*}}, %{{.*}} {kind = #seg.binary_kind<prelu>}
// CHECK: seg.cast %{{.*}} {to = i64}
// CHECK: seg.cast %{{.*}} {to = f32} : (!seg.tensor<[1, 4, h, w], ui8>) -> !seg.tensor<[1, 4, h, w], f32>
// CHECK: seg.map %{{.*}}, %{{.*}} {
// CHECK-NEXT: ^bb0(%{{.*}}: f32, %{{.*}}: f32):
// CHECK: seg.yield %{{.*}} : f32
func.func @elementwise(%x: !seg.tensor<[1, 4, h, w], f32>, %s: !seg.tensor<[4, 1, 1], f32>, %bytes: !seg.tensor<[1, 4, h, w], ui8>) {
  %0 = seg.unary %x {fn = #seg.act<leaky_relu, 0.1>} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %1 = seg.binary %x, %s {kind = #seg.binary_kind<prelu>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[4, 1, 1], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %2 = seg.cast %x {to = i64} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], i64>
  %5 = seg.cast %bytes {to = f32} : (!seg.tensor<[1, 4, h, w], ui8>) -> !seg.tensor<[1, 4, h, w], f32>
  %3 = seg.map %x, %s {
  ^bb0(%a: f32, %b: f32):
    %4 = seg.binary %a, %b {kind = #seg.binary_kind<max>} : (f32, f32) -> f32
    seg.yield %4 : f32
  } : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[4, 1, 1], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// CHECK-LABEL: func.func @reductions
// CHECK: seg.reduce {{.*}}kind = #seg.reduce_kind<mean>
// CHECK: seg.softmax %{{.*}} {axis = 1 : i64
// CHECK: seg.argmax
// CHECK: seg.matmul
func.func @reductions(%x: !seg.tensor<[1, 4, h, w], f32>, %a: !seg.tensor<[n, 4], f32>, %b: !seg.tensor<[4, 5], f32>) {
  %0 = seg.reduce %x {kind = #seg.reduce_kind<mean>, axes = array<i64: 2, 3>, keep_dims = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, 1, 1], f32>
  %1 = seg.softmax %x {axis = 1} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  %2 = seg.argmax %x {axis = 1, keep_dims = true} : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 1, h, w], i64>
  %3 = seg.matmul %a, %b : (!seg.tensor<[n, 4], f32>, !seg.tensor<[4, 5], f32>) -> !seg.tensor<[n, 5], f32>
  return
}

// CHECK-LABEL: func.func @crf
// CHECK: seg.dense_crf %arg0, %arg1 {bilateral_sigma_rgb = 1.300000e+01 : f32
// CHECK-SAME: -> !seg.tensor<[n, 21, h, w], f32>
// CHECK: seg.dense_crf %arg0, %arg1, %{{.*}} {{{.*}}labels
// CHECK-SAME: -> !seg.tensor<[n, 1, h, w], i64>
func.func @crf(%scores: !seg.tensor<[n, 21, h, w], f32>, %image: !seg.tensor<[n, 3, h, w], f32>) {
  %m = seg.constant {value = dense<0.5> : tensor<21x21xf32>} : () -> !seg.tensor<[21, 21], f32>
  %0 = seg.dense_crf %scores, %image {iterations = 10, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[n, 21, h, w], f32>, !seg.tensor<[n, 3, h, w], f32>) -> !seg.tensor<[n, 21, h, w], f32>
  %1 = seg.dense_crf %scores, %image, %m {iterations = 10, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>, labels} : (!seg.tensor<[n, 21, h, w], f32>, !seg.tensor<[n, 3, h, w], f32>, !seg.tensor<[21, 21], f32>) -> !seg.tensor<[n, 1, h, w], i64>
  return
}

// CHECK-LABEL: func.func @samples
// CHECK: seg.grid_sample %arg0, %arg1 {align_corners = true, mode = #seg.resize_mode<cubic>, padding = #seg.sample_padding<border>}
// CHECK: seg.roi_align
// CHECK: seg.roi_max_pool
// CHECK: seg.deform_conv2d
func.func @samples(%x: !seg.tensor<[n, 4, h, w], f32>, %g: !seg.tensor<[n, p, q, 2], f32>, %r: !seg.tensor<[r, 4], f32>, %i: !seg.tensor<[r], i64>, %f: !seg.tensor<[r, 5], f32>, %w: !seg.tensor<[8, 2, 3, 3], f32>, %o: !seg.tensor<[n, 18, h, w], f32>, %m: !seg.tensor<[n, 9, h, w], f32>) {
  %0 = seg.grid_sample %x, %g {mode = #seg.resize_mode<cubic>, padding = #seg.sample_padding<border>, align_corners = true} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[n, p, q, 2], f32>) -> !seg.tensor<[n, 4, p, q], f32>
  %1 = seg.roi_align %x, %r, %i {output_height = 7, output_width = 6, sampling_ratio = 0, spatial_scale = 0.25 : f32, half_pixel = true, maximum = false} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[r, 4], f32>, !seg.tensor<[r], i64>) -> !seg.tensor<[r, 4, 7, 6], f32>
  %2 = seg.roi_max_pool %x, %f {output_height = 7, output_width = 6, spatial_scale = 0.25 : f32} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[r, 5], f32>) -> !seg.tensor<[r, 4, 7, 6], f32>
  %3 = seg.deform_conv2d %x, %w, %o, %m {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, groups = 2, offset_groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>} : (!seg.tensor<[n, 4, h, w], f32>, !seg.tensor<[8, 2, 3, 3], f32>, !seg.tensor<[n, 18, h, w], f32>, !seg.tensor<[n, 9, h, w], f32>) -> !seg.tensor<[n, 8, h, w], f32>
  return
}

// CHECK-LABEL: func.func @sequences
// CHECK: seg.recurrent %arg0, %arg1, %arg2 {activations = [#seg.act<sigmoid
// CHECK-SAME: -> (!seg.tensor<[t, n, 5], f32>, !seg.tensor<[t, n, 5], f32>)
// CHECK: seg.reverse_sequence
func.func @sequences(%p: !seg.tensor<[t, n, 20], f32>, %w: !seg.tensor<[5, 20], f32>, %l: !seg.tensor<[n], i32>) {
  %0:2 = seg.recurrent %p, %w, %l {cell = #seg.cell_kind<lstm>, activations = [#seg.act<sigmoid>, #seg.act<tanh>, #seg.act<tanh>], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 1>} : (!seg.tensor<[t, n, 20], f32>, !seg.tensor<[5, 20], f32>, !seg.tensor<[n], i32>) -> (!seg.tensor<[t, n, 5], f32>, !seg.tensor<[t, n, 5], f32>)
  %1 = seg.reverse_sequence %0#0, %l : (!seg.tensor<[t, n, 5], f32>, !seg.tensor<[n], i32>) -> !seg.tensor<[t, n, 5], f32>
  return
}

// CHECK-LABEL: func.func @indices
// CHECK: seg.gather
// CHECK-SAME: -> !seg.tensor<[n, 3, h], f32>
// CHECK: seg.gather_elements
// CHECK: seg.scatter
// CHECK-SAME: reduction = #seg.binary_kind<max>
// CHECK: seg.scatter_elements
// CHECK: seg.top_k
// CHECK-SAME: -> (!seg.tensor<[n, 5, h], f32>, !seg.tensor<[n, 5, h], i64>)
func.func @indices(%x: !seg.tensor<[n, 9, h], f32>, %i: !seg.tensor<[3, 1], i32>, %e: !seg.tensor<[n, 4, h], i64>, %t: !seg.tensor<[7, 2], i64>, %u: !seg.tensor<[7, h], f32>, %v: !seg.tensor<[n, 4, h], f32>) {
  %0 = seg.gather %x, %i {axis = 1, batch_dims = 0} : (!seg.tensor<[n, 9, h], f32>, !seg.tensor<[3, 1], i32>) -> !seg.tensor<[n, 3, h], f32>
  %1 = seg.gather_elements %x, %e {axis = 1} : (!seg.tensor<[n, 9, h], f32>, !seg.tensor<[n, 4, h], i64>) -> !seg.tensor<[n, 4, h], f32>
  %2 = seg.scatter %x, %t, %u {reduction = #seg.binary_kind<max>} : (!seg.tensor<[n, 9, h], f32>, !seg.tensor<[7, 2], i64>, !seg.tensor<[7, h], f32>) -> !seg.tensor<[n, 9, h], f32>
  %3 = seg.scatter_elements %x, %e, %v {axis = 1} : (!seg.tensor<[n, 9, h], f32>, !seg.tensor<[n, 4, h], i64>, !seg.tensor<[n, 4, h], f32>) -> !seg.tensor<[n, 9, h], f32>
  %4, %5 = seg.top_k %x {k = #seg.dim<5>, axis = 1, largest = true} : (!seg.tensor<[n, 9, h], f32>) -> (!seg.tensor<[n, 5, h], f32>, !seg.tensor<[n, 5, h], i64>)
  return
}

// CHECK-LABEL: func.func @counts
// CHECK: seg.nonzero
// CHECK-SAME: -> !seg.tensor<[2, "count(a, h * w)"], i64>
// CHECK: seg.unique
// CHECK-SAME: -> (!seg.tensor<["count(b, h)"], i64>, !seg.tensor<[h], i64>, !seg.tensor<["count(b, h)"], i64>)
// CHECK: seg.nms
// CHECK-SAME: -> !seg.tensor<["count(c, 21 * min(100, s))", 3], i64>
// CHECK: seg.nms
func.func @counts(%x: !seg.tensor<[h, w], f32>, %boxes: !seg.tensor<[1, s, 4], f32>, %scores: !seg.tensor<[1, 21, s], f32>, %t: !seg.tensor<[1], f32>) {
  %0 = seg.nonzero %x {count = #seg.dim<"count(a, h * w)">} : (!seg.tensor<[h, w], f32>) -> !seg.tensor<[2, "count(a, h * w)"], i64>
  %1, %2, %3 = seg.unique %x {count = #seg.dim<"count(b, h)">, sorted = true} : (!seg.tensor<[h, w], f32>) -> (!seg.tensor<["count(b, h)"], i64>, !seg.tensor<[h], i64>, !seg.tensor<["count(b, h)"], i64>)
  %4 = seg.nms %boxes, %scores, %t {count = #seg.dim<"count(c, 21 * min(100, s))">, limit = #seg.dim<"min(100, s)">, center = false} : (!seg.tensor<[1, s, 4], f32>, !seg.tensor<[1, 21, s], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<["count(c, 21 * min(100, s))", 3], i64>
  %5 = seg.nms %boxes, %scores, %t, %t {count = #seg.dim<"count(d, 21 * s)">, limit = #seg.dim<s>, center = true} : (!seg.tensor<[1, s, 4], f32>, !seg.tensor<[1, 21, s], f32>, !seg.tensor<[1], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<["count(d, 21 * s)", 3], i64>
  return
}
