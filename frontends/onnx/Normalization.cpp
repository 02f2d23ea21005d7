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

/// A vector of one value a channel, [C], that broadcasts over an input of this rank.
static Value spread(Node &node, Value vector, int64_t rank) {
  if (!vector)
    return {};
  SmallVector<DimAttr> shape(shapeOf(vector));
  if (shape.size() != 1 || rank < 2) {
    node.shapeError("scale, shift, mean and variance need one value for each channel");
    return {};
  }
  shape.resize(static_cast<size_t>(rank - 1), node.dim(1));
  return node.reshape(vector, shape);
}

/// (x - mean) / sqrt(variance + epsilon) * scale + shift, all given for each channel.
static Value normalise(Node &node, Value input, Value scale, Value shift, Value mean,
                       Value variance, float epsilon) {
  int64_t rank = node.rank(0);
  Value deviation =
      node.unary(UnaryKind::Sqrt, node.binary(BinaryKind::Add, variance, node.number(epsilon)));
  Value factor = node.binary(BinaryKind::Div, scale, deviation);
  Value centred = node.binary(BinaryKind::Sub, input, spread(node, mean, rank));
  Value scaled = node.binary(BinaryKind::Mul, centred, spread(node, factor, rank));
  return node.binary(BinaryKind::Add, scaled, spread(node, shift, rank));
}

/// By the statistics of the batch itself; the second and third output are what is recorded of
/// them.
static void importTrainingNormalization(Node &node) {
  int64_t rank = node.rank(0);
  float momentum = node.real("momentum", 0.9f);
  Value input = node.value(0);
  if (rank < 2)
    return node.shapeError(fmt::format("an input of rank {} has no channels", rank));
  SmallVector<int64_t> axes{0};
  for (int64_t axis = 2; axis < rank; ++axis)
    axes.push_back(axis);
  Value mean = node.reduce(ReduceKind::Mean, input, axes, /*keepDims=*/false);
  Value centred = node.binary(BinaryKind::Sub, input, spread(node, mean, rank));
  Value variance = node.reduce(ReduceKind::Mean, node.binary(BinaryKind::Mul, centred, centred),
                               axes, /*keepDims=*/false);
  node.set(0, normalise(node, input, node.value(1), node.value(2), mean, variance,
                        node.real("epsilon", 1e-5f)));
  auto recorded = [&](Value before, Value now) {
    return node.binary(BinaryKind::Add, node.binary(BinaryKind::Mul, before, node.number(momentum)),
                       node.binary(BinaryKind::Mul, now, node.number(1 - momentum)));
  };
  if (node.isUsed(1))
    node.set(1, recorded(node.value(3), mean));
  if (node.isUsed(2))
    node.set(2, recorded(node.value(4), variance));
}

static void importBatchNormalization(Node &node) {
  if (!node.checkInputs(5, 5))
    return;
  bool isTraining =
      node.opset() < 7 ? node.integer("is_test", 0) == 0 : node.integer("training_mode", 0) != 0;
  if (node.integer("spatial", 1) == 0)
    return node.error("statistics for each pixel (spatial = 0) are not supported");
  if (isTraining && node.opset() < 14)
    return node.error("training mode is not supported before operator set 14");
  if (isTraining)
    return importTrainingNormalization(node);
  SmallVector<Value> operands;
  bool areConstant = true;
  for (int i = 0; i != 5; ++i) {
    operands.push_back(node.value(i));
    areConstant &= i == 0 || node.constant(i);
  }
  float epsilon = node.real("epsilon", 1e-5f);
  if (!areConstant)
    return node.set(0, normalise(node, operands[0], operands[1], operands[2], operands[3],
                                 operands[4], epsilon));
  node.set(0, node.create<seg::BatchNormOp>(operands, {node.realAttribute("epsilon", epsilon)}));
}

/// Before operator set 21, scale and shift have a value for each group, then for each channel.
static void importGroupNormalization(Node &node) {
  if (!node.checkInputs(3, 3))
    return;
  int64_t groups = node.integer("num_groups", 0), rank = node.rank(0);
  SmallVector<DimAttr> shape = node.shape(0);
  if (rank < 2)
    return node.shapeError(fmt::format("an input of rank {} has no channels", rank));
  if (groups < 1)
    return node.error(fmt::format("num_groups is {}", groups));
  DimAttr perGroup = floorDiv(shape[1], groups), one = node.dim(1);
  if (!perGroup || perGroup * groups != shape[1])
    return node.shapeError(
        fmt::format("{} channels do not divide into {} groups", toString(shape[1]), groups));
  DimAttr pixels = product(node.context(), llvm::ArrayRef<DimAttr>(shape).drop_front(2));
  if (!pixels)
    return node.error("a computed extent overflows");
  Value grouped = node.reshape(node.value(0), {shape[0], node.dim(groups), perGroup * pixels});
  Value result = standardise(node, grouped, {2}, node.real("epsilon", 1e-5f)).result;
  bool isPerGroup = node.opset() < 21;
  for (int i : {1, 2}) {
    BinaryKind kind = i == 1 ? BinaryKind::Mul : BinaryKind::Add;
    SmallVector<DimAttr> own = node.shape(i);
    if (own.size() != 1 || own[0] != (isPerGroup ? node.dim(groups) : shape[1]))
      return node.shapeError(fmt::format("input {} does not have one value for each {}", i,
                                         isPerGroup ? "group" : "channel"));
    if (isPerGroup)
      result = node.binary(kind, result, node.reshape(node.value(i), {own[0], one}));
    else if (i == 1)
      result = node.reshape(result, shape);
    if (!isPerGroup)
      result = node.binary(kind, result, perChannel(node, i, rank));
  }
  node.set(0, node.reshape(result, shape));
}

/// x / sqrt(mean(x^2) + epsilon).
static Value normaliseByRootMeanSquare(Node &node, Value input, llvm::ArrayRef<int64_t> axes,
                                       float epsilon) {
  Value mean =
      node.reduce(ReduceKind::Mean, node.binary(BinaryKind::Mul, input, input), axes, true);
  Value root =
      node.unary(UnaryKind::Sqrt, node.binary(BinaryKind::Add, mean, node.number(epsilon)));
  return node.binary(BinaryKind::Div, input, root);
}

static void importRmsNormalization(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  int64_t rank = node.rank(0), axis = node.normalAxis(node.integer("axis", -1), rank);
  Value result = normaliseByRootMeanSquare(node, node.value(0), axesFrom(axis, rank),
                                           node.real("epsilon", 1e-5f));
  node.set(0, node.binary(BinaryKind::Mul, result, node.value(1)));
}

/// ONNX Runtime's sum of input, skip connection and bias, normalised over the last axis.
static void importSkipNormalization(Node &node) {
  bool isSimplified = node.op() == "SkipSimplifiedLayerNormalization";
  if (!node.checkInputs(3, isSimplified ? 4 : 5))
    return;
  float epsilon = node.real("epsilon", 1e-12f);
  int64_t rank = node.rank(0);
  if (rank < 1)
    return node.shapeError("the input has no axes");
  Value sum = node.binary(BinaryKind::Add, node.value(0), node.value(1));
  int bias = isSimplified ? 3 : 4;
  if (node.hasInput(bias))
    sum = node.binary(BinaryKind::Add, sum, node.value(bias));
  Value result;
  if (isSimplified) {
    result = normaliseByRootMeanSquare(node, sum, {rank - 1}, epsilon);
  } else {
    Standardised standard = standardise(node, sum, {rank - 1}, epsilon);
    result = standard.result;
    if (node.isUsed(1))
      node.set(1, standard.mean);
    if (node.isUsed(2))
      node.set(2, node.unary(UnaryKind::Reciprocal, standard.deviation));
  }
  result = node.binary(BinaryKind::Mul, result, node.value(2));
  if (!isSimplified && node.hasInput(3))
    result = node.binary(BinaryKind::Add, result, node.value(3));
  node.set(0, result);
  if (node.isUsed(3))
    node.set(3, sum);
}

static void importMeanVarianceNormalization(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  SmallVector<int64_t> axes = node.integers("axes").value_or(SmallVector<int64_t>{0, 2, 3});
  axes = node.normalAxes(axes, node.rank(0));
  if (node.failed())
    return;
  Value input = node.value(0);
  Value centred =
      node.binary(BinaryKind::Sub, input, node.reduce(ReduceKind::Mean, input, axes, true));
  Value variance =
      node.reduce(ReduceKind::Mean, node.binary(BinaryKind::Mul, centred, centred), axes, true);
  // As the specification's function has it: the deviation is what is kept from being 0.
  Value deviation =
      node.binary(BinaryKind::Add, node.unary(UnaryKind::Sqrt, variance), node.number(1e-9f));
  node.set(0, node.binary(BinaryKind::Div, centred, deviation));
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
  table.import["GroupNormalization"] = importGroupNormalization;
  table.import["MeanVarianceNormalization"] = importMeanVarianceNormalization;
  // ONNX Runtime writes the second as if it were ONNX's.
  for (const char *name : {"RMSNormalization", "SimplifiedLayerNormalization"})
    table.import[name] = importRmsNormalization;
  for (const char *name : {"SkipLayerNormalization", "SkipSimplifiedLayerNormalization"})
    table.import[std::string("com.microsoft::") + name] = importSkipNormalization;
  table.import["InstanceNormalization"] = importInstanceNormalization;
  table.import["LayerNormalization"] = importLayerNormalization;
  table.import["LpNormalization"] = importLpNormalization;
  table.import["LRN"] = importLrn;
}

} // namespace segc::onnximport
