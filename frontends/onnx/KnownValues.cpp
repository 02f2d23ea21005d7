//===- KnownValues.cpp - numbers known at import time ---------------------===//

#include "frontends/onnx/KnownValues.h"
#include "frontends/onnx/Bounds.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace segc::onnximport {

using llvm::ArrayRef;
using llvm::SmallVector;
using seg::DimAttr;
using seg::DimKind;

namespace {

struct Term {
  int64_t coefficient;
  SmallVector<DimAttr> atoms;
};

Term termOf(DimAttr dim) {
  if (dim.isConstant())
    return {dim.getValue(), {}};
  if (dim.getKind() != DimKind::Product)
    return {1, {dim}};
  Term term{dim.getValue(), {}};
  for (unsigned i = 0; i != dim.getOperands().size(); ++i)
    term.atoms.push_back(dim.operand(i));
  return term;
}

/// The canonical form puts the term of the highest degree first.
DimAttr leadingTerm(DimAttr dim) { return dim.getKind() == DimKind::Sum ? dim.operand(0) : dim; }

DimAttr termQuotient(DimAttr a, DimAttr b) {
  Term top = termOf(a), bottom = termOf(b);
  // The least integer has no quotient by -1.
  if (bottom.coefficient == 0 || bottom.coefficient == -1 ||
      top.coefficient % bottom.coefficient != 0)
    return {};
  for (DimAttr atom : bottom.atoms) {
    auto *found = llvm::find(top.atoms, atom);
    if (found == top.atoms.end())
      return {};
    top.atoms.erase(found);
  }
  auto *context = a.getContext();
  return product(context, top.atoms) * (top.coefficient / bottom.coefficient);
}

} // namespace

DimAttr exactQuotient(DimAttr a, DimAttr b) {
  if (!a || !b || b.isConstant(0) || b.isConstant(-1))
    return {};
  // Polynomial division. Real shapes have a handful of terms.
  DimAttr quotient = DimAttr::constant(a.getContext(), 0);
  for (int step = 0; step != 32; ++step) {
    if (a.isConstant(0))
      return quotient;
    DimAttr part = termQuotient(leadingTerm(a), leadingTerm(b));
    quotient = quotient + part;
    a = a - part * b;
    if (!a || !quotient)
      return {};
  }
  return {};
}

DimAttr quotientOfProducts(mlir::MLIRContext *context, ArrayRef<DimAttr> numerator,
                           ArrayRef<DimAttr> denominator) {
  SmallVector<DimAttr> top(numerator), bottom;
  for (DimAttr factor : denominator) {
    auto *found = llvm::find(top, factor);
    if (found != top.end())
      top.erase(found);
    else
      bottom.push_back(factor);
  }
  DimAttr a = product(context, top), b = product(context, bottom);
  if (DimAttr exact = exactQuotient(a, b))
    return exact;
  return floorDiv(a, b);
}

//===----------------------------------------------------------------------===//
// Number
//===----------------------------------------------------------------------===//

Number::Number(DimAttr dim)
    : Number(dim, dim ? DimAttr::constant(dim.getContext(), 1) : DimAttr()) {}

Number::Number(mlir::MLIRContext *context, int64_t value)
    : Number(DimAttr::constant(context, value)) {}

/// Divisors are extents, or products of them: positive, or the network refuses its input.
static bool mayBePositive(DimAttr dim) { return dim && seg::upperBound(dim).value_or(1) >= 1; }

Number Number::fraction(DimAttr numerator, DimAttr denominator) {
  if (!numerator || !denominator)
    return {};
  if (denominator.isConstant() && denominator.getValue() < 0) {
    numerator = numerator * -1;
    denominator = denominator * -1;
  }
  if (!mayBePositive(denominator))
    return {};
  if (DimAttr exact = exactQuotient(numerator, denominator))
    return Number(exact);
  if (DimAttr inverse = numerator.isConstant(0) ? DimAttr() : exactQuotient(denominator, numerator))
    if (mayBePositive(inverse))
      return Number(DimAttr::constant(numerator.getContext(), 1), inverse);
  if (numerator.isConstant() && denominator.isConstant() && numerator.getValue() != INT64_MIN) {
    int64_t common = std::gcd(numerator.getValue(), denominator.getValue());
    auto *context = numerator.getContext();
    return Number(DimAttr::constant(context, numerator.getValue() / common),
                  DimAttr::constant(context, denominator.getValue() / common));
  }
  return Number(numerator, denominator);
}

Number Number::extent(DimAttr dim) {
  Number number(dim);
  number.extentOfTensor = number.isKnown();
  return number;
}

Number Number::fromFloat(mlir::MLIRContext *context, float value) {
  if (!std::isfinite(value) || std::fabs(value) > 1e15f)
    return {};
  // Convergents of the continued fraction, until one rounds to the float.
  double rest = std::fabs(double(value));
  int64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
  for (int step = 0; step != 40; ++step) {
    double integral = std::floor(rest);
    double p = integral * double(p1) + double(p0), q = integral * double(q1) + double(q0);
    if (p > 1e15 || q > 1e15)
      return {};
    p0 = std::exchange(p1, int64_t(p));
    q0 = std::exchange(q1, int64_t(q));
    if (float(double(p1) / double(q1)) == std::fabs(value))
      return fraction(DimAttr::constant(context, value < 0 ? -p1 : p1),
                      DimAttr::constant(context, q1));
    if (rest == integral)
      return {};
    rest = 1.0 / (rest - integral);
  }
  return {};
}

DimAttr Number::whole() const { return top && bottom.isConstant(1) ? top : DimAttr(); }

std::optional<int64_t> Number::constantInteger() const {
  DimAttr dim = whole();
  return dim && dim.isConstant() ? std::optional<int64_t>(dim.getValue()) : std::nullopt;
}

std::optional<double> Number::constantDouble() const {
  if (!isConstant())
    return std::nullopt;
  return double(top.getValue()) / double(bottom.getValue());
}

Number Number::operator+(const Number &other) const {
  if (!isKnown() || !other.isKnown())
    return {};
  if (bottom == other.bottom)
    return fraction(top + other.top, bottom);
  return fraction(top * other.bottom + other.top * bottom, bottom * other.bottom);
}

Number Number::operator-() const { return Number(top * -1, bottom); }
Number Number::operator-(const Number &other) const { return *this + -other; }

Number Number::operator*(const Number &other) const {
  return fraction(top * other.top, bottom * other.bottom);
}

Number Number::operator/(const Number &other) const {
  return fraction(top * other.bottom, bottom * other.top);
}

Number Number::floor() const {
  if (!isKnown() || bottom.isConstant(1))
    return *this;
  return Number(floorDiv(top, bottom));
}

Number Number::ceil() const {
  if (!isKnown() || bottom.isConstant(1))
    return *this;
  return Number(floorDiv(top + bottom - 1, bottom));
}

Number Number::round() const {
  if (!isKnown() || bottom.isConstant(1))
    return *this;
  std::optional<double> value = constantDouble();
  return value ? Number(top.getContext(), int64_t(std::nearbyint(*value))) : Number();
}

std::optional<int> Number::sign() const {
  if (!isKnown())
    return std::nullopt;
  if (top.isConstant(0))
    return 0;
  if (provablyNotNegative(top - 1))
    return 1;
  if (provablyNotNegative(top * -1 - 1))
    return -1;
  return std::nullopt;
}

Number Number::minimum(const Number &other) const {
  if (whole() && other.whole())
    return Number(seg::minimum(whole(), other.whole()));
  if (std::optional<int> order = (*this - other).sign())
    return *order < 0 ? *this : other;
  return fraction(seg::minimum(top * other.bottom, other.top * bottom), bottom * other.bottom);
}

Number Number::maximum(const Number &other) const {
  if (whole() && other.whole())
    return Number(seg::maximum(whole(), other.whole()));
  if (std::optional<int> order = (*this - other).sign())
    return *order > 0 ? *this : other;
  return fraction(seg::maximum(top * other.bottom, other.top * bottom), bottom * other.bottom);
}

//===----------------------------------------------------------------------===//
// Known
//===----------------------------------------------------------------------===//

Known Known::vector(Element element, std::vector<Number> numbers) {
  return {element, {static_cast<int64_t>(numbers.size())}, std::move(numbers)};
}

Known Known::ofDims(ArrayRef<DimAttr> dims) {
  std::vector<Number> numbers;
  for (DimAttr dim : dims)
    numbers.push_back(Number::extent(dim));
  return vector(Element::Int64, std::move(numbers));
}

std::optional<Known> Known::of(mlir::MLIRContext *context, const ConstantTensor &tensor) {
  if (tensor.count() > (tensor.element == Element::Float ? kMostFloats : kMostElements))
    return std::nullopt;
  Known known{tensor.element, tensor.shape, {}};
  if (tensor.element == Element::Float) {
    for (float value : tensor.as<float>())
      known.values.push_back(Number::fromFloat(context, value));
    return known;
  }
  for (size_t i = 0; i != static_cast<size_t>(tensor.count()); ++i) {
    int64_t value = tensor.integerAt(i);
    bool isTooLarge = tensor.element == Element::UInt64 && value < 0;
    known.values.push_back(isTooLarge ? Number() : Number(context, value));
  }
  return known;
}

bool Known::allKnown() const {
  return llvm::all_of(values, [](const Number &number) { return number.isKnown(); });
}

std::optional<SmallVector<DimAttr>> Known::dims() const {
  SmallVector<DimAttr> result;
  for (const Number &number : values) {
    if (!number.whole())
      return std::nullopt;
    result.push_back(number.whole());
  }
  return result;
}

std::optional<SmallVector<int64_t>> Known::integers() const {
  SmallVector<int64_t> result;
  for (const Number &number : values) {
    std::optional<int64_t> value = number.constantInteger();
    if (!value)
      return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

std::optional<SmallVector<float>> Known::floats() const {
  SmallVector<float> result;
  for (const Number &number : values) {
    std::optional<double> value = number.constantDouble();
    if (!value)
      return std::nullopt;
    result.push_back(float(*value));
  }
  return result;
}

std::optional<ConstantTensor> Known::toConstant() const {
  if (isFloat()) {
    std::optional<SmallVector<float>> numbers = floats();
    return numbers ? std::optional(floatTensor(shape, *numbers)) : std::nullopt;
  }
  std::optional<SmallVector<int64_t>> numbers = integers();
  if (!numbers)
    return std::nullopt;
  return integerTensor(element, shape, *numbers);
}

} // namespace segc::onnximport
