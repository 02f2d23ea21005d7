//===- Conv.cpp - convolutions on a GPU -------------------------*- C++ -*-===//

#include "schedules/cuda/Conv.h"

#include "schedules/cuda/Gemm.h"
#include "schedules/cuda/Threads.h"

using namespace Halide;

namespace segc {
namespace {

/// What CUDA numbers blocks up to in the dimensions that are channels and phases.
constexpr int kMostBlocks = 65535;

/// Whether maps and weights come in whole blocks, and there is a sum over channels.
bool isGemm(const ConvSpec &spec) {
  return familyOf(spec) == ConvFamily::Direct && spec.inputBlock == spec.outputBlock &&
         spec.outputBlocks() <= kMostBlocks;
}

/// What weights are packed as.
WeightType elementOf(const CudaTarget &target) {
  const std::optional<Type> stored = target.storedType();
  return !stored               ? WeightType::Float32
         : stored->is_bfloat() ? WeightType::BFloat16
                               : WeightType::Float16;
}

void storeWeights(Kernel &kernel, const CudaTarget &target) {
  for (KernelArg &arg : kernel.args)
    if (arg.name == "weights")
      arg.stored = target.storedType();
}

Kernel buildImplicitGemm(const ConvSpec &spec, const ConvKnobs &knobs, const CudaTarget &target) {
  ConvFinish conv = convFinish(spec);
  RuntimeSums sums = runtimeSums("segc::conv", knobs.gemm, conv.sum, conv.output, target);
  sums.shape = {{"inputChannels", spec.inputChannels},
                {"outputChannels", spec.outputChannels},
                {"groups", spec.groups},
                {"kernelHeight", spec.kernelH},
                {"kernelWidth", spec.kernelW},
                {"strideY", spec.strideH},
                {"strideX", spec.strideW},
                {"dilationY", spec.dilationH},
                {"dilationX", spec.dilationW},
                {"padTop", spec.padTop},
                {"padLeft", spec.padLeft}};
  sums.arguments = {"input", "weights", "output"};
  Kernel kernel;
  kernel.pipeline = Pipeline(conv.output);
  kernel.args = convArgs(spec, conv);
  storeWeights(kernel, target);
  kernel.sums = std::move(sums);
  return kernel;
}

} // namespace

ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CudaTarget &target, int nominalHeight,
                           int nominalWidth, bool) {
  ConvKnobs knobs;
  knobs.family = familyOf(spec);
  knobs.tileWidth = 0;
  if (isGemm(spec)) {
    knobs.family = ConvFamily::ImplicitGemm;
    knobs.gemm = chooseGemmTile({int64_t{nominalHeight} * nominalWidth, spec.channelsPerGroupOut(),
                                 int64_t{spec.kernelH} * spec.kernelW * spec.channelsPerGroupIn(),
                                 spec.groups},
                                target);
    knobs.element = elementOf(target);
  }
  return knobs;
}

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CudaTarget &target) {
  Kernel kernel;
  if (knobs.family == ConvFamily::ImplicitGemm) {
    kernel = buildImplicitGemm(spec, knobs, target);
  } else {
    ConvAlgorithm conv = knobs.family == ConvFamily::Direct ? directConvAlgorithm(spec, knobs)
                                                            : groupedConvAlgorithm(spec, knobs);
    oneThreadAnElement(conv.output, target);
    kernel.pipeline = Pipeline(conv.output);
    kernel.args = convArgs(spec, conv);
  }
  kernel.name = spec.name();
  kernel.key = spec.key() + " | cuda " + nameOf(target.precision) + " " + knobs.key();
  return kernel;
}

ConvTransposeKnobs defaultConvTransposeKnobs(const ConvTransposeSpec &spec,
                                             const CudaTarget &target, int nominalHeight,
                                             int nominalWidth) {
  ConvTransposeKnobs knobs;
  knobs.tileColumns = 0;
  const int phases = spec.stride[0] * spec.stride[1];
  if (spec.isDepthwise() || !spec.hasWholeGroups() || phases > kMostBlocks ||
      spec.outputChannels > kMostBlocks)
    return knobs;
  knobs.gemm = chooseGemmTile(
      {int64_t{nominalHeight} * nominalWidth, spec.outputChannels / spec.groups,
       int64_t{spec.kernel[0]} * spec.kernel[1] / phases * (spec.inputChannels / spec.groups),
       int64_t{phases} * spec.groups},
      target);
  knobs.element = elementOf(target);
  return knobs;
}

Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CudaTarget &target) {
  if (!knobs.gemm)
    return plainKernel(convTransposeAlgorithm(spec, knobs), target);
  ConvTransposeFinish conv = convTransposeFinish(spec, knobs);
  RuntimeSums sums = runtimeSums("segc::convTranspose", *knobs.gemm, conv.sum, conv.output, target);
  sums.shape = {{"inputChannels", spec.inputChannels},
                {"outputChannels", spec.outputChannels},
                {"groups", spec.groups},
                {"kernelHeight", spec.kernel[0]},
                {"kernelWidth", spec.kernel[1]},
                {"strideY", spec.stride[0]},
                {"strideX", spec.stride[1]},
                {"dilationY", spec.dilation[0]},
                {"dilationX", spec.dilation[1]},
                {"padTop", spec.pads[0]},
                {"padLeft", spec.pads[1]}};
  sums.arguments = {"input", "weights", "output"};
  Kernel kernel = conv.scheduled("cuda " + nameOf(target.precision));
  storeWeights(kernel, target);
  kernel.sums = std::move(sums);
  return kernel;
}

} // namespace segc
