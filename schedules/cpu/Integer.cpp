//===- Integer.cpp - sums of products of integers on a processor -*- C++ -*-===//

#include "schedules/cpu/Integer.h"

#include "schedules/cpu/ProductTile.h"
#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

int IntegerTile::columns(const CpuTarget &target, int bits) const {
  return vectors * withLanesFor(bits, target).lanes;
}

Kernel buildWiden(const WidenSpec &spec, const CpuTarget &target) {
  Algorithm widen = widenAlgorithm(spec);
  scheduleDense(widen.output, target);
  return widen.scheduled(target.arch);
}

Kernel buildConvInteger(const ConvIntegerSpec &spec, const IntegerTile &tile,
                        const CpuTarget &target) {
  const ProductTile sums{tile.columns(target, 32), tile.rows, target.lanes};
  ConvIntegerAlgorithm conv = convIntegerAlgorithm(spec, sums.columns, sums.rows);
  Func out = conv.output;
  Var x = out.args()[0], y = out.args()[1], oc = out.args()[2], n = out.args()[3], task("task");
  scheduleProduct(out, conv.sum, conv.window, x, oc, {y, n}, sums);
  out.fuse(y, n, task).parallel(task);
  return conv.scheduled(target.arch);
}

Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const IntegerTile &tile,
                          const CpuTarget &target) {
  const int bits = spec.type.bits();
  const ProductTile sums{tile.columns(target, bits), tile.rows, withLanesFor(bits, target).lanes};
  MatMulIntegerAlgorithm product = matMulIntegerAlgorithm(spec, sums.rows, sums.columns);
  Func out = product.output;
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2], task("task");
  Var rows = scheduleProduct(out, product.sum, product.k, n, m, {b}, sums);
  out.fuse(rows, b, task).parallel(task);
  return product.scheduled(target.arch);
}

} // namespace segc
