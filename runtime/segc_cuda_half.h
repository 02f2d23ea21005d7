//===- segc_cuda_half.h - numbers of 16 bits on a GPU ------------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA that keep feature maps in 16 bits (--precision fp16,
// bf16). Kernels compute in float32; these are how values lie in memory. Conversions from float
// round to nearest, to even where two are equally near.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_HALF_H
#define SEGC_CUDA_HALF_H

#include "segc_device.h"

namespace segc {

/// IEEE binary16: a larger value than 65504 becomes an infinity.
struct Half {
  uint16_t bits;

  Half() = default;
  SEGC_MEMBER explicit Half(float value) {
#if defined(__CUDA_ARCH__)
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
#else
    uint32_t all;
    memcpy(&all, &value, sizeof all);
    const uint32_t sign = all >> 16 & 0x8000u, magnitude = all & 0x7fffffffu;
    if (magnitude > 0x7f800000u) { // NaN
      bits = static_cast<uint16_t>(sign | 0x7fffu);
    } else if (magnitude >= 0x477ff000u) { // rounds to more than 65504
      bits = static_cast<uint16_t>(sign | 0x7c00u);
    } else if (magnitude < 0x38800000u) { // subnormal: a multiple of 2^-24, which 0.5 has as its ulp
      float part;
      memcpy(&part, &magnitude, sizeof part);
      part += 0.5f;
      uint32_t multiple;
      memcpy(&multiple, &part, sizeof multiple);
      bits = static_cast<uint16_t>(sign | (multiple - 0x3f000000u));
    } else {
      const uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
      bits = static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
    }
#endif
  }
  SEGC_MEMBER explicit operator float() const {
#if defined(__CUDA_ARCH__)
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
#else
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
    const uint32_t exponent = bits >> 10 & 31u, mantissa = bits & 0x3ffu;
    if (exponent == 0) {
      const float value = static_cast<float>(mantissa) * 0x1p-24f;
      return sign ? -value : value;
    }
    const uint32_t all =
        sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | mantissa << 13;
    float value;
    memcpy(&value, &all, sizeof value);
    return value;
#endif
  }
};

/// The upper half of a float32.
struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  SEGC_MEMBER explicit BFloat16(float value) {
    uint32_t all;
    memcpy(&all, &value, sizeof all);
    const bool isNaN = (all & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<uint16_t>(isNaN ? all >> 16 | 0x40u
                                       : (all + 0x7fffu + (all >> 16 & 1u)) >> 16);
  }
  SEGC_MEMBER explicit operator float() const {
    const uint32_t all = static_cast<uint32_t>(bits) << 16;
    float value;
    memcpy(&value, &all, sizeof value);
    return value;
  }
};

} // namespace segc

#endif // SEGC_CUDA_HALF_H
