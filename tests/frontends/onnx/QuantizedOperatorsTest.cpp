// ONNX Runtime's quantised operators, by numbers worked out by hand: ties, saturation, and where
// the zero is added before something is rounded and where behind it.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

/// A node of com.microsoft whose operands are bytes; what it computes comes out as floats.
struct Quantized : ModelBuilder {
  Quantized() {
    auto *opset = model.add_opset_import();
    opset->set_domain("com.microsoft");
    opset->set_version(1);
  }

  /// A tensor of bytes that is no constant to the importer: quantised with scale 1.
  std::string data(const std::vector<int64_t> &shape, const std::vector<float> &values) {
    const std::string name = "x" + std::to_string(inputs.size());
    input(name, std::vector<Extent>(shape.begin(), shape.end()));
    inputs.push_back({shape, values});
    node("QuantizeLinear", {name, scale(1), zero(0)}, {name + "_q"});
    return name + "_q";
  }
  std::string scale(float value) {
    const std::string name = "s" + std::to_string(graph().initializer_size());
    floats(name, {}, {value});
    return name;
  }
  std::string zero(uint8_t value) { return bytes({}, {value}); }
  std::string bytes(const std::vector<int64_t> &shape, const std::vector<uint8_t> &values) {
    const std::string name = "b" + std::to_string(graph().initializer_size());
    initialiser(name, shape, onnx::TensorProto::UINT8).set_raw_data(values.data(), values.size());
    return name;
  }
  onnx::NodeProto &quantized(const std::string &op, const std::vector<std::string> &operands) {
    onnx::NodeProto &proto = node(op, operands, {"y"});
    proto.set_domain("com.microsoft");
    return proto;
  }
  /// The result as floats.
  std::vector<float> values() {
    auto &cast = node("Cast", {"y"}, {"real"});
    integer(cast, "to", onnx::TensorProto::FLOAT);
    output("real");
    std::vector<interpreter::Tensor> results = interpretModel(*this, inputs);
    if (results.empty())
      return {};
    return {results[0].floats.begin(), results[0].floats.end()};
  }
  static void integer(onnx::NodeProto &node, const std::string &name, int64_t value) {
    attribute(node, name, onnx::AttributeProto::INT).set_i(value);
  }
  static void integers(onnx::NodeProto &node, const std::string &name,
                       const std::vector<int64_t> &values) {
    auto &proto = attribute(node, name, onnx::AttributeProto::INTS);
    for (int64_t value : values)
      proto.add_ints(value);
  }

  std::vector<Floats> inputs;
};

using Values = std::vector<float>;

TEST(QuantizedOperators, SumsAreRoundedWithTheZeroInThem) {
  Quantized model;
  // 0.5 (a - 2) + 0.25 (b - 4) + 3
  model.quantized("QLinearAdd", {model.data({4}, {2, 3, 5, 255}), model.scale(0.5f), model.zero(2),
                                 model.data({4}, {4, 4, 4, 255}), model.scale(0.25f), model.zero(4),
                                 model.scale(1), model.zero(3)});
  EXPECT_EQ(model.values(), Values({3, 4, 4, 192})); // 3, 3.5, 4.5, 192.25
}

TEST(QuantizedOperators, ProductsSaturate) {
  Quantized model;
  // 0.5 (a - 2) (b - 4) + 3
  model.quantized("QLinearMul", {model.data({4}, {3, 5, 0, 250}), model.scale(0.5f), model.zero(2),
                                 model.data({4}, {5, 5, 9, 250}), model.scale(0.25f), model.zero(4),
                                 model.scale(0.25f), model.zero(3)});
  EXPECT_EQ(model.values(), Values({4, 4, 0, 255})); // 3.5, 4.5, -2, much
}

TEST(QuantizedOperators, JoinsAtOneScale) {
  Quantized model;
  const std::string scale = model.scale(0.5f), zero = model.zero(10);
  auto &node = model.quantized("QLinearConcat",
                               {scale, zero, model.data({1, 2}, {7, 9}), scale, zero,
                                model.data({1, 2}, {20, 21}), model.scale(0.25f), model.zero(20)});
  Quantized::integer(node, "axis", 1);
  EXPECT_EQ(model.values(), Values({7, 9, 10, 10})); // 0 and 0.5 above the zero
}

TEST(QuantizedOperators, MeansOfWindows) {
  Quantized model;
  auto &node = model.quantized("QLinearAveragePool",
                               {model.data({1, 1, 2, 4}, {1, 2, 4, 4, 2, 1, 4, 6}), model.scale(1),
                                model.zero(0), model.scale(1), model.zero(1)});
  Quantized::integers(node, "kernel_shape", {2, 2});
  Quantized::integers(node, "strides", {2, 2});
  EXPECT_EQ(model.values(), Values({2, 6})); // 1.5 + 1, 4.5 + 1
}

TEST(QuantizedOperators, MeansOfImagesWithTheChannelsLast) {
  Quantized model;
  auto &node = model.quantized("QLinearGlobalAveragePool",
                               {model.data({1, 1, 2, 2}, {1, 10, 2, 30}), model.scale(1),
                                model.zero(0), model.scale(1), model.zero(1)});
  Quantized::integer(node, "channels_last", 1);
  EXPECT_EQ(model.values(), Values({3, 21})); // round(1.5) + 1, 20 + 1
}

TEST(QuantizedOperators, ProductsOfMatricesWithABias) {
  Quantized model;
  const std::string bias = "bias";
  model.initialiser(bias, {2}, onnx::TensorProto::INT32).add_int32_data(1);
  model.graph().mutable_initializer(model.graph().initializer_size() - 1)->add_int32_data(3);
  // ((a - 1) (b - 2)^T + bias) / 2, where b is given transposed
  auto &node =
      model.quantized("QGemm", {model.data({1, 2}, {2, 4}), model.scale(0.5f), model.zero(1),
                                model.bytes({2, 2}, {3, 2, 1, 5}), model.scale(1), model.zero(2),
                                bias, model.scale(1), model.zero(7)});
  Quantized::integer(node, "transB", 1);
  EXPECT_EQ(model.values(), Values({8, 13})); // (1 + 1) / 2 + 7, round((8 + 3) / 2) + 7
}

TEST(QuantizedOperators, ActivationsAndChoices) {
  Quantized model;
  const std::string x = model.data({3}, {10, 6, 20});
  model.quantized("QLinearLeakyRelu",
                  {x, model.scale(0.5f), model.zero(10), model.scale(0.25f), model.zero(50)});
  model.graph().mutable_node(model.graph().node_size() - 1)->mutable_output(0)->assign("leaky");
  attribute(*model.graph().mutable_node(model.graph().node_size() - 1), "alpha",
            onnx::AttributeProto::FLOAT)
      .set_f(0.25f);
  onnx::TensorProto &choice = model.initialiser("choice", {3}, onnx::TensorProto::BOOL);
  choice.set_raw_data(std::string("\1\1\0", 3));
  model.quantized("QLinearWhere",
                  {"choice", "leaky", model.scale(0.25f), model.zero(50), x, model.scale(0.5f),
                   model.zero(10), model.scale(1), model.zero(100)});
  // 0, 0.25 * -2, and 5 as it is.
  EXPECT_EQ(model.values(), Values({100, 100, 105}));
}

TEST(QuantizedOperators, FloatsTimesBytes) {
  Quantized model;
  model.input("a", {int64_t(1), int64_t(2)});
  model.inputs.push_back({{1, 2}, {0, 255}}); // scale 1, zero 0
  model.floats("bias", {2}, {0.5f, 1});
  model.quantized("DynamicQuantizeMatMul",
                  {"a", model.bytes({2, 2}, {9, 9, 4, 1}), model.scale(2), model.zero(1), "bias"});
  EXPECT_EQ(model.values(), Values({1530.5f, 1}));
}

TEST(QuantizedOperators, SoundOperandsOnly) {
  Quantized model;
  model.input("a", {int64_t(4)});
  model.quantized("QLinearSigmoid",
                  {"a", model.scale(1), model.zero(0), model.scale(1), model.zero(0)});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("input 0 is not of 8-bit integers"));
}

} // namespace
} // namespace segc::test
