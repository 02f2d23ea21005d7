// Pads go into the windows behind them where every pixel keeps its value.
// RUN: segc-opt %s --fold-pad --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @conv
// CHECK-NOT: seg.pad
// CHECK: seg.conv2d %arg0, {{.*}}pads = array<i64: 2, 3, 4, 5>
func.func @conv(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h + 4", "w + 6"], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<1x1x3x3xf32>} : () -> !seg.tensor<[1, 1, 3, 3], f32>
  %0 = seg.pad %x {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<2>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<3>, #seg.dim<4>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h + 4", "w + 6"], f32>
  %1 = seg.conv2d %0, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 1, "h + 4", "w + 6"], f32>, !seg.tensor<[1, 1, 3, 3], f32>) -> !seg.tensor<[1, 1, "h + 4", "w + 6"], f32>
  return %1 : !seg.tensor<[1, 1, "h + 4", "w + 6"], f32>
}

// -----

// Ones around the image, or zeros repeated from its edge, are not what a convolution pads with.
// CHECK-LABEL: func.func @otherPads
// CHECK-COUNT-2: seg.pad
func.func @otherPads(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h + 2", w], f32> {
  %w = seg.constant {value = dense<1.0> : tensor<1x1x1x1xf32>} : () -> !seg.tensor<[1, 1, 1, 1], f32>
  %0 = seg.pad %x {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], mode = #seg.pad_mode<constant>, value = 1.0 : f32} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, "h + 1", w], f32>
  %1 = seg.conv2d %0, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 1, "h + 1", w], f32>, !seg.tensor<[1, 1, 1, 1], f32>) -> !seg.tensor<[1, 1, "h + 1", w], f32>
  %2 = seg.pad %1 {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<0>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<0>], mode = #seg.pad_mode<edge>} : (!seg.tensor<[1, 1, "h + 1", w], f32>) -> !seg.tensor<[1, 1, "h + 2", w], f32>
  %3 = seg.conv2d %2, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 1, "h + 2", w], f32>, !seg.tensor<[1, 1, 1, 1], f32>) -> !seg.tensor<[1, 1, "h + 2", w], f32>
  return %3 : !seg.tensor<[1, 1, "h + 2", w], f32>
}

// -----

// CHECK-LABEL: func.func @average
// CHECK: seg.avg_pool2d %arg0 {{.*}}count_include_pad = true{{.*}}pads = array<i64: 0, 1, 0, 1>
func.func @average(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
  %0 = seg.pad %x {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  %1 = seg.avg_pool2d %0 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, count_include_pad = false} : (!seg.tensor<[1, 1, h, "w + 2"], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  return %1 : !seg.tensor<[1, 1, h, w], f32>
}

// -----

// The pool's own pads do not count, the zeros before it do.
// CHECK-LABEL: func.func @averageOfTwoKinds
// CHECK: seg.pad
func.func @averageOfTwoKinds(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32> {
  %0 = seg.pad %x {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  %1 = seg.avg_pool2d %0 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, ceil_mode = false, count_include_pad = false} : (!seg.tensor<[1, 1, h, "w + 2"], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  return %1 : !seg.tensor<[1, 1, h, "w + 2"], f32>
}

// -----

// Minus infinity is never the largest; zero is not either behind a relu, but may be elsewhere.
// CHECK-LABEL: func.func @max
// CHECK: %[[A:.*]] = seg.max_pool2d %arg0 {{.*}}pads = array<i64: 0, 1, 0, 1>
// CHECK: %[[R:.*]] = seg.unary %[[A]]
// CHECK: %[[B:.*]] = seg.max_pool2d %[[R]] {{.*}}pads = array<i64: 0, 1, 0, 1>
// CHECK: %[[P:.*]] = seg.pad %[[B]]
// CHECK: seg.max_pool2d %[[P]]
func.func @max(%x: !seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32> {
  %0 = seg.pad %x {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], mode = #seg.pad_mode<constant>, value = 0xFF800000 : f32} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  %1 = seg.max_pool2d %0 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 1, h, "w + 2"], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %2 = seg.unary %1 {fn = #seg.act<relu>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %3 = seg.pad %2 {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  %4 = seg.max_pool2d %3 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 1, h, "w + 2"], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  %5 = seg.pad %4 {low = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], high = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<1>], mode = #seg.pad_mode<constant>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, h, "w + 2"], f32>
  %6 = seg.max_pool2d %5 {kernel = array<i64: 1, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 1, h, "w + 2"], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  return %6 : !seg.tensor<[1, 1, h, w], f32>
}
