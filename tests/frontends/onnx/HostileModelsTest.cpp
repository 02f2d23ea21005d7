// Files that are damaged or made to harm are refused with a message: no crash, no hang, no huge
// allocation.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

void addImage(ModelBuilder &model) {
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
}

TEST(HostileModels, TruncatedAnywhereAreRefused) {
  ModelBuilder model;
  addImage(model);
  model.weights("w", {2, 4, 3, 3});
  model.node("Conv", {"x", "w"}, {"y"});
  model.output("y");
  std::string bytes = model.bytes();
  for (size_t size = 0; size < bytes.size(); size += 7) {
    model.write(bytes.substr(0, size));
    EXPECT_EQ(model.importFile(), "") << size;
  }
}

TEST(HostileModels, WithFlippedBitsDoNotCrash) {
  ModelBuilder model;
  addImage(model);
  model.weights("w", {2, 4, 3, 3});
  setInts(model.node("Conv", {"x", "w"}, {"c"}), "pads", {1, 1, 1, 1});
  model.node("Shape", {"c"}, {"s"});
  model.node("Reshape", {"x", "s"}, {"r"});
  model.node("Relu", {"c"}, {"y"});
  model.output("y");
  std::string bytes = model.bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    model.write(damaged);
    model.importFile();
  }
}

TEST(HostileModels, ThatAreNoFileAreRefused) {
  ModelBuilder model;
  EXPECT_EQ(model.importFile(), "");
  EXPECT_THAT(model.errors.front(), HasSubstr("cannot be opened: No such file"));
  std::filesystem::create_directory(model.path());
  EXPECT_EQ(model.importFile(), "");
  EXPECT_THAT(model.errors.front(), HasSubstr("is not a regular file"));
}

TEST(HostileModels, WithCyclesAreRefused) {
  ModelBuilder model;
  addImage(model);
  model.node("Add", {"x", "b"}, {"a"}, "first");
  model.node("Relu", {"a"}, {"b"}, "second");
  model.output("b");
  EXPECT_THAT(model.importError(),
              HasSubstr("node \"first\" (Add): it is part of a cycle: it reads \"b\" of node "
                        "\"second\" (Relu), which reads \"a\" of the first"));
}

TEST(HostileModels, WithLoopsOfOneNodeAreRefused) {
  ModelBuilder model;
  addImage(model);
  model.node("Add", {"x", "a"}, {"a"}, "self");
  model.output("a");
  EXPECT_THAT(model.importError(), HasSubstr("it is part of a cycle: it reads \"a\" of its own"));
}

TEST(HostileModels, WithDuplicateNamesAreRefused) {
  ModelBuilder model;
  addImage(model);
  model.node("Relu", {"x"}, {"y"}, "a");
  model.node("Relu", {"x"}, {"y"}, "b");
  model.node("Relu", {"x"}, {"x"}, "c");
  model.output("y");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors,
              ElementsAre(HasSubstr("node \"b\" (Relu): its output \"y\" is another node's"),
                          HasSubstr("node \"c\" (Relu): its output \"x\" is already the name")));
}

TEST(HostileModels, WithMissingInputsReportThemAllOnce) {
  ModelBuilder model;
  addImage(model);
  model.node("Relu", {"p"}, {"a"}, "first");
  model.node("Relu", {"q"}, {"b"}, "second");
  model.node("Add", {"a", "b"}, {"y"}, "silent");
  model.output("y");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors,
              ElementsAre("model.onnx: node \"first\" (Relu): its input \"p\" does not exist",
                          "model.onnx: node \"second\" (Relu): its input \"q\" does not exist"));
}

TEST(HostileModels, ReportEveryUnsupportedOperator) {
  ModelBuilder model;
  addImage(model);
  model.node("RandomNormalLike", {"x"}, {"a"}, "one");
  model.node("Relu", {"a"}, {"b"}, "silent");
  model.node("Sharpen", {"b"}, {"y"}, "two").set_domain("ai.segc");
  model.output("y");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(
      model.errors,
      ElementsAre("model.onnx: node \"one\" (RandomNormalLike): this operator is not supported "
                  "(operator set 13)",
                  "model.onnx: node \"two\" (ai.segc::Sharpen): this operator of the "
                  "domain \"ai.segc\" is not supported"));
}

TEST(HostileModels, NodesThatNoOutputNeedsMayBeUnsupported) {
  ModelBuilder model;
  addImage(model);
  model.node("RandomNormalLike", {"x"}, {"a"});
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  EXPECT_NE(model.import(), "");
}

TEST(HostileModels, CannotWriteControlCharactersIntoMessages) {
  ModelBuilder model;
  addImage(model);
  model.node("No\x1b[2J", {"x"}, {"y"}, "a\n\"b");
  model.output("y");
  std::string error = model.importError();
  EXPECT_THAT(error, HasSubstr("node \"a\\x0a\\\"b\" (No\\x1b[2J)"));
}

TEST(HostileModels, WithoutOutputsOrOperatorSetAreRefused) {
  ModelBuilder empty;
  addImage(empty);
  EXPECT_THAT(empty.importError(), HasSubstr("the graph has no outputs"));
  ModelBuilder nameless;
  addImage(nameless);
  nameless.model.mutable_opset_import(0)->set_domain("ai.onnx.ml");
  nameless.node("Relu", {"x"}, {"y"});
  nameless.output("y");
  EXPECT_THAT(nameless.importError(), HasSubstr("names no version of the default operator set"));
}

TEST(HostileModels, MayNestSubgraphsDeeply) {
  ModelBuilder model;
  addImage(model);
  model.initialiser("yes", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  onnx::GraphProto *graph = &model.graph();
  for (int depth = 0; depth != 30; ++depth) {
    onnx::NodeProto &node = *graph->add_node();
    node.set_op_type("If");
    node.add_input("yes");
    node.add_output("y" + std::to_string(depth));
    if (depth == 0)
      model.output("y0");
    else
      graph->add_output()->set_name(node.output(0));
    attribute(node, "else_branch", onnx::AttributeProto::GRAPH).mutable_g();
    graph = attribute(node, "then_branch", onnx::AttributeProto::GRAPH).mutable_g();
  }
  graph->add_output()->set_name("x");
  EXPECT_THAT(model.import(), HasSubstr("return %arg0")); // more would be no protobuf
}

TEST(HostileModels, WithShapesThatOverflowAreRefused) {
  ModelBuilder model;
  addImage(model);
  model.integers("shape", {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX});
  model.node("Expand", {"x", "shape"}, {"y"});
  model.output("y");
  EXPECT_EQ(model.import(), "");
  ModelBuilder growing;
  addImage(growing);
  growing.node("Shape", {"x"}, {"s0"});
  for (int i = 0; i != 8; ++i)
    growing.node("Mul", {"s" + std::to_string(i), "s" + std::to_string(i)},
                 {"s" + std::to_string(i + 1)});
  growing.node("Reshape", {"x", "s8"}, {"y"});
  growing.output("y");
  EXPECT_EQ(growing.import(), "");
}

} // namespace
} // namespace segc::test
