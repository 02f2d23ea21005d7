//===- Layout.h - transposing channel blocks on a processor -----*- C++ -*-===//
//
// Channels lie side by side in a channel-blocked map and a plane apart in a planar one.
// Between the two, squares of lanes x lanes are transposed in the first-level cache.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_LAYOUT_H
#define SEGC_SCHEDULES_CPU_LAYOUT_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Layout.h"

namespace segc {

Kernel buildLayout(const LayoutSpec &spec, const CpuTarget &target);

/// `out(0, x, y, c)` is planar and reads blocks of `block` channels: a few neighbouring
/// pixels give all their channels before the next ones are read. Returns the loop around
/// the columns that are read together, for compute_at.
Halide::Var scheduleFromBlocks(Halide::Func out, int block, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_LAYOUT_H
