//===- LoweredKernel.h - Halide's loops for a kernel ------------*- C++ -*-===//
//
// Runs Halide's lowering up to the point where custom passes run: loops are
// unrolled and vectorised, but parallel and GPU loops are still loops. That
// statement is what the printers print.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_LOWEREDKERNEL_H
#define SEGC_CODEGEN_LOWEREDKERNEL_H

#include "compiler/kernels/Kernel.h"

#include <map>
#include <stdexcept>
#include <string>

namespace segc {

/// The printers cannot print a kernel: the text names the kernel and the cause.
struct PrintError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LoweredKernel {
  /// Loops and stores, without the lines that unpack arguments. RuntimeSums::current() is what the
  /// image that stands for the runtime's sums was.
  Halide::Internal::Stmt body;

  /// A part of a view that the body reads: `variable` stands for
  /// args[arg].FIELD[dimension].
  struct ViewField {
    int arg = 0;
    std::string field; ///< "min", "extent" or "stride"
    int dimension = 0;
  };
  /// By the name of the Halide variable.
  std::map<std::string, ViewField> fields;
};

/// Lowers `kernel` for `target`. With `asserts`, Halide's assertions about the arguments
/// stay in the body, and what the kernel claims of coordinates (`within`) is checked where
/// they are used: a Call::require. Halide::Error propagates.
LoweredKernel lowerKernel(const Kernel &kernel, const Halide::Target &target, bool asserts);

} // namespace segc

#endif // SEGC_CODEGEN_LOWEREDKERNEL_H
