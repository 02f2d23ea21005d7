//===- DimText.cpp - extents as text ----------------------------*- C++ -*-===//

#include "compiler/dialect/DimText.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace segc::seg {

namespace {

/// How tightly an expression binds: a sum needs parentheses inside a product.
enum Precedence { kSum, kProduct, kAtom };

/// Counts with their bounds, or by their names only.
std::string print(DimAttr dim, Precedence context, bool bounds) {
  std::string text;
  Precedence own = kAtom;
  switch (dim.getKind()) {
  case DimKind::Constant:
    own = dim.getValue() < 0 ? kSum : kAtom;
    text = std::to_string(dim.getValue());
    break;
  case DimKind::Symbol:
    text = dim.getSymbol().str();
    break;
  case DimKind::Count:
    text = dim.getSymbol().str();
    if (bounds)
      text = "count(" + text + ", " + print(dim.operand(0), kSum, bounds) + ")";
    break;
  case DimKind::Sum:
    own = kSum;
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      std::string term = print(dim.operand(i), kSum, bounds);
      if (i == 0)
        text = term;
      else if (StringRef(term).starts_with("-"))
        text += " - " + term.substr(1);
      else
        text += " + " + term;
    }
    break;
  case DimKind::Product:
    own = dim.getValue() < 0 ? kSum : kProduct;
    if (dim.getValue() == -1)
      text = "-";
    else if (dim.getValue() != 1)
      text = std::to_string(dim.getValue()) + " * ";
    for (unsigned i = 0; i < dim.getOperands().size(); ++i) {
      // A quotient goes in parentheses: a * b / c would round otherwise.
      std::string atom = print(dim.operand(i), kAtom, bounds);
      text += (i ? " * " : "") + atom;
    }
    break;
  case DimKind::Quotient:
    own = kProduct;
    text = print(dim.operand(0), kProduct, bounds) + " / " + print(dim.operand(1), kAtom, bounds);
    break;
  case DimKind::Minimum:
  case DimKind::Maximum:
    text = std::string(dim.getKind() == DimKind::Minimum ? "min(" : "max(") +
           print(dim.operand(0), kSum, bounds) + ", " + print(dim.operand(1), kSum, bounds) + ")";
    break;
  }
  return own < context ? "(" + text + ")" : text;
}

/// Recursive descent over: sum := product (('+' | '-') product)*
/// product := atom (('*' | '/' | '%') atom)*
/// atom := '-' atom | number | symbol | '(' sum ')' | ('min' | 'max') '(' sum ',' sum ')'
///       | 'count' '(' symbol ',' sum ')'
class Parser {
public:
  Parser(mlir::MLIRContext *context, StringRef text, std::string &error)
      : context(context), rest(text), error(error) {}

  DimAttr parse() {
    DimAttr result = sum(0);
    skipSpace();
    if (result && !rest.empty())
      return fail("unexpected '" + rest.take_front(1).str() + "'");
    return result;
  }

private:
  static constexpr int kMaxDepth = 100;

  DimAttr fail(const std::string &reason) {
    if (error.empty())
      error = reason;
    return {};
  }
  void skipSpace() { rest = rest.ltrim(); }
  bool take(char c) {
    skipSpace();
    if (!rest.starts_with(StringRef(&c, 1)))
      return false;
    rest = rest.drop_front();
    return true;
  }
  StringRef takeWord() {
    skipSpace();
    StringRef word = rest.take_while([](char c) { return isAlnum(c) || c == '_'; });
    rest = rest.drop_front(word.size());
    return word;
  }
  DimAttr checked(DimAttr result) {
    return result ? result : fail("the value overflows, or divides by zero");
  }

  DimAttr sum(int depth) {
    DimAttr left = product(depth);
    while (left) {
      bool plus = take('+');
      if (!plus && !take('-'))
        break;
      DimAttr right = product(depth);
      if (!right)
        return {};
      left = checked(plus ? left + right : left - right);
    }
    return left;
  }

  DimAttr product(int depth) {
    DimAttr left = atom(depth);
    while (left) {
      char op = take('*') ? '*' : take('/') ? '/' : take('%') ? '%' : 0;
      if (!op)
        break;
      DimAttr right = atom(depth);
      if (!right)
        return {};
      left = checked(op == '*'   ? left * right
                     : op == '/' ? floorDiv(left, right)
                                 : mod(left, right));
    }
    return left;
  }

  DimAttr atom(int depth) {
    if (depth > kMaxDepth)
      return fail("too deeply nested");
    if (take('-')) {
      DimAttr value = atom(depth + 1);
      return value ? checked(value * -1) : DimAttr();
    }
    if (take('(')) {
      DimAttr value = sum(depth + 1);
      if (value && !take(')'))
        return fail("expected ')'");
      return value;
    }
    StringRef word = takeWord();
    if (word.empty())
      return fail(rest.empty() ? "expected an extent"
                               : "unexpected '" + rest.take_front(1).str() + "'");
    if (isDigit(word.front())) {
      int64_t value;
      if (word.getAsInteger(10, value))
        return fail("'" + word.str() + "' is not a number");
      return DimAttr::constant(context, value);
    }
    if ((word == "min" || word == "max") && take('(')) {
      DimAttr a = sum(depth + 1);
      if (!a)
        return {};
      if (!take(','))
        return fail("expected ','");
      DimAttr b = sum(depth + 1);
      if (!b)
        return {};
      if (!take(')'))
        return fail("expected ')'");
      return checked(word == "min" ? minimum(a, b) : maximum(a, b));
    }
    if (word == "count" && take('(')) {
      StringRef name = takeWord();
      if (name.empty() || isDigit(name.front()))
        return fail("expected the name of a count");
      if (!take(','))
        return fail("expected ','");
      DimAttr bound = sum(depth + 1);
      if (bound && !take(')'))
        return fail("expected ')'");
      return DimAttr::count(context, name, bound);
    }
    return DimAttr::symbol(context, word);
  }

  mlir::MLIRContext *context;
  StringRef rest;
  std::string &error;
};

} // namespace

std::string toString(DimAttr dim) { return dim ? print(dim, kSum, true) : "<invalid>"; }
std::string shortText(DimAttr dim) { return dim ? print(dim, kSum, false) : "<invalid>"; }

DimAttr parseDim(mlir::MLIRContext *context, StringRef text, std::string &error) {
  error.clear();
  return Parser(context, text, error).parse();
}

} // namespace segc::seg
