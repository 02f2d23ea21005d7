//===- segc_wide_simplex.h - the simplex of one pixel -----------*- C++ -*-===//
//
// Part of the runtime of packages with a dense CRF, on a processor and on a GPU. C++17, no
// allocation. What segc_simplex.h does for blocks of pixels in single precision.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_WIDE_SIMPLEX_H
#define SEGC_WIDE_SIMPLEX_H

#include "segc_vertex_keys.h"

namespace segc {

/// The simplex of one pixel, in double precision.
template <int D> struct WideSimplex {
  static constexpr int lanes = 1;
  WideKey keys[D + 1][lanes];
  float weights[D + 1][lanes];

  /// As SimplexBlock::compute. False if the features are not finite or out of reach of
  /// WideKey (16 million simplices for D = 5).
  SEGC_HOST_DEVICE bool compute(const double (&features)[D]);
};

template <int D> SEGC_HOST_DEVICE inline bool WideSimplex<D>::compute(const double (&features)[D]) {
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
  // Their places in the order of ranks, found by comparing: arrays at constant indices stay in
  // registers.
  double sorted[D + 1];
  int coordinate[D + 1]; // of that rank
  for (int place = 0; place <= D; ++place) {
    sorted[place] = 0;
    coordinate[place] = 0;
  }
  for (int i = 0; i <= D; ++i) {
    const int wrap = (rank[i] < 0) - (rank[i] > D);
    quotient[i] += wrap;
    for (int place = 0; place <= D; ++place)
      if (rank[i] + wrap * (D + 1) == place) {
        sorted[place] = offset[i] - wrap * (D + 1);
        coordinate[place] = i;
      }
  }

  WideKey key = 0;
  for (int i = 0; i < D; ++i)
    key += static_cast<WideKey>(quotient[i] + Layout::bias) * Layout::unit(i);
  keys[0][0] = key;
  weights[0][0] = static_cast<float>(std::fmax(1 - (sorted[0] - sorted[D]) / (D + 1), 0.0));
  for (int k = 1; k <= D; ++k) {
    key += Layout::remainderUnit() - Layout::unit(coordinate[D - k + 1]);
    keys[k][0] = key;
    const double gap = sorted[D - k] - sorted[D - k + 1];
    weights[k][0] = static_cast<float>(std::fmax(gap / (D + 1), 0.0));
  }
  return true;
}

} // namespace segc

#endif // SEGC_WIDE_SIMPLEX_H
