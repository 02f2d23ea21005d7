//===- Convolution.cpp - meaning of convolutions and batch norm -*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"
#include "compiler/interpreter/Scalar.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

/// activation(sum + bias + residual), the end of both convolutions.
template <typename OpTy>
static Tensor finish(OpTy op, const Arguments &in, Type elementType, ArrayRef<int64_t> shape,
                     const std::vector<double> &sums) {
  const Tensor *bias = in.optional(op.getBias()), *residual = in.optional(op.getResidual());
  auto activation = op.getActivation();
  Tensor output = Tensor::zeros(elementType, shape);
  int64_t plane = shape[2] * shape[3];
  for (size_t i = 0; i < sums.size(); ++i) {
    double value = sums[i];
    if (bias)
      value += bias->floats[i / plane % shape[1]];
    if (residual)
      value += residual->floats[i];
    if (activation)
      value =
          evalUnary(activation->getKind(), activation->getAlpha(), activation->getBeta(), value);
    output.floats[i] = static_cast<float>(value);
  }
  return output;
}

/// A weight of an output channel, as the convolution sees it.
static float scaled(float weight, std::optional<ArrayRef<double>> scale, int64_t channel) {
  return scale ? static_cast<float>(weight * (*scale)[channel]) : weight;
}

template <typename OpTy>
static Error checkEpilogue(OpTy op, const Arguments &in, ArrayRef<int64_t> shape) {
  if (shape[2] < 1 || shape[3] < 1)
    return in.error("the result would be empty");
  const Tensor *residual = in.optional(op.getResidual());
  if (residual && ArrayRef<int64_t>(residual->shape) != shape)
    return in.error("the residual differs from the result in shape");
  return Error::success();
}

Results evaluate(seg::Conv2dOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &weight = in[op.getWeight()];
  auto strides = op.getStrides(), dilations = op.getDilations(), pads = op.getPads();
  int64_t height = input.shape[2], width = input.shape[3];
  int64_t outputChannels = weight.shape[0], channelsPerGroup = weight.shape[1];
  int64_t kernelHeight = weight.shape[2], kernelWidth = weight.shape[3];
  int64_t outputsPerGroup = outputChannels / static_cast<int64_t>(op.getGroups());

  SmallVector<int64_t> shape{input.shape[0], outputChannels};
  for (int i = 0; i < 2; ++i) {
    int64_t span = (weight.shape[2 + i] - 1) * dilations[i] + 1;
    int64_t room = input.shape[2 + i] + pads[i] + pads[2 + i] - span;
    shape.push_back(room < 0 ? 0 : room / strides[i] + 1);
  }
  if (Error error = checkEpilogue(op, in, shape))
    return error;

  std::optional<ArrayRef<double>> scale = op.getWeightScale();
  std::vector<double> sums;
  sums.reserve(elementCount(shape));
  forEachIndex(shape, [&](ArrayRef<int64_t> at) {
    int64_t n = at[0], oc = at[1];
    int64_t firstChannel = oc / outputsPerGroup * channelsPerGroup;
    double sum = 0;
    for (int64_t ic = 0; ic < channelsPerGroup; ++ic)
      for (int64_t ky = 0; ky < kernelHeight; ++ky)
        for (int64_t kx = 0; kx < kernelWidth; ++kx) {
          int64_t y = at[2] * strides[0] - pads[0] + ky * dilations[0];
          int64_t x = at[3] * strides[1] - pads[1] + kx * dilations[1];
          if (y >= 0 && y < height && x >= 0 && x < width)
            sum += static_cast<double>(input.floats[input.at(n, firstChannel + ic, y, x)]) *
                   scaled(weight.floats[weight.at(oc, ic, ky, kx)], scale, oc);
        }
    sums.push_back(sum);
  });
  return single(finish(op, in, input.elementType, shape, sums));
}

Results evaluate(seg::ConvTranspose2dOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &weight = in[op.getWeight()];
  auto strides = op.getStrides(), dilations = op.getDilations(), pads = op.getPads();
  int64_t groups = op.getGroups();
  int64_t outputsPerGroup = weight.shape[1], channelsPerGroup = weight.shape[0] / groups;
  int64_t kernelHeight = weight.shape[2], kernelWidth = weight.shape[3];

  SmallVector<int64_t> shape{input.shape[0], outputsPerGroup * groups};
  for (int i = 0; i < 2; ++i)
    shape.push_back((input.shape[2 + i] - 1) * strides[i] - pads[i] - pads[2 + i] +
                    (weight.shape[2 + i] - 1) * dilations[i] + op.getOutputPadding()[i] + 1);
  if (Error error = checkEpilogue(op, in, shape))
    return error;

  // Every input pixel adds a weighted kernel to the output.
  Tensor output = Tensor::zeros(input.elementType, shape);
  std::vector<double> sums(output.size(), 0.0);
  std::optional<ArrayRef<double>> scale = op.getWeightScale();
  forEachIndex(input.shape, [&](ArrayRef<int64_t> at) {
    int64_t n = at[0], ic = at[1];
    double value = input.floats[input.at(n, ic, at[2], at[3])];
    int64_t firstOutput = ic / channelsPerGroup * outputsPerGroup;
    for (int64_t oc = 0; oc < outputsPerGroup; ++oc)
      for (int64_t ky = 0; ky < kernelHeight; ++ky)
        for (int64_t kx = 0; kx < kernelWidth; ++kx) {
          int64_t y = at[2] * strides[0] - pads[0] + ky * dilations[0];
          int64_t x = at[3] * strides[1] - pads[1] + kx * dilations[1];
          if (y >= 0 && y < shape[2] && x >= 0 && x < shape[3])
            sums[output.at(n, firstOutput + oc, y, x)] +=
                value * scaled(weight.floats[weight.at(ic, oc, ky, kx)], scale, firstOutput + oc);
        }
  });
  return single(finish(op, in, input.elementType, shape, sums));
}

Results evaluate(seg::BatchNormOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  const Tensor &scale = in[op.getScale()], &shift = in[op.getShift()];
  const Tensor &mean = in[op.getMean()], &variance = in[op.getVariance()];
  double epsilon = op.getEpsilon().convertToFloat();
  int64_t channels = input.shape[1];
  int64_t plane = elementCount(ArrayRef<int64_t>(input.shape).drop_front(2));
  Tensor output = input;
  for (int64_t i = 0; i < input.size(); ++i) {
    int64_t c = i / plane % channels;
    double normal = (static_cast<double>(input.floats[i]) - mean.floats[c]) /
                    std::sqrt(static_cast<double>(variance.floats[c]) + epsilon);
    output.floats[i] = static_cast<float>(normal * scale.floats[c] + shift.floats[c]);
  }
  return single(std::move(output));
}

} // namespace segc::interpreter
