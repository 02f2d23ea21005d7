//===- Pool.h - schedules of pooling and unpooling --------------*- C++ -*-===//
//
// Pooling reads each pixel a few times from the first-level cache: there is nothing to
// tile, only rows to share out.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_POOL_H
#define SEGC_SCHEDULES_CPU_POOL_H

#include "schedules/cpu/Rows.h"

namespace segc {

/// `window` reduces over the taps; it is unused if `unrolled`.
void schedulePool(Halide::Func out, Halide::Func window, bool unrolled, int block,
                  const CpuTarget &target);

/// Unpooling by scattering: `out` is cleared, then written in row-major order by its only
/// update. Channel blocks are independent; within one the order matters.
void scheduleScatter(Halide::Func out, Halide::Var ci, Halide::Var cb, int block,
                     const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_POOL_H
