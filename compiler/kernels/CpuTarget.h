//===- CpuTarget.h - what schedules need to know of a processor -*- C++ -*-===//
//
// Made from `--arch`. A schedule asks for lanes and registers and never for a
// processor's name.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CPUTARGET_H
#define SEGC_KERNELS_CPUTARGET_H

#include "compiler/kernels/TargetTraits.h"

#include <optional>
#include <string>
#include <vector>

namespace segc {

/// `lanes` are the floats of a vector register.
struct CpuTarget : TargetTraits {
  static constexpr const char *kDefaultArch = "native";

  /// Vector registers.
  int registers = 16;
  /// Whether a fused multiply-add takes an operand from memory, broadcast
  /// (AVX-512), so that a tile needs no register for it.
  bool broadcastsFromMemory = false;
  /// Second-level cache of one core, in bytes.
  int64_t l2Bytes = 1 << 20;

  /// The target of an `--arch` value; nothing if the name is unknown. "native"
  /// looks at the processor that runs the compiler.
  static std::optional<CpuTarget> fromArch(const std::string &arch);
  /// The names that fromArch knows, for messages.
  static std::vector<std::string> knownArchs();
};

} // namespace segc

#endif // SEGC_KERNELS_CPUTARGET_H
