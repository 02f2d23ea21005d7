//===- RecurrentOps.cpp - inference of ops over sequences -------*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

static int64_t gatesOf(CellKind cell) {
  return cell == CellKind::Rnn ? 1 : cell == CellKind::Gru ? 3 : 4;
}

/// An optional operand's shape against the one it should have; null extents are free.
static LogicalResult checkOperand(const Reporter &report, StringRef what, Value operand,
                                  ArrayRef<DimAttr> wanted) {
  if (!operand)
    return success();
  auto type = cast<TensorType>(operand.getType());
  bool fits =
      type.getElementType().isF32() && type.getRank() == static_cast<int64_t>(wanted.size());
  for (size_t i = 0; fits && i < wanted.size(); ++i)
    fits = !wanted[i] || wanted[i] == type.getDim(i);
  if (!fits)
    return report(what + " do not fit the recurrent layer's states");
  return success();
}

LogicalResult RecurrentOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto projected = cast<TensorType>(op.getProjected().getType());
  auto weight = cast<TensorType>(op.getWeight().getType());
  if (projected.getRank() != 3 || !projected.getElementType().isF32())
    return report("the projected sequence is not f32 of rank 3");
  const CellKind cell = op.getCell();
  const bool isLstm = cell == CellKind::Lstm;
  if (weight.getRank() != 2 || !weight.getDim(0).isConstant() || !weight.getElementType().isF32())
    return report("the weights of the state are not a fixed matrix of f32");
  DimAttr states = weight.getDim(0), gates = states * gatesOf(cell);
  if (weight.getDim(1) != gates || projected.getDim(2) != gates)
    return report("a sequence of " + toString(projected.getDim(2)) + " and weights of " +
                  toString(states) + " x " + toString(weight.getDim(1)) + " values are not " +
                  Twine(gatesOf(cell)) + " gates of a state");
  DimAttr free, batch = projected.getDim(1);
  DimAttr three = DimAttr::constant(context, 3);
  if (failed(checkOperand(report, "the biases", op.getBias(), {states})) ||
      failed(checkOperand(report, "the first hidden states", op.getHidden(), {free, states})) ||
      failed(checkOperand(report, "the first memories", op.getMemory(), {free, states})) ||
      failed(checkOperand(report, "the peepholes", op.getPeepholes(), {three, states})))
    return failure();
  for (Value first : {op.getHidden(), op.getMemory()})
    if (first)
      if (DimAttr count = cast<TensorType>(first.getType()).getDim(0);
          count.isConstant() && batch.isConstant() && !count.isConstant(1) && count != batch)
        return report("there are " + toString(count) + " first states for " + toString(batch) +
                      " sequences");
  if (op.getLengths()) {
    auto lengths = cast<TensorType>(op.getLengths().getType());
    if (lengths.getRank() != 1 || !lengths.getElementType().isInteger(32))
      return report("the sequences' lengths are not i32 of rank 1");
    if (lengths.getDim(0).isConstant() && batch.isConstant() && lengths.getDim(0) != batch)
      return report("there are " + toString(lengths.getDim(0)) + " lengths for " + toString(batch) +
                    " sequences");
  }
  if ((op.getMemory() || op.getPeepholes() || op.getCoupled()) && !isLstm)
    return report("only an lstm has memories and peepholes");
  if (op.getBias() && !op.getLinearBeforeReset())
    return report("only a gru that is linear before its reset has a bias of its own");
  if (op.getLinearBeforeReset() && cell != CellKind::Gru)
    return report("only a gru is linear before its reset");
  const size_t functions = cell == CellKind::Rnn ? 1 : isLstm ? 3 : 2;
  if (op.getActivations().size() != functions)
    return report("there are " + Twine(op.getActivations().size()) + " activations instead of " +
                  Twine(functions));
  if (op.getClip() && !(op.getClip()->convertToFloat() >= 0))
    return report("a limit of activations is not positive");
  SmallVector<DimAttr> shape{projected.getDim(0), batch, states};
  types.append(isLstm ? 2 : 1, TensorType::get(context, shape, projected.getElementType()));
  return checkShape(report, shape);
}

LogicalResult ReverseSequenceOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                                  Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto lengths = cast<TensorType>(op.getLengths().getType());
  if (input.getRank() < 2)
    return report("an input of rank " + Twine(input.getRank()) + " is no batch of sequences");
  if (lengths.getRank() != 1 ||
      !(lengths.getElementType().isInteger(32) || lengths.getElementType().isInteger(64)))
    return report("the sequences' lengths are not i32 or i64 of rank 1");
  DimAttr batch = input.getDim(1), count = lengths.getDim(0);
  if (batch.isConstant() && count.isConstant() && batch != count)
    return report("there are " + toString(count) + " lengths for " + toString(batch) +
                  " sequences");
  types.push_back(input.withLayout({}));
  return success();
}

} // namespace segc::seg
