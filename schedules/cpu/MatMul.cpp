//===- MatMul.cpp - schedule of the matrix product --------------*- C++ -*-===//

#include "schedules/cpu/MatMul.h"

#include "schedules/cpu/Rows.h"

#include <algorithm>

using namespace Halide;

namespace segc {

MatMulKnobs MatMulKnobs::choose(const CpuTarget &target) {
  MatMulKnobs knobs;
  knobs.tileVectors = 2;
  knobs.tileRows = (target.registers - knobs.tileVectors - 2) / knobs.tileVectors;
  knobs.tileRows = std::min(knobs.tileRows, 12);
  return knobs;
}

void scheduleMatMul(Func out, Func sum, RDom k, const MatMulKnobs &knobs, const CpuTarget &target) {
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2];
  Var no("no"), ni("ni"), lane("lane"), vectors("vectors"), mo("mo"), mi("mi"), task("task");
  const int columns = knobs.tileVectors * target.lanes;
  out.split(n, no, ni, columns, TailStrategy::GuardWithIf)
      .split(ni, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .split(m, mo, mi, knobs.tileRows, TailStrategy::GuardWithIf)
      .reorder({lane, vectors, mi, no, mo, b})
      .fuse(mo, b, task)
      .vectorize(lane)
      .parallel(task);
  std::vector<Var> args = sum.args();
  sum.compute_at(out, no)
      .store_in(MemoryType::Stack)
      .bound_extent(args[0], columns)
      .bound_extent(args[1], knobs.tileRows);
  computeOne(sum, 2);
  sum.vectorize(args[0], target.lanes).unroll(args[0]).unroll(args[1]);
  sum.update()
      .reorder(args[0], args[1], k.x)
      .vectorize(args[0], target.lanes)
      .unroll(args[0])
      .unroll(args[1]);
}

} // namespace segc
