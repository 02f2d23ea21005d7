//===- Logic.cpp - comparisons, truth values, bits ------------------------===//

#include "frontends/onnx/Operators.h"

namespace segc::onnximport {

using mlir::Value;
using seg::BinaryKind;
using seg::UnaryKind;

/// An operator of two operands: the dialect's function, and whether its operands are swapped.
struct Comparison {
  const char *name;
  BinaryKind kind;
  bool isSwapped = false;
};

static const Comparison kComparisons[] = {
    {"Equal", BinaryKind::Equal},
    {"Less", BinaryKind::Less},
    {"LessOrEqual", BinaryKind::LessOrEqual},
    {"Greater", BinaryKind::Less, true},
    {"GreaterOrEqual", BinaryKind::LessOrEqual, true},
    {"And", BinaryKind::And},
    {"Or", BinaryKind::Or},
    {"Xor", BinaryKind::Xor},
    {"BitwiseAnd", BinaryKind::And},
    {"BitwiseOr", BinaryKind::Or},
    {"BitwiseXor", BinaryKind::Xor},
};

static void importComparison(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  const auto *entry =
      llvm::find_if(kComparisons, [&](auto &candidate) { return node.op() == candidate.name; });
  Value lhs = node.value(0), rhs = node.value(1);
  if (node.opset() < 7)
    rhs = alignedOperand(node, rhs);
  node.set(0, entry->isSwapped ? node.binary(entry->kind, rhs, lhs)
                               : node.binary(entry->kind, lhs, rhs));
}

static void importBitShift(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  std::string direction = node.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return node.error(
        fmt::format("direction \"{}\" is neither LEFT nor RIGHT", escaped(direction)));
  BinaryKind kind = direction == "LEFT" ? BinaryKind::ShiftLeft : BinaryKind::ShiftRight;
  node.set(0, node.binary(kind, node.value(0), node.value(1)));
}

static void importMod(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  bool isFmod = node.integer("fmod", 0) != 0;
  if (!isFmod && node.element(0) == Element::Float)
    return node.error("the remainder of floats needs fmod = 1");
  node.set(0,
           node.binary(isFmod ? BinaryKind::Fmod : BinaryKind::Mod, node.value(0), node.value(1)));
}

static void importNot(Node &node) {
  if (node.checkInputs(1, 1))
    node.set(0, node.unary(UnaryKind::Not, node.value(0)));
}

static void importIsNaN(Node &node) {
  if (node.checkInputs(1, 1))
    node.set(0, node.unary(UnaryKind::IsNaN, node.value(0)));
}

static void importIsInf(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  bool negative = node.integer("detect_negative", 1) != 0;
  bool positive = node.integer("detect_positive", 1) != 0;
  node.set(0, node.unary(UnaryKind::IsInf, node.value(0), negative ? 0.0f : 1.0f,
                         positive ? 0.0f : 1.0f));
}

static void importWhere(Node &node) {
  if (node.checkInputs(3, 3))
    node.set(0, node.select(node.value(0), node.value(1), node.value(2)));
}

void registerLogic(OperatorTable &table) {
  for (const Comparison &comparison : kComparisons)
    table.import[comparison.name] = importComparison;
  table.import["BitShift"] = importBitShift;
  table.import["Mod"] = importMod;
  table.import["Not"] = importNot;
  table.import["BitwiseNot"] = importNot;
  table.import["IsNaN"] = importIsNaN;
  table.import["IsInf"] = importIsInf;
  table.import["Where"] = importWhere;
}

} // namespace segc::onnximport
