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
#include "compiler/kernels/Kernel.h"

namespace segc {

struct FeatureMapReduceSpec {
  seg::ReduceKind kind = seg::ReduceKind::Mean;
  int channels = 1;
  int block = 1;
};

struct SpatialReduceAlgorithm : Algorithm {
  /// (ci, cb), over the rows, then over what is left of them: also large images lose little
  /// precision.
  Halide::Func total{"total"};
  /// (ci, part, row, cb): independent partial results along a row.
  Halide::Func partOfRow{"partOfRow"};
  Halide::RDom rows;
};

/// Over H and W: the output is a feature map of one row and one column in the same
/// layout. Args: input, inputWidth, output.
SpatialReduceAlgorithm spatialReduceAlgorithm(const FeatureMapReduceSpec &spec, int parts);

struct ChannelReduceAlgorithm : Algorithm {
  /// (column, tile, y), where x = tile * columns + column.
  Halide::Func total{"total"};
};

/// Over the channels: the output is a planar feature map of one channel.
/// Args: input, width, output.
ChannelReduceAlgorithm channelReduceAlgorithm(const FeatureMapReduceSpec &spec, int columns);

/// For targets whose threads share memory: some threads fold parts, in groups, then all of them.
struct SharedReduceAlgorithm : Algorithm {
  /// The element and `thread`: what one thread folds by itself, and what it shows the others.
  Halide::Func ofThread{"ofThread"}, shown{"shown"};
  /// The element and `group`, then the element alone.
  Halide::Func ofGroup{"ofGroup"}, total{"total"};
  Halide::Var thread{"thread"}, group{"group"};
};

/// `side` x `side` threads a channel, each the pixels that lie so far apart.
SharedReduceAlgorithm sharedSpatialReduceAlgorithm(const FeatureMapReduceSpec &spec, int side);

struct DenseReduceSpec {
  seg::ReduceKind kind = seg::ReduceKind::Mean;
  /// Float32 or integers. A mean of integers is rounded towards zero; L2 is for floats.
  Halide::Type type = Halide::Float(32);
  int rank = 1;
  /// Bit d: view dimension d (innermost first) is reduced. At least one is.
  unsigned reduced = 1;
  /// Many elements are reduced to each of a few. Only a hint.
  bool isLong = false;
};

/// All in the variables of the output. If the innermost dimension is reduced, `ofLane` has the
/// lanes in its place, else it is not used.
struct DenseReduceAlgorithm : Algorithm {
  Halide::Func total{"total"}, ofLane{"ofLane"};
};

/// The output keeps reduced dimensions with extent 1. Args: input, output.
DenseReduceAlgorithm denseReduceAlgorithm(const DenseReduceSpec &spec, int lanes);

/// The innermost axis is reduced: so many threads, a square number, take turns along it.
SharedReduceAlgorithm sharedDenseReduceAlgorithm(const DenseReduceSpec &spec, int threads);

} // namespace segc

#endif // SEGC_KERNELS_REDUCE_H
