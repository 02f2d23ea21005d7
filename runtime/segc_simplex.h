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
// A vertex is named by a key, an integer of fields:
//
//   [ remainder | quotient D-1 | ... | quotient 0 ]    coordinate = quotient (D+1) + remainder
//
// The last coordinate follows from the others. The key of a neighbour is one
// addition away. 64-bit keys go with single precision and hold what photos need;
// 128-bit keys, with double precision, hold the rest.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SIMPLEX_H
#define SEGC_SIMPLEX_H

#include "segc_vector.h"

#include <cmath>
#include <cstdint>
#include <utility>

namespace segc {

/// 128-bit integers are an extension of g++ and clang.
__extension__ typedef unsigned __int128 WideKey;
using NarrowKey = uint64_t;

/// How the keys of D dimensions are laid out in a Word, NarrowKey or WideKey.
template <int D, typename Word> struct KeyLayout {
  /// 12 bits reach 2,044 simplices from the origin, where floats still tell positions
  /// in a simplex apart by a thousandth. Six dimensions leave 10.
  static constexpr int fieldBits = sizeof(Word) == 8 ? (D > 5 ? 10 : 12)
                                                     : (D > 5   ? 20
                                                        : D > 3 ? 25
                                                                : 40);
  static_assert(D < 7 && fieldBits * D + 3 <= static_cast<int>(sizeof(Word)) * 8, "no room");

  /// Quotients are stored with this added, so that fields do not borrow.
  static constexpr int64_t bias = int64_t{1} << (fieldBits - 1);
  /// Largest absolute quotient of a simplex. A vertex is one off, its neighbour two.
  static constexpr int64_t limit = bias - 4;
  /// A word that is no vertex's key.
  static constexpr Word none = ~Word{0};

  /// One more in quotient i. Quotient D is not stored.
  static constexpr Word unit(int i) { return i < D ? Word{1} << (fieldBits * i) : Word{0}; }
  static constexpr Word remainderUnit() { return Word{1} << (fieldBits * D); }

  /// The vertex one step further along an axis: coordinate `axis` less D, all
  /// others plus one.
  static constexpr Word next(Word key, int axis) {
    if (key >> (fieldBits * D) < Word{D})
      return key + remainderUnit() - unit(axis);
    Word all = 0;
    for (int i = 0; i < D; ++i)
      all += unit(i);
    return key - Word{D} * remainderUnit() + all - unit(axis);
  }
};

/// Feature i times this spans axis i of the plane such that blurring with (1, 2, 1) / 4
/// along all axes has a standard deviation of one feature (end of section 3.1).
template <int D> inline double axisScale(int i) {
  return (D + 1) * std::sqrt(2.0 / 3.0 / ((i + 1.0) * (i + 2.0)));
}

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

/// The simplex of one pixel, in double precision.
template <int D> struct WideSimplex {
  static constexpr int lanes = 1;
  WideKey keys[D + 1][lanes];
  float weights[D + 1][lanes];

  /// As SimplexBlock::compute. False if the features are not finite or out of reach of
  /// WideKey (16 million simplices for D = 5).
  bool compute(const double (&features)[D]);
};

template <int D> inline bool WideSimplex<D>::compute(const double (&features)[D]) {
  using Layout = KeyLayout<D, WideKey>;
  double elevated[D + 1];
  double sum = 0;
  for (int i = D; i > 0; --i) {
    const double scaled = features[i - 1] * axisScale<D>(i - 1);
    elevated[i] = sum - i * scaled;
    sum += scaled;
  }
  elevated[0] = sum;

  int64_t quotient[D + 1];
  double offset[D + 1];
  int64_t excess = 0;
  for (int i = 0; i <= D; ++i) {
    const double nearest = std::nearbyint(elevated[i] / (D + 1));
    if (!(std::fabs(nearest) <= static_cast<double>(Layout::limit - 1)))
      return false;
    quotient[i] = static_cast<int64_t>(nearest);
    offset[i] = elevated[i] - nearest * (D + 1);
    excess += quotient[i];
  }

  int64_t rank[D + 1];
  for (int i = 0; i <= D; ++i) {
    rank[i] = excess;
    for (int j = 0; j <= D; ++j)
      rank[i] += offset[j] > offset[i] || (offset[j] == offset[i] && j < i);
  }
  double sorted[D + 1];
  int coordinate[D + 1]; // of that rank
  for (int i = 0; i <= D; ++i) {
    const int wrap = (rank[i] < 0) - (rank[i] > D);
    const int64_t place = rank[i] + wrap * (D + 1);
    quotient[i] += wrap;
    sorted[place] = offset[i] - wrap * (D + 1);
    coordinate[place] = i;
  }

  WideKey key = 0;
  for (int i = 0; i < D; ++i)
    key += static_cast<WideKey>(quotient[i] + Layout::bias) * Layout::unit(i);
  keys[0][0] = key;
  weights[0][0] = static_cast<float>(std::fmax(1 - (sorted[0] - sorted[D]) / (D + 1), 0));
  for (int k = 1; k <= D; ++k) {
    key += Layout::remainderUnit() - Layout::unit(coordinate[D - k + 1]);
    keys[k][0] = key;
    const double gap = sorted[D - k] - sorted[D - k + 1];
    weights[k][0] = static_cast<float>(std::fmax(gap / (D + 1), 0));
  }
  return true;
}

} // namespace segc

#endif // SEGC_SIMPLEX_H
