//===- segc_vector.h - vectors for generated kernels ------------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. Thin names over the
// vector extensions of g++ and clang: f32x16 is 16 floats, i32x8 8 integers, and
// + - * / < act lane by lane. Lane counts wider than the processor's registers
// work too; the compiler splits them.
//
// A vector of booleans is an i32 vector of 0 and -1 (all bits). Integer division
// and remainder round as Halide's: the remainder is never negative, and division
// by zero gives zero.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_VECTOR_H
#define SEGC_VECTOR_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the undefined operands inside its own AVX-512 intrinsics for a mistake.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// Functions below are always inlined, so how their vectors would be passed does
// not matter; g++ notes it at every one of them.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

/// In front of a loop that must stay as it is: kernels are unrolled already, and
/// unrolling them further makes registers spill.
#undef SEGC_KEEP_LOOP // where segc_device.h has been included as well
#if defined(__clang__)
#define SEGC_KEEP_LOOP _Pragma("clang loop unroll(disable) vectorize(disable)")
#else
#define SEGC_KEEP_LOOP _Pragma("GCC unroll 1")
#endif

#define SEGC_RESTRICT __restrict__
#define SEGC_INLINED __attribute__((always_inline))
#define SEGC_INLINE inline SEGC_INLINED

namespace segc {
namespace simd {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// The vector of `lanes` elements, and what a vector is made of.
template <typename Element, int lanes> struct VectorOf;
template <typename V> struct VectorTraits;

#define SEGC_VECTOR(ELEMENT, NAME, LANES)                                                          \
  typedef ELEMENT NAME##x##LANES __attribute__((vector_size((LANES) * sizeof(ELEMENT))));          \
  template <> struct VectorOf<ELEMENT, LANES> {                                                    \
    using Type = NAME##x##LANES;                                                                   \
  };                                                                                               \
  template <> struct VectorTraits<NAME##x##LANES> {                                                \
    using Element = ELEMENT;                                                                       \
    static constexpr int lanes = LANES;                                                            \
    typedef ELEMENT Unaligned __attribute__((vector_size((LANES) * sizeof(ELEMENT)),               \
                                             aligned(alignof(ELEMENT)), may_alias));               \
  };
#define SEGC_VECTORS(ELEMENT, NAME)                                                                \
  SEGC_VECTOR(ELEMENT, NAME, 2)                                                                    \
  SEGC_VECTOR(ELEMENT, NAME, 4)                                                                    \
  SEGC_VECTOR(ELEMENT, NAME, 8)                                                                    \
  SEGC_VECTOR(ELEMENT, NAME, 16)                                                                   \
  SEGC_VECTOR(ELEMENT, NAME, 32)                                                                   \
  SEGC_VECTOR(ELEMENT, NAME, 64)

SEGC_VECTORS(float, f32)
SEGC_VECTORS(double, f64)
SEGC_VECTORS(int8_t, i8)
SEGC_VECTORS(int16_t, i16)
SEGC_VECTORS(int32_t, i32)
SEGC_VECTORS(int64_t, i64)
SEGC_VECTORS(uint8_t, u8)
SEGC_VECTORS(uint16_t, u16)
SEGC_VECTORS(uint32_t, u32)
SEGC_VECTORS(uint64_t, u64)

#undef SEGC_VECTORS
#undef SEGC_VECTOR

template <typename V> using ElementOf = typename VectorTraits<V>::Element;
template <typename V> constexpr int lanesOf = VectorTraits<V>::lanes;
template <typename V> using MaskOf = typename VectorOf<int32_t, lanesOf<V>>::Type;
template <typename V> using Lanes = std::make_integer_sequence<int, lanesOf<V>>;

//===----------------------------------------------------------------------===//
// Making vectors
//===----------------------------------------------------------------------===//

template <typename V, int... i>
SEGC_INLINE V broadcastLanes(ElementOf<V> x, std::integer_sequence<int, i...>) {
  return V{((void)i, x)...};
}
/// x in every lane.
template <typename V> SEGC_INLINE V broadcast(ElementOf<V> x) {
  return broadcastLanes<V>(x, Lanes<V>());
}
/// A boolean in every lane.
template <typename V> SEGC_INLINE V broadcastMask(bool x) { return broadcast<V>(x ? -1 : 0); }

template <typename V, int... i>
SEGC_INLINE V rampLanes(ElementOf<V> base, ElementOf<V> stride, std::integer_sequence<int, i...>) {
  return broadcast<V>(base) + broadcast<V>(stride) * V{static_cast<ElementOf<V>>(i)...};
}
/// base, base + stride, base + 2 stride, ...
template <typename V> SEGC_INLINE V ramp(ElementOf<V> base, ElementOf<V> stride) {
  return rampLanes<V>(base, stride, Lanes<V>());
}

/// Lane by lane conversion of numbers. Between floats and short integers it goes by
/// way of int32, as the instructions do.
template <typename To, typename From> SEGC_INLINE To convert(From x) {
  constexpr bool shortToFloat =
      sizeof(ElementOf<From>) < 4 && std::is_floating_point<ElementOf<To>>::value;
  constexpr bool floatToShort =
      sizeof(ElementOf<To>) < 4 && std::is_floating_point<ElementOf<From>>::value;
  if constexpr (shortToFloat || floatToShort)
    return __builtin_convertvector(__builtin_convertvector(x, MaskOf<To>), To);
  else
    return __builtin_convertvector(x, To);
}
/// The mask that a comparison of any element type yields.
template <typename V> SEGC_INLINE auto mask(V x) {
  using Mask = typename VectorOf<int32_t, sizeof(V) / sizeof(x[0])>::Type;
  return __builtin_convertvector(x, Mask);
}
/// 1 and 0 for true and false.
template <typename To, typename M> SEGC_INLINE To convertMask(M x) { return convert<To>(x & 1); }
/// The same bits as another type.
template <typename To, typename From> SEGC_INLINE To bitcast(From x) {
  static_assert(sizeof(To) == sizeof(From), "the types differ in size");
  To result;
  std::memcpy(&result, &x, sizeof(To));
  return result;
}

//===----------------------------------------------------------------------===//
// Memory. Addresses need the alignment of an element only.
//===----------------------------------------------------------------------===//

template <typename V> SEGC_INLINE V load(const ElementOf<V> *p) {
  return *reinterpret_cast<const typename VectorTraits<V>::Unaligned *>(p);
}
template <typename V> SEGC_INLINE void store(ElementOf<V> *p, V x) {
  *reinterpret_cast<typename VectorTraits<V>::Unaligned *>(p) = x;
}

template <typename V, int... i>
SEGC_INLINE V loadStridedLanes(const ElementOf<V> *p, int32_t stride,
                               std::integer_sequence<int, i...>) {
  return V{p[i * stride]...};
}
template <typename V> SEGC_INLINE V loadStrided(const ElementOf<V> *p, int32_t stride) {
  return loadStridedLanes<V>(p, stride, Lanes<V>());
}
template <typename V> SEGC_INLINE void storeStrided(ElementOf<V> *p, int32_t stride, V x) {
  for (int i = 0; i < lanesOf<V>; ++i)
    p[i * stride] = x[i];
}

template <typename V, typename Index, int... i>
SEGC_INLINE V gatherLanes(const ElementOf<V> *p, Index index, std::integer_sequence<int, i...>) {
  return V{p[index[i]]...};
}
/// p[index[0]], p[index[1]], ...
template <typename V, typename Index> SEGC_INLINE V gather(const ElementOf<V> *p, Index index) {
#if defined(__AVX512F__)
  if constexpr (std::is_same<V, f32x16>::value && std::is_same<Index, i32x16>::value)
    return (f32x16)_mm512_i32gather_ps((__m512i)index, p, 4);
#endif
#if defined(__AVX2__)
  if constexpr (std::is_same<V, f32x8>::value && std::is_same<Index, i32x8>::value)
    return (f32x8)_mm256_i32gather_ps(p, (__m256i)index, 4);
#endif
  return gatherLanes<V>(p, index, Lanes<V>());
}
template <typename V, typename Index> SEGC_INLINE void scatter(ElementOf<V> *p, Index index, V x) {
  for (int i = 0; i < lanesOf<V>; ++i)
    p[index[i]] = x[i];
}

/// Only the lanes whose mask is set are touched; the others load as zero.
template <typename V, typename Index, typename Mask>
SEGC_INLINE V gatherIf(const ElementOf<V> *p, Index index, Mask mask) {
  V result{};
  for (int i = 0; i < lanesOf<V>; ++i)
    if (mask[i])
      result[i] = p[index[i]];
  return result;
}
template <typename V, typename Index, typename Mask>
SEGC_INLINE void scatterIf(ElementOf<V> *p, Index index, V x, Mask mask) {
  for (int i = 0; i < lanesOf<V>; ++i)
    if (mask[i])
      p[index[i]] = x[i];
}

/// `value`; the cache line at `ahead`, which need not be valid memory, is on its way.
template <typename T> SEGC_INLINE T prefetching(T value, const void *ahead) {
  __builtin_prefetch(ahead);
  return value;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// mask ? a : b. The mask is of MaskOf<V>.
template <typename V> SEGC_INLINE V select(MaskOf<V> mask, V a, V b) {
  if constexpr (sizeof(ElementOf<V>) == 4) {
    return mask ? a : b;
  } else {
    using Wide = std::conditional_t<sizeof(ElementOf<V>) == 8, int64_t,
                                    std::conditional_t<sizeof(ElementOf<V>) == 2, int16_t, int8_t>>;
    return convert<typename VectorOf<Wide, lanesOf<V>>::Type>(mask) ? a : b;
  }
}

/// a < b ? a : b and a > b ? a : b, for numbers and vectors.
template <typename T> SEGC_INLINE T min(T a, T b) { return a < b ? a : b; }
template <typename T> SEGC_INLINE T max(T a, T b) { return a > b ? a : b; }
/// Whether a number, or what lane of a vector, is NaN.
SEGC_INLINE bool isNaN(float x) { return x != x; }
SEGC_INLINE bool isNaN(double x) { return x != x; }
template <typename V> SEGC_INLINE MaskOf<V> isNaN(V x) { return mask(x != x); }
/// a * b + c, rounded once where the processor can.
template <typename V> SEGC_INLINE V fma(V a, V b, V c) { return a * b + c; }

/// f of every lane.
template <typename V, typename F> SEGC_INLINE V eachLane(V x, F f) {
  V result = x;
  for (int i = 0; i < lanesOf<V>; ++i)
    result[i] = f(x[i]);
  return result;
}
template <typename V, typename F> SEGC_INLINE V eachLane(V x, V y, F f) {
  V result = x;
  for (int i = 0; i < lanesOf<V>; ++i)
    result[i] = f(x[i], y[i]);
  return result;
}

template <typename T> SEGC_INLINE T floor(T x) {
  if constexpr (std::is_floating_point<T>::value)
    return std::floor(x);
  else
    return eachLane(x, [](auto v) { return std::floor(v); });
}
template <typename T> SEGC_INLINE T ceil(T x) {
  if constexpr (std::is_floating_point<T>::value)
    return std::ceil(x);
  else
    return eachLane(x, [](auto v) { return std::ceil(v); });
}
template <typename T> SEGC_INLINE T trunc(T x) {
  if constexpr (std::is_floating_point<T>::value)
    return std::trunc(x);
  else
    return eachLane(x, [](auto v) { return std::trunc(v); });
}
/// To the nearest integer, halves to the even one.
template <typename T> SEGC_INLINE T round(T x) {
  if constexpr (std::is_floating_point<T>::value)
    return std::nearbyint(x);
  else
    return eachLane(x, [](auto v) { return std::nearbyint(v); });
}
template <typename T> SEGC_INLINE T sqrt(T x) {
  if constexpr (std::is_floating_point<T>::value)
    return std::sqrt(x);
  else
    return eachLane(x, [](auto v) { return std::sqrt(v); });
}

/// The functions above as instructions, where there is one.
#define SEGC_NATIVE_FLOAT(V, R, FMA, MIN, MAX, FLOOR, CEIL, TRUNC, ROUND, SQRT)                    \
  template <> SEGC_INLINE V fma<V>(V a, V b, V c) { return (V)(FMA); }                             \
  template <> SEGC_INLINE V min<V>(V a, V b) { return (V)MIN((R)a, (R)b); }                        \
  template <> SEGC_INLINE V max<V>(V a, V b) { return (V)MAX((R)a, (R)b); }                        \
  template <> SEGC_INLINE V floor<V>(V x) { return (V)(FLOOR); }                                   \
  template <> SEGC_INLINE V ceil<V>(V x) { return (V)(CEIL); }                                     \
  template <> SEGC_INLINE V trunc<V>(V x) { return (V)(TRUNC); }                                   \
  template <> SEGC_INLINE V round<V>(V x) { return (V)(ROUND); }                                   \
  template <> SEGC_INLINE V sqrt<V>(V x) { return (V)SQRT((R)x); }

#if defined(__AVX512F__)
SEGC_NATIVE_FLOAT(f32x16, __m512, _mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c), _mm512_min_ps,
                  _mm512_max_ps, _mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEG_INF | 8),
                  _mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_POS_INF | 8),
                  _mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_ZERO | 8),
                  _mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | 8), _mm512_sqrt_ps)
#endif
#if defined(__AVX2__) && defined(__FMA__)
SEGC_NATIVE_FLOAT(f32x8, __m256, _mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c), _mm256_min_ps,
                  _mm256_max_ps, _mm256_round_ps((__m256)x, _MM_FROUND_TO_NEG_INF | 8),
                  _mm256_round_ps((__m256)x, _MM_FROUND_TO_POS_INF | 8),
                  _mm256_round_ps((__m256)x, _MM_FROUND_TO_ZERO | 8),
                  _mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | 8), _mm256_sqrt_ps)
SEGC_NATIVE_FLOAT(f32x4, __m128, _mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c), _mm_min_ps,
                  _mm_max_ps, _mm_round_ps((__m128)x, _MM_FROUND_TO_NEG_INF | 8),
                  _mm_round_ps((__m128)x, _MM_FROUND_TO_POS_INF | 8),
                  _mm_round_ps((__m128)x, _MM_FROUND_TO_ZERO | 8),
                  _mm_round_ps((__m128)x, _MM_FROUND_TO_NEAREST_INT | 8), _mm_sqrt_ps)
#endif
#if defined(__aarch64__)
SEGC_NATIVE_FLOAT(f32x4, float32x4_t, vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b),
                  vminq_f32, vmaxq_f32, vrndmq_f32((float32x4_t)x), vrndpq_f32((float32x4_t)x),
                  vrndq_f32((float32x4_t)x), vrndnq_f32((float32x4_t)x), vsqrtq_f32)
#endif
#undef SEGC_NATIVE_FLOAT

template <typename T> SEGC_INLINE T absolute(T x) { return x < 0 ? -x : x; }
/// Clears the sign: also that of -0 and of NaN.
SEGC_INLINE float absolute(float x) { return std::fabs(x); }
SEGC_INLINE double absolute(double x) { return std::fabs(x); }
template <typename V, typename I> SEGC_INLINE V clearSign(V x, I allButSign) {
  return (V)((typename VectorOf<I, lanesOf<V>>::Type)x & allButSign);
}
#define SEGC_ABSOLUTE(LANES)                                                                       \
  SEGC_INLINE f32x##LANES absolute(f32x##LANES x) { return clearSign(x, int32_t{0x7fffffff}); }
SEGC_ABSOLUTE(2)
SEGC_ABSOLUTE(4)
SEGC_ABSOLUTE(8)
SEGC_ABSOLUTE(16)
SEGC_ABSOLUTE(32)
SEGC_ABSOLUTE(64)
#undef SEGC_ABSOLUTE

/// Halide's integer division: the remainder is never negative, x / 0 is 0.
template <typename T> SEGC_INLINE T divide(T a, T b) {
  if constexpr (std::is_integral<T>::value) {
    if (b == 0)
      return 0;
    T quotient = a / b, remainder = a % b;
    return remainder < 0 ? (b > 0 ? quotient - 1 : quotient + 1) : quotient;
  } else {
    return eachLane(a, b, [](auto x, auto y) { return divide(x, y); });
  }
}
/// Halide's integer remainder: in [0, |b|), x % 0 is 0.
template <typename T> SEGC_INLINE T modulo(T a, T b) {
  if constexpr (std::is_integral<T>::value) {
    if (b == 0)
      return 0;
    T remainder = a % b;
    return remainder < 0 ? (b > 0 ? remainder + b : remainder - b) : remainder;
  } else {
    return eachLane(a, b, [](auto x, auto y) { return modulo(x, y); });
  }
}
/// Shifts of negative numbers too.
template <typename T> SEGC_INLINE T shiftLeft(T a, int bits) {
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << bits);
}

//===----------------------------------------------------------------------===//
// Reductions over lanes, halves onto each other: the order never varies.
//===----------------------------------------------------------------------===//

template <typename V, typename Combine> SEGC_INLINE ElementOf<V> reduceLanes(V v, Combine combine) {
  if constexpr (lanesOf<V> == 2) {
    return combine(static_cast<ElementOf<V>>(v[0]), static_cast<ElementOf<V>>(v[1]));
  } else {
    typename VectorOf<ElementOf<V>, lanesOf<V> / 2>::Type halves[2];
    std::memcpy(halves, &v, sizeof v);
    return reduceLanes(combine(halves[0], halves[1]), combine);
  }
}
template <typename V> SEGC_INLINE ElementOf<V> sumOfLanes(V v) {
  return reduceLanes(v, [](auto a, auto b) { return a + b; });
}
template <typename V> SEGC_INLINE ElementOf<V> smallestOfLanes(V v) {
  return reduceLanes(v, [](auto a, auto b) { return min(a, b); });
}
template <typename V> SEGC_INLINE ElementOf<V> largestOfLanes(V v) {
  return reduceLanes(v, [](auto a, auto b) { return max(a, b); });
}

template <int length, int skip, typename V, int... i>
SEGC_INLINE V halvesOfGroups(V a, V b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(
      a, b, (i / length / 2 * 2 * length + i % length + skip + i / length % 2 * lanesOf<V>)...);
}
/// rows[i] and rows[i + length] are groups of 2 * length lanes, of the same number: those of
/// rows[i] become groups of half the length, of both in turn.
template <int length, typename V, typename Combine>
SEGC_INLINE V reduceRows(V *rows, Combine combine) {
  for (int i = 0; i < length; ++i)
    rows[i] = combine(halvesOfGroups<length, 0>(rows[i], rows[i + length], Lanes<V>()),
                      halvesOfGroups<length, length>(rows[i], rows[i + length], Lanes<V>()));
  if constexpr (length > 1)
    return reduceRows<length / 2>(rows, combine);
  else
    return rows[0];
}
/// Lane i of the result is that of the group of lanes i * n, i * n + 1, ... i * n + n - 1, in
/// reduceLanes' order; there are at least n groups. n of them at once take few steps.
template <typename To, typename V, typename Combine>
SEGC_INLINE To reduceGroups(V v, Combine combine) {
  constexpr int length = lanesOf<V> / lanesOf<To>;
  using Row = typename VectorOf<ElementOf<V>, length>::Type;
  Row rows[lanesOf<To>], results[lanesOf<To> / length];
  std::memcpy(rows, &v, sizeof v);
  for (int i = 0; i < lanesOf<To> / length; ++i)
    results[i] = reduceRows<length / 2>(rows + i * length, combine);
  To all;
  static_assert(sizeof all == sizeof results, "fewer groups than lanes in a group");
  std::memcpy(&all, results, sizeof all);
  return all;
}
template <typename To, typename V> SEGC_INLINE To sumOfGroups(V v) {
  return reduceGroups<To>(v, [](auto a, auto b) { return a + b; });
}
template <typename To, typename V> SEGC_INLINE To smallestOfGroups(V v) {
  return reduceGroups<To>(v, [](auto a, auto b) { return min(a, b); });
}
template <typename To, typename V> SEGC_INLINE To largestOfGroups(V v) {
  return reduceGroups<To>(v, [](auto a, auto b) { return max(a, b); });
}

} // namespace simd
} // namespace segc

#endif // SEGC_VECTOR_H
