//===- TargetTraits.h - what every target has -------------------*- C++ -*-===//

#ifndef SEGC_KERNELS_TARGETTRAITS_H
#define SEGC_KERNELS_TARGETTRAITS_H

#include <Halide.h>

#include <string>
#include <vector>

namespace segc {

struct TargetTraits {
  /// As given with `--arch`, but for "native", which is resolved: "x86-64-v3", "sm_90".
  std::string arch;
  /// The channel block of feature maps: channels that lie side by side.
  int lanes = 8;
  /// What Halide lowers for: no runtime, no bounds queries.
  Halide::Target halide;
  /// The compiler of generated sources and its flags: {"-march=x86-64-v4", ...}.
  std::string compiler = "c++";
  std::vector<std::string> compilerFlags;
};

} // namespace segc

#endif // SEGC_KERNELS_TARGETTRAITS_H
