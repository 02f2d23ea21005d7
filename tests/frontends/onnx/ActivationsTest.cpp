// Elementwise operators, normalisations and reductions become the right ops with the right
// parameters, also where operator sets differ.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

onnx::NodeProto &single(ModelBuilder &model, const std::string &op,
                        std::vector<std::string> more = {}) {
  model.input("x", {int64_t(1), int64_t(4), "h", "w"});
  model.output("y");
  more.insert(more.begin(), "x");
  return model.node(op, more, {"y"});
}

TEST(Activations, HaveTheStandardsParameters) {
  for (auto [op, expected] :
       {std::pair("Relu", "<relu>"), std::pair("LeakyRelu", "<leaky_relu, 0.00999"),
        std::pair("HardSigmoid", "<hard_sigmoid, 2.000000e-01, 5.0"), std::pair("Elu", "<elu, 1"),
        std::pair("Selu", "<selu, 1.67"), std::pair("Erf", "<erf>"),
        std::pair("Softplus", "<softplus>")}) {
    ModelBuilder model;
    single(model, op);
    EXPECT_THAT(model.import(), HasSubstr(std::string("#seg.act") + expected)) << op;
  }
}

TEST(Activations, StandBehindFusedProducts) {
  ModelBuilder model;
  model.input("x", {"n", int64_t(2)});
  model.floats("w", {2, 2}, {1, 2, 0, 1});
  onnx::OperatorSetIdProto &domain = *model.model.add_opset_import();
  domain.set_domain("com.microsoft");
  domain.set_version(1);
  onnx::NodeProto &node = model.node("FusedGemm", {"x", "w"}, {"y"});
  node.set_domain("com.microsoft");
  setInt(node, "transB", 1);
  setText(node, "activation", "LeakyRelu");
  setFloat(node, "activation_alpha", 0.25f);
  model.output("y");
  auto results = interpretModel(model, {{{1, 2}, {2, -3}}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(results[0].floats, ElementsAre(-1, -0.75f));
}

TEST(Activations, TakeTheirAttributes) {
  ModelBuilder model;
  onnx::NodeProto &node = single(model, "HardSigmoid");
  setFloat(node, "alpha", 0.25f);
  setFloat(node, "beta", 0.75f);
  EXPECT_THAT(model.import(), HasSubstr("#seg.act<hard_sigmoid, 2.500000e-01, 7.500000e-01>"));
}

TEST(Clip, ReadsBoundsFromAttributesOrInputs) {
  ModelBuilder old(7);
  onnx::NodeProto &clip = single(old, "Clip");
  setFloat(clip, "min", 0);
  setFloat(clip, "max", 6);
  ModelBuilder now(13);
  now.floats("low", {}, {0});
  now.floats("high", {}, {6});
  single(now, "Clip", {"low", "high"});
  for (ModelBuilder *model : {&old, &now})
    EXPECT_THAT(model->import(), HasSubstr("#seg.act<clip, 0.000000e+00, 6.000000e+00>"));
}

TEST(Clip, OfNegativesAloneIsRelu) {
  ModelBuilder model;
  model.floats("low", {}, {0});
  single(model, "Clip", {"low"});
  EXPECT_THAT(model.import(), HasSubstr("#seg.act<relu>"));
}

TEST(Arithmetic, RefusesShapesThatDoNotBroadcast) {
  ModelBuilder model;
  model.weights("b", {3, 1, 1});
  single(model, "Add", {"b"});
  EXPECT_THAT(model.importError(), HasSubstr("(Add): the operands' shapes do not broadcast"));
}

TEST(Arithmetic, PowMayHaveAnIntegerExponent) {
  ModelBuilder model;
  model.integers("two", {2}).clear_dims();
  single(model, "Pow", {"two"});
  EXPECT_THAT(model.import(), HasSubstr("dense<2.000000e+00> : tensor<f32>"));
}

/// torchvision's Swin Transformers drop a share of 0, and say that they train.
TEST(Dropout, InTrainingMayDropNothing) {
  for (float ratio : {0.0f, 0.5f}) {
    ModelBuilder model;
    model.floats("ratio", {}, {ratio});
    model.initialiser("training", {}, onnx::TensorProto::BOOL).set_raw_data("\1", 1);
    single(model, "Dropout", {"ratio", "training"});
    if (ratio == 0)
      EXPECT_THAT(model.import(), HasSubstr("return %arg0"));
    else
      EXPECT_THAT(model.importError(), HasSubstr("dropout in training mode is not supported"));
  }
}

TEST(BatchNormalization, KeepsItsEpsilonAndRefusesTrainingOfOldOperatorSets) {
  for (bool training : {false, true}) {
    ModelBuilder model(training ? 13 : 15);
    for (const char *name : {"s", "b", "m", "v"})
      model.weights(name, {4});
    onnx::NodeProto &node = single(model, "BatchNormalization", {"s", "b", "m", "v"});
    setFloat(node, "epsilon", 0.25f);
    setInt(node, "training_mode", training);
    if (training)
      EXPECT_THAT(model.importError(), HasSubstr("training mode is not supported"));
    else
      EXPECT_THAT(model.import(), HasSubstr("epsilon = 2.500000e-01 : f32"));
  }
}

TEST(Reduce, TakesAxesFromAttributesOrInputs) {
  ModelBuilder old(11);
  onnx::NodeProto &node = single(old, "ReduceSum");
  setInts(node, "axes", {-1, 2});
  setInt(node, "keepdims", 0);
  ModelBuilder now(13);
  now.integers("axes", {-1, 2});
  setInt(single(now, "ReduceSum", {"axes"}), "keepdims", 0);
  for (ModelBuilder *model : {&old, &now}) {
    std::string text = model->import();
    EXPECT_THAT(text, HasSubstr("axes = array<i64: 2, 3>"));
    EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 4], f32>"));
  }
}

TEST(Softmax, FlattensBeforeOperatorSet13) {
  ModelBuilder old(11);
  setInt(single(old, "Softmax"), "axis", 1);
  std::string text = old.import();
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, \"4 * h * w\"], f32>"));
  ModelBuilder now(13);
  setInt(single(now, "Softmax"), "axis", 1);
  EXPECT_THAT(now.import(), Not(HasSubstr("seg.reshape")));
}

TEST(ArgMax, KeepsTheLastOfEqualsIfAsked) {
  ModelBuilder model;
  onnx::NodeProto &node = single(model, "ArgMax");
  setInt(node, "axis", 1);
  setInt(node, "keepdims", 0);
  setInt(node, "select_last_index", 1);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("select_last = true"));
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, h, w], i64>"));
}

TEST(LocalResponse, AddsUpNeighbouringChannels) {
  ModelBuilder model;
  setInt(single(model, "LRN"), "size", 4);
  std::string text = model.import();
  // One channel before and two behind.
  EXPECT_THAT(text, HasSubstr("high = [#seg.dim<0>, #seg.dim<2>, #seg.dim<0>, #seg.dim<0>], "
                              "low = [#seg.dim<0>, #seg.dim<1>, #seg.dim<0>, #seg.dim<0>]"));
}

} // namespace
} // namespace segc::test
