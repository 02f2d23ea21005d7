//===- segc_cuda_boxes.h - boxes that no better one overlaps -----*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it. One thread does it all: right,
// and slow for many boxes.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_BOXES_H
#define SEGC_CUDA_BOXES_H

#include "segc_boxes.h"
#include "segc_cuda.h"
#include "segc_cuda_sort.h"

namespace segc {
namespace cuda {

static __global__ void nonMaxSuppressionKernel(View boxes, View scores, View iouThreshold,
                                               View scoreThreshold, View order, View taken,
                                               View output, int64_t limit, bool isCentre,
                                               int64_t *count) {
  *count = segc::nonMaxSuppression(HeapSort(), boxes, scores, iouThreshold, scoreThreshold, order,
                                   taken, output, limit, isCentre);
}

/// See segc::nonMaxSuppression. The count lies in the memory of the GPU.
inline int32_t nonMaxSuppression(cudaStream_t stream, const View &boxes, const View &scores,
                                 const View &iouThreshold, const View &scoreThreshold,
                                 const View &order, const View &taken, const View &output,
                                 int64_t limit, bool isCentre, int64_t *count) {
  return launch(&nonMaxSuppressionKernel, {}, 1, stream, boxes, scores, iouThreshold,
                scoreThreshold, order, taken, output, limit, isCentre, count);
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_BOXES_H
