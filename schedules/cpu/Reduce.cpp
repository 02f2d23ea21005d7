//===- Reduce.cpp - reductions on a processor -------------------*- C++ -*-===//

#include "schedules/cpu/Reduce.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Kernel buildSpatialReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target) {
  const int block = spec.block;
  // The lanes of a vector if planar, else some vectors, to keep more than one operation in flight.
  const int parts = block > 1 ? 4 : target.lanes;
  SpatialReduceAlgorithm reduce = spatialReduceAlgorithm(spec, parts);
  Func out = reduce.output, total = reduce.total, partOfRow = reduce.partOfRow;
  RDom rows = reduce.rows;
  Var ci = out.args()[0], x = out.args()[1], y = out.args()[2], cb = out.args()[3];
  out.bound(ci, 0, block).bound(x, 0, 1).bound(y, 0, 1).reorder(ci, x, y, cb).parallel(cb);
  Var totalLane = total.args()[0], partLane = partOfRow.args()[0], part = partOfRow.args()[1];
  total.compute_at(out, cb).store_in(MemoryType::Stack);
  total.update(0).reorder(totalLane, rows.x);
  partOfRow.compute_at(total, rows.x).store_in(MemoryType::Stack);
  partOfRow.bound_extent(part, parts).bound_extent(partLane, block);
  computeOne(partOfRow, 2);
  computeOne(total, 1);
  if (block > 1) {
    out.vectorize(ci);
    total.vectorize(totalLane);
    total.update(0).vectorize(totalLane);
    total.update(1).vectorize(totalLane);
    partOfRow.vectorize(partLane).unroll(part);
    partOfRow.update().reorder(partLane, part).vectorize(partLane).unroll(part);
  } else {
    total.update(1).unscheduled();
    partOfRow.vectorize(part);
    partOfRow.update().reorder(part, partLane).vectorize(part);
  }
  return reduce.scheduled(target.arch);
}

Kernel buildChannelReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target) {
  ChannelReduceAlgorithm reduce = channelReduceAlgorithm(spec, target.lanes);
  Func out = reduce.output, total = reduce.total;
  std::vector<Var> args = out.args();
  Var tile("tile"), column("column"), lane = total.args()[0];
  out.bound(args[0], 0, 1)
      .bound(args[3], 0, 1)
      .split(args[1], tile, column, target.lanes, TailStrategy::GuardWithIf)
      .reorder({column, args[0], args[3], tile, args[2]})
      .vectorize(column)
      .parallel(args[2]);
  total.compute_at(out, tile)
      .store_in(MemoryType::Stack)
      .bound_extent(lane, target.lanes)
      .vectorize(lane);
  computeOne(total, 1);
  total.update().vectorize(lane);
  return reduce.scheduled(target.arch);
}

Kernel buildDenseReduce(const DenseReduceSpec &spec, const CpuTarget &cpu) {
  const CpuTarget target = withLanesFor(spec.type.bits(), cpu);
  DenseReduceAlgorithm reduce = denseReduceAlgorithm(spec, target.lanes);
  Func out = reduce.output, total = reduce.total, ofLane = reduce.ofLane;
  const bool alongInnermost = spec.reduced & 1;
  std::vector<Var> args = out.args(), kept;
  for (size_t d = 0; d < args.size(); ++d) {
    if (spec.reduced >> d & 1)
      out.bound(args[d], 0, 1);
    else if (d > 0)
      kept.push_back(args[d]);
  }
  Var loop = args[0], vectors("vectors"), lane("lane"), task("task");
  if (!alongInnermost) {
    out.split(args[0], vectors, lane, target.lanes, TailStrategy::GuardWithIf).vectorize(lane);
    loop = vectors;
  }
  // With more than two dimensions left the outermost one is the batch. Halide's bounds of
  // fused dimensions inside other loops are too wide for what follows, so one is shared out.
  if (kept.size() == 2)
    out.fuse(kept[0], kept[1], task).parallel(task);
  else if (!kept.empty())
    out.parallel(kept[kept.size() > 2 ? kept.size() - 2 : 0]);
  total.compute_at(out, loop).store_in(MemoryType::Stack);
  if (!alongInnermost) {
    Var column = total.args()[0];
    total.bound_extent(column, target.lanes).vectorize(column);
    total.update().vectorize(column);
    computeOne(total, 1);
    return reduce.scheduled(target.arch);
  }
  computeOne(total, 0);
  Var part = ofLane.args()[0];
  ofLane.compute_at(out, loop).store_in(MemoryType::Stack);
  ofLane.bound_extent(part, target.lanes).vectorize(part);
  computeOne(ofLane, 1);
  ofLane.update().vectorize(part);
  return reduce.scheduled(target.arch);
}

} // namespace segc
