// Convolutions by weights that are an input of the network, against those by constants: the same
// numbers either way.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

struct Layer {
  const char *op;
  std::vector<int64_t> input, weights;
  int64_t groups;
  std::vector<int64_t> strides, dilations, pads;
};

std::vector<float> run(const Layer &layer, bool isComputed) {
  const bool isTransposed = std::string(layer.op) == "ConvTranspose";
  const int64_t channels = isTransposed ? layer.weights[1] * layer.groups : layer.weights[0];
  const Floats x = Floats::of(layer.input), w = Floats::of(layer.weights, 2),
               bias = Floats::of({channels}, 3);
  ModelBuilder model;
  std::vector<Extent> free{"n", layer.input[1], "h", "w"};
  if (layer.input.size() == 5)
    free.insert(free.begin() + 2, "d");
  model.input("x", free);
  std::vector<Floats> inputs{x};
  if (isComputed) {
    model.input("w", {layer.weights.begin(), layer.weights.end()});
    model.input("b", {channels});
    inputs.insert(inputs.end(), {w, bias});
  } else {
    model.floats("w", w.shape, w.values);
    model.floats("b", bias.shape, bias.values);
  }
  onnx::NodeProto &node = model.node(layer.op, {"x", "w", "b"}, {"y"});
  setInts(node, "strides", layer.strides);
  setInts(node, "dilations", layer.dilations);
  setInts(node, "pads", layer.pads);
  setInt(node, "group", layer.groups);
  model.output("y");
  auto results = interpretModel(model, inputs);
  return results.empty() ? std::vector<float>() : results[0].floats;
}

TEST(ComputedWeights, AreThoseOfConstants) {
  for (const Layer &layer :
       {Layer{"Conv", {2, 6, 7, 8}, {4, 6, 3, 3}, 1, {2, 1}, {1, 2}, {1, 2, 0, 1}},
        Layer{"Conv", {2, 6, 7, 8}, {6, 2, 2, 3}, 3, {1, 2}, {2, 1}, {0, 1, 1, 0}},
        Layer{
            "Conv", {2, 4, 3, 5, 6}, {2, 4, 2, 3, 3}, 1, {1, 1, 2}, {1, 1, 1}, {1, 1, 0, 0, 1, 1}},
        Layer{"ConvTranspose", {2, 6, 4, 5}, {6, 3, 3, 2}, 1, {2, 1}, {1, 2}, {1, 0, 0, 1}},
        Layer{"ConvTranspose", {2, 6, 4, 5}, {6, 2, 2, 3}, 3, {1, 3}, {2, 1}, {0, 1, 1, 0}},
        Layer{"ConvTranspose",
              {1, 4, 3, 4, 4},
              {4, 2, 3, 2, 2},
              2,
              {2, 2, 1},
              {1, 1, 1},
              {1, 0, 0, 0, 0, 1}}}) {
    std::vector<float> expected = run(layer, false), actual = run(layer, true);
    ASSERT_EQ(actual.size(), expected.size());
    ASSERT_FALSE(expected.empty());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], 1e-5) << layer.op << ", element " << i;
  }
}

} // namespace
} // namespace segc::test
