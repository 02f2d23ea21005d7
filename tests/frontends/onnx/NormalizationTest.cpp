// Normalisation over groups, batches and features, against loops.

#include "tests/frontends/onnx/InterpretModel.h"

#include <cmath>
#include <map>

namespace segc::test {
namespace {

const std::vector<int64_t> kShape{2, 6, 3, 5};
constexpr int64_t kPlane = 15;

/// Standardises the elements that `groupOf` calls by the same number.
template <typename GroupOf> std::vector<double> standardised(const Floats &x, GroupOf groupOf) {
  std::map<int64_t, std::vector<double>> groups;
  for (int64_t i = 0; i < x.count(); ++i)
    groups[groupOf(i)].push_back(x.values[i]);
  std::vector<double> result;
  for (int64_t i = 0; i < x.count(); ++i) {
    const std::vector<double> &group = groups[groupOf(i)];
    double mean = 0, variance = 0;
    for (double value : group)
      mean += value / double(group.size());
    for (double value : group)
      variance += (value - mean) * (value - mean) / double(group.size());
    result.push_back((x.values[i] - mean) / std::sqrt(variance + 1e-5));
  }
  return result;
}

TEST(GroupNormalization, ScalesGroupsAndThenChannels) {
  const Floats x = Floats::of(kShape);
  for (int64_t opset : {18, 21}) {
    const int64_t count = opset < 21 ? 3 : 6;
    const Floats scale = Floats::of({count}, 2), shift = Floats::of({count}, 3);
    ModelBuilder model(opset);
    model.input("x", {"n", kShape[1], "h", "w"});
    model.floats("scale", {count}, scale.values);
    model.floats("shift", {count}, shift.values);
    setInt(model.node("GroupNormalization", {"x", "scale", "shift"}, {"y"}), "num_groups", 3);
    model.output("y");
    std::vector<double> expected = standardised(x, [](int64_t i) { return i / (2 * kPlane); });
    for (int64_t i = 0; i < x.count(); ++i) {
      int64_t channel = i / kPlane % 6, which = opset < 21 ? channel / 2 : channel;
      expected[i] = expected[i] * scale.values[which] + shift.values[which];
    }
    auto results = interpretModel(model, {x});
    ASSERT_EQ(results.size(), 1u);
    expectNear(results[0], kShape, expected);
  }
}

TEST(BatchNormalization, ByTheBatchItself) {
  const Floats x = Floats::of(kShape), scale = Floats::of({6}, 2), shift = Floats::of({6}, 3),
               mean = Floats::of({6}, 4), variance = Floats::of({6}, 5);
  ModelBuilder model(15);
  model.input("x", {"n", kShape[1], "h", "w"});
  for (const auto &[name, values] : {std::pair("scale", scale), std::pair("shift", shift),
                                     std::pair("mean", mean), std::pair("variance", variance)})
    model.floats(name, {6}, values.values);
  onnx::NodeProto &node = model.node("BatchNormalization",
                                     {"x", "scale", "shift", "mean", "variance"}, {"y", "m", "v"});
  setInt(node, "training_mode", 1);
  setFloat(node, "momentum", 0.75f);
  for (const char *name : {"y", "m", "v"})
    model.output(name);
  auto channelOf = [](int64_t i) { return i / kPlane % 6; };
  std::vector<double> expected = standardised(x, channelOf), means(6), variances(6);
  for (int64_t i = 0; i < x.count(); ++i) {
    expected[i] = expected[i] * scale.values[channelOf(i)] + shift.values[channelOf(i)];
    means[channelOf(i)] += x.values[i] / 30.0;
  }
  for (int64_t i = 0; i < x.count(); ++i)
    variances[channelOf(i)] += std::pow(x.values[i] - means[channelOf(i)], 2) / 30.0;
  for (int c = 0; c < 6; ++c) {
    means[c] = 0.75 * mean.values[c] + 0.25 * means[c];
    variances[c] = 0.75 * variance.values[c] + 0.25 * variances[c];
  }
  auto results = interpretModel(model, {x});
  ASSERT_EQ(results.size(), 3u);
  expectNear(results[0], kShape, expected);
  expectNear(results[1], {6}, means);
  expectNear(results[2], {6}, variances);
}

TEST(BatchNormalization, ByStatisticsThatTheNetworkComputes) {
  const Floats x = Floats::of({1, 2, 2, 1}), scale = Floats::of({2}, 2);
  ModelBuilder model(15);
  model.input("x", {int64_t(1), int64_t(2), "h", "w"});
  model.input("scale", {int64_t(2)});
  for (const char *name : {"shift", "mean", "variance"})
    model.weights(name, {2});
  model.node("BatchNormalization", {"x", "scale", "shift", "mean", "variance"}, {"y"});
  model.output("y");
  std::vector<double> expected;
  for (int64_t i = 0; i < 4; ++i)
    expected.push_back((x.values[i] - 0.25) / std::sqrt(0.25 + 1e-5) * scale.values[i / 2] + 0.25);
  auto results = interpretModel(model, {x, scale});
  ASSERT_EQ(results.size(), 1u);
  expectNear(results[0], {1, 2, 2, 1}, expected);
}

} // namespace
} // namespace segc::test
