// Inputs: names of free extents become symbols, --shape fixes or frees extents, and shapes that
// cannot be compiled are refused with a hint.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

void addRelu(ModelBuilder &model) {
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
}

TEST(GraphInputs, MakesIdentifiersOfParameters) {
  ModelBuilder model;
  model.input("x", {"batch size", int64_t(3), "2h", "min"});
  addRelu(model);
  EXPECT_THAT(model.import(), HasSubstr("!seg.tensor<[batch_size, 3, _2h, min_2], f32>"));
}

TEST(GraphInputs, KeepsParametersApartThatLookAlike) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "a b", "a_b"});
  addRelu(model);
  EXPECT_THAT(model.import(), HasSubstr("[1, 3, a_b, a_b_2]"));
}

TEST(GraphInputs, SharesASymbolBetweenInputs) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "h", "w"});
  model.input("z", {int64_t(1), int64_t(3), "h", "w"});
  model.node("Add", {"x", "z"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> !seg.tensor<[1, 3, h, w], f32>"));
  ImportOptions options;
  options.shapes["x"] = {1, 3, 8, std::nullopt};
  EXPECT_THAT(model.import(options),
              HasSubstr("%arg1: !seg.tensor<[1, 3, 8, w], f32> {seg.name = \"z\"}"));
}

TEST(GraphInputs, NamesNamelessExtents) {
  ModelBuilder model;
  model.input("x", {"", int64_t(3), "", ""});
  addRelu(model);
  EXPECT_THAT(model.import(), HasSubstr("%arg0: !seg.tensor<[n, 3, h, w], f32>"));
}

// PaddleSeg's exporter writes -1.
TEST(GraphInputs, TakesNegativeExtentsForFree) {
  ModelBuilder model;
  model.input("x", {int64_t(-1), int64_t(3), int64_t(-1), int64_t(-3)});
  addRelu(model);
  EXPECT_THAT(model.import(), HasSubstr("%arg0: !seg.tensor<[n, 3, h, w], f32>"));
}

TEST(GraphInputs, FreesWhatTheModelFixes) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), int64_t(513), int64_t(513)});
  addRelu(model);
  ImportOptions options;
  options.shapes["x"] = {1, 3, std::nullopt, 400};
  EXPECT_THAT(model.import(options), HasSubstr("!seg.tensor<[1, 3, h, 400], f32>"));
}

// The second extent of four is the number of channels only if an op says so.
TEST(GraphInputs, LeavesTheSecondExtentFree) {
  ModelBuilder model;
  model.input("x", {int64_t(1), "rows", "columns", int64_t(3)});
  addRelu(model);
  EXPECT_THAT(model.import(), HasSubstr("%arg0: !seg.tensor<[1, rows, columns, 3], f32>"));
  ModelBuilder nameless;
  nameless.input("x", {"", "", "", int64_t(3)});
  addRelu(nameless);
  EXPECT_THAT(nameless.import(), HasSubstr("%arg0: !seg.tensor<[x_d0, x_d1, x_d2, 3], f32>"));
}

TEST(GraphInputs, WantsAFixedNumberOfChannels) {
  ModelBuilder model;
  model.input("x", {int64_t(1), "c", "h", "w"});
  model.weights("w", {4, 3, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("(Conv): the input has no fixed number of "
                                             "channels: its axis 1 is \"c\", which is free"));
}

TEST(GraphInputs, RefusesShapesForOtherNamesAndRanks) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "h", "w"});
  addRelu(model);
  ImportOptions options;
  options.shapes["image"] = {1, 3, 8, 8};
  options.shapes["x"] = {3, 8, 8};
  EXPECT_EQ(model.import(options), "");
  EXPECT_THAT(model.errors,
              ElementsAre("model.onnx: --shape names \"image\", but the inputs are \"x\"",
                          "model.onnx: input \"x\": has rank 4, but --shape gives 3 extents"));
}

TEST(GraphInputs, RefusesEmptyAndHugeExtents) {
  for (int64_t extent : {int64_t(0), INT64_MAX}) {
    ModelBuilder model;
    model.input("x", {int64_t(1), int64_t(3), extent, "w"});
    addRelu(model);
    EXPECT_THAT(model.importError(), HasSubstr("extent 2 is " + std::to_string(extent)));
  }
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(65536), int64_t(65536), int64_t(65536)});
  addRelu(model);
  EXPECT_THAT(model.importError(), HasSubstr("2^31 elements or more"));
}

TEST(GraphInputs, AreNoInitialisers) {
  ModelBuilder model;
  model.input("x", {int64_t(2)});
  model.input("b", {int64_t(2)});
  model.floats("b", {2}, {1, 2});
  model.node("Add", {"x", "b"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), Not(HasSubstr("%arg1")));
}

TEST(GraphInputs, CanBeGivenValues) {
  ModelBuilder model;
  model.input("x", {int64_t(2), int64_t(6)});
  model.input("shape", {int64_t(2)}, onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "shape"}, {"y"});
  model.output("y");
  onnx::TensorProto value;
  value.set_data_type(onnx::TensorProto::INT64);
  value.add_dims(2);
  value.add_int64_data(3);
  value.add_int64_data(-1);
  ImportOptions options;
  options.constants["shape"] = value.SerializeAsString();
  std::string text = model.import(options);
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[3, 4], f32>"));
  EXPECT_THAT(text, Not(HasSubstr("%arg1")));
}

TEST(GraphInputs, OfTextAreRefused) {
  ModelBuilder model;
  model.input("x", {int64_t(2)}, onnx::TensorProto::STRING);
  addRelu(model);
  EXPECT_THAT(model.importError(), HasSubstr("element type string"));
}

} // namespace
} // namespace segc::test
