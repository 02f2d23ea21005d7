//===- Softmax.cpp - softmax and arg max on a processor ---------*- C++ -*-===//

#include "schedules/cpu/Softmax.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {
namespace {

/// Vectors of a task where rows are too long or too few to be tasks themselves.
constexpr int kVectorsOfTask = 4;

void scheduleSoftmax(const SoftmaxAlgorithm &softmax, const SoftmaxSpec &spec, int columns) {
  const int outputBlock = spec.outputBlock, channels = spec.channels;
  Func out = softmax.output, largest = softmax.largest, sum = softmax.sum;
  std::vector<Var> args = out.args();
  Var ci = args[0], x = args[1], y = args[2], cb = args[3], tile("tile"), column("column");
  out.bound(ci, 0, outputBlock)
      .split(x, tile, column, columns, TailStrategy::GuardWithIf)
      .parallel(y);
  if (outputBlock > 1)
    out.reorder({ci, column, cb, tile, y}).vectorize(ci);
  else
    out.reorder({column, ci, cb, tile, y}).vectorize(column);
  auto place = [&](Func f, bool overChannels) {
    f.compute_at(out, tile).store_in(MemoryType::Stack);
    f.bound_extent(f.args()[0], columns).vectorize(f.args()[0]);
    if (overChannels)
      f.bound(f.args()[1], 0, channels);
    computeOne(f, overChannels ? 2 : 1);
  };
  // Blocked scores are gathered once. A result in blocks is written across its columns.
  place(softmax.score, true);
  place(largest, false);
  largest.update().vectorize(largest.args()[0]);
  if (!spec.log)
    place(softmax.weight, true);
  place(sum, false);
  sum.update().vectorize(sum.args()[0]);
  if (outputBlock > 1)
    place(softmax.result, true);
}

void scheduleArgMax(Func out, Func best, const CpuTarget &target) {
  std::vector<Var> args = out.args();
  Var tile("tile"), column("column"), vectors("vectors"), wide("wide");
  // The result's elements are 64 bits wide: a vector of pixels makes two of them.
  const int lanes = withLanesFor(64, target).lanes;
  out.bound(args[0], 0, 1)
      .bound(args[3], 0, 1)
      .split(args[1], tile, column, target.lanes, TailStrategy::GuardWithIf)
      .split(column, vectors, wide, lanes, TailStrategy::GuardWithIf)
      .reorder({wide, vectors, args[0], args[3], tile, args[2]})
      .vectorize(wide)
      .parallel(args[2]);
  Var lane = best.args()[0];
  best.compute_at(out, tile)
      .store_in(MemoryType::Stack)
      .bound_extent(lane, target.lanes)
      .vectorize(lane);
  computeOne(best, 1);
  best.update().vectorize(lane);
}

/// `out(i, axes..., o)` in vectors along i; `reduced(i, o)` are reductions along the axis,
/// computed for one vector at a time.
void scheduleAlongOuterAxis(Func out, const std::vector<Func> &reduced, Var i,
                            const std::vector<Var> &axes, Var o, const CpuTarget &target) {
  Var chunk("chunk"), within("within"), vectors("vectors"), lane("lane"), task("task");
  std::vector<VarOrRVar> order{lane};
  order.insert(order.end(), axes.begin(), axes.end());
  order.insert(order.end(), {vectors, chunk, o});
  out.split(i, chunk, within, target.lanes * kVectorsOfTask, TailStrategy::GuardWithIf)
      .split(within, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .reorder(order)
      .vectorize(lane)
      .fuse(chunk, o, task)
      .parallel(task);
  for (Func f : reduced) {
    Var along = f.args()[0];
    f.compute_at(out, vectors)
        .store_in(MemoryType::Stack)
        .bound_extent(along, target.lanes)
        .vectorize(along);
    computeOne(f, 1);
    f.update().vectorize(along);
  }
}

/// `out(axis, o)`: whole vectors are reduced lane by lane, then all of it.
void scheduleAlongInnermostAxis(const DenseSoftmaxAlgorithm &softmax, const CpuTarget &target) {
  Func out = softmax.output;
  Var axis = out.args()[0], o = out.args()[1], vectors("vectors"), lane("lane");
  out.split(axis, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .vectorize(lane)
      .parallel(o);
  for (Func f : {softmax.largestOfLane, softmax.sumOfLane}) {
    f.compute_at(out, o)
        .store_in(MemoryType::Stack)
        .bound_extent(f.args()[0], target.lanes)
        .vectorize(f.args()[0]);
    computeOne(f, 1);
    f.update().vectorize(f.args()[0]);
  }
  for (Func f : {softmax.largest, softmax.sum}) {
    f.compute_at(out, o).store_in(MemoryType::Stack);
    computeOne(f, 0);
  }
}

} // namespace

Kernel buildSoftmax(const SoftmaxSpec &spec, const CpuTarget &target) {
  SoftmaxAlgorithm softmax = softmaxAlgorithm(spec, target.lanes);
  scheduleSoftmax(softmax, spec, target.lanes);
  return softmax.scheduled(target.arch);
}

Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CpuTarget &target) {
  DenseSoftmaxAlgorithm softmax = denseSoftmaxAlgorithm(spec, target.lanes);
  if (spec.innermost) {
    scheduleAlongInnermostAxis(softmax, target);
  } else {
    std::vector<Var> args = softmax.output.args(); // i, axis, o
    scheduleAlongOuterAxis(softmax.output, {softmax.largest, softmax.sum}, args[0], {args[1]},
                           args[2], target);
  }
  return softmax.scheduled(target.arch);
}

Kernel buildArgMax(const ArgMaxSpec &spec, const CpuTarget &target) {
  ArgMaxAlgorithm argMax = argMaxAlgorithm(spec, target.lanes);
  if (spec.channels == 1)
    scheduleRows(argMax.output, 1, withLanesFor(64, target));
  else
    scheduleArgMax(argMax.output, argMax.best, target);
  return argMax.scheduled(target.arch);
}

Kernel buildDenseArgMax(const DenseArgMaxSpec &spec, const CpuTarget &target) {
  ArgMaxAlgorithm argMax = denseArgMaxAlgorithm(spec);
  std::vector<Var> args = argMax.output.args(); // o, or i and o
  if (spec.innermost) {
    argMax.best.compute_at(argMax.output, args[0]).store_in(MemoryType::Stack);
    argMax.output.parallel(args[0]);
  } else {
    scheduleAlongOuterAxis(argMax.output, {argMax.best}, args[0], {}, args[1],
                           withLanesFor(64, target));
  }
  return argMax.scheduled(target.arch);
}

} // namespace segc
