// Recurrent layers, against ONNX Runtime: its inputs and weights, projected here by plain sums.

#include "tests/interpreter/Interpret.h"

using namespace segc::interpreter;

namespace {

constexpr int kSteps = 3, kBatch = 2, kInputs = 2, kStates = 2;

class Recurrent : public Interpret {
protected:
  /// The numbers of a tensor: each test's tensors differ by `factor`.
  static std::vector<float> numbers(int count, int factor) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i)
      values.push_back(static_cast<float>(i * factor % 13) / 13 - 0.5f);
    return values;
  }

  /// What inputs and biases add to `gates` gates; the last state's second biases may be left out.
  static Floats projected(int gates, bool hasBias, int biases) {
    const int values = gates * kStates;
    std::vector<float> x = numbers(kSteps * kBatch * kInputs, 5), w = numbers(values * kInputs, 7),
                       b = numbers(2 * values, 3);
    Floats result{{kSteps, kBatch, values}, {}};
    for (int row = 0; row < kSteps * kBatch; ++row)
      for (int j = 0; j < values; ++j) {
        float sum = hasBias ? b[j] + (j < biases * kStates ? b[values + j] : 0) : 0;
        for (int i = 0; i < kInputs; ++i)
          sum += x[row * kInputs + i] * w[j * kInputs + i];
        result.values.push_back(sum);
      }
    return result;
  }

  /// The weights of the states, transposed.
  static Floats weights(int gates) {
    const int values = gates * kStates;
    std::vector<float> r = numbers(values * kStates, 4);
    Floats result{{kStates, values}, {}};
    for (int k = 0; k < kStates; ++k)
      for (int j = 0; j < values; ++j)
        result.values.push_back(r[j * kStates + k]);
    return result;
  }

  static Floats states(int factor) {
    return {{kBatch, kStates}, numbers(kBatch * kStates, factor)};
  }

  /// Runs a layer; which of the operands bias, hidden, memory, peepholes and lengths follow is
  /// said by `present`.
  std::vector<float> layer(int gates, const std::vector<bool> &present,
                           std::vector<Floats> operands, const std::vector<int64_t> &lengths,
                           const std::string &attributes) {
    std::vector<Tensor> tensors;
    std::string arguments, uses, types, segments = "1, 1";
    for (bool there : present)
      segments += there ? ", 1" : ", 0";
    auto add = [&](const std::vector<int64_t> &shape, const std::string &element) {
      std::string type = "!seg.tensor<[", name = "%a" + std::to_string(tensors.size());
      for (size_t i = 0; i < shape.size(); ++i)
        type += (i ? ", " : "") + std::to_string(shape[i]);
      type += "], " + element + ">";
      const char *comma = tensors.empty() ? "" : ", ";
      arguments += comma + name + ": " + type;
      uses += comma + name;
      types += comma + type;
    };
    for (const Floats &operand : operands) {
      add(operand.shape, "f32");
      tensors.push_back(Tensor::ofFloats(&context, operand.shape, operand.values));
    }
    if (!lengths.empty()) {
      add({kBatch}, "i32");
      tensors.push_back(Tensor::ofInts(mlir::IntegerType::get(&context, 32), {kBatch}, lengths));
    }
    const std::string result = "!seg.tensor<[3, 2, 2], f32>";
    const bool isLstm = gates == 4;
    const std::string text = "func.func @f(" + arguments + ") -> " + result + " {\n  %y" +
                             (isLstm ? ":2" : "") + " = seg.recurrent " + uses + " {" + attributes +
                             ", operandSegmentSizes = array<i32: " + segments + ">} : (" + types +
                             ") -> " + (isLstm ? "(" + result + ", " + result + ")" : result) +
                             "\n  return %y" + (isLstm ? "#0" : "") + " : " + result + "\n}";
    return runTensors(text, tensors).front().floats;
  }
};

using List = std::vector<float>;

TEST_F(Recurrent, Rnn) {
  EXPECT_THAT(layer(1, {false, false, false, false, true}, {projected(1, true, 1), weights(1)},
                    {2, 3}, "cell = #seg.cell_kind<rnn>, activations = [#seg.act<tanh>]"),
              Pointwise(FloatNear(1e-5f),
                        List{-0.284801f, 0.12071f, -0.595658f, -0.226758f, -0.39881f, -0.0261647f,
                             -0.0932034f, -0.137169f, 0, 0, -0.570938f, -0.31242f}));
  EXPECT_THAT(
      layer(1, {false, true, false, false, false}, {projected(1, false, 1), weights(1), states(6)},
            {},
            "cell = #seg.cell_kind<rnn>, activations = [#seg.act<affine, 0.5, 0.25>], "
            "clip = 0.2 : f32"),
      Pointwise(FloatNear(1e-5f), List{0.35f, 0.31213f, 0.15f, 0.173077f, 0.15f, 0.35f, 0.247633f,
                                       0.347041f, 0.283876f, 0.35f, 0.15f, 0.248942f}));
}

TEST_F(Recurrent, Gru) {
  EXPECT_THAT(
      layer(3, {false, true, false, false, false}, {projected(3, true, 3), weights(3), states(6)},
            {}, "cell = #seg.cell_kind<gru>, activations = [#seg.act<sigmoid>, #seg.act<tanh>]"),
      Pointwise(FloatNear(1e-5f),
                List{-0.0845834f, -0.099807f, 0.144458f, -0.345927f, 0.188173f, -0.103145f,
                     0.226962f, -0.275284f, 0.240962f, -0.204934f, 0.0910766f, -0.386669f}));
  const List all = numbers(12, 3);
  const Floats bias = {{kStates}, {all[10], all[11]}};
  EXPECT_THAT(layer(3, {true, false, false, false, false},
                    {projected(3, true, 2), weights(3), bias}, {},
                    "cell = #seg.cell_kind<gru>, activations = [#seg.act<hard_sigmoid, 0.3, 0.4>, "
                    "#seg.act<scaled_tanh, 0.9, 1.1>], linear_before_reset"),
              Pointwise(FloatNear(1e-5f),
                        List{0.250465f, -0.180275f, 0.13476f, -0.318421f, 0.375189f, -0.183976f,
                             0.303261f, -0.259413f, 0.349002f, -0.275085f, 0.167546f, -0.408095f}));
}

TEST_F(Recurrent, Lstm) {
  const Floats peepholes = {{3, kStates}, numbers(6, 9)};
  EXPECT_THAT(
      layer(4, {false, true, true, true, true},
            {projected(4, true, 4), weights(4), states(6), states(2), peepholes}, {3, 1},
            "cell = #seg.cell_kind<lstm>, activations = [#seg.act<sigmoid>, #seg.act<tanh>, "
            "#seg.act<tanh>]"),
      Pointwise(FloatNear(1e-5f), List{-0.269803f, -0.0297566f, -0.0562792f, 0.018045f, -0.297581f,
                                       -0.0209118f, 0, 0, -0.306256f, 0.0194328f, 0, 0}));
  EXPECT_THAT(
      layer(4, {false, false, true, true, false},
            {projected(4, true, 4), weights(4), states(2), peepholes}, {},
            "cell = #seg.cell_kind<lstm>, activations = [#seg.act<sigmoid>, #seg.act<softsign>, "
            "#seg.act<relu>], clip = 0.3 : f32, coupled"),
      Pointwise(FloatNear(1e-5f),
                List{0, 0, 0, 0.0298536f, 0, 0, 0, 0.0172792f, 0, 0, 0, 0.0454779f}));
}

TEST_F(Recurrent, ReversedSequences) {
  EXPECT_THAT(runTensors(R"(
func.func @f(%x: !seg.tensor<[t, 3, 1], f32>, %l: !seg.tensor<[3], i64>) -> !seg.tensor<[t, 3, 1], f32> {
  %y = seg.reverse_sequence %x, %l : (!seg.tensor<[t, 3, 1], f32>, !seg.tensor<[3], i64>) -> !seg.tensor<[t, 3, 1], f32>
  return %y : !seg.tensor<[t, 3, 1], f32>
})",
                         {Tensor::ofFloats(&context, {3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
                          Tensor::ofInts(i64(), {3}, {2, 0, 9})})
                  .front()
                  .floats,
              ElementsAre(4, 2, 9, 1, 5, 6, 7, 8, 3));
}

} // namespace
