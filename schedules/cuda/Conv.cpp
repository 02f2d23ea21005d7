//===- Conv.cpp - convolutions on a GPU -------------------------*- C++ -*-===//

#include "schedules/cuda/Conv.h"

#include "schedules/cuda/Threads.h"

using namespace Halide;

namespace segc {

ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CudaTarget &, int, int, bool) {
  ConvKnobs knobs;
  knobs.family = familyOf(spec);
  knobs.tileWidth = 0;
  return knobs;
}

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CudaTarget &target) {
  const bool isDirect = knobs.family == ConvFamily::Direct;
  ConvAlgorithm conv =
      isDirect ? directConvAlgorithm(spec, knobs) : groupedConvAlgorithm(spec, knobs);
  oneThreadAnElement(conv.output, target);

  Kernel kernel;
  kernel.name = spec.name();
  kernel.key = spec.key() + " | cuda";
  kernel.pipeline = Pipeline(conv.output);
  kernel.args = convArgs(spec, conv);
  return kernel;
}

ConvTransposeKnobs chooseConvTransposeKnobs(int, bool, int, const CudaTarget &) { return {0, 1}; }

Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CudaTarget &target) {
  return plainKernel(convTransposeAlgorithm(spec, knobs), target);
}

} // namespace segc
