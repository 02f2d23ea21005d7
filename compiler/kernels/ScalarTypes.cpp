//===- ScalarTypes.cpp - conversions between element types ------*- C++ -*-===//

#include "compiler/kernels/Scalar.h"

#include <cmath>

using namespace Halide;

namespace segc {
namespace {

/// Towards zero, to the nearest integer that there is; NaN becomes 0.
Expr integerOf(Expr x, Type to) {
  // First of all, since Halide turns comparisons around as if there were no NaN.
  Expr number = select(is_nan(x), 0.0f, x);
  Expr bounded = max(number, Internal::Cast::make(Float(32), to.min()));
  if (to.bits() < 32)
    return cast(to, min(bounded, Internal::Cast::make(Float(32), to.max())));
  // 2^31, the first float that is too large, and the last that is not.
  const float beyond = std::ldexp(1.0f, to.is_int() ? to.bits() - 1 : to.bits());
  return select(number >= beyond, to.max(), cast(to, min(bounded, std::nextafter(beyond, 0.0f))));
}

Expr word(uint32_t value) { return Internal::make_const(UInt(32), value); }

Expr bitsOf(Expr x) { return reinterpret<uint32_t>(x); }

/// Shifts `bits` right, the rest rounded to nearest, ties to even.
Expr roundedShift(Expr bits, Expr count) {
  Expr half = (word(1) << (count - word(1))) - word(1);
  return (bits + half + (bits >> count & word(1))) >> count;
}

/// The bits of a half (IEEE 754 binary16).
Expr halfOf(Expr x) {
  Expr bits = bitsOf(x), sign = bits >> word(16) & word(0x8000),
       magnitude = bits & word(0x7fffffff);
  Expr exponent = cast<int32_t>(magnitude >> word(23));
  // Rebias the exponent from 127 to 15; what rounds up runs over into it.
  Expr normal = roundedShift(magnitude, word(13)) - word(112 << 10);
  // Below 2^-14 the last place is worth 2^-24: the significand moves right, with its first one.
  Expr move = cast<uint32_t>(clamp(126 - exponent, 14, 25));
  Expr small = roundedShift((magnitude & word(0x7fffff)) | word(0x800000), move);
  Expr finite = select(exponent >= 113, normal, exponent < 101, word(0), small);
  Expr isNumber = magnitude <= word(0x7f800000), isLarge = magnitude >= word(0x477ff000);
  return cast<uint16_t>(sign | select(!isNumber, word(0x7e00), isLarge, word(0x7c00), finite));
}

Expr floatOfHalf(Expr half) {
  Expr bits = cast<uint32_t>(half), sign = (bits & word(0x8000)) << word(16);
  Expr rest = bits & word(0x7fff);
  // A subnormal half is a whole number of 2^-24.
  Expr small = bitsOf(cast<float>(cast<int32_t>(rest)) * 0x1p-24f);
  Expr isFinite = rest < word(0x7c00);
  Expr wide = (rest << word(13)) + select(isFinite, word(112u << 23), word(224u << 23));
  return reinterpret<float>(sign | select(rest < word(0x400), small, wide));
}

Expr brainFloatOf(Expr x) {
  Expr bits = bitsOf(x);
  return cast<uint16_t>(
      select(is_nan(x), bits >> word(16) | word(0x40), roundedShift(bits, word(16))));
}

} // namespace

std::string elementName(Type type) {
  if (type.is_bool())
    return "bool";
  const char *kind = type.is_bfloat() ? "bf" : type.is_float() ? "f" : type.is_uint() ? "u" : "i";
  return kind + std::to_string(type.bits());
}

Type storageType(Type type) {
  if (type.is_float() && type.bits() == 16)
    return UInt(16);
  return type.is_bool() ? UInt(8) : type;
}

Expr lowerLoad(Type type, Expr stored) {
  if (type.is_bool())
    return stored != Internal::make_zero(stored.type());
  if (type.is_bfloat())
    return reinterpret<float>(cast<uint32_t>(stored) << word(16));
  return type == Float(16) ? floatOfHalf(stored) : stored;
}

Expr lowerStore(Type type, Expr value) {
  if (type.is_bool())
    return cast<uint8_t>(value);
  if (type.is_bfloat())
    return brainFloatOf(value);
  return type == Float(16) ? halfOf(value) : value;
}

Expr lowerCast(Type to, Expr x) {
  // Halves are read and written as their bits.
  if (to.is_float() && to.bits() == 16)
    to = Float(32);
  if (to == x.type())
    return x;
  if (to.is_bool())
    return x != Internal::make_zero(x.type());
  if (x.type().is_float() && !to.is_float())
    return integerOf(x, to);
  // Halide looks for narrow numbers in products, and fails where it finds truth values: these hide.
  if (x.type().is_bool())
    return strict_float(cast(to, x));
  return cast(to, x);
}

} // namespace segc
