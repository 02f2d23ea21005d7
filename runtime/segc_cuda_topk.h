//===- segc_cuda_topk.h - the largest values along an axis -------*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it. One thread a line.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_TOPK_H
#define SEGC_CUDA_TOPK_H

#include "segc_cuda.h"
#include "segc_topk.h"

namespace segc {
namespace cuda {

template <typename T>
__global__ void topKKernel(View input, View values, View indices, bool largest) {
  const int64_t task = threadNumber();
  if (task < static_cast<int64_t>(input.extent[0]) * input.extent[2])
    topKLine<T>(input, values, indices, largest, task);
}

/// See segc::topK.
template <typename T>
int32_t topK(cudaStream_t stream, const View &input, const View &values, const View &indices,
             bool largest) {
  if (values.extent[1] == 0)
    return SEGC_OK;
  return launchFor(static_cast<int64_t>(input.extent[0]) * input.extent[2], stream, &topKKernel<T>,
                   input, values, indices, largest);
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_TOPK_H
