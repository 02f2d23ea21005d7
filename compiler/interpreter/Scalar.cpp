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
  case UnaryKind::Tan:
    return std::tan(x);
  case UnaryKind::Asin:
    return std::asin(x);
  case UnaryKind::Acos:
    return std::acos(x);
  case UnaryKind::Atan:
    return std::atan(x);
  case UnaryKind::Sinh:
    return std::sinh(x);
  case UnaryKind::Cosh:
    return std::cosh(x);
  case UnaryKind::Asinh:
    return std::asinh(x);
  case UnaryKind::Acosh:
    return std::acosh(x);
  case UnaryKind::Atanh:
    return std::atanh(x);
  case UnaryKind::Sign:
    return std::isnan(x) ? x : (x > 0) - (x < 0);
  case UnaryKind::IsNaN:
    return std::isnan(x);
  case UnaryKind::IsInf:
    return std::isinf(x) && (x < 0 ? alpha : beta) == 0;
  case UnaryKind::Not:
    break; // of integers only
  case UnaryKind::Affine:
    return alpha * x + beta;
  case UnaryKind::ScaledTanh:
    return alpha * std::tanh(beta * x);
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
  case BinaryKind::Fmod:
    return std::fmod(x, y);
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
    break; // of integers only
  }
  llvm_unreachable("unknown binary kind");
}

// Sums and products are computed without sign, where overflow is defined to wrap.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

std::optional<int64_t> evalUnary(UnaryKind kind, int64_t x, IntegerKind type) {
  switch (kind) {
  case UnaryKind::Identity:
  case UnaryKind::Floor:
  case UnaryKind::Ceil:
  case UnaryKind::Round:
    return x;
  case UnaryKind::Relu:
    return type.isSigned ? std::max<int64_t>(x, 0) : x;
  case UnaryKind::Abs:
    return type.isSigned && x < 0 ? wrap(0 - static_cast<uint64_t>(x)) : x;
  case UnaryKind::Neg:
    return wrap(0 - static_cast<uint64_t>(x));
  case UnaryKind::Sign:
    return type.isSigned ? (x > 0) - (x < 0) : x != 0;
  case UnaryKind::Not:
    return ~x;
  default:
    return std::nullopt;
  }
}

static bool isLess(int64_t x, int64_t y, IntegerKind type) {
  return type.isSigned ? x < y : static_cast<uint64_t>(x) < static_cast<uint64_t>(y);
}

/// The quotient rounded towards zero; x / 0 is 0.
static int64_t quotient(int64_t x, int64_t y, IntegerKind type) {
  if (y == 0)
    return 0;
  if (!type.isSigned)
    return wrap(static_cast<uint64_t>(x) / static_cast<uint64_t>(y));
  return y == -1 ? wrap(0 - static_cast<uint64_t>(x)) : x / y;
}

static int64_t integerPower(int64_t base, int64_t exponent, IntegerKind type) {
  if (type.isSigned && exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1, count = std::min<uint64_t>(static_cast<uint64_t>(exponent), 63);
  for (uint64_t i = 0; i < count; ++i)
    result *= static_cast<uint64_t>(base);
  return wrap(result);
}

static int64_t shifted(int64_t x, int64_t y, bool left, IntegerKind type) {
  // A negative count is a large one without its sign.
  uint64_t count = static_cast<uint64_t>(y);
  if (count >= type.bits)
    return !left && type.isSigned && x < 0 ? -1 : 0;
  if (left)
    return wrap(static_cast<uint64_t>(x) << count);
  return type.isSigned ? x >> count : wrap(static_cast<uint64_t>(x) >> count);
}

std::optional<int64_t> evalBinary(BinaryKind kind, int64_t x, int64_t y, IntegerKind type) {
  auto a = static_cast<uint64_t>(x), b = static_cast<uint64_t>(y);
  switch (kind) {
  case BinaryKind::Add:
    return wrap(a + b);
  case BinaryKind::Sub:
    return wrap(a - b);
  case BinaryKind::Mul:
    return wrap(a * b);
  case BinaryKind::Div:
    return quotient(x, y, type);
  case BinaryKind::Max:
    return isLess(x, y, type) ? y : x;
  case BinaryKind::Min:
    return isLess(x, y, type) ? x : y;
  case BinaryKind::Pow:
    return integerPower(x, y, type);
  case BinaryKind::PRelu:
    return type.isSigned && x < 0 ? wrap(a * b) : x;
  case BinaryKind::Fmod:
    return y == 0 ? 0 : wrap(a - static_cast<uint64_t>(quotient(x, y, type)) * b);
  case BinaryKind::Mod: {
    int64_t rest = y == 0 ? 0 : wrap(a - static_cast<uint64_t>(quotient(x, y, type)) * b);
    return type.isSigned && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
  }
  case BinaryKind::And:
    return x & y;
  case BinaryKind::Or:
    return x | y;
  case BinaryKind::Xor:
    return x ^ y;
  case BinaryKind::ShiftLeft:
    return shifted(x, y, true, type);
  case BinaryKind::ShiftRight:
    return shifted(x, y, false, type);
  case BinaryKind::Equal:
    return x == y;
  case BinaryKind::Less:
    return isLess(x, y, type);
  case BinaryKind::LessOrEqual:
    return !isLess(y, x, type);
  }
  llvm_unreachable("unknown binary kind");
}

} // namespace segc::interpreter
