//===- Integer.h - sums of products of integers on a processor --*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_INTEGER_H
#define SEGC_SCHEDULES_CPU_INTEGER_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Integer.h"

namespace segc {

/// Sums that a tile of registers holds: `vectors` vectors of columns in each of `rows` rows (of a
/// matrix) or output channels.
struct IntegerTile {
  int vectors = 2;
  int rows = 4;

  /// For sums of `bits`.
  int columns(const CpuTarget &target, int bits) const;
};

Kernel buildWiden(const WidenSpec &spec, const CpuTarget &target);
/// With one group the tile has several channels, else one.
Kernel buildConvInteger(const ConvIntegerSpec &spec, const IntegerTile &tile,
                        const CpuTarget &target);
Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const IntegerTile &tile,
                          const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_INTEGER_H
