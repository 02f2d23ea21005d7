//===- FoldBatchNorm.cpp - normalisation becomes part of weights -*- C++ -*-===//
//
// For each convolution:
//
//   1. follow its result through batch norms and arithmetic with constants, as long
//      as every value has one use, and compose them to x * s + t for each channel;
//   2. multiply the scale of the weights by s and make `bias * s + t` the bias. The weights
//      stay those of the model: other convolutions may share them.
//
// Then expand the batch norms that are left.
//
//===----------------------------------------------------------------------===//

#include "compiler/transforms/ChannelConstant.h"
#include "compiler/transforms/Passes.h"

#include <cmath>

namespace segc {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

/// x * scale + shift, for each channel.
struct ChannelMap {
  std::vector<double> scale, shift;

  explicit ChannelMap(size_t channels) : scale(channels, 1.0), shift(channels, 0.0) {}
  /// This, and then x * a + b.
  void then(size_t channel, double a, double b) {
    scale[channel] *= a;
    shift[channel] = shift[channel] * a + b;
  }
  bool isFinite() const {
    auto finite = [](double value) { return std::isfinite(value); };
    return all_of(scale, finite) && all_of(shift, finite);
  }
  bool scalesAny() const {
    return any_of(scale, [](double value) { return value != 1; });
  }
};

/// What a batch norm computes; nothing if its statistics are not constants.
std::optional<ChannelMap> channelMapOf(seg::BatchNormOp op) {
  auto scale = seg::floatConstant(op.getScale()), shift = seg::floatConstant(op.getShift());
  auto mean = seg::floatConstant(op.getMean()), variance = seg::floatConstant(op.getVariance());
  if (!scale || !shift || !mean || !variance)
    return std::nullopt;
  double epsilon = op.getEpsilon().convertToFloat();
  ChannelMap map(scale->values.size());
  for (size_t c = 0; c < map.scale.size(); ++c) {
    double a = scale->values[c] / std::sqrt(static_cast<double>(variance->values[c]) + epsilon);
    map.then(c, a, shift->values[c] - mean->values[c] * a);
  }
  return map;
}

/// What arithmetic of `x` and a constant computes; nothing if it is anything else.
std::optional<ChannelMap> channelMapOf(seg::BinaryOp op, Value x) {
  auto type = cast<seg::TensorType>(x.getType());
  bool xIsLeft = op.getLhs() == x;
  auto values = channelValues(xIsLeft ? op.getRhs() : op.getLhs(), type);
  if (!values || op.getType() != type)
    return std::nullopt;
  ChannelMap map(values->size());
  for (auto [c, value] : enumerate(*values)) {
    switch (op.getKind()) {
    case seg::BinaryKind::Add:
      map.then(c, 1, value);
      break;
    case seg::BinaryKind::Sub:
      xIsLeft ? map.then(c, 1, -value) : map.then(c, -1, value);
      break;
    case seg::BinaryKind::Mul:
      map.then(c, value, 0);
      break;
    case seg::BinaryKind::Div:
      if (!xIsLeft)
        return std::nullopt;
      map.then(c, 1 / value, 0);
      break;
    default:
      return std::nullopt;
    }
  }
  return map;
}

class FoldBatchNorm : public impl::FoldBatchNormBase<FoldBatchNorm> {
public:
  void runOnOperation() override {
    SmallVector<Operation *> convolutions;
    getOperation().walk([&](Operation *op) {
      if (isa<seg::Conv2dOp, seg::ConvTranspose2dOp>(op))
        convolutions.push_back(op);
    });
    for (Operation *op : convolutions) {
      if (auto conv = dyn_cast<seg::Conv2dOp>(op))
        foldInto(conv);
      else
        foldInto(cast<seg::ConvTranspose2dOp>(op));
    }
    getOperation().walk([&](seg::BatchNormOp op) { expand(op); });
  }

private:
  template <typename ConvOp> void foldInto(ConvOp conv) {
    if (conv.getResidual() || conv.getActivation() || !seg::floatConstant(conv.getWeight()) ||
        (conv.getBias() && !seg::floatConstant(conv.getBias())))
      return;
    Value end = conv.getOutput();
    ChannelMap chain(cast<seg::TensorType>(end.getType()).getDim(1).getValue());
    SmallVector<Operation *> links;
    while (end.hasOneUse()) {
      Operation *user = *end.user_begin();
      std::optional<ChannelMap> link;
      if (auto norm = dyn_cast<seg::BatchNormOp>(user))
        link = norm.getInput() == end ? channelMapOf(norm) : std::nullopt;
      else if (auto binary = dyn_cast<seg::BinaryOp>(user))
        link = channelMapOf(binary, end);
      if (!link || !link->isFinite())
        break;
      for (size_t c = 0; c < chain.scale.size(); ++c)
        chain.then(c, link->scale[c], link->shift[c]);
      links.push_back(user);
      end = user->getResult(0);
    }
    if (links.empty() || !chain.isFinite())
      return;
    rewrite(conv, chain);
    end.replaceAllUsesWith(conv.getOutput());
    for (Operation *link : reverse(links))
      link->erase();
    folded += links.size();
  }

  template <typename ConvOp> void rewrite(ConvOp conv, const ChannelMap &map) {
    OpBuilder builder(conv);
    if (map.scalesAny()) {
      std::vector<double> scale = map.scale;
      if (auto before = conv.getWeightScale())
        for (auto [factor, previous] : zip(scale, *before))
          factor *= previous;
      conv.setWeightScaleAttr(builder.getDenseF64ArrayAttr(scale));
    }
    std::vector<double> bias = map.shift;
    if (Value previous = conv.getBias()) {
      auto old = seg::floatConstant(previous);
      for (size_t c = 0; c < bias.size(); ++c)
        bias[c] += old->values[c] * map.scale[c];
    }
    auto channels = static_cast<int64_t>(bias.size());
    Value previous = conv.getBias();
    conv.getBiasMutable().assign(createChannelConstant(builder, conv.getLoc(), channels, bias));
    if (previous)
      eraseUnused(previous);
  }

  static void eraseUnused(Value constant) {
    if (constant.use_empty())
      constant.getDefiningOp()->erase();
  }

  void expand(seg::BatchNormOp op) {
    auto map = channelMapOf(op);
    auto type = cast<seg::TensorType>(op.getType());
    if (!map)
      return;
    SmallVector<int64_t> shape(type.getRank() - 1, 1);
    shape.front() = static_cast<int64_t>(map->scale.size());
    OpBuilder builder(op);
    Value value = op.getInput();
    auto apply = [&](seg::BinaryKind kind, ArrayRef<double> values) {
      Value constant = createChannelConstant(builder, op.getLoc(), shape, values);
      value = builder.create<seg::BinaryOp>(op.getLoc(), type, value, constant, kind);
    };
    apply(seg::BinaryKind::Mul, map->scale);
    apply(seg::BinaryKind::Add, map->shift);
    op.replaceAllUsesWith(value);
    op.erase();
    ++expanded;
  }
};

} // namespace
} // namespace segc
