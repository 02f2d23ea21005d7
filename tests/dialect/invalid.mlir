// What the verifiers refuse, and how they say so.
// RUN: segc-opt %s --split-input-file --verify-diagnostics

func.func @groups(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 2, 1, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{weights for 2 channels a group, in 1 group, do not fit an input of 3}}
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 2, 1, 1], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @dilation(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 3, 1, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{dilation 0 is not positive}}
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 0, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @bias(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 3, 1, 1], f32>, %b: !seg.tensor<[3], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the bias does not have one value for each of the 4 channels}}
  %0 = seg.conv2d %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>, !seg.tensor<[3], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @weightScale(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 3, 1, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the weights' scale does not have one factor for each of the 4 channels}}
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, weight_scale = array<f64: 1.0, 2.0, 3.0>, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @residual(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 3, 1, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the residual differs from the result in shape}}
  %0 = seg.conv2d %x, %w, %x {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @emptyResult(%x: !seg.tensor<[1, 1, 2, w], f32>, %w: !seg.tensor<[1, 1, 3, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{extent 2 of the result would be 0}}
  %0 = seg.conv2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 1, 2, w], f32>, !seg.tensor<[1, 1, 3, 1], f32>) -> !seg.tensor<[1, 1, 1, w], f32>
  return
}

// -----

func.func @resultType(%x: !seg.tensor<[1, 1, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{incompatible with return type}}
  %0 = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1, 1, h, w], f32>) -> !seg.tensor<[1, 1, w, h], f32>
  return
}

// -----

func.func @transposed(%x: !seg.tensor<[1, 3, h, w], f32>, %w: !seg.tensor<[4, 3, 1, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{weights for 4 channels in 1 group do not fit an input of 3}}
  %0 = seg.conv_transpose2d %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4, 3, 1, 1], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @batchNorm(%x: !seg.tensor<[1, 3, h, w], f32>, %s: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{need one value for each of the 3 channels}}
  %0 = seg.batch_norm %x, %s, %s, %s, %s {epsilon = 1.0 : f32} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>, !seg.tensor<[4], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @pool(%x: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a pad of 2 is not smaller than the window of 2}}
  %0 = seg.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 2, 0, 0, 0>, ceil_mode = false} : (!seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, "h + 1", "w - 1"], f32>
  return
}

// -----

func.func @rank(%x: !seg.tensor<[3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the input has rank 3; a feature map [N, C, H, W] is needed}}
  %0 = seg.avg_pool2d %x {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, ceil_mode = false, count_include_pad = false} : (!seg.tensor<[3, h, w], f32>) -> !seg.tensor<[3, h, w], f32>
  return
}

// -----

func.func @unpool(%x: !seg.tensor<[1, 3, h, w], f32>, %s: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the switches are not i64 or i32 of rank 4}}
  %0 = seg.max_unpool2d %x, %s {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, sizes = [#seg.dim<1>, #seg.dim<3>, #seg.dim<h>, #seg.dim<w>], indexed = [#seg.dim<1>, #seg.dim<3>, #seg.dim<h>, #seg.dim<w>]} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @resize(%x: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{batch and channels cannot be resized}}
  %0 = seg.resize %x {sizes = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>], mode = #seg.resize_mode<linear>, coordinates = #seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>} : (!seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 4, h, w], f32>
  return
}

// -----

func.func @concat(%x: !seg.tensor<[1, 3, 4, w], f32>, %y: !seg.tensor<[1, 3, 5, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{extent 2 is 4 in one tensor and 5 in another}}
  %0 = seg.concat %x, %y {axis = 1} : (!seg.tensor<[1, 3, 4, w], f32>, !seg.tensor<[1, 3, 5, w], f32>) -> !seg.tensor<[1, 6, 4, w], f32>
  return
}

// -----

func.func @slice(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the part along axis 0 lies outside the input}}
  %0 = seg.slice %x {starts = [#seg.dim<2>], sizes = [#seg.dim<3>], steps = array<i64: 1>} : (!seg.tensor<[4], f32>) -> !seg.tensor<[3], f32>
  return
}

// -----

func.func @view(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the part along axis 0 lies outside the input}}
  %0 = seg.view %x {starts = [#seg.dim<0>], steps = array<i64: 1, 1>, shape = [#seg.dim<3>, #seg.dim<3>]} : (!seg.tensor<[4], f32>) -> !seg.tensor<[3, 3], f32>
  return
}

// -----

func.func @view_steps(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{starts and steps do not have one value for each axis}}
  %0 = seg.view %x {starts = [#seg.dim<0>], steps = array<i64: 1>, shape = [#seg.dim<3>, #seg.dim<3>]} : (!seg.tensor<[4], f32>) -> !seg.tensor<[3, 3], f32>
  return
}

// -----

func.func @step(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{step 0}}
  %0 = seg.slice %x {starts = [#seg.dim<0>], sizes = [#seg.dim<3>], steps = array<i64: 0>} : (!seg.tensor<[4], f32>) -> !seg.tensor<[3], f32>
  return
}

// -----

func.func @pad(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a reflection of 4 exceeds the extent 4}}
  %0 = seg.pad %x {low = [#seg.dim<4>], high = [#seg.dim<0>], mode = #seg.pad_mode<reflect>} : (!seg.tensor<[4], f32>) -> !seg.tensor<[8], f32>
  return
}

// -----

func.func @reshape(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{4 elements do not fit a shape of 6}}
  %0 = seg.reshape %x {shape = [#seg.dim<2>, #seg.dim<3>]} : (!seg.tensor<[4], f32>) -> !seg.tensor<[2, 3], f32>
  return
}

// -----

func.func @transpose(%x: !seg.tensor<[4, 5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the permutation does not name each axis once}}
  %0 = seg.transpose %x {permutation = array<i64: 0, 0>} : (!seg.tensor<[4, 5], f32>) -> !seg.tensor<[4, 4], f32>
  return
}

// -----

func.func @broadcast(%x: !seg.tensor<[4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the input does not broadcast to the shape}}
  %0 = seg.broadcast %x {shape = [#seg.dim<5>]} : (!seg.tensor<[4], f32>) -> !seg.tensor<[5], f32>
  return
}

// -----

func.func @binary(%x: !seg.tensor<[4], f32>, %y: !seg.tensor<[5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the operands' shapes do not broadcast}}
  %0 = seg.binary %x, %y {kind = #seg.binary_kind<add>} : (!seg.tensor<[4], f32>, !seg.tensor<[5], f32>) -> !seg.tensor<[5], f32>
  return
}

// -----

func.func @binaryTypes(%x: !seg.tensor<[4], f32>, %y: !seg.tensor<[4], i64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the operands differ in element type}}
  %0 = seg.binary %x, %y {kind = #seg.binary_kind<add>} : (!seg.tensor<[4], f32>, !seg.tensor<[4], i64>) -> !seg.tensor<[4], f32>
  return
}

// -----

func.func @mapArguments(%x: !seg.tensor<[4], f32>) {
  // expected-error @+1 {{has 1 operands and 2 block arguments}}
  %0 = seg.map %x {
  ^bb0(%a: f32, %b: f32):
    seg.yield %a : f32
  } : (!seg.tensor<[4], f32>) -> !seg.tensor<[4], f32>
  return
}

// -----

func.func @mapYield(%x: !seg.tensor<[4], f32>) {
  // expected-error @+1 {{does not yield the result's element type}}
  %0 = seg.map %x {
  ^bb0(%a: f32):
    seg.yield %a : f32
  } : (!seg.tensor<[4], f32>) -> !seg.tensor<[4], i64>
  return
}

// -----

func.func @reduce(%x: !seg.tensor<[4, 5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the axes are not sorted, or one is named twice}}
  %0 = seg.reduce %x {kind = #seg.reduce_kind<sum>, axes = array<i64: 1, 0>, keep_dims = false} : (!seg.tensor<[4, 5], f32>) -> !seg.tensor<[], f32>
  return
}

// -----

func.func @softmax(%x: !seg.tensor<[4, 5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{axis 2 is not below the rank 2}}
  %0 = seg.softmax %x {axis = 2} : (!seg.tensor<[4, 5], f32>) -> !seg.tensor<[4, 5], f32>
  return
}

// -----

func.func @argmax(%x: !seg.tensor<[4, 5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{axis -1 is not below the rank 2}}
  %0 = seg.argmax %x {axis = -1, keep_dims = false} : (!seg.tensor<[4, 5], f32>) -> !seg.tensor<[4], i64>
  return
}

// -----

func.func @matmul(%x: !seg.tensor<[4, 5], f32>, %y: !seg.tensor<[6, 7], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a matrix of 5 columns does not fit one of 6 rows}}
  %0 = seg.matmul %x, %y : (!seg.tensor<[4, 5], f32>, !seg.tensor<[6, 7], f32>) -> !seg.tensor<[4, 7], f32>
  return
}

// -----

func.func @convertLayout(%x: !seg.tensor<[1, 4, h, w], f32>) {
  // expected-error @+1 {{changes more than the layout}}
  %0 = seg.convert_layout %x : (!seg.tensor<[1, 4, h, w], f32>) -> !seg.tensor<[1, 4, w, h], f32, <block = 8, left = 0, right = 0>>
  return
}

// -----

// expected-error @+1 {{extent "h /": expected an extent}}
func.func private @extent(!seg.tensor<["h /"], f32>)

// -----

func.func @function(%x: !seg.tensor<[4], f32>) {
  // expected-error @+1 {{unknown function 'swash'}}
  %0 = seg.unary %x {fn = #seg.act<swash>} : (!seg.tensor<[4], f32>) -> !seg.tensor<[4], f32>
  return
}

// -----

// Elements are numbers or truth values.
// expected-error @+1 {{elements are floats, integers of 8 to 64 bits or i1, not 'index'}}
func.func @noElements(%x: !seg.tensor<[1, 3, h, w], index>) {
  return
}

// -----

// Halves are stored, and computed with as f32.
func.func @computedHalves(%x: !seg.tensor<[4], f16>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{elements of type f16 are stored, not computed with}}
  %0 = seg.binary %x, %x {kind = #seg.binary_kind<add>} : (!seg.tensor<[4], f16>, !seg.tensor<[4], f16>) -> !seg.tensor<[4], f16>
  return
}

// -----

func.func @castOfHalves(%x: !seg.tensor<[4], f16>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a cast from f16 to i32 must go by way of f32}}
  %0 = seg.cast %x {to = i32} : (!seg.tensor<[4], f16>) -> !seg.tensor<[4], i32>
  return
}

// -----

func.func @sigmoidOfIntegers(%x: !seg.tensor<[4], i32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the function sigmoid is not defined on elements of type i32}}
  %0 = seg.unary %x {fn = #seg.act<sigmoid>} : (!seg.tensor<[4], i32>) -> !seg.tensor<[4], i32>
  return
}

// -----

func.func @conditionOfNumbers(%x: !seg.tensor<[4], i32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the condition is no truth value}}
  %0 = seg.select %x, %x, %x : (!seg.tensor<[4], i32>, !seg.tensor<[4], i32>, !seg.tensor<[4], i32>) -> !seg.tensor<[4], i32>
  return
}

// -----

func.func @oneLabel(%s: !seg.tensor<[1, 1, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a CRF has 2 to 256 labels, not 1}}
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 1, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 1, h, w], f32>
  return
}

// -----

func.func @fiveChannels(%s: !seg.tensor<[1, 3, h, w], f32>, %i: !seg.tensor<[1, 5, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the image of a CRF has 1 to 4 channels, not 5}}
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 5, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @otherSize(%s: !seg.tensor<[1, 3, 8, w], f32>, %i: !seg.tensor<[1, 3, 9, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{scores and image differ in size: 8 and 9}}
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, 8, w], f32>, !seg.tensor<[1, 3, 9, w], f32>) -> !seg.tensor<[1, 3, 8, w], f32>
  return
}

// -----

func.func @endless(%s: !seg.tensor<[1, 3, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{100000 iterations are not between 0 and 10000}}
  %0 = seg.dense_crf %s, %i {iterations = 100000, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @flatSigma(%s: !seg.tensor<[1, 3, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{bilateral_sigma_xy is not a positive number}}
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 0.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @fewWeights(%s: !seg.tensor<[1, 3, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{there are 2 bilateral weights for 3 labels}}
  %0 = seg.dense_crf %s, %i {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 1.0, 2.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @narrowMatrix(%s: !seg.tensor<[1, 3, h, w], f32>, %i: !seg.tensor<[1, 3, h, w], f32>, %m: !seg.tensor<[3, 2], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the compatibility is not a matrix of 3 x 3}}
  %0 = seg.dense_crf %s, %i, %m {iterations = 5, bilateral_sigma_xy = 80.0 : f32, bilateral_sigma_rgb = 13.0 : f32, bilateral_weights = array<f32: 10.0>, spatial_sigma = 3.0 : f32, spatial_weights = array<f32: 3.0>} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[3, 2], f32>) -> !seg.tensor<[1, 3, h, w], f32>
  return
}

// -----

func.func @flatGrid(%x: !seg.tensor<[1, 3, h, w], f32>, %g: !seg.tensor<[1, p, q, 3], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the grid has 3 coordinates a place instead of 2}}
  %0 = seg.grid_sample %x, %g {mode = #seg.resize_mode<linear>, padding = #seg.sample_padding<zeros>, align_corners = false} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[1, p, q, 3], f32>) -> !seg.tensor<[1, 3, p, q], f32>
  return
}

// -----

func.func @wideRegions(%x: !seg.tensor<[1, 3, h, w], f32>, %r: !seg.tensor<[9, 5], f32>, %i: !seg.tensor<[9], i64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a region has 5 numbers instead of 4}}
  %0 = seg.roi_align %x, %r, %i {output_height = 7, output_width = 7, sampling_ratio = 2, spatial_scale = 1.0 : f32, half_pixel = true, maximum = false} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[9, 5], f32>, !seg.tensor<[9], i64>) -> !seg.tensor<[9, 3, 7, 7], f32>
  return
}

// -----

func.func @samplesWithoutEnd(%x: !seg.tensor<[1, 3, h, w], f32>, %r: !seg.tensor<[9, 4], f32>, %i: !seg.tensor<[9], i64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{a sampling ratio of 2000000000 is not between 0 and 1024}}
  %0 = seg.roi_align %x, %r, %i {output_height = 7, output_width = 7, sampling_ratio = 2000000000, spatial_scale = 1.0 : f32, half_pixel = true, maximum = false} : (!seg.tensor<[1, 3, h, w], f32>, !seg.tensor<[9, 4], f32>, !seg.tensor<[9], i64>) -> !seg.tensor<[9, 3, 7, 7], f32>
  return
}

// -----

func.func @fewOffsets(%x: !seg.tensor<[1, 4, h, w], f32>, %k: !seg.tensor<[8, 4, 3, 3], f32>, %o: !seg.tensor<[1, 9, h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the offsets have 9 channels instead of 18}}
  %0 = seg.deform_conv2d %x, %k, %o {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, groups = 1, offset_groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (!seg.tensor<[1, 4, h, w], f32>, !seg.tensor<[8, 4, 3, 3], f32>, !seg.tensor<[1, 9, h, w], f32>) -> !seg.tensor<[1, 8, h, w], f32>
  return
}

// -----

func.func @threeGatesOfAnLstm(%p: !seg.tensor<[t, n, 15], f32>, %k: !seg.tensor<[5, 15], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{are not 4 gates of a state}}
  %0:2 = seg.recurrent %p, %k {cell = #seg.cell_kind<lstm>, activations = [#seg.act<sigmoid>, #seg.act<tanh>, #seg.act<tanh>], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (!seg.tensor<[t, n, 15], f32>, !seg.tensor<[5, 15], f32>) -> (!seg.tensor<[t, n, 5], f32>, !seg.tensor<[t, n, 5], f32>)
  return
}

// -----

func.func @oneActivation(%p: !seg.tensor<[t, n, 15], f32>, %k: !seg.tensor<[5, 15], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{there are 1 activations instead of 2}}
  %0 = seg.recurrent %p, %k {cell = #seg.cell_kind<gru>, activations = [#seg.act<sigmoid>], operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0>} : (!seg.tensor<[t, n, 15], f32>, !seg.tensor<[5, 15], f32>) -> !seg.tensor<[t, n, 5], f32>
  return
}

// -----

func.func @realIndices(%x: !seg.tensor<[4, 5], f32>, %i: !seg.tensor<[3, 1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the indices are neither i32 nor i64}}
  %0 = seg.gather %x, %i {axis = 0, batch_dims = 0} : (!seg.tensor<[4, 5], f32>, !seg.tensor<[3, 1], f32>) -> !seg.tensor<[3, 5], f32>
  return
}

// -----

func.func @longTuples(%x: !seg.tensor<[4, 5], f32>, %i: !seg.tensor<[3, 2], i64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{tuples of 2 indices for 1 axes}}
  %0 = seg.gather %x, %i {axis = 1, batch_dims = 0} : (!seg.tensor<[4, 5], f32>, !seg.tensor<[3, 2], i64>) -> !seg.tensor<[4, 3], f32>
  return
}

// -----

func.func @moreIndices(%x: !seg.tensor<[4, 5], f32>, %i: !seg.tensor<[5, 5], i64>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the indices are more than the input along axis 0}}
  %0 = seg.gather_elements %x, %i {axis = 1} : (!seg.tensor<[4, 5], f32>, !seg.tensor<[5, 5], i64>) -> !seg.tensor<[5, 5], f32>
  return
}

// -----

func.func @otherUpdates(%x: !seg.tensor<[4, 5], f32>, %i: !seg.tensor<[3, 1], i64>, %u: !seg.tensor<[3, 4], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the updates: an extent of 4 where 5 is needed}}
  %0 = seg.scatter %x, %i, %u {} : (!seg.tensor<[4, 5], f32>, !seg.tensor<[3, 1], i64>, !seg.tensor<[3, 4], f32>) -> !seg.tensor<[4, 5], f32>
  return
}

// -----

func.func @sumOfTruths(%x: !seg.tensor<[4, 5], i1>, %i: !seg.tensor<[3, 1], i64>, %u: !seg.tensor<[3, 5], i1>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{elements of this type cannot be combined}}
  %0 = seg.scatter %x, %i, %u {reduction = #seg.binary_kind<add>} : (!seg.tensor<[4, 5], i1>, !seg.tensor<[3, 1], i64>, !seg.tensor<[3, 5], i1>) -> !seg.tensor<[4, 5], i1>
  return
}

// -----

func.func @tooMany(%x: !seg.tensor<[4, 5], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the 6 largest of 5}}
  %0, %1 = seg.top_k %x {k = #seg.dim<6>, axis = 1, largest = true} : (!seg.tensor<[4, 5], f32>) -> (!seg.tensor<[4, 6], f32>, !seg.tensor<[4, 6], i64>)
  return
}

// -----

func.func @noCount(%x: !seg.tensor<[h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the count is an expression, h}}
  %0 = seg.nonzero %x {count = #seg.dim<h>} : (!seg.tensor<[h, w], f32>) -> !seg.tensor<[2, h], i64>
  return
}

// -----

func.func @moreThanTheBound(%x: !seg.tensor<[h, w], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{there may be h * w, more than the bound of the count, h}}
  %0 = seg.nonzero %x {count = #seg.dim<"count(a, h)">} : (!seg.tensor<[h, w], f32>) -> !seg.tensor<[2, "count(a, h)"], i64>
  return
}

// -----

func.func @rowsOfNoMatrix(%x: !seg.tensor<[h], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{rows of a matrix are compared, not a tensor of rank 1}}
  %0, %1, %2 = seg.unique %x {count = #seg.dim<"count(b, h)">, sorted = true} : (!seg.tensor<[h], f32>) -> (!seg.tensor<["count(b, h)"], i64>, !seg.tensor<[h], i64>, !seg.tensor<["count(b, h)"], i64>)
  return
}

// -----

func.func @scoresOfOtherBoxes(%boxes: !seg.tensor<[1, 8, 4], f32>, %scores: !seg.tensor<[1, 21, 9], f32>, %t: !seg.tensor<[1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{there are boxes [1, 8, 4] and scores [1, 21, 9]}}
  %0 = seg.nms %boxes, %scores, %t {count = #seg.dim<"count(c, 168)">, limit = #seg.dim<8>, center = false} : (!seg.tensor<[1, 8, 4], f32>, !seg.tensor<[1, 21, 9], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<["count(c, 168)", 3], i64>
  return
}

// -----

func.func @moreThanThereAre(%boxes: !seg.tensor<[1, 8, 4], f32>, %scores: !seg.tensor<[1, 21, 8], f32>, %t: !seg.tensor<[1], f32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{the limit, 9, is more than there are boxes}}
  %0 = seg.nms %boxes, %scores, %t {count = #seg.dim<"count(c, 189)">, limit = #seg.dim<9>, center = false} : (!seg.tensor<[1, 8, 4], f32>, !seg.tensor<[1, 21, 8], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<["count(c, 189)", 3], i64>
  return
}
