//===- CumSum.h - running sums along an axis --------------------*- C++ -*-===//
//
// Of a dense tensor as [outer, axis, inner]: element i along the axis is the sum of elements 0 to
// i, in that order.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CUMSUM_H
#define SEGC_KERNELS_CUMSUM_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct CumSumSpec {
  Halide::Type type = Halide::Float(32);
  /// Without element i itself.
  bool exclusive = false;
  /// From the far end: elements i to the last, added up from there.
  bool reverse = false;
};

/// The Func has two updates: the first element along the axis, then the others.
/// Args: input, output.
Algorithm cumSumAlgorithm(const CumSumSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_CUMSUM_H
