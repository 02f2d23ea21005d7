//===- segc_topk.h - the largest values along an axis ------------*- C++ -*-===//
//
// Part of the runtime that packages carry which need it. C++17, standard library only; nothing is
// allocated. The indices found so far are a heap, kept where the result goes, whose root is the
// worst of them: an element that is no better, as most are, costs one comparison.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TOPK_H
#define SEGC_TOPK_H

#include "segc_parallel.h"
#include "segc_view.h"

#include <cstdint>

namespace segc {

/// A line of elements, and which of two comes first in the result: the larger (or smaller) value,
/// of equal ones the one with the lower index. NaN is larger than all numbers.
template <typename T> struct TopKLine {
  const T *values;
  int64_t stride;
  bool largest;

  SEGC_HOST_DEVICE T at(int64_t index) const { return values[index * stride]; }
  SEGC_HOST_DEVICE static bool less(T a, T b) { return a < b || (b != b && a == a); }
  SEGC_HOST_DEVICE bool isBefore(int64_t a, int64_t b) const {
    const T x = at(a), y = at(b);
    if (less(x, y) || less(y, x))
      return less(x, y) != largest;
    return a < b;
  }
};

/// Lets the element at `hole` of a heap of `size` sink until nothing below comes after it.
template <typename T>
SEGC_HOST_DEVICE inline void sinkInHeap(const TopKLine<T> &line, int64_t *heap, int64_t stride,
                                        int64_t size, int64_t hole, int64_t index) {
  for (;;) {
    int64_t child = 2 * hole + 1;
    if (child >= size)
      break;
    if (child + 1 < size && line.isBefore(heap[child * stride], heap[(child + 1) * stride]))
      ++child;
    if (!line.isBefore(index, heap[child * stride]))
      break;
    heap[hole * stride] = heap[child * stride];
    hole = child;
  }
  heap[hole * stride] = index;
}

/// Line `task` of views that are dense [outer, axis, inner]; the results have k elements along the
/// axis, one at least.
template <typename T>
SEGC_HOST_DEVICE inline void topKLine(const View &input, const View &values, const View &indices,
                                      bool largest, int64_t task) {
  const int64_t inner = input.extent[0], extent = input.extent[1], k = values.extent[1];
  const int64_t outer = task / inner, column = task % inner;
  const TopKLine<T> line = {static_cast<const T *>(input.data) + outer * extent * inner + column,
                            inner, largest};
  const int64_t first = outer * k * inner + column;
  T *const found = static_cast<T *>(values.data) + first;
  int64_t *const heap = static_cast<int64_t *>(indices.data) + first;
  for (int64_t i = 0; i < k; ++i)
    heap[i * inner] = i;
  for (int64_t i = k / 2; i-- > 0;)
    sinkInHeap(line, heap, inner, k, i, heap[i * inner]);
  for (int64_t i = k; i < extent; ++i)
    if (line.isBefore(i, heap[0]))
      sinkInHeap(line, heap, inner, k, 0, i);
  // The worst goes to the end, again and again.
  for (int64_t size = k - 1; size > 0; --size) {
    const int64_t last = heap[size * inner];
    heap[size * inner] = heap[0];
    sinkInHeap(line, heap, inner, size, 0, last);
  }
  for (int64_t i = 0; i < k; ++i)
    found[i * inner] = line.at(heap[i * inner]);
}

template <typename T>
inline int32_t topK(const segc_parallel *parallel, const View &input, const View &values,
                    const View &indices, bool largest) {
  if (values.extent[1] == 0)
    return SEGC_OK;
  parallelFor(parallel, 0, input.extent[0] * input.extent[2],
              [&](int32_t task) { topKLine<T>(input, values, indices, largest, task); });
  return SEGC_OK;
}

} // namespace segc

#endif // SEGC_TOPK_H
