// A package stores every constant once, in the fewest bits that hold it, and prepares the same of
// the same weights once.

#include "compiler/lowering/Weights.h"
#include "runtime/segc_prepare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace mlir;
using namespace segc;

namespace {

class Weights : public testing::Test {
protected:
  Weights() { context.loadDialect<seg::SegDialect>(); }

  static std::vector<float> numbers(size_t count, unsigned seed) {
    std::mt19937 bits(seed);
    std::vector<float> values(count);
    for (float &value : values)
      value = std::uniform_real_distribution<float>(-1, 1)(bits);
    return values;
  }

  static std::vector<float> halves(size_t count) {
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i)
      values.push_back(floatFromHalf(static_cast<uint16_t>(i * 7919 % 31744)));
    return values;
  }

  static ModelWeights weights(ArrayRef<float> values, ArrayRef<double> scale = {}) {
    ModelWeights result;
    result.constant.values = values;
    result.scale = scale;
    return result;
  }

  static Packing packing(PackingKind kind, int channels) {
    Packing p;
    p.kind = kind;
    p.outputChannels = p.inputChannels = channels;
    p.taps = 9;
    p.lanes = p.block = 8;
    p.blocks = p.tiles = (channels + 7) / 8;
    return p;
  }

  /// What preparing makes of the stored bytes.
  static std::vector<float> prepared(const PreparedPiece &piece, const std::string &stored) {
    std::vector<float> result(static_cast<size_t>(packedCount(piece.packing)));
    std::vector<char> aligned(stored.begin(), stored.end());
    preparePiece(piece, aligned.data(), result.data(), nullptr);
    return result;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  Location location = UnknownLoc::get(&context);
  std::string stored;
  llvm::raw_string_ostream out{stored};
};

TEST_F(Weights, NarrowestTypeHoldsValuesExactly) {
  EXPECT_EQ(narrowestType(halves(31744)), WeightType::Float16); // every finite one
  EXPECT_EQ(narrowestType({0.0f, -0.0f, INFINITY, -INFINITY, 65504, 0x1p-24f, -0x3ffp-24f}),
            WeightType::Float16);
  for (float value : {65520.0f, 0x1p-25f, 0x1.801p-15f, 1.0f + 0x1p-11f, 65504.0f + 1, NAN,
                      std::numeric_limits<float>::denorm_min()})
    EXPECT_NE(narrowestType({1, value}), WeightType::Float16) << value;
  EXPECT_EQ(narrowestType({0x1p100f, -0x1.fep-100f, 0}), WeightType::BFloat16);
  EXPECT_EQ(narrowestType({0x1p100f, 0x1.01p0f}), WeightType::Float32);
  EXPECT_EQ(narrowestType({0.1f}), WeightType::Float32);
}

TEST_F(Weights, EveryConstantIsStoredOnce) {
  WeightStore store(out, false);
  const std::vector<float> a = numbers(100000, 1), b = numbers(100000, 2);
  auto offsetOf = [](const Place &place) { return std::get<WeightsPlace>(place).offset; };
  const int64_t first = offsetOf(store.floats(a, location));
  const int64_t other = offsetOf(store.floats(b, location));
  EXPECT_EQ(offsetOf(store.floats(a, location)), first);
  EXPECT_EQ(offsetOf(store.dense(a, location)), first);
  EXPECT_NE(other, first);
  EXPECT_EQ(other % 64, 0);
  EXPECT_EQ(store.storedBytes(), other + 400000);
  EXPECT_EQ(stored.size(), static_cast<size_t>(store.storedBytes()));
  EXPECT_TRUE(store.takePieces().empty());
}

// So that reading them does not bring back the pages around them.
TEST_F(Weights, SmallConstantsArePreparedAsTheyAre) {
  WeightStore store(out, false);
  const std::vector<float> a = numbers(100, 1), b = numbers(100, 2);
  auto offsetOf = [](const Place &place) { return std::get<PreparedPlace>(place).offset; };
  const int64_t first = offsetOf(store.floats(a, location));
  const int64_t other = offsetOf(store.dense(b, location));
  EXPECT_EQ(offsetOf(store.dense(a, location)), first);
  EXPECT_NE(other, first);
  const std::vector<PreparedWeights> pieces = store.takePieces();
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(prepared(pieces[0].piece, stored), a);
  EXPECT_EQ(prepared(pieces[1].piece, stored), b);
}

TEST_F(Weights, LayersThatWantTheSameShareAPiece) {
  WeightStore store(out, false);
  const std::vector<float> values = numbers(9 * 16 * 16, 1);
  const std::vector<double> scale(16, 2), otherScale(16, 3);
  const Packing direct = packing(PackingKind::Reorder, 16),
                winograd = packing(PackingKind::Winograd, 16);
  auto pack = [&](const Packing &packing, const ModelWeights &weights) {
    return std::get<PreparedPlace>(store.pack(packing, weights, location));
  };
  const PreparedPlace first = pack(direct, weights(values));
  const int64_t size = store.storedBytes();
  EXPECT_EQ(pack(direct, weights(values)).offset, first.offset);
  EXPECT_NE(pack(winograd, weights(values)).offset, first.offset);
  EXPECT_EQ(store.storedBytes(), size) << "the weights are stored already";
  const PreparedPlace scaled = pack(direct, weights(values, scale));
  EXPECT_NE(scaled.offset, first.offset);
  EXPECT_EQ(pack(direct, weights(values, scale)).offset, scaled.offset);
  EXPECT_NE(pack(direct, weights(values, otherScale)).offset, scaled.offset);
  EXPECT_LT(store.storedBytes(), size + 3 * 64 + 2 * 16 * 8);
  const std::vector<PreparedWeights> pieces = store.takePieces();
  ASSERT_EQ(pieces.size(), 4u);
  int64_t end = kPreparedHeaderBytes;
  for (const PreparedWeights &prepared : pieces) {
    EXPECT_EQ(prepared.piece.prepared, end);
    EXPECT_EQ(end % 64, 0);
    end += (packedCount(prepared.piece.packing) * 4 + 63) / 64 * 64;
  }
  EXPECT_EQ(store.preparedBytes(), end);
}

TEST_F(Weights, HalvesAreStoredAsHalvesAndPreparedAsFloats) {
  const std::vector<float> values = halves(9 * 30 * 30);
  std::vector<double> scale(30);
  for (size_t i = 0; i < scale.size(); ++i)
    scale[i] = 0.1 * static_cast<double>(i) - 1;
  for (PackingKind kind : {PackingKind::Reorder, PackingKind::Winograd}) {
    stored.clear();
    WeightStore store(out, false);
    const Packing p = packing(kind, 30);
    store.pack(p, weights(values), location);
    EXPECT_EQ(store.storedBytes(), static_cast<int64_t>(values.size()) * 2);
    store.pack(p, weights(values, scale), location);
    store.dense(values, location);
    const std::vector<PreparedWeights> pieces = store.takePieces();
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(prepared(pieces[0].piece, stored), packWeights(p, values.data()));
    EXPECT_EQ(prepared(pieces[1].piece, stored), packWeights(p, values.data(), scale.data()));
    EXPECT_EQ(prepared(pieces[2].piece, stored), values);
  }
}

TEST_F(Weights, PackedWeightsNeedNoPreparation) {
  WeightStore store(out, true);
  const std::vector<float> values = halves(9 * 16 * 16);
  const std::vector<double> scale(16, 0.3);
  const Packing p = packing(PackingKind::Winograd, 16);
  const std::vector<float> expected = packWeights(p, values.data(), scale.data());
  const auto place = std::get<WeightsPlace>(store.pack(p, weights(values, scale), location));
  EXPECT_EQ(std::memcmp(stored.data() + place.offset, expected.data(), expected.size() * 4), 0);
  const auto dense = std::get<WeightsPlace>(store.dense(values, location));
  EXPECT_EQ(std::memcmp(stored.data() + dense.offset, values.data(), values.size() * 4), 0);
  EXPECT_EQ(std::get<WeightsPlace>(store.pack(p, weights(values, scale), location)).offset,
            place.offset);
  EXPECT_TRUE(store.takePieces().empty());
  EXPECT_EQ(store.preparedBytes(), kPreparedHeaderBytes);
}

} // namespace
