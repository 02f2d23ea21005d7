//===- ScalarIntegers.cpp - functions of integers and truths ----*- C++ -*-===//
//
// Halide takes it that int32 and int64 do not overflow. ONNX has them wrap, so sums and
// products are computed without a sign.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Scalar.h"

#include "llvm/Support/ErrorHandling.h"

using namespace Halide;

namespace segc {
namespace {

Type withoutSign(Type type) { return type.with_code(Type::UInt); }

template <typename F> Expr wrapping(Expr x, Expr y, F combine) {
  Type type = x.type();
  if (type.is_uint() || type.bits() < 32)
    return combine(x, y);
  return cast(type, combine(cast(withoutSign(type), x), cast(withoutSign(type), y)));
}
Expr wrappingProduct(Expr x, Expr y) {
  return wrapping(x, y, [](Expr a, Expr b) { return a * b; });
}
Expr negated(Expr x) {
  return wrapping(Internal::make_zero(x.type()), x, [](Expr a, Expr b) { return a - b; });
}

/// Rounded towards zero; x / 0 is 0. Processors trap on 0, and on the least integer by -1.
Expr quotient(Expr x, Expr y) {
  Type type = x.type();
  Expr zero = Internal::make_zero(type), isZero = y == zero;
  if (type.is_uint())
    return select(isZero, zero, div_round_to_zero(x, select(isZero, Internal::make_one(type), y)));
  Expr isSpecial = isZero || y == Internal::make_const(type, -1);
  return select(isZero, zero, y == Internal::make_const(type, -1), negated(x),
                div_round_to_zero(x, select(isSpecial, Internal::make_one(type), y)));
}

/// With the sign of the dividend.
Expr remainder(Expr x, Expr y) {
  Expr product = wrappingProduct(quotient(x, y), y);
  return select(y == Internal::make_zero(y.type()), Internal::make_zero(x.type()),
                wrapping(x, product, [](Expr a, Expr b) { return a - b; }));
}

/// By squaring; an exponent has six bits of importance.
Expr power(Expr x, Expr y) {
  Type type = x.type();
  Expr one = Internal::make_one(type), result = one, factor = x;
  Expr exponent =
      cast<uint8_t>(min(max(y, Internal::make_zero(type)), Internal::make_const(type, 63)));
  for (int bit = 0; bit < 6; ++bit) {
    result = select((exponent >> bit & 1) != 0, wrappingProduct(result, factor), result);
    factor = wrappingProduct(factor, factor);
  }
  if (type.is_uint())
    return result;
  Expr isOdd = (y & one) != Internal::make_zero(type), minusOne = Internal::make_const(type, -1);
  return select(y >= Internal::make_zero(type), result, x == one, one, x == minusOne,
                select(isOdd, minusOne, one), Internal::make_zero(type));
}

Expr shifted(seg::BinaryKind kind, Expr x, Expr y) {
  Type type = x.type(), counts = withoutSign(type);
  Expr count = cast(counts, y), most = Internal::make_const(counts, type.bits() - 1);
  // A negative count is a large one without its sign.
  Expr isLong = count > most, within = min(count, most);
  if (kind == seg::BinaryKind::ShiftRight)
    return type.is_int() ? x >> within : select(isLong, Internal::make_zero(type), x >> within);
  return select(isLong, Internal::make_zero(type), cast(type, cast(counts, x) << within));
}

} // namespace

Expr ofIntegers(seg::BinaryKind kind, Expr x, Expr y) {
  using seg::BinaryKind;
  Expr zero = Internal::make_zero(x.type());
  switch (kind) {
  case BinaryKind::Add:
    return wrapping(x, y, [](Expr a, Expr b) { return a + b; });
  case BinaryKind::Sub:
    return wrapping(x, y, [](Expr a, Expr b) { return a - b; });
  case BinaryKind::Mul:
    return wrappingProduct(x, y);
  case BinaryKind::Div:
    return quotient(x, y);
  case BinaryKind::Max:
    return max(x, y);
  case BinaryKind::Min:
    return min(x, y);
  case BinaryKind::Pow:
    return power(x, y);
  case BinaryKind::PRelu:
    return select(x < zero, wrappingProduct(x, y), x);
  case BinaryKind::Fmod:
    return remainder(x, y);
  case BinaryKind::Mod: {
    Expr rest = remainder(x, y);
    return select(rest != zero && (rest < zero) != (y < zero), rest + y, rest);
  }
  case BinaryKind::And:
    return x & y;
  case BinaryKind::Or:
    return x | y;
  case BinaryKind::Xor:
    return x ^ y;
  case BinaryKind::ShiftLeft:
  case BinaryKind::ShiftRight:
    return shifted(kind, x, y);
  case BinaryKind::Equal:
    return x == y;
  case BinaryKind::Less:
    return x < y;
  case BinaryKind::LessOrEqual:
    return x <= y;
  }
  llvm_unreachable("unknown binary kind");
}

Expr ofTruths(seg::BinaryKind kind, Expr x, Expr y) {
  using seg::BinaryKind;
  switch (kind) {
  case BinaryKind::And:
    return x && y;
  case BinaryKind::Or:
    return x || y;
  case BinaryKind::Xor:
    return (x && !y) || (!x && y);
  case BinaryKind::Equal:
    return (x && y) || (!x && !y);
  case BinaryKind::Less:
    return !x && y;
  case BinaryKind::LessOrEqual:
    return !x || y;
  default:
    llvm_unreachable("not a function of truth values");
  }
}

Expr ofInteger(seg::UnaryKind kind, Expr x) {
  using seg::UnaryKind;
  Type type = x.type();
  switch (kind) {
  case UnaryKind::Identity:
  case UnaryKind::Floor:
  case UnaryKind::Ceil:
  case UnaryKind::Round:
    return x;
  case UnaryKind::Relu:
    return max(x, Internal::make_zero(type));
  case UnaryKind::Abs:
    return type.is_int() ? select(x < Internal::make_zero(type), negated(x), x) : x;
  case UnaryKind::Neg:
    return negated(x);
  case UnaryKind::Sign:
    return select(x > Internal::make_zero(type), Internal::make_one(type),
                  type.is_int() ? select(x < Internal::make_zero(type),
                                         Internal::make_const(type, -1), Internal::make_zero(type))
                                : Internal::make_zero(type));
  case UnaryKind::Not:
    return type.is_bool() ? !x : ~x;
  default:
    llvm_unreachable("not a function of integers");
  }
}

} // namespace segc
