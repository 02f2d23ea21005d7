//===- Quantization.cpp - numbers that stand for others -------------------===//

#include "frontends/onnx/Quantization.h"

#include "frontends/onnx/Operators.h"

#include <limits>

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::ReduceKind;
using seg::UnaryKind;

Value singleValue(Node &node, int i) {
  SmallVector<DimAttr> shape = node.shape(i);
  if (llvm::any_of(shape, [](DimAttr dim) { return !dim.isConstant(1); }))
    node.error(fmt::format("input {} is not a single value", i));
  Value value = node.value(i);
  return node.failed() ? Value() : node.reshape(value, {});
}

Value alongAxis(Node &node, int i, int64_t axis, int64_t rank) {
  SmallVector<DimAttr> shape = node.shape(i);
  Value value = node.value(i);
  if (shape.empty() || (shape.size() == 1 && shape[0].isConstant(1)))
    return node.failed() ? Value() : node.reshape(value, {});
  axis = node.normalAxis(axis, rank);
  if (shape.size() != 1)
    node.error(fmt::format("input {} is neither one value nor a list of them; blocks are not "
                           "supported",
                           i));
  if (node.failed())
    return {};
  shape.resize(static_cast<size_t>(rank - axis), node.dim(1));
  return node.reshape(value, shape);
}

Value dequantized(Node &node, Value q, Value scale, Value zero) {
  Value x = node.converted(q, Element::Float);
  if (zero)
    x = node.binary(BinaryKind::Sub, x, node.converted(zero, Element::Float));
  return node.binary(BinaryKind::Mul, x, scale);
}

/// An integer of `element` near `x`, and `zero` added.
static Value integerNear(Node &node, Value x, Value zero, Element element) {
  Value q = node.unary(UnaryKind::Round, x);
  if (zero)
    q = node.binary(BinaryKind::Add, q, node.converted(zero, Element::Float));
  return node.converted(q, element); // which saturates
}

Value quantized(Node &node, Value x, Value scale, Value zero, Element element) {
  return integerNear(node, node.binary(BinaryKind::Div, x, scale), zero, element);
}

Value requantized(Node &node, Value sum, Value scale, Value zero, Element element) {
  Value x = node.converted(sum, Element::Float);
  return integerNear(node, node.binary(BinaryKind::Mul, x, scale), zero, element);
}

/// The range of the values, with 0 in it, becomes that of a byte. All zeros have any scale: 1.
DynamicallyQuantized quantizedDynamically(Node &node, Value x) {
  if (!x)
    return {};
  Value nothing = node.number(0);
  SmallVector<int64_t> axes;
  for (size_t axis = 0; axis != shapeOf(x).size(); ++axis)
    axes.push_back(static_cast<int64_t>(axis));
  auto extreme = [&](ReduceKind kind, BinaryKind with) {
    Value value = axes.empty() ? x : node.reduce(kind, x, axes, /*keepDims=*/false);
    return node.binary(with, value, nothing);
  };
  Value low = extreme(ReduceKind::Min, BinaryKind::Min);
  Value high = extreme(ReduceKind::Max, BinaryKind::Max);
  Value scale =
      node.binary(BinaryKind::Div, node.binary(BinaryKind::Sub, high, low), node.number(255));
  scale = node.select(node.binary(BinaryKind::Equal, scale, nothing), node.number(1), scale);
  Value least = node.binary(BinaryKind::Div, low, scale);
  Value zero = node.converted(
      node.unary(UnaryKind::Round, node.binary(BinaryKind::Sub, nothing, least)), Element::UInt8);
  return {quantized(node, x, scale, zero, Element::UInt8), scale, zero};
}

Value zeroOfSums(Node &node, int i) {
  if (i < 0 || !node.hasInput(i))
    return node.integerNumber(Element::Int32, 0);
  Value zero = node.converted(node.value(i), Element::Int32);
  if (!zero)
    return {};
  // Columns of zeros, one for each row of a matrix, are lists too.
  llvm::ArrayRef<DimAttr> shape = shapeOf(zero);
  if (shape.size() > 1)
    zero = node.reshape(zero, {product(node.context(), shape)});
  return zero;
}

namespace {

/// The element type that input `i`, a zero, says; `byDefault` if it is absent.
Element elementOfZero(Node &node, int i, Element byDefault) {
  return node.hasInput(i) ? node.element(i) : byDefault;
}

Value optionalAlongAxis(Node &node, int i, int64_t axis, int64_t rank) {
  return node.hasInput(i) ? alongAxis(node, i, axis, rank) : Value();
}

void importQuantizeLinear(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  if (node.integer("block_size", 0) != 0)
    return node.error("blocks of scales (block_size) are not supported");
  std::optional<Element> element = elementOfZero(node, 2, Element::UInt8);
  if (int64_t type = node.integer("output_dtype", 0); type != 0 && !node.hasInput(2))
    element = elementOf(static_cast<int32_t>(type));
  if (!element || *element == Element::Float)
    return node.error("only integers of 8 and 16 bits are supported as results");
  int64_t rank = node.rank(0), axis = node.integer("axis", 1);
  Value scale = alongAxis(node, 1, axis, rank), zero = optionalAlongAxis(node, 2, axis, rank);
  node.set(0, quantized(node, node.floatValue(0), scale, zero, *element));
}

void importDequantizeLinear(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  if (node.integer("block_size", 0) != 0)
    return node.error("blocks of scales (block_size) are not supported");
  int64_t rank = node.rank(0), axis = node.integer("axis", 1);
  Value scale = alongAxis(node, 1, axis, rank), zero = optionalAlongAxis(node, 2, axis, rank);
  node.set(0, dequantized(node, node.value(0), scale, zero));
}

void importDynamicQuantizeLinear(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  DynamicallyQuantized x = quantizedDynamically(node, node.value(0));
  node.set(0, x.values);
  node.set(1, x.scale);
  node.set(2, x.zero);
}

void importConvInteger(Node &node) {
  if (node.checkInputs(2, 4))
    node.set(0, integerConvolution(node, 0, 1, 2, 3));
}

void importMatMulInteger(Node &node) {
  if (node.checkInputs(2, 4))
    node.set(0, integerProduct(node, 0, 1, 2, 3));
}

/// x_scale * w_scale / y_scale. x's may be a list along one axis of the sums, w's along another.
Value scaleOfSums(Node &node, Value x, Value w, int y) {
  return node.binary(BinaryKind::Div, node.binary(BinaryKind::Mul, x, w), singleValue(node, y));
}

/// x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias (of the sums)
void importQLinearConv(Node &node) {
  if (!node.checkInputs(8, 9))
    return;
  int64_t rank = node.rank(0);
  Value sum = integerConvolution(node, 0, 3, 2, 5);
  if (node.hasInput(8)) {
    Value bias = alongAxis(node, 8, 1, rank);
    sum = node.binary(BinaryKind::Add, sum, node.converted(bias, Element::Int32));
  }
  Value scale = scaleOfSums(node, singleValue(node, 1), alongAxis(node, 4, 1, rank), 6);
  node.set(0, requantized(node, sum, scale, singleValue(node, 7), node.element(7)));
}

/// a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero
void importQLinearMatMul(Node &node) {
  if (!node.checkInputs(8, 8))
    return;
  Value sum = integerProduct(node, 0, 3, 2, 5);
  if (!sum)
    return;
  // Lists of scales are those of a's rows and of b's columns.
  int64_t rank = static_cast<int64_t>(shapeOf(sum).size());
  Value scale = scaleOfSums(node, alongAxis(node, 1, -2, rank), alongAxis(node, 4, -1, rank), 6);
  node.set(0, requantized(node, sum, scale, singleValue(node, 7), node.element(7)));
}

} // namespace

void registerQuantization(OperatorTable &table) {
  for (const char *domain : {"", "com.microsoft::"}) {
    table.import[domain + std::string("QuantizeLinear")] = importQuantizeLinear;
    table.import[domain + std::string("DequantizeLinear")] = importDequantizeLinear;
  }
  table.import["DynamicQuantizeLinear"] = importDynamicQuantizeLinear;
  table.import["ConvInteger"] = importConvInteger;
  table.import["MatMulInteger"] = importMatMulInteger;
  table.import["QLinearConv"] = importQLinearConv;
  table.import["QLinearMatMul"] = importQLinearMatMul;
}

} // namespace segc::onnximport
