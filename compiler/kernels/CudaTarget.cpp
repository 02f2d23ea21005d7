//===- CudaTarget.cpp - GPUs by name ----------------------------*- C++ -*-===//

#include "compiler/kernels/CudaTarget.h"

#include <algorithm>

namespace segc {

std::vector<std::string> CudaTarget::knownArchs() {
  return {"native", "emulated", "sm_75",  "sm_80",  "sm_86",
          "sm_89",  "sm_90",    "sm_90a", "sm_100", "sm_120"};
}

std::optional<CudaTarget> CudaTarget::fromArch(const std::string &arch) {
  const std::vector<std::string> known = knownArchs();
  if (std::find(known.begin(), known.end(), arch) == known.end())
    return std::nullopt;
  using Halide::Target;
  CudaTarget target;
  target.arch = arch;
  // The feature makes Halide lower loops over blocks and threads. Its own code generators are
  // never reached.
  target.halide =
      Target(Target::Linux, Target::X86, 64,
             {Target::NoRuntime, Target::NoBoundsQuery, Target::NoAsserts, Target::OpenCL});
  // Tesla T4, GeForce RTX 3090, A100, H100 and what followed them.
  if (arch == "sm_80" || arch == "sm_86" || arch == "sm_89")
    target.multiprocessors = 108;
  else if (arch != CudaTarget::kDefaultArch && !target.isEmulated())
    target.multiprocessors = 132;
  if (arch != CudaTarget::kDefaultArch && arch != "native") {
    target.sharedBytes = 99 << 10;
    target.copiesBeside = true;
  }
  if (target.isEmulated()) {
    // A product is rounded before it is added to, unless the source says fma.
    target.compilerFlags = {"-DSEGC_CUDA_EMULATION", "-march=native", "-ffp-contract=off",
                            "-Wno-psabi"};
    return target;
  }
  target.compiler = "nvcc";
  target.compilerFlags = {"-arch=" + arch, "--fmad=false"};
  return target;
}

bool CudaTarget::has(Precision precision) const {
  return arch != kDefaultArch || precision == Precision::Float32 || precision == Precision::Float16;
}

std::optional<Halide::Type> CudaTarget::storedType() const {
  switch (precision) {
  case Precision::Float16:
    return Halide::Float(16);
  case Precision::BFloat16:
    return Halide::BFloat(16);
  default:
    return std::nullopt;
  }
}

std::string nameOf(Precision precision) {
  switch (precision) {
  case Precision::Float32:
    return "fp32";
  case Precision::Tf32:
    return "tf32";
  case Precision::Float16:
    return "fp16";
  case Precision::BFloat16:
    return "bf16";
  }
  return "";
}

std::optional<Precision> CudaTarget::precisionFrom(const std::string &name) {
  for (Precision precision :
       {Precision::Float32, Precision::Tf32, Precision::Float16, Precision::BFloat16})
    if (nameOf(precision) == name)
      return precision;
  return std::nullopt;
}

} // namespace segc
