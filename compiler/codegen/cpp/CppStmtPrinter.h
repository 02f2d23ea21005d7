//===- CppStmtPrinter.h - loops on the threads of a processor ---*- C++ -*-===//
//
// Parallel loops become calls of segc::parallelFor with a lambda, and allocations on
// the heap a part of the memory that the caller hands in.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CPP_CPPSTMTPRINTER_H
#define SEGC_CODEGEN_CPP_CPPSTMTPRINTER_H

#include "compiler/codegen/StmtPrinter.h"
#include "compiler/kernels/Kernel.h"

#include <optional>

namespace segc {

class CppStmtPrinter : public StmtPrinter {
public:
  explicit CppStmtPrinter(std::string kernelName) : StmtPrinter(std::move(kernelName)) {}

  /// Memory for allocations on the heap: each iteration of the parallel loop has its own. With
  /// `asserts` the code checks that they fit.
  void provideScratch(const KernelArg &arg, bool asserts) {
    scratch = arg;
    checksScratch = asserts;
  }

private:
  void printParallel(const Halide::Internal::For *op) override;
  void printHeap(const Halide::Internal::Allocate *op) override;

  std::optional<KernelArg> scratch;
  bool checksScratch = false;
  Halide::Expr scratchFloats = 0; ///< taken
  /// The innermost parallel loop's variable, as printed.
  std::string iteration;
};

} // namespace segc

#endif // SEGC_CODEGEN_CPP_CPPSTMTPRINTER_H
