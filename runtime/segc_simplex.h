//===- segc_simplex.h - the lattice simplex around a pixel -------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, no allocation.
//
// The permutohedral lattice of D dimensions (Adams, Baek, Davis: Fast
// High-Dimensional Filtering Using the Permutohedral Lattice, 2010) lies in the
// plane of R^(D+1) whose coordinates sum to zero. Its vertices have integer
// coordinates with a common remainder modulo D + 1; a simplex has one vertex of
// each remainder. This header takes the features of a pixel, measured in standard
// deviations, to the D + 1 vertices around it and to its barycentric coordinates
// (section 3.1 of the paper). segc_lattice.h makes a graph of them.
//
// segc_vertex_keys.h says how vertices are named, segc_wide_simplex.h does the same for one pixel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SIMPLEX_H
#define SEGC_SIMPLEX_H

#include "segc_vector.h"
#include "segc_vertex_keys.h"
#include "segc_wide_simplex.h"

#include <cstring>
#include <utility>

namespace segc {

/// f(0), f(1), ... f(n - 1) with arguments that are constants: vectors in arrays stay
/// in registers at -O2 too.
template <typename F, int... i>
SEGC_INLINE void unrolledSteps(const F &f, std::integer_sequence<int, i...>) {
  (f(std::integral_constant<int, i>()), ...);
}
template <int n, typename F> SEGC_INLINE void unrolled(const F &f) {
  unrolledSteps(f, std::make_integer_sequence<int, n>());
}

/// The simplices of several pixels, one a lane of V, a vector of floats.
template <int D, typename V> struct SimplexBlock {
  static constexpr int lanes = simd::lanesOf<V>;
  using Int = simd::MaskOf<V>;
  using Key = typename simd::VectorOf<int64_t, lanes>::Type;

  float scale[D];
  /// [remainder of the vertex][lane]
  alignas(64) NarrowKey keys[D + 1][lanes];
  alignas(64) float weights[D + 1][lanes];

  SimplexBlock() {
    for (int i = 0; i < D; ++i)
      scale[i] = static_cast<float>(axisScale<D>(i));
  }

  /// Computes keys and weights; the weights of a lane are >= 0 and sum to one. In the
  /// result the lanes are -1 (true) that are finite and within reach of NarrowKey; the
  /// others' keys and weights mean nothing.
  SEGC_INLINE Int compute(const V (&features)[D]) {
    using Layout = KeyLayout<D, NarrowKey>;
    constexpr float period = D + 1;

    // Elevate onto the plane, last coordinate first.
    V elevated[D + 1];
    V sum = {};
    unrolled<D>([&](auto step) {
      constexpr int i = D - step;
      const V scaled = features[i - 1] * scale[i - 1];
      elevated[i] = sum - scaled * static_cast<float>(i);
      sum += scaled;
    });
    elevated[0] = sum;

    // Written so that NaN is out of reach.
    Int inReach = simd::broadcastMask<Int>(true);
    unrolled<D + 1>([&](auto i) {
      inReach &= simd::absolute(elevated[i]) <= static_cast<float>(Layout::limit - 1) * period;
    });

    // The nearest point whose coordinates are multiples of D + 1, and the way there.
    V quotient[D + 1], offset[D + 1];
    V excess = {};
    unrolled<D + 1>([&](auto i) {
      const V bounded = simd::select(inReach, elevated[i], V{});
      quotient[i] = simd::round(bounded * (1.0f / period));
      offset[i] = bounded - quotient[i] * period;
      excess += quotient[i];
    });

    // Rank 0 has the largest offset. Comparisons are 0 and -1.
    Int rank[D + 1];
    unrolled<D + 1>([&](auto i) { rank[i] = simd::convert<Int>(excess); });
    unrolled<D + 1>([&](auto i) {
      unrolled<D - i>([&](auto later) {
        constexpr int j = i + 1 + later;
        const Int less = offset[i] < offset[j];
        rank[i] -= less;
        rank[j] += less + 1;
      });
    });
    // If that point is not in the plane, the coordinates rounded furthest give way.
    unrolled<D + 1>([&](auto i) {
      const Int wrap = (rank[i] > D) - (rank[i] < 0);
      rank[i] += wrap * (D + 1);
      const V turns = simd::convert<V>(wrap);
      quotient[i] += turns;
      offset[i] -= turns * period;
    });

    // Barycentric coordinates are the gaps of the sorted offsets.
    unrolled<D>([&](auto pass) {
      unrolled<D - pass>([&](auto i) {
        const V larger = simd::max(offset[i], offset[i + 1]);
        offset[i + 1] = simd::min(offset[i], offset[i + 1]);
        offset[i] = larger;
      });
    });
    const V rest = V{} + 1.0f - (offset[0] - offset[D]) * (1.0f / period);
    simd::store<V>(weights[0], simd::max(rest, V{}));
    unrolled<D>([&](auto step) {
      constexpr int k = step + 1;
      simd::store<V>(weights[k], (offset[D - k] - offset[D - k + 1]) * (1.0f / period));
    });

    // Vertex k: the k lowest in rank are D + 1 below the others.
    Key key = {};
    Key wideRank[D];
    unrolled<D>([&](auto i) {
      const Int field = simd::convert<Int>(quotient[i]) + static_cast<int32_t>(Layout::bias);
      key += simd::convert<Key>(field) << Layout::fieldBits * i;
      wideRank[i] = simd::convert<Key>(rank[i]);
    });
    storeKey(0, key);
    unrolled<D>([&](auto step) {
      constexpr int k = step + 1;
      key += static_cast<int64_t>(Layout::remainderUnit());
      unrolled<D>([&](auto i) {
        key -= (wideRank[i] == D - k + 1) & static_cast<int64_t>(Layout::unit(i));
      });
      storeKey(k, key);
    });
    return inReach;
  }

private:
  SEGC_INLINE void storeKey(int k, const Key &key) { std::memcpy(keys[k], &key, sizeof(key)); }
};

} // namespace segc

#endif // SEGC_SIMPLEX_H
