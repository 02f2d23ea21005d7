// seg.resize against the numbers in ONNX's own tests of Resize, and its nearest pixels against
// all pixels tried one by one.

#include "tests/interpreter/Interpret.h"

#include <limits>
#include <numeric>

using namespace segc::interpreter;

namespace {

class Resize : public Interpret {
protected:
  /// A text for one resize; `attributes` are those besides sizes.
  std::vector<float> resize(Floats input, int64_t height, int64_t width, std::string mode,
                            std::string coordinates, std::string nearest = "round_prefer_floor",
                            std::string attributes = "") {
    auto type = [](int64_t h, int64_t w) {
      return "!seg.tensor<[1, 1, " + std::to_string(h) + ", " + std::to_string(w) + "], f32>";
    };
    std::string from = type(input.shape[2], input.shape[3]), to = type(height, width);
    return run("func.func @f(%x: " + from + ") -> " + to + " {\n  %y = seg.resize %x {sizes = [" +
                   "#seg.dim<1>, #seg.dim<1>, #seg.dim<" + std::to_string(height) + ">, #seg.dim<" +
                   std::to_string(width) + ">], mode = #seg.resize_mode<" + mode +
                   ">, coordinates = #seg.coordinates<" + coordinates +
                   ">, nearest = #seg.nearest<" + nearest + ">" + attributes + "} : (" + from +
                   ") -> " + to + "\n  return %y : " + to + "\n}",
               {std::move(input)});
  }
};

const Floats kCount{{1, 1, 4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
const Floats kTwo{{1, 1, 2, 2}, {1, 2, 3, 4}};
const Floats kWide{{1, 1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}};

auto near(std::vector<float> expected) { return Pointwise(FloatNear(1e-5f), expected); }

} // namespace

TEST_F(Resize, UpsampleNearest) {
  EXPECT_THAT(resize(kTwo, 4, 6, "nearest", "half_pixel", "round_prefer_floor",
                     ", scales = array<f32: 2.0, 3.0>"),
              ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4));
}

TEST_F(Resize, DownsampleNearestByScales) {
  EXPECT_THAT(resize(kWide, 1, 2, "nearest", "half_pixel", "round_prefer_floor",
                     ", scales = array<f32: 0.6, 0.6>"),
              ElementsAre(1, 3));
}

TEST_F(Resize, DownsampleNearestBySizes) {
  EXPECT_THAT(resize(kWide, 1, 3, "nearest", "half_pixel"), ElementsAre(1, 2, 4));
}

TEST_F(Resize, NearestModes) {
  // test_resize_upsample_sizes_nearest_{floor_align_corners, ceil_half_pixel,
  // round_prefer_ceil_asymmetric} from 4x4 to 8x8; the first row of each.
  auto firstRow = [&](std::string coordinates, std::string nearest) {
    std::vector<float> values = resize(kCount, 8, 8, "nearest", coordinates, nearest);
    values.resize(8);
    return values;
  };
  EXPECT_THAT(firstRow("align_corners", "floor"), ElementsAre(1, 1, 1, 2, 2, 3, 3, 4));
  EXPECT_THAT(firstRow("half_pixel", "ceil"), ElementsAre(1, 2, 2, 3, 3, 4, 4, 4));
  EXPECT_THAT(firstRow("asymmetric", "round_prefer_ceil"), ElementsAre(1, 2, 2, 3, 3, 4, 4, 4));
  EXPECT_THAT(firstRow("tf_half_pixel_for_nn", "floor"), ElementsAre(1, 1, 2, 2, 3, 3, 4, 4));
}

TEST_F(Resize, UpsampleLinear) {
  EXPECT_THAT(
      resize(kTwo, 4, 4, "linear", "half_pixel", "floor", ", scales = array<f32: 2.0, 2.0>"),
      near({1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4}));
  EXPECT_THAT(resize(kTwo, 4, 4, "linear", "align_corners"),
              near({1, 1.33333333f, 1.66666667f, 2, 1.66666667f, 2, 2.33333333f, 2.66666667f,
                    2.33333333f, 2.66666667f, 3, 3.33333333f, 3, 3.33333333f, 3.66666667f, 4}));
}

TEST_F(Resize, DownsampleLinear) {
  EXPECT_THAT(
      resize(kWide, 1, 2, "linear", "half_pixel", "floor", ", scales = array<f32: 0.6, 0.6>"),
      near({2.6666665f, 4.3333331f}));
  // The corners are those of the 2 columns that there are, not of 0.6 * 4.
  EXPECT_THAT(
      resize(kWide, 1, 2, "linear", "align_corners", "floor", ", scales = array<f32: 0.6, 0.6>"),
      near({1, 4}));
  EXPECT_THAT(resize(kCount, 3, 1, "linear", "pytorch_half_pixel"),
              near({1.6666666f, 7, 12.333333f}));
}

TEST_F(Resize, DownsampleCubic) {
  EXPECT_THAT(
      resize(kCount, 3, 3, "cubic", "half_pixel", "floor", ", scales = array<f32: 0.8, 0.8>"),
      near({1.47119141f, 2.78125f, 4.08251953f, 6.71142578f, 8.02148438f, 9.32275391f, 11.91650391f,
            13.2265625f, 14.52783203f}));
  EXPECT_THAT(
      resize(kCount, 3, 3, "cubic", "half_pixel", "floor",
             ", scales = array<f32: 0.8, 0.8>, cubic_coeff_a = -0.5 : f32, exclude_outside = true"),
      near({1.36812675f, 2.6695014f, 4.0133367f, 6.57362535f, 7.875f, 9.2188353f, 11.94896657f,
            13.25034122f, 14.59417652f}));
}

TEST_F(Resize, CropAndResize) {
  // test_resize_tf_crop_and_resize and ..._extrapolation_value, which reads beyond the edge.
  std::vector<float> random{0.2f, 0.4f, 0.6f, 0.8f, 1,    1.2f, 1.4f, 1.6f,
                            1.8f, 2,    2.2f, 2.4f, 2.6f, 2.8f, 3,    3.2f};
  // Rows 0.4*3 = 1.2 .. 0.6*3 = 1.8 and columns 0.6*3 = 1.8 .. 0.8*3 = 2.4 in 3 steps.
  EXPECT_THAT(resize({{1, 1, 4, 4}, random}, 3, 3, "linear", "tf_crop_and_resize", "floor",
                     ", roi = array<f32: 0.4, 0.6, 0.6, 0.8>"),
              near({1.52f, 1.58f, 1.64f, 1.76f, 1.82f, 1.88f, 2.0f, 2.06f, 2.12f}));
  // Columns 1.8, 2.7, 3.6: the last lies outside.
  EXPECT_THAT(resize({{1, 1, 4, 4}, random}, 1, 3, "linear", "tf_crop_and_resize", "floor",
                     ", roi = array<f32: 0.0, 0.6, 0.0, 1.2>, extrapolation = 10.0 : f32"),
              near({0.56f, 0.74f, 10}));
}

/// The pixel of [0, extent) nearest to place / whole: all are tried.
static int64_t nearestByHand(const std::string &mode, int64_t place, int64_t whole,
                             int64_t extent) {
  int64_t best = -1;
  for (int64_t pixel = -1; pixel <= extent; ++pixel) {
    const int64_t ahead = pixel * whole - place, bestAhead = best * whole - place;
    if (mode == "floor"                ? ahead <= 0
        : mode == "ceil"               ? bestAhead < 0
        : mode == "round_prefer_floor" ? std::abs(ahead) < std::abs(bestAhead)
                                       : std::abs(ahead) <= std::abs(bestAhead))
      best = pixel;
  }
  return std::min(std::max<int64_t>(best, 0), extent - 1);
}

// Rows shrink or grow from n to m and columns from m to n, for all n and m up to 64; in float32
// one pair in eighty goes wrong.
TEST_F(Resize, NearestOfAllSizes) {
  for (std::string nearest : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
    for (std::string mode : {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                             "tf_half_pixel_for_nn"}) {
      SCOPED_TRACE(mode + " " + nearest);
      // The second input only says how large the result is.
      mlir::func::FuncOp function =
          parse("func.func @f(%x: !seg.tensor<[1, 1, n, m], f32>, %y: !seg.tensor<[a, b], f32>) -> "
                "!seg.tensor<[1, 1, a, b], f32> {\n"
                "  %r = seg.resize %x {sizes = [#seg.dim<1>, #seg.dim<1>, #seg.dim<\"a\">, "
                "#seg.dim<\"b\">], mode = #seg.resize_mode<nearest>, coordinates = "
                "#seg.coordinates<" +
                mode + ">, nearest = #seg.nearest<" + nearest +
                ">} : (!seg.tensor<[1, 1, n, m], f32>) -> !seg.tensor<[1, 1, a, b], f32>\n"
                "  return %r : !seg.tensor<[1, 1, a, b], f32>\n}");
      ASSERT_TRUE(function);
      auto source = [&](int64_t input, int64_t output, int64_t at) {
        int64_t place = 0, whole = 1;
        if (mode == "asymmetric")
          place = at * input, whole = output;
        else if (mode == "align_corners" && output > 1)
          place = at * (input - 1), whole = output - 1;
        else if (mode == "tf_half_pixel_for_nn")
          place = (2 * at + 1) * input, whole = 2 * output;
        else if (mode == "half_pixel" || (mode == "pytorch_half_pixel" && output > 1))
          place = (2 * at + 1) * input - output, whole = 2 * output;
        return nearestByHand(nearest, place, whole, input);
      };
      for (int64_t n = 1; n <= 64; ++n)
        for (int64_t m = n; m <= 64; ++m) {
          std::vector<float> numbers(n * m);
          std::iota(numbers.begin(), numbers.end(), 0.0f);
          auto results =
              interpret(function, {Tensor::ofFloats(&context, {1, 1, n, m}, numbers),
                                   Tensor::ofFloats(&context, {m, n}, std::vector<float>(m * n))});
          ASSERT_TRUE(bool(results));
          const std::vector<float> &floats = results->front().floats;
          // The first column and the first row tell all.
          const int64_t left = source(m, n, 0), top = source(n, m, 0);
          for (int64_t row = 0; row < m; ++row)
            ASSERT_EQ(floats[row * n], source(n, m, row) * m + left) << n << " to " << m;
          for (int64_t column = 0; column < n; ++column)
            ASSERT_EQ(floats[column], top * m + source(m, n, column)) << m << " to " << n;
        }
    }
}

TEST_F(Resize, ScalesAreWhatTheyWereWrittenAs) {
  // Column 3 / 0.6 is 5, though the float 0.6 is 0.60000002; likewise 6 and 9 by 1 / 3.
  Floats ten{{1, 1, 1, 10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EXPECT_THAT(
      resize(ten, 1, 6, "nearest", "asymmetric", "floor", ", scales = array<f32: 1.0, 0.6>"),
      ElementsAre(0, 1, 3, 5, 6, 8));
  EXPECT_THAT(resize(ten, 1, 4, "nearest", "asymmetric", "floor",
                     ", scales = array<f32: 1.0, 0.333333343>"),
              ElementsAre(0, 3, 6, 9));
}
