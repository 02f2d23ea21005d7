// Ops that read between pixels, and recurrent layers, compiled and compared with the interpreter.

#include "tests/endtoend/Archs.h"
#include "tests/endtoend/OpGraph.h"

#include <cmath>
#include <limits>
#include <tuple>

using namespace segc;
using mlir::Value;

namespace {

class Sampling : public OnTarget {
protected:
  /// Many kernels for little data.
  void SetUp() override {
    OnTarget::SetUp();
    graph.optimization = "-O0";
  }

  Value scaled(Value value, float factor) {
    return graph.binary("mul", value, graph.constant({}, factor, factor));
  }
  Value integers(unsigned bits, const std::vector<int64_t> &values) {
    return graph.input(interpreter::Tensor::ofInts(graph.opBuilder().getIntegerType(bits),
                                                   {static_cast<int64_t>(values.size())}, values));
  }
  Value floats(const std::vector<int64_t> &shape, const std::vector<float> &values) {
    return graph.input(
        interpreter::Tensor::ofFloats(graph.opBuilder().getContext(), shape, values));
  }
};

TEST_P(Sampling, GridSample) {
  Value image = graph.input("n, 5, h, w"), grid = graph.input("n, p, q, 2");
  Value volume = graph.input("n, 2, d, h, w"), places = graph.input("n, p, 2, q, 3");
  // Of what a map in blocks holds, too.
  Value blocked = graph.blocked(image);
  auto sample = [&](Value from, Value at, const std::string &mode, const std::string &padding,
                    bool corners) {
    graph.output(graph.add<seg::GridSampleOp>(
        {from, at}, "mode = #seg.resize_mode<" + mode + ">, padding = #seg.sample_padding<" +
                        padding + ">, align_corners = " + (corners ? "true" : "false")));
  };
  // Each is a kernel to compile. Corners alternate.
  bool corners = false;
  for (const char *mode : {"nearest", "linear", "cubic"})
    for (const char *padding : {"zeros", "border", "reflection"}) {
      sample(corners ? blocked : image, grid, mode, padding, corners);
      corners = !corners;
    }
  sample(image, grid, "linear", "reflection", true);
  sample(volume, places, "nearest", "reflection", true);
  sample(volume, places, "linear", "zeros", false);
  sample(volume, places, "linear", "border", true);
  sample(volume, places, "cubic", "zeros", false);
  graph.agree({{{"n", 1}, {"h", 9}, {"w", 12}, {"d", 3}, {"p", 6}, {"q", 11}},
               {{"n", 2}, {"h", 1}, {"w", 5}, {"d", 1}, {"p", 1}, {"q", 3}},
               {{"n", 3}, {"h", 2}, {"w", 1}, {"d", 4}, {"p", 20}, {"q", 17}}});
}

/// Coordinates that are no numbers, or far away, or exactly on an edge or between two pixels.
TEST_P(Sampling, GridsOfStrangeNumbers) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  std::vector<float> strange = {nan,   inf,  -inf,   1e30f, -1e30f, 3e9f,
                                -1.0f, 1.0f, -0.75f, 0.25f, 0.0f};
  std::vector<float> grid;
  for (float x : strange)
    for (float y : strange)
      grid.insert(grid.end(), {x, y});
  const auto count = static_cast<int64_t>(strange.size());
  Value image = graph.input("1, 2, 4, 4"), at = floats({1, count, count, 2}, grid);
  for (auto [mode, padding, corners] : {std::tuple("nearest", "zeros", "false"),
                                        {"linear", "border", "false"},
                                        {"linear", "zeros", "true"},
                                        {"cubic", "border", "true"}})
    graph.output(
        graph.add<seg::GridSampleOp>({image, at}, std::string("mode = #seg.resize_mode<") + mode +
                                                      ">, padding = #seg.sample_padding<" +
                                                      padding + ">, align_corners = " + corners));
  graph.agree({{}});
}

TEST_P(Sampling, Regions) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  // In the image, over its edges, around it, outside, empty, back to front, far larger than it,
  // and no region at all; of images that exist and of some that do not.
  const std::vector<float> corners = {
      0,      0,  30,    30,  4,  6,  40, 25, -8,    -6,    60,   70,   10,  10, 11,  10.5,
      100,    90, 120,   130, 20, 20, 10, 5,  -4000, -3000, 5000, 2000, nan, 0,  inf, 8,
      -1e30f, 0,  1e30f, 9,   0,  0,  20, 20, 0,     0,     20,   20,   3,   3,  3,   3};
  const std::vector<int64_t> images = {0, 1, 1, 0, 1, 0, 1, 0, 1, -1, 2, 1};
  const auto count = static_cast<int64_t>(images.size());
  std::vector<float> five;
  for (int64_t i = 0; i < count; ++i) {
    five.push_back(static_cast<float>(images[i]));
    five.insert(five.end(), corners.begin() + 4 * i, corners.begin() + 4 * i + 4);
  }
  Value map = graph.input("2, 2, h, w"), rois = floats({count, 4}, corners),
        of = integers(64, images), pooled = floats({count, 5}, five);
  const std::string scale = ", spatial_scale = 0.25 : f32";
  auto size = [](int64_t height, int64_t width) {
    return "output_height = " + std::to_string(height) +
           " : i64, output_width = " + std::to_string(width) + " : i64";
  };
  for (int ratio : {0, 2})
    for (const char *half : {"true", "false"})
      for (const char *maximum : {"true", "false"})
        graph.output(graph.add<seg::RoiAlignOp>(
            {ratio ? map : graph.blocked(map), rois, of},
            size(3, ratio ? 18 : 2) + ", sampling_ratio = " + std::to_string(ratio) + " : i64" +
                scale + ", half_pixel = " + half + ", maximum = " + maximum));
  for (int64_t width : {2, 17})
    graph.output(graph.add<seg::RoiMaxPoolOp>({map, pooled}, size(3, width) + scale));
  graph.agree({{{"h", 11}, {"w", 13}}, {{"h", 1}, {"w", 4}}});
}

TEST_P(Sampling, DeformableConvolution) {
  Value map = graph.input("n, 12, h, w");
  auto list = [](const std::vector<int64_t> &values) {
    std::string text;
    for (int64_t value : values)
      text += (text.empty() ? "" : ", ") + std::to_string(value);
    return "array<i64: " + text + ">";
  };
  struct Case {
    int64_t outputs, kernelHeight, kernelWidth, groups, offsetGroups;
    std::vector<int64_t> strides, dilations, pads;
    std::string height, width;
    bool mask, bias;
  };
  for (const Case &c :
       std::vector<Case>{{20, 3, 3, 1, 1, {1, 1}, {1, 1}, {1, 1, 1, 1}, "h", "w", true, true},
                         {8,
                          3,
                          3,
                          1,
                          1,
                          {2, 2},
                          {1, 1},
                          {1, 1, 1, 1},
                          "(h - 1) / 2 + 1",
                          "(w - 1) / 2 + 1",
                          false,
                          false},
                         {12, 3, 3, 12, 3, {1, 1}, {2, 2}, {2, 2, 2, 2}, "h", "w", true, false},
                         {6, 1, 5, 3, 2, {1, 1}, {1, 1}, {0, 1, 0, 3}, "h", "w", false, true}}) {
    const int64_t taps = c.offsetGroups * c.kernelHeight * c.kernelWidth;
    auto beside = [&](int64_t channels) {
      return graph.input("n, " + std::to_string(channels) + ", \"" + c.height + "\", \"" + c.width +
                         "\"");
    };
    graph.output(graph.add<seg::DeformConv2dOp>(
        {c.bias ? map : graph.blocked(map),
         graph.constant({c.outputs, 12 / c.groups, c.kernelHeight, c.kernelWidth}),
         scaled(beside(2 * taps), 2), c.bias ? graph.constant({c.outputs}) : Value(),
         c.mask ? beside(taps) : Value()},
        "strides = " + list(c.strides) + ", dilations = " + list(c.dilations) +
            ", pads = " + list(c.pads) + ", groups = " + std::to_string(c.groups) +
            " : i64, offset_groups = " + std::to_string(c.offsetGroups) + " : i64"));
  }
  graph.agree({{{"n", 1}, {"h", 9}, {"w", 20}}, {{"n", 2}, {"h", 1}, {"w", 3}}});
}

std::string activations(const std::vector<std::string> &functions) {
  std::string text;
  for (const std::string &function : functions)
    text += (text.empty() ? "" : ", ") + ("#seg.act<" + function + ">");
  return "activations = [" + text + "]";
}

TEST_P(Sampling, RecurrentLayers) {
  // More states than vectors have lanes, and not a multiple of them.
  const int64_t states = 19;
  Value lengths = integers(32, {4, 1, 0, 99});
  auto state = [&](int64_t rows) { return graph.input(graph.tensor({rows, states})); };
  auto layer = [&](const std::string &kind, const std::string &batch, int64_t gates, Value bias,
                   Value hidden, Value memory, Value peepholes, Value ends,
                   const std::string &more) {
    Value projected = graph.input("t, " + batch + ", " + std::to_string(gates * states));
    Value result = graph.add<seg::RecurrentOp>(
        {projected, graph.constant({states, gates * states}, -0.4f, 0.4f), bias, hidden, memory,
         peepholes, ends},
        "cell = #seg.cell_kind<" + kind + ">, " + more);
    for (Value each : result.getDefiningOp()->getResults())
      graph.output(each);
  };
  const std::string gru = activations({"sigmoid", "tanh"}),
                    lstm = activations({"sigmoid", "tanh", "tanh"});
  layer("rnn", "n", 1, {}, {}, {}, {}, {}, activations({"tanh"}));
  layer("rnn", "4", 1, {}, state(4), {}, {}, lengths, activations({"relu"}) + ", clip = 0.5 : f32");
  layer("gru", "n", 3, {}, state(1), {}, {}, {}, gru);
  layer("gru", "4", 3, graph.constant({states}), state(4), {}, {}, lengths,
        gru + ", linear_before_reset");
  layer("gru", "n", 3, {}, {}, {}, {}, {},
        activations({"hard_sigmoid, 0.2, 0.5", "scaled_tanh, 0.9, 1.1"}) + ", linear_before_reset");
  layer("lstm", "n", 4, {}, {}, {}, {}, {}, lstm);
  layer("lstm", "4", 4, {}, state(4), state(1), graph.constant({3, states}), lengths,
        lstm + ", clip = 0.7 : f32");
  layer("lstm", "n", 4, {}, {}, state(1), graph.constant({3, states}), {},
        activations({"affine, 0.3, 0.5", "softsign", "leaky_relu, 0.1, 0.0"}) + ", coupled");
  for (Value each : {lengths, integers(64, {4, 1, 0, 99})}) {
    graph.output(graph.add<seg::ReverseSequenceOp>({graph.input("t, 4, 3, 7"), each}, ""));
    graph.output(graph.add<seg::ReverseSequenceOp>({graph.input("t, 4"), each}, ""));
  }
  graph.agree({{{"n", 1}, {"t", 5}}, {{"n", 3}, {"t", 1}}, {{"n", 2}, {"t", 9}}});
}

INSTANTIATE_TEST_SUITE_P(Targets, Sampling, ::testing::Values("native", "cuda"), archName);

} // namespace
