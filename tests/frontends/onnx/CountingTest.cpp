// Operators that find out how many, and what detectors write around them.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

class Counting : public testing::Test {
protected:
  ModelBuilder model;
};

TEST_F(Counting, EveryCountHasANameAndABound) {
  model.input("x", {int64_t(4), "h"});
  model.node("NonZero", {"x"}, {"first"});
  model.node("NonZero", {"first"}, {"second"});
  model.output("second");
  EXPECT_THAT(model.import(),
              HasSubstr("!seg.tensor<[2, \"count(nonzero_2, 2 * count(nonzero, 4 * h))\"], i64>"));
}

TEST_F(Counting, WhatIsFoundInConstantsIsConstant) {
  model.integers("c", {0, 5, 0, 7});
  model.input("x", {int64_t(4)}, onnx::TensorProto::INT64);
  model.node("NonZero", {"c"}, {"places"});
  model.integers("minus", {-1});
  model.node("Reshape", {"places", "minus"}, {"flat"});
  model.node("Gather", {"x", "flat"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> !seg.tensor<[2], i64>"));
}

TEST_F(Counting, NoBoxesAtAllAreRefused) {
  model.input("boxes", {int64_t(1), "n", int64_t(4)});
  model.input("scores", {int64_t(1), int64_t(2), "n"});
  model.node("NonMaxSuppression", {"boxes", "scores"}, {"y"}, "nms");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("node \"nms\" (NonMaxSuppression): no box of a class "
                                             "may be taken"));
}

TEST_F(Counting, ACountIsAnExtentLikeOthers) {
  model.input("x", {int64_t(6)});
  model.node("NonZero", {"x"}, {"places"});
  model.node("Shape", {"places"}, {"shape"});
  model.node("Reshape", {"x", "shape"}, {"y"}, "reshape");
  model.output("y");
  // [1, count]: as many as the input only for a count of 6, which is checked when it runs. Nobody
  // reads the places, but how many there are.
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, \"count(nonzero, 6)\"], f32>"));
  EXPECT_THAT(text, HasSubstr("seg.nonzero"));
}

/// If nothing is found: `nothing`, else what Unique makes of the places.
class Found : public Counting {
protected:
  Found() {
    model.input("x", {"h"});
    model.node("NonZero", {"x"}, {"places"});
    model.node("Shape", {"places"}, {"shape"});
    model.node("ReduceProd", {"shape"}, {"size"});
    setInt(*model.graph().mutable_node(2), "keepdims", 0);
    model.integers("zero", {0});
    model.node("Equal", {"size", "zero"}, {"isEmpty"});
    model.node("If", {"isEmpty"}, {"y"}, "if");
    model.output("y");
  }
  onnx::GraphProto &branch(const char *name) {
    auto &graph =
        *attribute(*model.graph().mutable_node(4), name, onnx::AttributeProto::GRAPH).mutable_g();
    graph.add_output()->set_name(name);
    return graph;
  }
  void nothing(const char *name, int64_t extent) {
    onnx::TensorProto &value = *attribute(addNode(branch(name), "Constant", {}, {name}), "value",
                                          onnx::AttributeProto::TENSOR)
                                    .mutable_t();
    value.set_data_type(onnx::TensorProto::INT64);
    value.add_dims(extent);
    for (int64_t i = 0; i < extent; ++i)
      value.add_int64_data(i);
  }
  void something(const char *name) { addNode(branch(name), "Unique", {"places"}, {name}); }
};

TEST_F(Found, NothingMakesNothing) {
  nothing("then_branch", 0);
  something("else_branch");
  EXPECT_THAT(model.import(),
              HasSubstr("!seg.tensor<[\"count(unique, count(nonzero, h))\"], i64>"));
}

TEST_F(Found, NothingMakesSomethingElse) {
  nothing("then_branch", 3);
  something("else_branch");
  EXPECT_THAT(model.importError(), HasSubstr("node \"if\" (If): the condition"));
}

} // namespace
} // namespace segc::test
