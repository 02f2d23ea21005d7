//===- AxisFrames.h - values whose axes are ordered together ----*- C++ -*-===//
//
// Many ops compute the same in whatever order the axes of their tensors are: functions of
// elements, joins, pads, slices, reductions. They *follow*. Others are made for one order:
// convolutions, pools, products of matrices, reshapes.
//
// Values that following ops and transposes connect are a *frame*. The frame has axes of its
// own, and each of its values says which of them its axes are: a transposed value is the same
// value with its axes named in another order. So one choice, an order of the frame's axes,
// says how all values of a frame lie, and no transpose is left but where ops that follow
// nothing make or read its values in another order.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_AXISFRAMES_H
#define SEGC_TRANSFORMS_AXISFRAMES_H

#include "compiler/dialect/Seg.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace segc {

/// Axes of a frame, in the order in which a value has them.
using AxisOrder = llvm::SmallVector<int64_t, 6>;

/// Where a value belongs.
struct FramePlace {
  unsigned frame = 0;
  AxisOrder axes;
};

/// Axis i of the result of a transpose from `from` to `to` is axis result[i] of its input.
AxisOrder permutationBetween(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);
bool isIdentity(llvm::ArrayRef<int64_t> permutation);
/// Whether a transpose keeps the axes in order that are not of extent 1: it is a reshape.
bool keepsElementsInPlace(llvm::ArrayRef<seg::DimAttr> shape, llvm::ArrayRef<int64_t> permutation);

class AxisFrames {
public:
  /// Finds the frames of a block.
  explicit AxisFrames(mlir::Block &block);

  unsigned count() const { return static_cast<unsigned>(values.size()); }
  llvm::ArrayRef<mlir::Value> valuesOf(unsigned frame) const { return values[frame]; }
  /// Null for values that no following op or transpose makes or reads.
  const FramePlace *placeOf(mlir::Value value) const;
  /// Whether an op follows, or is a transpose, and its result belongs to a frame with its operands.
  bool isMember(mlir::Operation *op) const { return members.contains(op); }
  /// Whether the operand belongs to the frame of its member's result. Others are broadcast from
  /// fewer axes, or constants.
  bool isJoined(mlir::OpOperand &operand) const;

private:
  void add(mlir::Operation *op);
  void enter(mlir::Value value, unsigned frame, AxisOrder axes);
  /// Makes axis i of both values the same one; false if they have met with other axes.
  bool join(mlir::Value a, mlir::Value b);

  llvm::SmallVector<llvm::SmallVector<mlir::Value>> values;
  llvm::DenseMap<mlir::Value, FramePlace> places;
  llvm::DenseSet<mlir::Operation *> members;
};

} // namespace segc

#endif // SEGC_TRANSFORMS_AXISFRAMES_H
