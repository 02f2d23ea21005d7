//===- DeformConv.cpp - deformable convolution on a processor ---*- C++ -*-===//

#include "schedules/cpu/DeformConv.h"

#include "schedules/cpu/MatMul.h"
#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Kernel buildDeformColumns(bool hasMask, const CpuTarget &target) {
  DeformColumnsAlgorithm columns = deformColumnsAlgorithm(hasMask);
  Func out = columns.output;
  std::vector<Var> args = out.args(); // x, tap, channel, group, n
  Var vectors("vectors"), lane("lane");
  out.split(args[0], vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .reorder({lane, args[2], vectors, args[1], args[3], args[4]})
      .vectorize(lane)
      .parallel(args[1]);
  for (Func place : {columns.top, columns.left, columns.down, columns.right}) {
    place.compute_at(out, vectors)
        .store_in(MemoryType::Stack)
        .bound_extent(place.args()[0], target.lanes)
        .vectorize(place.args()[0]);
    computeOne(place, 1);
  }
  return columns.scheduled(target.arch);
}

Kernel buildDeformProduct(bool hasBias, const CpuTarget &target) {
  const MatMulKnobs knobs = MatMulKnobs::choose(target);
  const int wide = knobs.tileVectors * target.lanes;
  DeformProductAlgorithm product = deformProductAlgorithm(hasBias, knobs.tileRows, wide);
  Func out = product.output, sum = product.sum;
  Var x = out.args()[0], m = out.args()[1], group = out.args()[2], n = out.args()[3];
  Var xo("xo"), xi("xi"), lane("lane"), vectors("vectors"), mo("mo"), mi("mi");
  Var task("task");
  out.split(x, xo, xi, wide, TailStrategy::GuardWithIf)
      .split(xi, vectors, lane, target.lanes, TailStrategy::GuardWithIf)
      .split(m, mo, mi, knobs.tileRows, TailStrategy::GuardWithIf)
      .reorder({lane, vectors, mi, xo, mo, group, n})
      .fuse(mo, group, task)
      .vectorize(lane)
      .parallel(task);
  std::vector<Var> args = sum.args();
  sum.compute_at(out, xo)
      .store_in(MemoryType::Stack)
      .bound_extent(args[0], wide)
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
