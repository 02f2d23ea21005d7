//===- segc_prepare.h - weights in the order that kernels read ---*- C++ -*-===//
//
// Part of the runtime that every generated package carries. A package stores weights as the
// model has them; NAME_prepare makes of them, once a process, what the kernels read:
//
//   stored weights --(wider, scaled, rounded to float32)--> [Winograd's transform] --> packed
//
// Prepared memory begins with a PreparedHeader; pieces follow, aligned to 64 bytes. Nothing here
// allocates, and the bits of the result depend neither on the compiler nor on the threads.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PREPARE_H
#define SEGC_PREPARE_H

#include "segc_abi.h"
#include "segc_half.h"
#include "segc_packing.h"
#include "segc_pages.h"
#include "segc_parallel.h"
#include "segc_vector.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace segc {

/// Stored weights of one piece, as floats.
class StoredWeights {
public:
  StoredWeights(const char *weights, const PreparedPiece &piece)
      : data_(weights + piece.stored), type_(piece.type),
        scale_(piece.scale < 0 ? nullptr
                               : reinterpret_cast<const double *>(weights + piece.scale)) {}

  /// `count` weights from element `first` on, all of one output channel.
  void read(int64_t first, int64_t count, int32_t outputChannel, float *to) const {
    switch (type_) {
    case WeightType::Float32:
      std::memcpy(to, data_ + first * 4, static_cast<size_t>(count) * 4);
      break;
    case WeightType::Float16:
      widenHalves(data_ + first * 2, count, to);
      break;
    case WeightType::BFloat16:
      for (int64_t k = 0; k < count; ++k) {
        uint16_t bits;
        std::memcpy(&bits, data_ + (first + k) * 2, sizeof bits);
        to[k] = floatFromBFloat16(bits);
      }
      break;
    }
    if (scale_)
      multiply(scale_[outputChannel], count, to);
  }

private:
  static void widenHalves(const char *halves, int64_t count, float *to) {
    int64_t k = 0;
#if defined(__F16C__)
    for (; k + 8 <= count; k += 8)
      _mm256_storeu_ps(to + k, _mm256_cvtph_ps(_mm_loadu_si128(
                                   reinterpret_cast<const __m128i *>(halves + 2 * k))));
#endif
    for (; k < count; ++k) {
      uint16_t bits;
      std::memcpy(&bits, halves + 2 * k, sizeof bits);
      to[k] = floatFromHalf(bits);
    }
  }

  /// Products in double, rounded once.
  static void multiply(double factor, int64_t count, float *values) {
    int64_t k = 0;
    for (; k + 8 <= count; k += 8) {
      simd::f32x8 x;
      std::memcpy(&x, values + k, sizeof x);
      x = simd::convert<simd::f32x8>(simd::convert<simd::f64x8>(x) * factor);
      std::memcpy(values + k, &x, sizeof x);
    }
    for (; k < count; ++k)
      values[k] = static_cast<float>(static_cast<double>(values[k]) * factor);
  }

  const char *data_;
  WeightType type_;
  const double *scale_;
};

/// Makes one piece. The work is cut into units, whose order follows that of the stored weights,
/// so that these can be given back to the system as the units are done.
class Packer {
public:
  Packer(const Packing &packing, const StoredWeights &stored, float *packed)
      : p_(packing), stored_(stored), packed_(packed), row_(packing.vectors * packing.lanes) {
    if (p_.kind == PackingKind::Winograd)
      channelsOfUnit_ = row_ < kGathered ? kGathered / row_ : 1;
    if (p_.transposedGroups)
      outputsOfGroup_ = p_.outputChannels / p_.transposedGroups;
  }

  int64_t units() const {
    switch (p_.kind) {
    case PackingKind::Widen:
      return (p_.outputChannels + kWidened - 1) / kWidened;
    case PackingKind::Reorder:
      return int64_t{p_.tiles} * p_.blocks;
    case PackingKind::Winograd:
      return p_.tiles * winogradChunks();
    }
    return 0;
  }
  /// Floats that a unit writes, about.
  int64_t unitFloats() const { return (packedCount(p_) + units() - 1) / units(); }

  /// Stored weights, from the first on, that no unit from `done` on needs.
  int64_t readBefore(int64_t done) const {
    const int64_t all = storedCount(p_);
    int64_t read = 0;
    if (p_.kind == PackingKind::Widen)
      read = done * kWidened;
    else if (p_.transposedGroups == 1)
      read = done / p_.tiles * p_.block * p_.outputChannels * p_.taps; // whole blocks of inputs
    else if (p_.transposedGroups == 0)
      read = done / (units() / p_.tiles) * row_ * p_.inputChannels * p_.taps; // whole tiles
    return done == units() || read > all ? all : read;
  }

  void run(int64_t unit) const {
    switch (p_.kind) {
    case PackingKind::Widen:
      return widen(unit);
    case PackingKind::Reorder:
      // The outer loop is over what lies furthest apart in the stored weights.
      return p_.transposedGroups ? reorder(unit % p_.tiles, unit / p_.tiles)
                                 : reorder(unit / p_.blocks, unit % p_.blocks);
    case PackingKind::Winograd:
      return transform(unit / winogradChunks(), unit % winogradChunks());
    }
  }

private:
  static constexpr int64_t kWidened = 16384;
  /// Weights of a lane that are read at once.
  static constexpr int64_t kPanel = 64;
  static constexpr int kMostLanes = 64;
  /// Floats of each of Winograd's positions that are written at once.
  static constexpr int32_t kGathered = 256;

  int64_t winogradChunks() const {
    return (int64_t{p_.blocks} * p_.block + channelsOfUnit_ - 1) / channelsOfUnit_;
  }

  void widen(int64_t unit) const {
    const int64_t first = unit * kWidened, left = p_.outputChannels - first;
    stored_.read(first, left < kWidened ? left : kWidened, 0, packed_ + first);
  }

  /// Weights [first, first + count) of output channel `o`, counted over the tile's input channels
  /// and taps; zeros where there are none.
  void read(int64_t o, int64_t first, int64_t count, float *to) const {
    if (o >= p_.outputChannels) {
      std::memset(to, 0, static_cast<size_t>(count) * sizeof(float));
      return;
    }
    const int64_t taps = p_.taps, end = first + count;
    const int64_t group = p_.transposedGroups ? o / outputsOfGroup_ : 0;
    // Where the model's weights of this output channel start and end.
    const int64_t begins = p_.allGroups ? group * p_.inputChannels * taps : 0;
    const int64_t ends = begins + p_.inputChannels * taps;
    int64_t at = first;
    for (; at < end && at < begins; ++at)
      to[at - first] = 0;
    while (at < end && at < ends) {
      int64_t upTo = end < ends ? end : ends, source = o * p_.inputChannels * taps + at;
      if (p_.transposedGroups) { // one input channel at a time
        const int64_t input = (at - begins) / taps, tap = (at - begins) % taps;
        source =
            ((group * p_.inputChannels + input) * outputsOfGroup_ + o % outputsOfGroup_) * taps +
            tap;
        upTo = upTo < at - tap + taps ? upTo : at - tap + taps;
      }
      stored_.read(source, upTo - at, static_cast<int32_t>(o), to + (at - first));
      at = upTo;
    }
    for (; at < end; ++at)
      to[at - first] = 0;
  }

  /// Weight number `place` of packed ones of 16 bits.
  void storeNarrow(int64_t place, float value) const {
    const uint16_t bits =
        p_.element == WeightType::Float16 ? halfFromFloat(value) : bfloat16FromFloat(value);
    std::memcpy(reinterpret_cast<char *>(packed_) + place * 2, &bits, sizeof bits);
  }

  /// One channel block of a tile: panels of a few weights of all lanes, turned around.
  void reorder(int64_t tile, int64_t block) const {
    const int64_t taps = p_.taps, size = p_.block * taps;
    const int64_t start = (tile * p_.blocks + block) * size * row_;
    float panel[kMostLanes * kPanel];
    for (int32_t vector = 0; vector < p_.vectors; ++vector)
      for (int64_t first = 0; first < size; first += kPanel) {
        const int64_t count = size - first < kPanel ? size - first : kPanel;
        for (int32_t lane = 0; lane < p_.lanes; ++lane)
          read((tile * p_.vectors + vector) * p_.lanes + lane, block * size + first, count,
               panel + lane * kPanel);
        int64_t channel = first / taps, tap = first % taps;
        for (int64_t k = 0; k < count; ++k) {
          const int64_t row = start + (tap * p_.block + channel) * row_ + vector * p_.lanes;
          if (p_.element == WeightType::Float32)
            for (int32_t lane = 0; lane < p_.lanes; ++lane)
              packed_[row + lane] = panel[lane * kPanel + k];
          else
            for (int32_t lane = 0; lane < p_.lanes; ++lane)
              storeNarrow(row + lane, panel[lane * kPanel + k]);
          if (++tap == taps) {
            tap = 0;
            ++channel;
          }
        }
      }
  }

  /// A few input channels of a tile, all positions.
  void transform(int64_t tile, int64_t chunk) const {
    const int64_t channels = int64_t{p_.blocks} * p_.block, first = chunk * channelsOfUnit_;
    const int64_t count = channels - first < channelsOfUnit_ ? channels - first : channelsOfUnit_;
    // Positions lie far apart in the packed weights: they are gathered here, and written in
    // pieces.
    float gathered[kWinogradPositions * kGathered];
    float kernels[4 * kGathered / 4 * 9];
    for (int32_t firstLane = 0; firstLane < row_; firstLane += kGathered) {
      const int32_t width = row_ - firstLane < kGathered ? row_ - firstLane : kGathered;
      for (int32_t lane = 0; lane < width; lane += 4) {
        for (int32_t i = 0; i < 4; ++i)
          read(tile * row_ + firstLane + lane + i, first * 9, count * 9, kernels + i * count * 9);
        for (int64_t c = 0; c < count; ++c)
          transformFour(kernels + c * 9, count * 9, gathered + c * width + lane, count * width);
      }
      for (int64_t position = 0; position < kWinogradPositions; ++position)
        std::memcpy(packed_ + ((tile * kWinogradPositions + position) * channels + first) * row_ +
                        firstLane,
                    gathered + position * count * width,
                    static_cast<size_t>(count * width) * sizeof(float));
    }
  }

  /// 24 G g: sums of products that are exact, so that contracting them into fused
  /// multiply-adds changes no bit.
  template <typename V> static void interpolate(const V &a, const V &b, const V &c, V *to) {
    to[0] = 6.0 * a;
    to[1] = -4.0 * a - 4.0 * b - 4.0 * c;
    to[2] = -4.0 * a + 4.0 * b - 4.0 * c;
    to[3] = a + 2.0 * b + 4.0 * c;
    to[4] = a - 2.0 * b + 4.0 * c;
    to[5] = 24.0 * c;
  }

  /// G g G^T (Winograd.h) of four kernels, in double, rounded once.
  static void transformFour(const float *kernels, int64_t kernelPitch, float *to,
                            int64_t positionPitch) {
    using V = simd::f64x4;
    V g[9], half[3][6], row[6];
    for (int tap = 0; tap < 9; ++tap)
      g[tap] = V{double(kernels[tap]), double(kernels[kernelPitch + tap]),
                 double(kernels[2 * kernelPitch + tap]), double(kernels[3 * kernelPitch + tap])};
    for (int column = 0; column < 3; ++column)
      interpolate(g[column], g[3 + column], g[6 + column], half[column]);
    for (int p = 0; p < 6; ++p) {
      interpolate(half[0][p], half[1][p], half[2][p], row);
      for (int q = 0; q < 6; ++q) {
        const simd::f32x4 value = simd::convert<simd::f32x4>(row[q] * (1.0 / 576));
        std::memcpy(to + (p * 6 + q) * positionPitch, &value, sizeof value);
      }
    }
  }

  const Packing &p_;
  const StoredWeights &stored_;
  float *packed_;
  int32_t row_;
  int64_t channelsOfUnit_ = 1, outputsOfGroup_ = 1;
};

/// Makes one piece from the stored weights at `weights`. `pages` are those of the stored weights.
inline void preparePiece(const PreparedPiece &piece, const char *weights, float *packed,
                         const segc_parallel *parallel, FilePages *pages = nullptr) {
  constexpr int64_t kFloatsOfTask = 1 << 15, kFloatsAtOnce = 1 << 22;
  const StoredWeights stored(weights, piece);
  const Packer packer(piece.packing, stored, packed);
  const int64_t units = packer.units(), floats = packer.unitFloats();
  const int64_t ofTask = floats < kFloatsOfTask ? kFloatsOfTask / floats : 1;
  // Not too much at once, so that not too much must lie in memory twice.
  int64_t atOnce = floats < kFloatsAtOnce ? kFloatsAtOnce / floats : 1;
  atOnce = (atOnce + ofTask - 1) / ofTask * ofTask;
  for (int64_t first = 0; first < units; first += atOnce) {
    const int64_t end = units - first < atOnce ? units : first + atOnce;
    parallelFor(parallel, 0, static_cast<int32_t>((end - first + ofTask - 1) / ofTask),
                [=, &packer](int32_t task) {
                  int64_t unit = first + task * ofTask;
                  const int64_t last = end - unit < ofTask ? end : unit + ofTask;
                  for (; unit < last; ++unit)
                    packer.run(unit);
                });
    if (pages)
      pages->readUpTo(weights + piece.stored + packer.readBefore(end) * bytesOf(piece.type));
  }
}

/// The start of prepared memory, by which a run knows whether and from what it was made.
struct PreparedHeader {
  char id[48]; ///< "segc prepared 1 " and 32 digits; zeros while the memory is being prepared
  const char *weights; ///< the first stored weight
};
static_assert(sizeof(PreparedHeader) <= 64, "pieces start at byte 64");

/// What NAME_prepare does.
struct Preparation {
  const char *weightsId;  ///< the first bytes of the stored weights, a text
  const char *preparedId; ///< of 48 characters
  const PreparedPiece *pieces;
  int32_t pieceCount;
  int64_t storedBytes, preparedBytes; ///< headers included
};

/// Prepares `weights` (stored, with their header) into `memory`. `givesPagesBack`: the weights
/// are mapped from a file, and what was read may leave the process's memory.
inline int32_t prepare(const Preparation &preparation, const void *weights, void *memory,
                       size_t bytes, const segc_parallel *parallel, bool givesPagesBack) {
  if (!weights || !memory)
    return SEGC_ERROR_NULL;
  if (bytes < static_cast<size_t>(preparation.preparedBytes) ||
      reinterpret_cast<uintptr_t>(memory) % 64)
    return SEGC_ERROR_PREPARED;
  const size_t idLength = std::strlen(preparation.weightsId);
  if (reinterpret_cast<uintptr_t>(weights) % 64 ||
      std::memcmp(weights, preparation.weightsId, idLength) != 0)
    return SEGC_ERROR_WEIGHTS;
  const char *const first = static_cast<const char *>(weights) + kStoredHeader;
  FilePages pages(weights, givesPagesBack ? static_cast<size_t>(preparation.storedBytes) : 0,
                  memory, bytes);
  PreparedHeader header = {};
  std::memcpy(memory, &header, sizeof header);
  for (int32_t i = 0; i < preparation.pieceCount; ++i) {
    const PreparedPiece &piece = preparation.pieces[i];
    preparePiece(piece, first,
                 reinterpret_cast<float *>(static_cast<char *>(memory) + piece.prepared), parallel,
                 &pages);
  }
  std::memcpy(header.id, preparation.preparedId, sizeof header.id);
  header.weights = first;
  std::memcpy(memory, &header, sizeof header);
  return SEGC_OK;
}

/// The stored weights of prepared memory; null if it is not that of `preparation`.
inline const char *weightsOf(const Preparation &preparation, const void *prepared) {
  if (reinterpret_cast<uintptr_t>(prepared) % 64)
    return nullptr;
  PreparedHeader header;
  std::memcpy(&header, prepared, sizeof header);
  const bool same = std::memcmp(header.id, preparation.preparedId, sizeof header.id) == 0;
  return same ? header.weights : nullptr;
}

} // namespace segc

#endif // SEGC_PREPARE_H
