//===- MatMul.h - the matrix product on a processor -------------*- C++ -*-===//
//
// A register tile of some rows by some vectors of columns: per step of k it loads the
// vectors of the right matrix once for all rows, and a number of the left one a row.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_MATMUL_H
#define SEGC_SCHEDULES_CPU_MATMUL_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/MatMul.h"

namespace segc {

/// Legal: tileRows * tileVectors + tileVectors within the registers.
struct MatMulKnobs {
  int tileRows = 4;
  int tileVectors = 2;

  static MatMulKnobs choose(const CpuTarget &target);
};

Kernel buildMatMul(const MatMulKnobs &knobs, const CpuTarget &target);
/// With the knobs of choose(), for matrices of any size.
Kernel buildMatMul(const GemmSize &size, const CpuTarget &target);
/// What two sizes must have in common to have one kernel.
std::string matMulKey(const GemmSize &size, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_MATMUL_H
