//===- SizeTensors.cpp - sizes of the input as tensors --------------------===//

#include "frontends/onnx/SizeTensors.h"
#include "frontends/onnx/Bounds.h"

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;

namespace {

/// Three digits hold every number of pixels.
constexpr int64_t kBase = 2048, kDigits = 3;

/// Digit 0 is the last one. A number of more digits has no such first one: then the network refuses
/// its input.
Value digit(Node &node, Value table, DimAttr number, int64_t place) {
  const bool isFirst = place == kDigits - 1;
  for (; place != 0; --place)
    number = number ? floorDiv(number, kBase) : number;
  DimAttr index = number && !isFirst ? mod(number, node.dim(kBase)) : number;
  return node.slice(table, {index}, {node.dim(1)}, {1});
}

/// A whole number as an i64 of shape [1].
Value wholeNumber(Node &node, DimAttr number) {
  if (number.isConstant())
    return node.constant(integerTensor(Element::Int64, {1}, {number.getValue()}), "size");
  // Differences may be negative; the digits are those of a number that is not.
  constexpr int64_t kOffset = kBase * kBase * kBase / 2;
  const bool mayBeNegative = !provablyNotNegative(number);
  DimAttr shifted = mayBeNegative ? number + kOffset : number;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i != kBase; ++i)
    numbers.push_back(i);
  Value table = node.constant(integerTensor(Element::Int64, {kBase}, numbers), "digits");
  Value sum;
  for (int64_t place = kDigits - 1; place >= 0; --place) {
    Value next = digit(node, table, shifted, place);
    if (sum) {
      sum = node.binary(BinaryKind::Mul, sum, node.integerNumber(Element::Int64, kBase));
      next = node.binary(BinaryKind::Add, sum, next);
    }
    sum = next;
  }
  return mayBeNegative
             ? node.binary(BinaryKind::Sub, sum, node.integerNumber(Element::Int64, kOffset))
             : sum;
}

} // namespace

Value sizeTensor(Node &node, const Number &number, Element element) {
  auto part = [&](DimAttr dim) { return node.converted(wholeNumber(node, dim), element); };
  Value value = part(number.numerator());
  if (number.denominator().isConstant(1))
    return value;
  return node.binary(BinaryKind::Div, value, part(number.denominator()));
}

Value sizeTensor(Node &node, const Known &known) {
  constexpr size_t kMostSizes = 64;
  if (!known.allKnown() || known.values.empty() || known.values.size() > kMostSizes)
    return {};
  SmallVector<Value> values;
  for (const Number &number : known.values)
    values.push_back(sizeTensor(node, number, known.element));
  SmallVector<DimAttr> shape;
  for (int64_t extent : known.shape)
    shape.push_back(node.dim(extent));
  return node.reshape(node.concat(values, 0), shape);
}

} // namespace segc::onnximport
