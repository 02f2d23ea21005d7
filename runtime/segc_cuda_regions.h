//===- segc_cuda_regions.h - regions of interest, one by one -----*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it. The regions' numbers come to the
// host, which launches a kernel for each: right, but the host waits for them.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_REGIONS_H
#define SEGC_CUDA_REGIONS_H

#include "segc_cuda.h"
#include "segc_regions.h"

#include <memory>
#include <new>

namespace segc {
namespace cuda {

/// A copy of elements in the memory of the GPU, behind what is in the stream.
template <typename T> class HostCopy {
public:
  HostCopy(cudaStream_t stream, const void *data, int64_t count)
      : copy(new(std::nothrow) T[static_cast<size_t>(count) + 1]),
        status(copy ? fetch(stream, static_cast<const T *>(data), copy.get(), count)
                    : int32_t{SEGC_ERROR_CUDA}) {}

  const T *data() const { return copy.get(); }
  int32_t problem() const { return status; }

private:
  std::unique_ptr<T[]> copy;
  int32_t status;
};

/// See segc::roiAlign.
template <typename Kernel>
int32_t roiAlign(cudaStream_t stream, const Kernel &kernel, const RoiAlignParameters &parameters,
                 const View &input, const View &rois, const View &images, const View &output) {
  const int32_t count = rois.extent[1];
  const HostCopy<float> corners(stream, rois.data, int64_t{count} * rois.stride[1]);
  const HostCopy<int64_t> imageOf(stream, images.data, count);
  if (corners.problem() || imageOf.problem())
    return corners.problem() ? corners.problem() : imageOf.problem();
  for (int32_t r = 0; r < count; ++r)
    if (const int32_t status =
            alignRegion(stream, kernel, parameters, input,
                        corners.data() + int64_t{r} * rois.stride[1], imageOf.data()[r], output, r))
      return status;
  return SEGC_OK;
}

/// See segc::roiMaxPool.
template <typename Kernel>
int32_t roiMaxPool(cudaStream_t stream, const Kernel &kernel, float scale, const View &input,
                   const View &rois, const View &output) {
  const int32_t count = rois.extent[1];
  const HostCopy<float> corners(stream, rois.data, int64_t{count} * rois.stride[1]);
  if (corners.problem())
    return corners.problem();
  for (int32_t r = 0; r < count; ++r)
    if (const int32_t status = poolRegion(stream, kernel, scale, input,
                                          corners.data() + int64_t{r} * rois.stride[1], output, r))
      return status;
  return SEGC_OK;
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_REGIONS_H
