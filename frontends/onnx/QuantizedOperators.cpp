//===- QuantizedOperators.cpp - ONNX Runtime's quantised operators --------===//
//
// Operators of the domain com.microsoft that take and give quantised tensors, each
// with a scale and a zero behind it. Sums of products are exact integers; the rest
// is computed in float32 by the formulas of ONNX Runtime, so that what lies between
// two integers is rounded to the same one.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Pooling.h"
#include "frontends/onnx/Quantization.h"

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::ReduceKind;
using seg::UnaryKind;

namespace {

/// A zero as a float, 0 where it is absent.
Value zeroOf(Node &node, int i) {
  return node.hasInput(i) ? node.converted(singleValue(node, i), Element::Float) : node.number(0);
}

/// Input i as real numbers; its scale and its zero follow.
Value real(Node &node, int i) {
  Value zero = node.hasInput(i + 2) ? singleValue(node, i + 2) : Value();
  return dequantized(node, node.value(i), singleValue(node, i + 1), zero);
}

/// Real numbers as a result of the type of input 0; `scale` is an input and its zero follows.
Value stored(Node &node, Value x, int scale, Element element) {
  Value zero = node.hasInput(scale + 1) ? singleValue(node, scale + 1) : Value();
  return quantized(node, x, singleValue(node, scale), zero, element);
}

/// The integer nearest to x, in which the zero is already.
Value roundedTo(Node &node, Value x, Element element) {
  return node.converted(node.unary(UnaryKind::Round, x), element);
}

bool checkBytes(Node &node, int i) {
  Element element = node.element(i);
  if (element == Element::UInt8 || element == Element::Int8)
    return true;
  node.error(fmt::format("input {} is not of 8-bit integers", i));
  return false;
}

/// a, a_scale, a_zero, b, b_scale, b_zero, c_scale, c_zero
void importAdd(Node &node) {
  if (!node.checkInputs(7, 8) || !checkBytes(node, 0) || !checkBytes(node, 3))
    return;
  Value scale = singleValue(node, 6);
  Value a = node.binary(BinaryKind::Div, singleValue(node, 1), scale);
  Value b = node.binary(BinaryKind::Div, singleValue(node, 4), scale);
  // c_zero - (a * a_zero + b * b_zero)
  Value fixed = node.binary(BinaryKind::Add, node.binary(BinaryKind::Mul, a, zeroOf(node, 2)),
                            node.binary(BinaryKind::Mul, b, zeroOf(node, 5)));
  fixed = node.binary(BinaryKind::Sub, zeroOf(node, 7), fixed);
  Value sum =
      node.binary(BinaryKind::Add, fixed, node.binary(BinaryKind::Mul, node.floatValue(0), a));
  sum = node.binary(BinaryKind::Add, sum, node.binary(BinaryKind::Mul, node.floatValue(3), b));
  node.set(0, roundedTo(node, sum, node.element(0)));
}

/// The same inputs.
void importMul(Node &node) {
  if (!node.checkInputs(7, 8) || !checkBytes(node, 0) || !checkBytes(node, 3))
    return;
  Value scale = node.binary(BinaryKind::Mul, singleValue(node, 1), singleValue(node, 4));
  scale = node.binary(BinaryKind::Div, scale, singleValue(node, 6));
  // The differences and their product are small integers, exact in float32.
  Value a = node.binary(BinaryKind::Sub, node.floatValue(0), zeroOf(node, 2));
  Value b = node.binary(BinaryKind::Sub, node.floatValue(3), zeroOf(node, 5));
  Value product = node.binary(BinaryKind::Mul, node.binary(BinaryKind::Mul, a, b), scale);
  product = node.binary(BinaryKind::Add, product, zeroOf(node, 7));
  node.set(0, roundedTo(node, product, node.element(0)));
}

/// x, x_scale, x_zero, y_scale, y_zero
void importActivation(Node &node) {
  if (!node.checkInputs(4, 5) || !checkBytes(node, 0))
    return;
  Value x = real(node, 0);
  Value y = node.op() == "QLinearSigmoid"
                ? node.unary(UnaryKind::Sigmoid, x)
                : node.unary(UnaryKind::LeakyRelu, x, node.real("alpha", 0.01f));
  node.set(0, stored(node, y, 3, node.element(0)));
}

/// The same inputs. ONNX Runtime scales by a whole number.
void importSoftmax(Node &node) {
  if (!node.checkInputs(4, 5) || !checkBytes(node, 0))
    return;
  SmallVector<DimAttr> shape = node.shape(0);
  int64_t rank = node.rank(0), axis = node.normalAxis(node.integer("axis", -1), rank);
  Value x = real(node, 0);
  if (node.failed())
    return;
  const bool isFlat = node.integer("opset", 13) < 13;
  if (isFlat) {
    llvm::ArrayRef<DimAttr> all(shape);
    x = node.reshape(x, {product(node.context(), all.take_front(axis)),
                         product(node.context(), all.drop_front(axis))});
    axis = 1;
  }
  Value y = node.create<seg::SoftmaxOp>(
      {x}, {node.integerAttribute("axis", axis), node.attribute("log", false)});
  Value scale = node.unary(UnaryKind::Floor,
                           node.binary(BinaryKind::Div, node.number(1), singleValue(node, 3)));
  y = node.unary(UnaryKind::Round, node.binary(BinaryKind::Mul, y, scale));
  y = node.converted(node.binary(BinaryKind::Add, y, zeroOf(node, 4)), node.element(0));
  node.set(0, isFlat ? node.reshape(y, shape) : y);
}

/// y_scale, y_zero, then x, x_scale, x_zero for each tensor
void importConcat(Node &node) {
  if (!node.checkInputs(5, INT32_MAX))
    return;
  if (node.inputCount() % 3 != 2)
    return node.error("the inputs are not a scale, a zero and three for each tensor");
  if (!node.hasAttribute("axis"))
    return node.error("the axis is missing");
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(2));
  SmallVector<Value> parts;
  for (int i = 2; i < node.inputCount() && !node.failed(); i += 3) {
    if (!checkBytes(node, i))
      return;
    const bool isSame =
        node.inputName(i + 1) == node.inputName(0) && node.inputName(i + 2) == node.inputName(1);
    parts.push_back(isSame ? node.value(i) : stored(node, real(node, i), 0, node.element(1)));
  }
  if (!node.failed())
    node.set(0, node.concat(parts, axis));
}

/// condition, x, x_scale, x_zero, y, y_scale, y_zero, z_scale, z_zero
void importWhere(Node &node) {
  if (!node.checkInputs(9, 9) || !checkBytes(node, 1) || !checkBytes(node, 4))
    return;
  Element element = node.element(8);
  node.set(0, node.select(node.value(0), stored(node, real(node, 1), 7, element),
                          stored(node, real(node, 4), 7, element)));
}

/// The image with the channels first, and back again.
Value channelsFirst(Node &node, Value x, bool isBack = false) {
  if (!x || node.integer("channels_last", 0) == 0)
    return x;
  const auto rank = static_cast<int64_t>(shapeOf(x).size());
  SmallVector<int64_t> order{0};
  if (!isBack)
    order.push_back(rank - 1);
  for (int64_t axis = isBack ? 2 : 1; axis < rank - (isBack ? 0 : 1); ++axis)
    order.push_back(axis);
  if (isBack)
    order.push_back(1);
  return node.transpose(x, order);
}

/// x, x_scale, x_zero, y_scale, y_zero
void importAveragePool(Node &node) {
  if (!node.checkInputs(4, 5) || !checkBytes(node, 0))
    return;
  Value y = averagePool(node, channelsFirst(node, real(node, 0)), /*countsBeyondPads=*/true);
  // Means are often halves: the zero is added before they are rounded.
  y = node.binary(BinaryKind::Div, channelsFirst(node, y, /*isBack=*/true), singleValue(node, 3));
  node.set(0, roundedTo(node, node.binary(BinaryKind::Add, y, zeroOf(node, 4)), node.element(0)));
}

/// The same inputs: an exact sum over the image, scaled once.
void importGlobalAveragePool(Node &node) {
  if (!node.checkInputs(4, 5) || !checkBytes(node, 0))
    return;
  Value x = channelsFirst(node, node.converted(node.value(0), Element::Int32));
  SmallVector<int64_t> axes;
  DimAttr pixels = node.dim(1);
  for (int64_t axis = 2; axis < node.rank(0); ++axis) {
    axes.push_back(axis);
    if (x)
      pixels = pixels * shapeOf(x)[axis];
  }
  if (axes.empty() || !pixels)
    node.shapeError(axes.empty()
                        ? fmt::format("an input of rank {} has no spatial axes", node.rank(0))
                        : "a computed extent overflows");
  if (node.failed())
    return;
  if (node.hasInput(2))
    x = node.binary(BinaryKind::Sub, x, node.converted(singleValue(node, 2), Element::Int32));
  Value sum = node.reduce(ReduceKind::Sum, x, axes, /*keepDims=*/true);
  Value count = node.reshape(node.indices(node.dim(1), pixels), {});
  Value scale = node.binary(BinaryKind::Mul, singleValue(node, 3), count);
  scale = node.binary(BinaryKind::Div, singleValue(node, 1), scale);
  Value zero = node.hasInput(4) ? singleValue(node, 4) : Value();
  Value y = requantized(node, sum, scale, zero, node.element(0));
  node.set(0, channelsFirst(node, y, /*isBack=*/true));
}

/// Matrix i, transposed if `attribute` says so.
Value matrix(Node &node, int i, const char *attribute) {
  if (node.rank(i) != 2)
    node.shapeError(fmt::format("input {} has rank {}, not 2", i, node.rank(i)));
  Value value = node.value(i);
  return node.integer(attribute, 0) != 0 ? node.transpose(value, {1, 0}) : value;
}

/// a, a_scale, a_zero, b, b_scale, b_zero, c (of the sums), y_scale, y_zero; floats without y_scale
void importGemm(Node &node) {
  if (!node.checkInputs(6, 9) || !checkBytes(node, 0) || !checkBytes(node, 3))
    return;
  Value lhs = matrix(node, 0, "transA"), rhs = matrix(node, 3, "transB");
  Value sum =
      node.create<seg::MatmulIntegerOp>({lhs, rhs, zeroOfSums(node, 2), zeroOfSums(node, 5)}, {});
  if (node.hasInput(6))
    sum = node.binary(BinaryKind::Add, sum, node.converted(node.value(6), Element::Int32));
  float alpha = node.real("alpha", 1.0f);
  Value scale = node.binary(BinaryKind::Mul, node.number(alpha), singleValue(node, 1));
  scale = node.binary(BinaryKind::Mul, scale, alongAxis(node, 4, -1, 2));
  if (!node.hasInput(7))
    return node.set(0, node.binary(BinaryKind::Mul, node.converted(sum, Element::Float), scale));
  scale = node.binary(BinaryKind::Div, scale, singleValue(node, 7));
  Value zero = node.hasInput(8) ? singleValue(node, 8) : Value();
  node.set(
      0, requantized(node, sum, scale, zero, node.hasInput(8) ? node.element(8) : node.element(0)));
}

/// A sum of products times the scales of its factors, and a bias (input i).
void setScaled(Node &node, Value sum, Value a, int bScale, int bias) {
  if (!sum)
    return;
  const auto rank = static_cast<int64_t>(shapeOf(sum).size());
  Value scale = node.binary(BinaryKind::Mul, a, alongAxis(node, bScale, -1, rank));
  Value y = node.binary(BinaryKind::Mul, node.converted(sum, Element::Float), scale);
  node.set(0, node.hasInput(bias) ? node.binary(BinaryKind::Add, y, node.floatValue(bias)) : y);
}

/// a, b, a_scale, b_scale, a_zero, b_zero, bias
void importMatMulIntegerToFloat(Node &node) {
  if (node.checkInputs(4, 7) && checkBytes(node, 0) && checkBytes(node, 1))
    setScaled(node, integerProduct(node, 0, 1, 4, 5), singleValue(node, 2), 3, 6);
}

/// a (floats), b, b_scale, b_zero, bias
void importDynamicQuantizeMatMul(Node &node) {
  if (!node.checkInputs(3, 5) || !checkBytes(node, 1))
    return;
  if (node.rank(0) < 2 || node.rank(1) < 2)
    return node.shapeError("a factor is not a matrix");
  DynamicallyQuantized a = quantizedDynamically(node, node.floatValue(0));
  Value sum = node.create<seg::MatmulIntegerOp>(
      {a.values, node.value(1), node.converted(a.zero, Element::Int32), zeroOfSums(node, 3)}, {});
  setScaled(node, sum, a.scale, 2, 4);
}

} // namespace

void registerQuantizedOperators(OperatorTable &table) {
  auto add = [&](const char *name, ImportFunction import) {
    table.import[std::string("com.microsoft::") + name] = import;
  };
  add("QLinearAdd", importAdd);
  add("QLinearMul", importMul);
  add("QLinearSigmoid", importActivation);
  add("QLinearLeakyRelu", importActivation);
  add("QLinearSoftmax", importSoftmax);
  add("QLinearConcat", importConcat);
  add("QLinearWhere", importWhere);
  add("QLinearAveragePool", importAveragePool);
  add("QLinearGlobalAveragePool", importGlobalAveragePool);
  add("QGemm", importGemm);
  add("MatMulIntegerToFloat", importMatMulIntegerToFloat);
  add("DynamicQuantizeMatMul", importDynamicQuantizeMatMul);
}

} // namespace segc::onnximport
