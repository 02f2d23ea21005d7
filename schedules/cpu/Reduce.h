//===- Reduce.h - reductions on a processor ---------------------*- C++ -*-===//
//
// Vectors lie across the reduced axes where they can, else along the innermost one;
// several partial results hide the latency of an addition.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_REDUCE_H
#define SEGC_SCHEDULES_CPU_REDUCE_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Reduce.h"

namespace segc {

Kernel buildSpatialReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target);
Kernel buildChannelReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target);
Kernel buildDenseReduce(const DenseReduceSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_REDUCE_H
