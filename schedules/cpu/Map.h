//===- Map.h - fused elementwise kernels on a processor ---------*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_MAP_H
#define SEGC_SCHEDULES_CPU_MAP_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Map.h"

namespace segc {

/// Bound by memory: a vector of the widest element type at a time, rows in parallel.
Kernel buildMap(const MapSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_MAP_H
