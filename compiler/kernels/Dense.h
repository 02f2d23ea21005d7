//===- Dense.h - a kernel's view of a dense tensor --------------*- C++ -*-===//
//
// What Halide is told of tensors without a layout: every dimension starts at 0. The
// innermost one is contiguous unless a kernel says otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_DENSE_H
#define SEGC_KERNELS_DENSE_H

#include <Halide.h>

#include <string>

namespace segc {

/// A tensor that a kernel reads.
inline Halide::ImageParam denseInput(Halide::Type type, int rank, const std::string &name) {
  Halide::ImageParam param(type, rank, name);
  for (int d = 0; d < rank; ++d)
    param.dim(d).set_min(0);
  return param;
}

/// Tells Halide that `out`, which a kernel writes, is one.
inline void constrainDense(Halide::Func out) {
  for (int d = 0; d < out.dimensions(); ++d)
    out.output_buffer().dim(d).set_min(0);
}

} // namespace segc

#endif // SEGC_KERNELS_DENSE_H
