//===- Rows.cpp - schedule of kernels without a reduction -------*- C++ -*-===//

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {
namespace {

/// Elements of a one-dimensional Func that one task works on: enough to outweigh the
/// cost of starting it, few enough to share them out.
constexpr int kChunk = 4096;

} // namespace

CpuTarget withLanesFor(int bits, const CpuTarget &target) {
  CpuTarget narrowed = target;
  if (bits > 32)
    narrowed.lanes = target.lanes * 32 / bits;
  return narrowed;
}

Var scheduleRows(Stage update, const std::vector<Var> &args, int block, const CpuTarget &target) {
  Var ci = args[0], x = args[1], y = args[2], cb = args[3], row("row");
  if (block > 1) {
    update.reorder(ci, x, y, cb).fuse(y, cb, row).vectorize(ci, target.lanes).parallel(row);
    return x;
  }
  Var xo("xo"), xi("xi");
  update.split(x, xo, xi, target.lanes, TailStrategy::GuardWithIf)
      .reorder(xi, ci, xo, y, cb)
      .fuse(y, cb, row)
      .vectorize(xi)
      .parallel(row);
  return xo;
}

Var scheduleRows(Func out, int block, const CpuTarget &target) {
  out.bound(out.args()[0], 0, block);
  return scheduleRows(Stage(out), out.args(), block, target);
}

Var scheduleDense(Func out, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  Var vectors("vectors"), lane("lane"), chunk("chunk");
  if (args.empty())
    return Var::outermost();
  if (args.size() == 1) {
    Var within("within");
    out.split(args[0], chunk, within, kChunk, TailStrategy::GuardWithIf)
        .split(within, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
        .vectorize(lane)
        .parallel(chunk);
    return vectors;
  }
  out.split(args[0], vectors, lane, target.lanes, TailStrategy::GuardWithIf).vectorize(lane);
  Var outer = args[1];
  for (size_t d = 2; d < args.size(); ++d) {
    Var fused("fused");
    out.fuse(outer, args[d], fused);
    outer = fused;
  }
  out.parallel(outer);
  return vectors;
}

void computeOne(Func func, size_t first) {
  std::vector<Var> args = func.args();
  for (size_t d = first; d < args.size(); ++d)
    func.bound_extent(args[d], 1);
}

} // namespace segc
