//===- ReferenceLattice.h - what a lattice filter should give ----*- C++ -*-===//
//
// Two slow oracles in double precision: the permutohedral filter with vertices in
// a std::map, straight from Adams, Baek, Davis (2010), and the exact Gaussian sum.
//
//===----------------------------------------------------------------------===//

#ifndef TESTS_REFERENCELATTICE_H
#define TESTS_REFERENCELATTICE_H

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace segc {

template <int D> using FeatureList = std::vector<std::array<double, D>>; // one a pixel

template <int D> using ReferenceVertex = std::array<long, D + 1>;

/// The vertices around a point and its barycentric coordinates in them.
template <int D> std::map<ReferenceVertex<D>, double> referenceSimplex(std::array<double, D> f) {
  constexpr int n = D + 1;
  // Axis i of the plane is (1, ... 1, -(i + 1), 0, ... 0) with i + 1 ones.
  std::array<double, n> point{};
  for (int i = 0; i < D; ++i) {
    const double scaled = f[i] * n * std::sqrt(2.0 / 3.0) / std::sqrt((i + 1.0) * (i + 2.0));
    for (int j = 0; j <= i; ++j)
      point[j] += scaled;
    point[i + 1] -= (i + 1) * scaled;
  }
  // Round down to multiples of n, then round up what was furthest until the sum is zero.
  std::array<long, n> zero;
  std::array<double, n> fraction;
  long missing = 0;
  for (int i = 0; i < n; ++i) {
    zero[i] = static_cast<long>(std::floor(point[i] / n));
    fraction[i] = point[i] / n - static_cast<double>(zero[i]);
    missing -= zero[i];
  }
  // The greatest first, of equal ones the first.
  const auto descending = [](const std::array<double, n> &values) {
    return [&](int a, int b) { return values[a] > values[b] || (values[a] == values[b] && a < b); };
  };
  std::array<int, n> order;
  for (int i = 0; i < n; ++i)
    order[i] = i;
  std::sort(order.begin(), order.end(), descending(fraction));
  for (long i = 0; i < missing; ++i)
    ++zero[order[i]];
  std::array<double, n> offset;
  for (int i = 0; i < n; ++i) {
    order[i] = i;
    offset[i] = point[i] - static_cast<double>(zero[i] * n);
  }
  std::sort(order.begin(), order.end(), descending(offset));

  std::array<double, n + 1> weight{};
  for (int place = 0; place < n; ++place) {
    weight[D - place] += offset[order[place]] / n;
    weight[D + 1 - place] -= offset[order[place]] / n;
  }
  weight[0] += 1 + weight[n];
  std::map<ReferenceVertex<D>, double> simplex;
  for (int k = 0; k < n; ++k) {
    ReferenceVertex<D> vertex;
    for (int place = 0; place < n; ++place)
      vertex[order[place]] = zero[order[place]] * n + (place <= D - k ? k : k - n);
    simplex[vertex] += weight[k];
  }
  return simplex;
}

/// Splat, blur by (1, 2, 1) / 2 along each axis between vertices that exist, slice.
template <int D>
std::vector<double> referenceFilter(const FeatureList<D> &features,
                                    const std::vector<double> &values) {
  using Table = std::map<ReferenceVertex<D>, double>;
  std::vector<Table> simplices;
  Table table;
  for (size_t p = 0; p < features.size(); ++p) {
    simplices.push_back(referenceSimplex<D>(features[p]));
    for (const auto &[vertex, weight] : simplices.back())
      table[vertex] += weight * values[p];
  }
  for (int axis = 0; axis <= D; ++axis) {
    Table blurred;
    for (const auto &[vertex, value] : table) {
      double sum = value;
      for (int direction : {-1, 1}) {
        ReferenceVertex<D> neighbour = vertex;
        for (int i = 0; i <= D; ++i)
          neighbour[i] += direction * (i == axis ? -D : 1);
        const auto found = table.find(neighbour);
        sum += found == table.end() ? 0.0 : found->second / 2;
      }
      blurred[vertex] = sum;
    }
    table = blurred;
  }
  std::vector<double> result;
  for (const Table &simplex : simplices) {
    double sum = 0;
    for (const auto &[vertex, weight] : simplex)
      sum += weight * table[vertex];
    result.push_back(sum);
  }
  return result;
}

/// sum_q exp(-|f_p - f_q|^2 / 2) values_q.
template <int D>
std::vector<double> gaussianFilter(const FeatureList<D> &features,
                                   const std::vector<double> &values) {
  std::vector<double> result;
  for (const auto &a : features) {
    double sum = 0;
    for (size_t q = 0; q < features.size(); ++q) {
      double square = 0;
      for (int i = 0; i < D; ++i)
        square += (a[i] - features[q][i]) * (a[i] - features[q][i]);
      sum += std::exp(-square / 2) * values[q];
    }
    result.push_back(sum);
  }
  return result;
}

} // namespace segc

#endif // TESTS_REFERENCELATTICE_H
