//===- CudaStmtPrinter.h - loops on the threads of a GPU --------*- C++ -*-===//
//
// Two printers of one kernel. The host's prints what surrounds the loops over blocks and
// threads, and a launch for each nest of them; the nest itself becomes a __global__
// function that takes what it uses from outside, no more: pointers and numbers, so that
// reading it needs nothing else.
//
//   for blocks { for threads { ... } }  -->  static __global__ void NAME_kernel(...) { ... }
//                                            launch(&NAME_kernel, {blocks}, threads, ...)
//
// Of a kernel whose sums the runtime computes the nest is what becomes of one (FinishPrinter.h).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CUDA_CUDASTMTPRINTER_H
#define SEGC_CODEGEN_CUDA_CUDASTMTPRINTER_H

#include "compiler/codegen/StmtPrinter.h"
#include "compiler/kernels/RuntimeSums.h"

#include <array>

namespace segc {

class CudaHostPrinter : public StmtPrinter {
public:
  /// `sums` is null, or what the runtime computes for the kernel.
  CudaHostPrinter(std::string kernelName, const RuntimeSums *sums)
      : StmtPrinter(std::move(kernelName)), sums(sums) {}

  /// The __global__ functions that were printed, or what the runtime's calls.
  const std::string &kernels() const { return functions; }

private:
  void printParallel(const Halide::Internal::For *op) override;
  void printHeap(const Halide::Internal::Allocate *op) override;

  /// A call of the template that computes the sums which the nest finishes.
  void printSums(const Halide::Internal::For *op);

  const RuntimeSums *sums;
  std::string functions;
  int launches = 0;
};

class CudaKernelPrinter : public StmtPrinter {
public:
  /// `threads`: of a block, in each dimension; they are numbered through in one.
  CudaKernelPrinter(std::string kernelName, std::array<int64_t, 3> threads)
      : StmtPrinter(std::move(kernelName)), threads(threads) {
    fusesScalars = true;
  }

  /// Of the memory that a block's threads share.
  int64_t sharedBytes() const { return shared; }
  /// Whether they wait for each other.
  bool waits() const { return hasBarrier; }

private:
  void printParallel(const Halide::Internal::For *op) override;
  void printHeap(const Halide::Internal::Allocate *op) override;
  void printShared(const Halide::Internal::Allocate *op) override;
  void printBarrier() override;
  /// Which thread this is in dimension `axis`.
  std::string threadNumber(int axis) const;

  std::array<int64_t, 3> threads;
  int64_t shared = 0;
  bool hasBarrier = false;
};

} // namespace segc

#endif // SEGC_CODEGEN_CUDA_CUDASTMTPRINTER_H
