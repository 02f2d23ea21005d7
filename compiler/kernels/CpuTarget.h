//===- CpuTarget.h - what schedules need to know of a processor -*- C++ -*-===//
//
// Made from `--arch`. A schedule asks for lanes and registers and never for a
// processor's name.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CPUTARGET_H
#define SEGC_KERNELS_CPUTARGET_H

#include <Halide.h>

#include <optional>
#include <string>
#include <vector>

namespace segc {

struct CpuTarget {
  /// As given: "x86-64-v3", "x86-64-v4", "aarch64" ("native" is resolved).
  std::string arch;
  /// Floats in a vector register; the channel block of feature maps.
  int lanes = 8;
  /// Vector registers.
  int registers = 16;
  /// Whether a fused multiply-add takes an operand from memory, broadcast
  /// (AVX-512), so that a tile needs no register for it.
  bool broadcastsFromMemory = false;
  /// Second-level cache of one core, in bytes.
  int64_t l2Bytes = 1 << 20;
  /// What Halide lowers for: no runtime, no bounds queries.
  Halide::Target halide;
  /// The host compiler and its flags: {"-march=x86-64-v4", ...}.
  std::string compiler = "c++";
  std::vector<std::string> compilerFlags;

  /// The target of an `--arch` value; nothing if the name is unknown. "native"
  /// looks at the processor that runs the compiler.
  static std::optional<CpuTarget> fromArch(const std::string &arch);
  /// The names that fromArch knows, for messages.
  static std::vector<std::string> knownArchs();
};

} // namespace segc

#endif // SEGC_KERNELS_CPUTARGET_H
