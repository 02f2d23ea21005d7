//===- Integer.cpp - sums of products of integers on a processor -*- C++ -*-===//

#include "schedules/cpu/Integer.h"

#include "schedules/cpu/ProductTile.h"
#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

/// Sums that a tile of registers holds: so many vectors of columns in each of so many rows (of a
/// matrix) or output channels.
static constexpr int kTileVectors = 2, kTileRows = 4;

int convIntegerColumns(const CpuTarget &target) { return kTileVectors * target.lanes; }

Kernel buildWiden(const WidenSpec &spec, const CpuTarget &target) {
  Algorithm widen = widenAlgorithm(spec);
  scheduleDense(widen.output, target);
  return widen.scheduled(target.arch);
}

Kernel buildConvInteger(const ConvIntegerSpec &spec, bool isGrouped, const CpuTarget &target) {
  const ProductTile sums{convIntegerColumns(target), isGrouped ? 1 : kTileRows, target.lanes};
  ConvIntegerAlgorithm conv = convIntegerAlgorithm(spec, sums.columns, sums.rows);
  Func out = conv.output;
  Var x = out.args()[0], y = out.args()[1], oc = out.args()[2], n = out.args()[3], task("task");
  scheduleProduct(out, conv.sum, conv.window, x, oc, {y, n}, sums);
  out.fuse(y, n, task).parallel(task);
  return conv.scheduled(target.arch);
}

Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const CpuTarget &target) {
  const int lanes = withLanesFor(spec.type.bits(), target).lanes;
  const ProductTile sums{kTileVectors * lanes, kTileRows, lanes};
  MatMulIntegerAlgorithm product = matMulIntegerAlgorithm(spec, sums.rows, sums.columns);
  Func out = product.output;
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2], task("task");
  Var rows = scheduleProduct(out, product.sum, product.k, n, m, {b}, sums);
  out.fuse(rows, b, task).parallel(task);
  return product.scheduled(target.arch);
}

} // namespace segc
