//===- CudaPrinter.h - a kernel as CUDA C++ ---------------------*- C++ -*-===//
//
//   static __global__ void __launch_bounds__(128) conv3x3_64_64_relu_kernel(...) { ... }
//
//   int32_t conv3x3_64_64_relu(cudaStream_t stream, const segc::View &input,
//                              const float *weights, const float *bias,
//                              const segc::View &output);
//
// The text needs the headers that kernels' files begin with, compiles with nvcc 12 or
// newer, or as C++17 under the emulation, and depends on the kernel and the target only.
// The function launches and returns a segc_status.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CUDA_CUDAPRINTER_H
#define SEGC_CODEGEN_CUDA_CUDAPRINTER_H

#include "compiler/codegen/KernelFunction.h"
#include "compiler/kernels/CudaTarget.h"

namespace segc {

/// The head of the function `name` that takes these arguments, with a semicolon.
std::string printCudaDeclaration(const std::string &name, const std::vector<KernelArg> &args);

/// Prints one kernel. Throws PrintError, or Halide::Error if Halide rejects the schedule.
PrintedKernel printCuda(const Kernel &kernel, const CudaTarget &target,
                        const PrintOptions &options = {});

} // namespace segc

#endif // SEGC_CODEGEN_CUDA_CUDAPRINTER_H
