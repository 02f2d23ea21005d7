//===- Conv.cpp - building convolution kernels ------------------*- C++ -*-===//

#include "schedules/cpu/Conv.h"

#include "schedules/cpu/ConvSchedules.h"

namespace segc {

std::string convKernelKey(const ConvSpec &spec, const ConvKnobs &knobs) {
  if (knobs.family == ConvFamily::Winograd)
    return winogradKey(spec, knobs);
  return spec.key() + " | " + knobs.key();
}

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target) {
  Kernel kernel;
  kernel.key = convKernelKey(spec, knobs) + " | " + target.arch;
  if (knobs.family == ConvFamily::Winograd) {
    WinogradAlgorithm algorithm = winogradAlgorithm(spec, knobs);
    scheduleWinograd(spec, knobs, algorithm);
    kernel.name = winogradName(spec, knobs);
    kernel.pipeline = Halide::Pipeline(algorithm.output);
    kernel.args = algorithm.args;
    return kernel;
  }
  kernel.name = spec.name();
  auto finish = [&](const ConvParams &params) {
    kernel.pipeline = Halide::Pipeline(params.output);
    kernel.args = convArgs(spec, params);
    return kernel;
  };
  if (knobs.family == ConvFamily::Direct) {
    ConvAlgorithm algorithm = directConvAlgorithm(spec, knobs);
    scheduleDirectConv(spec, knobs, algorithm);
    return finish(algorithm);
  }
  ConvAlgorithm algorithm = groupedConvAlgorithm(spec, knobs);
  scheduleGroupedConv(spec, knobs, algorithm);
  return finish(algorithm);
}

} // namespace segc
