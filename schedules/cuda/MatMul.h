//===- MatMul.h - the matrix product on a GPU -------------------*- C++ -*-===//
//
// Sums of the runtime (segc_cuda_matmul.h), in the target's precision.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_MATMUL_H
#define SEGC_SCHEDULES_CUDA_MATMUL_H

#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/MatMul.h"

namespace segc {

/// For matrices of about this size.
Kernel buildMatMul(const GemmSize &size, const CudaTarget &target);
/// What two sizes must have in common to have one kernel.
std::string matMulKey(const GemmSize &size, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_MATMUL_H
