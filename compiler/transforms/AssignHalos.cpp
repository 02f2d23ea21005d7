//===- AssignHalos.cpp - zeros beside rows ----------------------*- C++ -*-===//
//
// A convolution reads its horizontal padding from memory: columns of zeros beside
// every row of its input. This pass gives every map as many as its most demanding
// reader needs. Maps that share memory (the operands that a concatenation has placed,
// and its result) share a halo. Vertical padding takes no memory: kernels skip rows.
//
//===----------------------------------------------------------------------===//

#include "compiler/dialect/Dim.h"
#include "compiler/transforms/Halo.h"
#include "compiler/transforms/Passes.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

namespace segc {
#define GEN_PASS_DEF_ASSIGNHALOS
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
using namespace seg;
using seg::TensorType;

namespace {

class AssignHalos : public impl::AssignHalosBase<AssignHalos> {
  void runOnOperation() override {
    EquivalenceClasses<void *> shared;
    MapVector<Value, Halo> needs;
    auto note = [&](Value value) {
      auto type = dyn_cast<TensorType>(value.getType());
      if (type && type.getLayout()) {
        shared.insert(value.getAsOpaquePointer());
        needs.insert({value, Halo()});
      }
    };
    getOperation().walk([&](Operation *op) {
      for (Value result : op->getResults())
        note(result);
      for (OpOperand &operand : op->getOpOperands())
        if (auto found = needs.find(operand.get()); found != needs.end())
          found->second.include(haloNeeded(operand));
      auto concat = dyn_cast<ConcatOp>(op);
      auto placed = op->getAttrOfType<DenseBoolArrayAttr>(kPlacedAttr);
      if (concat && placed)
        for (auto [input, flag] : zip(concat.getInputs(), placed.asArrayRef()))
          if (flag)
            shared.unionSets(input.getAsOpaquePointer(), concat.getOutput().getAsOpaquePointer());
    });
    llvm::DenseMap<void *, Halo> halos;
    for (auto &[value, halo] : needs)
      halos[shared.getLeaderValue(value.getAsOpaquePointer())].include(halo);
    for (auto &[value, own] : needs) {
      auto type = cast<TensorType>(value.getType());
      Halo halo = halos[shared.getLeaderValue(value.getAsOpaquePointer())];
      Value(value).setType(type.withLayout(
          LayoutAttr::get(&getContext(), type.getLayout().getBlock(), halo.left, halo.right)));
    }
  }
};

} // namespace
} // namespace segc
