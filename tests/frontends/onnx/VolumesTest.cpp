// Convolutions and pools over three axes, written in ops over two, against loops over all six.
// Every extent is free, and no two attributes of an axis are those of another.

#include "tests/frontends/onnx/InterpretModel.h"

#include <limits>

namespace segc::test {
namespace {

/// One axis of a window.
struct Axis {
  int64_t kernel, stride = 1, dilation = 1, low = 0, high = 0, outputPadding = 0;

  int64_t span() const { return (kernel - 1) * dilation + 1; }
  int64_t windows(int64_t extent, bool ceilMode) const {
    int64_t room = extent + low + high - span();
    int64_t count = (ceilMode ? (room + stride - 1) / stride : room / stride) + 1;
    return ceilMode && (count - 1) * stride >= extent + low ? count - 1 : count;
  }
};

using Axes = std::vector<Axis>;

void setWindow(onnx::NodeProto &node, const Axes &axes) {
  std::vector<int64_t> kernel, strides, dilations, low, high;
  for (const Axis &axis : axes) {
    kernel.push_back(axis.kernel);
    strides.push_back(axis.stride);
    dilations.push_back(axis.dilation);
    low.push_back(axis.low);
    high.push_back(axis.high);
  }
  low.insert(low.end(), high.begin(), high.end());
  setInts(node, "kernel_shape", kernel);
  setInts(node, "strides", strides);
  setInts(node, "dilations", dilations);
  setInts(node, "pads", low);
}

/// Calls `visit` with three indices.
template <typename Visit> void forEach(int64_t a, int64_t b, int64_t c, Visit visit) {
  for (int64_t i = 0; i < a; ++i)
    for (int64_t j = 0; j < b; ++j)
      for (int64_t k = 0; k < c; ++k)
        visit(i, j, k);
}

int64_t flat(const std::vector<int64_t> &s, int64_t n, int64_t c, int64_t z, int64_t y, int64_t x) {
  return (((n * s[1] + c) * s[2] + z) * s[3] + y) * s[4] + x;
}

const std::vector<int64_t> kVolume{2, 6, 7, 5, 6};

/// A model of one node on the volume; the caller adds what else the node reads.
onnx::NodeProto &addNode(ModelBuilder &model, const std::string &op,
                         const std::vector<std::string> &inputs) {
  model.input("x", {"n", kVolume[1], "d", "h", "w"});
  model.output("y");
  return model.node(op, inputs, {"y"});
}

void checkConv(const Axes &axes, int64_t channels, int64_t groups) {
  const Floats x = Floats::of(kVolume),
               w = Floats::of(
                   {channels, kVolume[1] / groups, axes[0].kernel, axes[1].kernel, axes[2].kernel}),
               bias = Floats::of({channels}, 3);
  ModelBuilder model;
  onnx::NodeProto &node = addNode(model, "Conv", {"x", "w", "b"});
  model.floats("w", w.shape, w.values);
  model.floats("b", bias.shape, bias.values);
  setWindow(node, axes);
  setInt(node, "group", groups);

  std::vector<int64_t> shape{kVolume[0], channels};
  for (int i = 0; i < 3; ++i)
    shape.push_back(axes[i].windows(kVolume[2 + i], false));
  std::vector<double> expected;
  forEach(shape[0], channels, shape[2], [&](int64_t n, int64_t oc, int64_t z) {
    forEach(1, shape[3], shape[4], [&](int64_t, int64_t y, int64_t column) {
      double sum = bias.values[oc];
      forEach(axes[0].kernel, axes[1].kernel, axes[2].kernel, [&](int64_t i, int64_t j, int64_t k) {
        int64_t at[3] = {z * axes[0].stride - axes[0].low + i * axes[0].dilation,
                         y * axes[1].stride - axes[1].low + j * axes[1].dilation,
                         column * axes[2].stride - axes[2].low + k * axes[2].dilation};
        for (int a = 0; a < 3; ++a)
          if (at[a] < 0 || at[a] >= kVolume[2 + a])
            return;
        for (int64_t c = 0; c < w.shape[1]; ++c) {
          int64_t channel = oc / (channels / groups) * w.shape[1] + c;
          sum += double(x.values[flat(kVolume, n, channel, at[0], at[1], at[2])]) *
                 w.values[flat(w.shape, oc, c, i, j, k)];
        }
      });
      expected.push_back(sum);
    });
  });
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], shape, expected);
}

TEST(Volumes, Convolution) {
  checkConv({{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}}, 4, 1);
  checkConv({{3, 2, 1, 1, 0}, {2, 1, 2, 0, 1}, {1, 2, 1, 0, 0}}, 6, 3);
  checkConv({{2, 1, 3, 2, 1}, {3, 2, 1, 2, 1}, {2, 1, 1, 0, 1}}, 6, 6);
}

TEST(Volumes, ConvolutionWithoutNeighbours) {
  checkConv({{1}, {1}, {1}}, 5, 1);
  checkConv({{1}, {3, 1, 1, 1, 1}, {2}}, 2, 2);
  checkConv({{1, 2}, {1, 2}, {1, 2}}, 3, 1);
  checkConv({{3, 1, 1, 1, 1}, {1}, {1}}, 3, 1);
}

void checkConvTranspose(const Axes &axes, int64_t perGroup, int64_t groups) {
  const Floats x = Floats::of(kVolume),
               w = Floats::of(
                   {kVolume[1], perGroup, axes[0].kernel, axes[1].kernel, axes[2].kernel}),
               bias = Floats::of({perGroup * groups}, 3);
  ModelBuilder model;
  onnx::NodeProto &node = addNode(model, "ConvTranspose", {"x", "w", "b"});
  model.floats("w", w.shape, w.values);
  model.floats("b", bias.shape, bias.values);
  setWindow(node, axes);
  setInt(node, "group", groups);
  setInts(node, "output_padding",
          {axes[0].outputPadding, axes[1].outputPadding, axes[2].outputPadding});

  std::vector<int64_t> shape{kVolume[0], perGroup * groups};
  for (int i = 0; i < 3; ++i)
    shape.push_back((kVolume[2 + i] - 1) * axes[i].stride + axes[i].span() - axes[i].low -
                    axes[i].high + axes[i].outputPadding);
  std::vector<double> expected;
  for (int64_t i = 0, plane = shape[2] * shape[3] * shape[4]; i < shape[0] * shape[1] * plane; ++i)
    expected.push_back(bias.values[i / plane % shape[1]]);
  // Every value of the input is spread over the result.
  forEach(kVolume[0], kVolume[1], kVolume[2], [&](int64_t n, int64_t c, int64_t z) {
    forEach(perGroup, kVolume[3], kVolume[4], [&](int64_t oc, int64_t y, int64_t column) {
      forEach(axes[0].kernel, axes[1].kernel, axes[2].kernel, [&](int64_t i, int64_t j, int64_t k) {
        int64_t at[3] = {z * axes[0].stride - axes[0].low + i * axes[0].dilation,
                         y * axes[1].stride - axes[1].low + j * axes[1].dilation,
                         column * axes[2].stride - axes[2].low + k * axes[2].dilation};
        for (int a = 0; a < 3; ++a)
          if (at[a] < 0 || at[a] >= shape[2 + a])
            return;
        int64_t channel = c / (kVolume[1] / groups) * perGroup + oc;
        expected[flat(shape, n, channel, at[0], at[1], at[2])] +=
            double(x.values[flat(kVolume, n, c, z, y, column)]) *
            w.values[flat(w.shape, c, oc, i, j, k)];
      });
    });
  });
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], shape, expected);
}

TEST(Volumes, TransposedConvolution) {
  // Kernels of the stride's size; overlapping; with taps that only some phases have.
  checkConvTranspose({{2, 2}, {2, 2}, {2, 2}}, 3, 1);
  checkConvTranspose({{4, 2, 1, 1, 1}, {4, 2, 1, 1, 1}, {3, 1, 1, 1, 1}}, 2, 2);
  checkConvTranspose({{3, 1, 2, 1, 2}, {1}, {2, 3, 1, 0, 0, 1}}, 2, 3);
}

TEST(Volumes, TransposedConvolutionWhosePhasesAreUneven) {
  // Stride 3 with 2 taps: a phase without any is the bias. Dilation 2 skips phases of stride 4.
  checkConvTranspose({{2, 3, 1, 0, 0, 2}, {1}, {1}}, 2, 1);
  checkConvTranspose({{3, 4, 2, 1, 0, 1}, {1}, {1}}, 2, 1);
  checkConvTranspose({{3, 4, 6, 3, 1}, {1}, {1}}, 2, 1);
}

/// `kind` is MaxPool or AveragePool.
void checkPool(const std::string &kind, const Axes &axes, bool ceilMode, bool countPads) {
  const Floats x = Floats::of(kVolume);
  ModelBuilder model(19);
  onnx::NodeProto &node = addNode(model, kind, {"x"});
  setWindow(node, axes);
  setInt(node, "ceil_mode", ceilMode);
  bool isMax = kind == "MaxPool";
  if (!isMax)
    setInt(node, "count_include_pad", countPads);

  std::vector<int64_t> shape{kVolume[0], kVolume[1]};
  for (int i = 0; i < 3; ++i)
    shape.push_back(axes[i].windows(kVolume[2 + i], ceilMode));
  std::vector<double> expected;
  forEach(shape[0], shape[1], shape[2], [&](int64_t n, int64_t c, int64_t z) {
    forEach(1, shape[3], shape[4], [&](int64_t, int64_t y, int64_t column) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      int64_t count = 0;
      forEach(axes[0].kernel, axes[1].kernel, axes[2].kernel, [&](int64_t i, int64_t j, int64_t k) {
        int64_t at[3] = {z * axes[0].stride - axes[0].low + i * axes[0].dilation,
                         y * axes[1].stride - axes[1].low + j * axes[1].dilation,
                         column * axes[2].stride - axes[2].low + k * axes[2].dilation};
        bool isPad = false, isBeyond = false;
        for (int a = 0; a < 3; ++a) {
          isPad |= at[a] < 0 || at[a] >= kVolume[2 + a];
          isBeyond |= at[a] >= kVolume[2 + a] + axes[a].high;
        }
        count += isPad ? countPads && !isBeyond : 1;
        if (isPad)
          return;
        double value = x.values[flat(kVolume, n, c, at[0], at[1], at[2])];
        most = std::max(most, value);
        sum += value;
      });
      expected.push_back(isMax ? most : sum / double(count));
    });
  });
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], shape, expected);
}

TEST(Volumes, Pools) {
  for (const char *kind : {"MaxPool", "AveragePool"})
    for (bool ceilMode : {false, true})
      for (bool countPads : {false, true}) {
        checkPool(kind, {{2, 2}, {2, 2}, {2, 2}}, ceilMode, countPads);
        checkPool(kind, {{3, 2, 1, 1, 0}, {3, 1, 1, 1, 1}, {2, 3, 1, 0, 1}}, ceilMode, countPads);
        checkPool(kind, {{2, 1, 3, 1, 2}, {2, 1, 2}, {2}}, ceilMode, countPads);
      }
}

TEST(Volumes, SamePaddingDependsOnTheSize) {
  // Strides of 2 over 7 slices: 4 windows of 3 reach 9, so one slice of padding at each end.
  const Floats x = Floats::of({1, 1, 7, 1, 1});
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(1), "d", "h", "w"});
  model.weights("weights", {1, 1, 3, 1, 1});
  onnx::NodeProto &node = model.node("Conv", {"x", "weights"}, {"y"});
  model.output("y");
  setInts(node, "strides", {2, 1, 1});
  setText(node, "auto_pad", "SAME_UPPER");
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 1u);
  std::vector<double> expected;
  for (int64_t z = 0; z < 4; ++z) {
    double sum = 0;
    for (int64_t k = 2 * z - 1; k <= 2 * z + 1; ++k)
      sum += k < 0 || k > 6 ? 0 : 0.25 * double(x.values[k]);
    expected.push_back(sum);
  }
  expectNear(results[0], {1, 1, 4, 1, 1}, expected);
}

TEST(Volumes, RefusesWhatItCannot) {
  ModelBuilder places;
  places.input("x", {int64_t(1), int64_t(2), "d", "h", "w"});
  setInts(places.node("MaxPool", {"x"}, {"y", "i"}, "pool"), "kernel_shape", {2, 2, 2});
  places.output("i");
  EXPECT_THAT(places.importError(),
              HasSubstr("node \"pool\" (MaxPool): the places of the largest"));
  ModelBuilder four;
  four.input("x", {int64_t(1), int64_t(2), "a", "b", "c", "d"});
  setInts(four.node("MaxPool", {"x"}, {"y"}, "pool"), "kernel_shape", {2, 2, 2, 2});
  four.output("y");
  EXPECT_THAT(four.importError(), HasSubstr("windows over 4 axes are not supported"));
}

} // namespace
} // namespace segc::test
