//===- MatMul.h - matrix product of dense tensors ---------------*- C++ -*-===//

#ifndef SEGC_KERNELS_MATMUL_H
#define SEGC_KERNELS_MATMUL_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Kernel.h"
#include "schedules/cpu/MatMul.h"

namespace segc {

/// output[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n]. Views are, innermost
/// first, lhs (k, m, b), rhs (n, k, b), output (n, m, b), contiguous along the first;
/// a batch that is repeated has stride 0. All extents are run-time values.
/// Args: lhs, rhs, output.
Kernel buildMatMul(const MatMulKnobs &knobs, const CpuTarget &target);

} // namespace segc

#endif // SEGC_KERNELS_MATMUL_H
