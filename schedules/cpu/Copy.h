//===- Copy.h - schedules of moving elements --------------------*- C++ -*-===//
//
// Copies run at the speed of memory if whole cache lines are used while they are near.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_COPY_H
#define SEGC_SCHEDULES_CPU_COPY_H

#include "schedules/cpu/Rows.h"

namespace segc {

/// `out` is contiguous along its first dimension and its input along dimension
/// `inputContiguous`: both in small squares, so that every line read is used up.
void scheduleTranspose(Halide::Func out, int inputContiguous, const CpuTarget &target);

/// The update of `out(ci, x, y, cb)` over the channel blocks `blocks`.
void scheduleBlockCopy(Halide::Func out, Halide::RVar blocks, int block, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_COPY_H
