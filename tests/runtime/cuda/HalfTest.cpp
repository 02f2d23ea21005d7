// Numbers of 16 bits, and those that tensor cores cut out of float32, are the nearest ones.
//
// What is nearest is found among all numbers of the type in ascending order, each of them computed
// from what its exponent and its mantissa mean.

#include "segc_cuda_mma.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace {

using segc::bitsOf;
using segc::floatOf;

/// A sign, an exponent and a mantissa, whose bits are these.
struct Format {
  int exponentBits, mantissaBits;

  int smallestExponent() const { return 2 - (1 << (exponentBits - 1)); }
  uint32_t infinity() const { return ((1u << exponentBits) - 1) << mantissaBits; }
  /// Of what is not negative, and not NaN; infinity is what would be the next number.
  double value(uint32_t bits) const {
    const int exponent = static_cast<int>(bits >> mantissaBits);
    const double mantissa = bits & ((1u << mantissaBits) - 1);
    if (exponent == 0)
      return std::ldexp(mantissa, smallestExponent() - mantissaBits);
    return std::ldexp(mantissa + std::ldexp(1.0, mantissaBits),
                      smallestExponent() + exponent - 1 - mantissaBits);
  }
};
constexpr Format kHalf = {5, 10}, kBFloat16 = {8, 7}, kTf32 = {8, 10};

/// All numbers of a format that are not negative, infinity included.
std::vector<double> numbersOf(const Format &format) {
  std::vector<double> numbers;
  for (uint32_t bits = 0; bits <= format.infinity(); ++bits)
    numbers.push_back(format.value(bits));
  return numbers;
}

enum class Ties { ToEven, AwayFromZero };

/// The number that is nearest to `magnitude`, by its bits: the place where it is found.
uint32_t nearest(const std::vector<double> &numbers, double magnitude, Ties ties) {
  if (magnitude >= numbers.back())
    return static_cast<uint32_t>(numbers.size() - 1);
  const auto above = std::upper_bound(numbers.begin(), numbers.end(), magnitude);
  const uint32_t upper = static_cast<uint32_t>(above - numbers.begin()), lower = upper - 1;
  const double middle = (numbers[lower] + numbers[upper]) / 2;
  if (magnitude == middle)
    return ties == Ties::ToEven && lower % 2 == 0 ? lower : upper;
  return magnitude < middle ? lower : upper;
}

/// Numbers in float32 where rounding is decided: each of a format, the middle between it and the
/// next one, and the neighbours of those; and any others.
std::vector<float> samplesOf(const std::vector<double> &numbers) {
  constexpr float huge = std::numeric_limits<float>::infinity();
  std::vector<float> samples = {0, huge, std::numeric_limits<float>::max(),
                                std::numeric_limits<float>::denorm_min()};
  for (size_t i = 0; i + 1 < numbers.size(); ++i)
    for (const double number : {numbers[i], (numbers[i] + numbers[i + 1]) / 2}) {
      const float sample = static_cast<float>(number);
      EXPECT_EQ(static_cast<double>(sample), number);
      samples.push_back(sample);
      samples.push_back(std::nextafterf(sample, huge));
      samples.push_back(std::nextafterf(sample, 0));
    }
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    const float sample = floatOf(static_cast<uint32_t>(random()) & 0x7fffffffu);
    if (!std::isnan(sample))
      samples.push_back(sample);
  }
  return samples;
}

/// Of both signs, quiet and signalling, with bits set at either end.
const std::vector<uint32_t> kNaNs = {0x7fffffffu, 0x7fc00000u, 0x7fc00001u, 0x7fbfffffu,
                                     0x7fa00000u, 0x7f800001u, 0x7f80ffffu, 0x7fffe000u};

/// Every number of 16 bits becomes a float32 that is equal to it, and the same bits again.
template <typename Number> void checkAllNumbers(const Format &format) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Number number = {};
    number.bits = static_cast<uint16_t>(bits);
    const float value = static_cast<float>(number);
    const uint32_t magnitude = bits & 0x7fffu;
    const bool isNegative = bits != magnitude;
    if (magnitude > format.infinity()) {
      ASSERT_TRUE(std::isnan(value)) << std::hex << bits;
      ASSERT_GT(Number(value).bits & 0x7fffu, format.infinity()) << std::hex << bits;
      continue;
    }
    const double expected = magnitude == format.infinity() ? HUGE_VAL : format.value(magnitude);
    ASSERT_EQ(static_cast<double>(value), isNegative ? -expected : expected) << std::hex << bits;
    ASSERT_EQ(std::signbit(value), isNegative) << std::hex << bits;
    ASSERT_EQ(Number(value).bits, bits) << std::hex;
  }
}

/// Every float32 becomes the nearest number of 16 bits, an even one where two are equally near.
template <typename Number> void checkRounding(const Format &format) {
  const std::vector<double> numbers = numbersOf(format);
  for (const float sample : samplesOf(numbers)) {
    const uint32_t expected = nearest(numbers, static_cast<double>(sample), Ties::ToEven);
    ASSERT_EQ(Number(sample).bits, expected) << std::hexfloat << sample;
    ASSERT_EQ(Number(-sample).bits, expected | 0x8000u) << std::hexfloat << -sample;
  }
  for (const uint32_t bits : kNaNs)
    for (const uint32_t sign : {0u, 0x80000000u})
      EXPECT_GT(Number(floatOf(bits | sign)).bits & 0x7fffu, format.infinity()) << std::hex << bits;
}

TEST(Half, AllNumbersAreFloats) { checkAllNumbers<segc::Half>(kHalf); }
TEST(Half, FloatsAreRounded) { checkRounding<segc::Half>(kHalf); }
TEST(Half, EndsWhereIeee754SaysSo) {
  EXPECT_EQ(segc::Half(65504.0f).bits, 0x7bff);
  EXPECT_EQ(segc::Half(std::nextafterf(65520.0f, 0)).bits, 0x7bff);
  EXPECT_EQ(segc::Half(65520.0f).bits, 0x7c00);
  EXPECT_EQ(segc::Half(-65520.0f).bits, 0xfc00);
  EXPECT_EQ(segc::Half(0x1p-24f).bits, 1);
  EXPECT_EQ(segc::Half(0x1p-25f).bits, 0);
  EXPECT_EQ(segc::Half(1.0f).bits, 0x3c00);
}

TEST(BFloat16, AllNumbersAreFloats) { checkAllNumbers<segc::BFloat16>(kBFloat16); }
TEST(BFloat16, FloatsAreRounded) { checkRounding<segc::BFloat16>(kBFloat16); }

/// What tensor cores see: they cut the last 13 bits off.
float seenAsTf32(float value) {
  return floatOf(segc::Tf32Numbers::rounded(bitsOf(value)) & 0xffffe000u);
}

TEST(Tf32, FloatsAreRounded) {
  const std::vector<double> numbers = numbersOf(kTf32);
  for (const float sample : samplesOf(numbers)) {
    const uint32_t bits = nearest(numbers, static_cast<double>(sample), Ties::AwayFromZero);
    const double expected = bits == kTf32.infinity() ? HUGE_VAL : numbers[bits];
    ASSERT_EQ(static_cast<double>(seenAsTf32(sample)), expected) << std::hexfloat << sample;
    ASSERT_EQ(static_cast<double>(seenAsTf32(-sample)), -expected) << std::hexfloat << -sample;
  }
}

/// Those that arithmetic makes: a signalling one may have no bits but those that are cut off.
TEST(Tf32, QuietNaNStaysNaN) {
  for (const uint32_t bits : kNaNs)
    for (const uint32_t sign : {0u, 0x80000000u}) {
      const bool isQuiet = bits & 0x400000u;
      EXPECT_TRUE(!isQuiet || std::isnan(seenAsTf32(floatOf(bits | sign)))) << std::hex << bits;
    }
}

} // namespace
