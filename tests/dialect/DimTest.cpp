// Arithmetic on extents: the canonical form has the value of the plain formula, its text reads
// back as itself, and bounds hold. Expressions are random; some are written out below.

#include "compiler/dialect/Dim.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>

using namespace segc::seg;

namespace {

/// A formula as it was written, evaluated without any rewriting.
struct Formula {
  enum Op { Number, Symbol, Count, Add, Subtract, Multiply, Divide, Modulo, Min, Max } op;
  int64_t number = 0;
  std::string symbol;
  std::shared_ptr<Formula> left, right;
};

using Values = llvm::StringMap<int64_t>;

const char *const kSymbols[] = {"h", "w", "n"};

/// Counts: "few", at most 5, and "many", at most 3 h - 1.
Formula randomFormula(int depth, bool counts = false) {
  Formula formula;
  int kind = depth ? *rc::gen::inRange(0, 10) : *rc::gen::inRange(0, 2);
  if (counts && kind == 1 && *rc::gen::inRange(0, 2)) {
    formula.op = Formula::Count;
    formula.symbol = *rc::gen::inRange(0, 2) ? "few" : "many";
    return formula;
  }
  if (kind == 0) {
    formula.op = Formula::Number;
    formula.number = *rc::gen::inRange(-6, 9);
  } else if (kind == 1 || kind == 9) {
    formula.op = Formula::Symbol;
    formula.symbol = kSymbols[*rc::gen::inRange(0, 3)];
  } else {
    formula.op = static_cast<Formula::Op>(kind + 1);
    formula.left = std::make_shared<Formula>(randomFormula(depth - 1, counts));
    formula.right = std::make_shared<Formula>(randomFormula(depth - 1, counts));
  }
  return formula;
}

int64_t floorOf(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// Nothing for a division by zero, and for values that are too large to be of interest.
std::optional<int64_t> valueOf(const Formula &formula, const Values &values) {
  if (formula.op == Formula::Number)
    return formula.number;
  if (formula.op == Formula::Symbol || formula.op == Formula::Count)
    return values.lookup(formula.symbol);
  auto left = valueOf(*formula.left, values), right = valueOf(*formula.right, values);
  if (!left || !right)
    return std::nullopt;
  int64_t a = *left, b = *right, result = 0;
  bool divides = formula.op == Formula::Divide || formula.op == Formula::Modulo;
  if (divides && b == 0)
    return std::nullopt;
  switch (formula.op) {
  case Formula::Add:
    result = a + b;
    break;
  case Formula::Subtract:
    result = a - b;
    break;
  case Formula::Multiply:
    result = a * b;
    break;
  case Formula::Divide:
    result = floorOf(a, b);
    break;
  case Formula::Modulo:
    result = a - b * floorOf(a, b);
    break;
  case Formula::Min:
    result = std::min(a, b);
    break;
  default:
    result = std::max(a, b);
    break;
  }
  return std::abs(result) < 1'000'000'000 ? std::optional(result) : std::nullopt;
}

/// The canonical form; null where a divisor is found to be zero.
DimAttr dimOf(mlir::MLIRContext *context, const Formula &formula) {
  if (formula.op == Formula::Number)
    return DimAttr::constant(context, formula.number);
  if (formula.op == Formula::Symbol)
    return DimAttr::symbol(context, formula.symbol);
  if (formula.op == Formula::Count)
    return DimAttr::count(context, formula.symbol,
                          formula.symbol == "few" ? DimAttr::constant(context, 5)
                                                  : DimAttr::symbol(context, "h") * 3 - 1);
  DimAttr a = dimOf(context, *formula.left), b = dimOf(context, *formula.right);
  if (!a || !b)
    return {};
  switch (formula.op) {
  case Formula::Add:
    return a + b;
  case Formula::Subtract:
    return a - b;
  case Formula::Multiply:
    return a * b;
  case Formula::Divide:
    return floorDiv(a, b);
  case Formula::Modulo:
    return mod(a, b);
  case Formula::Min:
    return minimum(a, b);
  default:
    return maximum(a, b);
  }
}

Values randomValues() {
  Values values;
  for (const char *symbol : kSymbols)
    values[symbol] = *rc::gen::inRange(1, 40);
  values["few"] = *rc::gen::inRange(0, 6);
  values["many"] = *rc::gen::inRange<int64_t>(0, 3 * values["h"]);
  return values;
}

class Dim : public ::testing::Test {
protected:
  Dim() { context.loadDialect<SegDialect>(); }

  /// The text of the canonical form.
  std::string canonical(llvm::StringRef text) {
    std::string error;
    DimAttr dim = parseDim(&context, text, error);
    return dim ? toString(dim) : "error: " + error;
  }

  mlir::MLIRContext context;
};

TEST_F(Dim, CanonicalFormHasTheValueOfTheFormula) {
  EXPECT_TRUE(rc::check([&] {
    Formula formula = randomFormula(3);
    Values values = randomValues();
    auto expected = valueOf(formula, values);
    RC_PRE(expected.has_value());
    DimAttr dim = dimOf(&context, formula);
    RC_ASSERT(dim);
    RC_LOG() << toString(dim);
    RC_ASSERT(evaluate(dim, values) == expected);
  }));
}

TEST_F(Dim, TextReadsBackAsItself) {
  EXPECT_TRUE(rc::check([&] {
    DimAttr dim = dimOf(&context, randomFormula(3));
    RC_PRE(dim != DimAttr());
    std::string error, text = toString(dim);
    RC_LOG() << text;
    DimAttr again = parseDim(&context, text, error);
    RC_ASSERT(error.empty());
    RC_ASSERT(again == dim);
  }));
}

TEST_F(Dim, BoundsHold) {
  EXPECT_TRUE(rc::check([&] {
    Formula formula = randomFormula(3);
    Values values = randomValues();
    auto value = valueOf(formula, values);
    RC_PRE(value.has_value());
    DimAttr dim = dimOf(&context, formula);
    RC_ASSERT(dim);
    RC_LOG() << toString(dim);
    RC_ASSERT(lowerBound(dim).value_or(*value) <= *value);
    RC_ASSERT(upperBound(dim).value_or(*value) >= *value);
  }));
}

TEST_F(Dim, SubstitutionIsEvaluationInTwoSteps) {
  EXPECT_TRUE(rc::check([&] {
    Formula formula = randomFormula(2);
    DimAttr dim = dimOf(&context, formula);
    RC_PRE(dim != DimAttr());
    // h becomes 2 w + 1.
    DimAttr replacement = DimAttr::symbol(&context, "w") * 2 + 1;
    llvm::StringMap<DimAttr> map;
    map["h"] = replacement;
    Values values = randomValues();
    values["h"] = 2 * values["w"] + 1;
    auto expected = valueOf(formula, values);
    RC_PRE(expected.has_value());
    RC_ASSERT(evaluate(substitute(dim, map), values) == expected);
  }));
}

TEST_F(Dim, EqualExtentsAreTheSameAttribute) {
  EXPECT_EQ(canonical("h + w"), canonical("w + h"));
  EXPECT_EQ(canonical("(h + 1) * (h - 1)"), "h * h - 1");
  EXPECT_EQ(canonical("h - h"), "0");
  // The height behind two convolutions of stride 2, and an upsampling that undoes them.
  EXPECT_EQ(canonical("((h - 1) / 2 + 1 - 1) / 2 + 1"), canonical("(h - 1) / 4 + 1"));
  EXPECT_EQ(canonical("(2 * h) / 2"), "h");
  EXPECT_EQ(canonical("(4 * h + 2) / 4"), "h");
  EXPECT_EQ(canonical("(2 * h + 2) / 4"), canonical("(h + 1) / 2"));
  EXPECT_EQ(canonical("min(h, h + 1)"), "h");
  EXPECT_EQ(canonical("max(h, 1)"), "h");
  EXPECT_EQ(canonical("7 % 3"), "1");
  EXPECT_EQ(canonical("-7 / 2"), "-4"); // rounded down, not towards zero
}

TEST_F(Dim, CountsHaveValuesAndBounds) {
  EXPECT_TRUE(rc::check([&] {
    Formula formula = randomFormula(3, /*counts=*/true);
    Values values = randomValues();
    auto expected = valueOf(formula, values);
    RC_PRE(expected.has_value());
    DimAttr dim = dimOf(&context, formula);
    RC_PRE(dim != DimAttr()); // divided by a count
    RC_LOG() << toString(dim);
    RC_ASSERT(evaluate(dim, values) == expected);
    RC_ASSERT(lowerBound(dim).value_or(*expected) <= *expected);
    RC_ASSERT(upperBound(dim).value_or(*expected) >= *expected);
    std::string error, text = toString(dim);
    RC_ASSERT(parseDim(&context, text, error) == dim);
    DimAttr bound = boundOf(dim);
    RC_ASSERT(!bound || !hasCount(bound));
    auto most = evaluate(bound, values);
    RC_ASSERT(!most || *most >= *expected);
  }));
}

TEST_F(Dim, CountsInWords) {
  auto bound = [&](llvm::StringRef text) {
    std::string error;
    DimAttr dim = boundOf(parseDim(&context, text, error));
    return dim ? toString(dim) : "none " + error;
  };
  EXPECT_EQ(canonical("count(boxes, 300 * n) + 1"), "count(boxes, 300 * n) + 1");
  EXPECT_EQ(bound("4 * count(boxes, 300 * n) + h"), "h + 1200 * n");
  EXPECT_EQ(bound("h - count(boxes, n)"), "h");
  EXPECT_EQ(bound("h - min(h, count(a, 9) - 4)"), "h + 4");
  EXPECT_EQ(bound("min(count(a, h), 7) * count(b, count(c, n))"), "n * min(7, h)");
  EXPECT_EQ(bound("(count(a, h) + 1) / 2"), "(h + 1) / 2");
  EXPECT_EQ(bound("count(a, h) * min(h - 9, w)"), "none ");
  // What is known of bounds.
  EXPECT_EQ(canonical("min(count(a, h), h)"), "count(a, h)");
  EXPECT_EQ(canonical("max(count(a, h), 0)"), "count(a, h)");
  EXPECT_EQ(canonical("max(count(a, h), 1)"), "max(1, count(a, h))");
  // A count may be 0.
  EXPECT_EQ(canonical("h / count(a, 9)"), "error: the value overflows, or divides by zero");
  EXPECT_EQ(canonical("count(a, 9) / count(a, 9)"),
            "error: the value overflows, or divides by zero");
  EXPECT_EQ(canonical("count(9, h)"), "error: expected the name of a count");
  EXPECT_EQ(canonical("count(a)"), "error: expected ','");
  EXPECT_EQ(canonical("count"), "count"); // a symbol like any other
  // Names stand for values in both.
  llvm::StringMap<DimAttr> map;
  map["h"] = DimAttr::constant(&context, 8);
  std::string error;
  DimAttr count = parseDim(&context, "2 * count(a, h + w)", error);
  EXPECT_EQ(toString(substitute(count, map)), "2 * count(a, w + 8)");
  map["a"] = DimAttr::constant(&context, 3);
  EXPECT_EQ(toString(substitute(count, map)), "6");
}

TEST_F(Dim, WhatIsNoExtentIsRefused) {
  EXPECT_EQ(canonical("h /"), "error: expected an extent");
  EXPECT_EQ(canonical("h / 0"), "error: the value overflows, or divides by zero");
  EXPECT_EQ(canonical("9223372036854775807 * 2"), "error: the value overflows, or divides by zero");
  EXPECT_EQ(canonical("(h"), "error: expected ')'");
  EXPECT_EQ(canonical("h $"), "error: unexpected '$'");
  EXPECT_EQ(canonical("min(h)"), "error: expected ','");
  EXPECT_EQ(canonical(std::string(1000, '(')), "error: too deeply nested");
}

TEST_F(Dim, NullSpreads) {
  DimAttr h = DimAttr::symbol(&context, "h"), zero = DimAttr::constant(&context, 0);
  DimAttr null = floorDiv(h, zero);
  EXPECT_FALSE(null);
  EXPECT_FALSE(null + h);
  EXPECT_FALSE(h * null);
  EXPECT_FALSE(minimum(h, null));
  EXPECT_FALSE(DimAttr::constant(&context, INT64_MAX) + 1);
  EXPECT_FALSE(evaluate(h, Values()).has_value());
}

} // namespace
