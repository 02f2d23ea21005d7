// Functions that the file defines are imported where they are called: attributes by reference,
// inputs that are left out, functions in functions. Those that never end are refused.

#include "tests/frontends/onnx/ModelBuilder.h"

#include <google/protobuf/unknown_field_set.h>

namespace segc::test {
namespace {

onnx::FunctionProto &function(ModelBuilder &model, const std::string &name,
                              const std::vector<std::string> &inputs,
                              const std::vector<std::string> &outputs, int64_t opset = 18) {
  onnx::FunctionProto &proto = *model.model.add_functions();
  proto.set_domain("local");
  proto.set_name(name);
  for (const std::string &input : inputs)
    proto.add_input(input);
  for (const std::string &output : outputs)
    proto.add_output(output);
  if (opset != 0)
    proto.add_opset_import()->set_version(opset);
  return proto;
}

void refer(onnx::NodeProto &node, const std::string &name, const std::string &to,
           onnx::AttributeProto::AttributeType type) {
  attribute(node, name, type).set_ref_attr_name(to);
}

onnx::NodeProto &call(ModelBuilder &model, const std::string &name,
                      const std::vector<std::string> &inputs,
                      const std::vector<std::string> &outputs, const std::string &nodeName = "") {
  onnx::NodeProto &node = model.node(name, inputs, outputs, nodeName);
  node.set_domain("local");
  return node;
}

void addImage(ModelBuilder &model) { model.input("x", {int64_t(1), int64_t(4), "h", "w"}); }

// A leaky relu whose slope is the outer call's "b", through two functions.
TEST(Functions, TakeAttributesFromTheirCalls) {
  ModelBuilder model(18);
  addImage(model);
  refer(addNode(function(model, "inner", {"x"}, {"y"}), "LeakyRelu", {"x"}, {"y"}), "alpha", "a",
        onnx::AttributeProto::FLOAT);
  onnx::FunctionProto &outer = function(model, "outer", {"v"}, {"y"});
  onnx::NodeProto &inner = addNode(outer, "inner", {"v"}, {"x"}); // names of its own
  inner.set_domain("local");
  refer(inner, "a", "b", onnx::AttributeProto::FLOAT);
  addNode(outer, "Abs", {"x"}, {"y"});
  setFloat(call(model, "outer", {"x"}, {"z"}), "b", 0.25f);
  call(model, "outer", {"z"}, {"out"});
  model.output("out");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("leaky_relu, 2.5")) << text;
  EXPECT_THAT(text, HasSubstr("leaky_relu, 0.0099")); // left out by the second call
}

TEST(Functions, HaveDefaults) {
  ModelBuilder model(18);
  addImage(model);
  onnx::FunctionProto &leaky = function(model, "leaky", {"x"}, {"y"});
  refer(addNode(leaky, "LeakyRelu", {"x"}, {"y"}), "alpha", "a", onnx::AttributeProto::FLOAT);
  onnx::AttributeProto byDefault;
  byDefault.set_name("a");
  byDefault.set_type(onnx::AttributeProto::FLOAT);
  byDefault.set_f(0.5f);
  // attribute_proto, which the installed onnx.proto does not know
  leaky.mutable_unknown_fields()->AddLengthDelimited(11, byDefault.SerializeAsString());
  call(model, "leaky", {"x"}, {"z"});
  setFloat(call(model, "leaky", {"z"}, {"y"}), "a", 0.125f);
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("leaky_relu, 5.0"));
  EXPECT_THAT(text, HasSubstr("leaky_relu, 1.25"));
}

TEST(Functions, PassOnInputsThatAreLeftOut) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "bounded", {"x", "low", "high"}, {"y"}), "Clip", {"x", "low", "high"},
          {"y"});
  model.floats("six", {}, {6});
  call(model, "bounded", {"x", "", "six"}, {"a"});
  call(model, "bounded", {"a"}, {"y"});
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("6.0")) << text;
  EXPECT_EQ(text.find("seg.unary"), text.rfind("seg.unary")) << text;
}

// Softmax flattens in operator set 11, and does not in 13.
TEST(Functions, HaveOperatorSetsOfTheirOwn) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "old", {"x"}, {"y"}, 11), "Softmax", {"x"}, {"y"});
  call(model, "old", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("seg.reshape"));
  model.model.mutable_functions(0)->clear_opset_import(); // then the model's
  EXPECT_THAT(model.import(), Not(HasSubstr("seg.reshape")));
}

TEST(Functions, NameTheirNodesAfterTheCall) {
  ModelBuilder model(18);
  addImage(model);
  onnx::FunctionProto &bad = function(model, "bad", {"x"}, {"y"});
  addNode(bad, "Sharpen", {"x"}, {"y"}).set_name("n0");
  for (int i = 0; i != 5; ++i)
    call(model, "bad", {i == 0 ? "x" : "y" + std::to_string(i - 1)}, {"y" + std::to_string(i)},
         "c" + std::to_string(i));
  model.output("y4");
  EXPECT_EQ(model.importError(),
            "model.onnx: nodes \"c0/n0\", \"c1/n0\", \"c2/n0\" and 2 more (Sharpen): this operator "
            "is not supported (operator set 18)");
}

TEST(Functions, SeeNothingAroundThem) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "reaching", {"a"}, {"y"}), "Add", {"a", "x"}, {"y"});
  call(model, "reaching", {"x"}, {"y"}, "call");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("\"call/y\" (Add): its input \"x\" does not exist"));
}

TEST(Functions, ComputeOnlyWhatIsAskedFor) {
  ModelBuilder model(18);
  addImage(model);
  onnx::FunctionProto &two = function(model, "two", {"x"}, {"y", "z"});
  addNode(two, "Sharpen", {"x"}, {"z"});
  addNode(two, "Relu", {"x"}, {"y"});
  call(model, "two", {"x"}, {"y", ""});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("relu"));
}

TEST(Functions, InABranchAreImported) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "f", {"x"}, {"y"}), "Relu", {"x"}, {"y"});
  model.initialiser("yes", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  onnx::NodeProto &choice = model.node("If", {"yes"}, {"y"});
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::GraphProto &branch = *attribute(choice, name, onnx::AttributeProto::GRAPH).mutable_g();
    onnx::NodeProto &node = *branch.add_node();
    node.set_op_type("f");
    node.set_domain("local");
    node.add_input("x");
    node.add_output("b");
    branch.add_output()->set_name("b");
  }
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("relu"));
}

TEST(Functions, ThatCallThemselvesAreRefused) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "f", {"x"}, {"y"}), "g", {"x"}, {"y"}).set_domain("local");
  addNode(function(model, "g", {"x"}, {"y"}), "f", {"x"}, {"y"}).set_domain("local");
  call(model, "f", {"x"}, {"y"}, "c");
  model.output("y");
  EXPECT_EQ(model.importError(), "model.onnx: node \"c/y/y\" (local::f): this function, which the "
                                 "file defines, calls itself");
}

TEST(Functions, ThatMultiplyWithoutEndAreRefused) {
  ModelBuilder model(18);
  addImage(model);
  auto nameOf = [](int i) { return "f" + std::to_string(i); };
  for (int i = 0; i != 40; ++i) {
    onnx::FunctionProto &next = function(model, nameOf(i), {"x"}, {"y"});
    const std::string op = i == 0 ? "Relu" : nameOf(i - 1);
    const char *domain = i == 0 ? "" : "local";
    addNode(next, op, {"x"}, {"a"}).set_domain(domain);
    addNode(next, op, {"a"}, {"y"}).set_domain(domain);
  }
  call(model, "f39", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("functions and loops make too many nodes"));
}

TEST(Functions, ThatNestTooDeeplyAreRefused) {
  ModelBuilder model(18);
  addImage(model);
  for (int i = 0; i != 100; ++i) {
    onnx::FunctionProto &next = function(model, "f" + std::to_string(i), {"x"}, {"y"});
    addNode(next, i == 0 ? "Relu" : "f" + std::to_string(i - 1), {"x"}, {"y"})
        .set_domain(i == 0 ? "" : "local");
  }
  call(model, "f99", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("functions are nested more than"));
}

TEST(Functions, MustHaveWhatTheirCallsName) {
  ModelBuilder model(18);
  addImage(model);
  addNode(function(model, "f", {"x"}, {"y"}), "Relu", {"x"}, {"z"});
  call(model, "f", {"x"}, {"a"}, "short");
  call(model, "f", {"x", "x"}, {"b"}, "long");
  model.node("Add", {"a", "b"}, {"y"});
  model.output("y");
  model.import();
  EXPECT_THAT(model.errors,
              ElementsAre(HasSubstr("\"short\" (local::f): the function does not compute its "
                                    "output \"y\""),
                          HasSubstr("\"long\" (local::f): the function has 1 inputs and 1 outputs, "
                                    "but 2 and 1 are named")));
}

TEST(Functions, AreDefinedOnce) {
  ModelBuilder model(18);
  addImage(model);
  for (int i = 0; i != 2; ++i)
    addNode(function(model, "f", {"x"}, {"y"}), "Relu", {"x"}, {"y"});
  call(model, "f", {"x"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("defines the function \"local::f\" twice"));
}

TEST(Functions, AloneHaveAttributesToReferTo) {
  ModelBuilder model(18);
  addImage(model);
  refer(model.node("LeakyRelu", {"x"}, {"y"}, "n"), "alpha", "a", onnx::AttributeProto::FLOAT);
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("attribute alpha refers to one of a function"));
}

} // namespace
} // namespace segc::test
