//===- CpuTarget.cpp - processors by name -----------------------*- C++ -*-===//

#include "compiler/kernels/CpuTarget.h"

namespace segc {
namespace {

#if defined(__aarch64__)
constexpr bool kHostIsArm = true;
#else
constexpr bool kHostIsArm = false;
#endif

/// What schedules are written for on the processor that runs the compiler.
std::string hostArch() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return "x86-64-v4";
  return "x86-64-v3";
#else
  return "aarch64";
#endif
}

Halide::Target halideTarget(const std::string &arch) {
  using Halide::Target;
  std::vector<Target::Feature> features{Target::NoRuntime, Target::NoBoundsQuery,
                                        Target::NoAsserts};
  if (arch == "aarch64")
    return Target(Target::Linux, Target::ARM, 64, features);
  // Lowering depends little on these: they tell Halide which vectors are native.
  for (Target::Feature feature : {Target::SSE41, Target::AVX, Target::AVX2, Target::FMA})
    features.push_back(feature);
  if (arch == "x86-64-v4")
    for (Target::Feature feature : {Target::AVX512, Target::AVX512_Skylake})
      features.push_back(feature);
  return Target(Target::Linux, Target::X86, 64, features);
}

} // namespace

std::vector<std::string> CpuTarget::knownArchs() {
  return {"native", "x86-64-v3", "x86-64-v4", "aarch64"};
}

std::optional<CpuTarget> CpuTarget::fromArch(const std::string &arch) {
  CpuTarget target;
  target.arch = arch == "native" ? hostArch() : arch;
  if (target.arch == "x86-64-v3") {
    target.lanes = 8;
    target.registers = 16;
  } else if (target.arch == "x86-64-v4") {
    target.lanes = 16;
    target.registers = 32;
    target.broadcastsFromMemory = true;
  } else if (target.arch == "aarch64") {
    target.lanes = 4;
    target.registers = 32;
    if (!kHostIsArm)
      target.compiler = "aarch64-linux-gnu-g++";
  } else {
    return std::nullopt;
  }
  target.halide = halideTarget(target.arch);

  if (arch == "native")
    target.compilerFlags.push_back(kHostIsArm ? "-mcpu=native" : "-march=native");
  else if (arch != "aarch64")
    target.compilerFlags.push_back("-march=" + arch);
  // g++ 12 prefers 256-bit vectors on some processors, even for explicit 512-bit
  // types it only moves around.
  if (target.arch == "x86-64-v4")
    target.compilerFlags.push_back("-mprefer-vector-width=512");
  // Kernels are vectorised already; at -O3 g++ unrolls and pipelines them again,
  // until registers spill.
  target.compilerFlags.push_back("-O2");
  target.compilerFlags.push_back("-fno-tree-vectorize");
  // The printer writes fma where it is wanted. Elsewhere a product is rounded before it is added
  // to, as ONNX Runtime does: what a quantised network rounds to integers must not depend on the
  // compiler.
  target.compilerFlags.push_back("-ffp-contract=off");
  // Functions of segc_vector.h are always inlined: how their vectors would be passed
  // does not matter.
  target.compilerFlags.push_back("-Wno-psabi");
  return target;
}

} // namespace segc
