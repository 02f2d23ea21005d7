//===- ProductTile.h - sums of products in registers ------------*- C++ -*-===//
//
// Matrix products of every sort keep a tile of their sums in registers while they go over
// all terms: some vectors of neighbouring columns in each of several rows.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_PRODUCTTILE_H
#define SEGC_SCHEDULES_CPU_PRODUCTTILE_H

#include <Halide.h>

#include <vector>

namespace segc {

struct ProductTile {
  int columns; ///< a multiple of `lanes`
  int rows;
  int lanes;
};

/// Schedules `out`, whose element at column n and row m is
/// `sum(n % columns, m % rows, n / columns, m / rows, ...)`, and `sum`, which adds up over `terms`:
/// tile after tile along the columns, then the rows, then `outer`. Whole tiles are computed,
/// and only their stores guarded. Returns the loop over tiles of rows.
Halide::Var scheduleProduct(Halide::Func out, Halide::Func sum, const Halide::RDom &terms,
                            Halide::Var n, Halide::Var m, const std::vector<Halide::Var> &outer,
                            const ProductTile &tile);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_PRODUCTTILE_H
