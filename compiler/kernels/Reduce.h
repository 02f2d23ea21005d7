//===- Reduce.h - sums, means, maxima along axes ----------------*- C++ -*-===//
//
// Global pooling of feature maps, reduction over their channels, and reductions of
// dense tensors along any axes. Reductions are never shared between threads, and their
// order depends on nothing but the shape.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_REDUCE_H
#define SEGC_KERNELS_REDUCE_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

struct FeatureMapReduceSpec {
  seg::ReduceKind kind = seg::ReduceKind::Mean;
  int channels = 1;
  int block = 1;
};

/// Over H and W: the output is a feature map of one row and one column in the same
/// layout. Args: input, inputWidth, output.
Kernel buildSpatialReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target);

/// Over the channels: the output is a planar feature map of one channel.
/// Args: input, width, output.
Kernel buildChannelReduce(const FeatureMapReduceSpec &spec, const CpuTarget &target);

struct DenseReduceSpec {
  seg::ReduceKind kind = seg::ReduceKind::Mean;
  int rank = 1;
  /// Bit d: view dimension d (innermost first) is reduced. At least one is.
  unsigned reduced = 1;
};

/// The output keeps reduced dimensions with extent 1. Args: input, output.
Kernel buildDenseReduce(const DenseReduceSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_KERNELS_REDUCE_H
