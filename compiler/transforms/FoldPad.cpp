//===- FoldPad.cpp - pads become part of windows ----------------*- C++ -*-===//

#include "compiler/transforms/ChannelConstant.h"
#include "compiler/transforms/Passes.h"

#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace segc {
#define GEN_PASS_DEF_FOLDPAD
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

/// [top, left, bottom, right] of a pad with a constant along H and W alone, none of them negative.
std::optional<SmallVector<int64_t>> framePads(seg::PadOp pad) {
  auto type = cast<seg::TensorType>(pad.getType());
  if (pad.getMode() != seg::PadMode::Constant || type.getRank() != 4 ||
      !type.getElementType().isF32())
    return std::nullopt;
  SmallVector<int64_t> pads;
  for (ArrayAttr side : {pad.getLow(), pad.getHigh()})
    for (auto [axis, dim] : enumerate(seg::dims(side))) {
      if (!dim.isConstant() || dim.getValue() < 0 || (axis < 2 && dim.getValue() != 0))
        return std::nullopt;
      if (axis >= 2)
        pads.push_back(dim.getValue());
    }
  return pads;
}

SmallVector<int64_t> sum(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  SmallVector<int64_t> result;
  for (auto [x, y] : zip(a, b))
    result.push_back(x + y);
  return result;
}

/// The dialect wants every window to hold a pixel.
bool isLegal(ArrayRef<int64_t> pads, ArrayRef<int64_t> kernel, ArrayRef<int64_t> dilations) {
  for (int i = 0; i < 4; ++i)
    if (pads[i] >= (kernel[i % 2] - 1) * dilations[i % 2] + 1)
      return false;
  return true;
}

bool isNotNegative(std::optional<seg::ActAttr> fn) {
  return fn && (fn->getKind() == seg::UnaryKind::Relu || fn->getKind() == seg::UnaryKind::Sigmoid ||
                (fn->getKind() == seg::UnaryKind::Clip && fn->getAlpha() >= 0));
}

/// Whether a tensor is known to hold no negative value.
bool isNotNegative(Value value) {
  Operation *source = value.getDefiningOp();
  if (!source)
    return false;
  return llvm::TypeSwitch<Operation *, bool>(source)
      .Case([](seg::UnaryOp op) { return isNotNegative(std::optional(op.getFn())); })
      .Case<seg::Conv2dOp, seg::ConvTranspose2dOp>(
          [](auto op) { return isNotNegative(op.getActivation()); })
      .Default([](Operation *) { return false; });
}

bool foldInto(seg::Conv2dOp conv, seg::PadOp pad, ArrayRef<int64_t> frame) {
  if (conv.getInput() != pad.getOutput() || pad.getValue().convertToFloat() != 0)
    return false;
  conv.setPads(sum(conv.getPads(), frame));
  conv.getInputMutable().assign(pad.getInput());
  return true;
}

bool foldInto(seg::AvgPool2dOp pool, seg::PadOp pad, ArrayRef<int64_t> frame) {
  bool everyPadCounts =
      pool.getCountIncludePad() || all_of(pool.getPads(), [](int64_t value) { return value == 0; });
  SmallVector<int64_t> pads = sum(pool.getPads(), frame);
  if (pad.getValue().convertToFloat() != 0 || pool.getCeilMode() || !everyPadCounts ||
      !isLegal(pads, pool.getKernel(), pool.getDilations()))
    return false;
  pool.setPads(pads);
  pool.setCountIncludePad(true);
  pool.getInputMutable().assign(pad.getInput());
  return true;
}

bool foldInto(seg::MaxPool2dOp pool, seg::PadOp pad, ArrayRef<int64_t> frame) {
  float value = pad.getValue().convertToFloat();
  bool neverLargest = value <= std::numeric_limits<float>::lowest() ||
                      (value == 0 && isNotNegative(pad.getInput()));
  SmallVector<int64_t> pads = sum(pool.getPads(), frame);
  if (!neverLargest || pool.getCeilMode() || !isLegal(pads, pool.getKernel(), pool.getDilations()))
    return false;
  pool.setPads(pads);
  pool.getInputMutable().assign(pad.getInput());
  return true;
}

class FoldPad : public impl::FoldPadBase<FoldPad> {
public:
  void runOnOperation() override {
    // Last pad first: what one pad leaves to an earlier one is folded too.
    SmallVector<seg::PadOp> pads;
    getOperation().walk([&](seg::PadOp pad) { pads.push_back(pad); });
    for (seg::PadOp pad : reverse(pads)) {
      auto frame = framePads(pad);
      if (!frame)
        continue;
      for (Operation *user : make_early_inc_range(pad->getUsers()))
        folded += llvm::TypeSwitch<Operation *, bool>(user)
                      .Case<seg::Conv2dOp, seg::AvgPool2dOp, seg::MaxPool2dOp>(
                          [&](auto op) { return foldInto(op, pad, *frame); })
                      .Default([](Operation *) { return false; });
      if (pad->use_empty())
        pad.erase();
    }
  }
};

} // namespace
} // namespace segc
