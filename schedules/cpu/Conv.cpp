//===- Conv.cpp - building convolution kernels ------------------*- C++ -*-===//

#include "schedules/cpu/Conv.h"

#include "schedules/cpu/ConvSchedules.h"

#include <fmt/format.h>

namespace segc {

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target) {
  const bool direct = knobs.family == ConvFamily::Direct;
  ConvAlgorithm algorithm =
      direct ? directConvAlgorithm(spec, knobs) : groupedConvAlgorithm(spec, knobs);
  if (direct)
    scheduleDirectConv(spec, knobs, algorithm);
  else
    scheduleGroupedConv(spec, knobs, algorithm);

  Kernel kernel;
  kernel.name = spec.name();
  kernel.key = fmt::format("{} | {} | {}", spec.key(), knobs.key(), target.arch);
  kernel.pipeline = Halide::Pipeline(algorithm.output);
  kernel.args = convArgs(spec, algorithm);
  return kernel;
}

} // namespace segc
