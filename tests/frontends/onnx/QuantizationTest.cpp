// Scales and zeros of quantised operators: to which axis lists of them belong, and what is refused.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

onnx::TensorProto &constant(ModelBuilder &model, const std::string &name,
                            const std::vector<int64_t> &shape) {
  onnx::TensorProto &tensor = model.initialiser(name, shape, onnx::TensorProto::UINT8);
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  tensor.set_raw_data(std::string(static_cast<size_t>(count), '\3'));
  return tensor;
}

/// A product of a 3 x 4 by a 4 x 3 matrix: lists of three are rows' and columns' alike.
struct QuantizedProduct : ModelBuilder {
  QuantizedProduct(const std::vector<float> &aScale, const std::vector<float> &bScale,
                   const std::vector<float> &yScale) {
    input("a", {int64_t(3), int64_t(4)}, onnx::TensorProto::UINT8);
    constant(*this, "b", {4, 3});
    constant(*this, "zero", {1});
    list("a_scale", aScale);
    list("b_scale", bScale);
    list("y_scale", yScale);
    node("QLinearMatMul", {"a", "a_scale", "zero", "b", "b_scale", "zero", "y_scale", "zero"},
         {"y"});
    output("y");
  }

private:
  void list(const std::string &name, const std::vector<float> &values) {
    floats(name, {static_cast<int64_t>(values.size())}, values);
  }
};

TEST(Quantization, ScalesBelongToRowsOfTheLeftAndColumnsOfTheRight) {
  std::string text = QuantizedProduct({1, 2, 4}, {8, 16, 32}, {0.5f}).import();
  EXPECT_THAT(text, HasSubstr("(!seg.tensor<[3], f32>) -> !seg.tensor<[3, 1], f32>"));
  EXPECT_THAT(text, HasSubstr("(!seg.tensor<[3, 1], f32>, !seg.tensor<[3], f32>)"));
}

TEST(Quantization, TheResultHasOneScale) {
  EXPECT_THAT(QuantizedProduct({1}, {1}, {1, 2, 3}).importError(),
              HasSubstr("node \"y\" (QLinearMatMul): input 6 is not a single value"));
}

TEST(Quantization, ListsMustFit) {
  EXPECT_THAT(QuantizedProduct({1, 2}, {1}, {1}).importError(),
              HasSubstr("the operands' shapes do not broadcast"));
}

} // namespace
} // namespace segc::test
