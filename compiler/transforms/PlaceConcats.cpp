//===- PlaceConcats.cpp - concatenation without copying ---------*- C++ -*-===//
//
// A concatenation of blocked maps along the channels costs nothing if whoever
// makes an operand stores it where it belongs in the result. That needs:
//
//   - the operand to start at a whole block (the channels before it fill theirs),
//   - an op that makes it, and that has not been told to store it elsewhere,
//   - the operand not to be a concatenation's operand twice.
//
// Such operands are marked in the concatenation's `seg.placed` attribute, one flag an
// operand; the others are copied when the concatenation runs.
//
//===----------------------------------------------------------------------===//

#include "compiler/dialect/Dim.h"
#include "compiler/transforms/Passes.h"

#include "llvm/ADT/DenseSet.h"

namespace segc {
#define GEN_PASS_DEF_PLACECONCATS
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
using namespace seg;
using seg::TensorType;

namespace {

class PlaceConcats : public impl::PlaceConcatsBase<PlaceConcats> {
  void runOnOperation() override {
    llvm::DenseSet<Value> placed;
    getOperation().walk([&](ConcatOp concat) {
      LayoutAttr layout = cast<TensorType>(concat.getType()).getLayout();
      if (!layout || concat.getAxis() != 1)
        return;
      SmallVector<bool> flags;
      int64_t channel = 0;
      for (Value input : concat.getInputs()) {
        auto type = cast<TensorType>(input.getType());
        Operation *producer = input.getDefiningOp();
        bool fits = channel % layout.getBlock() == 0 && type.getLayout() == layout && producer &&
                    !isa<ConstantOp>(producer) && !placed.contains(input) &&
                    count(concat.getInputs(), input) == 1;
        if (fits) {
          placed.insert(input);
          ++numPlaced;
        }
        flags.push_back(fits);
        channel += type.getDim(1).getValue();
      }
      concat->setAttr(kPlacedAttr, DenseBoolArrayAttr::get(&getContext(), flags));
    });
  }
};

} // namespace
} // namespace segc
