//===- Softmax.h - schedules of softmax and arg max -------------*- C++ -*-===//
//
// A vector holds neighbouring elements beside the axis (pixels, for feature maps), so
// that the reduction along the axis needs no work across lanes.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_SOFTMAX_H
#define SEGC_SCHEDULES_CPU_SOFTMAX_H

#include "schedules/cpu/Rows.h"

namespace segc {

/// `out(ci, x, y, cb)`; the others are (column, tile, y) or (column, c, tile, y), where
/// x = tile * lanes + column.
struct SoftmaxFuncs {
  Halide::Func out, score, largest, weight, sum, result;
};

void scheduleSoftmax(const SoftmaxFuncs &funcs, int outputBlock, int channels, bool log,
                     const CpuTarget &target);

/// `best(column, tile, y)`, and `out(0, x, y, 0)`.
void scheduleArgMax(Halide::Func out, Halide::Func best, const CpuTarget &target);

/// `out(i, axes..., o)` in vectors along i; `reduced(i, o)` are reductions along the axis,
/// computed for one vector at a time.
void scheduleAlongOuterAxis(Halide::Func out, const std::vector<Halide::Func> &reduced,
                            Halide::Var i, const std::vector<Halide::Var> &axes, Halide::Var o,
                            const CpuTarget &target);

/// `out(axis, o)`; `ofLanes(lane, o)` reduce whole vectors, `reduced(o)` all of it.
void scheduleAlongInnermostAxis(Halide::Func out, const std::vector<Halide::Func> &ofLanes,
                                const std::vector<Halide::Func> &reduced, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_SOFTMAX_H
