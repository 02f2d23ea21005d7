//===- segc_device.h - what kernels on a GPU are written in ------*- C++ -*-===//
//
// Part of the runtime that every generated package for CUDA carries. The names that printed
// kernels use on a processor (segc_vector.h), for one number at a time: a warp's threads are the
// lanes. Compiled by nvcc, or as C++ by the emulation.
//
// Integer division and remainder round as Halide's: the remainder is never negative, and division
// by zero gives zero.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DEVICE_H
#define SEGC_DEVICE_H

#if defined(SEGC_CUDA_EMULATION)
#include "segc_cuda_emulation.h"
#else
#include <cuda_runtime.h>
#endif

#include <cmath>
#include <cstdint>
#include <cstring>

#define SEGC_RESTRICT __restrict__
/// Loops that were left as they are: nvcc unrolls short ones.
#if !defined(SEGC_KEEP_LOOP)
#define SEGC_KEEP_LOOP
#endif
#define SEGC_DEVICE static inline __host__ __device__
#define SEGC_MEMBER __host__ __device__
/// In front of loops over registers, and of those that must stay loops.
#if defined(__CUDACC__)
#define SEGC_UNROLLED _Pragma("unroll")
#define SEGC_ROLLED _Pragma("unroll 1")
#else
#define SEGC_UNROLLED
#define SEGC_ROLLED
#endif

namespace segc {
namespace device {

/// Of a number and NaN the second operand, unlike CUDA's fminf.
template <typename T> SEGC_DEVICE T min(T a, T b) { return a < b ? a : b; }
template <typename T> SEGC_DEVICE T max(T a, T b) { return a > b ? a : b; }
template <typename T> SEGC_DEVICE bool isNaN(T x) { return x != x; }

/// One rounding.
SEGC_DEVICE float fma(float a, float b, float c) { return std::fma(a, b, c); }
SEGC_DEVICE double fma(double a, double b, double c) { return std::fma(a, b, c); }

template <typename T> SEGC_DEVICE T floor(T x) { return std::floor(x); }
template <typename T> SEGC_DEVICE T ceil(T x) { return std::ceil(x); }
template <typename T> SEGC_DEVICE T trunc(T x) { return std::trunc(x); }
/// To even where two are equally near.
SEGC_DEVICE float round(float x) { return rintf(x); }
SEGC_DEVICE double round(double x) { return rint(x); }
template <typename T> SEGC_DEVICE T sqrt(T x) { return std::sqrt(x); }

template <typename T> SEGC_DEVICE T absolute(T x) { return x < 0 ? -x : x; }
SEGC_DEVICE float absolute(float x) { return std::fabs(x); }
SEGC_DEVICE double absolute(double x) { return std::fabs(x); }

template <typename T> SEGC_DEVICE T divide(T a, T b) {
  if (b == 0)
    return 0;
  const T quotient = a / b, remainder = a % b;
  return remainder < 0 ? (b > 0 ? quotient - 1 : quotient + 1) : quotient;
}
template <typename T> SEGC_DEVICE T modulo(T a, T b) {
  if (b == 0)
    return 0;
  const T remainder = a % b;
  return remainder < 0 ? (b > 0 ? remainder + b : remainder - b) : remainder;
}
/// Shifts of negative numbers too.
template <typename T> SEGC_DEVICE T shiftLeft(T a, int bits) {
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << bits);
}

template <typename To, typename From> SEGC_DEVICE To bitcast(From x) {
  static_assert(sizeof(To) == sizeof(From), "a bitcast keeps every bit");
  To result;
  memcpy(&result, &x, sizeof result);
  return result;
}

} // namespace device
} // namespace segc

#endif // SEGC_DEVICE_H
