//===- Weights.cpp - what a package stores, what is made of it --*- C++ -*-===//

#include "compiler/lowering/Weights.h"

#include "runtime/segc_half.h"

#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;

namespace segc {

/// Larger constants of floats are read where they are stored. Smaller ones are prepared as well:
/// each that is read would bring back the pages around it, most of them of weights that nobody
/// needs any more (Linux maps 64 kB at once).
static constexpr size_t kManyValues = 16384;

/// Smaller constants are stored as floats: what they would save is less than preparing costs.
static constexpr size_t kFewValues = 256;

/// The half that is exactly this number, if there is one.
static std::optional<uint16_t> exactHalf(float value) {
  const uint16_t half = halfFromFloat(value);
  return bitsOf(floatFromHalf(half)) == bitsOf(value) ? std::optional(half) : std::nullopt;
}

static bool isExactBFloat16(float value) {
  return bitsOf(floatFromBFloat16(bfloat16FromFloat(value))) == bitsOf(value);
}

WeightType narrowestType(ArrayRef<float> values) {
  if (llvm::all_of(values, [](float value) { return exactHalf(value).has_value(); }))
    return WeightType::Float16;
  return llvm::all_of(values, isExactBFloat16) ? WeightType::BFloat16 : WeightType::Float32;
}

WeightsPlace WeightStore::store(ArrayRef<char> bytes) {
  auto digest = llvm::BLAKE3::hash(
      ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  auto [found, isNew] = offsets.insert({digest, static_cast<int64_t>(llvm::alignTo(written, 64))});
  if (isNew) {
    out.write_zeros(found->second - written);
    out.write(bytes.data(), bytes.size());
    written = found->second + static_cast<int64_t>(bytes.size());
  }
  return {found->second};
}

static ArrayRef<char> bytesOf(ArrayRef<float> values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float)};
}

Place WeightStore::floats(ArrayRef<float> values, Location location) {
  const WeightsPlace place = store(bytesOf(values));
  if (packed || values.size() >= kManyValues)
    return place;
  Packing packing;
  packing.outputChannels = static_cast<int32_t>(values.size());
  return prepare({WeightType::Float32, place.offset, -1, 0, packing}, location);
}

WeightStore::Stored WeightStore::storeNarrow(ArrayRef<float> values) {
  const WeightType type = values.size() < kFewValues ? WeightType::Float32 : narrowestType(values);
  if (type == WeightType::Float32)
    return {type, store(bytesOf(values)).offset};
  std::vector<uint16_t> narrow;
  narrow.reserve(values.size());
  for (float value : values)
    narrow.push_back(type == WeightType::Float16 ? *exactHalf(value) : bfloat16FromFloat(value));
  return {type, store({reinterpret_cast<const char *>(narrow.data()), narrow.size() * 2}).offset};
}

/// Whether two pieces are the same, wherever they lie.
static bool isSame(const PreparedPiece &a, const PreparedPiece &b) {
  static_assert(std::has_unique_object_representations_v<Packing>, "compared byte by byte");
  return a.type == b.type && a.stored == b.stored && a.scale == b.scale &&
         std::memcmp(&a.packing, &b.packing, sizeof(Packing)) == 0;
}

PreparedPlace WeightStore::prepare(const PreparedPiece &piece, Location location) {
  for (const PreparedWeights &known : pieces)
    if (isSame(known.piece, piece))
      return {known.piece.prepared};
  pieces.push_back({piece, location});
  pieces.back().piece.prepared = prepared;
  prepared += static_cast<int64_t>(llvm::alignTo(packedBytes(piece.packing), 64));
  return {pieces.back().piece.prepared};
}

Place WeightStore::dense(ArrayRef<float> values, Location location) {
  if (packed)
    return store(bytesOf(values));
  const Stored stored = storeNarrow(values);
  if (stored.type == WeightType::Float32)
    return floats(values, location);
  Packing packing;
  packing.outputChannels = static_cast<int32_t>(values.size());
  return prepare({stored.type, stored.offset, -1, 0, packing}, location);
}

Place WeightStore::pack(const Packing &packing, const ModelWeights &weights, Location location) {
  const double *scale = weights.scale.empty() ? nullptr : weights.scale.data();
  if (packed)
    return store(bytesOf(packWeights(packing, weights.constant.values.data(), scale)));
  const Stored stored = storeNarrow(weights.constant.values);
  const int64_t factors =
      scale ? store({reinterpret_cast<const char *>(scale), weights.scale.size() * sizeof(double)})
                  .offset
            : -1;
  return prepare({stored.type, stored.offset, factors, 0, packing}, location);
}

} // namespace segc
