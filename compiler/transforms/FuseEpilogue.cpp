//===- FuseEpilogue.cpp - what follows a convolution joins it ---*- C++ -*-===//
//
// Terms: the tail of a convolution is the one op that uses its result. As long
// as the tail can be taken in, it is, and the tail after it is looked at. The
// convolution's form `activation(conv + bias + residual)` says what can be taken:
// sums until there is an activation, one residual, one activation.
//
//===----------------------------------------------------------------------===//

#include "compiler/transforms/ChannelConstant.h"
#include "compiler/transforms/Passes.h"

namespace segc {
#define GEN_PASS_DEF_FUSEEPILOGUE
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

/// Whether `value` is a convolution that could take in the sum it is used in.
bool isOpenConvolution(Value value) {
  auto isOpen = [](auto conv) {
    return conv && !conv.getResidual() && !conv.getActivation() && conv->hasOneUse();
  };
  return isOpen(value.getDefiningOp<seg::Conv2dOp>()) ||
         isOpen(value.getDefiningOp<seg::ConvTranspose2dOp>());
}

class FuseEpilogue : public impl::FuseEpilogueBase<FuseEpilogue> {
public:
  void runOnOperation() override {
    SmallVector<Operation *> convolutions;
    getOperation().walk([&](Operation *op) {
      if (isa<seg::Conv2dOp, seg::ConvTranspose2dOp>(op))
        convolutions.push_back(op);
    });
    for (Operation *op : convolutions) {
      if (auto conv = dyn_cast<seg::Conv2dOp>(op))
        takeTails(conv);
      else
        takeTails(cast<seg::ConvTranspose2dOp>(op));
    }
  }

private:
  template <typename ConvOp> void takeTails(ConvOp conv) {
    while (!conv.getActivation() && conv->hasOneUse()) {
      Operation *tail = *conv->user_begin();
      bool taken = false;
      if (auto unary = dyn_cast<seg::UnaryOp>(tail))
        taken = takeActivation(conv, unary);
      else if (auto sum = dyn_cast<seg::BinaryOp>(tail))
        taken = sum.getType() == conv.getType() && (takeBias(conv, sum) || takeResidual(conv, sum));
      if (!taken)
        return;
      tail->getResult(0).replaceAllUsesWith(conv.getOutput());
      tail->erase();
    }
  }

  /// Channels that fill up a block are 0 before the activation and must stay finite behind it
  /// (lowering/Kernel.h): a function that is infinite at 0 stays outside.
  template <typename ConvOp> bool takeActivation(ConvOp conv, seg::UnaryOp unary) {
    seg::UnaryKind kind = unary.getFn().getKind();
    if (kind == seg::UnaryKind::Log || kind == seg::UnaryKind::Reciprocal ||
        kind == seg::UnaryKind::Acosh || seg::isTest(kind))
      return false;
    conv.setActivationAttr(unary.getFn());
    ++activations;
    return true;
  }

  template <typename ConvOp> bool takeBias(ConvOp conv, seg::BinaryOp sum) {
    bool isLeft = sum.getLhs() == conv.getOutput();
    bool subtracts = sum.getKind() == seg::BinaryKind::Sub && isLeft;
    if (sum.getKind() != seg::BinaryKind::Add && !subtracts)
      return false;
    auto values =
        channelValues(isLeft ? sum.getRhs() : sum.getLhs(), cast<seg::TensorType>(conv.getType()));
    if (!values)
      return false;
    if (subtracts)
      for (double &value : *values)
        value = -value;
    Value previous = conv.getBias();
    if (previous) {
      auto old = seg::floatConstant(previous);
      if (!old)
        return false;
      for (size_t c = 0; c < values->size(); ++c)
        (*values)[c] += old->values[c];
    }
    OpBuilder builder(conv);
    auto channels = static_cast<int64_t>(values->size());
    conv.getBiasMutable().assign(createChannelConstant(builder, sum.getLoc(), channels, *values));
    ++biases;
    return true;
  }

  template <typename ConvOp> bool takeResidual(ConvOp conv, seg::BinaryOp sum) {
    if (sum.getKind() != seg::BinaryKind::Add || conv.getResidual())
      return false;
    Value other = sum.getLhs() == conv.getOutput() ? sum.getRhs() : sum.getLhs();
    if (other.getType() != conv.getType())
      return false;
    Operation *source = other.getDefiningOp();
    bool isLater = source && conv->isBeforeInBlock(source);
    if (isLater && isOpenConvolution(other))
      return false; // that one takes the sum
    conv.getResidualMutable().assign(other);
    // Nothing but the sum uses the result: the convolution can wait for its residual.
    if (isLater)
      conv->moveBefore(sum);
    ++residuals;
    return true;
  }
};

} // namespace
} // namespace segc
