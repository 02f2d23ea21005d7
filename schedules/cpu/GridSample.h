//===- GridSample.h - sampling at a grid on a processor ---------*- C++ -*-===//
//
// A vector of places: its indices and weights stay on the stack while all channels are read.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_GRIDSAMPLE_H
#define SEGC_SCHEDULES_CPU_GRIDSAMPLE_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/GridSample.h"

namespace segc {

Kernel buildGridSample(const GridSampleSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_GRIDSAMPLE_H
