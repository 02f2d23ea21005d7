//===- Conv.cpp - convolutions on a GPU -------------------------*- C++ -*-===//

#include "schedules/cuda/Conv.h"

#include "schedules/cuda/Gemm.h"
#include "schedules/cuda/Threads.h"

using namespace Halide;

namespace segc {
namespace {

/// Whether maps and weights come in whole blocks, and there is a sum over channels.
bool isGemm(const ConvSpec &spec) {
  return familyOf(spec) == ConvFamily::Direct && spec.inputBlock == spec.outputBlock;
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
  if (knobs.element != WeightType::Float32)
    for (KernelArg &arg : kernel.args)
      if (arg.name == "weights")
        arg.stored = knobs.element == WeightType::Float16 ? Float(16) : BFloat(16);
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
    if (target.precision == Precision::Float16)
      knobs.element = WeightType::Float16;
    if (target.precision == Precision::BFloat16)
      knobs.element = WeightType::BFloat16;
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

ConvTransposeKnobs chooseConvTransposeKnobs(int, bool, int, const CudaTarget &) { return {0, 1}; }

Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CudaTarget &target) {
  return plainKernel(convTransposeAlgorithm(spec, knobs), target);
}

} // namespace segc
