//===- Constants.cpp - constants and what passes values on ----------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/SparseTensor.h"

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;

static void importConstant(Node &node) {
  for (const char *refused : {"value_string", "value_strings"})
    if (node.hasAttribute(refused))
      return node.error(fmt::format("constants of the kind {} are not supported", refused));
  if (const onnx::TensorProto *tensor = node.tensor("value")) {
    std::string error;
    std::optional<ConstantTensor> constant = readTensor(node.owner().modelFile(), *tensor, error);
    if (!constant)
      return node.error(error);
    return node.set(0, *constant);
  }
  if (const onnx::SparseTensorProto *tensor = node.sparseTensor("sparse_value")) {
    std::string error;
    std::optional<ConstantTensor> constant =
        readSparseTensor(node.owner().modelFile(), *tensor, error);
    if (!constant)
      return node.error(error);
    return node.set(0, *constant);
  }
  if (node.hasAttribute("value_float"))
    return node.set(0, floatTensor({}, {node.real("value_float", 0)}));
  if (node.hasAttribute("value_int"))
    return node.set(0, integerTensor(Element::Int64, {}, {node.integer("value_int", 0)}));
  if (auto values = node.reals("value_floats"))
    return node.set(0, floatTensor({static_cast<int64_t>(values->size())}, *values));
  if (auto values = node.integers("value_ints"))
    return node.set(0,
                    integerTensor(Element::Int64, {static_cast<int64_t>(values->size())}, *values));
  if (!node.failed())
    node.error("the attribute with its value is missing");
}

static void importIdentity(Node &node) {
  if (node.checkInputs(1, 1))
    node.forward(0, 0);
}

/// Exporters keep the training mode of functions that were called with the ratio 0.
static bool dropsNothing(Node &node) {
  if (!node.hasInput(1))
    return false;
  std::optional<SmallVector<float>> ratio = node.requireFloats(1, "ratio");
  return ratio && ratio->size() == 1 && ratio->front() == 0;
}

static void importDropout(Node &node) {
  if (!node.checkInputs(1, 3))
    return;
  if (node.hasInput(2)) {
    std::optional<SmallVector<int64_t>> training = node.requireIntegers(2, "training_mode");
    bool isTraining = training && training->size() == 1 && training->front() != 0;
    if (isTraining && !dropsNothing(node))
      node.error("dropout in training mode is not supported but with the ratio 0");
  }
  node.forward(0, 0);
  // Nothing is dropped.
  if (node.isUsed(1))
    node.set(1, node.broadcast(node.constant(makeConstant(Element::Bool, {}, {char(1)}), "kept"),
                               node.shape(0)));
}

/// Casts of known numbers are evaluated elsewhere.
static void castTo(Node &node, std::optional<Element> element, int64_t dataType) {
  if (!element)
    return node.error(
        fmt::format("a cast to {} is not supported", dataTypeName(static_cast<int32_t>(dataType))));
  if (node.element(0) == *element)
    return node.forward(0, 0);
  node.set(0, node.converted(node.value(0), *element));
}

static void importCast(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t to = node.integer("to", 0);
  castTo(node, to >= 0 && to <= INT32_MAX ? elementOf(static_cast<int32_t>(to)) : std::nullopt, to);
}

static void importCastLike(Node &node) {
  if (node.checkInputs(2, 2))
    castTo(node, node.element(1), 0);
}

void registerConstants(OperatorTable &table) {
  table.import["Constant"] = importConstant;
  table.import["Identity"] = importIdentity;
  table.import["Dropout"] = importDropout;
  table.import["Cast"] = importCast;
  table.import["CastLike"] = importCastLike;
}

} // namespace segc::onnximport
