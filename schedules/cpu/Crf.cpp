//===- Crf.cpp - schedules of the dense CRF's kernels -----------*- C++ -*-===//

#include "schedules/cpu/Crf.h"

using namespace Halide;

namespace segc {
namespace {

/// Vertices of a task of a blur: some hundred kilobytes.
constexpr int kVerticesOfTask = 1024;

} // namespace

void scheduleCrfPixel(CrfPixelFuncs &pixel, LoopLevel at, int lanes, int paddedClasses) {
  auto place = [&](Func f) {
    const std::vector<Var> args = f.args();
    f.compute_at(at).store_in(MemoryType::Stack);
    for (size_t d = args.size() - 2; d < args.size(); ++d) // x and y
      f.bound_extent(args[d], 1);
  };
  std::vector<Func> perClass{pixel.energy, pixel.weight, pixel.belief};
  if (pixel.hasMessage)
    perClass.push_back(pixel.message);
  for (Func f : perClass) {
    place(f);
    f.bound(f.args()[0], 0, paddedClasses).vectorize(f.args()[0], lanes).unroll(f.args()[0]);
  }
  for (Func f : {pixel.largestOfLane, pixel.sumOfLane}) {
    place(f);
    f.bound(f.args()[0], 0, lanes).vectorize(f.args()[0]);
  }
  for (Func f : {pixel.largest, pixel.sum}) {
    place(f);
    f.update().atomic().vectorize(f.rvars(0)[0]);
  }
  place(pixel.scale);
}

void scheduleCrfSplat(Func next, RDom r, int lanes) {
  Var c = next.args()[0];
  // Strips add to rows of their own; within a strip, pixels come one after the other.
  next.update()
      .allow_race_conditions()
      .reorder({c, r.x, r.y, r.z, r.w})
      .vectorize(c, lanes)
      .unroll(c)
      .unroll(r.x)
      .parallel(r.w);
}

void scheduleCrfResult(Func out, int block, int blocks) {
  const std::vector<Var> args = out.args();
  out.bound(args[0], 0, block).bound(args[3], 0, blocks);
  out.reorder({args[0], args[3], args[1], args[2]}).unroll(args[3]).parallel(args[2]);
  if (block > 1)
    out.vectorize(args[0]);
}

void scheduleCrfLabel(Func best, LoopLevel at) {
  best.compute_at(at).store_in(MemoryType::Stack);
  for (Var arg : best.args())
    best.bound_extent(arg, 1);
  best.update().unroll(best.rvars(0)[0]);
}

void scheduleCrfBlur(Func out, int lanes, int paddedClasses) {
  Var c = out.args()[0], v = out.args()[1], task("task");
  out.bound(c, 0, paddedClasses)
      .split(v, task, v, kVerticesOfTask, TailStrategy::GuardWithIf)
      .reorder(c, v, task)
      .vectorize(c, lanes)
      .unroll(c)
      .parallel(task);
}

} // namespace segc
