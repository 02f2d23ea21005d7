//===- segc_cuda_sort.h - sorting within a thread of a GPU -------*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_SORT_H
#define SEGC_CUDA_SORT_H

#include "segc_view.h"

namespace segc {
namespace cuda {

/// Heap sort by a strict order that is total, so that the result is any other sort's.
struct HeapSort {
  template <typename Index, typename Before>
  SEGC_HOST_DEVICE void operator()(Index *begin, Index *end, const Before &before) const {
    const int64_t count = end - begin;
    for (int64_t i = count / 2; i-- > 0;)
      sink(begin, count, i, before);
    for (int64_t size = count - 1; size > 0; --size) {
      const Index last = begin[size];
      begin[size] = begin[0];
      begin[0] = last;
      sink(begin, size, 0, before);
    }
  }

private:
  template <typename Index, typename Before>
  SEGC_HOST_DEVICE static void sink(Index *heap, int64_t size, int64_t hole, const Before &before) {
    const Index value = heap[hole];
    for (;;) {
      int64_t child = 2 * hole + 1;
      if (child >= size)
        break;
      if (child + 1 < size && before(heap[child], heap[child + 1]))
        ++child;
      if (!before(value, heap[child]))
        break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = value;
  }
};

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_SORT_H
