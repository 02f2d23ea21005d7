// Ops that read between pixels, against what PyTorch and torchvision compute (the largest of a
// region's products: ONNX Runtime).

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

namespace {

using Sampling = Interpret;

const Floats kImage = {{1, 1, 3, 4}, {0, 1, 4, 2, 2, 4, 1, 0, 1, 4, 2, 2}};

std::string gridSample(const std::string &mode, const std::string &padding, bool corners,
                       const std::string &input, const std::string &grid,
                       const std::string &output) {
  const std::string types = "(" + input + ", " + grid + ") -> " + output;
  return "func.func @f(%x: " + input + ", %g: " + grid + ") -> " + output +
         " {\n  %y = seg.grid_sample %x, %g {mode = #seg.resize_mode<" + mode +
         ">, padding = #seg.sample_padding<" + padding +
         ">, align_corners = " + (corners ? "true" : "false") + "} : " + types +
         "\n  return %y : " + output + "\n}";
}

TEST_F(Sampling, GridOfAnImage) {
  // Inside, across an edge, outside on either side, at the end and further than the image is wide.
  const Floats grid = {
      {1, 1, 6, 2},
      {-0.9f, -0.7f, 0.1f, 0.2f, 1.3f, -1.4f, -1.7f, 0.6f, 0.85f, 1.05f, 2.6f, -2.3f}};
  struct Case {
    std::string mode, padding;
    bool corners;
    std::vector<float> expected;
  };
  for (const Case &c : std::vector<Case>{
           {"nearest", "zeros", false, {0, 1, 0, 0, 0, 0}},
           {"nearest", "zeros", true, {0, 1, 2, 0, 2, 0}},
           {"nearest", "border", false, {0, 1, 2, 1, 2, 2}},
           {"nearest", "border", true, {0, 1, 2, 1, 2, 2}},
           {"nearest", "reflection", false, {0, 1, 2, 4, 2, 2}},
           {"nearest", "reflection", true, {0, 1, 2, 4, 2, 4}},
           {"linear", "zeros", false, {0, 2.11f, 0, 0, 0.68f, 0}},
           {"linear", "zeros", true, {0.795f, 2.18f, 0.66f, 0, 1.9f, 0}},
           {"linear", "border", false, {0, 2.11f, 2, 1.1f, 2, 2}},
           {"linear", "border", true, {0.795f, 2.18f, 2, 1.4f, 2, 2}},
           {"linear", "reflection", false, {0, 2.11f, 1.99f, 3.71f, 2, 2.285f}},
           {"linear", "reflection", true, {0.795f, 2.18f, 1.92f, 3.88f, 1.91125f, 3.08f}},
           {"cubic",
            "zeros",
            false,
            {-0.150987f, 2.19976f, 0.00738107f, -0.00780481f, 0.821146f, 0}},
           {"cubic", "zeros", true, {0.802717f, 2.30469f, 0.664922f, -0.0555038f, 2.12832f, 0}},
           {"cubic", "border", false, {-0.174206f, 2.07219f, 2, 1.0955f, 2.16327f, 2}},
           {"cubic", "border", true, {0.744188f, 2.23641f, 2.00079f, 1.532f, 2.00302f, 2}},
           {"cubic",
            "reflection",
            false,
            {-0.22314f, 2.07219f, 1.99721f, 3.90936f, 2.38856f, 2.62041f}},
           {"cubic",
            "reflection",
            true,
            {0.408965f, 2.25119f, 2.01261f, 4.20425f, 1.92654f, 3.57017f}}})
    EXPECT_THAT(run(gridSample(c.mode, c.padding, c.corners, "!seg.tensor<[1, 1, h, w], f32>",
                               "!seg.tensor<[1, 1, p, 2], f32>", "!seg.tensor<[1, 1, 1, p], f32>"),
                    {kImage, grid}),
                Pointwise(FloatNear(1e-5f), c.expected))
        << c.mode << " " << c.padding << " " << c.corners;
}

TEST_F(Sampling, GridOfAVolume) {
  const Floats volume = {{1, 1, 2, 2, 3}, {0, 1, 4, 9, 5, 3, 3, 5, 9, 4, 1, 0}};
  const Floats grid = {{1, 1, 1, 3, 3}, {-0.9f, 0.7f, -0.6f, 0.3f, 0.2f, 0.1f, 1.2f, -1.1f, 0.4f}};
  auto sample = [&](const std::string &mode, const std::string &padding) {
    return run(gridSample(mode, padding, false, "!seg.tensor<[1, 1, 2, 2, 3], f32>",
                          "!seg.tensor<[1, 1, 1, 3, 3], f32>", "!seg.tensor<[1, 1, 1, 1, 3], f32>"),
               {volume, grid});
  };
  EXPECT_THAT(sample("nearest", "zeros"), ElementsAre(9, 1, 0));
  EXPECT_THAT(sample("nearest", "reflection"), ElementsAre(9, 1, 9));
  EXPECT_THAT(sample("linear", "zeros"),
              Pointwise(FloatNear(1e-5f), std::vector<float>{4.212f, 2.885f, 0.68f}));
  EXPECT_THAT(sample("linear", "border"),
              Pointwise(FloatNear(1e-5f), std::vector<float>{9, 2.885f, 8.5f}));
}

const Floats kMaps = {{2, 1, 4, 5},
                      {-3, -2, 1, -1, -1, 1, -2, -3, -2, 1, -1, -1, 1, -2, -3, -2, 1, -1, -1, 1, -2,
                       -3, -2, 1, -1, -1, 1, -2, -3, -2, 1, -1, -1, 1, -2, -3, -2, 1, -1, -1}};
/// The image, then the corners: one with an edge outside, a small one, one outside.
const std::vector<float> kRegions = {0, 0, 0, 8,    6,    1, -3, 2,  9,  5,
                                     1, 4, 4, 4.5f, 4.2f, 0, 14, 14, 20, 20};

TEST_F(Sampling, RoiAlign) {
  std::vector<float> corners;
  std::vector<int64_t> images;
  for (size_t i = 0; i < kRegions.size(); i += 5) {
    images.push_back(static_cast<int64_t>(kRegions[i]));
    corners.insert(corners.end(), kRegions.begin() + i + 1, kRegions.begin() + i + 5);
  }
  auto align = [&](const std::string &ratio, const std::string &half, const std::string &maximum) {
    return runTensors(
               R"(
func.func @f(%x: !seg.tensor<[2, 1, h, w], f32>, %r: !seg.tensor<[r, 4], f32>, %i: !seg.tensor<[r], i64>) -> !seg.tensor<[r, 1, 2, 2], f32> {
  %y = seg.roi_align %x, %r, %i {output_height = 2, output_width = 2, sampling_ratio = )" +
                   ratio + ", spatial_scale = 0.5 : f32, half_pixel = " + half +
                   ", maximum = " + maximum +
                   R"(} : (!seg.tensor<[2, 1, h, w], f32>, !seg.tensor<[r, 4], f32>, !seg.tensor<[r], i64>) -> !seg.tensor<[r, 1, 2, 2], f32>
  return %y : !seg.tensor<[r, 1, 2, 2], f32>
})",
               {Tensor::ofFloats(&context, kMaps.shape, kMaps.values),
                Tensor::ofFloats(&context, {4, 4}, corners), Tensor::ofInts(i64(), {4}, images)})
        .front()
        .floats;
  };
  using List = std::vector<float>;
  EXPECT_THAT(align("0", "true", "false"),
              Pointwise(FloatNear(1e-5f), List{-1.875f, -0.78125f, -0.8125f, -1.15625f, -0.479167f,
                                               -1.72917f, 0.0833333f, -1, -0.851562f, -1.02969f,
                                               -0.867188f, -1.02656f, 0, 0, 0, 0}));
  EXPECT_THAT(align("0", "false", "false"),
              Pointwise(FloatNear(1e-5f),
                        List{-1.4375f, -1.1875f, -0.484375f, -1.1875f, -0.0833333f, -1.70833f,
                             -0.0416667f, -0.625f, -0.25f, 0.25f, 0.25f, -0.25f, 0, 0, 0, 0}));
  EXPECT_THAT(align("2", "true", "false"),
              Pointwise(FloatNear(1e-5f), List{-1.875f, -0.78125f, -0.8125f, -1.15625f, -0.371094f,
                                               -1.77344f, 0.0625f, -0.984375f, -0.851562f,
                                               -1.02969f, -0.867188f, -1.02656f, 0, 0, 0, 0}));
  EXPECT_THAT(align("2", "true", "true"),
              Pointwise(FloatNear(1e-5f),
                        List{0.625f, 1, 0.625f, 0.875f, 0.234375f, 0.234375f, 0.609375f, 0.609375f,
                             0.228516f, 0.167578f, 0.205078f, 0.150391f, 0, 0, 0, 0}));
  EXPECT_THAT(align("2", "false", "true"),
              Pointwise(FloatNear(1e-5f),
                        List{0.4375f, 0.4375f, 0.4375f, 0.4375f, 0.609375f, 0.140625f, 0.9375f,
                             0.234375f, 0.328125f, 0.765625f, 0.765625f, 0.328125f, 0, 0, 0, 0}));
  images = {0, 2, 1, -1};
  EXPECT_THAT(align("2", "false", "false"),
              Pointwise(FloatNear(1e-5f), List{-1.4375f, -1.1875f, -0.484375f, -1.1875f, 0, 0, 0, 0,
                                               -0.25f, 0.25f, 0.25f, -0.25f, 0, 0, 0, 0}));
}

TEST_F(Sampling, RoiMaxPool) {
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[2, 1, h, w], f32>, %r: !seg.tensor<[4, 5], f32>) -> !seg.tensor<[4, 1, 2, 2], f32> {
  %y = seg.roi_max_pool %x, %r {output_height = 2, output_width = 2, spatial_scale = 0.5 : f32} : (!seg.tensor<[2, 1, h, w], f32>, !seg.tensor<[4, 5], f32>) -> !seg.tensor<[4, 1, 2, 2], f32>
  return %y : !seg.tensor<[4, 1, 2, 2], f32>
})",
                  {kMaps, {{4, 5}, kRegions}}),
              ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, 0, 0, 0, 0));
}

TEST_F(Sampling, DeformableConvolution) {
  auto filled = [](std::vector<int64_t> shape, const std::function<float(int)> &value) {
    Floats tensor{std::move(shape), {}};
    for (int64_t i = 0; i < elementCount(tensor.shape); ++i)
      tensor.values.push_back(value(static_cast<int>(i)));
    return tensor;
  };
  EXPECT_THAT(run(R"(
func.func @f(%x: !seg.tensor<[1, 2, 3, 4], f32>, %w: !seg.tensor<[2, 1, 2, 2], f32>, %o: !seg.tensor<[1, 16, 2, 3], f32>, %b: !seg.tensor<[2], f32>, %m: !seg.tensor<[1, 8, 2, 3], f32>) -> !seg.tensor<[1, 2, 2, 3], f32> {
  %y = seg.deform_conv2d %x, %w, %o, %b, %m {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 2, offset_groups = 2, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
    : (!seg.tensor<[1, 2, 3, 4], f32>, !seg.tensor<[2, 1, 2, 2], f32>, !seg.tensor<[1, 16, 2, 3], f32>, !seg.tensor<[2], f32>, !seg.tensor<[1, 8, 2, 3], f32>) -> !seg.tensor<[1, 2, 2, 3], f32>
  return %y : !seg.tensor<[1, 2, 2, 3], f32>
})",
                  {filled({1, 2, 3, 4}, [](int i) { return float(i * i % 7 - 3); }),
                   filled({2, 1, 2, 2}, [](int i) { return float(i * 2 % 5 - 2); }),
                   filled({1, 16, 2, 3}, [](int i) { return float(i * 5 % 9) * 0.3f - 1.2f; }),
                   {{2}, {1, -1}},
                   filled({1, 8, 2, 3}, [](int i) { return float(i * 3 % 5) * 0.25f; })}),
              Pointwise(FloatNear(1e-5f),
                        std::vector<float>{2.55f, 1.04f, -1.95f, 1.48f, 1.015f, 0.15f, -1.32f,
                                           -2.58f, -3.3425f, 0.665f, -3.72f, -0.55f}));
}

} // namespace
