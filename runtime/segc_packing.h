//===- segc_packing.h - the order in which kernels read weights --*- C++ -*-===//
//
// Part of the runtime that every generated package carries. Packed weights lie in the order in
// which register tiles read them:
//
//   [tile][block][tap][channel within its block][vector][lane]
//
// where tile, vector and lane together are the output channel (a tile has `vectors` channel
// blocks of `lanes`), block and channel the input channel, and tap is a place of the kernel.
// Zeros fill up what the model has no weights for. segc_prepare.h packs them.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKING_H
#define SEGC_PACKING_H

#include <cstdint>

namespace segc {

/// How stored weights are represented.
enum class WeightType : int32_t { Float32, Float16, BFloat16 };

enum class PackingKind : int32_t {
  Widen,   ///< outputChannels floats, in their order
  Reorder, ///< the order above
  Winograd ///< 3x3 kernels transformed to 6x6 places: [tile][place][channel][vector][lane]
};

/// What a kernel wants its weights to be. Stored weights are
/// [output channel][input channel of the group][tap], as ONNX has them for convolutions, or, with
/// transposedGroups > 0, [input channel][output channel of the group][tap].
struct Packing {
  PackingKind kind = PackingKind::Widen;
  int32_t outputChannels = 1;
  int32_t inputChannels = 1; ///< of one group
  int32_t taps = 1;          ///< places of the stored kernel
  int32_t transposedGroups = 0;
  /// Of a transposed convolution with groups: every tile has all input channels, those of other
  /// groups with zeros. Else a tile has those of its own group.
  int32_t allGroups = 0;
  int32_t tiles = 1, blocks = 1, block = 1, vectors = 1, lanes = 1;
  /// What a packed weight is; only Reorder makes others than float32.
  WeightType element = WeightType::Float32;
};

/// A piece of the prepared memory; offsets in bytes.
struct PreparedPiece {
  WeightType type;
  int64_t stored;   ///< in the stored weights
  int64_t scale;    ///< doubles there, one an output channel; -1: none
  int64_t prepared; ///< in the prepared memory
  Packing packing;
};

/// Bytes before the first stored weight.
constexpr int64_t kStoredHeader = 64;

/// Winograd's F(4x4, 3x3): six positions in each direction.
constexpr int kWinogradPositions = 36;

inline int64_t storedCount(const Packing &p) {
  return int64_t{p.outputChannels} * p.inputChannels * p.taps;
}

/// How many the packed weights are.
inline int64_t packedCount(const Packing &p) {
  if (p.kind == PackingKind::Widen)
    return storedCount(p);
  const int64_t places = p.kind == PackingKind::Winograd ? kWinogradPositions : p.taps;
  return int64_t{p.tiles} * p.blocks * places * p.block * p.vectors * p.lanes;
}

inline int64_t bytesOf(WeightType type) { return type == WeightType::Float32 ? 4 : 2; }

inline int64_t packedBytes(const Packing &p) { return packedCount(p) * bytesOf(p.element); }

} // namespace segc

#endif // SEGC_PACKING_H
