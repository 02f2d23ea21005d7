//===- GridSample.cpp - sampling at a grid on a processor -------*- C++ -*-===//

#include "schedules/cpu/GridSample.h"

#include "compiler/kernels/Resize.h"
#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

/// Vectors of a task.
static constexpr int kVectorsOfTask = 16;

Kernel buildGridSample(const GridSampleSpec &spec, const CpuTarget &target) {
  GridSampleAlgorithm sample = gridSampleAlgorithm(spec);
  const int taps = resizeTaps(spec.mode);
  Func out = sample.output, total = sample.total;
  Var place = out.args()[0], c = out.args()[1], n = out.args()[2];
  Var chunk("chunk"), within("within"), vectors("vectors"), lane("lane"), task("task");
  out.split(place, chunk, within, target.lanes * kVectorsOfTask, TailStrategy::GuardWithIf)
      .split(within, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .reorder({lane, c, vectors, chunk, n})
      .vectorize(lane)
      .fuse(chunk, n, task)
      .parallel(task);
  for (const std::vector<Func> &tables : {sample.index, sample.weight})
    for (Func table : tables) {
      table.compute_at(out, vectors)
          .store_in(MemoryType::Stack)
          .bound_extent(table.args()[0], target.lanes)
          .bound(table.args()[1], 0, taps)
          .vectorize(table.args()[0])
          .unroll(table.args()[1]);
      computeOne(table, 2);
    }
  if (spec.mode != seg::ResizeMode::Nearest) {
    total.compute_at(out, c)
        .store_in(MemoryType::Stack)
        .bound_extent(total.args()[0], target.lanes)
        .vectorize(total.args()[0]);
    computeOne(total, 1);
    total.update().vectorize(total.args()[0]);
    if (spec.axes == 2)
      total.update().unroll(sample.taps.x);
  }
  return sample.scheduled(target.arch);
}

} // namespace segc
