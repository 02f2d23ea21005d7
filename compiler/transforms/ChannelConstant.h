//===- ChannelConstant.h - constants with one value per channel -*- C++ -*-===//
//
// Biases, scales and shifts appear in models as constants that broadcast to a
// feature map and vary with the channel only: [C, 1, 1], [1, C, 1, 1], [1], [].
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_CHANNELCONSTANT_H
#define SEGC_TRANSFORMS_CHANNELCONSTANT_H

#include "compiler/dialect/Seg.h"

#include <optional>
#include <vector>

namespace segc {

/// What `constant`, broadcast to a tensor of type `map` [N, C, ...], holds in each channel.
/// Nothing if it is not a constant of floats, varies along another axis, or if the broadcast
/// would be larger than the map.
std::optional<std::vector<double>> channelValues(mlir::Value constant, seg::TensorType map);

/// `value` if all elements of a constant of floats are equal.
std::optional<float> uniformValue(mlir::Value constant);

/// The values as a constant, rounded to float.
mlir::Value createChannelConstant(mlir::OpBuilder &builder, mlir::Location loc,
                                  llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<double> values);

} // namespace segc

#endif // SEGC_TRANSFORMS_CHANNELCONSTANT_H
