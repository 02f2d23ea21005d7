//===- MatMul.h - matrix product of dense tensors ---------------*- C++ -*-===//

#ifndef SEGC_LOWERING_MATMUL_H
#define SEGC_LOWERING_MATMUL_H

#include "compiler/lowering/CpuTarget.h"
#include "compiler/lowering/Kernel.h"
#include "schedules/cpu/MatMul.h"

namespace segc {

/// output[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n]. Views are, innermost
/// first, lhs (k, m, b), rhs (n, k, b), output (n, m, b), contiguous along the first;
/// a batch that is repeated has stride 0. All extents are run-time values.
/// Args: lhs, rhs, output.
Kernel buildMatMul(const MatMulKnobs &knobs, const CpuTarget &target);

} // namespace segc

#endif // SEGC_LOWERING_MATMUL_H
