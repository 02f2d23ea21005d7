//===- KernelFarm.h - making kernels side by side ---------------*- C++ -*-===//
//
// Halide takes most of the time of a compilation, and has global state: the numbers of
// its names. So every kernel is built, lowered and printed in a process of its own, a
// copy of this one in which Halide has not done anything yet. The text of a kernel then
// depends on the kernel alone, not on others nor on how many are made at once, and a
// crash in Halide ends in a message with the kernel's name.
//
//   begin   forks the copy, which builds the pipeline and tells its signature
//   make    queues it; when there is room the copy lowers and prints the kernel, unless the
//           cache has its text
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_KERNELFARM_H
#define SEGC_PACKAGE_KERNELFARM_H

#include "compiler/lowering/KernelMaker.h"
#include "compiler/package/Cache.h"
#include "compiler/package/ProcessPool.h"

namespace segc {

class KernelFarm : public KernelMaker {
public:
  /// Runs in the copy. May throw std::exception.
  using Print = std::function<std::string(const Kernel &)>;
  /// The text of the kernel that was asked for as number `index`.
  using Printed =
      std::function<void(size_t index, const std::string &name, const std::string &text)>;

  /// `printKey`: all that `print` depends on besides the kernel.
  KernelFarm(ProcessPool &pool, Cache &cache, std::string printKey, Print print, Printed printed);

  KernelSignature begin(const std::string &key, llvm::function_ref<Kernel()> build) override;
  void make(const std::string &name) override;

  /// Why a kernel could not be made; the pool is abandoned then.
  const std::optional<std::string> &error() const { return message; }

private:
  ProcessPool &pool;
  Cache &cache;
  std::string printKey;
  Print print;
  Printed printed;
  std::optional<std::string> message;
  ProcessPool::Copy begun;
  std::string begunKey;
  size_t made = 0;
};

} // namespace segc

#endif // SEGC_PACKAGE_KERNELFARM_H
