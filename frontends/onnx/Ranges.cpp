//===- Ranges.cpp - Range over sizes that are free ------------------------===//
//
// Numbers that are known are counted by the importer. How many there are may depend
// on the size of the network's input: then they are made when it runs, from two
// constants, 0 1 2 .. of a row and the starts of the rows, of which as many are
// taken as are needed.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/SizeTensors.h"

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;

namespace {

constexpr int64_t kRow = 1024, kMostRows = 16384;

Value multiples(Node &node, llvm::ArrayRef<int64_t> shape, int64_t count, int64_t step) {
  std::vector<int64_t> numbers;
  numbers.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i != count; ++i)
    numbers.push_back(i * step);
  return node.constant(integerTensor(Element::Int64, shape, numbers), "count");
}

/// 0 .. count - 1, i64.
Value counted(Node &node, DimAttr count) {
  DimAttr rows = ceilDiv(count, kRow), row = node.dim(kRow), zero = node.dim(0), one = node.dim(1);
  Value numbers = multiples(node, {1, kRow}, kRow, 1);
  if (!rows.isConstant(1)) {
    Value starts = multiples(node, {kMostRows, 1}, kMostRows, kRow);
    numbers = node.binary(BinaryKind::Add, node.slice(starts, {zero, zero}, {rows, one}, {1, 1}),
                          numbers);
  }
  return node.slice(node.reshape(numbers, {rows * row}), {zero}, {count}, {1});
}

void importRange(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  const char *names[] = {"the start", "the limit", "the step"};
  SmallVector<Number> numbers;
  for (int i = 0; i != 3; ++i) {
    const Known *known = node.requireKnown(i, names[i]);
    if (!known)
      return;
    if (known->values.size() != 1)
      return node.error(fmt::format("{} is not a single number", names[i]));
    numbers.push_back(known->values.front());
  }
  if (numbers[2].constantDouble() == 0.0)
    return node.error("the step is 0");
  DimAttr count = ((numbers[1] - numbers[0]) / numbers[2]).ceil().whole();
  if (!count ||
      (count.isConstant() && (count.getValue() < 1 || count.getValue() > kRow * kMostRows)))
    return node.error("how many numbers it makes is not known, or out of range");
  Value value = counted(node, count);
  const Element element = node.element(0);
  auto number = [&](const Number &x) {
    std::optional<double> constant = x.constantDouble();
    if (!constant)
      return sizeTensor(node, x, element);
    return element == Element::Float ? node.number(static_cast<float>(*constant))
                                     : node.integerNumber(element, static_cast<int64_t>(*constant));
  };
  value = node.converted(value, element);
  if (numbers[2].constantDouble() != 1.0)
    value = node.binary(BinaryKind::Mul, value, number(numbers[2]));
  if (numbers[0].constantDouble() != 0.0)
    value = node.binary(BinaryKind::Add, value, number(numbers[0]));
  node.set(0, value);
}

} // namespace

void registerRanges(OperatorTable &table) { table.import["Range"] = importRange; }

} // namespace segc::onnximport
