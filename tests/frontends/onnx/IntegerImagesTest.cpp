// Images of integers that are pooled and resized, by numbers worked out by hand.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

/// Floats are cast to integers, the node is applied to them, and the result is cast back.
std::vector<float> ofIntegers(ModelBuilder &model, int type, const Floats &image) {
  model.input("x", std::vector<Extent>(image.shape.begin(), image.shape.end()));
  auto cast = [&](const std::string &from, const std::string &to, int element) {
    auto &node = model.node("Cast", {from}, {to});
    attribute(node, "to", onnx::AttributeProto::INT).set_i(element);
  };
  cast("x", "whole", type);
  cast("y", "real", onnx::TensorProto::FLOAT);
  model.output("real");
  std::vector<interpreter::Tensor> results = interpretModel(model, {image});
  if (results.empty())
    return {};
  return {results[0].floats.begin(), results[0].floats.end()};
}

using Values = std::vector<float>;

TEST(IntegerImages, PadsAreNeverTheLargest) {
  ModelBuilder model;
  auto &pool = model.node("MaxPool", {"whole"}, {"y"});
  for (auto [name, values] : {std::pair("kernel_shape", std::vector<int>{2, 2}),
                              {"strides", {2, 2}},
                              {"pads", {1, 1, 0, 0}}}) {
    auto &list = attribute(pool, name, onnx::AttributeProto::INTS);
    for (int value : values)
      list.add_ints(value);
  }
  EXPECT_EQ(ofIntegers(model, onnx::TensorProto::INT8,
                       {{1, 1, 3, 3}, {-9, -8, -7, -6, -5, -4, -3, -128, -1}}),
            Values({-9, -7, -3, -1}));
}

TEST(IntegerImages, InterpolationCutsOff) {
  ModelBuilder model;
  model.floats("scales", {4}, {1, 1, 1, 2});
  auto &resize = model.node("Resize", {"whole", "", "scales"}, {"y"});
  attribute(resize, "mode", onnx::AttributeProto::STRING).set_s("linear");
  // 1, 1.75, 3.25, 4
  EXPECT_EQ(ofIntegers(model, onnx::TensorProto::UINT8, {{1, 1, 1, 2}, {1, 4}}),
            Values({1, 1, 3, 4}));
}

TEST(IntegerImages, TheNearestIsExact) {
  ModelBuilder model;
  model.floats("scales", {4}, {1, 1, 1, 2});
  model.node("Resize", {"whole", "", "scales"}, {"y"});
  EXPECT_EQ(ofIntegers(model, onnx::TensorProto::INT16, {{1, 1, 1, 2}, {-32768, 32767}}),
            Values({-32768, -32768, 32767, 32767}));
}

/// Labels and packed numbers that floats do not hold.
TEST(IntegerImages, TheNearestOfWideIntegersIsExact) {
  for (int type : {onnx::TensorProto::INT64, onnx::TensorProto::INT32}) {
    const int64_t factor = type == onnx::TensorProto::INT64 ? (int64_t(1) << 50) + 1 : 1 << 25 | 1;
    ModelBuilder model;
    for (auto [name, value] : {std::pair("factor", factor), {"prime", 1009}}) {
      onnx::TensorProto &tensor = model.initialiser(name, {1}, type);
      type == onnx::TensorProto::INT64 ? tensor.add_int64_data(value)
                                       : tensor.add_int32_data(static_cast<int32_t>(value));
    }
    model.floats("scales", {4}, {1, 1, 0.5f, 1.5f});
    model.node("Mul", {"whole", "factor"}, {"wide"});
    auto &resize = model.node("Resize", {"wide", "", "scales"}, {"resized"});
    attribute(resize, "nearest_mode", onnx::AttributeProto::STRING).set_s("floor");
    model.node("Mod", {"resized", "prime"}, {"y"});
    auto rest = [&](int64_t x) { return static_cast<float>(x * factor % 1009); };
    // Rows 0.5 and 2.5; columns -0.17, 0.5, 1.17.
    EXPECT_EQ(ofIntegers(model, type, {{1, 1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}),
              Values({rest(1), rest(1), rest(2), rest(5), rest(5), rest(6)}));
  }
}

} // namespace
} // namespace segc::test
