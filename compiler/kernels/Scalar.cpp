//===- Scalar.cpp - functions of one and two values, in Halide --*- C++ -*-===//

#include "compiler/kernels/Scalar.h"

#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <initializer_list>
#include <limits>

using namespace Halide;

namespace segc {
namespace {

/// Horner's scheme; coefficients from the highest power down.
Expr polynomial(Expr x, std::initializer_list<float> coefficients) {
  Expr sum;
  for (float c : coefficients)
    sum = sum.defined() ? sum * x + c : Expr(c);
  return sum;
}

/// e^x. Halide's polynomial converts x / ln 2 to an integer, which is undefined for
/// large x: beyond the bounds the result is 0 or infinity anyway. NaN would become one of them.
Expr exponential(Expr x) {
  return select(is_nan(x), x, Internal::halide_exp(clamp(x, -89.0f, 89.0f)));
}

/// ln x. Halide's takes infinity and NaN for numbers.
Expr logarithm(Expr x) {
  return select(x < std::numeric_limits<float>::infinity(), Internal::halide_log(x), x);
}

/// e^x - 1, by its Taylor series where the subtraction would cancel.
Expr exponentialMinusOne(Expr x) {
  Expr near = x * polynomial(x, {1.0f / 362880, 1.0f / 40320, 1.0f / 5040, 1.0f / 720, 1.0f / 120,
                                 1.0f / 24, 1.0f / 6, 0.5f, 1.0f});
  return select(abs(x) < 0.5f, near, exponential(x) - 1.0f);
}

/// log(1 + e) for e in [0, 1], as 2 atanh(e / (2 + e)): no cancellation.
Expr logOnePlus(Expr e) {
  Expr s = e / (2.0f + e);
  return 2.0f * s *
         polynomial(s * s, {1.0f / 15, 1.0f / 13, 1.0f / 11, 1.0f / 9, 1.0f / 7, 1.0f / 5, 1.0f / 3,
                            1.0f});
}

/// An odd polynomial near zero (Cephes' tanhf), exponentials elsewhere.
Expr hyperbolicTangent(Expr x) {
  Expr z = x * x;
  Expr near = x + x * z *
                      polynomial(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                                     1.33314422036e-1f, -3.33332819422e-1f});
  Expr far = 1.0f - 2.0f / (exponential(2.0f * abs(x)) + 1.0f);
  return select(abs(x) < 0.625f, near, select(x < 0.0f, -far, far));
}

/// Cephes' polynomial near zero; Halide's, whose error is absolute, elsewhere. From 4 on the result
/// is 1, and Halide's overflows. NaN goes the way of small numbers.
Expr errorFunction(Expr x) {
  Expr near =
      x * polynomial(x * x, {7.853861353153693e-5f, -8.010193625184903e-4f, 5.188327685732524e-3f,
                             -2.685381193529856e-2f, 1.128358514861418e-1f, -3.761262582423300e-1f,
                             1.128379165726710e+0f});
  return select(abs(x) > 1.0f, Internal::halide_erf(clamp(x, -4.0f, 4.0f)), near);
}

/// Whichever of x and y is NaN, else `value`.
Expr notANumberOr(Expr value, Expr x, Expr y) {
  for (const Expr &operand : {x, y})
    if (!is_const(operand))
      value = select(is_nan(operand), operand, value);
  return value;
}

} // namespace

Expr lowerUnary(seg::UnaryKind kind, float alpha, float beta, Expr x) {
  using seg::UnaryKind;
  if (!x.type().is_float())
    return ofInteger(kind, x);
  switch (kind) {
  case UnaryKind::Identity:
    return x;
  case UnaryKind::Relu:
    return max(x, 0.0f);
  case UnaryKind::Clip:
    return min(max(x, alpha), beta);
  case UnaryKind::LeakyRelu:
    return select(x < 0.0f, x * alpha, x);
  case UnaryKind::HardSigmoid:
    return max(min(x * alpha + beta, 1.0f), 0.0f);
  case UnaryKind::HardSwish:
    return x * max(min(x * (1.0f / 6) + 0.5f, 1.0f), 0.0f);
  case UnaryKind::Sigmoid:
    return 1.0f / (1.0f + exponential(-x));
  case UnaryKind::Tanh:
    return hyperbolicTangent(x);
  case UnaryKind::Exp:
    return exponential(x);
  case UnaryKind::Log:
    return logarithm(x);
  case UnaryKind::Sqrt:
    return sqrt(x);
  case UnaryKind::Abs:
    return abs(x);
  case UnaryKind::Neg:
    return -x;
  case UnaryKind::Reciprocal:
    return 1.0f / x;
  case UnaryKind::Floor:
    return floor(x);
  case UnaryKind::Ceil:
    return ceil(x);
  case UnaryKind::Round: // half to even, like Halide's
    return round(x);
  case UnaryKind::Erf:
    return errorFunction(x);
  case UnaryKind::Elu:
    return select(x < 0.0f, alpha * exponentialMinusOne(x), x);
  case UnaryKind::Selu:
    return beta * select(x < 0.0f, alpha * exponentialMinusOne(x), x);
  case UnaryKind::Celu:
    return select(x < 0.0f, alpha * exponentialMinusOne(x / alpha), x);
  case UnaryKind::Softplus:
    return max(x, 0.0f) + logOnePlus(exponential(-abs(x)));
  case UnaryKind::Softsign:
    return x / (1.0f + abs(x));
  case UnaryKind::ThresholdedRelu:
    return select(x > alpha, x, 0.0f);
  case UnaryKind::Sin:
    return sin(x);
  case UnaryKind::Cos:
    return cos(x);
  case UnaryKind::Tan:
    return tan(x);
  case UnaryKind::Asin:
    return asin(x);
  case UnaryKind::Acos:
    return acos(x);
  case UnaryKind::Atan:
    return atan(x);
  case UnaryKind::Sinh:
    return sinh(x);
  case UnaryKind::Cosh:
    return cosh(x);
  case UnaryKind::Asinh:
    return asinh(x);
  case UnaryKind::Acosh:
    return acosh(x);
  case UnaryKind::Atanh:
    return atanh(x);
  case UnaryKind::Sign:
    return select(x > 0.0f, 1.0f, select(x < 0.0f, -1.0f, x));
  case UnaryKind::IsNaN:
    return is_nan(x);
  case UnaryKind::IsInf: {
    const float infinity = std::numeric_limits<float>::infinity();
    if (alpha == 0 && beta == 0)
      return abs(x) == infinity;
    return alpha == 0 ? x == -infinity : beta == 0 ? x == infinity : Internal::const_false();
  }
  case UnaryKind::Not:
    break; // of integers
  case UnaryKind::Affine:
    return alpha * x + beta;
  case UnaryKind::ScaledTanh:
    return alpha * lowerUnary(UnaryKind::Tanh, 0, 0, beta * x);
  }
  llvm_unreachable("unknown unary kind");
}

Expr lowerBinary(seg::BinaryKind kind, Expr x, Expr y) {
  using seg::BinaryKind;
  if (x.type().is_bool())
    return ofTruths(kind, x, y);
  if (!x.type().is_float())
    return ofIntegers(kind, x, y);
  switch (kind) {
  case BinaryKind::Add:
    return x + y;
  case BinaryKind::Sub:
    return x - y;
  case BinaryKind::Mul:
    return x * y;
  case BinaryKind::Div:
    return x / y;
  case BinaryKind::Max:
    return notANumberOr(max(x, y), x, y);
  case BinaryKind::Min:
    return notANumberOr(min(x, y), x, y);
  case BinaryKind::Pow:
    return pow(x, y);
  case BinaryKind::PRelu:
    return select(x < 0.0f, x * y, x);
  case BinaryKind::Fmod:
    return Internal::Call::make(Float(32), "fmod_f32", {x, y}, Internal::Call::PureExtern);
  case BinaryKind::Equal:
    return x == y;
  case BinaryKind::Less:
    return x < y;
  case BinaryKind::LessOrEqual:
    return x <= y;
  case BinaryKind::Mod:
  case BinaryKind::And:
  case BinaryKind::Or:
  case BinaryKind::Xor:
  case BinaryKind::ShiftLeft:
  case BinaryKind::ShiftRight:
    break; // of integers
  }
  llvm_unreachable("unknown binary kind");
}

} // namespace segc
