//===- segc_regions.h - regions of interest, one after the other -*- C++ -*-===//
//
// Part of the runtime that every generated package carries. How many samples or pixels a bin of a
// region has follows from the region's numbers; kernels are told, and do the rest.
//
// Regions come from a network: whatever they are, kernels read inside the image, and the work is
// bounded by the image's size. What lies far outside is counted and not visited.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_REGIONS_H
#define SEGC_REGIONS_H

#include "segc_abi.h"
#include "segc_view.h"

#include <algorithm>
#include <cmath>

namespace segc {

namespace regions {

/// A number within the range that all arithmetic here can bear; what is none is far outside, too.
inline float tame(float x) {
  constexpr float kFar = 1e6f;
  return x >= -kFar ? std::min(x, kFar) : -kFar;
}

/// The product as float32, not as a part of a fused operation: the last bit may decide how many
/// samples there are.
inline float product(float a, float b) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b));
}

/// Image `n` of views (x, y, c, n).
inline View imageOf(View view, int64_t n) {
  view.data = static_cast<float *>(view.data) + n * view.stride[3];
  return view;
}

} // namespace regions

struct RoiAlignParameters {
  /// 0: as many samples as pixels.
  int32_t samplingRatio;
  float scale;
  /// 0.5 is subtracted from the corners; else a region has at least one pixel.
  bool halfPixel;
};

/// One axis of a region: bin i begins at start + i * bin.
struct SampledAxis {
  float start, bin;
  /// Samples of a bin, and how many of them are looked at.
  int32_t samples, visited;

  SampledAxis(const RoiAlignParameters &parameters, float low, float high, int32_t bins,
              int32_t extent) {
    using namespace regions;
    const float offset = parameters.halfPixel ? 0.5f : 0.0f;
    start = tame(product(low, parameters.scale) - offset);
    float size = tame(tame(product(high, parameters.scale) - offset) - start);
    if (!parameters.halfPixel)
      size = std::max(size, 1.0f);
    bin = size / static_cast<float>(bins);
    samples = parameters.samplingRatio > 0 ? parameters.samplingRatio
                                           : static_cast<int32_t>(std::max(std::ceil(bin), 0.0f));
    // Where there are many they are more than half a pixel apart.
    visited = static_cast<int32_t>(std::min<int64_t>(samples, 2 * int64_t{extent} + 8));
  }
};

/// RoIAlign of region `r`, whose corners are `roi`, of image `image`.
template <typename Kernel, typename Place>
inline auto alignRegion(Place place, const Kernel &kernel, const RoiAlignParameters &parameters,
                        const View &input, const float *roi, int64_t image, const View &output,
                        int32_t r) {
  SampledAxis x(parameters, roi[0], roi[2], output.extent[0], input.extent[0]);
  SampledAxis y(parameters, roi[1], roi[3], output.extent[1], input.extent[1]);
  if (image < 0 || image >= input.extent[3]) // no such image: a region without samples is 0
    image = x.samples = x.visited = 0;
  return kernel(place, regions::imageOf(input, image), x.start, x.bin, x.samples, x.visited,
                y.start, y.bin, y.samples, y.visited, regions::imageOf(output, r));
}

/// RoIAlign of all regions: `input` (x, y, c, n), `rois` (4, region), `images` (region), `output`
/// (x, y, c, region).
template <typename Kernel>
inline int32_t roiAlign(const segc_parallel *parallel, const Kernel &kernel,
                        const RoiAlignParameters &parameters, const View &input, const View &rois,
                        const View &images, const View &output) {
  for (int32_t r = 0; r < rois.extent[1]; ++r)
    alignRegion(parallel, kernel, parameters, input,
                static_cast<const float *>(rois.data) + int64_t{r} * rois.stride[1],
                static_cast<const int64_t *>(images.data)[r], output, r);
  return SEGC_OK;
}

/// One axis of a region whose bins are pixels: bin i begins at start + floor(i * bin).
struct PooledAxis {
  int32_t start;
  float bin;
  /// No bin has more pixels.
  int32_t most;

  PooledAxis(float scale, float low, float high, int32_t bins, int32_t extent) {
    using namespace regions;
    // Halves away from zero.
    start = static_cast<int32_t>(std::round(tame(product(low, scale))));
    const int32_t end = static_cast<int32_t>(std::round(tame(product(high, scale))));
    bin = static_cast<float>(std::max(end - start + 1, 1)) / static_cast<float>(bins);
    most = std::min(static_cast<int32_t>(std::ceil(bin)) + 1, extent);
  }
};

/// Max pooling of region `r`, whose image and corners are `roi`.
template <typename Kernel, typename Place>
inline auto poolRegion(Place place, const Kernel &kernel, float scale, const View &input,
                       const float *roi, const View &output, int32_t r) {
  const PooledAxis x(scale, roi[1], roi[3], output.extent[0], input.extent[0]);
  const PooledAxis y(scale, roi[2], roi[4], output.extent[1], input.extent[1]);
  int32_t image = static_cast<int32_t>(regions::tame(roi[0]));
  const bool exists = roi[0] >= 0 && image < input.extent[3];
  if (!exists)
    image = 0;
  return kernel(place, regions::imageOf(input, image), x.start, x.bin, exists ? x.most : 0, y.start,
                y.bin, exists ? y.most : 0, regions::imageOf(output, r));
}

/// Max pooling of all regions: `rois` (5, region), the rest as above.
template <typename Kernel>
inline int32_t roiMaxPool(const segc_parallel *parallel, const Kernel &kernel, float scale,
                          const View &input, const View &rois, const View &output) {
  for (int32_t r = 0; r < rois.extent[1]; ++r)
    poolRegion(parallel, kernel, scale, input,
               static_cast<const float *>(rois.data) + int64_t{r} * rois.stride[1], output, r);
  return SEGC_OK;
}

} // namespace segc

#endif // SEGC_REGIONS_H
