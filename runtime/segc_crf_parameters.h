//===- segc_crf_parameters.h - what a dense CRF is told ---------*- C++ -*-===//
//
// Part of the runtime of packages with a dense CRF, on a processor and on a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CRF_PARAMETERS_H
#define SEGC_CRF_PARAMETERS_H

#include "segc_view.h"

namespace segc {

struct CrfParameters {
  int32_t iterations;
  float bilateralSigmaXy;  ///< pixels
  float bilateralSigmaRgb; ///< in the units of the image
  float bilateralWeight;   ///< not negative, as is spatialWeight
  float spatialSigma;      ///< pixels
  float spatialWeight;
  int32_t classes;
  int32_t padded;                  ///< classes in a row, a multiple of 4
  int32_t spatialSigmaThousandths; ///< spatialSigma * 1000, rounded down; INT32_MAX if it is more
};

namespace crf {

/// Columns of slice, splat and weight that belong to the spatial lattice. Before them are those of
/// the bilateral one: three, and one more for each channel of the image.
constexpr int32_t kSpatialTaps = 3;
constexpr int32_t bilateralTaps(int32_t channels) { return 3 + channels; }

/// The maps of one iteration among those of all, planar float32.
inline View mapsOfIteration(View history, int32_t iteration, int32_t classes) {
  const int64_t first = int64_t{iteration} * classes * history.stride[3];
  history.data = static_cast<float *>(history.data) + first;
  history.extent[3] = classes;
  return history;
}

} // namespace crf
} // namespace segc

#endif // SEGC_CRF_PARAMETERS_H
