// Packed weights are where kernels look for them, with the right bits, whatever the type that is
// stored, the threads and the memory; and only memory that was prepared passes for it.

#include "segc_prepare.h"
#include "segc_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#if defined(__linux__)
#include <fcntl.h>
#endif

namespace {

using segc::Packing;
using segc::PackingKind;
using segc::PreparedPiece;
using segc::WeightType;

std::mt19937 randomBits(1);

int draw(int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(randomBits);
}

/// Numbers of many magnitudes, with zeros.
std::vector<float> randomWeights(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::uniform_real_distribution<float> fraction(-1, 1);
  for (float &value : values)
    value = draw(0, 9) ? std::ldexp(fraction(randomBits), draw(-12, 3)) : 0.0f;
  return values;
}

std::string describe(const Packing &p) {
  std::string text;
  for (int number : {int(p.kind), p.outputChannels, p.inputChannels, p.taps, p.transposedGroups,
                     p.allGroups, p.tiles, p.blocks, p.block, p.vectors, p.lanes})
    text += std::to_string(number) + " ";
  return text;
}

/// The weight of an output and input channel (of all channels) and a tap; 0 between groups.
float weightOf(const Packing &p, const std::vector<float> &weights, int64_t o, int64_t i,
               int64_t tap) {
  if (p.transposedGroups == 0)
    return weights[size_t((o * p.inputChannels + i) * p.taps + tap)];
  const int64_t outputsOfGroup = p.outputChannels / p.transposedGroups;
  if (i / p.inputChannels != o / outputsOfGroup)
    return 0;
  return weights[size_t((i * outputsOfGroup + o % outputsOfGroup) * p.taps + tap)];
}

/// What the header of segc_prepare.h says, place by place.
std::vector<float> naive(const Packing &p, const std::vector<float> &weights) {
  std::vector<float> packed;
  const bool winograd = p.kind == PackingKind::Winograd;
  const int taps = winograd ? 36 : p.taps;
  const int64_t outputsOfGroup = p.outputChannels / std::max(1, p.transposedGroups);
  auto at = [&](int64_t o, int64_t i, int tap) -> float {
    // With the channels of one group in a tile, the group is that of the output channel.
    const int64_t inputs = p.inputChannels * (p.allGroups ? p.transposedGroups : 1);
    if (o >= p.outputChannels || i >= inputs)
      return 0;
    if (p.transposedGroups && !p.allGroups)
      i += o / outputsOfGroup * p.inputChannels;
    if (!winograd)
      return weightOf(p, weights, o, i, tap);
    const long double g[6][3] = {{1.l / 4, 0, 0},
                                 {-1.l / 6, -1.l / 6, -1.l / 6},
                                 {-1.l / 6, 1.l / 6, -1.l / 6},
                                 {1.l / 24, 1.l / 12, 1.l / 6},
                                 {1.l / 24, -1.l / 12, 1.l / 6},
                                 {0, 0, 1}};
    long double sum = 0;
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 3; ++x)
        sum += g[tap / 6][y] * g[tap % 6][x] * weightOf(p, weights, o, i, y * 3 + x);
    return static_cast<float>(sum);
  };
  for (int tile = 0; tile < p.tiles; ++tile)
    // Winograd's positions are outside of its blocks.
    for (int outer = 0; outer < (winograd ? taps : p.blocks); ++outer)
      for (int inner = 0; inner < (winograd ? p.blocks : taps); ++inner)
        for (int channel = 0; channel < p.block; ++channel)
          for (int lane = 0; lane < p.vectors * p.lanes; ++lane) {
            const int block = winograd ? inner : outer, tap = winograd ? outer : inner;
            packed.push_back(
                at(int64_t{tile} * p.vectors * p.lanes + lane, block * p.block + channel, tap));
          }
  return packed;
}

/// Stored weights: the numbers, and the factors behind them.
std::vector<char> stored(const void *weights, size_t bytes, const std::vector<double> &factors,
                         PreparedPiece &piece) {
  std::vector<char> result((bytes + 7) / 8 * 8 + factors.size() * 8);
  std::memcpy(result.data(), weights, bytes);
  piece.scale = factors.empty() ? -1 : static_cast<int64_t>((bytes + 7) / 8 * 8);
  if (!factors.empty())
    std::memcpy(result.data() + piece.scale, factors.data(), factors.size() * 8);
  return result;
}

std::vector<float> pack(const Packing &packing, const std::vector<float> &weights,
                        const std::vector<double> &factors = {},
                        const segc_parallel *parallel = nullptr) {
  PreparedPiece piece = {WeightType::Float32, 0, -1, 0, packing};
  const std::vector<char> memory = stored(weights.data(), weights.size() * 4, factors, piece);
  std::vector<float> packed(static_cast<size_t>(packedCount(packing)), NAN);
  segc::preparePiece(piece, memory.data(), packed.data(), parallel);
  return packed;
}

Packing convolution(PackingKind kind, int outputs, int inputs, int taps, int vectors, int lanes,
                    int block) {
  Packing p;
  p.kind = kind;
  p.outputChannels = outputs;
  p.inputChannels = inputs;
  p.taps = taps;
  p.block = block;
  p.blocks = (inputs + block - 1) / block + (kind == PackingKind::Reorder ? draw(0, 1) : 0);
  p.vectors = vectors;
  p.lanes = lanes;
  p.tiles = (outputs + vectors * lanes - 1) / (vectors * lanes);
  return p;
}

TEST(Prepare, ReordersConvolutions) {
  for (int i = 0; i < 300; ++i) {
    const int lanes = 4 << draw(0, 2);
    const Packing p =
        convolution(PackingKind::Reorder, draw(1, 90), draw(1, 40), draw(1, 12) * draw(1, 12),
                    draw(1, 6), lanes, draw(0, 2) ? lanes : draw(1, 5));
    const std::vector<float> weights = randomWeights(storedCount(p));
    ASSERT_EQ(pack(p, weights), naive(p, weights)) << describe(p);
  }
}

TEST(Prepare, ReordersTransposedConvolutions) {
  for (int i = 0; i < 300; ++i) {
    Packing p;
    const int lanes = 4 << draw(0, 2), groups = draw(0, 1) ? 1 : draw(2, 4);
    p.allGroups = draw(0, 1);
    p.kind = PackingKind::Reorder;
    // Groups of their own are whole blocks.
    p.inputChannels = p.allGroups ? draw(1, 20) : lanes * draw(1, 2);
    p.outputChannels = groups * (p.allGroups ? draw(1, 20) : lanes * draw(1, 2));
    p.taps = draw(1, 5) * draw(1, 5);
    p.transposedGroups = groups;
    p.block = p.lanes = lanes;
    p.blocks = (p.inputChannels * (p.allGroups ? groups : 1) + lanes - 1) / lanes;
    p.vectors = p.allGroups ? draw(1, 3) : 1;
    p.tiles = (p.outputChannels + p.vectors * lanes - 1) / (p.vectors * lanes);
    const std::vector<float> weights = randomWeights(storedCount(p));
    ASSERT_EQ(pack(p, weights), naive(p, weights)) << describe(p);
  }
}

/// The same numbers but for one unit in the last place, where the exact value lies midway between
/// two floats: sums of few bits over 24 or 36 do, now and then.
TEST(Prepare, TransformsForWinograd) {
  int64_t count = 0, differing = 0;
  for (int i = 0; i < 60; ++i) {
    const int lanes = 4 << draw(0, 2);
    const Packing p = convolution(PackingKind::Winograd, draw(1, 90), draw(1, 40), 9,
                                  i == 0 ? 20 : draw(1, 6), lanes, lanes);
    const std::vector<float> weights = randomWeights(storedCount(p));
    const std::vector<float> packed = pack(p, weights), expected = naive(p, weights);
    ASSERT_EQ(packed.size(), expected.size()) << describe(p);
    for (size_t k = 0; k < packed.size(); ++k) {
      // Where nearly all cancels out, what is left is compared with what cancelled.
      ASSERT_NEAR(packed[k], expected[k], std::abs(expected[k]) * 0x1p-23f + 1e-13f) << describe(p);
      differing += packed[k] != expected[k];
    }
    count += static_cast<int64_t>(packed.size());
  }
  EXPECT_LT(differing, count / 100);
}

TEST(Prepare, ScalesInDoubleAndRoundsOnce) {
  for (PackingKind kind : {PackingKind::Reorder, PackingKind::Winograd})
    for (int i = 0; i < 30; ++i) {
      const Packing p = convolution(kind, draw(1, 40), draw(1, 40), 9, 2, 8, 8);
      std::vector<float> weights = randomWeights(storedCount(p));
      std::vector<double> factors(static_cast<size_t>(p.outputChannels));
      for (double &factor : factors)
        factor = std::uniform_real_distribution<double>(-2, 2)(randomBits);
      const std::vector<float> scaled = pack(p, weights, factors);
      for (size_t k = 0; k < weights.size(); ++k)
        weights[k] =
            static_cast<float>(double(weights[k]) * factors[k / size_t(p.inputChannels * p.taps)]);
      ASSERT_EQ(scaled, pack(p, weights)) << describe(p);
    }
}

TEST(Prepare, WidensEveryHalf) {
  Packing p;
  p.outputChannels = 65536;
  std::vector<uint16_t> halves(65536);
  std::iota(halves.begin(), halves.end(), 0);
  std::vector<float> half(65536), brain(65536);
  const char *memory = reinterpret_cast<const char *>(halves.data());
  segc::preparePiece({WeightType::Float16, 0, -1, 0, p}, memory, half.data(), nullptr);
  segc::preparePiece({WeightType::BFloat16, 0, -1, 0, p}, memory, brain.data(), nullptr);
  for (int i = 0; i < 65536; ++i) {
    const int exponent = i >> 10 & 31, mantissa = i & 1023;
    float expected = exponent ? std::ldexp(1024.0f + float(mantissa), exponent - 25)
                              : std::ldexp(float(mantissa), -24);
    if (exponent == 31)
      expected = mantissa ? NAN : INFINITY;
    expected = std::copysign(expected, i & 0x8000 ? -1.0f : 1.0f);
    for (float value : {half[size_t(i)], segc::floatFromHalf(uint16_t(i))}) {
      ASSERT_TRUE(std::isnan(expected) ? std::isnan(value) : value == expected) << i;
      ASSERT_EQ(std::signbit(value), std::signbit(expected)) << i;
    }
    uint32_t bits;
    std::memcpy(&bits, &brain[size_t(i)], sizeof bits);
    ASSERT_EQ(bits, uint32_t(i) << 16);
  }
}

TEST(Prepare, TakesHalvesIntoAnyOrder) {
  for (PackingKind kind : {PackingKind::Reorder, PackingKind::Winograd})
    for (int i = 0; i < 30; ++i) {
      const Packing p = convolution(kind, draw(1, 40), draw(1, 40), 9, 2, 8, 8);
      std::vector<uint16_t> halves(static_cast<size_t>(storedCount(p)));
      std::vector<float> weights;
      for (uint16_t &half : halves) {
        half = static_cast<uint16_t>(draw(0, 30) << 10 | draw(0, 1023) | draw(0, 1) << 15);
        weights.push_back(segc::floatFromHalf(half));
      }
      std::vector<float> packed(static_cast<size_t>(packedCount(p)), NAN);
      segc::preparePiece({WeightType::Float16, 0, -1, 0, p},
                         reinterpret_cast<const char *>(halves.data()), packed.data(), nullptr);
      ASSERT_EQ(packed, pack(p, weights)) << describe(p);
    }
}

void backwards(void *, int32_t count, void (*body)(void *, int32_t), void *closure) {
  for (int32_t i = count; i-- > 0;)
    body(closure, i);
}

TEST(Prepare, HasTheSameBitsOnAnyThreads) {
  segc::ThreadPool pool(3);
  const segc_parallel reverse = {nullptr, backwards};
  for (PackingKind kind : {PackingKind::Reorder, PackingKind::Winograd, PackingKind::Widen}) {
    Packing p = convolution(kind, 700, 300, 9, 4, 16, 16);
    if (kind == PackingKind::Widen)
      p.outputChannels = 100003, p.inputChannels = p.taps = 1;
    const std::vector<float> weights = randomWeights(storedCount(p));
    const std::vector<float> expected = pack(p, weights);
    EXPECT_EQ(pack(p, weights, {}, pool.parallel()), expected);
    EXPECT_EQ(pack(p, weights, {}, &reverse), expected);
  }
}

/// Stored weights that may be given back after `done` units are not read by the later ones:
/// they are spoilt, and nothing changes.
TEST(Prepare, NeverReadsWhatItGaveBack) {
  for (int i = 0; i < 60; ++i) {
    Packing p = convolution(i % 2 ? PackingKind::Reorder : PackingKind::Winograd, draw(1, 90),
                            draw(1, 60), 9, draw(1, 3), 8, 8);
    if (i % 4 == 3) {
      p.transposedGroups = 1;
      p.blocks = (p.inputChannels + 7) / 8;
    }
    if (i % 8 == 0)
      p = Packing(), p.outputChannels = draw(1, 100000);
    std::vector<float> weights = randomWeights(storedCount(p));
    const std::vector<float> expected = pack(p, weights);
    PreparedPiece piece = {WeightType::Float32, 0, -1, 0, p};
    const segc::StoredWeights source(reinterpret_cast<const char *>(weights.data()), piece);
    std::vector<float> packed(expected.size(), NAN);
    const segc::Packer packer(p, source, packed.data());
    int64_t before = 0;
    for (int64_t unit = 0; unit < packer.units(); ++unit) {
      packer.run(unit);
      const int64_t read = packer.readBefore(unit + 1);
      ASSERT_GE(read, before) << describe(p);
      before = read;
      std::fill_n(weights.begin(), read, NAN);
    }
    EXPECT_EQ(before, storedCount(p)) << describe(p);
    ASSERT_EQ(packed, expected) << describe(p);
  }
}

struct Prepared {
  explicit Prepared(const segc::Preparation &preparation)
      : bytes(size_t(preparation.preparedBytes)), memory(bytes + 64) {
    data = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
  }
  size_t bytes;
  std::vector<char> memory;
  char *data;
};

/// Two pieces of one stored matrix, behind the header.
struct Example {
  Example() {
    const std::string id = "segc weights 2 0123456789abcdef0123456789abcdef";
    alignas(64) static char bytes[64 + 100 * 4];
    std::memcpy(bytes, id.data(), id.size());
    const std::vector<float> weights = randomWeights(100);
    std::memcpy(bytes + 64, weights.data(), 400);
    stored = bytes;
    pieces[0].packing.outputChannels = 100;
    pieces[1] = {WeightType::Float32, 0, -1, 512,
                 convolution(PackingKind::Reorder, 10, 10, 1, 1, 8, 8)};
    pieces[1].packing.blocks = 2;
    preparation = {"segc weights 2 0123456789abcdef0123456789abcdef",
                   "segc prepared 1 0123456789abcdef0123456789abcdef",
                   pieces,
                   2,
                   64 + 400,
                   512 + 4 * segc::packedCount(pieces[1].packing)};
  }
  char *stored;
  PreparedPiece pieces[2] = {{WeightType::Float32, 0, -1, 64, {}}, {}};
  segc::Preparation preparation;
};

TEST(Prepare, RefusesWhatIsNoneOfItsOwn) {
  Example e;
  Prepared memory(e.preparation);
  auto prepare = [&](const void *weights, void *to, size_t bytes) {
    return segc::prepare(e.preparation, weights, to, bytes, nullptr, false);
  };
  EXPECT_EQ(segc::weightsOf(e.preparation, memory.data), nullptr) << "before";
  EXPECT_EQ(prepare(nullptr, memory.data, memory.bytes), SEGC_ERROR_NULL);
  EXPECT_EQ(prepare(e.stored, nullptr, memory.bytes), SEGC_ERROR_NULL);
  EXPECT_EQ(prepare(e.stored, memory.data, memory.bytes - 1), SEGC_ERROR_PREPARED);
  EXPECT_EQ(prepare(e.stored, memory.data + 8, memory.bytes), SEGC_ERROR_PREPARED);
  EXPECT_EQ(prepare(e.stored + 8, memory.data, memory.bytes), SEGC_ERROR_WEIGHTS);
  EXPECT_EQ(prepare(e.stored, memory.data, memory.bytes), SEGC_OK);
  EXPECT_EQ(segc::weightsOf(e.preparation, memory.data), e.stored + 64);
  EXPECT_EQ(segc::weightsOf(e.preparation, memory.data + 8), nullptr);

  segc::Preparation other = e.preparation;
  other.preparedId = "segc prepared 1 1123456789abcdef0123456789abcdef";
  EXPECT_EQ(segc::weightsOf(other, memory.data), nullptr) << "another network's";
  e.stored[20] ^= 1;
  EXPECT_EQ(prepare(e.stored, memory.data, memory.bytes), SEGC_ERROR_WEIGHTS);
}

TEST(Prepare, MakesAllPieces) {
  Example e;
  Prepared memory(e.preparation);
  // Also where the weights are said to come from a file and do not: nothing is given back.
  for (bool givesBack : {false, true}) {
    std::memset(memory.data, 0xff, memory.bytes);
    ASSERT_EQ(segc::prepare(e.preparation, e.stored, memory.data, memory.bytes, nullptr, givesBack),
              SEGC_OK);
    EXPECT_EQ(std::memcmp(memory.data + 64, e.stored + 64, 400), 0);
    std::vector<float> weights(100);
    std::memcpy(weights.data(), e.stored + 64, 400);
    const std::vector<float> expected = naive(e.pieces[1].packing, weights);
    EXPECT_EQ(std::memcmp(memory.data + 512, expected.data(), expected.size() * 4), 0);
  }
}

#if defined(__linux__)

/// Kilobytes of mapped files in this process's memory.
int64_t residentFiles() {
  std::FILE *file = std::fopen("/proc/self/status", "r");
  char line[256];
  long long kilobytes = -1;
  while (file && std::fgets(line, sizeof line, file))
    if (std::sscanf(line, "RssFile: %lld", &kilobytes) == 1)
      break;
  if (file)
    std::fclose(file);
  return kilobytes;
}

struct Mapping {
  Mapping(size_t bytes, int descriptor) : bytes(bytes) {
    data = static_cast<char *>(
        descriptor < 0
            ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            : mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0));
  }
  ~Mapping() { munmap(data, bytes); }
  size_t bytes;
  char *data;
};

TEST(FilePages, GivesBackWhatComesFromAFileAndNothingElse) {
  constexpr size_t kBytes = size_t{16} << 20;
  std::FILE *file = std::tmpfile();
  ASSERT_TRUE(file);
  const std::vector<char> contents(kBytes, 'x');
  ASSERT_EQ(std::fwrite(contents.data(), 1, kBytes, file), kBytes);
  ASSERT_EQ(std::fflush(file), 0);
  const Mapping mapped(kBytes, fileno(file)), owned(kBytes, -1), known(1 << 20, -1);
  std::memset(owned.data, 'x', kBytes);
  auto isWhole = [&](const char *data) { return std::count(data, data + kBytes, 'x') == kBytes; };

  EXPECT_TRUE(isWhole(mapped.data));
  const int64_t before = residentFiles();
  segc::FilePages(mapped.data, kBytes, known.data, known.bytes).readUpTo(mapped.data + kBytes);
  EXPECT_LT(residentFiles(), before - 12 * 1024);
  EXPECT_TRUE(isWhole(mapped.data));

  // Memory of the process keeps what it holds, and so does everything where there is no page that
  // is known to be the process's.
  segc::FilePages(owned.data, kBytes, known.data, known.bytes).readUpTo(owned.data + kBytes);
  EXPECT_TRUE(isWhole(owned.data));
  const int64_t whole = residentFiles();
  segc::FilePages(mapped.data, kBytes, known.data, 100).readUpTo(mapped.data + kBytes);
  segc::FilePages(mapped.data, kBytes, mapped.data, kBytes).readUpTo(mapped.data + kBytes);
  EXPECT_GE(residentFiles(), whole - 1024);

  // Only whole pages of the range.
  segc::FilePages(mapped.data + 1, 8192 - 2, known.data, known.bytes).readUpTo(mapped.data + 8191);
  EXPECT_GE(residentFiles(), whole - 1024);
  std::fclose(file);
}
#endif

} // namespace
