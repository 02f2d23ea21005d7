//===- Softmax.h - softmax and arg max along an axis ------------*- C++ -*-===//
//
// Feature maps are normalised over their channels, some neighbouring pixels at a time
// (a vector of columns, whatever the layout); channels that fill up a block take no
// part. Dense tensors are viewed as [outer, axis, inner].
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_SOFTMAX_H
#define SEGC_KERNELS_SOFTMAX_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct SoftmaxSpec {
  int channels = 1;
  /// 1 is planar. The two may differ: scores go straight to a dense NCHW result.
  int inputBlock = 1, outputBlock = 1;
  /// The logarithm of the softmax.
  bool log = false;
};

/// `output` is (ci, x, y, cb); the others are (column, tile, y) or (column, c, tile, y), where
/// x = tile * columns + column.
struct SoftmaxAlgorithm : Algorithm {
  Halide::Func score{"score"}, largest{"largest"}, weight{"weight"}, sum{"sum"}, result{"result"};
};

/// Over the channels of a feature map, `columns` pixels at a time. Args: input, width, output.
SoftmaxAlgorithm softmaxAlgorithm(const SoftmaxSpec &spec, int columns);

struct DenseSoftmaxSpec {
  /// Whether the axis is the last one: views then have rank 2, (axis, outer); else rank 3,
  /// (inner, axis, outer).
  bool innermost = true;
  bool log = false;
};

struct DenseSoftmaxAlgorithm : Algorithm {
  /// Along an outer axis (i, o), along the innermost one (o).
  Halide::Func largest{"largest"}, sum{"sum"};
  /// Along the innermost axis: (lane, o). Lanes take part in turn, then are combined.
  Halide::Func largestOfLane{"largestOfLane"}, sumOfLane{"sumOfLane"};
};

/// Args: input, output.
DenseSoftmaxAlgorithm denseSoftmaxAlgorithm(const DenseSoftmaxSpec &spec, int lanes);

struct ArgMaxSpec {
  int channels = 1;
  int inputBlock = 1;
  /// Of equal values the last, not the first.
  bool selectLast = false;
};

struct ArgMaxAlgorithm : Algorithm {
  /// (value, position) so far: (column, tile, y), with x = tile * columns + column. Not used for
  /// one channel, whose position is known.
  Halide::Func best{"best"};
};

/// Over the channels of a feature map, `columns` pixels at a time. The output is int64, a planar
/// map of one channel. Args: input, width, output.
ArgMaxAlgorithm argMaxAlgorithm(const ArgMaxSpec &spec, int columns);

struct DenseArgMaxSpec {
  /// As for softmax; the output lacks the axis: (outer) or (inner, outer).
  bool innermost = true;
  bool selectLast = false;
  /// Of the input's elements: float32 or integers.
  Halide::Type type = Halide::Float(32);
};

/// `best` is (o) or (i, o). Args: input, output.
ArgMaxAlgorithm denseArgMaxAlgorithm(const DenseArgMaxSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_SOFTMAX_H
