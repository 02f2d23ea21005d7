// RNN, GRU and LSTM become one op for each direction, whatever the sequences' length.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

void addLstm(ModelBuilder &model, int64_t directions, int64_t gates = 4) {
  model.input("x", {"t", "n", int64_t(6)});
  model.weights("w", {directions, gates * 5, 6});
  model.weights("r", {directions, gates * 5, 5});
  model.output("y");
}

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(RecurrentLayers, OneOpADirection) {
  ModelBuilder model;
  addLstm(model, 2);
  onnx::NodeProto &node = model.node("LSTM", {"x", "w", "r"}, {"y"});
  setInt(node, "hidden_size", 5);
  setText(node, "direction", "bidirectional");
  const std::string text = model.import();
  EXPECT_EQ(count(text, " = seg.recurrent "), 2u) << text;
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[t, 2, n, 5], f32>"));
  // What is backwards is sliced with a step of -1: once going in, once coming out.
  EXPECT_EQ(count(text, "steps = array<i64: -1, 1, 1>"), 2u) << text;
}

TEST(RecurrentLayers, ParametersGoToTheFunctionsThatHaveThem) {
  ModelBuilder model;
  addLstm(model, 1);
  onnx::NodeProto &node = model.node("LSTM", {"x", "w", "r"}, {"y"});
  onnx::AttributeProto &names = attribute(node, "activations", onnx::AttributeProto::STRINGS);
  for (const char *name : {"HardSigmoid", "tanh", "LeakyRelu"})
    names.add_strings(name);
  setFloats(node, "activation_alpha", {0.25f, 0.125f});
  const std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("#seg.act<hard_sigmoid, 2.500000e-01"));
  EXPECT_THAT(text, HasSubstr("#seg.act<leaky_relu, 1.250000e-01"));
}

TEST(RecurrentLayers, RefusesWhatDoesNotFit) {
  {
    ModelBuilder model;
    addLstm(model, 1, 3);
    model.node("LSTM", {"x", "w", "r"}, {"y"}, "three");
    const std::string error = model.importError();
    EXPECT_THAT(error, HasSubstr("\"three\" (LSTM)"));
    EXPECT_THAT(error, HasSubstr("the weights of the states are not those of 4 gates"));
  }
  {
    ModelBuilder model;
    addLstm(model, 1);
    setText(model.node("LSTM", {"x", "w", "r"}, {"y"}), "direction", "bidirectional");
    EXPECT_THAT(model.importError(), HasSubstr("not the weights of 2 directions"));
  }
  {
    ModelBuilder model;
    addLstm(model, 1);
    model.weights("b", {1, 7});
    model.node("LSTM", {"x", "w", "r", "b"}, {"y"});
    EXPECT_THAT(model.importError(), HasSubstr("the biases (input 3) are not two for each gate"));
  }
  {
    ModelBuilder model;
    addLstm(model, 1, 1);
    setText(model.node("RNN", {"x", "w", "r"}, {"y"}), "direction", "sideways");
    EXPECT_THAT(model.importError(), HasSubstr("direction \"sideways\" is not known"));
  }
}

} // namespace
} // namespace segc::test
