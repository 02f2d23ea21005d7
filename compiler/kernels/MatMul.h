//===- MatMul.h - matrix product of dense tensors ---------------*- C++ -*-===//

#ifndef SEGC_KERNELS_MATMUL_H
#define SEGC_KERNELS_MATMUL_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct MatMulAlgorithm : Algorithm {
  /// (column, row, tileColumn, tileRow, b): the sums of a tile of `rows` by `columns`.
  Halide::Func sum{"sum"};
  Halide::RDom k;
};

/// What becomes of sums that come from elsewhere: `sum` stands for them. Name, views and args are
/// those of matMulAlgorithm.
struct MatMulFinish : Algorithm {
  Halide::ImageParam sum;
};

MatMulFinish matMulFinish();

/// output[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n]. Views are, innermost
/// first, lhs (k, m, b), rhs (n, k, b), output (n, m, b), contiguous along the first;
/// a batch that is repeated has stride 0. All extents are run-time values. Whole tiles are
/// computed: what stands out repeats the last row or column.
/// Args: lhs, rhs, output.
MatMulAlgorithm matMulAlgorithm(int rows, int columns);

} // namespace segc

#endif // SEGC_KERNELS_MATMUL_H
