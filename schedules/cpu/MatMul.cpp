//===- MatMul.cpp - the matrix product on a processor -----------*- C++ -*-===//

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

Kernel buildMatMul(const MatMulKnobs &knobs, const CpuTarget &target) {
  const int columns = knobs.tileVectors * target.lanes;
  MatMulAlgorithm product = matMulAlgorithm(knobs.tileRows, columns);
  Func out = product.output, sum = product.sum;
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2];
  Var no("no"), ni("ni"), lane("lane"), vectors("vectors"), mo("mo"), mi("mi"), task("task");
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
      .reorder(args[0], args[1], product.k.x)
      .vectorize(args[0], target.lanes)
      .unroll(args[0])
      .unroll(args[1]);
  return product.scheduled(target.arch);
}

} // namespace segc
