//===- Losses.cpp - how far class scores are from labels ------------------===//

#include "frontends/onnx/Operators.h"

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using mlir::Value;
using seg::BinaryKind;
using seg::DimAttr;
using seg::ReduceKind;
using seg::UnaryKind;

/// The losses [N, d1, ...] of log-probabilities [N, C, d1, ...] whose labels are input 1, weighted
/// by input 2 where there is one, and reduced as the node says.
static Value negativeLogLikelihood(Node &node, Value logarithms) {
  std::string reduction = node.text("reduction", "mean");
  if (reduction != "mean" && reduction != "sum" && reduction != "none")
    node.error(fmt::format("reduction \"{}\" is not supported", escaped(reduction)));
  bool isWeighted = node.hasInput(2), ignores = node.hasAttribute("ignore_index");
  Element element = node.element(1);
  if (!node.failed() && element != Element::Int32 && element != Element::Int64)
    node.error("the labels are neither int32 nor int64");
  if (!node.failed() && (node.rank(0) < 2 || node.rank(1) != node.rank(0) - 1))
    node.error(fmt::format("labels of rank {} for scores of rank {}", node.rank(1), node.rank(0)));
  Value labels = node.value(1), weights = isWeighted ? node.floatValue(2) : Value();
  if (node.failed())
    return {};

  // Labels that are ignored need not be classes.
  Value ignored;
  if (ignores) {
    int64_t index = node.integer("ignore_index", 0);
    ignored = node.binary(BinaryKind::Equal, labels, node.integerNumber(element, index));
    labels = node.select(ignored, node.integerNumber(element, 0), labels);
  }
  SmallVector<DimAttr> shape = node.shape(1), perScore = shape, perLabel = shape;
  perScore.insert(perScore.begin() + 1, node.dim(1));
  perLabel.push_back(node.dim(1));
  Value chosen = node.create<seg::GatherElementsOp>({logarithms, node.reshape(labels, perScore)},
                                                    {node.integerAttribute("axis", 1)});
  Value loss = node.unary(UnaryKind::Neg, node.reshape(chosen, shape)), weight;
  if (isWeighted) {
    weight = node.create<seg::GatherOp>(
        {weights, node.reshape(labels, perLabel)},
        {node.integerAttribute("axis", 0), node.integerAttribute("batch_dims", 0)});
    loss = node.binary(BinaryKind::Mul, loss, weight);
  }
  if (ignores) {
    weight = node.select(ignored, node.number(0), isWeighted ? weight : node.number(1));
    loss = node.select(ignored, node.number(0), loss);
  }
  if (reduction == "none")
    return loss;
  SmallVector<int64_t> axes;
  for (size_t axis = 0; axis != shape.size(); ++axis)
    axes.push_back(static_cast<int64_t>(axis));
  bool isMean = reduction == "mean";
  if (isMean && !weight)
    return node.reduce(ReduceKind::Mean, loss, axes, false);
  Value sum = node.reduce(ReduceKind::Sum, loss, axes, false);
  return isMean
             ? node.binary(BinaryKind::Div, sum, node.reduce(ReduceKind::Sum, weight, axes, false))
             : sum;
}

static void importNegativeLogLikelihoodLoss(Node &node) {
  if (node.checkInputs(2, 3))
    node.set(0, negativeLogLikelihood(node, node.floatValue(0)));
}

static void importSoftmaxCrossEntropyLoss(Node &node) {
  if (!node.checkInputs(2, 3))
    return;
  Value logarithms = node.create<seg::SoftmaxOp>(
      {node.floatValue(0)}, {node.integerAttribute("axis", 1), node.attribute("log", true)});
  node.set(0, negativeLogLikelihood(node, logarithms));
  if (node.outputCount() > 1)
    node.set(1, logarithms);
}

void registerLosses(OperatorTable &table) {
  table.import["NegativeLogLikelihoodLoss"] = importNegativeLogLikelihoodLoss;
  table.import["SoftmaxCrossEntropyLoss"] = importSoftmaxCrossEntropyLoss;
}

} // namespace segc::onnximport
