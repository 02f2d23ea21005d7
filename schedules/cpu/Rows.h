//===- Rows.h - schedule of kernels without a reduction to tile -*- C++ -*-===//
//
// Pooling, resizing, copies and elementwise kernels are bound by memory: one vector at
// a time, rows in parallel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_ROWS_H
#define SEGC_SCHEDULES_CPU_ROWS_H

#include "compiler/kernels/CpuTarget.h"

#include <Halide.h>

namespace segc {

/// The target of a kernel that works on elements of `bits`: with so few lanes that a vector
/// of them fills no more than a register.
CpuTarget withLanesFor(int bits, const CpuTarget &target);

/// Schedules `out(ci, x, y, cb)`: a vector of channels (channel-blocked) or of columns
/// (planar, with a guarded tail), and the rows of all blocks in parallel. Returns the
/// loop around one vector, for compute_at.
Halide::Var scheduleRows(Halide::Func out, int block, const CpuTarget &target);

/// The same for one update of `out`, whose left-hand side is (ci, x, y, cb) too.
Halide::Var scheduleRows(Halide::Stage update, const std::vector<Halide::Var> &args, int block,
                         const CpuTarget &target);

/// Schedules a Func over dense memory of any rank, innermost dimension first: a guarded
/// vector along the innermost one and the others in parallel; a Func of one dimension in
/// chunks. Returns the loop around one vector.
Halide::Var scheduleDense(Halide::Func out, const CpuTarget &target);

/// Tells Halide what it cannot always prove: where `func` is computed, its dimensions from
/// `first` on have extent 1.
void computeOne(Halide::Func func, size_t first);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_ROWS_H
