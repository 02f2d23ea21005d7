// Weights in every form that the format has reach the module with their values, and unsound ones
// are refused before anything is allocated for them.

#include "tests/frontends/onnx/ModelBuilder.h"

#include "compiler/dialect/Seg.h"

namespace segc::test {
namespace {

/// Imports x + "b", and returns the values of b as the module has them.
std::vector<float> addend(ModelBuilder &model) {
  model.input("x", {int64_t(1), int64_t(40)});
  model.node("Add", {"x", "b"}, {"y"});
  model.output("y");
  model.write(model.bytes());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(context, model.path(), {}, model.errors);
  std::vector<float> values;
  if (!module)
    return values;
  module->walk([&](seg::ConstantOp op) {
    auto constant = seg::floatConstant(op.getResult());
    ASSERT_TRUE(constant.has_value());
    values.assign(constant->values.begin(), constant->values.end());
  });
  return values;
}

std::string refusal(ModelBuilder &model) {
  EXPECT_EQ(addend(model), std::vector<float>());
  return model.errors.empty() ? "" : model.errors.front();
}

std::vector<float> ramp() {
  std::vector<float> values;
  for (int i = 0; i != 40; ++i)
    values.push_back(static_cast<float>(i) / 4);
  return values;
}

TEST(Weights, ComeFromRawData) {
  ModelBuilder model;
  model.floats("b", {40}, ramp());
  EXPECT_EQ(addend(model), ramp());
}

TEST(Weights, ComeFromTypedFields) {
  ModelBuilder floats;
  onnx::TensorProto &single = floats.initialiser("b", {40}, onnx::TensorProto::FLOAT);
  ModelBuilder doubles;
  onnx::TensorProto &twice = doubles.initialiser("b", {40}, onnx::TensorProto::DOUBLE);
  for (float value : ramp()) {
    single.add_float_data(value);
    twice.add_double_data(value);
  }
  EXPECT_EQ(addend(floats), ramp());
  EXPECT_EQ(addend(doubles), ramp());
}

TEST(Weights, OfHalfPrecisionAreWidened) {
  ModelBuilder model;
  onnx::TensorProto &half = model.initialiser("b", {40}, onnx::TensorProto::FLOAT16);
  for (int i = 0; i != 40; ++i)
    half.add_int32_data(i == 1 ? 0xC248 : 0x3C00); // -3.140625 and 1
  std::vector<float> expected(40, 1.0f);
  expected[1] = -3.140625f;
  EXPECT_EQ(addend(model), expected);
}

TEST(Weights, ComeFromConstantNodesThroughIdentities) {
  ModelBuilder model;
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(40);
  for (float value : ramp())
    tensor.add_float_data(value);
  onnx::NodeProto &constant = model.node("Constant", {}, {"a"});
  *attribute(constant, "value", onnx::AttributeProto::TENSOR).mutable_t() = tensor;
  model.node("Identity", {"a"}, {"c"});
  model.node("Dropout", {"c"}, {"b"});
  EXPECT_EQ(addend(model), ramp());
}

TEST(Weights, OfTheWrongSizeAreRefused) {
  ModelBuilder raw;
  raw.floats("b", {40}, std::vector<float>(39));
  EXPECT_EQ(refusal(raw), "model.onnx: initializer \"b\": 156 bytes of data instead of 160");
  ModelBuilder typed;
  typed.initialiser("b", {40}, onnx::TensorProto::FLOAT).add_float_data(1);
  EXPECT_EQ(refusal(typed), "model.onnx: initializer \"b\": 1 elements of data instead of 40");
  ModelBuilder none;
  none.initialiser("b", {40}, onnx::TensorProto::FLOAT);
  EXPECT_EQ(refusal(none), "model.onnx: initializer \"b\": no data for its 40 elements");
}

TEST(Weights, OfHugeOrNegativeShapesAreRefused) {
  ModelBuilder huge;
  huge.initialiser("b", {INT64_MAX, INT64_MAX}, onnx::TensorProto::FLOAT).add_float_data(1);
  EXPECT_THAT(refusal(huge), HasSubstr("2^31 elements or more"));
  ModelBuilder wrapping; // 2^32 * 2^32 wraps round to zero in 64 bits
  wrapping.initialiser("b", {int64_t(1) << 32, int64_t(1) << 32}, onnx::TensorProto::FLOAT);
  EXPECT_THAT(refusal(wrapping), HasSubstr("2^31 elements or more"));
  ModelBuilder negative;
  negative.initialiser("b", {-40}, onnx::TensorProto::FLOAT).add_float_data(1);
  EXPECT_THAT(refusal(negative), HasSubstr("extent -40 is negative"));
}

TEST(Weights, OfStringsAreRefused) {
  ModelBuilder strings;
  strings.initialiser("b", {1}, onnx::TensorProto::STRING).add_string_data("a");
  EXPECT_THAT(refusal(strings), HasSubstr("element type string is not supported"));
}

void fillSparse(onnx::SparseTensorProto &sparse, std::vector<int64_t> places, int64_t rows) {
  sparse.add_dims(rows);
  sparse.add_dims(2);
  sparse.mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
  sparse.mutable_values()->add_dims(2);
  sparse.mutable_values()->add_float_data(3);
  sparse.mutable_values()->add_float_data(5);
  sparse.mutable_indices()->set_data_type(onnx::TensorProto::INT64);
  sparse.mutable_indices()->add_dims(2);
  if (places.size() == 4)
    sparse.mutable_indices()->add_dims(2);
  for (int64_t place : places)
    sparse.mutable_indices()->add_int64_data(place);
}

TEST(Weights, ThatAreSparseAreFilledUp) {
  for (const std::vector<int64_t> &places : {std::vector<int64_t>{1, 4}, {0, 1, 2, 0}}) {
    ModelBuilder model;
    model.input("x", {int64_t(3), int64_t(2)});
    onnx::SparseTensorProto &initialiser = *model.graph().add_sparse_initializer();
    fillSparse(initialiser, places, 3);
    initialiser.mutable_values()->set_name("a");
    onnx::NodeProto &constant = model.node("Constant", {}, {"b"}, "c");
    fillSparse(*attribute(constant, "sparse_value", onnx::AttributeProto::SPARSE_TENSOR)
                    .mutable_sparse_tensor(),
               places, 3);
    model.node("Sum", {"x", "a", "b"}, {"y"});
    model.output("y");
    std::string text = model.import(), filled = "dense<[[0.000000e+00, 3.000000e+00], "
                                                "[0.000000e+00, 0.000000e+00], "
                                                "[5.000000e+00, 0.000000e+00]]>";
    EXPECT_NE(text.find(filled), text.rfind(filled)) << text;
  }
}

TEST(Weights, ThatAreSparseMustBeSound) {
  auto refusalOf = [](std::vector<int64_t> places, int64_t rows) {
    ModelBuilder model;
    fillSparse(*attribute(model.node("Constant", {}, {"b"}, "c"), "sparse_value",
                          onnx::AttributeProto::SPARSE_TENSOR)
                    .mutable_sparse_tensor(),
               std::move(places), rows);
    return refusal(model);
  };
  EXPECT_THAT(refusalOf({1, 6}, 3), HasSubstr("value 1 of a sparse tensor lies outside"));
  EXPECT_THAT(refusalOf({0, -1, 2, 0}, 3), HasSubstr("value 0 of a sparse tensor lies outside"));
  EXPECT_THAT(refusalOf({1, 2, 3}, 3), HasSubstr("3 elements of data instead of 2"));
  EXPECT_THAT(refusalOf({1, 2}, int64_t(1) << 40), HasSubstr("out of range"));
}

TEST(Weights, ThatAreListedTwiceAreTheLastOnes) {
  ModelBuilder model;
  model.input("x", {int64_t(2)});
  model.floats("b", {2}, {1, 2});
  model.floats("b", {2}, {3, 4});
  model.node("Add", {"x", "b"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("dense<[3.000000e+00, 4.000000e+00]>"));
  EXPECT_THAT(model.warnings, ElementsAre(HasSubstr("several initializers are called \"b\"")));
}

TEST(Weights, OfATransposedGemmAreTransposedAtOnce) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3)});
  model.floats("w", {2, 3}, {1, 2, 3, 4, 5, 6});
  setInt(model.node("Gemm", {"x", "w"}, {"y"}), "transB", 1);
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("dense<[[1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], "
                              "[3.000000e+00, 6.000000e+00]]>"));
  EXPECT_THAT(text, Not(HasSubstr("seg.transpose")));
}

} // namespace
} // namespace segc::test
