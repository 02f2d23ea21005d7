//===- Reduce.h - schedules of reductions -----------------------*- C++ -*-===//
//
// Vectors lie across the reduced axes where they can, else along the innermost one;
// several partial results hide the latency of an addition.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_REDUCE_H
#define SEGC_SCHEDULES_CPU_REDUCE_H

#include "schedules/cpu/Rows.h"

namespace segc {

/// `out(ci, 0, 0, cb)`, `total(ci, cb)` over `rows`, `partOfRow(ci, part, row, cb)`.
void scheduleSpatialReduce(Halide::Func out, Halide::Func total, Halide::Func partOfRow,
                           Halide::RDom rows, int block, int parts, const CpuTarget &target);

/// `out(0, x, y, 0)`, `total(column, tile, y)`.
void scheduleChannelReduce(Halide::Func out, Halide::Func total, const CpuTarget &target);

/// Dense `out` and `total` in the same variables. If the innermost dimension is among the
/// `reduced` (bit d: dimension d), `ofLane` has the lanes in its place.
void scheduleDenseReduce(Halide::Func out, Halide::Func total, Halide::Func ofLane,
                         unsigned reduced, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_REDUCE_H
