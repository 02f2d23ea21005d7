//===- Integer.h - sums of products of integers on a processor --*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_INTEGER_H
#define SEGC_SCHEDULES_CPU_INTEGER_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Integer.h"

namespace segc {

Kernel buildWiden(const WidenSpec &spec, const CpuTarget &target);

/// Columns of the image that a tile of the convolution computes: rows must be readable for whole
/// tiles.
int convIntegerColumns(const CpuTarget &target);
/// With one group a tile has several channels, else one.
Kernel buildConvInteger(const ConvIntegerSpec &spec, bool isGrouped, const CpuTarget &target);
Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_INTEGER_H
