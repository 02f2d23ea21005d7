//===- Recurrent.cpp - a step of a recurrent layer on a processor -*- C++ -*-===//

#include "schedules/cpu/Recurrent.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

/// Vectors of values that are summed up side by side: as many chains of additions that do not
/// wait for each other.
static constexpr int kVectors = 4;

Kernel buildRecurrentProduct(const RecurrentProductSpec &spec, const CpuTarget &target) {
  RecurrentProductAlgorithm product = recurrentProductAlgorithm(spec);
  Func out = product.output, sum = product.sum;
  Var j = out.args()[0], n = out.args()[1];
  Var chunk("chunk"), within("within"), vectors("vectors"), lane("lane"), task("task");
  const int wide = kVectors * target.lanes;
  out.split(j, chunk, within, wide, TailStrategy::GuardWithIf)
      .split(within, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .vectorize(lane)
      .fuse(chunk, n, task)
      .parallel(task);
  sum.compute_at(out, task)
      .store_in(MemoryType::Stack)
      .bound_extent(sum.args()[0], wide)
      .vectorize(sum.args()[0], target.lanes)
      .unroll(sum.args()[0]);
  computeOne(sum, 1);
  sum.update()
      .reorder(sum.args()[0], product.k.x)
      .vectorize(sum.args()[0], target.lanes)
      .unroll(sum.args()[0]);
  return product.scheduled(target.arch);
}

Kernel buildRecurrentReset(const RecurrentCellSpec &spec, const CpuTarget &target) {
  Algorithm reset = recurrentResetAlgorithm(spec);
  scheduleDense(reset.output, target);
  return reset.scheduled(target.arch);
}

Kernel buildRecurrentCell(const RecurrentCellSpec &spec, const CpuTarget &target) {
  Algorithm cell = recurrentCellAlgorithm(spec);
  scheduleRows(cell.output, 1, target);
  return cell.scheduled(target.arch);
}

Kernel buildReverseSequence(const ReverseSequenceSpec &spec, const CpuTarget &target) {
  Algorithm reverse = reverseSequenceAlgorithm(spec);
  scheduleDense(reverse.output, withLanesFor(spec.type.bits(), target));
  return reverse.scheduled(target.arch);
}

} // namespace segc
