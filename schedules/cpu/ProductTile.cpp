//===- ProductTile.cpp - sums of products in registers ----------*- C++ -*-===//

#include "schedules/cpu/ProductTile.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Var scheduleProduct(Func out, Func sum, const RDom &terms, Var n, Var m,
                    const std::vector<Var> &outer, const ProductTile &tile) {
  Var no("no"), ni("ni"), lane("lane"), vectors("vectors"), mo("mo"), mi("mi");
  std::vector<VarOrRVar> order{lane, vectors, mi, no, mo};
  order.insert(order.end(), outer.begin(), outer.end());
  out.split(n, no, ni, tile.columns, TailStrategy::GuardWithIf)
      .split(ni, vectors, lane, tile.lanes, TailStrategy::GuardWithIf)
      .split(m, mo, mi, tile.rows, TailStrategy::GuardWithIf)
      .reorder(order)
      .vectorize(lane);
  std::vector<Var> args = sum.args();
  sum.compute_at(out, no)
      .store_in(MemoryType::Stack)
      .bound_extent(args[0], tile.columns)
      .bound_extent(args[1], tile.rows);
  computeOne(sum, 2);
  sum.vectorize(args[0], tile.lanes).unroll(args[0]).unroll(args[1]);
  std::vector<VarOrRVar> inner{args[0], args[1]};
  for (int i = 0; i < terms.dimensions(); ++i)
    inner.emplace_back(terms[i]);
  sum.update().reorder(inner).vectorize(args[0], tile.lanes).unroll(args[0]).unroll(args[1]);
  return mo;
}

} // namespace segc
