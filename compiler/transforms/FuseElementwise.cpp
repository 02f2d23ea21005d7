//===- FuseElementwise.cpp - one loop for a group of functions --*- C++ -*-===//
//
// Terms: the root of a group is the op whose result the group leaves behind.
//
//   1. From the last op of a block to the first, each elementwise op that is in no
//      group yet becomes a root.
//   2. A group takes in an elementwise op if all that use its result are in the
//      group, and its result has the root's shape: then nothing is computed twice.
//   3. A group of at least two ops becomes a seg.map in the root's place. Its
//      operands are what the group reads from outside.
//
//===----------------------------------------------------------------------===//

#include "compiler/transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace segc {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

bool isElementwise(Operation *op) {
  return isa<seg::UnaryOp, seg::BinaryOp, seg::SelectOp, seg::CastOp, seg::MapOp>(op);
}

Type elementOf(Operation *op) {
  return cast<seg::TensorType>(op->getResult(0).getType()).getElementType();
}

class FuseElementwise : public impl::FuseElementwiseBase<FuseElementwise> {
public:
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      // Erasing a group moves the iteration's end, never the ops in front of the root.
      for (Operation *root = &block.back(), *next; root; root = next) {
        llvm::SetVector<Operation *> group;
        if (isElementwise(root))
          group = collect(root);
        if (group.size() >= 2)
          root = fuse(group);
        next = root->getPrevNode();
      }
    }
  }

private:
  static llvm::SetVector<Operation *> collect(Operation *root) {
    auto shape = cast<seg::TensorType>(root->getResult(0).getType()).getShape();
    llvm::SetVector<Operation *> group;
    group.insert(root);
    // An op may have to wait until the last of its users has joined.
    for (bool grown = true; grown;) {
      grown = false;
      for (size_t i = 0; i < group.size(); ++i)
        for (Value operand : group[i]->getOperands()) {
          Operation *producer = operand.getDefiningOp();
          if (!producer || group.contains(producer) || !isElementwise(producer) ||
              cast<seg::TensorType>(operand.getType()).getShape() != shape ||
              !all_of(producer->getUsers(), [&](Operation *user) { return group.contains(user); }))
            continue;
          group.insert(producer);
          grown = true;
        }
    }
    return group;
  }

  /// Replaces the group by a map, which it returns.
  Operation *fuse(const llvm::SetVector<Operation *> &group) {
    Operation *root = group.front();
    SmallVector<Operation *> ordered(group.begin(), group.end());
    sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });

    llvm::SetVector<Value> inputs;
    for (Operation *op : ordered)
      for (Value operand : op->getOperands())
        if (!group.contains(operand.getDefiningOp()))
          inputs.insert(operand);

    OpBuilder builder(root);
    auto map = builder.create<seg::MapOp>(root->getLoc(), root->getResult(0).getType(),
                                          inputs.getArrayRef());
    Block &body = map.getBody().emplaceBlock();
    builder.setInsertionPointToStart(&body);
    IRMapping scalars;
    for (Value input : inputs)
      scalars.map(input, body.addArgument(cast<seg::TensorType>(input.getType()).getElementType(),
                                          input.getLoc()));
    for (Operation *op : ordered)
      scalars.map(op->getResult(0), addScalar(builder, op, scalars));
    builder.create<seg::YieldOp>(root->getLoc(), scalars.lookup(root->getResult(0)));

    root->getResult(0).replaceAllUsesWith(map.getOutput());
    for (Operation *op : reverse(ordered))
      op->erase();
    fused += ordered.size();
    ++groups;
    return map;
  }

  /// What `op` computes for one element, in the map's region.
  static Value addScalar(OpBuilder &builder, Operation *op, IRMapping &scalars) {
    if (auto unary = dyn_cast<seg::UnaryOp>(op)) {
      Value input = scalars.lookup(unary.getInput());
      return builder.create<seg::UnaryOp>(op->getLoc(), elementOf(op), input, unary.getFn());
    }
    if (auto binary = dyn_cast<seg::BinaryOp>(op)) {
      Value lhs = scalars.lookup(binary.getLhs()), rhs = scalars.lookup(binary.getRhs());
      return builder.create<seg::BinaryOp>(op->getLoc(), elementOf(op), lhs, rhs, binary.getKind());
    }
    if (auto select = dyn_cast<seg::SelectOp>(op)) {
      Value condition = scalars.lookup(select.getCondition());
      Value lhs = scalars.lookup(select.getLhs()), rhs = scalars.lookup(select.getRhs());
      return builder.create<seg::SelectOp>(op->getLoc(), elementOf(op), condition, lhs, rhs);
    }
    if (auto conversion = dyn_cast<seg::CastOp>(op)) {
      Value input = scalars.lookup(conversion.getInput());
      return builder.create<seg::CastOp>(op->getLoc(), elementOf(op), input, conversion.getTo());
    }
    auto inner = cast<seg::MapOp>(op);
    Block &body = inner.getBody().front();
    for (auto [argument, operand] : zip(body.getArguments(), inner.getInputs()))
      scalars.map(argument, scalars.lookup(operand));
    for (Operation &each : body.without_terminator())
      builder.clone(each, scalars);
    return scalars.lookup(cast<seg::YieldOp>(body.getTerminator()).getValue());
  }
};

} // namespace
} // namespace segc
