//===- DeformConv.h - convolution with moved taps ---------------*- C++ -*-===//
//
// Deformable convolution of dense maps, a row of the result at a time, in two kernels: what every
// tap reads for the pixels of the row goes into columns, which the weights then are multiplied by.
// So memory holds the columns of one row, whatever the height.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_DEFORMCONV_H
#define SEGC_KERNELS_DEFORMCONV_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct DeformColumnsAlgorithm : Algorithm {
  /// (x, tap, group, n): where a tap reads, the pixel at the top left and how far behind it.
  Halide::Func top{"top"}, left{"left"}, down{"down"}, right{"right"};
};

/// columns[n, group of offsets, channel in it, tap, x]. Views, innermost first: input
/// (x, y, channel, group, n), offset (x, y, 0 down 1 right, tap, group, n), mask (x, y, tap, group,
/// n), output (x, tap, channel, group, n).
/// Args: input, offset, [mask,] row, kernelWidth, strideY, strideX, dilationY, dilationX, padTop,
/// padLeft, output.
DeformColumnsAlgorithm deformColumnsAlgorithm(bool hasMask);

struct DeformProductAlgorithm : Algorithm {
  /// (column, row, tileColumn, tileRow, group, n), as in MatMul.h.
  Halide::Func sum{"sum"};
  Halide::RDom k;
};

/// Row of the result. Views: columns (x, k, group, n), weights (k, output, group), bias (output,
/// group), output (x, output, group, n). Args: columns, weights, [bias,] output.
DeformProductAlgorithm deformProductAlgorithm(bool hasBias, int rows, int columns);

} // namespace segc

#endif // SEGC_KERNELS_DEFORMCONV_H
