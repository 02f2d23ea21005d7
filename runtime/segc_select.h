//===- segc_select.h - where a tensor is not zero, which rows differ -*- C++ -*-===//
//
// Part of the runtime that packages carry which need it. C++17, standard library only; nothing is
// allocated. How many there are is known behind the call; results lie in memory for as many as
// there may be.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SELECT_H
#define SEGC_SELECT_H

#include "segc_abi.h"
#include "segc_view.h"

#include <algorithm>
#include <cstdint>

namespace segc {

/// The indices of elements that are not zero, in row-major order: a row of `output` for each axis
/// of `input`, dense; the rows are as long as there are such elements. Returns how many there are.
///   output  a view of one dimension, as many as `input` has
template <typename T>
SEGC_HOST_DEVICE inline int64_t nonZero(const View &input, const View &output) {
  const int32_t rank = output.extent[0];
  const T *const values = static_cast<const T *>(input.data);
  int64_t size = 1, count = 0;
  for (int32_t d = 0; d < rank; ++d)
    size *= input.extent[d];
  for (int64_t i = 0; i < size; ++i)
    count += values[i] != T(0);
  int64_t *const rows = static_cast<int64_t *>(output.data);
  int64_t at[6] = {}, found = 0; // innermost first, as in views
  for (int64_t i = 0; i < size; ++i) {
    if (values[i] != T(0)) {
      for (int32_t d = 0; d < rank; ++d)
        rows[(rank - 1 - d) * count + found] = at[d];
      ++found;
    }
    for (int32_t d = 0; d < rank && ++at[d] == input.extent[d]; ++d)
      at[d] = 0;
  }
  return count;
}

template <typename T>
inline int32_t nonZero(const segc_parallel *, const View &input, const View &output,
                       int64_t *count) {
  *count = nonZero<T>(input, output);
  return SEGC_OK;
}

/// -1, 0 or 1. NaN is larger than all numbers.
template <typename T> SEGC_HOST_DEVICE inline int compareValues(T a, T b) {
  if (a != a || b != b)
    return static_cast<int>(a != a) - static_cast<int>(b != b);
  return static_cast<int>(a > b) - static_cast<int>(a < b);
}

/// Rows of a dense [rows, columns] by value, of equal ones the first.
template <typename T> struct RowOrder {
  const T *values;
  int64_t columns;

  SEGC_HOST_DEVICE int compare(int64_t a, int64_t b) const {
    for (int64_t i = 0; i < columns; ++i)
      if (const int less = compareValues(values[a * columns + i], values[b * columns + i]))
        return less;
    return 0;
  }
  SEGC_HOST_DEVICE bool operator()(int64_t a, int64_t b) const {
    const int rank = compare(a, b);
    return rank ? rank < 0 : a < b;
  }
};

/// The sets of equal rows of `input`, dense [rows, columns]; returns how many there are.
///   sort     sorts a range by a RowOrder
///   order    scratch memory for an index a row
///   first    the first row of each set, by value if `sorted`, else by place
///   inverse  of each row its set
///   counts   of each set how many rows it has
template <typename T, typename Sort>
SEGC_HOST_DEVICE inline int64_t unique(const Sort &sort, const View &input, const View &order,
                                       const View &first, const View &inverse, const View &counts,
                                       bool sorted) {
  const int64_t rows = input.extent[1];
  const RowOrder<T> before = {static_cast<const T *>(input.data), input.extent[0]};
  int64_t *const sequence = static_cast<int64_t *>(order.data);
  int64_t *const firsts = static_cast<int64_t *>(first.data);
  int64_t *const sets = static_cast<int64_t *>(inverse.data);
  int64_t *const sizes = static_cast<int64_t *>(counts.data);
  for (int64_t i = 0; i < rows; ++i)
    sequence[i] = i;
  sort(sequence, sequence + rows, before);
  int64_t found = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = sequence[i];
    if (i == 0 || before.compare(sequence[i - 1], row) != 0) {
      firsts[found] = row;
      sizes[found++] = 0;
    }
    sets[row] = found - 1;
    ++sizes[found - 1];
  }
  if (sorted)
    return found;
  // Sets are numbered again as their first rows come. `sequence` says what has become of a set.
  int64_t next = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t set = sets[i];
    if (firsts[set] == i)
      sequence[set] = next++;
    sets[i] = sequence[set];
  }
  for (int64_t i = 0; i < found; ++i)
    sizes[i] = 0;
  next = 0;
  for (int64_t i = 0; i < rows; ++i)
    if (sizes[sets[i]]++ == 0)
      firsts[next++] = i;
  return found;
}

#if !defined(__CUDACC__) // which has no std::sort
template <typename T>
inline int32_t unique(const segc_parallel *, const View &input, const View &order,
                      const View &first, const View &inverse, const View &counts, bool sorted,
                      int64_t *count) {
  const auto sort = [](int64_t *begin, int64_t *end, const RowOrder<T> &before) {
    std::sort(begin, end, before);
  };
  *count = unique<T>(sort, input, order, first, inverse, counts, sorted);
  return SEGC_OK;
}
#endif

} // namespace segc

#endif // SEGC_SELECT_H
