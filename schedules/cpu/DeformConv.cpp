//===- DeformConv.cpp - deformable convolution on a processor ---*- C++ -*-===//

#include "schedules/cpu/DeformConv.h"

#include "schedules/cpu/MatMul.h"
#include "schedules/cpu/ProductTile.h"
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
  const ProductTile tile{knobs.tileVectors * target.lanes, knobs.tileRows, target.lanes};
  DeformProductAlgorithm product = deformProductAlgorithm(hasBias, tile.rows, tile.columns);
  Func out = product.output;
  Var x = out.args()[0], m = out.args()[1], group = out.args()[2], n = out.args()[3], task("task");
  Var rows = scheduleProduct(out, product.sum, product.k, x, m, {group, n}, tile);
  out.fuse(rows, group, task).parallel(task);
  return product.scheduled(target.arch);
}

} // namespace segc
