//===- Regions.h - regions of interest, brought to one size -----*- C++ -*-===//
//
// RoIAlign and RoI max pooling, dense, one region a call. The runtime (segc_regions.h) goes through
// the regions and says where the bins of each are and how many samples or pixels they have.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_REGIONS_H
#define SEGC_KERNELS_REGIONS_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct RegionsAlgorithm : Algorithm {
  /// (column, row, channel).
  Halide::Func total{"total"};
};

/// The mean of a bin's samples, or with `maximum` the largest product of weight and pixel. Views,
/// innermost first: input (x, y, c), output (column, row, c). Args: input, for each axis, x first,
/// start, bin, samples, visited; output.
RegionsAlgorithm roiAlignAlgorithm(bool maximum);

/// Args: input, for each axis start, bin, most; output.
RegionsAlgorithm roiMaxPoolAlgorithm();

} // namespace segc

#endif // SEGC_KERNELS_REGIONS_H
