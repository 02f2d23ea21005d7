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

/// The same on integers. Quotients are truncated, sums and products wrap; nothing for kinds
/// that are defined on real numbers only (sigmoid, ...), and for a division by zero.
std::optional<int64_t> evalUnary(seg::UnaryKind kind, float alpha, float beta, int64_t x);
std::optional<int64_t> evalBinary(seg::BinaryKind kind, int64_t x, int64_t y);

} // namespace segc::interpreter

#endif // SEGC_INTERPRETER_SCALAR_H
