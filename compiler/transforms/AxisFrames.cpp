//===- AxisFrames.cpp - values whose axes are ordered together --*- C++ -*-===//

#include "compiler/transforms/AxisFrames.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace mlir;

namespace segc {

AxisOrder permutationBetween(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  AxisOrder permutation;
  for (int64_t axis : to)
    permutation.push_back(find(from, axis) - from.begin());
  return permutation;
}

bool isIdentity(ArrayRef<int64_t> permutation) { return is_sorted(permutation); }

bool keepsElementsInPlace(ArrayRef<seg::DimAttr> shape, ArrayRef<int64_t> permutation) {
  int64_t last = -1;
  for (int64_t axis : permutation) {
    if (shape[axis].isConstant(1))
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}

static seg::TensorType tensorOf(Value value) { return dyn_cast<seg::TensorType>(value.getType()); }

/// Whether an op computes the same in any order of the axes.
static bool follows(Operation *op) {
  if (op->getNumResults() != 1 || !tensorOf(op->getResult(0)) ||
      tensorOf(op->getResult(0)).getRank() < 2)
    return false;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<seg::UnaryOp, seg::BinaryOp, seg::SelectOp, seg::MapOp, seg::CastOp, seg::BroadcastOp,
            seg::ConcatOp, seg::SliceOp, seg::PadOp, seg::SoftmaxOp>([](auto) { return true; })
      .Case<seg::ReduceOp, seg::ArgMaxOp>([](auto reduced) { return reduced.getKeepDims(); })
      .Default([](Operation *) { return false; });
}

AxisFrames::AxisFrames(Block &block) {
  for (Operation &op : block)
    if (follows(&op) ||
        (isa<seg::TransposeOp>(op) && !op.getOperand(0).getDefiningOp<seg::ConstantOp>()))
      add(&op);
}

const FramePlace *AxisFrames::placeOf(Value value) const {
  auto found = places.find(value);
  return found == places.end() ? nullptr : &found->second;
}

bool AxisFrames::isJoined(OpOperand &operand) const {
  return isMember(operand.getOwner()) && !operand.get().getDefiningOp<seg::ConstantOp>() &&
         tensorOf(operand.get()).getRank() == tensorOf(operand.getOwner()->getResult(0)).getRank();
}

void AxisFrames::add(Operation *op) {
  const int64_t rank = tensorOf(op->getResult(0)).getRank();
  members.insert(op);
  Value first;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isJoined(operand))
      continue;
    if (!places.contains(operand.get())) {
      values.emplace_back();
      enter(operand.get(), count() - 1, to_vector(seq<int64_t>(rank)));
    }
    if (!first) {
      first = operand.get();
    } else if (!join(first, operand.get())) {
      // x + transpose(x): no order suits both.
      members.erase(op);
      return;
    }
  }
  if (!first) {
    values.emplace_back();
    return enter(op->getResult(0), count() - 1, to_vector(seq<int64_t>(rank)));
  }
  FramePlace place = places.find(first)->second;
  if (auto transpose = dyn_cast<seg::TransposeOp>(op)) {
    AxisOrder permuted;
    for (int64_t axis : transpose.getPermutation())
      permuted.push_back(place.axes[axis]);
    place.axes = permuted;
  }
  enter(op->getResult(0), place.frame, place.axes);
}

void AxisFrames::enter(Value value, unsigned frame, AxisOrder axes) {
  places[value] = {frame, std::move(axes)};
  values[frame].push_back(value);
}

bool AxisFrames::join(Value a, Value b) {
  FramePlace to = places.find(a)->second, from = places.find(b)->second;
  if (to.frame == from.frame)
    return to.axes == from.axes;
  if (values[to.frame].size() < values[from.frame].size())
    std::swap(to, from);
  AxisOrder names(to.axes.size());
  for (auto [old, now] : zip(from.axes, to.axes))
    names[old] = now;
  for (Value value : values[from.frame]) {
    FramePlace &place = places.find(value)->second;
    for (int64_t &axis : place.axes)
      axis = names[axis];
    place.frame = to.frame;
    values[to.frame].push_back(value);
  }
  values[from.frame].clear();
  return true;
}

} // namespace segc
