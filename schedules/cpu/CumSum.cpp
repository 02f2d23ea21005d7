//===- CumSum.cpp - running sums on a processor -----------------*- C++ -*-===//

#include "schedules/cpu/CumSum.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Kernel buildCumSum(const CumSumSpec &spec, const CpuTarget &target) {
  Algorithm sums = cumSumAlgorithm(spec);
  Func out = sums.output;
  const int lanes = withLanesFor(spec.type.bits(), target).lanes;
  std::vector<Var> args = out.args();
  Var i = args[0], o = args[2];
  Var vectors("vectors"), lane("lane"), otherVectors("otherVectors"), otherLane("otherLane");
  out.update(0)
      .split(i, vectors, lane, lanes, TailStrategy::GuardWithIf)
      .reorder({lane, vectors, o})
      .vectorize(lane)
      .parallel(o);
  out.update(1)
      .split(i, otherVectors, otherLane, lanes, TailStrategy::GuardWithIf)
      .reorder({otherLane, out.rvars(1)[0], otherVectors, o})
      .vectorize(otherLane)
      .parallel(o);
  return sums.scheduled(target.arch);
}

} // namespace segc
