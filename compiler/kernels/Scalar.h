//===- Scalar.h - functions of one and two values, in Halide ----*- C++ -*-===//
//
// What the elementwise ops and the fused activations of the seg dialect compute.
// Every expression vectorises: exp, log, erf and tanh are polynomials, not calls
// of the C library (sin, cos and their relatives, pow and fmod are calls, lane by lane). Errors
// stay near 1e-6 relative, also close to zero, and nothing overflows on the way to a finite result.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_SCALAR_H
#define SEGC_KERNELS_SCALAR_H

#include "compiler/dialect/SegEnums.h"

#include <Halide.h>

#include <string>

namespace segc {

/// kind(x), as ONNX defines the operator of that name; the result's type is x's, or Bool for a
/// test. `alpha` and `beta` are ONNX's attributes (clip: lower and upper bound; selu: beta is
/// gamma); kinds without attributes ignore them. Elements are float32, integers of 8 to 64 bits,
/// or Bool.
Halide::Expr lowerUnary(seg::UnaryKind kind, float alpha, float beta, Halide::Expr x);

/// kind(x, y) of two values of one type; Bool for a comparison. PRelu's second operand is the
/// slope. seg.binary says what integers do.
Halide::Expr lowerBinary(seg::BinaryKind kind, Halide::Expr x, Halide::Expr y);

// The parts of these two that are about integers and truth values.
Halide::Expr ofInteger(seg::UnaryKind kind, Halide::Expr x);
Halide::Expr ofIntegers(seg::BinaryKind kind, Halide::Expr x, Halide::Expr y);
Halide::Expr ofTruths(seg::BinaryKind kind, Halide::Expr x, Halide::Expr y);

/// seg.cast: towards zero, to the nearest integer that there is, NaN to 0.
Halide::Expr lowerCast(Halide::Type to, Halide::Expr x);

// Elements in memory. Truth values (Bool) are bytes, halves (Float(16), BFloat(16)) their bits;
// halves are computed with as float32.

/// "f32", "u8", "bool", "bf16", ...
std::string elementName(Halide::Type type);
/// The type of a view whose elements are of `type`.
Halide::Type storageType(Halide::Type type);
/// The value of an element, as it is computed with.
Halide::Expr lowerLoad(Halide::Type type, Halide::Expr stored);
/// What is stored of a value, which is of the type that elements of `type` are computed in.
Halide::Expr lowerStore(Halide::Type type, Halide::Expr value);

} // namespace segc

#endif // SEGC_KERNELS_SCALAR_H
