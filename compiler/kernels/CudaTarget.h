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

/// What products are computed in; sums are float32 in any case (segc compile --precision).
enum class Precision {
  Float32,  ///< on CUDA cores
  Tf32,     ///< on tensor cores, with operands rounded to ten bits
  Float16,  ///< on tensor cores; feature maps and weights are halves
  BFloat16, ///< the same of bfloat16
};

/// As users call it: "fp32", "tf32", "fp16", "bf16".
std::string nameOf(Precision precision);

struct CudaTarget : TargetTraits {
  /// Its PTX is compiled again on every newer GPU.
  static constexpr const char *kDefaultArch = "sm_75";

  /// Threads of a block where nothing speaks for another number.
  int threads = 128;
  /// Of a usual GPU of the architecture: how many pieces work should be cut into.
  int multiprocessors = 40;
  /// Of convolutions and matrix products.
  Precision precision = Precision::Float32;
  /// What a block may have of shared memory.
  int sharedBytes = 48 << 10;
  /// Whether it has cp.async.
  bool copiesBeside = false;

  /// Whether the sources are compiled as C++ for this processor (segc_cuda_emulation.h): for
  /// tests, where there is no GPU.
  bool isEmulated() const { return arch == "emulated"; }

  /// The target of an `--arch` value; nothing if the name is unknown.
  static std::optional<CudaTarget> fromArch(const std::string &arch);
  /// What float maps in blocks, and weights of matrix products, lie in memory as, if it is not
  /// float32.
  std::optional<Halide::Type> storedType() const;
  /// Whether its tensor cores multiply such numbers.
  bool has(Precision precision) const;
  /// The precision that users call so; nothing if the name is unknown.
  static std::optional<Precision> precisionFrom(const std::string &name);
  /// The names that fromArch knows, for messages.
  static std::vector<std::string> knownArchs();
};

} // namespace segc

#endif // SEGC_KERNELS_CUDATARGET_H
