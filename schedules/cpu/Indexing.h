//===- Indexing.h - gathering and scattering on a processor -----*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_INDEXING_H
#define SEGC_SCHEDULES_CPU_INDEXING_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Indexing.h"

namespace segc {

Kernel buildGather(const IndexingSpec &spec, const CpuTarget &target);
Kernel buildScatter(const ScatterSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_INDEXING_H
