//===- segc_cuda_select.h - where a tensor is not zero, which rows differ -*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it. One thread does it all: right,
// and slow for many elements.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_SELECT_H
#define SEGC_CUDA_SELECT_H

#include "segc_cuda.h"
#include "segc_cuda_sort.h"
#include "segc_select.h"

namespace segc {
namespace cuda {

template <typename T> __global__ void nonZeroKernel(View input, View output, int64_t *count) {
  *count = segc::nonZero<T>(input, output);
}

/// See segc::nonZero. The count lies in the memory of the GPU.
template <typename T>
int32_t nonZero(cudaStream_t stream, const View &input, const View &output, int64_t *count) {
  return launch(&nonZeroKernel<T>, {}, 1, stream, input, output, count);
}

template <typename T>
__global__ void uniqueKernel(View input, View order, View first, View inverse, View counts,
                             bool sorted, int64_t *count) {
  *count = segc::unique<T>(HeapSort(), input, order, first, inverse, counts, sorted);
}

/// See segc::unique.
template <typename T>
int32_t unique(cudaStream_t stream, const View &input, const View &order, const View &first,
               const View &inverse, const View &counts, bool sorted, int64_t *count) {
  return launch(&uniqueKernel<T>, {}, 1, stream, input, order, first, inverse, counts, sorted,
                count);
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_SELECT_H
