//===- Map.cpp - fused elementwise kernels on a processor -------*- C++ -*-===//

#include "schedules/cpu/Map.h"

#include "schedules/cpu/Rows.h"

#include <algorithm>

namespace segc {

Kernel buildMap(const MapSpec &spec, const CpuTarget &target) {
  Algorithm map = mapAlgorithm(spec);
  int widest = spec.type.bits();
  for (const MapOperand &operand : spec.operands)
    widest = std::max(widest, operand.type.bits());
  const CpuTarget vectors = withLanesFor(widest, target);
  if (spec.featureMap)
    scheduleRows(map.output, spec.block, vectors);
  else
    scheduleDense(map.output, vectors);
  return map.scheduled(target.arch);
}

} // namespace segc
