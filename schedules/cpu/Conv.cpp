//===- Conv.cpp - building convolution kernels ------------------*- C++ -*-===//

#include "schedules/cpu/Conv.h"

#include "schedules/cpu/ConvSchedules.h"

#include <fmt/format.h>

namespace segc {

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target) {
  Kernel kernel;
  kernel.name = spec.name();
  kernel.key = fmt::format("{} | {} | {}", spec.key(), knobs.key(), target.arch);
  auto finish = [&](const ConvParams &params) {
    kernel.pipeline = Halide::Pipeline(params.output);
    kernel.args = convArgs(spec, knobs, params);
    return kernel;
  };
  if (knobs.family == ConvFamily::Winograd) {
    WinogradAlgorithm algorithm = winogradAlgorithm(spec, knobs);
    scheduleWinograd(spec, knobs, algorithm);
    kernel.name += "_winograd";
    return finish(algorithm);
  }
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
