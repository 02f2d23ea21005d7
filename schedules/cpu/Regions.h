//===- Regions.h - regions of interest on a processor -----------*- C++ -*-===//
//
// A vector of a bin row's columns, channels in parallel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_REGIONS_H
#define SEGC_SCHEDULES_CPU_REGIONS_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Regions.h"

namespace segc {

Kernel buildRoiAlign(bool maximum, const CpuTarget &target);
Kernel buildRoiMaxPool(const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_REGIONS_H
