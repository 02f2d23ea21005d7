//===- Integer.cpp - sums of products of integers on a processor -*- C++ -*-===//

#include "schedules/cpu/Integer.h"

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

/// The tile `sum(column, row, ...)` in registers, computed at `loop` of the output.
static void keepInRegisters(Func sum, Func out, Var loop, int columns, int rows, int lanes) {
  std::vector<Var> args = sum.args();
  sum.compute_at(out, loop)
      .store_in(MemoryType::Stack)
      .bound_extent(args[0], columns)
      .bound_extent(args[1], rows);
  computeOne(sum, 2);
  sum.vectorize(args[0], lanes).unroll(args[0]).unroll(args[1]);
}

Kernel buildConvInteger(const ConvIntegerSpec &spec, const IntegerTile &tile,
                        const CpuTarget &target) {
  const int lanes = target.lanes, columns = tile.columns(target, 32), channels = tile.rows;
  ConvIntegerAlgorithm conv = convIntegerAlgorithm(spec, columns, channels);
  Func out = conv.output, sum = conv.sum;
  Var x = out.args()[0], y = out.args()[1], oc = out.args()[2], n = out.args()[3];
  Var xo("xo"), xi("xi"), vectors("vectors"), lane("lane"), oo("oo"), oi("oi"), task("task");
  out.split(x, xo, xi, columns, TailStrategy::GuardWithIf)
      .split(xi, vectors, lane, lanes, TailStrategy::GuardWithIf)
      .split(oc, oo, oi, channels, TailStrategy::GuardWithIf)
      .reorder({lane, vectors, oi, xo, oo, y, n})
      .vectorize(lane)
      .fuse(y, n, task)
      .parallel(task);
  keepInRegisters(sum, out, xo, columns, channels, lanes);
  std::vector<Var> args = sum.args();
  sum.update()
      .reorder({args[0], args[1], conv.window.x, conv.window.y, conv.window.z})
      .vectorize(args[0], lanes)
      .unroll(args[0])
      .unroll(args[1]);
  return conv.scheduled(target.arch);
}

Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const IntegerTile &tile,
                          const CpuTarget &target) {
  const int lanes = withLanesFor(spec.type.bits(), target).lanes;
  const int columns = tile.columns(target, spec.type.bits());
  MatMulIntegerAlgorithm product = matMulIntegerAlgorithm(spec, tile.rows, columns);
  Func out = product.output, sum = product.sum;
  Var n = out.args()[0], m = out.args()[1], b = out.args()[2];
  Var no("no"), ni("ni"), lane("lane"), vectors("vectors"), mo("mo"), mi("mi"), task("task");
  out.split(n, no, ni, columns, TailStrategy::GuardWithIf)
      .split(ni, vectors, lane, lanes, TailStrategy::GuardWithIf)
      .split(m, mo, mi, tile.rows, TailStrategy::GuardWithIf)
      .reorder({lane, vectors, mi, no, mo, b})
      .fuse(mo, b, task)
      .vectorize(lane)
      .parallel(task);
  keepInRegisters(sum, out, no, columns, tile.rows, lanes);
  std::vector<Var> args = sum.args();
  sum.update()
      .reorder(args[0], args[1], product.k.x)
      .vectorize(args[0], lanes)
      .unroll(args[0])
      .unroll(args[1]);
  return product.scheduled(target.arch);
}

} // namespace segc
