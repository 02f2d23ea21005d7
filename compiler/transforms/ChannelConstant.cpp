//===- ChannelConstant.cpp - constants with one value per channel -*- C++ -*-===//

#include "compiler/transforms/ChannelConstant.h"

using namespace llvm;
using namespace mlir;

namespace segc {

std::optional<std::vector<double>> channelValues(Value constant, seg::TensorType map) {
  if (map.getRank() < 2 || !map.getDim(1).isConstant())
    return std::nullopt;
  auto floats = seg::floatConstant(constant);
  if (!floats)
    return std::nullopt;
  int64_t channels = map.getDim(1).getValue();
  int64_t lead = map.getRank() - static_cast<int64_t>(floats->shape.size());
  if (lead < 0)
    return std::nullopt;
  for (auto [i, extent] : enumerate(floats->shape)) {
    bool isChannelAxis = lead + static_cast<int64_t>(i) == 1;
    if (extent != 1 && !(isChannelAxis && extent == channels))
      return std::nullopt;
  }
  std::vector<double> values(channels);
  for (int64_t c = 0; c < channels; ++c)
    values[c] = floats->values[floats->values.size() == 1 ? 0 : c];
  return values;
}

std::optional<float> uniformValue(Value constant) {
  auto floats = seg::floatConstant(constant);
  if (!floats || floats->values.empty() || !all_equal(floats->values))
    return std::nullopt;
  return floats->values.front();
}

Value createChannelConstant(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                            ArrayRef<double> values) {
  std::vector<float> rounded;
  rounded.reserve(values.size());
  for (double value : values)
    rounded.push_back(static_cast<float>(value));
  return seg::createFloatConstant(builder, loc, shape, std::move(rounded));
}

} // namespace segc
