// Operators whose indices are data: constant indices become slices where those are few, and what
// cannot be right is refused.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

/// One node that reads x, [4, 5, h], and what is added.
class Indices : public testing::Test {
protected:
  Indices() { model.input("x", {int64_t(4), int64_t(5), "h"}); }

  onnx::NodeProto &node(const std::string &op, std::vector<std::string> inputs) {
    inputs.insert(inputs.begin(), "x");
    model.output("y");
    return model.node(op, inputs, {"y"}, "node");
  }

  ModelBuilder model;
};

TEST_F(Indices, ThatAreDataAreGathered) {
  model.input("i", {int64_t(2), "k"}, onnx::TensorProto::INT32);
  setInt(node("Gather", {"i"}), "axis", -2);
  EXPECT_THAT(model.import(), HasSubstr("-> !seg.tensor<[4, 2, k, h], f32>"));
}

TEST_F(Indices, ThatAreManyAreGatheredFewAreSlices) {
  model.integers("i", {0, 2, 4, 1, 3, 0, 2, 4, -1});
  setInt(node("Gather", {"i"}), "axis", 1);
  EXPECT_THAT(model.import(), HasSubstr("seg.gather"));
  model.graph().mutable_initializer(0)->mutable_int64_data()->Truncate(8);
  model.graph().mutable_initializer(0)->set_dims(0, 8);
  EXPECT_THAT(model.import(), Not(HasSubstr("seg.gather")));
}

TEST_F(Indices, OutsideAreRefused) {
  model.integers("i", {0, 2, 4, 1, 3, 0, 2, 4, 5});
  setInt(node("Gather", {"i"}), "axis", 1);
  EXPECT_THAT(model.importError(),
              HasSubstr("node \"node\" (Gather): index 5 is outside an axis of extent 5"));
  model.graph().mutable_node(0)->set_op_type("GatherElements");
  model.graph().mutable_initializer(0)->clear_dims();
  for (int64_t extent : {9, 1, 1})
    model.graph().mutable_initializer(0)->add_dims(extent);
  EXPECT_THAT(model.importError(), HasSubstr("index 5 is outside"));
}

TEST_F(Indices, OfTuplesAreAConstantNumber) {
  model.input("i", {int64_t(2), "k"}, onnx::TensorProto::INT64);
  node("GatherND", {"i"});
  EXPECT_THAT(model.importError(), HasSubstr("the last extent of the indices is not a constant"));
}

TEST_F(Indices, AreIntegers) {
  model.input("i", {int64_t(2)});
  node("Gather", {"i"});
  EXPECT_THAT(model.importError(), HasSubstr("the indices are neither int32 nor int64"));
}

TEST_F(Indices, UpdatesFit) {
  model.input("i", {int64_t(2), int64_t(1)}, onnx::TensorProto::INT64);
  model.input("u", {int64_t(2), int64_t(4), "h"});
  setText(node("ScatterND", {"i", "u"}), "reduction", "add");
  EXPECT_THAT(model.importError(), HasSubstr("an extent of 4 where 5 is needed"));
  model.graph().mutable_node(0)->mutable_attribute(0)->set_s("mean");
  EXPECT_THAT(model.importError(), HasSubstr("reduction \"mean\" is not supported"));
}

TEST_F(Indices, TopKKnowsHowMany) {
  model.input("k", {int64_t(1)}, onnx::TensorProto::INT64);
  setInt(node("TopK", {"k"}), "axis", 0);
  EXPECT_THAT(model.importError(), HasSubstr("the number of values"));
  model.graph().mutable_input()->RemoveLast();
  model.integers("k", {5});
  EXPECT_THAT(model.importError(), HasSubstr("the 5 largest of 4"));
}

TEST_F(Indices, LabelsOfALossHaveOneAxisLess) {
  model.input("i", {int64_t(4), int64_t(5), "h"}, onnx::TensorProto::INT64);
  node("NegativeLogLikelihoodLoss", {"i"});
  EXPECT_THAT(model.importError(), HasSubstr("labels of rank 3 for scores of rank 3"));
}

} // namespace
} // namespace segc::test
