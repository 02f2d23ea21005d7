//===- Pool.cpp - pooling and unpooling on a processor ----------*- C++ -*-===//

#include "schedules/cpu/Pool.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Kernel buildPool(const PoolSpec &spec, const CpuTarget &target) {
  PoolAlgorithm pool = poolAlgorithm(spec);
  Var loop = scheduleRows(pool.output, spec.block, target);
  if (!pool.unrolled) {
    Func window = pool.window;
    Var vector = window.args()[spec.block > 1 ? 0 : 1];
    window.compute_at(pool.output, loop).store_in(MemoryType::Stack);
    window.bound_extent(vector, spec.block > 1 ? spec.block : target.lanes);
    for (Var var : window.args())
      if (var.name() != vector.name())
        window.bound_extent(var, 1);
    window.vectorize(vector);
    window.update().vectorize(vector);
  }
  return pool.scheduled(target.arch);
}

Kernel buildMaxUnpool(const MaxUnpoolSpec &spec, const CpuTarget &target) {
  Algorithm unpool = maxUnpoolAlgorithm(spec);
  scheduleRows(unpool.output, spec.block, target);
  if (!spec.switchesInWindow) {
    std::vector<Var> args = unpool.output.args();
    // A vector's lanes are different channels, so their places differ.
    unpool.output.update().parallel(args[3]);
    if (spec.block > 1)
      unpool.output.update().vectorize(args[0]);
  }
  return unpool.scheduled(target.arch);
}

Kernel buildSwitchesToOnnx(const SwitchesSpec &spec, const CpuTarget &target) {
  Algorithm algorithm = switchesToOnnxAlgorithm(spec);
  scheduleRows(algorithm.output, 1, withLanesFor(64, target));
  return algorithm.scheduled(target.arch);
}

Kernel buildSwitchesFromOnnx(const SwitchesSpec &spec, const CpuTarget &target) {
  Algorithm algorithm = switchesFromOnnxAlgorithm(spec);
  scheduleRows(algorithm.output, spec.block, withLanesFor(64, target));
  return algorithm.scheduled(target.arch);
}

} // namespace segc
