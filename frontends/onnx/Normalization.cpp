//===- Normalization.cpp - BatchNormalization and its relatives -----------===//
//
// Only batch normalisation, whose statistics are constants, is an op of the
// dialect. The others are written out in means, sums and arithmetic.
//
//===----------------------------------------------------------------------===//

#include "frontends/onnx/Operators.h"

#include <limits>

namespace segc::onnximport {

using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::ReduceKind;
using seg::UnaryKind;

static void importBatchNormalization(Node &node) {
  if (!node.checkInputs(5, 5))
    return;
  bool isTraining =
      node.opset() < 7 ? node.integer("is_test", 0) == 0 : node.integer("training_mode", 0) != 0;
  if (isTraining)
    return node.error("training mode is not supported");
  if (node.integer("spatial", 1) == 0)
    return node.error("statistics for each pixel (spatial = 0) are not supported");
  SmallVector<Value> operands;
  for (int i = 0; i != 5; ++i)
    operands.push_back(node.value(i));
  node.set(0, node.create<seg::BatchNormOp>(
                  operands, {node.realAttribute("epsilon", node.real("epsilon", 1e-5f))}));
}

struct Standardised {
  Value result, mean, deviation;
};

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
static Standardised standardise(Node &node, Value input, llvm::ArrayRef<int64_t> axes,
                                float epsilon) {
  Value mean = node.reduce(ReduceKind::Mean, input, axes, true);
  Value centred = node.binary(BinaryKind::Sub, input, mean);
  Value squares = node.binary(BinaryKind::Mul, centred, centred);
  Value variance = node.reduce(ReduceKind::Mean, squares, axes, true);
  Value deviation =
      node.unary(UnaryKind::Sqrt, node.binary(BinaryKind::Add, variance, node.number(epsilon)));
  return {node.binary(BinaryKind::Div, centred, deviation), mean, deviation};
}

static SmallVector<int64_t> axesFrom(int64_t first, int64_t rank) {
  SmallVector<int64_t> axes;
  for (int64_t axis = first; axis < rank; ++axis)
    axes.push_back(axis);
  return axes;
}

/// A [C] parameter under the shape [C, 1, 1, ...] that broadcasts over the spatial axes.
static Value perChannel(Node &node, int i, int64_t rank) {
  SmallVector<DimAttr> shape = node.shape(i);
  if (shape.size() != 1)
    node.error(fmt::format("input {} is not a list of one value a channel", i));
  shape.resize(static_cast<size_t>(rank - 1), node.dim(1));
  return node.reshape(node.value(i), shape);
}

static void importInstanceNormalization(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  int64_t rank = node.rank(0);
  if (rank < 3)
    return node.error(fmt::format("an input of rank {} has no spatial axes", rank));
  Standardised standard =
      standardise(node, node.value(0), axesFrom(2, rank), node.real("epsilon", 1e-5f));
  Value scaled = node.binary(BinaryKind::Mul, standard.result, perChannel(node, 1, rank));
  node.set(0, node.binary(BinaryKind::Add, scaled, perChannel(node, 2, rank)));
}

static void importLayerNormalization(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  int64_t rank = node.rank(0), axis = node.normalAxis(node.integer("axis", -1), rank);
  Standardised standard =
      standardise(node, node.value(0), axesFrom(axis, rank), node.real("epsilon", 1e-5f));
  Value result = node.binary(BinaryKind::Mul, standard.result, node.value(1));
  if (node.hasInput(2))
    result = node.binary(BinaryKind::Add, result, node.value(2));
  node.set(0, result);
  node.set(1, standard.mean);
  if (node.isUsed(2))
    node.set(2, node.unary(UnaryKind::Reciprocal, standard.deviation));
}

static void importLpNormalization(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2)
    return node.error(fmt::format("p = {} is not supported; 1 and 2 are", p));
  int64_t axis = node.normalAxis(node.integer("axis", -1), node.rank(0));
  Value input = node.value(0);
  Value norm = node.reduce(p == 1 ? ReduceKind::L1 : ReduceKind::L2, input, {axis}, true);
  // Zeros stay zeros (LpNormalization 22 says what the older ones leave open).
  norm = node.binary(BinaryKind::Max, norm, node.number(std::numeric_limits<float>::min()));
  node.set(0, node.binary(BinaryKind::Div, input, norm));
}

/// Divides by a power of the sum of squares of the neighbouring channels (AlexNet): the channels
/// are padded, and shifted copies added up.
static void importLrn(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t size = node.integer("size", 0);
  float alpha = node.real("alpha", 1e-4f), beta = node.real("beta", 0.75f);
  float bias = node.real("bias", 1.0f);
  constexpr int64_t kWidest = 64;
  if (size < 1 || size > kWidest)
    return node.error(fmt::format("size {} is outside 1 to {}", size, kWidest));
  SmallVector<DimAttr> shape = node.shape(0);
  if (shape.size() < 2)
    return node.error(fmt::format("an input of rank {} has no channels", shape.size()));
  Value input = node.value(0);
  Value squares = node.binary(BinaryKind::Mul, input, input);
  SmallVector<DimAttr> low(shape.size(), node.dim(0)), high = low, starts = low;
  low[1] = node.dim((size - 1) / 2);
  high[1] = node.dim(size - 1 - (size - 1) / 2);
  Value padded = node.create<seg::PadOp>(
      {squares},
      {node.attribute("low", llvm::ArrayRef<DimAttr>(low)),
       node.attribute("high", llvm::ArrayRef<DimAttr>(high)),
       node.attribute("mode", seg::PadModeAttr::get(node.context(), seg::PadMode::Constant))});
  Value sum;
  for (int64_t i = 0; i != size; ++i) {
    starts[1] = node.dim(i);
    Value part = node.slice(padded, starts, shape, SmallVector<int64_t>(shape.size(), 1));
    sum = sum ? node.binary(BinaryKind::Add, sum, part) : part;
  }
  Value weighted = node.binary(BinaryKind::Mul, sum, node.number(alpha / static_cast<float>(size)));
  Value base = node.binary(BinaryKind::Add, weighted, node.number(bias));
  Value power = node.binary(BinaryKind::Pow, base, node.number(beta));
  node.set(0, node.binary(BinaryKind::Div, input, power));
}

void registerNormalization(OperatorTable &table) {
  table.import["BatchNormalization"] = importBatchNormalization;
  table.import["InstanceNormalization"] = importInstanceNormalization;
  table.import["LayerNormalization"] = importLayerNormalization;
  table.import["LpNormalization"] = importLpNormalization;
  table.import["LRN"] = importLrn;
}

} // namespace segc::onnximport
