//===- LatticeArrays.h - building and using lattices in tests ----*- C++ -*-===//
//
// Builds a lattice between guards, and filters on its arrays with plain loops, the
// way the generated kernels of the dense CRF do.
//
//===----------------------------------------------------------------------===//

#ifndef TESTS_LATTICEARRAYS_H
#define TESTS_LATTICEARRAYS_H

#include "ReferenceLattice.h"
#include "segc_lattice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace segc {

constexpr int kStride = 9;      // taps a pixel, of both lattices
constexpr int32_t kUnset = -77; // in arrays that nobody has written

/// Features from a list.
template <int D> struct ListedFeatures {
  static constexpr int dimensions = D;
  const FeatureList<D> &list;

  template <typename V> void load(int64_t pixel, int count, V, V, V (&features)[D]) const {
    for (int i = 0; i < D; ++i)
      for (int lane = 0; lane < count; ++lane)
        features[i][lane] = static_cast<float>(list[static_cast<size_t>(pixel + lane)][i]);
  }
  void load(int64_t pixel, double, double, double (&features)[D]) const {
    for (int i = 0; i < D; ++i)
      features[i] = list[static_cast<size_t>(pixel)][i];
  }
};

/// Memory between guards that must survive.
template <typename T> class Guarded {
public:
  explicit Guarded(size_t count, T fill)
      : count_(count), memory_(kMargin * 2 + count + 64, guard()) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data() + kMargin);
    begin_ = kMargin + (64 - address % 64) % 64 / sizeof(T);
    std::fill_n(data(), count, fill);
  }
  T *data() { return memory_.data() + begin_; }
  T &operator[](size_t i) { return memory_[begin_ + i]; }
  std::vector<T> values() { return std::vector<T>(data(), data() + count_); }
  bool intact() const {
    for (size_t i = 0; i < memory_.size(); ++i)
      if ((i < begin_ || i >= begin_ + count_) && memory_[i] != guard())
        return false;
    return true;
  }

private:
  static constexpr size_t kMargin = 64;
  static T guard() { return static_cast<T>(91); }
  size_t count_, begin_;
  std::vector<T> memory_;
};

/// The arrays of one lattice in a table of rows [vertices][zero row][side rows][spare
/// rows], as the mean-field driver lays them out.
template <int D> struct Arrays {
  LatticeImage image;
  LatticeStatus status;
  bool wide = false, intact = false;
  int32_t vertices = 0, rowCount = 0;
  LatticeRows rows = {};
  std::vector<int32_t> slice, splat, sideRow, sideBegin;
  std::vector<int32_t> chains[D + 1]; // the list of each axis
  std::vector<float> weight;

  bool operator==(const Arrays &other) const {
    for (int axis = 0; axis <= D; ++axis)
      if (chains[axis] != other.chains[axis])
        return false;
    return slice == other.slice && splat == other.splat && sideRow == other.sideRow &&
           sideBegin == other.sideBegin &&
           std::memcmp(weight.data(), other.weight.data(), weight.size() * sizeof(float)) == 0;
  }
};

template <typename Features>
auto build(const LatticeImage &image, const Features &features,
           const segc_parallel *parallel = nullptr) {
  constexpr int D = Features::dimensions, column = D == 2 ? 6 : 0;
  Arrays<D> arrays;
  arrays.image = image;
  const size_t taps = static_cast<size_t>(image.pixels()) * kStride;
  Guarded<char> memory(static_cast<size_t>(Lattice<D>::bytes(image)), 55);
  Guarded<int32_t> slice(taps, kUnset), splat(taps, kUnset);
  Guarded<float> weight(taps, kUnset);
  const LatticeTaps columns = {slice.data() + column, splat.data() + column, weight.data() + column,
                               kStride};

  Lattice<D> lattice(image, memory.data(), parallel);
  arrays.status = lattice.number(features, columns);
  arrays.wide = lattice.wide();
  arrays.intact = memory.intact() && slice.intact() && splat.intact() && weight.intact();
  if (arrays.status != LatticeStatus::Ok)
    return arrays;
  const int32_t vertices = arrays.vertices = lattice.vertices();
  arrays.rows = {0, vertices + 1, vertices, vertices + 1 + lattice.sideRows()};
  arrays.rowCount = arrays.rows.spare + latticeSpareRows(vertices);

  Guarded<int32_t> lists(static_cast<size_t>(vertices) * (D + 1), kUnset);
  Guarded<int32_t> sideRow(static_cast<size_t>(lattice.sideRows()), kUnset);
  LatticeChains<D> chains = {lists.data(), {}};
  LatticeSides sides = {sideRow.data(), {}};
  lattice.connect(arrays.rows, columns, chains, sides);
  arrays.intact = arrays.intact && memory.intact() && slice.intact() && splat.intact() &&
                  weight.intact() && lists.intact() && sideRow.intact();

  // The columns of the other lattice are not ours.
  for (size_t i = 0; i < taps; ++i) {
    const int at = static_cast<int>(i % kStride);
    if (at >= column && at <= column + D) {
      arrays.slice.push_back(slice[i]);
      arrays.splat.push_back(splat[i]);
      arrays.weight.push_back(weight[i]);
    } else if (slice[i] != kUnset || splat[i] != kUnset || weight[i] != kUnset) {
      arrays.intact = false;
    }
  }
  for (int axis = 0; axis <= D; ++axis) {
    const int32_t *first = chains.list + int64_t{axis} * vertices;
    arrays.chains[axis].assign(first, first + chains.count[axis]);
  }
  arrays.sideRow = sideRow.values();
  arrays.sideBegin.assign(sides.begin, sides.begin + image.strips() + 1);
  return arrays;
}

/// Filters on the arrays as the kernels do, the pieces of a list last to first.
template <int D>
std::vector<double> filter(const Arrays<D> &arrays, const std::vector<double> &values) {
  constexpr size_t taps = D + 1;
  const auto at = [](int64_t i) { return static_cast<size_t>(i); };
  std::vector<double> table(at(arrays.rowCount), 0.0);
  std::vector<int32_t> writer(at(arrays.rowCount), -1);
  for (int32_t strip = 0; strip < arrays.image.strips(); ++strip)
    for (int64_t p = arrays.image.stripBegin(strip); p < arrays.image.stripEnd(strip); ++p)
      for (size_t k = 0; k < taps; ++k) {
        const size_t tap = at(p) * taps + k, row = at(arrays.splat[tap]);
        EXPECT_TRUE(writer[row] == -1 || writer[row] == strip) << "two strips write row " << row;
        writer[row] = strip;
        table[row] += static_cast<double>(arrays.weight[tap]) * values[at(p)];
      }
  EXPECT_EQ(at(arrays.sideBegin.back()), arrays.sideRow.size());
  for (int32_t strip = 0; strip < arrays.image.strips(); ++strip) {
    std::vector<int32_t> rows;
    for (int32_t i = arrays.sideBegin[at(strip)]; i < arrays.sideBegin[at(strip) + 1]; ++i) {
      EXPECT_EQ(writer[at(arrays.rows.side + i)], strip);
      EXPECT_LT(writer[at(arrays.sideRow[at(i)])], strip) << "the first strip owns the row";
      rows.push_back(arrays.sideRow[at(i)]);
      table[at(rows.back())] += table[at(arrays.rows.side + i)];
    }
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end()) << "added in parallel";
  }
  for (const std::vector<int32_t> &list : arrays.chains) {
    const auto count = static_cast<int32_t>(list.size());
    keepCutRows(list.data(), count, arrays.rows.spare,
                [&](int32_t to, int32_t from) { table[at(to)] = table[at(from)]; });
    const int32_t pieces = (count + kLatticePiece - 1) / kLatticePiece;
    for (int32_t piece = pieces; piece-- > 0;)
      for (int32_t i = piece * kLatticePiece; i < std::min(count, (piece + 1) * kLatticePiece);
           ++i) {
        const LatticeLink link =
            latticeLink(list.data(), count, i, arrays.rows.zero, arrays.rows.spare);
        table[at(link.save)] = table[at(link.own)];
        table[at(link.own)] += 0.5 * (table[at(link.previous)] + table[at(link.next)]);
      }
  }
  std::vector<double> result;
  for (size_t p = 0; p < values.size(); ++p) {
    double sum = 0;
    for (size_t k = 0; k < taps; ++k)
      sum +=
          static_cast<double>(arrays.weight[p * taps + k]) * table[at(arrays.slice[p * taps + k])];
    result.push_back(sum);
  }
  return result;
}

} // namespace segc

#endif // TESTS_LATTICEARRAYS_H
