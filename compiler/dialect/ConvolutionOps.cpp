//===- ConvolutionOps.cpp - inference of convolutions -----------*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// What the two convolutions share: weights of rank 4 with fixed extents, bias and residual.
template <typename Adaptor>
static LogicalResult checkConvolution(const Reporter &report, Adaptor &op, int64_t leastPad) {
  auto input = cast<TensorType>(op.getInput().getType());
  auto weight = cast<TensorType>(op.getWeight().getType());
  if (failed(checkFeatureMap(report, "the input", input)))
    return failure();
  if (weight.getRank() != 4 || !weight.hasStaticShape())
    return report("the weights are not of rank 4 with fixed extents");
  if (failed(checkList(report, "stride", op.getStrides(), 2, 1)) ||
      failed(checkList(report, "dilation", op.getDilations(), 2, 1)) ||
      failed(checkList(report, "pad", op.getPads(), 4, leastPad)))
    return failure();
  if (op.getGroups() < 1)
    return report("group count " + Twine(op.getGroups()) + " is not positive");
  for (int64_t extent : weight.getStaticShape())
    if (extent < 1 || extent > INT32_MAX)
      return report("an extent of the weights, " + Twine(extent) + ", is out of range");
  return success();
}

template <typename Adaptor>
static LogicalResult checkChannels(const Reporter &report, Adaptor &op, TensorType result) {
  if (auto scale = op.getWeightScale())
    if (!result.getDim(1).isConstant(static_cast<int64_t>(scale->size())))
      return report("the weights' scale does not have one factor for each of the " +
                    toString(result.getDim(1)) + " channels");
  if (Value bias = op.getBias()) {
    auto type = cast<TensorType>(bias.getType());
    if (type.getRank() != 1 || type.getDim(0) != result.getDim(1))
      return report("the bias does not have one value for each of the " +
                    toString(result.getDim(1)) + " channels");
  }
  if (Value residual = op.getResidual())
    if (!cast<TensorType>(residual.getType()).sameShapeAndType(result))
      return report("the residual differs from the result in shape");
  return success();
}

/// The shape that a convolution's result has; nothing, after a report, where the weights do not
/// fit.
template <typename Adaptor>
static std::optional<SmallVector<DimAttr>> convolutionShape(const Reporter &report, Adaptor &op) {
  if (failed(checkConvolution(report, op, 0)))
    return std::nullopt;
  auto input = cast<TensorType>(op.getInput().getType());
  auto weightType = cast<TensorType>(op.getWeight().getType());
  SmallVector<int64_t> weight = weightType.getStaticShape();
  int64_t channels = input.getDim(1).getValue(), groups = op.getGroups();
  if (channels % groups || channels / groups != weight[1]) {
    (void)report("weights for " + Twine(weight[1]) + " channels a group, in " + Twine(groups) +
                 (groups == 1 ? " group" : " groups") + ", do not fit an input of " +
                 Twine(channels));
    return std::nullopt;
  }
  if (weight[0] % groups) {
    (void)report(Twine(weight[0]) + " output channels do not divide into " + Twine(groups) +
                 " groups");
    return std::nullopt;
  }
  auto pads = op.getPads();
  SmallVector<DimAttr> shape{input.getDim(0), weightType.getDim(0)};
  for (int i = 0; i < 2; ++i)
    shape.push_back(windowCount(input.getDim(2 + i), weight[2 + i], op.getStrides()[i],
                                op.getDilations()[i], pads[i], pads[2 + i]));
  return succeeded(checkShape(report, shape)) ? std::optional(shape) : std::nullopt;
}

LogicalResult Conv2dOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto shape = convolutionShape(report, op);
  if (!shape)
    return failure();
  auto input = cast<TensorType>(op.getInput().getType());
  auto result = TensorType::get(context, *shape, input.getElementType());
  types.push_back(result);
  return checkChannels(report, op, result);
}

LogicalResult Conv2dIntegerOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location> location, Adaptor op,
                                                SmallVectorImpl<Type> &types) {
  Reporter report(location);
  for (Value operand : {op.getInput(), op.getWeight()}) {
    Type element = cast<TensorType>(operand.getType()).getElementType();
    if (!isNarrowInteger(element) || element.isUnsignedInteger(16))
      return report("the operands' elements are not integers of 8 bits or i16");
  }
  auto shape = convolutionShape(report, op);
  if (!shape)
    return failure();
  Type i32 = IntegerType::get(context, 32);
  types.push_back(TensorType::get(context, *shape, i32));
  auto zeroOf = [](Value zero) { return cast<TensorType>(zero.getType()); };
  if (failed(checkZero(report, "the input's zero", zeroOf(op.getInputZero()), i32, {})))
    return failure();
  return checkZero(report, "the weights' zero", zeroOf(op.getWeightZero()), i32, (*shape)[1]);
}

LogicalResult ConvTranspose2dOp::inferReturnTypes(MLIRContext *context,
                                                  std::optional<Location> location, Adaptor op,
                                                  SmallVectorImpl<Type> &types) {
  Reporter report(location);
  if (failed(checkConvolution(report, op, -(1 << 20))) ||
      failed(checkList(report, "output padding", op.getOutputPadding(), 2, 0)))
    return failure();
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<int64_t> weight = cast<TensorType>(op.getWeight().getType()).getStaticShape();
  int64_t channels = input.getDim(1).getValue(), groups = op.getGroups();
  if (channels != weight[0] || channels % groups)
    return report("weights for " + Twine(weight[0]) + " channels in " + Twine(groups) +
                  (groups == 1 ? " group" : " groups") + " do not fit an input of " +
                  Twine(channels));
  int64_t outputChannels;
  if (__builtin_mul_overflow(weight[1], groups, &outputChannels))
    return report("the number of output channels is out of range");
  auto pads = op.getPads();
  SmallVector<DimAttr> shape{input.getDim(0), DimAttr::constant(context, outputChannels)};
  for (int i = 0; i < 2; ++i)
    shape.push_back((input.getDim(2 + i) - 1) * op.getStrides()[i] +
                    (op.getOutputPadding()[i] - pads[i] - pads[2 + i] +
                     (weight[2 + i] - 1) * op.getDilations()[i] + 1));
  if (failed(checkShape(report, shape)))
    return failure();
  auto result = TensorType::get(context, shape, input.getElementType());
  types.push_back(result);
  return checkChannels(report, op, result);
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  if (input.getRank() < 2)
    return report("an input of rank " + Twine(input.getRank()) + " has no channels");
  for (Value statistic : op.getOperands().drop_front()) {
    auto type = cast<TensorType>(statistic.getType());
    if (type.getRank() != 1 || type.getDim(0) != input.getDim(1))
      return report("scale, shift, mean and variance need one value for each of the " +
                    toString(input.getDim(1)) + " channels");
  }
  types.push_back(TensorType::get(input.getContext(), input.getShape(), input.getElementType()));
  return success();
}

} // namespace segc::seg
