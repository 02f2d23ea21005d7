//===- Target.h - what a package is generated for ---------------*- C++ -*-===//
//
// A processor or a GPU. Whoever needs what all have asks through `->`; whoever does
// something else for each visits it, which is where the targets part: schedules, printers,
// compilers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_TARGET_H
#define SEGC_KERNELS_TARGET_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/CudaTarget.h"

#include <utility>
#include <variant>

namespace segc {

class Target {
public:
  Target() = default;
  Target(CpuTarget cpu) : target(std::move(cpu)) {}
  Target(CudaTarget cuda) : target(std::move(cuda)) {}

  /// Calls `function` with the CpuTarget or the CudaTarget.
  template <typename Function> decltype(auto) visit(Function &&function) const {
    return std::visit(std::forward<Function>(function), target);
  }
  const TargetTraits *operator->() const {
    return visit([](const auto &t) -> const TargetTraits * { return &t; });
  }
  /// Null if it is another.
  const CpuTarget *cpu() const { return std::get_if<CpuTarget>(&target); }
  const CudaTarget *cuda() const { return std::get_if<CudaTarget>(&target); }

private:
  std::variant<CpuTarget, CudaTarget> target;
};

} // namespace segc

#endif // SEGC_KERNELS_TARGET_H
