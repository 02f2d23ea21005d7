//===- Scalar.cpp - functions of one and two values -------------*- C++ -*-===//

#include "compiler/interpreter/Scalar.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cmath>

namespace segc::interpreter {

using seg::BinaryKind;
using seg::UnaryKind;

/// A number that is NaN stays NaN, as in every framework that models come from.
static double clamp(double x, double low, double high) {
  return std::isnan(x) ? x : std::min(std::max(x, low), high);
}

double evalUnary(UnaryKind kind, float alpha, float beta, double x) {
  switch (kind) {
  case UnaryKind::Identity:
    return x;
  case UnaryKind::Relu:
    return x < 0 ? 0 : x;
  case UnaryKind::Clip:
    return clamp(x, alpha, beta);
  case UnaryKind::LeakyRelu:
    return x < 0 ? alpha * x : x;
  case UnaryKind::HardSigmoid:
    return clamp(alpha * x + beta, 0, 1);
  case UnaryKind::HardSwish:
    return x * clamp(x / 6 + 0.5, 0, 1);
  case UnaryKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case UnaryKind::Tanh:
    return std::tanh(x);
  case UnaryKind::Exp:
    return std::exp(x);
  case UnaryKind::Log:
    return std::log(x);
  case UnaryKind::Sqrt:
    return std::sqrt(x);
  case UnaryKind::Abs:
    return std::fabs(x);
  case UnaryKind::Neg:
    return -x;
  case UnaryKind::Reciprocal:
    return 1 / x;
  case UnaryKind::Floor:
    return std::floor(x);
  case UnaryKind::Ceil:
    return std::ceil(x);
  case UnaryKind::Round: // halves to the even neighbour
    return std::nearbyint(x);
  case UnaryKind::Erf:
    return std::erf(x);
  case UnaryKind::Elu:
    return x < 0 ? alpha * std::expm1(x) : x;
  case UnaryKind::Selu:
    return beta * (x < 0 ? alpha * std::expm1(x) : x);
  case UnaryKind::Celu:
    return x < 0 ? alpha * std::expm1(x / alpha) : x;
  case UnaryKind::Softplus:
    return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
  case UnaryKind::Softsign:
    return x / (1 + std::fabs(x));
  case UnaryKind::ThresholdedRelu:
    return x > alpha ? x : 0;
  case UnaryKind::Sin:
    return std::sin(x);
  case UnaryKind::Cos:
    return std::cos(x);
  case UnaryKind::Sign:
    return std::isnan(x) ? x : (x > 0) - (x < 0);
  }
  llvm_unreachable("unknown unary kind");
}

double evalBinary(BinaryKind kind, double x, double y) {
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
    return std::isnan(x) || x > y ? x : y;
  case BinaryKind::Min:
    return std::isnan(x) || x < y ? x : y;
  case BinaryKind::Pow:
    return std::pow(x, y);
  case BinaryKind::PRelu:
    return x < 0 ? x * y : x;
  }
  llvm_unreachable("unknown binary kind");
}

// Sums and products are computed without sign, where overflow is defined to wrap.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

std::optional<int64_t> evalUnary(UnaryKind kind, float alpha, float beta, int64_t x) {
  switch (kind) {
  case UnaryKind::Identity:
  case UnaryKind::Floor:
  case UnaryKind::Ceil:
  case UnaryKind::Round:
    return x;
  case UnaryKind::Relu:
    return std::max<int64_t>(x, 0);
  case UnaryKind::Clip: // bounds between integers round inwards
    if (static_cast<double>(x) < alpha)
      return static_cast<int64_t>(std::ceil(alpha));
    return static_cast<double>(x) > beta ? static_cast<int64_t>(std::floor(beta)) : x;
  case UnaryKind::Abs:
    return x < 0 ? wrap(0 - static_cast<uint64_t>(x)) : x;
  case UnaryKind::Neg:
    return wrap(0 - static_cast<uint64_t>(x));
  case UnaryKind::Sign:
    return (x > 0) - (x < 0);
  default:
    return std::nullopt;
  }
}

static int64_t integerPower(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1;
  for (uint64_t factor = base; exponent; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return wrap(result);
}

std::optional<int64_t> evalBinary(BinaryKind kind, int64_t x, int64_t y) {
  auto a = static_cast<uint64_t>(x), b = static_cast<uint64_t>(y);
  switch (kind) {
  case BinaryKind::Add:
    return wrap(a + b);
  case BinaryKind::Sub:
    return wrap(a - b);
  case BinaryKind::Mul:
    return wrap(a * b);
  case BinaryKind::Div:
    if (y == 0)
      return std::nullopt;
    return y == -1 ? wrap(0 - a) : x / y;
  case BinaryKind::Max:
    return std::max(x, y);
  case BinaryKind::Min:
    return std::min(x, y);
  case BinaryKind::Pow:
    return integerPower(x, y);
  case BinaryKind::PRelu:
    return x < 0 ? wrap(a * b) : x;
  }
  llvm_unreachable("unknown binary kind");
}

} // namespace segc::interpreter
