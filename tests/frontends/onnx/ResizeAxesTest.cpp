// Resize along any axes, by one scale for all, and antialiased, against a sum over every element of
// an axis, one axis after the other.

#include "tests/frontends/onnx/InterpretModel.h"

#include <cmath>
#include <map>

namespace segc::test {
namespace {

/// One axis: its new extent, and the scale that coordinates are divided by.
struct Resized {
  int64_t size;
  double scale;
};

struct How {
  bool isCubic = false, antialias = false, excludeOutside = false;
};

double weightAt(const How &how, double distance) {
  const double d = std::fabs(distance), a = -0.75;
  if (!how.isCubic)
    return d < 1 ? 1 - d : 0;
  return d <= 1  ? (a + 2) * d * d * d - (a + 3) * d * d + 1
         : d < 2 ? a * (d * d * d - 5 * d * d + 8 * d - 4)
                 : 0;
}

/// half_pixel; beyond the edge is the edge, or nothing.
std::vector<double> along(const std::vector<double> &x, std::vector<int64_t> &shape, size_t axis,
                          const Resized &to, const How &how) {
  int64_t inner = 1, outer = 1, extent = shape[axis];
  for (size_t i = 0; i < shape.size(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : shape[i];
  shape[axis] = to.size;
  std::vector<double> result(static_cast<size_t>(outer * to.size * inner));
  const double squeeze = how.antialias ? std::min(1.0, to.scale) : 1.0;
  for (int64_t o = 0; o < to.size; ++o) {
    const double place = (double(o) + 0.5) / to.scale - 0.5;
    std::vector<double> weights(static_cast<size_t>(extent), 0.0);
    double sum = 0;
    for (int64_t i = -50; i < extent + 50; ++i) {
      double weight = weightAt(how, (double(i) - place) * squeeze);
      if (how.excludeOutside && (i < 0 || i >= extent))
        continue;
      weights[std::min(std::max<int64_t>(i, 0), extent - 1)] += weight;
      sum += weight;
    }
    for (int64_t a = 0; a < outer; ++a)
      for (int64_t b = 0; b < inner; ++b)
        for (int64_t i = 0; i < extent; ++i)
          result[(a * to.size + o) * inner + b] +=
              weights[i] / sum * x[(a * extent + i) * inner + b];
  }
  return result;
}

/// `axes` are resized; the others keep their extent.
void check(const Floats &x, const std::map<int64_t, Resized> &axes, const How &how, bool isFree,
           bool byScales, const std::string &policy = "", std::vector<int64_t> wanted = {}) {
  ModelBuilder model(18);
  const char *symbols[] = {"a", "b", "c", "d", "e"};
  std::vector<Extent> extents;
  for (size_t i = 0; i < x.shape.size(); ++i)
    extents.push_back(isFree ? Extent(symbols[i]) : Extent(x.shape[i]));
  model.input("x", extents);
  std::vector<int64_t> named, sizes;
  std::vector<float> scales;
  for (const auto &[axis, to] : axes) {
    named.push_back(axis);
    sizes.push_back(to.size);
    scales.push_back(float(to.scale));
  }
  if (byScales)
    model.floats("scales", {int64_t(scales.size())}, scales);
  else
    model.integers("sizes", wanted.empty() ? sizes : wanted);
  onnx::NodeProto &node = byScales ? model.node("Resize", {"x", "", "scales"}, {"y"})
                                   : model.node("Resize", {"x", "", "", "sizes"}, {"y"});
  setInts(node, "axes", named);
  setText(node, "mode", how.isCubic ? "cubic" : "linear");
  setInt(node, "antialias", how.antialias);
  setInt(node, "exclude_outside", how.excludeOutside);
  if (!policy.empty())
    setText(node, "keep_aspect_ratio_policy", policy);
  model.output("y");
  std::vector<double> expected(x.values.begin(), x.values.end());
  std::vector<int64_t> shape = x.shape;
  for (const auto &[axis, to] : axes)
    expected = along(expected, shape, size_t(axis), to, how);
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], shape, expected);
}

TEST(ResizeAxes, OfVolumesAndOfChannels) {
  const Floats volume = Floats::of({2, 3, 4, 5, 6}), image = Floats::of({2, 3, 4, 5});
  for (bool isCubic : {false, true})
    for (bool isFree : {false, true}) {
      check(volume, {{2, {8, 2}}, {3, {7, 1.5}}, {4, {3, 0.5}}}, {isCubic}, isFree, true);
      check(volume, {{2, {2, 0.5}}}, {isCubic}, isFree, true);
      check(image, {{0, {3, 1.5}}, {1, {6, 2}}, {3, {10, 2}}}, {isCubic}, isFree, true);
      check(Floats::of({4, 5}), {{0, {8, 2}}, {1, {10, 2}}}, {isCubic}, isFree, true);
    }
  check(volume, {{2, {7, 7.0 / 4}}, {3, {2, 2.0 / 5}}, {4, {9, 9.0 / 6}}}, {}, false, false);
}

TEST(ResizeAxes, Antialiased) {
  const Floats x = Floats::of({1, 2, 15, 20});
  for (bool isCubic : {false, true}) {
    for (bool isFree : {false, true}) {
      check(x, {{2, {7, 0.5}}, {3, {10, 0.5}}}, {isCubic, true}, isFree, true);
      check(x, {{2, {9, 0.6}}, {3, {30, 1.5}}}, {isCubic, true}, isFree, true);
    }
    check(x, {{2, {9, 0.6}}, {3, {12, 0.6}}}, {isCubic, true, true}, false, true);
    check(x, {{2, {4, 4.0 / 15}}, {3, {7, 7.0 / 20}}}, {isCubic, true}, false, false);
  }
}

TEST(ResizeAxes, DividesByScalesThatFollowFromTheSize) {
  // Position embeddings of 4 x 3 patches, enlarged as DINO does: (patches + 0.1) / trained.
  const Floats table = Floats::of({1, 2, 4, 3});
  for (bool isCubic : {false, true}) {
    ModelBuilder model(17);
    model.input("x", {int64_t(1), int64_t(1), "h", "w"});
    model.floats("table", table.shape, table.values);
    model.floats("more", {}, {0.1f});
    model.floats("trained", {2}, {4, 3});
    model.floats("ones", {2}, {1, 1});
    setInt(model.node("Shape", {"x"}, {"shape"}), "start", 2);
    setInt(model.node("Cast", {"shape"}, {"sizes"}), "to", onnx::TensorProto::FLOAT);
    model.node("Add", {"sizes", "more"}, {"patches"});
    model.node("Div", {"patches", "trained"}, {"ratios"});
    setInt(model.node("Concat", {"ones", "ratios"}, {"scales"}), "axis", 0);
    onnx::NodeProto &resize = model.node("Resize", {"table", "", "scales"}, {"y"});
    setText(resize, "mode", isCubic ? "cubic" : "linear");
    model.output("y");
    std::vector<int64_t> shape = table.shape;
    std::vector<double> expected(table.values.begin(), table.values.end());
    expected = along(expected, shape, 2, {9, 9.1 / 4}, {isCubic});
    expected = along(expected, shape, 3, {2, 2.1 / 3}, {isCubic});
    auto results = interpretModel(model, {Floats::of({1, 1, 9, 2})});
    ASSERT_EQ(results.size(), 1u);
    expectNear(results[0], {1, 2, 9, 2}, expected);
  }
}

TEST(ResizeAxes, KeepsTheAspectRatio) {
  // 12 x 12 is asked for of 6 x 8: 1.5 times along the columns, 2 along the rows.
  const Floats x = Floats::of({1, 2, 6, 8});
  check(x, {{2, {9, 1.5}}, {3, {12, 1.5}}}, {}, false, false, "not_larger", {12, 12});
  check(x, {{2, {12, 2}}, {3, {16, 2}}}, {}, false, false, "not_smaller", {12, 12});
}

TEST(ResizeAxes, OldNearestRoundsUpAlongTheAxesThatShrink) {
  // Rows 0, 2 of 4 by ceil(o / 0.5); columns 0, 0, 1, 1 by floor(o / 2).
  ModelBuilder model(10);
  model.input("x", {int64_t(1), int64_t(1), "h", "w"});
  model.floats("scales", {4}, {1, 1, 0.75f, 2});
  model.node("Resize", {"x", "scales"}, {"y"});
  model.output("y");
  auto results = interpretModel(model, {Floats{{1, 1, 4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}}});
  ASSERT_EQ(results.size(), 1u);
  // o / 0.75 is 0, 1.33, 2.67.
  EXPECT_THAT(results[0].floats, ElementsAre(0, 0, 1, 1, 20, 20, 21, 21, 30, 30, 31, 31));
}

TEST(ResizeAxes, RefusesWhatNeedsTheSize) {
  for (auto [attribute, message] :
       {std::pair("keep_aspect_ratio_policy", "needs fixed extents"),
        std::pair("", "antialiasing of free extents needs constant scales")}) {
    ModelBuilder model(18);
    model.input("x", {int64_t(1), int64_t(1), "h", "w"});
    model.integers("sizes", {1, 1, 5, 5});
    onnx::NodeProto &node = model.node("Resize", {"x", "", "", "sizes"}, {"y"});
    setText(node, "mode", "linear");
    setInt(node, "antialias", 1);
    if (*attribute)
      setText(node, attribute, "not_larger");
    model.output("y");
    EXPECT_THAT(model.importError(), HasSubstr(message));
  }
}

} // namespace
} // namespace segc::test
