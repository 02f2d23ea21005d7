//===- Integer.h - sums of products of integers -----------------*- C++ -*-===//
//
// Quantised networks compute exactly: products of small integers, summed up in int32. The numbers
// that stand for zero are subtracted on the way. Tensors are dense.
//
// A convolution is two kernels. The first widens the image, subtracts its zero and
// surrounds it with pads and slack; the second then needs to know no edges.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_INTEGER_H
#define SEGC_KERNELS_INTEGER_H

#include "compiler/kernels/Kernel.h"

namespace segc {

/// What an image of such elements becomes: as wide as differences need.
Halide::Type widened(Halide::Type type);

struct WidenSpec {
  Halide::Type type = Halide::UInt(8);
};
/// [N, C, H, W] with pads of zeros on all sides, as wide as the output is.
/// Args: input, zero (one int32), padTop, padLeft, output.
Algorithm widenAlgorithm(const WidenSpec &spec);

struct ConvIntegerSpec {
  Halide::Type weightType = Halide::Int(8);
  Halide::Type imageType = Halide::Int(16);
  int strideY = 1, strideX = 1;
};
/// A register tile: columns of the image by output channels (of one group).
struct ConvIntegerAlgorithm : Algorithm {
  Halide::Func sum{"sum"};
  Halide::RDom window;
};
/// Rows of the image must be readable for whole tiles of columns.
/// Args: image, weight [OC, IC, KH, KW], zero [OC], dilationY, dilationX, channelsPerGroup (of the
/// output), output.
ConvIntegerAlgorithm convIntegerAlgorithm(const ConvIntegerSpec &spec, int columns, int channels);

struct MatMulIntegerSpec {
  Halide::Type lhsType = Halide::UInt(8), rhsType = Halide::Int(8), type = Halide::Int(32);
};
struct MatMulIntegerAlgorithm : Algorithm {
  Halide::Func sum{"sum"};
  Halide::RDom k;
};
/// Views are (innermost first) lhs (k, m, batch), rhs (n, k, batch). Args: lhs, rhs, lhsZero [m],
/// rhsZero [n], output.
MatMulIntegerAlgorithm matMulIntegerAlgorithm(const MatMulIntegerSpec &spec, int rows, int columns);

} // namespace segc

#endif // SEGC_KERNELS_INTEGER_H
