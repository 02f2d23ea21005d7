//===- segc_half.h - numbers of 16 bits --------------------------*- C++ -*-===//
//
// Part of the runtime that generated packages carry: IEEE binary16 and the upper half of a
// float32 (bfloat16), by their bits. From float they round to nearest, to even where two are
// equally near.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_HALF_H
#define SEGC_HALF_H

#include "segc_view.h"

#include <cstdint>
#include <cstring>

namespace segc {

SEGC_HOST_DEVICE inline uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
SEGC_HOST_DEVICE inline float floatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// Exactly, subnormal numbers included.
SEGC_HOST_DEVICE inline float floatFromHalf(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = half >> 10 & 31u, mantissa = half & 0x3ffu;
  if (exponent == 0) { // by arithmetic that stays clear of float32's own subnormal numbers
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  return floatOf(sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | mantissa << 13);
}

/// More than 65504 becomes an infinity.
SEGC_HOST_DEVICE inline uint16_t halfFromFloat(float value) {
  const uint32_t sign = bitsOf(value) >> 16 & 0x8000u, magnitude = bitsOf(value) & 0x7fffffffu;
  uint32_t half;
  if (magnitude > 0x7f800000u) // NaN
    half = 0x7fffu;
  else if (magnitude >= 0x477ff000u) // rounds to more than 65504
    half = 0x7c00u;
  else if (magnitude < 0x38800000u) // subnormal: multiples of 2^-24, 0.5's last bit
    half = bitsOf(floatOf(magnitude) + 0.5f) - 0x3f000000u;
  else
    half = (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
  return static_cast<uint16_t>(sign | half);
}

SEGC_HOST_DEVICE inline float floatFromBFloat16(uint16_t number) {
  return floatOf(static_cast<uint32_t>(number) << 16);
}

SEGC_HOST_DEVICE inline uint16_t bfloat16FromFloat(float value) {
  const uint32_t bits = bitsOf(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) // NaN, which rounding could make an infinity
    return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

} // namespace segc

#endif // SEGC_HALF_H
