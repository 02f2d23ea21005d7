//===- Pool.cpp - schedules of pooling and unpooling ------------*- C++ -*-===//

#include "schedules/cpu/Pool.h"

using namespace Halide;

namespace segc {

void schedulePool(Func out, Func window, bool unrolled, int block, const CpuTarget &target) {
  Var loop = scheduleRows(out, block, target);
  if (unrolled)
    return;
  Var vector = window.args()[block > 1 ? 0 : 1];
  window.compute_at(out, loop).store_in(MemoryType::Stack);
  window.bound_extent(vector, block > 1 ? block : target.lanes);
  for (Var var : window.args())
    if (var.name() != vector.name())
      window.bound_extent(var, 1);
  window.vectorize(vector);
  window.update().vectorize(vector);
}

void scheduleScatter(Func out, Var ci, Var cb, int block, const CpuTarget &target) {
  scheduleRows(out, block, target);
  // A vector's lanes are different channels, so their places differ.
  out.update().parallel(cb);
  if (block > 1)
    out.update().vectorize(ci);
}

} // namespace segc
