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
    auto &graph = *attribute(*model.graph().mutable_node(choice), name, onnx::AttributeProto::GRAPH)
                       .mutable_g();
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
  int choice = 4;
  void something(const char *name) { addNode(branch(name), "Unique", {"places"}, {name}); }
};

TEST_F(Found, NothingMakesNothing) {
  nothing("then_branch", 0);
  something("else_branch");
  EXPECT_THAT(model.import(),
              HasSubstr("!seg.tensor<[\"count(unique, count(nonzero, h))\"], i64>"));
}

/// Detectors that look at several levels of a pyramid keep the best of each and join them.
TEST_F(Found, NothingAnywhereMakesNothing) {
  model.input("z", {"w"});
  onnx::GraphProto &graph = model.graph();
  std::vector<onnx::NodeProto> later(graph.node().begin() + 1, graph.node().end());
  graph.mutable_node()->DeleteSubrange(1, graph.node_size() - 1);
  model.node("NonZero", {"z"}, {"others"});
  model.node("Shape", {"others"}, {"extents"});
  model.integers("last", {-1});
  model.node("Gather", {"extents", "last"}, {"found"});
  model.integers("most", {5});
  model.node("Min", {"found", "most"}, {"kept"});
  model.integers("first", {0});
  model.node("Slice", {"others", "first", "kept", "last"}, {"best"});
  setInt(model.node("Concat", {"places", "best", "places"}, {"joined"}), "axis", 1);
  for (onnx::NodeProto &node : later) {
    if (node.op_type() == "Shape")
      node.set_input(0, "joined");
    *graph.add_node() = node;
  }
  choice = graph.node_size() - 1;
  nothing("then_branch", 0);
  addNode(branch("else_branch"), "Unique", {"joined"}, {"else_branch"});
  EXPECT_THAT(model.import(), HasSubstr("seg.unique"));
}

/// Where only one of two must have found nothing, the other may have found something.
TEST_F(Found, NothingOfOneMakesSomethingElse) {
  model.input("z", {"w"});
  model.node("NonZero", {"z"}, {"others"});
  nothing("then_branch", 0);
  addNode(branch("else_branch"), "Unique", {"others"}, {"else_branch"});
  std::swap(*model.graph().mutable_node(4), *model.graph().mutable_node(5));
  EXPECT_THAT(model.importError(), HasSubstr("must not depend on how many the network finds"));
}

TEST_F(Found, NothingMakesSomethingElse) {
  nothing("then_branch", 3);
  something("else_branch");
  EXPECT_THAT(model.importError(), HasSubstr("node \"if\" (If): the condition"));
}

} // namespace
} // namespace segc::test
