//===- Layout.cpp - transposing channel blocks on a processor ---*- C++ -*-===//

#include "schedules/cpu/Layout.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Var scheduleFromBlocks(Func out, int block, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  Var one = args[0], x = args[1], y = args[2], c = args[3];
  Var tile("tile"), column("column"), blocks("blocks"), channel("channel"), row("row");
  out.bound(one, 0, 1)
      .split(x, tile, column, target.lanes, TailStrategy::GuardWithIf)
      .split(c, blocks, channel, block, TailStrategy::GuardWithIf)
      .reorder({column, channel, one, tile, y, blocks})
      .fuse(y, blocks, row)
      .vectorize(column)
      .parallel(row);
  return tile;
}

namespace {

/// `out(ci, x, y, cb)` is channel-blocked and reads `square`, which reads planes.
void scheduleToBlocks(Func out, Func square, int block) {
  std::vector<Var> args = out.args();
  Var ci = args[0], x = args[1], y = args[2], cb = args[3];
  Var tile("tile"), column("column"), row("row");
  out.bound(ci, 0, block)
      .split(x, tile, column, block, TailStrategy::GuardWithIf)
      .reorder(ci, column, tile, y, cb)
      .fuse(y, cb, row)
      .vectorize(ci)
      .parallel(row);
  std::vector<Var> inner = square.args();
  square.compute_at(out, tile)
      .store_in(MemoryType::Stack)
      .bound_extent(inner[0], block)
      .bound_extent(inner[1], block)
      .vectorize(inner[0]);
  computeOne(square, 2);
}

} // namespace

Kernel buildLayout(const LayoutSpec &spec, const CpuTarget &target) {
  LayoutAlgorithm layout = layoutAlgorithm(spec);
  if (spec.fromBlock == spec.toBlock)
    scheduleRows(layout.output, spec.toBlock, withLanesFor(spec.type.bits(), target));
  else if (spec.toBlock == 1)
    scheduleFromBlocks(layout.output, spec.fromBlock, target);
  else
    scheduleToBlocks(layout.output, layout.square, spec.toBlock);
  return layout.scheduled(target.arch);
}

} // namespace segc
