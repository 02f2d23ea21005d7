//===- Copy.cpp - moving elements on a processor ----------------*- C++ -*-===//

#include "schedules/cpu/Copy.h"

#include "schedules/cpu/Rows.h"

#include <algorithm>

using namespace Halide;

namespace segc {
namespace {

/// `out` is contiguous along its first dimension and its input along dimension `inputContiguous`.
void scheduleTranspose(Func out, int inputContiguous, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  Var across = args[0], along = args[inputContiguous];
  Var acrossOuter("acrossOuter"), lane("lane"), alongOuter("alongOuter"), line("line");
  out.split(across, acrossOuter, lane, target.lanes, TailStrategy::GuardWithIf)
      .split(along, alongOuter, line, 16, TailStrategy::GuardWithIf);
  std::vector<VarOrRVar> order{lane, line, acrossOuter, alongOuter};
  Var task = alongOuter;
  for (size_t d = 1; d < args.size(); ++d)
    if (d != static_cast<size_t>(inputContiguous))
      order.push_back(args[d]);
  out.reorder(order).vectorize(lane);
  for (size_t d = 1; d < args.size(); ++d) {
    if (d == static_cast<size_t>(inputContiguous))
      continue;
    Var fused("fused");
    out.fuse(task, args[d], fused);
    task = fused;
  }
  out.parallel(task);
}

/// The update of `out(ci, x, y, cb)` over the channel blocks `blocks`.
void scheduleBlockCopy(Func out, RVar blocks, int block, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  out.bound(args[0], 0, block);
  Stage update = out.update();
  // Blocks are few; rows are what there is plenty of.
  if (block > 1) {
    update.reorder({args[0], args[1], blocks, args[2]}).vectorize(args[0]).parallel(args[2]);
    return;
  }
  Var xo("xo"), xi("xi");
  update.split(args[1], xo, xi, target.lanes, TailStrategy::GuardWithIf)
      .reorder({xi, args[0], xo, blocks, args[2]})
      .vectorize(xi)
      .parallel(args[2]);
}

} // namespace

Kernel buildCopy(const CopySpec &spec, const CpuTarget &target) {
  Algorithm copy = copyAlgorithm(spec);
  const CpuTarget vectors = withLanesFor(std::max(spec.from.bits(), spec.to.bits()), target);
  if (spec.contiguousDimension > 0)
    scheduleTranspose(copy.output, spec.contiguousDimension, vectors);
  else
    scheduleDense(copy.output, vectors);
  return copy.scheduled(target.arch);
}

Kernel buildChannelCopy(const ChannelCopySpec &spec, const CpuTarget &target) {
  Algorithm copy = channelCopyAlgorithm(spec);
  scheduleBlockCopy(copy.output, copy.output.rvars(0)[0], spec.block, target);
  return copy.scheduled(target.arch);
}

Kernel buildPad(const PadSpec &spec, const CpuTarget &target) {
  Algorithm pad = padAlgorithm(spec);
  scheduleRows(pad.output, spec.block, target);
  return pad.scheduled(target.arch);
}

Kernel buildDensePad(const DensePadSpec &spec, const CpuTarget &target) {
  Algorithm pad = densePadAlgorithm(spec);
  scheduleDense(pad.output, withLanesFor(spec.type.bits(), target));
  return pad.scheduled(target.arch);
}

} // namespace segc
