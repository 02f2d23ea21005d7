//===- Matrices.cpp - Gemm and MatMul -------------------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Quantization.h"

#include <algorithm>

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;

/// A constant matrix transposed, in tiles so that large ones are not read line by line.
static ConstantTensor transposed(const ConstantTensor &matrix) {
  size_t rows = static_cast<size_t>(matrix.shape[0]),
         columns = static_cast<size_t>(matrix.shape[1]);
  llvm::ArrayRef<float> from = matrix.as<float>();
  std::vector<char> bytes(rows * columns * sizeof(float));
  float *to = reinterpret_cast<float *>(bytes.data());
  constexpr size_t kTile = 32;
  for (size_t row = 0; row < rows; row += kTile)
    for (size_t column = 0; column < columns; column += kTile)
      for (size_t r = row; r < std::min(row + kTile, rows); ++r)
        for (size_t c = column; c < std::min(column + kTile, columns); ++c)
          to[c * rows + r] = from[r * columns + c];
  return makeConstant(Element::Float, {matrix.shape[1], matrix.shape[0]}, std::move(bytes));
}

static Value matrix(Node &node, int i, bool isTransposed) {
  if (node.rank(i) != 2) {
    node.error(fmt::format("input {} has rank {}, not 2", i, node.rank(i)));
    return {};
  }
  if (!isTransposed)
    return node.value(i);
  std::optional<ConstantTensor> tensor = node.constant(i);
  if (tensor && tensor->element == Element::Float)
    return node.constant(transposed(*tensor), node.inputName(i));
  return node.transpose(node.value(i), {1, 0});
}

static void importGemm(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  float alpha = node.real("alpha", 1.0f), beta = node.real("beta", 1.0f);
  Value lhs = matrix(node, 0, node.integer("transA", 0) != 0);
  Value rhs = matrix(node, 1, node.integer("transB", 0) != 0);
  Value result = node.create<seg::MatmulOp>({lhs, rhs}, {});
  if (alpha != 1.0f)
    result = node.binary(BinaryKind::Mul, result, node.number(alpha));
  if (node.hasInput(2)) {
    Value addend = node.value(2);
    if (beta != 1.0f)
      addend = node.binary(BinaryKind::Mul, addend, node.number(beta));
    result = node.binary(BinaryKind::Add, result, addend);
  }
  // ONNX Runtime's FusedGemm has an activation.
  node.set(0, withActivation(node, result));
}

/// The product of inputs a and b by `multiply`. Vectors take part as matrices of one row or one
/// column, which the result loses again.
static Value matrixProduct(Node &node, int a, int b,
                           llvm::function_ref<Value(Value, Value)> multiply) {
  SmallVector<DimAttr> left = node.shape(a), right = node.shape(b);
  if (left.empty() || right.empty()) {
    node.error("a scalar is no matrix");
    return {};
  }
  bool isRow = left.size() == 1, isColumn = right.size() == 1;
  if (isRow)
    left.insert(left.begin(), node.dim(1));
  if (isColumn)
    right.push_back(node.dim(1));
  Value lhs = node.reshape(node.value(a), left), rhs = node.reshape(node.value(b), right);
  Value result = multiply(lhs, rhs);
  if (result && (isRow || isColumn)) {
    SmallVector<DimAttr> shape(shapeOf(result));
    if (isColumn)
      shape.pop_back();
    if (isRow)
      shape.erase(isColumn ? shape.end() - 1 : shape.end() - 2);
    result = node.reshape(result, shape);
  }
  return result;
}

Value integerProduct(Node &node, int a, int b, int aZero, int bZero) {
  Value lhsZero, rhsZero;
  bool isNarrow = elementSize(node.element(a)) <= 2;
  if (isNarrow) {
    lhsZero = zeroOfSums(node, aZero);
    rhsZero = zeroOfSums(node, bZero);
  } else {
    lhsZero = rhsZero = node.integerNumber(node.element(a), 0);
  }
  return matrixProduct(node, a, b, [&](Value lhs, Value rhs) {
    return node.create<seg::MatmulIntegerOp>({lhs, rhs, lhsZero, rhsZero}, {});
  });
}

static void importMatMul(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (node.element(0) != Element::Float)
    return node.set(0, integerProduct(node, 0, 1, -1, -1));
  node.set(0,
           matrixProduct(node, 0, 1, [&](Value lhs, Value rhs) { return node.matmul(lhs, rhs); }));
}

/// ONNX Runtime's MatMul with transposed operands and a factor.
static void importFusedMatMul(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  if (node.integer("transBatchA", 0) != 0 || node.integer("transBatchB", 0) != 0)
    return node.error("transposed leading axes are not supported");
  float alpha = node.real("alpha", 1.0f);
  SmallVector<Value> operands;
  for (int i : {0, 1}) {
    int64_t rank = node.rank(i);
    if (rank < 2)
      return node.error(fmt::format("input {} has rank {}; at least 2 is needed", i, rank));
    Value operand = node.value(i);
    if (node.integer(i == 0 ? "transA" : "transB", 0) != 0) {
      SmallVector<int64_t> order;
      for (int64_t axis = 0; axis != rank; ++axis)
        order.push_back(axis);
      std::swap(order[rank - 2], order[rank - 1]);
      operand = node.transpose(operand, order);
    }
    operands.push_back(operand);
  }
  Value result = node.matmul(operands[0], operands[1]);
  node.set(0, alpha == 1.0f ? result : node.binary(BinaryKind::Mul, result, node.number(alpha)));
}

void registerMatrices(OperatorTable &table) {
  for (const char *name : {"Gemm", "com.microsoft::FusedGemm"})
    table.import[name] = importGemm;
  table.import["MatMul"] = importMatMul;
  table.import["com.microsoft::FusedMatMul"] = importFusedMatMul;
}

} // namespace segc::onnximport
