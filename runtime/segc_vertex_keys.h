//===- segc_vertex_keys.h - names of lattice vertices -----------*- C++ -*-===//
//
// Part of the runtime of packages with a dense CRF, on a processor and on a GPU. C++17, no
// allocation.
//
// A vertex of the permutohedral lattice of D dimensions (segc_simplex.h) is named by a key, an
// integer of fields:
//
//   [ remainder | quotient D-1 | ... | quotient 0 ]    coordinate = quotient (D+1) + remainder
//
// The last coordinate follows from the others. The key of a neighbour is one
// addition away. 64-bit keys go with single precision and hold what photos need;
// 128-bit keys, with double precision, hold the rest.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_VERTEX_KEYS_H
#define SEGC_VERTEX_KEYS_H

#include "segc_view.h"

#include <cmath>
#include <cstdint>

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
  SEGC_HOST_DEVICE static constexpr Word unit(int i) {
    return i < D ? Word{1} << (fieldBits * i) : Word{0};
  }
  SEGC_HOST_DEVICE static constexpr Word remainderUnit() { return Word{1} << (fieldBits * D); }

  /// The vertex one step further along an axis: coordinate `axis` less D, all
  /// others plus one.
  SEGC_HOST_DEVICE static constexpr Word next(Word key, int axis) {
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
template <int D> SEGC_HOST_DEVICE inline double axisScale(int i) {
  return (D + 1) * std::sqrt(2.0 / 3.0 / ((i + 1.0) * (i + 2.0)));
}

} // namespace segc

#endif // SEGC_VERTEX_KEYS_H
