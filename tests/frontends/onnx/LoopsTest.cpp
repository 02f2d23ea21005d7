// Loops whose number of iterations is known are written out; what they collect is joined. Those
// that depend on pixels, or never end, are refused.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

onnx::GraphProto &body(onnx::NodeProto &node, const std::vector<std::string> &inputs,
                       const std::vector<std::string> &outputs) {
  onnx::GraphProto &graph = *attribute(node, "body", onnx::AttributeProto::GRAPH).mutable_g();
  for (const std::string &input : inputs)
    graph.add_input()->set_name(input);
  for (const std::string &output : outputs)
    graph.add_output()->set_name(output);
  return graph;
}

size_t count(const std::string &text, const std::string &part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

/// x -> relu(x) + i, as often as "trips" says; collects i and the state.
class Loop : public testing::Test {
protected:
  Loop() : loop(model.node("Loop", {"trips", "", "x"}, {"y", "numbers", "states"}, "loop")) {
    model.input("x", {int64_t(1), int64_t(4)});
    onnx::GraphProto &graph = body(loop, {"i", "go", "s"}, {"go", "t", "i", "t"});
    addNode(graph, "Relu", {"s"}, {"r"});
    setInt(addNode(graph, "Cast", {"i"}, {"f"}), "to", onnx::TensorProto::FLOAT);
    addNode(graph, "Add", {"r", "f"}, {"t"});
  }
  onnx::GraphProto &graph() { return *loop.mutable_attribute(0)->mutable_g(); }

  ModelBuilder model;
  onnx::NodeProto &loop;
};

TEST_F(Loop, IsWrittenOut) {
  model.integers("trips", {3});
  for (const char *name : {"y", "numbers", "states"})
    model.output(name);
  std::string text = model.import();
  EXPECT_EQ(count(text, "act<relu>"), 3u) << text;
  EXPECT_THAT(text, HasSubstr("dense<[0, 1, 2]> : tensor<3xi64>"));
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[3, 1, 4], f32> {seg.name = \"states\"}"));
}

TEST_F(Loop, CountsUpToASizeOfTheInput) {
  model.node("Shape", {"x"}, {"shape"});
  model.integers("last", {-1});
  model.node("Gather", {"shape", "last"}, {"trips"});
  model.output("y");
  EXPECT_EQ(count(model.import(), "act<relu>"), 4u);
  model.graph()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(1)
      ->set_dim_param("n");
  EXPECT_THAT(model.importError(),
              HasSubstr("node \"loop\" (Loop): the number of iterations (input 0) must not "
                        "depend on the size of the network's input; fix that"));
}

TEST_F(Loop, MayRunNeverAndCollectNothing) {
  model.integers("trips", {0});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("return %arg0"));
  model.output("states");
  EXPECT_THAT(model.importError(), HasSubstr("its output 2 has no elements"));
}

TEST_F(Loop, EndsWhenItsConditionSaysSo) {
  addNode(graph(), "Constant", {}, {"five"});
  setInt(*graph().mutable_node(3), "value_int", 5);
  addNode(graph(), "Less", {"i", "five"}, {"less"});
  graph().mutable_output(0)->set_name("less");
  loop.set_input(0, "");
  model.output("y");
  EXPECT_EQ(count(model.import(), "act<relu>"), 6u);
}

TEST_F(Loop, ThatNeverEndsIsRefused) {
  loop.set_input(0, "");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("has more than 4096 iterations"));
}

TEST_F(Loop, ThatDependsOnPixelsIsRefused) {
  model.integers("trips", {3});
  addNode(graph(), "ReduceMax", {"t"}, {"m"});
  setInt(addNode(graph(), "Cast", {"m"}, {"less"}), "to", onnx::TensorProto::INT64);
  graph().mutable_output(0)->set_name("less");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("whether it goes on depends on the input's pixels"));
}

TEST_F(Loop, WithABodyThatDoesNotFitIsRefused) {
  model.integers("trips", {3});
  graph().add_input()->set_name("more");
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("the inputs and outputs of its body do not fit"));
}

// Running sums over the rows of an image, from the last to the first.
TEST(Scan, IsWrittenOut) {
  ModelBuilder model;
  model.input("x", {int64_t(3), int64_t(5)});
  model.weights("start", {5});
  onnx::NodeProto &scan = model.node("Scan", {"start", "x"}, {"last", "sums"}, "scan");
  setInt(scan, "num_scan_inputs", 1);
  setInts(scan, "scan_input_directions", {1});
  setInts(scan, "scan_output_axes", {1});
  onnx::GraphProto &graph = body(scan, {"state", "row"}, {"sum", "copy"});
  addNode(graph, "Add", {"state", "row"}, {"sum"});
  addNode(graph, "Abs", {"sum"}, {"copy"});
  model.output("last");
  model.output("sums");
  std::string text = model.import();
  EXPECT_EQ(count(text, "seg.binary "), 3u) << text;
  EXPECT_LT(text.find("starts = [#seg.dim<2>"), text.find("starts = [#seg.dim<0>")) << text;
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[5, 3], f32> {seg.name = \"sums\"}"));
  // The last row comes first.
  std::vector<float> rows(15);
  for (size_t i = 0; i != rows.size(); ++i)
    rows[i] = static_cast<float>(i);
  auto results = interpretModel(model, {{{3, 5}, rows}});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].floats[1], 0.25f + 11 + 6 + 1);
  EXPECT_EQ(results[1].floats[3], 0.25f + 11);         // column 1, first step
  EXPECT_EQ(results[1].floats[5], 0.25f + 11 + 6 + 1); // its last
  ImportOptions free;
  free.shapes["x"] = {std::nullopt, 5};
  EXPECT_THAT(model.importError(free), HasSubstr("the length of input 1 is free; fix it"));
}

} // namespace
} // namespace segc::test
