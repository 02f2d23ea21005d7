//===- Pool.h - pooling and unpooling on a processor ------------*- C++ -*-===//
//
// Pooling reads each pixel a few times from the first-level cache: there is nothing to
// tile, only rows to share out. Unpooling by scattering clears its result, then writes it in
// row-major order: channel blocks are independent, within one the order matters.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_POOL_H
#define SEGC_SCHEDULES_CPU_POOL_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Pool.h"

namespace segc {

Kernel buildPool(const PoolSpec &spec, const CpuTarget &target);
Kernel buildMaxUnpool(const MaxUnpoolSpec &spec, const CpuTarget &target);
Kernel buildSwitchesToOnnx(const SwitchesSpec &spec, const CpuTarget &target);
Kernel buildSwitchesFromOnnx(const SwitchesSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_POOL_H
