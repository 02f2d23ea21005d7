//===- Softmax.h - softmax and arg max along an axis ------------*- C++ -*-===//
//
// Feature maps are normalised over their channels, some neighbouring pixels at a time
// (a vector of columns, whatever the layout); channels that fill up a block take no
// part. Dense tensors are viewed as [outer, axis, inner].
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_SOFTMAX_H
#define SEGC_KERNELS_SOFTMAX_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

struct SoftmaxSpec {
  int channels = 1;
  /// 1 is planar. The two may differ: scores go straight to a dense NCHW result.
  int inputBlock = 1, outputBlock = 1;
  /// The logarithm of the softmax.
  bool log = false;
};

/// Over the channels of a feature map. Args: input, width, output.
Kernel buildSoftmax(const SoftmaxSpec &spec, const CpuTarget &target);

struct DenseSoftmaxSpec {
  /// Whether the axis is the last one: views then have rank 2, (axis, outer); else rank 3,
  /// (inner, axis, outer).
  bool innermost = true;
  bool log = false;
};

/// Args: input, output.
Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CpuTarget &target);

struct ArgMaxSpec {
  int channels = 1;
  int inputBlock = 1;
  /// Of equal values the last, not the first.
  bool selectLast = false;
};

/// Over the channels of a feature map. The output is int64, a planar map of one channel.
/// Args: input, width, output.
Kernel buildArgMax(const ArgMaxSpec &spec, const CpuTarget &target);

struct DenseArgMaxSpec {
  /// As for softmax; the output lacks the axis: (outer) or (inner, outer).
  bool innermost = true;
  bool selectLast = false;
};

/// Args: input, output.
Kernel buildDenseArgMax(const DenseArgMaxSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_KERNELS_SOFTMAX_H
