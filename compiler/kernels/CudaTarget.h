//===- CudaTarget.h - what schedules need to know of a GPU ------*- C++ -*-===//
//
// Made from `--target cuda --arch`. Feature maps lie in blocks of eight channels: a pixel
// of a block is one 32-byte sector of memory in float32, and what cp.async copies at once
// in halves; neighbouring threads take neighbouring channels and columns, so that every
// access of a warp is whole sectors, whatever the number of channels. Slices of a
// concatenation are whole blocks, and lie in one piece.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CUDATARGET_H
#define SEGC_KERNELS_CUDATARGET_H

#include "compiler/kernels/TargetTraits.h"

#include <optional>
#include <string>
#include <vector>

namespace segc {

struct CudaTarget : TargetTraits {
  /// Its PTX is compiled again on every newer GPU.
  static constexpr const char *kDefaultArch = "sm_75";

  /// Threads of a block where nothing speaks for another number.
  int threads = 128;
  /// Of a usual GPU of the architecture: how many pieces work should be cut into.
  int multiprocessors = 40;

  /// Whether the sources are compiled as C++ for this processor (segc_cuda_emulation.h): for
  /// tests, where there is no GPU.
  bool isEmulated() const { return arch == "emulated"; }

  /// The target of an `--arch` value; nothing if the name is unknown.
  static std::optional<CudaTarget> fromArch(const std::string &arch);
  /// The names that fromArch knows, for messages.
  static std::vector<std::string> knownArchs();
};

} // namespace segc

#endif // SEGC_KERNELS_CUDATARGET_H
