// The exact mean field, on two pixels whose messages can be written down.

#include "tests/interpreter/Interpret.h"

#include <cmath>

using namespace segc::interpreter;

using Crf = Interpret;

namespace {

std::string crf(const std::string &attributes, const std::string &result, bool matrix = false) {
  const std::string map = "!seg.tensor<[1, 2, 1, 2], f32>",
                    image = "!seg.tensor<[1, 3, 1, 2], f32>";
  const std::string more = matrix ? ", !seg.tensor<[2, 2], f32>" : "";
  return "func.func @f(%s: " + map + ", %i: " + image +
         (matrix ? ", %m: !seg.tensor<[2, 2], f32>" : "") + ") -> " + result +
         " {\n  %q = seg.dense_crf %s, %i" + (matrix ? ", %m" : "") +
         " {bilateral_sigma_xy = 2.0 : f32, bilateral_sigma_rgb = 10.0 : f32, "
         "spatial_sigma = 1.0 : f32, " +
         attributes + "} : (" + map + ", " + image + more + ") -> " + result +
         "\n  return %q : " + result + "\n}";
}

const std::string kMap = "!seg.tensor<[1, 2, 1, 2], f32>";
// Scores of label 0, then of label 1; the colours differ by 10 in one channel.
const Floats kScores = {{1, 2, 1, 2}, {1, 0, 0, 0.5f}};
const Floats kImage = {{1, 3, 1, 2}, {20, 30, 5, 5, 7, 7}};

/// One step from softmax(scores), written out. `charge(own messages, l)` is added to the scores.
template <typename Charge> std::vector<float> oneStep(double wb, double ws, Charge charge) {
  const double kb = std::exp(-(1.0 / 4 + 1.0) / 2), ks = std::exp(-0.5);
  auto first = [](double a, double b) { return 1 / (1 + std::exp(b - a)); };
  const double q[2] = {first(1, 0), first(0, 0.5)}; // of label 0, by pixel
  std::vector<float> result(4);
  for (int p = 0; p < 2; ++p) {
    double message[2];
    for (int l = 0; l < 2; ++l) {
      const double own = l == 0 ? q[p] : 1 - q[p], other = l == 0 ? q[1 - p] : 1 - q[1 - p];
      // The norm is 1 + k at both pixels.
      message[l] = wb * (own + kb * other) / (1 + kb) + ws * (own + ks * other) / (1 + ks);
    }
    const double a = kScores.values[p] + charge(message, 0);
    const double b = kScores.values[2 + p] + charge(message, 1);
    result[p] = static_cast<float>(first(a, b));
    result[2 + p] = static_cast<float>(1 - first(a, b));
  }
  return result;
}

} // namespace

TEST_F(Crf, PottsModel) {
  EXPECT_THAT(
      run(crf("iterations = 1, bilateral_weights = array<f32: 3.0>, "
              "spatial_weights = array<f32: 2.0>",
              kMap),
          {kScores, kImage}),
      Pointwise(FloatNear(1e-6f), oneStep(3, 2, [](const double *m, int l) { return m[l]; })));
}

TEST_F(Crf, GreyImagesAndThoseOfFourChannels) {
  // The same difference of colours, in one channel of one, and in two of four.
  for (const auto &[channels, colours] :
       {std::pair<int64_t, std::vector<float>>{1, {20, 30}},
        std::pair<int64_t, std::vector<float>>{4, {20, 26, 5, 5, 7, 7, 1, 9}}}) {
    std::string text = crf("iterations = 1, bilateral_weights = array<f32: 3.0>, "
                           "spatial_weights = array<f32: 2.0>",
                           kMap);
    const std::string three = "[1, 3, 1, 2]", some = "[1, " + std::to_string(channels) + ", 1, 2]";
    for (size_t at = text.find(three); at != std::string::npos; at = text.find(three))
      text.replace(at, three.size(), some);
    EXPECT_THAT(
        run(text, {kScores, {{1, channels, 1, 2}, colours}}),
        Pointwise(FloatNear(1e-6f), oneStep(3, 2, [](const double *m, int l) { return m[l]; })));
  }
}

TEST_F(Crf, NoIterationIsASoftmax) {
  EXPECT_THAT(run(crf("iterations = 0, bilateral_weights = array<f32: 3.0>, "
                      "spatial_weights = array<f32: 2.0>",
                      kMap),
                  {kScores, kImage}),
              Pointwise(FloatNear(1e-6f), {0.7310586f, 0.3775407f, 0.2689414f, 0.6224593f}));
}

TEST_F(Crf, LearnedCompatibility) {
  // Label 0 is charged for label 1, and label 1 for both.
  EXPECT_THAT(run(crf("iterations = 1, bilateral_weights = array<f32: 3.0>, "
                      "spatial_weights = array<f32: 2.0>",
                      kMap, true),
                  {kScores, kImage, {{2, 2}, {0, 0.75f, 0.25f, 0.5f}}}),
              Pointwise(FloatNear(1e-6f), oneStep(3, 2, [](const double *m, int l) {
                          return l == 0 ? -0.75 * m[1] : -0.25 * m[0] - 0.5 * m[1];
                        })));
}

TEST_F(Crf, WeightsOfLabels) {
  // The same weights for both labels, one by one.
  EXPECT_THAT(
      run(crf("iterations = 1, bilateral_weights = array<f32: 3.0, 3.0>, "
              "spatial_weights = array<f32: 2.0>",
              kMap),
          {kScores, kImage}),
      Pointwise(FloatNear(1e-6f), oneStep(3, 2, [](const double *m, int l) { return m[l]; })));
}

TEST_F(Crf, History) {
  const std::string map = kMap, image = "!seg.tensor<[1, 3, 1, 2], f32>",
                    both = "!seg.tensor<[1, 4, 1, 2], f32>";
  const auto results = runAll(
      "func.func @f(%s: " + map + ", %i: " + image + ") -> (" + map + ", " + both + ", " + both +
          ") {\n  %q:3 = seg.dense_crf %s, %i {bilateral_sigma_xy = 2.0 : "
          "f32, bilateral_sigma_rgb = 10.0 : f32, spatial_sigma = 1.0 : "
          "f32, iterations = 2, bilateral_weights = array<f32: 3.0>, "
          "spatial_weights = array<f32: 2.0>, keep_history} : (" +
          map + ", " + image + ") -> (" + map + ", " + both + ", " + both +
          ")\n  return %q#0, %q#1, %q#2 : " + map + ", " + both + ", " + both + "\n}",
      {kScores, kImage});
  ASSERT_EQ(results.size(), 3u);
  std::vector<float> first(results[2].floats.begin(), results[2].floats.begin() + 4);
  std::vector<float> last(results[2].floats.begin() + 4, results[2].floats.end());
  EXPECT_THAT(first, Pointwise(FloatNear(1e-6f),
                               oneStep(3, 2, [](const double *m, int l) { return m[l]; })));
  EXPECT_EQ(last, results[0].floats);
  for (int pixel = 0; pixel < 2; ++pixel)
    EXPECT_NEAR(1 / (1 + std::exp(results[1].floats[2 + pixel] - results[1].floats[pixel])),
                first[pixel], 1e-6);
}

TEST_F(Crf, Labels) {
  const auto results = runAll(crf("iterations = 1, bilateral_weights = array<f32: 0.0>, "
                                  "spatial_weights = array<f32: 0.0>, labels",
                                  "!seg.tensor<[1, 1, 1, 2], i64>"),
                              {kScores, kImage});
  EXPECT_THAT(results.front().ints, ElementsAre(0, 1));
}
