//===- Scalar.h - functions of one and two values, in Halide ----*- C++ -*-===//
//
// What the elementwise ops and the fused activations of the seg dialect compute.
// Every expression vectorises: exp, log, erf and tanh are polynomials, not calls
// of the C library (sin, cos and pow are calls, lane by lane). Errors stay near
// 1e-6 relative, also close to zero, and nothing overflows on the way to a finite
// result.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_SCALAR_H
#define SEGC_KERNELS_SCALAR_H

#include "compiler/dialect/SegEnums.h"

#include <Halide.h>

namespace segc {

/// kind(x) on float32, as ONNX defines the operator of that name. `alpha` and
/// `beta` are ONNX's attributes (clip: lower and upper bound; selu: beta is
/// gamma); kinds without attributes ignore them.
Halide::Expr lowerUnary(seg::UnaryKind kind, float alpha, float beta, Halide::Expr x);

/// kind(x, y) on float32. PRelu's second operand is the slope.
Halide::Expr lowerBinary(seg::BinaryKind kind, Halide::Expr x, Halide::Expr y);

} // namespace segc

#endif // SEGC_KERNELS_SCALAR_H
