//===- Regions.cpp - regions of interest on a processor ---------*- C++ -*-===//

#include "schedules/cpu/Regions.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

static Kernel schedule(RegionsAlgorithm regions, const CpuTarget &target) {
  Func out = regions.output, total = regions.total;
  std::vector<Var> args = out.args(); // column, row, channel
  Var vectors("vectors"), lane("lane");
  out.split(args[0], vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .vectorize(lane)
      .parallel(args[2]);
  total.compute_at(out, vectors)
      .store_in(MemoryType::Stack)
      .bound_extent(total.args()[0], target.lanes)
      .vectorize(total.args()[0]);
  computeOne(total, 1);
  total.update().vectorize(total.args()[0]);
  return regions.scheduled(target.arch);
}

Kernel buildRoiAlign(bool maximum, const CpuTarget &target) {
  return schedule(roiAlignAlgorithm(maximum), target);
}

Kernel buildRoiMaxPool(const CpuTarget &target) { return schedule(roiMaxPoolAlgorithm(), target); }

} // namespace segc
