//===- KernelMaker.h - who makes the kernels of a program -------*- C++ -*-===//
//
// A program names its kernels and knows their arguments; their code is made elsewhere,
// kernel by kernel, while the rest of the program is being built. ProgramBuilder asks
// for kernels and never runs Halide itself: Halide numbers its names over the whole
// process, and a kernel's code must depend on nothing but the kernel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_KERNELMAKER_H
#define SEGC_LOWERING_KERNELMAKER_H

#include "compiler/kernels/Kernel.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace segc {

/// What calls of a kernel need to know.
struct KernelSignature {
  std::string name;
  /// As in Kernel, but for what is Halide's: halideName and floatsPerIteration are empty.
  std::vector<KernelArg> args;
};

/// A kernel cannot be made; the text names it. A bug of segc.
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class KernelMaker {
public:
  virtual ~KernelMaker() = default;

  /// The signature of the kernel that `build` builds and `key` is all about, with
  /// the name that the kernel gives itself. `build` is not called later.
  virtual KernelSignature begin(const std::string &key, llvm::function_ref<Kernel()> build) = 0;

  /// Makes the kernel that the last begin() was about, under a name that no other has.
  virtual void make(const std::string &name) = 0;
};

} // namespace segc

#endif // SEGC_LOWERING_KERNELMAKER_H
