//===- Dim.cpp - arithmetic on extents --------------------------*- C++ -*-===//
//
// Sums are built through `Polynomial`: a list of (coefficient, sorted atoms).
// An atom is a symbol, count, quotient, minimum or maximum.
//
//===----------------------------------------------------------------------===//

#include "compiler/dialect/Dim.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <numeric>

using namespace llvm;

namespace segc::seg {

DimAttr DimAttr::constant(mlir::MLIRContext *context, int64_t value) {
  return get(context, DimKind::Constant, value, "", {});
}
DimAttr DimAttr::symbol(mlir::MLIRContext *context, StringRef name) {
  return get(context, DimKind::Symbol, 0, name, {});
}
DimAttr DimAttr::count(mlir::MLIRContext *context, StringRef name, DimAttr bound) {
  return bound ? get(context, DimKind::Count, 0, name, {bound}) : DimAttr();
}
DimAttr DimAttr::operand(unsigned i) const { return llvm::cast<DimAttr>(getOperands()[i]); }

namespace {

/// A fixed order, by structure and never by address: output must not differ between runs.
int compare(DimAttr a, DimAttr b) {
  if (a == b)
    return 0;
  if (a.getKind() != b.getKind())
    return a.getKind() < b.getKind() ? -1 : 1;
  if (a.getValue() != b.getValue())
    return a.getValue() < b.getValue() ? -1 : 1;
  if (int order = a.getSymbol().compare(b.getSymbol()))
    return order;
  if (a.getOperands().size() != b.getOperands().size())
    return a.getOperands().size() < b.getOperands().size() ? -1 : 1;
  for (unsigned i = 0; i < a.getOperands().size(); ++i)
    if (int order = compare(a.operand(i), b.operand(i)))
      return order;
  return 0;
}

bool less(DimAttr a, DimAttr b) { return compare(a, b) < 0; }

struct Term {
  int64_t coefficient;
  SmallVector<DimAttr, 2> atoms;

  bool sameAtoms(const Term &other) const { return atoms == other.atoms; }
};

class Polynomial {
public:
  explicit Polynomial(DimAttr dim) {
    if (!dim) {
      valid = false;
      return;
    }
    if (dim.getKind() == DimKind::Sum) {
      for (unsigned i = 0; i < dim.getOperands().size(); ++i)
        terms.push_back(termOf(dim.operand(i)));
    } else if (!dim.isConstant(0)) {
      terms.push_back(termOf(dim));
    }
  }
  explicit Polynomial(SmallVector<Term> terms) : terms(std::move(terms)) {}

  void add(const Polynomial &other, int64_t factor) {
    valid &= other.valid;
    for (const Term &term : other.terms)
      addTerm(term, factor);
  }

  Polynomial times(const Polynomial &other) const {
    Polynomial result{SmallVector<Term>()};
    result.valid = valid && other.valid;
    for (const Term &a : terms)
      for (const Term &b : other.terms) {
        Term product{0, a.atoms};
        if (__builtin_mul_overflow(a.coefficient, b.coefficient, &product.coefficient))
          result.valid = false;
        append_range(product.atoms, b.atoms);
        sort(product.atoms, less);
        result.addTerm(product, 1);
      }
    return result;
  }

  /// Splits off the part that `divisor` divides exactly: returns it, divided.
  Polynomial takeMultiples(int64_t divisor) {
    Polynomial whole{SmallVector<Term>()};
    SmallVector<Term> rest;
    for (Term &term : terms) {
      // -1 stays representable for the least integer only by leaving it alone.
      int64_t quotient = divisor == -1 ? 0 : term.coefficient / divisor;
      if (term.atoms.empty() && divisor > 1) {
        quotient = term.coefficient >= 0 ? term.coefficient / divisor
                                         : -((-(term.coefficient + 1)) / divisor) - 1;
        if (quotient)
          whole.terms.push_back({quotient, {}});
        if (int64_t left = term.coefficient - quotient * divisor)
          rest.push_back({left, {}});
      } else if (divisor != -1 && term.coefficient % divisor == 0) {
        whole.terms.push_back({quotient, term.atoms});
      } else {
        rest.push_back(term);
      }
    }
    terms = std::move(rest);
    return whole;
  }

  DimAttr toAttr(mlir::MLIRContext *context) const {
    if (!valid)
      return {};
    SmallVector<mlir::Attribute> sum;
    SmallVector<Term> sorted(terms);
    sort(sorted, [](const Term &a, const Term &b) {
      // The constant goes last, longer products first, then by the atoms.
      if (a.atoms.size() != b.atoms.size())
        return a.atoms.size() > b.atoms.size();
      for (auto [x, y] : zip(a.atoms, b.atoms))
        if (int order = compare(x, y))
          return order < 0;
      return false;
    });
    for (const Term &term : sorted)
      sum.push_back(termAttr(context, term));
    if (sum.empty())
      return DimAttr::constant(context, 0);
    if (sum.size() == 1)
      return cast<DimAttr>(sum.front());
    return DimAttr::get(context, DimKind::Sum, 0, "", sum);
  }

  bool isValid() const { return valid; }
  ArrayRef<Term> getTerms() const { return terms; }

private:
  static Term termOf(DimAttr dim) {
    if (dim.isConstant())
      return {dim.getValue(), {}};
    if (dim.getKind() != DimKind::Product)
      return {1, {dim}};
    Term term{dim.getValue(), {}};
    for (unsigned i = 0; i < dim.getOperands().size(); ++i)
      term.atoms.push_back(dim.operand(i));
    return term;
  }

  static DimAttr termAttr(mlir::MLIRContext *context, const Term &term) {
    if (term.atoms.empty())
      return DimAttr::constant(context, term.coefficient);
    if (term.coefficient == 1 && term.atoms.size() == 1)
      return term.atoms.front();
    SmallVector<mlir::Attribute> atoms(term.atoms.begin(), term.atoms.end());
    return DimAttr::get(context, DimKind::Product, term.coefficient, "", atoms);
  }

  void addTerm(const Term &term, int64_t factor) {
    int64_t coefficient;
    if (__builtin_mul_overflow(term.coefficient, factor, &coefficient)) {
      valid = false;
      return;
    }
    auto *found = find_if(terms, [&](const Term &t) { return t.sameAtoms(term); });
    if (found == terms.end()) {
      if (coefficient)
        terms.push_back({coefficient, term.atoms});
      return;
    }
    if (__builtin_add_overflow(found->coefficient, coefficient, &found->coefficient))
      valid = false;
    if (found->coefficient == 0)
      terms.erase(found);
  }

  SmallVector<Term> terms;
  bool valid = true;
};

DimAttr combine(DimAttr a, DimAttr b, int64_t factor) {
  if (!a || !b)
    return {};
  Polynomial sum(a);
  sum.add(Polynomial(b), factor);
  return sum.toAttr(a.getContext());
}

DimAttr extremum(DimAttr a, DimAttr b, bool least) {
  if (!a || !b)
    return {};
  if (provablyAtLeast(a, b))
    return least ? b : a;
  if (provablyAtLeast(b, a))
    return least ? a : b;
  if (less(b, a))
    std::swap(a, b);
  return DimAttr::get(a.getContext(), least ? DimKind::Minimum : DimKind::Maximum, 0, "", {a, b});
}

std::optional<int64_t> floorDivide(int64_t a, int64_t b) {
  if (b == 0 || (a == INT64_MIN && b == -1))
    return std::nullopt;
  int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

struct Bounds {
  std::optional<int64_t> low, high;
};

std::optional<int64_t> addBound(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t sum;
  if (!a || !b || __builtin_add_overflow(*a, *b, &sum))
    return std::nullopt;
  return sum;
}

std::optional<int64_t> mulBound(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t product;
  if (!a || !b || __builtin_mul_overflow(*a, *b, &product))
    return std::nullopt;
  return product;
}

Bounds bounds(DimAttr dim) {
  switch (dim.getKind()) {
  case DimKind::Constant:
    return {dim.getValue(), dim.getValue()};
  case DimKind::Symbol:
    return {1, std::nullopt};
  case DimKind::Count:
    return {0, bounds(dim.operand(0)).high};
  case DimKind::Sum: {
    Bounds sum{0, 0};
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      Bounds term = bounds(dim.operand(i));
      sum = {addBound(sum.low, term.low), addBound(sum.high, term.high)};
    }
    return sum;
  }
  case DimKind::Product: {
    Bounds product{1, 1};
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      Bounds factor = bounds(dim.operand(i));
      if (!factor.low || *factor.low < 0)
        return {};
      product = {mulBound(product.low, factor.low), mulBound(product.high, factor.high)};
    }
    int64_t c = dim.getValue();
    if (c >= 0)
      return {mulBound(product.low, c), mulBound(product.high, c)};
    return {mulBound(product.high, c), mulBound(product.low, c)};
  }
  case DimKind::Quotient: {
    Bounds a = bounds(dim.operand(0)), b = bounds(dim.operand(1));
    if (!b.low || *b.low < 1)
      return {};
    Bounds result;
    if (a.low && *a.low >= 0)
      result.low = b.high ? floorDivide(*a.low, *b.high) : 0;
    else if (a.low)
      result.low = floorDivide(*a.low, *b.low);
    if (a.high && *a.high >= 0)
      result.high = floorDivide(*a.high, *b.low);
    return result;
  }
  case DimKind::Minimum:
  case DimKind::Maximum: {
    bool least = dim.getKind() == DimKind::Minimum;
    Bounds a = bounds(dim.operand(0)), b = bounds(dim.operand(1));
    auto both = [&](auto x, auto y) -> std::optional<int64_t> {
      if (!x || !y)
        return std::nullopt;
      return least ? std::min(*x, *y) : std::max(*x, *y);
    };
    auto either = [](auto x, auto y, bool takeLess) -> std::optional<int64_t> {
      if (!x || !y)
        return x ? x : y;
      return takeLess ? std::min(*x, *y) : std::max(*x, *y);
    };
    if (least)
      return {both(a.low, b.low), either(a.high, b.high, true)};
    return {either(a.low, b.low, false), both(a.high, b.high)};
  }
  }
  llvm_unreachable("a kind of extent without bounds");
}

/// An expression without counts that is at least (`most`) or at most `dim`; null if there is none
/// that follows operand by operand.
DimAttr withoutCounts(DimAttr dim, bool most) {
  if (!dim || !hasCount(dim))
    return dim;
  auto *context = dim.getContext();
  switch (dim.getKind()) {
  case DimKind::Constant:
  case DimKind::Symbol:
    return dim;
  case DimKind::Count:
    return most ? withoutCounts(dim.operand(0), true) : DimAttr::constant(context, 0);
  case DimKind::Sum: {
    DimAttr sum = DimAttr::constant(context, 0);
    for (unsigned i = 0; i < dim.getOperands().size(); ++i)
      sum = sum + withoutCounts(dim.operand(i), most);
    return sum;
  }
  case DimKind::Product: {
    // Factors that are not negative: the product grows with each, as it does with a single one.
    const int64_t c = dim.getValue();
    DimAttr result = DimAttr::constant(context, c);
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      if (dim.getOperands().size() > 1 && lowerBound(dim.operand(i)).value_or(-1) < 0)
        return {};
      result = result * withoutCounts(dim.operand(i), most == (c >= 0));
    }
    return result;
  }
  case DimKind::Quotient: // divisors have no counts
    if (lowerBound(dim.operand(1)).value_or(0) < 1)
      return {};
    return floorDiv(withoutCounts(dim.operand(0), most), dim.operand(1));
  case DimKind::Minimum:
    return minimum(withoutCounts(dim.operand(0), most), withoutCounts(dim.operand(1), most));
  case DimKind::Maximum:
    return maximum(withoutCounts(dim.operand(0), most), withoutCounts(dim.operand(1), most));
  }
  llvm_unreachable("a kind of extent that does not follow its operands");
}

} // namespace

DimAttr operator+(DimAttr a, DimAttr b) { return combine(a, b, 1); }
DimAttr operator-(DimAttr a, DimAttr b) { return combine(a, b, -1); }
DimAttr operator*(DimAttr a, DimAttr b) {
  return a && b ? Polynomial(a).times(Polynomial(b)).toAttr(a.getContext()) : DimAttr();
}
DimAttr operator+(DimAttr a, int64_t b) {
  return a ? a + DimAttr::constant(a.getContext(), b) : DimAttr();
}
DimAttr operator-(DimAttr a, int64_t b) {
  return a ? a - DimAttr::constant(a.getContext(), b) : DimAttr();
}
DimAttr operator*(DimAttr a, int64_t b) {
  return a ? a * DimAttr::constant(a.getContext(), b) : DimAttr();
}

DimAttr floorDiv(DimAttr a, DimAttr b) {
  if (!a || !b || b.isConstant(0) || hasCount(b))
    return {};
  auto *context = a.getContext();
  if (a == b && lowerBound(b).value_or(0) > 0)
    return DimAttr::constant(context, 1);
  if (!b.isConstant())
    return DimAttr::get(context, DimKind::Quotient, 0, "", {a, b});
  int64_t divisor = b.getValue();
  if (divisor == 1)
    return a;
  if (a.isConstant()) {
    auto quotient = floorDivide(a.getValue(), divisor);
    return quotient ? DimAttr::constant(context, *quotient) : DimAttr();
  }
  if (divisor < 0)
    return DimAttr::get(context, DimKind::Quotient, 0, "", {a, b});
  // (k * m + r) / k = m + r / k, rounded down, for every integer m.
  Polynomial rest(a);
  Polynomial whole = rest.takeMultiples(divisor);
  DimAttr remainder = rest.toAttr(context);
  DimAttr quotient;
  if (auto low = lowerBound(remainder), high = upperBound(remainder);
      low && high && *low >= 0 && *high < divisor) {
    quotient = DimAttr::constant(context, 0);
  } else {
    // (g * x + c) / (g * k) = (x + c / g) / k, each rounded down.
    int64_t common = divisor;
    for (const Term &term : rest.getTerms())
      if (!term.atoms.empty())
        common = std::gcd(common, term.coefficient);
    if (common > 1) {
      remainder = rest.takeMultiples(common).toAttr(context);
      divisor /= common;
    }
    // (x / j + c) / k = (x + c * j) / (j * k), rounding down twice or once.
    DimAttr inner = remainder;
    int64_t offset = 0, merged, shift;
    if (remainder.getKind() == DimKind::Sum && remainder.getOperands().size() == 2 &&
        remainder.operand(1).isConstant()) {
      inner = remainder.operand(0);
      offset = remainder.operand(1).getValue();
    }
    if (inner.getKind() == DimKind::Quotient && inner.operand(1).isConstant() &&
        inner.operand(1).getValue() > 0 &&
        !__builtin_mul_overflow(divisor, inner.operand(1).getValue(), &merged) &&
        !__builtin_mul_overflow(offset, inner.operand(1).getValue(), &shift))
      quotient = floorDiv(inner.operand(0) + shift, DimAttr::constant(context, merged));
    else
      quotient = DimAttr::get(context, DimKind::Quotient, 0, "",
                              {remainder, DimAttr::constant(context, divisor)});
  }
  return whole.toAttr(context) + quotient;
}

DimAttr floorDiv(DimAttr a, int64_t b) {
  return a ? floorDiv(a, DimAttr::constant(a.getContext(), b)) : DimAttr();
}
DimAttr ceilDiv(DimAttr a, int64_t b) { return b > 0 ? floorDiv(a + (b - 1), b) : DimAttr(); }
DimAttr mod(DimAttr a, DimAttr b) { return a - b * floorDiv(a, b); }
DimAttr minimum(DimAttr a, DimAttr b) { return extremum(a, b, true); }
DimAttr maximum(DimAttr a, DimAttr b) { return extremum(a, b, false); }

std::optional<int64_t> lowerBound(DimAttr dim) { return dim ? bounds(dim).low : std::nullopt; }
std::optional<int64_t> upperBound(DimAttr dim) { return dim ? bounds(dim).high : std::nullopt; }
bool provablyAtLeast(DimAttr a, DimAttr b) {
  auto low = lowerBound(withoutCounts(a - b, /*most=*/false));
  return low && *low >= 0;
}

void forEachCount(DimAttr dim, function_ref<void(DimAttr)> visit) {
  if (dim.getKind() == DimKind::Count)
    return visit(dim);
  for (unsigned i = 0; i < dim.getOperands().size(); ++i)
    forEachCount(dim.operand(i), visit);
}

bool hasCount(DimAttr dim) {
  bool found = false;
  if (dim)
    forEachCount(dim, [&](DimAttr) { found = true; });
  return found;
}

DimAttr boundOf(DimAttr dim) { return withoutCounts(dim, /*most=*/true); }

std::optional<int64_t> evaluate(DimAttr dim, const StringMap<int64_t> &symbols) {
  if (!dim)
    return std::nullopt;
  if (dim.getKind() == DimKind::Symbol || dim.getKind() == DimKind::Count) {
    auto found = symbols.find(dim.getSymbol());
    return found == symbols.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  SmallVector<int64_t, 4> values;
  for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
    auto value = evaluate(dim.operand(i), symbols);
    if (!value)
      return std::nullopt;
    values.push_back(*value);
  }
  switch (dim.getKind()) {
  case DimKind::Constant:
    return dim.getValue();
  case DimKind::Symbol:
  case DimKind::Count:
    break; // done above
  case DimKind::Sum: {
    std::optional<int64_t> sum = 0;
    for (int64_t value : values)
      sum = addBound(sum, value);
    return sum;
  }
  case DimKind::Product: {
    std::optional<int64_t> result = dim.getValue();
    for (int64_t value : values)
      result = mulBound(result, value);
    return result;
  }
  case DimKind::Quotient:
    return floorDivide(values[0], values[1]);
  case DimKind::Minimum:
    return std::min(values[0], values[1]);
  case DimKind::Maximum:
    return std::max(values[0], values[1]);
  }
  llvm_unreachable("a kind of extent without a value");
}

DimAttr substitute(DimAttr dim, const StringMap<DimAttr> &symbols) {
  if (!dim)
    return {};
  SmallVector<DimAttr, 4> parts;
  for (unsigned i = 0; i < dim.getOperands().size(); ++i)
    parts.push_back(substitute(dim.operand(i), symbols));
  switch (dim.getKind()) {
  case DimKind::Constant:
    return dim;
  case DimKind::Symbol: {
    auto found = symbols.find(dim.getSymbol());
    return found == symbols.end() ? dim : found->second;
  }
  case DimKind::Count: {
    auto found = symbols.find(dim.getSymbol());
    return found != symbols.end() ? found->second
                                  : DimAttr::count(dim.getContext(), dim.getSymbol(), parts[0]);
  }
  case DimKind::Sum: {
    DimAttr sum = DimAttr::constant(dim.getContext(), 0);
    for (DimAttr part : parts)
      sum = sum + part;
    return sum;
  }
  case DimKind::Product: {
    DimAttr result = DimAttr::constant(dim.getContext(), dim.getValue());
    for (DimAttr part : parts)
      result = result * part;
    return result;
  }
  case DimKind::Quotient:
    return floorDiv(parts[0], parts[1]);
  case DimKind::Minimum:
    return minimum(parts[0], parts[1]);
  case DimKind::Maximum:
    return maximum(parts[0], parts[1]);
  }
  llvm_unreachable("a kind of extent without parts");
}

void forEachSymbol(DimAttr dim, function_ref<void(StringRef)> visit) {
  if (dim.getKind() == DimKind::Symbol)
    visit(dim.getSymbol());
  for (unsigned i = 0; i < dim.getOperands().size(); ++i)
    forEachSymbol(dim.operand(i), visit);
}

DimAttr product(mlir::MLIRContext *context, ArrayRef<DimAttr> dims) {
  DimAttr result = DimAttr::constant(context, 1);
  for (DimAttr dim : dims)
    result = result * dim;
  return result;
}

} // namespace segc::seg
