// What examples/matting asks of a network: one image of 1024x1024 in, and how much of every pixel is
// the subject out. Here it is a quarter of all of them, sigmoid(-1.0986123).

func.func @isnet(%input: !seg.tensor<[1, 3, 1024, 1024], f32> {seg.name = "input"})
    -> (!seg.tensor<[1, 1, 1024, 1024], f32> {seg.name = "output"}) {
  %weights = seg.constant {value = dense<0.0> : tensor<1x3x1x1xf32>} : () -> !seg.tensor<[1, 3, 1, 1], f32>
  %bias = seg.constant {value = dense<-1.0986123> : tensor<1xf32>} : () -> !seg.tensor<[1], f32>
  %scores = seg.conv2d %input, %weights, %bias {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>,
    pads = array<i64: 0, 0, 0, 0>, groups = 1, operandSegmentSizes = array<i32: 1, 1, 1, 0>}
    : (!seg.tensor<[1, 3, 1024, 1024], f32>, !seg.tensor<[1, 3, 1, 1], f32>, !seg.tensor<[1], f32>) -> !seg.tensor<[1, 1, 1024, 1024], f32>
  %output = seg.unary %scores {fn = #seg.act<sigmoid>} : (!seg.tensor<[1, 1, 1024, 1024], f32>) -> !seg.tensor<[1, 1, 1024, 1024], f32>
  return %output : !seg.tensor<[1, 1, 1024, 1024], f32>
}
