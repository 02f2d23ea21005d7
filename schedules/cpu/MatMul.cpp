//===- MatMul.cpp - the matrix product on a processor -----------*- C++ -*-===//

#include "schedules/cpu/MatMul.h"

#include "schedules/cpu/ProductTile.h"

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
  const ProductTile tile{knobs.tileVectors * target.lanes, knobs.tileRows, target.lanes};
  MatMulAlgorithm product = matMulAlgorithm(tile.rows, tile.columns);
  Func out = product.output;
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2], task("task");
  Var rows = scheduleProduct(out, product.sum, product.k, n, m, {b}, tile);
  out.fuse(rows, b, task).parallel(task);
  return product.scheduled(target.arch);
}

std::string matMulKey(const GemmSize &, const CpuTarget &) { return "matmul"; }

Kernel buildMatMul(const GemmSize &, const CpuTarget &target) {
  return buildMatMul(MatMulKnobs::choose(target), target);
}

} // namespace segc
