//===- CallPrinter.cpp - intrinsics and math as C++ -------------*- C++ -*-===//
//
// The part of ExprPrinter that prints Halide's Call nodes.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/ExprPrinter.h"

#include <fmt/format.h>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

std::string ExprPrinter::bitwise(const Call *op, const char *sign) {
  return fmt::format("{} {} {}", print(op->args[0], Unary), sign, print(op->args[1], Unary));
}

bool ExprPrinter::visitIntrinsic(const Call *op) {
  const std::string type = typeName(op->type);
  const bool isSmall = op->type.is_scalar() && op->type.bits() < 32;
  auto narrowed = [&](const std::string &text, Binding binding) {
    if (isSmall)
      result(fmt::format("static_cast<{}>({})", type, text));
    else
      result(text, binding);
  };

  if (op->is_intrinsic({Call::likely, Call::likely_if_innermost, Call::strict_float,
                        Call::promise_clamped, Call::unsafe_promise_clamped})) {
    std::string value = print(op->args[0]);
    result(std::move(value), textBinding);
  } else if (op->is_intrinsic(Call::require)) {
    // What a kernel claims of a coordinate (within), where assertions are printed.
    std::string holds = print(op->args[0], Equality);
    if (op->args[0].type().is_vector())
      holds = fmt::format("reduceLanes({}, [](auto a, auto b) {{ return a & b; }}) != 0", holds);
    result(fmt::format("({} ? void() : segc::kernelAssertionFailed(\"{}\", \"a coordinate is not "
                       "where the kernel claims it to be\"), {})",
                       holds, kernelName, print(op->args[1])));
  } else if (op->is_intrinsic(Call::return_second)) {
    const Call *fetch = op->args[0].as<Call>();
    if (fetch && fetch->is_intrinsic(Call::prefetch)) {
      const Variable *buffer = fetch->args[0].as<Variable>();
      const std::string line = address(buffer->name, fetch->args[1]);
      result(fmt::format("prefetching({}, {})", print(op->args[1]), line));
    } else {
      std::string value = print(op->args[1]);
      result(std::move(value), textBinding);
    }
  } else if (op->is_intrinsic(Call::if_then_else)) {
    if (op->args.size() != 3 || op->args[0].type().is_vector())
      fail("an if_then_else of vectors cannot be printed");
    std::string condition = print(op->args[0], Equality);
    std::string ifTrue = printLazily(op->args[1]), ifFalse = printLazily(op->args[2]);
    narrowed(fmt::format("{} ? {} : {}", condition, ifTrue, ifFalse), Ternary);
  } else if (op->is_intrinsic(Call::abs)) {
    // The absolute value of an integer is unsigned.
    std::string whole = call("absolute", {op->args[0]});
    if (op->type != op->args[0].type())
      whole =
          fmt::format("{}<{}>({})", op->type.is_vector() ? "bitcast" : "static_cast", type, whole);
    result(std::move(whole));
  } else if (op->is_intrinsic(Call::absd)) {
    Expr a = op->args[0], b = op->args[1];
    std::string whole = print(cast(op->type, max(a, b) - min(a, b)));
    result(std::move(whole), textBinding);
  } else if (op->is_intrinsic(Call::bitwise_and)) {
    narrowed(bitwise(op, "&"), Bitwise);
  } else if (op->is_intrinsic(Call::bitwise_or)) {
    narrowed(bitwise(op, "|"), Bitwise);
  } else if (op->is_intrinsic(Call::bitwise_xor)) {
    narrowed(bitwise(op, "^"), Bitwise);
  } else if (op->is_intrinsic(Call::bitwise_not)) {
    narrowed((op->type.is_bool() && op->type.is_scalar() ? "!" : "~") + print(op->args[0], Primary),
             Unary);
  } else if (op->is_intrinsic({Call::shift_left, Call::shift_right})) {
    // A constant count is never negative; Halide lowers the others.
    const bool isLeft = op->is_intrinsic(Call::shift_left);
    if (isLeft && op->type.is_scalar() && op->type.is_int())
      result(fmt::format("shiftLeft({}, static_cast<int>({}))", print(op->args[0]),
                         print(op->args[1])));
    else
      narrowed(bitwise(op, isLeft ? "<<" : ">>"), Shift);
  } else if (op->is_intrinsic(Call::reinterpret)) {
    if (op->type.is_handle() || op->args[0].type().is_handle())
      fail("a pointer inside an expression cannot be printed");
    result(call("bitcast<" + type + ">", {op->args[0]}));
  } else if (op->is_intrinsic(Call::div_round_to_zero)) {
    narrowed(fmt::format("{} / {}", print(op->args[0], Product), print(op->args[1], Unary)),
             Product);
  } else if (op->is_intrinsic(Call::mod_round_to_zero)) {
    narrowed(fmt::format("{} % {}", print(op->args[0], Product), print(op->args[1], Unary)),
             Product);
  } else if (op->is_intrinsic(Call::mux)) {
    std::string whole = print(lower_mux(op));
    result(std::move(whole), textBinding);
  } else if (op->is_intrinsic(Call::lerp)) {
    std::string whole =
        print(lower_lerp(op->type, op->args[0], op->args[1], op->args[2], Target()));
    result(std::move(whole), textBinding);
  } else if (op->type.is_scalar() && op->is_intrinsic(Call::popcount)) {
    narrowed(fmt::format("__builtin_popcountll({})", print(op->args[0])), Primary);
  } else if (op->is_intrinsic({Call::widening_add, Call::widening_sub, Call::widening_mul,
                               Call::halving_add, Call::saturating_add, Call::saturating_sub,
                               Call::rounding_halving_add, Call::rounding_shift_right,
                               Call::rounding_shift_left, Call::mul_shift_right,
                               Call::rounding_mul_shift_right, Call::sorted_avg, Call::halving_sub,
                               Call::widening_shift_left, Call::widening_shift_right})) {
    std::string whole = print(lower_intrinsics(Expr(op)));
    result(std::move(whole), textBinding);
  } else {
    return false;
  }
  return true;
}

bool ExprPrinter::visitMathFunction(const Call *op) {
  std::string name = op->name;
  const bool isDouble = name.size() > 4 && name.compare(name.size() - 4, 4, "_f64") == 0;
  if (!isDouble && (name.size() < 5 || name.compare(name.size() - 4, 4, "_f32") != 0))
    return false;
  name.resize(name.size() - 4);

  // Functions with vector forms in segc_vector.h.
  static const std::map<std::string, std::string> vectorised{
      {"floor", "floor"}, {"ceil", "ceil"}, {"trunc", "trunc"},
      {"round", "round"}, {"sqrt", "sqrt"}, {"is_nan", "isNaN"}};
  auto known = vectorised.find(name);
  if (known != vectorised.end()) {
    result(call(known->second, op->args));
    return true;
  }
  static const std::map<std::string, const char *> constants{{"inf", "__builtin_inff()"},
                                                             {"neg_inf", "-__builtin_inff()"},
                                                             {"nan", "__builtin_nanf(\"\")"}};
  auto constant = constants.find(name);
  if (constant != constants.end()) {
    const std::string scalar = constant->second;
    result(op->type.is_vector() ? fmt::format("broadcast<{}>({})", typeName(op->type), scalar)
                                : "(" + scalar + ")");
    return true;
  }
  static const std::set<std::string> ofLibrary{"sin",  "cos",  "tan",  "asin",  "acos",  "atan",
                                               "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
                                               "exp",  "log",  "pow",  "atan2", "erf",   "fmod"};
  if (!ofLibrary.count(name))
    return false;
  if (op->type.is_scalar()) {
    result(call("std::" + name, op->args));
    return true;
  }
  const char *element = isDouble ? "double" : "float";
  if (op->args.size() == 1)
    result(fmt::format("eachLane({}, []({} x) {{ return std::{}(x); }})", print(op->args[0]),
                       element, name));
  else
    result(fmt::format("eachLane({}, {}, []({} x, {} y) {{ return std::{}(x, y); }})",
                       print(op->args[0]), print(op->args[1]), element, element, name));
  return true;
}

void ExprPrinter::visit(const Call *op) {
  if (op->is_intrinsic() ? visitIntrinsic(op) : visitMathFunction(op))
    return;
  fail(fmt::format("a call of '{}' cannot be printed", op->name));
}

} // namespace segc
