//===- Scalar.h - functions of one and two values ---------------*- C++ -*-===//
//
// The definition of every elementwise function of the dialect, as ONNX gives it.
// `alpha` and `beta` are ONNX's attributes of that name (clip: the lower and the
// upper bound; selu: beta is gamma); kinds without attributes ignore them.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_INTERPRETER_SCALAR_H
#define SEGC_INTERPRETER_SCALAR_H

#include "compiler/dialect/SegEnums.h"

namespace segc::interpreter {

/// kind(x).
double evalUnary(seg::UnaryKind kind, float alpha, float beta, double x);

/// kind(x, y). PRelu's second operand is the slope.
double evalBinary(seg::BinaryKind kind, double x, double y);

/// Where the value is a truth value, it is 0 or 1.

/// How wide an integer is, and whether it has a sign. A truth value has one bit and none.
struct IntegerKind {
  unsigned bits;
  bool isSigned;
};

/// The same on integers, which are held in 64 bits as two's complement (an unsigned one of 64 bits
/// by the same bits). Sums and products may leave the type's range: the caller wraps them. Nothing
/// for kinds that are defined on real numbers only (sigmoid, ...).
std::optional<int64_t> evalUnary(seg::UnaryKind kind, int64_t x, IntegerKind type);
std::optional<int64_t> evalBinary(seg::BinaryKind kind, int64_t x, int64_t y, IntegerKind type);

} // namespace segc::interpreter

#endif // SEGC_INTERPRETER_SCALAR_H
