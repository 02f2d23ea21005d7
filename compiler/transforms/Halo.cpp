//===- Halo.cpp - the zero columns that a reader needs ----------*- C++ -*-===//

#include "compiler/transforms/Halo.h"

#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace segc {

static int64_t kernelWidth(Value weight) {
  return cast<seg::TensorType>(weight.getType()).getDim(3).getValue();
}

Halo haloNeeded(OpOperand &operand) {
  if (operand.getOperandNumber() != 0)
    return {};
  if (auto conv = dyn_cast<seg::Conv2dOp>(operand.getOwner()))
    return {conv.getPads()[1], conv.getPads()[3]};
  if (auto conv = dyn_cast<seg::ConvTranspose2dOp>(operand.getOwner())) {
    // Output column o gets tap k from input column (o + left pad - k * dilation) / stride.
    int64_t reach = (kernelWidth(conv.getWeight()) - 1) * conv.getDilations()[1];
    int64_t stride = conv.getStrides()[1];
    int64_t left = reach - conv.getPads()[1];
    int64_t right = reach - conv.getPads()[3] + conv.getOutputPadding()[1];
    return {left > 0 ? divideCeilSigned(left, stride) : 0, right > 0 ? right / stride : 0};
  }
  return {};
}

} // namespace segc
