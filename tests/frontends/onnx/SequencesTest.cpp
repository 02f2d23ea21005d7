// Sequences are lists that the importer keeps; what is taken out of them is what was put in.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

class Sequences : public testing::Test {
protected:
  Sequences() {
    model.input("x", {int64_t(1), int64_t(4), "h"});
    model.input("z", {int64_t(1), int64_t(4), "h"});
  }
  void index(const std::string &name, int64_t value) {
    model.initialiser(name, {}, onnx::TensorProto::INT64).add_int64_data(value);
  }
  ModelBuilder model;
};

TEST_F(Sequences, GiveBackTheirElements) {
  model.node("SequenceConstruct", {"x", "z"}, {"s"});
  index("first", 0);
  index("last", -1);
  model.node("SequenceAt", {"s", "first"}, {"a"});
  model.node("SequenceAt", {"s", "last"}, {"b"});
  model.output("b");
  model.output("a");
  EXPECT_THAT(model.import(), HasSubstr("return %arg1, %arg0"));
}

TEST_F(Sequences, GrowAndShrink) {
  model.node("SequenceEmpty", {}, {"s0"});
  index("first", 0);
  model.node("SequenceInsert", {"s0", "x"}, {"s1"});
  model.node("SequenceInsert", {"s1", "z", "first"}, {"s2"}); // z, x
  model.node("SequenceInsert", {"s2", "z"}, {"s3"});          // z, x, z
  model.node("SequenceErase", {"s3", "first"}, {"s4"});       // x, z
  model.node("Identity", {"s4"}, {"s5"});
  model.node("ConcatFromSequence", {"s5"}, {"y"});
  setInt(model.node("ConcatFromSequence", {"s2"}, {"stack"}), "new_axis", 1);
  for (int i : {6, 7})
    setInt(*model.graph().mutable_node(i), "axis", 1);
  model.node("SequenceLength", {"s3"}, {"n"});
  for (const char *name : {"y", "stack", "n"})
    model.output(name);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("seg.concat %arg0, %arg1"));
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 2, 4, h], f32> {seg.name = \"stack\"}"));
  EXPECT_THAT(text, HasSubstr("dense<3> : tensor<i64>"));
}

TEST_F(Sequences, AreMadeOfParts) {
  model.integers("lengths", {1, 3});
  index("two", 2);
  setInt(model.node("SplitToSequence", {"x", "lengths"}, {"s"}), "axis", 1);
  setInt(model.node("SplitToSequence", {"x", "two"}, {"pairs"}), "axis", -2);
  onnx::NodeProto &singles = model.node("SplitToSequence", {"x"}, {"singles"});
  setInt(singles, "axis", 1);
  setInt(singles, "keepdims", 0);
  index("one", 1);
  model.node("SequenceAt", {"s", "one"}, {"a"});
  model.node("SequenceAt", {"pairs", "one"}, {"b"});
  model.node("SequenceAt", {"singles", "one"}, {"c"});
  for (const char *name : {"a", "b", "c"})
    model.output(name);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 3, h], f32> {seg.name = \"a\"}"));
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 2, h], f32> {seg.name = \"b\"}"));
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, h], f32> {seg.name = \"c\"}"));
}

TEST_F(Sequences, AreMapped) {
  model.node("SequenceConstruct", {"x", "z"}, {"s"});
  onnx::NodeProto &map = model.node("SequenceMap", {"s", "x"}, {"t"});
  onnx::GraphProto &graph = *attribute(map, "body", onnx::AttributeProto::GRAPH).mutable_g();
  graph.add_input()->set_name("a");
  graph.add_input()->set_name("b");
  graph.add_output()->set_name("c");
  onnx::NodeProto &add = *graph.add_node();
  add.set_op_type("Add");
  add.add_input("a");
  add.add_input("b");
  add.add_output("c");
  setInt(model.node("ConcatFromSequence", {"t"}, {"y"}), "axis", 0);
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("seg.binary %arg0, %arg0"));
  EXPECT_THAT(text, HasSubstr("seg.binary %arg1, %arg0"));
}

TEST_F(Sequences, AreNoOutputsAndNoTensors) {
  model.node("SequenceConstruct", {"x", "z"}, {"s"}, "list");
  model.node("Relu", {"s"}, {"y"}, "relu");
  index("two", 2);
  model.node("SequenceAt", {"s", "two"}, {"a"}, "beyond");
  for (const char *name : {"s", "y", "a"})
    model.output(name);
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors,
              ElementsAre(HasSubstr("node \"relu\" (Relu): input 0 (\"s\") is a sequence"),
                          HasSubstr("node \"beyond\" (SequenceAt): the position is outside of a "
                                    "sequence of 2"),
                          HasSubstr("output \"s\": is a sequence or an optional tensor")));
}

TEST_F(Sequences, OfFreeLengthsAreRefused) {
  setInt(model.node("SplitToSequence", {"x"}, {"s"}, "split"), "axis", 2);
  index("one", 1);
  model.node("SequenceAt", {"s", "one"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("the length of the sequence depends on the size"));
}

TEST_F(Sequences, OptionalTensorsAreThereOrNot) {
  model.node("Optional", {"x"}, {"some"});
  model.node("Optional", {}, {"none"});
  for (const char *name : {"some", "none"})
    model.node("OptionalHasElement", {name}, {std::string("has ") + name});
  model.node("OptionalGetElement", {"some"}, {"y"});
  for (const char *name : {"y", "has some", "has none"})
    model.output(name);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("dense<true>"));
  EXPECT_THAT(text, HasSubstr("dense<false>"));
  EXPECT_THAT(text, HasSubstr("return %arg0, "));
}

} // namespace
} // namespace segc::test
