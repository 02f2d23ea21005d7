//===- Elementwise.cpp - activations and arithmetic -----------------------===//

#include "frontends/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <limits>

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::UnaryKind;

Value alignedOperand(Node &node, Value rhs) {
  int64_t rank = node.rank(0), own = node.rank(1), axis = rank - own;
  if (node.op() == "PRelu" && own == 1 && rank > 1)
    axis = 1;
  else if (node.hasAttribute("axis"))
    axis = node.normalAxis(node.integer("axis", axis), rank);
  if (node.failed() || axis + own >= rank)
    return rhs;
  SmallVector<seg::DimAttr> shape = node.shape(1);
  // A single slope serves all channels either way.
  shape.resize(static_cast<size_t>(rank - axis), node.dim(1));
  return node.reshape(rhs, shape);
}

namespace {

/// A function of one value and the parameters that ONNX gives it.
struct UnaryOperator {
  const char *name;
  UnaryKind kind;
  /// Values of the attributes alpha and beta (gamma for Selu) where the model leaves them out.
  float alpha = 0, beta = 0;
  const char *alphaName = nullptr;
  const char *betaName = nullptr;
};

const UnaryOperator kUnaryOperators[] = {
    {"Relu", UnaryKind::Relu},
    {"LeakyRelu", UnaryKind::LeakyRelu, 0.01f, 0, "alpha"},
    {"Sigmoid", UnaryKind::Sigmoid},
    {"Tanh", UnaryKind::Tanh},
    {"HardSigmoid", UnaryKind::HardSigmoid, 0.2f, 0.5f, "alpha", "beta"},
    // x * max(0, min(1, x / 6 + 0.5)), always
    {"HardSwish", UnaryKind::HardSwish, 1.0f / 6.0f, 0.5f},
    {"Elu", UnaryKind::Elu, 1.0f, 0, "alpha"},
    {"Selu", UnaryKind::Selu, 1.67326319217681884765625f, 1.05070102214813232421875f, "alpha",
     "gamma"},
    {"Celu", UnaryKind::Celu, 1.0f, 0, "alpha"},
    {"Softplus", UnaryKind::Softplus},
    {"Softsign", UnaryKind::Softsign},
    {"ThresholdedRelu", UnaryKind::ThresholdedRelu, 1.0f, 0, "alpha"},
    {"Exp", UnaryKind::Exp},
    {"Log", UnaryKind::Log},
    {"Sqrt", UnaryKind::Sqrt},
    {"Abs", UnaryKind::Abs},
    {"Neg", UnaryKind::Neg},
    {"Reciprocal", UnaryKind::Reciprocal},
    {"Floor", UnaryKind::Floor},
    {"Ceil", UnaryKind::Ceil},
    {"Round", UnaryKind::Round},
    {"Erf", UnaryKind::Erf},
    {"Sin", UnaryKind::Sin},
    {"Cos", UnaryKind::Cos},
    {"Tan", UnaryKind::Tan},
    {"Asin", UnaryKind::Asin},
    {"Acos", UnaryKind::Acos},
    {"Atan", UnaryKind::Atan},
    {"Sinh", UnaryKind::Sinh},
    {"Cosh", UnaryKind::Cosh},
    {"Asinh", UnaryKind::Asinh},
    {"Acosh", UnaryKind::Acosh},
    {"Atanh", UnaryKind::Atanh},
    {"Sign", UnaryKind::Sign},
};

void importUnary(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  const auto *entry =
      llvm::find_if(kUnaryOperators, [&](auto &candidate) { return node.op() == candidate.name; });
  float alpha = entry->alphaName ? node.real(entry->alphaName, entry->alpha) : entry->alpha;
  float beta = entry->betaName ? node.real(entry->betaName, entry->beta) : entry->beta;
  node.set(0, node.unary(entry->kind, node.value(0), alpha, beta));
}

BinaryKind binaryKind(llvm::StringRef op) {
  return llvm::StringSwitch<BinaryKind>(op)
      .Cases("Add", "Sum", "Mean", BinaryKind::Add)
      .Case("Sub", BinaryKind::Sub)
      .Case("Mul", BinaryKind::Mul)
      .Case("Div", BinaryKind::Div)
      .Case("Max", BinaryKind::Max)
      .Case("Min", BinaryKind::Min)
      .Case("Pow", BinaryKind::Pow)
      .Default(BinaryKind::PRelu);
}

/// The result is of the base's type, whatever the exponent is.
void importPow(Node &node) {
  Value base = node.value(0);
  Element result = node.element(0), exponent = node.element(1);
  bool isReal = result == Element::Float || exponent == Element::Float;
  if (!isReal)
    return node.set(0, node.binary(BinaryKind::Pow, base, node.converted(node.value(1), result)));
  Value power =
      node.binary(BinaryKind::Pow, node.converted(base, Element::Float), node.floatValue(1));
  node.set(0, node.converted(power, result));
}

void importBinary(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (node.op() == "Pow" && node.opset() >= 7)
    return importPow(node);
  Value lhs = node.value(0), rhs = node.value(1);
  if (node.opset() < 7)
    rhs = alignedOperand(node, rhs);
  node.set(0, node.binary(binaryKind(node.op()), lhs, rhs));
}

void importVariadic(Node &node) {
  if (!node.checkInputs(1, INT32_MAX))
    return;
  Value result = node.value(0);
  for (int i = 1; i < node.inputCount(); ++i)
    result = node.binary(binaryKind(node.op()), result, node.value(i));
  if (node.op() == "Mean" && node.inputCount() > 1)
    result = node.binary(BinaryKind::Mul, result,
                         node.number(1.0f / static_cast<float>(node.inputCount())));
  node.set(0, result);
}

void importClip(Node &node) {
  if (!node.checkInputs(1, 3))
    return;
  float low = std::numeric_limits<float>::lowest(), high = std::numeric_limits<float>::max();
  Value input = node.value(0);
  if (node.element(0) != Element::Float) {
    if (node.hasInput(1))
      input = node.binary(BinaryKind::Max, input, node.value(1));
    if (node.hasInput(2))
      input = node.binary(BinaryKind::Min, input, node.value(2));
    return node.set(0, input);
  }
  if (node.opset() < 11) {
    low = node.real("min", low);
    high = node.real("max", high);
  } else {
    auto bound = [&](int i, float &limit, BinaryKind kind) {
      if (!node.hasInput(i))
        return;
      std::optional<ConstantTensor> tensor = node.constant(i);
      if (tensor && tensor->count() == 1)
        limit = tensor->toFloat().as<float>().front();
      else
        input = node.binary(kind, input, node.floatValue(i));
    };
    bound(1, low, BinaryKind::Max);
    bound(2, high, BinaryKind::Min);
  }
  if (std::isnan(low) || std::isnan(high))
    return node.error("a bound is not a number");
  bool unbounded = high >= std::numeric_limits<float>::max();
  if (low == 0 && unbounded)
    return node.set(0, node.unary(UnaryKind::Relu, input));
  if (unbounded && low <= std::numeric_limits<float>::lowest())
    return node.set(0, input);
  node.set(0, node.unary(UnaryKind::Clip, input, low, high));
}

/// Gelu, from functions that the dialect has; of the sum of both inputs where there are two, as in
/// ONNX Runtime's operators.
void importGelu(Node &node) {
  bool isFast = node.op() == "FastGelu";
  if (!node.checkInputs(node.op() == "BiasGelu" ? 2 : 1, node.op() == "Gelu" ? 1 : 2))
    return;
  Value x = node.value(0);
  if (node.hasInput(1))
    x = node.binary(BinaryKind::Add, x, node.value(1));
  std::string approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    node.error(fmt::format("approximate \"{}\" is not known", escaped(approximate)));
  bool isTanh = isFast || approximate == "tanh";
  auto times = [&](Value a, float factor) {
    return node.binary(BinaryKind::Mul, a, node.number(factor));
  };
  Value inner;
  if (isTanh) {
    Value cube = node.binary(BinaryKind::Mul, node.binary(BinaryKind::Mul, x, x), x);
    Value sum = node.binary(BinaryKind::Add, x, times(cube, 0.044715f));
    inner = node.unary(UnaryKind::Tanh, times(sum, float(std::sqrt(2.0 / M_PI))));
  } else {
    inner = node.unary(UnaryKind::Erf, times(x, float(M_SQRT1_2)));
  }
  Value shifted = node.binary(BinaryKind::Add, inner, node.number(1.0f));
  node.set(0, node.binary(BinaryKind::Mul, times(x, 0.5f), shifted));
}

/// x * sigmoid(alpha * x).
void importSwish(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  float alpha = node.real("alpha", node.op() == "QuickGelu" ? 1.702f : 1.0f);
  Value x = node.value(0);
  Value scaled = alpha == 1.0f ? x : node.binary(BinaryKind::Mul, x, node.number(alpha));
  node.set(0, node.binary(BinaryKind::Mul, x, node.unary(UnaryKind::Sigmoid, scaled)));
}

/// x - bias above lambda, x + bias below -lambda, 0 between.
void importShrink(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  float bias = node.real("bias", 0.0f), lambda = node.real("lambd", 0.5f);
  Value x = node.floatValue(0);
  Value isBelow = node.binary(BinaryKind::Less, x, node.number(-lambda));
  Value isAbove = node.binary(BinaryKind::Less, node.number(lambda), x);
  Value below = node.binary(BinaryKind::Add, x, node.number(bias));
  Value above = node.binary(BinaryKind::Sub, x, node.number(bias));
  Value inner = node.select(isAbove, above, node.number(0.0f));
  node.set(0, node.converted(node.select(isBelow, below, inner), node.element(0)));
}

void importMish(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  Value x = node.value(0);
  Value gate = node.unary(UnaryKind::Tanh, node.unary(UnaryKind::Softplus, x));
  node.set(0, node.binary(BinaryKind::Mul, x, gate));
}

} // namespace

Value withActivation(Node &node, Value input) {
  const std::string activation = node.text("activation", "");
  // FusedConv has a list of parameters, FusedGemm names them.
  SmallVector<float> parameters = node.reals("activation_params").value_or(SmallVector<float>());
  auto parameter = [&](size_t i, float byDefault) {
    return i < parameters.size()
               ? parameters[i]
               : node.real(i == 0 ? "activation_alpha" : "activation_beta", byDefault);
  };
  if (activation.empty())
    return input;
  if (activation == "Relu")
    return node.unary(UnaryKind::Relu, input);
  if (activation == "Tanh")
    return node.unary(UnaryKind::Tanh, input);
  if (activation == "Sigmoid")
    return node.unary(UnaryKind::Sigmoid, input);
  if (activation == "LeakyRelu")
    return node.unary(UnaryKind::LeakyRelu, input, parameter(0, 0.01f));
  if (activation == "HardSigmoid")
    return node.unary(UnaryKind::HardSigmoid, input, parameter(0, 0.2f), parameter(1, 0.5f));
  if (activation == "Clip" && parameters.size() == 2)
    return node.unary(UnaryKind::Clip, input, parameters[0], parameters[1]);
  node.error(fmt::format("activation \"{}\" is not supported", escaped(activation)));
  return {};
}

void registerElementwise(OperatorTable &table) {
  for (const UnaryOperator &unary : kUnaryOperators)
    table.import[unary.name] = importUnary;
  for (const char *name : {"Add", "Sub", "Mul", "Div", "Pow", "PRelu"})
    table.import[name] = importBinary;
  for (const char *name : {"Max", "Min", "Sum", "Mean"})
    table.import[name] = importVariadic;
  table.import["Clip"] = importClip;
  table.import["Gelu"] = importGelu;
  for (const char *name :
       {"com.microsoft::Gelu", "com.microsoft::FastGelu", "com.microsoft::BiasGelu"})
    table.import[name] = importGelu;
  for (const char *name : {"Swish", "com.microsoft::QuickGelu"})
    table.import[name] = importSwish;
  table.import["Shrink"] = importShrink;
  table.import["Mish"] = importMish;
}

} // namespace segc::onnximport
