//===- ExprPrinter.cpp - Halide expressions as C++ --------------*- C++ -*-===//

#include "compiler/codegen/ExprPrinter.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <sstream>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

std::string elementName(Type type) {
  const char kind = type.is_float() ? 'f' : type.is_uint() ? 'u' : 'i';
  return fmt::format("{}{}", kind, type.bits());
}

bool isPowerOfTwo(int64_t value) { return value > 0 && (value & (value - 1)) == 0; }

int exponentOf(int64_t powerOfTwo) {
  int exponent = 0;
  while (powerOfTwo >>= 1)
    ++exponent;
  return exponent;
}

/// The value of a constant, scalar or in every lane.
std::optional<int64_t> constantOf(const Expr &expr) {
  Expr scalar = expr;
  if (const Broadcast *broadcast = expr.as<Broadcast>())
    scalar = broadcast->value;
  if (const int64_t *value = as_const_int(scalar))
    return *value;
  if (const uint64_t *value = as_const_uint(scalar))
    if (*value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return static_cast<int64_t>(*value);
  return std::nullopt;
}

} // namespace

std::string ExprPrinter::typeName(Type type) {
  if (type.is_vector())
    return fmt::format("{}x{}", type.is_bool() ? "i32" : elementName(type), type.lanes());
  if (type.is_bool())
    return "bool";
  if (type.is_float())
    return type.bits() == 64 ? "double" : "float";
  return fmt::format("{}int{}_t", type.is_uint() ? "u" : "", type.bits());
}

std::string ExprPrinter::storageName(Type type) {
  return type.is_bool() ? "uint8_t" : typeName(type.element_of());
}

bool ExprPrinter::isPrintable(Type type) {
  return isPowerOfTwo(type.lanes()) && type.lanes() <= 64;
}

void ExprPrinter::fail(const std::string &what) const {
  throw PrintError(fmt::format("kernel {}: {}", kernelName, what));
}

void ExprPrinter::failOn(const std::string &what, const Expr &expr) const {
  std::ostringstream halide;
  halide << expr;
  fail(fmt::format("{} cannot be printed: {}", what, halide.str()));
}

std::string ExprPrinter::print(const Expr &expr, Binding atLeast) {
  const Type type = expr.type();
  if (!isPrintable(type))
    failOn(fmt::format("a vector of {} lanes", type.lanes()), expr);
  if (type.is_float() && type.bits() < 32)
    fail("16-bit floats cannot be printed");
  text.clear();
  expr.accept(this);
  if (text.empty())
    fail("an expression of an unknown kind cannot be printed");
  if (textBinding < atLeast)
    return "(" + text + ")";
  return text;
}

void ExprPrinter::result(std::string newText, Binding binding) {
  text = std::move(newText);
  textBinding = binding;
}

std::string ExprPrinter::call(const std::string &function, const std::vector<Expr> &args) {
  std::string list;
  for (const Expr &arg : args)
    list += (list.empty() ? "" : ", ") + print(arg);
  return function + "(" + list + ")";
}

void ExprPrinter::visit(const IntImm *op) {
  if (op->type.bits() == 32) {
    if (op->value == std::numeric_limits<int32_t>::min())
      return result("INT32_MIN");
    return result(std::to_string(op->value), op->value < 0 ? Unary : Primary);
  }
  if (op->value == std::numeric_limits<int64_t>::min())
    return result("INT64_MIN");
  result(fmt::format("{}{{{}}}", typeName(op->type), op->value));
}

void ExprPrinter::visit(const UIntImm *op) {
  if (op->type.is_bool())
    return result(op->value ? "true" : "false");
  result(fmt::format("{}{{{}u}}", typeName(op->type), op->value));
}

void ExprPrinter::visit(const FloatImm *op) {
  const bool isDouble = op->type.bits() == 64;
  if (std::isnan(op->value))
    return result(isDouble ? "__builtin_nan(\"\")" : "__builtin_nanf(\"\")");
  if (std::isinf(op->value))
    return result(fmt::format("{}__builtin_inf{}()", op->value < 0 ? "-" : "", isDouble ? "" : "f"),
                  op->value < 0 ? Unary : Primary);
  // The shortest text that reads back as the same number.
  std::string digits =
      isDouble ? fmt::format("{}", op->value) : fmt::format("{}", static_cast<float>(op->value));
  if (digits.find_first_of(".e") == std::string::npos)
    digits += ".0";
  result(digits + (isDouble ? "" : "f"), digits[0] == '-' ? Unary : Primary);
}

void ExprPrinter::visit(const StringImm *) { fail("a string inside an expression"); }

void ExprPrinter::visit(const Cast *op) {
  const Type from = op->value.type(), to = op->type;
  const std::string value = print(op->value), target = typeName(to);
  if (from == to)
    return;
  if (!to.is_vector())
    return result(to.is_bool() ? fmt::format("({} != 0)", value)
                               : fmt::format("static_cast<{}>({})", target, value));
  if (to.is_bool())
    return result(fmt::format("mask({} != {}{{}})", value, typeName(from)));
  if (from.is_bool())
    return result(fmt::format("convertMask<{}>({})", target, value));
  result(fmt::format("convert<{}>({})", target, value));
}

void ExprPrinter::visit(const Variable *op) {
  const std::string name = names.find(op->name);
  if (name.empty())
    fail(fmt::format("'{}' is not known when the kernel is compiled", op->name));
  result(name);
}

void ExprPrinter::arithmetic(Type type, const Expr &a, const char *sign, const Expr &b,
                             Binding binding) {
  const std::string left = print(a, binding);
  const std::string right = print(b, static_cast<Binding>(binding + 1));
  std::string whole = fmt::format("{} {} {}", left, sign, right);
  // C++ computes in int.
  if (type.is_scalar() && !type.is_float() && type.bits() < 32)
    return result(fmt::format("static_cast<{}>({})", typeName(type), whole));
  result(std::move(whole), binding);
}

void ExprPrinter::visit(const Add *op) {
  if ((op->type.is_vector() || fusesScalars) && op->type.is_float()) {
    const Mul *product = op->b.as<Mul>();
    Expr addend = op->a;
    if (!product) {
      product = op->a.as<Mul>();
      addend = op->b;
    }
    if (product)
      return result(call("fma", {product->a, product->b, addend}));
  }
  if (const int64_t *constant = as_const_int(op->b))
    if (*constant < 0 && *constant > std::numeric_limits<int32_t>::min() && op->type == Int(32))
      return result(fmt::format("{} - {}", print(op->a, Sum), -*constant), Sum);
  arithmetic(op->type, op->a, "+", op->b, Sum);
}

void ExprPrinter::visit(const Sub *op) {
  if ((op->type.is_vector() || fusesScalars) && op->type.is_float()) {
    if (const Mul *product = op->b.as<Mul>()) {
      const std::string factor = print(product->a, Unary), other = print(product->b);
      return result(fmt::format("fma(-{}, {}, {})", factor, other, print(op->a)));
    }
    if (const Mul *product = op->a.as<Mul>()) {
      const std::string factor = print(product->a), other = print(product->b);
      return result(fmt::format("fma({}, {}, -{})", factor, other, print(op->b, Unary)));
    }
  }
  arithmetic(op->type, op->a, "-", op->b, Sum);
}

void ExprPrinter::visit(const Mul *op) { arithmetic(op->type, op->a, "*", op->b, Product); }

void ExprPrinter::visit(const Div *op) {
  if (op->type.is_float())
    return arithmetic(op->type, op->a, "/", op->b, Product);
  std::optional<int64_t> divisor = constantOf(op->b);
  if (divisor && isPowerOfTwo(*divisor) && op->type.bits() >= 32)
    return result(fmt::format("{} >> {}", print(op->a, Unary), exponentOf(*divisor)), Shift);
  result(call("divide", {op->a, op->b}));
}

void ExprPrinter::visit(const Mod *op) {
  if (op->type.is_float())
    fail("the remainder of floats cannot be printed");
  std::optional<int64_t> divisor = constantOf(op->b);
  if (divisor && isPowerOfTwo(*divisor) && op->type.bits() >= 32)
    return result(fmt::format("{} & {}", print(op->a, Unary), *divisor - 1), Bitwise);
  result(call("modulo", {op->a, op->b}));
}

void ExprPrinter::visit(const Min *op) { result(callOfTwo("min", op->a, op->b)); }

void ExprPrinter::visit(const Max *op) { result(callOfTwo("max", op->a, op->b)); }

std::string ExprPrinter::callOfTwo(const char *function, const Expr &a, const Expr &b) {
  // Of a number and NaN these return the second operand. With the constant first NaN stays NaN, as
  // in every framework that models come from.
  return a.type().is_float() && is_const(b) ? call(function, {b, a}) : call(function, {a, b});
}

void ExprPrinter::comparison(const Expr &a, const char *sign, const Expr &b, Binding binding) {
  // Operands in parentheses unless they are sums or simpler: compilers warn of less.
  std::string whole = fmt::format("{} {} {}", print(a, Sum), sign, print(b, Sum));
  if (a.type().is_vector() && a.type().bits() != 32 && !a.type().is_bool())
    return result("mask(" + whole + ")");
  result(std::move(whole), binding);
}

void ExprPrinter::visit(const EQ *op) { comparison(op->a, "==", op->b, Equality); }
void ExprPrinter::visit(const NE *op) { comparison(op->a, "!=", op->b, Equality); }
void ExprPrinter::visit(const LT *op) { comparison(op->a, "<", op->b, Relation); }
void ExprPrinter::visit(const LE *op) { comparison(op->a, "<=", op->b, Relation); }
void ExprPrinter::visit(const GT *op) { comparison(op->a, ">", op->b, Relation); }
void ExprPrinter::visit(const GE *op) { comparison(op->a, ">=", op->b, Relation); }

void ExprPrinter::visit(const And *op) {
  if (op->type.is_vector())
    return result(fmt::format("{} & {}", print(op->a, Unary), print(op->b, Unary)), Bitwise);
  result(fmt::format("{} && {}", print(op->a, Equality), print(op->b, Equality)), Logical);
}

void ExprPrinter::visit(const Or *op) {
  if (op->type.is_vector())
    return result(fmt::format("{} | {}", print(op->a, Unary), print(op->b, Unary)), Bitwise);
  result(fmt::format("{} || {}", print(op->a, Equality), print(op->b, Equality)), Logical);
}

void ExprPrinter::visit(const Not *op) {
  result((op->type.is_vector() ? "~" : "!") + print(op->a, Primary), Unary);
}

std::string ExprPrinter::printLazily(const Expr &expr) {
  ++lazyDepth;
  std::string branch = print(expr, Logical);
  --lazyDepth;
  return branch;
}

void ExprPrinter::visit(const Select *op) {
  if (op->condition.type().is_vector())
    return result(call("select", {op->condition, op->true_value, op->false_value}));
  std::string condition = print(op->condition, Equality);
  std::string ifTrue = printLazily(op->true_value), ifFalse = printLazily(op->false_value);
  std::string whole = fmt::format("{} ? {} : {}", condition, ifTrue, ifFalse);
  if (op->type.is_scalar() && !op->type.is_float() && op->type.bits() < 32)
    return result(fmt::format("static_cast<{}>({})", typeName(op->type), whole));
  result(std::move(whole), Ternary);
}

void ExprPrinter::visit(const Let *op) {
  const std::string value = print(op->value);
  const std::string name = names.declare(op->name);
  const std::string line =
      fmt::format("const {} {} = {};", typeName(op->value.type()), name, value);
  if (lazyDepth) {
    result(fmt::format("[&] {{ {} return {}; }}()", line, print(op->body)));
  } else {
    emitLine(line);
    std::string body = print(op->body);
    result(std::move(body), textBinding);
  }
  names.forget(op->name);
  // The variable outlives the expression: its name stays taken.
  names.reserve(name);
}

} // namespace segc
