//===- CumSum.h - running sums on a processor -------------------*- C++ -*-===//
//
// Vectors of neighbours run along the axis side by side; what lies outside of it is shared out.
// Along the innermost axis there is one after the other.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CUMSUM_H
#define SEGC_SCHEDULES_CPU_CUMSUM_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/CumSum.h"

namespace segc {

Kernel buildCumSum(const CumSumSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CUMSUM_H
