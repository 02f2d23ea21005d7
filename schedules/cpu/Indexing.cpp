//===- Indexing.cpp - gathering and scattering on a processor ---*- C++ -*-===//

#include "schedules/cpu/Indexing.h"

#include "schedules/cpu/Rows.h"

#include <algorithm>

using namespace Halide;

namespace segc {
namespace {

/// Neighbouring elements that one task updates, where updates of whole rows are shared out.
constexpr int kRowPart = 256;

/// Updates of one place come in order, so the loop over them is no task's to share. The others
/// are: rows of the outer dimensions, or parts of a row.
void scheduleUpdates(Func out, const ScatterSpec &spec, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  RVar r = out.rvars(0)[0];
  Stage update = out.update();
  std::vector<Var> outer;
  for (int d = 1; d < spec.rank; ++d)
    if (d != spec.axis)
      outer.push_back(args[d]);
  std::vector<VarOrRVar> order;
  Var part("part"), within("within"), vectors("vectors"), lane("lane");
  const bool isRows = spec.axis > 0 && !(spec.indexed & 1);
  if (isRows) {
    update.split(args[0], part, within, kRowPart, TailStrategy::GuardWithIf)
        .split(within, vectors, lane, target.lanes, TailStrategy::GuardWithIf);
    order = {lane, vectors, r, part};
  } else if (spec.axis > 0) {
    order = {args[0], r};
  } else {
    order = {r};
  }
  order.insert(order.end(), outer.begin(), outer.end());
  update.reorder(order);
  if (isRows)
    update.vectorize(lane);
  if (outer.empty()) {
    if (isRows)
      update.parallel(part);
    return;
  }
  Var task = outer[0];
  for (size_t i = 1; i < outer.size(); ++i) {
    Var fused("fused");
    update.fuse(task, outer[i], fused);
    task = fused;
  }
  update.parallel(task);
}

} // namespace

Kernel buildGather(const IndexingSpec &spec, const CpuTarget &target) {
  Algorithm gather = gatherAlgorithm(spec);
  const int bits =
      spec.indexed & 1 ? std::max(spec.type.bits(), spec.indexType.bits()) : spec.type.bits();
  scheduleDense(gather.output, withLanesFor(bits, target));
  return gather.scheduled(target.arch);
}

Kernel buildScatter(const ScatterSpec &spec, const CpuTarget &target) {
  Algorithm scatter = scatterAlgorithm(spec);
  const CpuTarget vectors = withLanesFor(spec.type.bits(), target);
  scheduleDense(scatter.output, vectors);
  if (spec.isPart)
    scatter.output.update().unscheduled();
  else
    scheduleUpdates(scatter.output, spec, vectors);
  return scatter.scheduled(target.arch);
}

} // namespace segc
