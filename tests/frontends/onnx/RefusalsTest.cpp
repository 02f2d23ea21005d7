// Everything that is refused is reported at once, and nothing that merely follows from it: what is
// behind a refused node or input is looked at as far as the model tells its shape.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

void declare(ModelBuilder &model, const std::string &name, const std::vector<Extent> &shape) {
  ModelBuilder::fill(*model.graph().add_value_info(), name, shape, onnx::TensorProto::FLOAT);
}

TEST(Refusals, OfOneReasonShareALine) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4)});
  for (int i = 0; i != 7; ++i)
    model.node("Sharpen", {i == 0 ? "x" : "y" + std::to_string(i - 1)}, {"y" + std::to_string(i)});
  model.node("Blur", {"y6"}, {"z"});
  model.output("z");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors,
              ElementsAre("model.onnx: nodes \"y0\", \"y1\", \"y2\" and 4 more (Sharpen): this "
                          "operator is not supported (operator set 13)",
                          "model.onnx: node \"z\" (Blur): this operator is not supported "
                          "(operator set 13)"));
}

TEST(Refusals, BehindARefusedNodeAreFound) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), "h", "w"});
  model.node("Sharpen", {"x"}, {"a"}, "first");
  declare(model, "a", {int64_t(1), int64_t(4), "h", "w"});
  model.node("Relu", {"a"}, {"b"}, "silent");
  setText(model.node("Resize", {"b", "", "scales"}, {"c"}, "second"), "mode", "magic");
  model.floats("scales", {4}, {1, 1, 2, 2});
  model.output("c");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors, ElementsAre(HasSubstr("node \"first\" (Sharpen)"),
                                        HasSubstr("node \"second\" (Resize): mode \"magic\"")));
}

// The declared shape is wrong, and so would be what it is blamed for.
TEST(Refusals, ThatFollowFromStandInsAreNotTold) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), "h", "w"});
  model.node("Sharpen", {"x"}, {"a"}, "first");
  declare(model, "a", {int64_t(1), int64_t(7), "h", "w"});
  model.weights("w", {2, 4, 3, 3});
  model.node("Conv", {"a", "w"}, {"b"}, "channels");
  model.node("Sharpen", {"x"}, {"s"}, "size");
  ModelBuilder::fill(*model.graph().add_value_info(), "s", {int64_t(4)}, onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "s"}, {"c"}, "extents");
  model.output("b");
  model.output("c");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors, ElementsAre(HasSubstr("nodes \"first\", \"size\" (Sharpen)")));
}

TEST(Refusals, BehindARefusedInputAreFound) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4)}, onnx::TensorProto::STRING);
  model.input("z", {int64_t(1), int64_t(0)});
  model.node("Relu", {"x"}, {"a"});
  model.node("Add", {"a", "z"}, {"b"});
  model.node("Sharpen", {"b"}, {"c"}, "n");
  model.output("c");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors, ElementsAre(HasSubstr("input \"z\""), HasSubstr("input \"x\""),
                                        HasSubstr("node \"n\" (Sharpen)")));
}

TEST(Refusals, InBranchesThatCannotBeChosenAreFound) {
  ModelBuilder model;
  model.input("x", {int64_t(1)});
  model.input("c", {}, onnx::TensorProto::BOOL);
  onnx::NodeProto &choice = model.node("If", {"c"}, {"y"}, "choice");
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::GraphProto &branch = *attribute(choice, name, onnx::AttributeProto::GRAPH).mutable_g();
    onnx::NodeProto &node = *branch.add_node();
    node.set_op_type("Sharpen");
    node.add_input("x");
    node.add_output("b");
    branch.add_output()->set_name("b");
  }
  model.output("y");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors, ElementsAre(HasSubstr("node \"choice\" (If): the condition"),
                                        HasSubstr("nodes \"b\", \"b\" (Sharpen)")));
}

TEST(Declarations, ThatContradictTheOperatorsAreIgnored) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4)});
  model.node("Relu", {"x"}, {"a"});
  model.node("Abs", {"a"}, {"y"});
  declare(model, "a", {int64_t(1), int64_t(5)});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> (!seg.tensor<[1, 4], f32>"));
  EXPECT_THAT(model.warnings, ElementsAre(HasSubstr("they are ignored: those of \"a\"")));
}

} // namespace
} // namespace segc::test
