//===- LowerConvolution.cpp - seg.conv2d and seg.conv_transpose2d -*- C++ -*-===//

#include "compiler/kernels/Winograd.h"
#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/Conv.h"
#include "schedules/cpu/ConvTranspose.h"
#include "schedules/cuda/Conv.h"

using namespace mlir;

namespace segc {

using mlir::Value;

using seg::TensorType;

static int channelsOf(Value map) { return static_cast<int>(typeOf(map).getDim(1).getValue()); }

template <typename Spec> static void setActivation(Spec &spec, seg::ActAttr activation) {
  if (!activation)
    return;
  spec.activation = activation.getKind();
  spec.alpha = activation.getAlpha();
  spec.beta = activation.getBeta();
}

/// Weights and bias as constants; an error where they are computed.
template <typename Op>
static LogicalResult constants(Op op, ModelWeights &weights,
                               std::optional<seg::FloatConstant> &bias) {
  auto constant = seg::floatConstant(op.getWeight());
  if (!constant)
    return op.emitError("weights that the network computes are not supported");
  weights.constant = std::move(*constant);
  if (auto scale = op.getWeightScale())
    weights.scale = *scale;
  if (!op.getBias())
    return success();
  bias = seg::floatConstant(op.getBias());
  if (!bias)
    return op.emitError("a bias that the network computes is not supported");
  return success();
}

LogicalResult lowerConv2d(seg::Conv2dOp op, ProgramBuilder &builder) {
  ModelWeights weights;
  std::optional<seg::FloatConstant> bias;
  if (failed(constants(op, weights, bias)))
    return failure();
  ConvSpec spec;
  spec.inputBlock = static_cast<int>(typeOf(op.getInput()).getLayout().getBlock());
  spec.outputBlock = builder.lanes();
  spec.inputChannels = channelsOf(op.getInput());
  spec.outputChannels = channelsOf(op.getOutput());
  spec.groups = static_cast<int>(op.getGroups());
  spec.kernelH = static_cast<int>(weights.constant.shape[2]);
  spec.kernelW = static_cast<int>(weights.constant.shape[3]);
  spec.strideH = static_cast<int>(op.getStrides()[0]);
  spec.strideW = static_cast<int>(op.getStrides()[1]);
  spec.dilationH = static_cast<int>(op.getDilations()[0]);
  spec.dilationW = static_cast<int>(op.getDilations()[1]);
  spec.padTop = static_cast<int>(op.getPads()[0]);
  spec.padLeft = static_cast<int>(op.getPads()[1]);
  spec.padRight = static_cast<int>(op.getPads()[3]);
  spec.readsBelow = op.getPads()[2] > 0;
  spec.hasBias = bias.has_value();
  spec.hasResidual = op.getResidual() != nullptr;
  setActivation(spec, op.getActivationAttr());

  TensorType output = typeOf(op.getOutput());
  ConvKnobs knobs = builder.target().visit([&](const auto &target) {
    return defaultConvKnobs(spec, target, static_cast<int>(builder.nominal(output.getDim(2))),
                            static_cast<int>(builder.nominal(output.getDim(3))),
                            !builder.onlyDirectConvolutions());
  });
  int kernel = builder.kernel(convKernelKey(spec, knobs),
                              [&](const auto &target) { return buildConv(spec, knobs, target); });
  std::vector<Binding> arguments{builder.read(op.getInput()),
                                 builder.packed(convPacking(spec, knobs), weights)};
  if (bias)
    arguments.push_back(
        builder.floats(packChannels(bias->values.data(), spec.outputChannels, spec.outputBlock)));
  if (op.getResidual())
    arguments.push_back(builder.read(op.getResidual()));
  if (knobs.family == ConvFamily::Winograd) {
    for (int value : winogradIntegers(spec, knobs))
      arguments.push_back(builder.integer(value));
    arguments.push_back(builder.scratch(winogradScratch(spec, knobs) * knobs.workers, kernel));
  }
  arguments.push_back(builder.write(op.getOutput()));
  builder.call(kernel, std::move(arguments));
  return success();
}

static std::string keyOf(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs) {
  std::string key = "conv_transpose";
  for (int value :
       {spec.inputChannels, spec.outputChannels, spec.groups, spec.block, spec.kernel[0],
        spec.kernel[1], spec.stride[0], spec.stride[1], spec.dilation[0], spec.dilation[1],
        spec.pads[0], spec.pads[1], spec.pads[2], spec.pads[3], spec.outputPadding[0],
        spec.outputPadding[1], int(spec.bias), int(spec.residual), int(spec.activation)})
    key += "," + std::to_string(value);
  return key + "," + knobs.key() + "," + std::to_string(spec.alpha) + "," +
         std::to_string(spec.beta);
}

LogicalResult lowerConvTranspose2d(seg::ConvTranspose2dOp op, ProgramBuilder &builder) {
  ModelWeights weights;
  std::optional<seg::FloatConstant> bias;
  if (failed(constants(op, weights, bias)))
    return failure();
  ConvTransposeSpec spec;
  spec.inputChannels = channelsOf(op.getInput());
  spec.outputChannels = channelsOf(op.getOutput());
  spec.groups = static_cast<int>(op.getGroups());
  spec.block = builder.lanes();
  for (int i = 0; i < 2; ++i) {
    spec.kernel[i] = static_cast<int>(weights.constant.shape[2 + i]);
    spec.stride[i] = static_cast<int>(op.getStrides()[i]);
    spec.dilation[i] = static_cast<int>(op.getDilations()[i]);
    spec.outputPadding[i] = static_cast<int>(op.getOutputPadding()[i]);
  }
  for (int i = 0; i < 4; ++i)
    spec.pads[i] = static_cast<int>(op.getPads()[i]);
  spec.bias = bias.has_value();
  spec.residual = op.getResidual() != nullptr;
  setActivation(spec, op.getActivationAttr());

  TensorType input = typeOf(op.getInput());
  auto knobs = builder.target().visit([&](const auto &target) {
    return defaultConvTransposeKnobs(spec, target,
                                     static_cast<int>(builder.nominal(input.getDim(2))),
                                     static_cast<int>(builder.nominal(input.getDim(3))));
  });
  int kernel = builder.kernel(keyOf(spec, knobs), [&](const auto &target) {
    return buildConvTranspose(spec, knobs, target);
  });
  std::vector<Binding> arguments{builder.read(op.getInput()), builder.integer(input.getDim(3)),
                                 builder.packed(convTransposePacking(spec, knobs), weights)};
  if (bias)
    arguments.push_back(
        builder.floats(packChannels(bias->values.data(), spec.outputChannels, spec.block)));
  if (op.getResidual())
    arguments.push_back(builder.read(op.getResidual()));
  arguments.push_back(builder.write(op.getOutput()));
  builder.call(kernel, std::move(arguments));
  return success();
}

} // namespace segc
