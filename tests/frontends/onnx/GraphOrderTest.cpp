// Nodes may be listed in any order; a sorted graph keeps its own. Cycles are named node by node.
// Operator sets: those that are not used do not matter, newer ones are taken for the newest known.

#include "tests/frontends/onnx/ModelBuilder.h"

#include <algorithm>

namespace segc::test {
namespace {

void addImage(ModelBuilder &model) {
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
}

/// The functions of the ops in the imported text, in order.
std::string opsOf(const std::string &text) {
  std::string ops;
  for (const char *op : {"relu", "abs", "exp"})
    EXPECT_NE(text.find(op), std::string::npos) << text;
  std::vector<std::pair<size_t, std::string>> found;
  for (const char *op : {"relu", "abs", "exp"})
    found.emplace_back(text.find(op), op);
  std::sort(found.begin(), found.end());
  for (auto &[place, op] : found)
    ops += op + " ";
  return ops;
}

TEST(GraphOrder, MayBeAnyOrder) {
  ModelBuilder model;
  addImage(model);
  model.node("Exp", {"b"}, {"y"});
  model.node("Abs", {"a"}, {"b"});
  model.node("Relu", {"x"}, {"a"});
  model.output("y");
  EXPECT_EQ(opsOf(model.import()), "relu abs exp ");
}

// What could be done earlier is not: the file's order is the exporter's, and good for memory.
TEST(GraphOrder, KeepsTheOrderOfSortedGraphs) {
  ModelBuilder model;
  addImage(model);
  model.node("Exp", {"x"}, {"a"});
  model.node("Relu", {"a"}, {"b"});
  model.node("Abs", {"x"}, {"c"});
  model.node("Add", {"b", "c"}, {"y"});
  model.output("y");
  EXPECT_EQ(opsOf(model.import()), "exp relu abs ");
}

// A branch reads "b" from around it.
TEST(GraphOrder, CountsWhatGraphsInsideRead) {
  ModelBuilder model;
  addImage(model);
  model.initialiser("yes", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  onnx::NodeProto &choice = model.node("If", {"yes"}, {"y"});
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::GraphProto &branch = *attribute(choice, name, onnx::AttributeProto::GRAPH).mutable_g();
    onnx::NodeProto &node = *branch.add_node();
    node.set_op_type("Exp");
    node.add_input("b");
    node.add_output("c");
    branch.add_output()->set_name("c");
  }
  model.node("Abs", {"a"}, {"b"});
  model.node("Relu", {"x"}, {"a"});
  // The branches' own "c" is another one.
  model.node("Neg", {"y"}, {"c"});
  model.output("c");
  EXPECT_EQ(opsOf(model.import()), "relu abs exp ");
}

TEST(GraphOrder, NamesEveryCycle) {
  ModelBuilder model;
  addImage(model);
  model.node("Add", {"x", "c"}, {"a"}, "one");
  model.node("Relu", {"a"}, {"b"}, "two");
  model.node("Relu", {"b"}, {"c"}, "three");
  model.node("Add", {"x", "e"}, {"d"}, "four");
  model.node("Relu", {"d"}, {"e"}, "five");
  model.node("Add", {"c", "e"}, {"y"}, "behind");
  model.output("y");
  EXPECT_EQ(model.import(), "");
  EXPECT_THAT(model.errors,
              ElementsAre(HasSubstr("node \"one\" (Add): it is part of a cycle: it reads \"c\" of "
                                    "node \"three\" (Relu), which reads \"b\" of node \"two\" "
                                    "(Relu), which reads \"a\" of the first"),
                          HasSubstr("node \"four\" (Add): it is part of a cycle: it reads \"e\" of "
                                    "node \"five\" (Relu), which reads \"d\" of the first")));
}

TEST(GraphOrder, EndsWithThousandsOfCycles) {
  ModelBuilder model;
  addImage(model);
  std::string last = "x";
  for (int i = 0; i != 20000; ++i) {
    const std::string a = "a" + std::to_string(i), b = "b" + std::to_string(i);
    model.node("Sum", {last, b}, {a});
    model.node("Relu", {a}, {b});
    last = b;
  }
  model.output(last);
  EXPECT_EQ(model.import(), "");
  EXPECT_EQ(model.errors.size(), 16u);
}

TEST(GraphOrder, DoesNotLookAtWhatNoOutputNeeds) {
  ModelBuilder model;
  addImage(model);
  model.node("Relu", {"nothing"}, {"a"});
  model.node("Relu", {"b"}, {"b"});
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("relu"));
}

TEST(OperatorSets, ThatAreImportedInVainDoNotMatter) {
  ModelBuilder model(26);
  onnx::OperatorSetIdProto &other = *model.model.add_opset_import();
  other.set_domain("ai.onnx.ml");
  other.set_version(99);
  addImage(model);
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("relu"));
  EXPECT_THAT(model.warnings, ElementsAre());
}

TEST(OperatorSets, ThatAreNewerAreWarnedAbout) {
  ModelBuilder model(99);
  addImage(model);
  model.node("Relu", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("relu"));
  EXPECT_THAT(model.warnings, ElementsAre(HasSubstr("model.onnx: operator set 99 is newer")));
  ModelBuilder unknown(99);
  addImage(unknown);
  unknown.node("Sharpen", {"x"}, {"y"}, "n");
  unknown.output("y");
  EXPECT_THAT(unknown.importError(),
              HasSubstr("node \"n\" (Sharpen): this operator is not supported (operator set 99)"));
}

} // namespace
} // namespace segc::test
