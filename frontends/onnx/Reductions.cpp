//===- Reductions.cpp - Reduce*, Softmax, ArgMax --------------------------===//

#include "frontends/onnx/Operators.h"
#include "frontends/onnx/Reshaping.h"

#include <limits>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::ReduceKind;
using seg::UnaryKind;

static const std::pair<const char *, ReduceKind> kReductions[] = {
    {"ReduceSum", ReduceKind::Sum},   {"ReduceMean", ReduceKind::Mean},
    {"ReduceMax", ReduceKind::Max},   {"ReduceMin", ReduceKind::Min},
    {"ReduceProd", ReduceKind::Prod}, {"ReduceL1", ReduceKind::L1},
    {"ReduceL2", ReduceKind::L2},     {"ReduceSumSquare", ReduceKind::SumSquare},
};

/// The axes to reduce: all if none are named, unless `noop_with_empty_axes`.
static std::optional<SmallVector<int64_t>> reducedAxes(Node &node) {
  std::optional<SmallVector<int64_t>> axes = axesArgument(node, 1);
  bool noop = node.integer("noop_with_empty_axes", 0) != 0;
  if (node.failed())
    return std::nullopt;
  if (axes && !axes->empty())
    return node.normalAxes(*axes, node.rank(0));
  SmallVector<int64_t> all;
  for (int64_t axis = 0; !noop && axis != node.rank(0); ++axis)
    all.push_back(axis);
  return all;
}

static void importReduce(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  std::optional<SmallVector<int64_t>> axes = reducedAxes(node);
  bool keepDims = node.integer("keepdims", 1) != 0;
  if (!axes || node.failed())
    return;
  if (axes->empty())
    return node.forward(0, 0);
  const auto *entry =
      llvm::find_if(kReductions, [&](auto &candidate) { return node.op() == candidate.first; });
  // Truth values are the numbers 0 and 1; a root is a real number; a mean needs a sum that does not
  // overflow.
  Element element = node.element(0), inner = element;
  if (element == Element::Bool)
    inner = Element::UInt8;
  if (entry->second == ReduceKind::L2)
    inner = Element::Float;
  if (entry->second == ReduceKind::Mean && element != Element::Float)
    inner = Element::Int64;
  Value input = node.converted(node.value(0), inner);
  node.set(0, node.converted(node.reduce(entry->second, input, *axes, keepDims), element));
}

/// log(sum(x)), or log(sum(exp(x))) with the largest x taken out so that nothing overflows. The
/// largest number is taken for infinity, so that no difference of infinities is NaN.
static void importReduceLogSum(Node &node) {
  if (!node.checkInputs(1, 2))
    return;
  std::optional<SmallVector<int64_t>> axes = reducedAxes(node);
  bool keepDims = node.integer("keepdims", 1) != 0;
  Value input = node.floatValue(0);
  if (!axes || node.failed())
    return;
  if (node.op() == "ReduceLogSum")
    return node.set(
        0, node.unary(UnaryKind::Log, node.reduce(ReduceKind::Sum, input, *axes, keepDims)));
  auto largestOf = [&](bool keep) {
    constexpr float most = std::numeric_limits<float>::max();
    Value value = node.reduce(ReduceKind::Max, input, *axes, keep);
    value = node.binary(BinaryKind::Max, value, node.number(-most));
    return node.binary(BinaryKind::Min, value, node.number(most));
  };
  Value largest = largestOf(true);
  Value powers = node.unary(UnaryKind::Exp, node.binary(BinaryKind::Sub, input, largest));
  Value logarithm =
      node.unary(UnaryKind::Log, node.reduce(ReduceKind::Sum, powers, *axes, keepDims));
  if (!keepDims)
    largest = largestOf(false);
  node.set(0, node.binary(BinaryKind::Add, logarithm, largest));
}

static void importSoftmax(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  bool isLog = node.op() == "LogSoftmax";
  bool flattens = node.opset() < 13;
  int64_t axis = node.normalAxis(node.integer("axis", flattens ? 1 : -1), node.rank(0));
  Value input = node.value(0);
  if (node.failed())
    return;
  auto softmax = [&](Value value, int64_t along) {
    return node.create<seg::SoftmaxOp>(
        {value}, {node.integerAttribute("axis", along), node.attribute("log", isLog)});
  };
  // Old operator sets normalise over the axis and all that follow, as one.
  SmallVector<DimAttr> shape = node.shape(0);
  ArrayRef<DimAttr> all(shape);
  bool isLast =
      llvm::all_of(all.drop_front(axis + 1), [](DimAttr dim) { return dim.isConstant(1); });
  if (!flattens || isLast)
    return node.set(0, softmax(input, axis));
  Value flat = node.reshape(input, {product(node.context(), all.take_front(axis)),
                                    product(node.context(), all.drop_front(axis))});
  node.set(0, node.reshape(softmax(flat, 1), shape));
}

static void importArgExtreme(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  int64_t axis = node.normalAxis(node.integer("axis", 0), node.rank(0));
  bool keepDims = node.integer("keepdims", 1) != 0;
  bool selectLast = node.integer("select_last_index", 0) != 0;
  Value input = node.value(0);
  // Inverting all bits turns the order of integers around, and none has no counterpart.
  if (node.op() == "ArgMin")
    input = node.unary(node.element(0) == Element::Float ? UnaryKind::Neg : UnaryKind::Not, input);
  node.set(0, node.create<seg::ArgMaxOp>({input}, {node.integerAttribute("axis", axis),
                                                   node.attribute("keep_dims", keepDims),
                                                   node.attribute("select_last", selectLast)}));
}

static void importCumSum(Node &node) {
  if (!node.checkInputs(2, 2))
    return;
  std::optional<SmallVector<int64_t>> axis = node.requireIntegers(1, "the axis");
  bool isExclusive = node.integer("exclusive", 0) != 0, isReverse = node.integer("reverse", 0) != 0;
  if (!node.failed() && axis->size() != 1)
    node.shapeError("the axis is not one number");
  int64_t along = node.failed() ? 0 : node.normalAxis(axis->front(), node.rank(0));
  node.set(0, node.create<seg::CumSumOp>({node.value(0)}, {node.integerAttribute("axis", along),
                                                           node.attribute("exclusive", isExclusive),
                                                           node.attribute("reverse", isReverse)}));
}

/// 1 at the first of the largest values along the axis, 0 elsewhere. Before operator set 13 the
/// axis and all that follow are one.
static void importHardmax(Node &node) {
  if (!node.checkInputs(1, 1))
    return;
  bool flattens = node.opset() < 13;
  int64_t axis = node.normalAxis(node.integer("axis", flattens ? 1 : -1), node.rank(0));
  SmallVector<DimAttr> shape = node.shape(0), own = shape;
  Value input = node.value(0);
  if (node.failed())
    return;
  if (flattens && axis + 1 != node.rank(0)) {
    ArrayRef<DimAttr> all(shape);
    own = {product(node.context(), all.take_front(axis)),
           product(node.context(), all.drop_front(axis))};
    input = node.reshape(input, own);
    axis = 1;
  }
  Value place = node.create<seg::ArgMaxOp>(
      {input}, {node.integerAttribute("axis", axis), node.attribute("keep_dims", true)});
  SmallVector<DimAttr> along(own.size() - axis, node.dim(1));
  along[0] = own[axis];
  Value index = node.reshape(node.indices(own[axis], node.dim(0)), along);
  Value hot = node.binary(BinaryKind::Equal, node.converted(place, Element::Float), index);
  hot = node.converted(hot, node.element(0));
  node.set(0, node.reshape(hot, shape));
}

void registerReductions(OperatorTable &table) {
  for (const auto &[name, kind] : kReductions)
    table.import[name] = importReduce;
  table.import["ReduceLogSum"] = importReduceLogSum;
  table.import["ReduceLogSumExp"] = importReduceLogSum;
  table.import["CumSum"] = importCumSum;
  table.import["Hardmax"] = importHardmax;
  table.import["Softmax"] = importSoftmax;
  table.import["LogSoftmax"] = importSoftmax;
  table.import["ArgMax"] = importArgExtreme;
  table.import["ArgMin"] = importArgExtreme;
}

} // namespace segc::onnximport
