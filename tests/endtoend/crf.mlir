// A dense CRF behind a 1x1 convolution, for tests of packages: beliefs and labels. Batch, height
// and width are the caller's choice.

func.func @crf(%image: !seg.tensor<[n, 3, h, w], f32> {seg.name = "image"})
    -> (!seg.tensor<[n, 5, h, w], f32> {seg.name = "beliefs"}, !seg.tensor<[n, 1, h, w], i64> {seg.name = "labels"}) {
  %weights = seg.constant {value = dense<[[[[2.0]], [[-1.5]], [[0.5]]], [[[-0.5]], [[1.75]], [[1.0]]], [[[1.0]], [[1.0]], [[-2.0]]], [[[0.25]], [[-2.0]], [[1.5]]], [[[-1.5]], [[0.5]], [[0.75]]]]> : tensor<5x3x1x1xf32>} : () -> !seg.tensor<[5, 3, 1, 1], f32>
  %scores = seg.conv2d %image, %weights {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 0, 0>}
    : (!seg.tensor<[n, 3, h, w], f32>, !seg.tensor<[5, 3, 1, 1], f32>) -> !seg.tensor<[n, 5, h, w], f32> loc("scores")
  %beliefs = seg.dense_crf %scores, %image {iterations = 3, bilateral_sigma_xy = 12.0 : f32, bilateral_sigma_rgb = 0.4 : f32, bilateral_weights = array<f32: 1.5>, spatial_sigma = 2.0 : f32, spatial_weights = array<f32: 1.0>}
    : (!seg.tensor<[n, 5, h, w], f32>, !seg.tensor<[n, 3, h, w], f32>) -> !seg.tensor<[n, 5, h, w], f32> loc("beliefs")
  %labels = seg.dense_crf %scores, %image {iterations = 3, bilateral_sigma_xy = 12.0 : f32, bilateral_sigma_rgb = 0.4 : f32, bilateral_weights = array<f32: 1.5>, spatial_sigma = 2.0 : f32, spatial_weights = array<f32: 1.0>, labels}
    : (!seg.tensor<[n, 5, h, w], f32>, !seg.tensor<[n, 3, h, w], f32>) -> !seg.tensor<[n, 1, h, w], i64> loc("labels")
  return %beliefs, %labels : !seg.tensor<[n, 5, h, w], f32>, !seg.tensor<[n, 1, h, w], i64>
}
