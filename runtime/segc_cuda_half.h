//===- segc_cuda_half.h - feature maps of 16 bits on a GPU -------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA that keep feature maps in 16 bits (--precision fp16,
// bf16). Kernels compute in float32; these are how values lie in memory.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_HALF_H
#define SEGC_CUDA_HALF_H

#include "segc_device.h"
#include "segc_half.h"

namespace segc {

struct Half {
  uint16_t bits;

  Half() = default;
  SEGC_MEMBER explicit Half(float value) {
#if defined(__CUDA_ARCH__)
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
#else
    bits = halfFromFloat(value);
#endif
  }
  SEGC_MEMBER explicit operator float() const {
#if defined(__CUDA_ARCH__)
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
#else
    return floatFromHalf(bits);
#endif
  }
};

struct BFloat16 {
  uint16_t bits;

  BFloat16() = default;
  SEGC_MEMBER explicit BFloat16(float value) : bits(bfloat16FromFloat(value)) {}
  SEGC_MEMBER explicit operator float() const { return floatFromBFloat16(bits); }
};

} // namespace segc

#endif // SEGC_CUDA_HALF_H
