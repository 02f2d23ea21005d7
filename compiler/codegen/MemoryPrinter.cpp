//===- MemoryPrinter.cpp - loads, lanes and shuffles as C++ -----*- C++ -*-===//
//
// The part of ExprPrinter that deals with memory and with the lanes of vectors.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/ExprPrinter.h"

#include <fmt/format.h>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

std::string ExprPrinter::pointerTo(const std::string &halideName) const {
  auto pointer = pointers.find(halideName);
  if (pointer == pointers.end())
    fail(fmt::format("buffer '{}' is no argument and no allocation", halideName));
  return pointer->second;
}

std::string ExprPrinter::address(const std::string &halideName, const Expr &index) {
  const std::string pointer = pointerTo(halideName);
  Expr rest = index;
  int64_t constant = 0;
  if (const int64_t *whole = as_const_int(index)) {
    constant = *whole;
    rest = Expr();
  } else if (const Add *sum = index.as<Add>()) {
    if (const int64_t *part = as_const_int(sum->b)) {
      constant = *part;
      rest = sum->a;
    }
  }
  std::string text = pointer;
  if (rest.defined())
    text += " + " + print(rest, Product);
  if (constant)
    text += fmt::format(" {} {}", constant < 0 ? '-' : '+', constant < 0 ? -constant : constant);
  return text;
}

std::string ExprPrinter::registerName(const std::string &halideName, const Expr &index) const {
  auto tile = tiles.find(halideName);
  if (tile == tiles.end())
    return "";
  return fmt::format("{}{}", tile->second.name, registerIndex(index, tile->second.shape.lanes));
}

void ExprPrinter::visit(const Load *op) {
  const std::string inRegister = registerName(op->name, op->index);
  if (!inRegister.empty())
    return result(inRegister);

  const Type type = op->type;
  const std::string vector =
      typeName(type.is_bool() ? type.with_code(Type::UInt).with_bits(8) : type);
  const bool always = is_const_one(op->predicate);
  const Ramp *dense = op->index.as<Ramp>();
  std::string load;
  if (type.is_scalar()) {
    if (!always)
      fail("a conditional load of one element cannot be printed");
    // a[i] reads better than *(a + i), but only where nothing is folded into the pointer.
    const Add *sum = op->index.as<Add>();
    load = sum && as_const_int(sum->b)
               ? "*(" + address(op->name, op->index) + ")"
               : fmt::format("{}[{}]", pointerTo(op->name), print(op->index));
    if (type.is_bool())
      load = "(" + load + " != 0)";
    if (narrow.count(op->name))
      load = "static_cast<float>(" + load + ")";
  } else if (!always) {
    load = fmt::format("gatherIf<{}>({}, {}, {})", vector, pointerTo(op->name), print(op->index),
                       print(op->predicate));
  } else if (dense && dense->base.type().is_scalar() && is_const_one(dense->stride)) {
    load = fmt::format("load<{}>({})", vector, address(op->name, dense->base));
  } else if (dense && dense->base.type().is_scalar()) {
    load = fmt::format("loadStrided<{}>({}, {})", vector, address(op->name, dense->base),
                       print(dense->stride));
  } else {
    load = fmt::format("gather<{}>({}, {})", vector, pointerTo(op->name), print(op->index));
  }
  auto known = loaded.find(load);
  if (known != loaded.end())
    return result(known->second);
  if (type.is_bool() && type.is_vector())
    return result(fmt::format("mask({} != {}{{}})", load, vector));
  result(load, load[0] == '*' ? Unary : Primary);
}

void ExprPrinter::visit(const Ramp *op) {
  if (op->base.type().is_vector())
    fail("a ramp of vectors cannot be printed");
  result(call("ramp<" + typeName(op->type) + ">", {op->base, op->stride}));
}

void ExprPrinter::visit(const Broadcast *op) {
  std::string text;
  if (op->value.type().is_vector()) {
    const std::string value = print(op->value);
    text = fmt::format("__builtin_shufflevector({0}, {0}", value);
    for (int i = 0; i < op->type.lanes(); ++i)
      text += fmt::format(", {}", i % op->value.type().lanes());
    text += ")";
  } else if (op->type.is_bool()) {
    text = call("broadcastMask<" + typeName(op->type) + ">", {op->value});
  } else {
    text = call("broadcast<" + typeName(op->type) + ">", {op->value});
  }
  auto known = loaded.find(text);
  result(known == loaded.end() ? text : known->second);
}

void ExprPrinter::visit(const Shuffle *op) {
  if (op->indices.size() == 1) {
    int index = op->indices[0];
    for (const Expr &vector : op->vectors) {
      if (index < vector.type().lanes()) {
        std::string value = print(vector, Primary);
        if (vector.type().is_scalar())
          return result(value);
        value += fmt::format("[{}]", index);
        return result(op->type.is_bool() ? "(" + value + " != 0)" : value);
      }
      index -= vector.type().lanes();
    }
    fail("a shuffle takes a lane that does not exist");
  }
  const std::string type = typeName(op->type);
  // Few vectors: let the compiler find the instruction. Otherwise lane by lane.
  const bool alike = op->vectors.size() <= 2 && op->vectors[0].type().is_vector() &&
                     isPrintable(op->vectors[0].type()) &&
                     op->vectors.back().type() == op->vectors[0].type();
  if (alike) {
    std::string text = fmt::format("__builtin_shufflevector({}, {}", print(op->vectors[0]),
                                   print(op->vectors.back()));
    for (int index : op->indices)
      text += fmt::format(", {}", index);
    return result(text + ")");
  }
  if (lazyDepth)
    fail("a shuffle of many vectors inside a conditional expression cannot be printed");
  std::vector<std::string> lanes;
  for (const Expr &vector : op->vectors) {
    if (!isPrintable(vector.type())) {
      for (int i = 0; i < vector.type().lanes(); ++i)
        lanes.push_back(print(simplify(extract_lane(vector, i))));
      continue;
    }
    const std::string value = print(vector);
    const std::string name = names.reserve("part");
    emitLine(fmt::format("const {} {} = {};", typeName(vector.type()), name, value));
    for (int i = 0; i < vector.type().lanes(); ++i)
      lanes.push_back(vector.type().is_scalar() ? name : fmt::format("{}[{}]", name, i));
  }
  std::string text = type + "{";
  for (size_t i = 0; i < op->indices.size(); ++i)
    text += (i ? ", " : "") + lanes.at(op->indices[i]);
  result(text + "}");
}

void ExprPrinter::visit(const VectorReduce *op) {
  const int groups = op->type.lanes(), perGroup = op->value.type().lanes() / groups;
  if (lazyDepth)
    fail("a vector reduction inside a conditional expression cannot be printed");
  // Floats in the order of a tree: few steps that wait for each other.
  if ((groups == 1 || groups % perGroup == 0) && op->type.is_float()) {
    const char *function = op->op == VectorReduce::Add   ? "sumOf"
                           : op->op == VectorReduce::Min ? "smallestOf"
                           : op->op == VectorReduce::Max ? "largestOf"
                                                         : nullptr;
    if (function)
      return result(
          call(function + (groups == 1 ? "Lanes" : fmt::format("Groups<{}>", typeName(op->type))),
               {op->value}));
  }
  const std::string value = print(op->value), name = names.reserve("lanes");
  emitLine(fmt::format("const {} {} = {};", typeName(op->value.type()), name, value));
  auto combine = [&](const std::string &a, const std::string &b) -> std::string {
    switch (op->op) {
    case VectorReduce::Add:
      return fmt::format("{} + {}", a, b);
    case VectorReduce::Mul:
      return fmt::format("{} * {}", a, b);
    case VectorReduce::Min:
      return fmt::format("min({}, {})", a, b);
    case VectorReduce::Max:
      return fmt::format("max({}, {})", a, b);
    case VectorReduce::And:
      return fmt::format("({} & {})", a, b);
    case VectorReduce::Or:
      return fmt::format("({} | {})", a, b);
    default:
      fail("a saturating vector reduction cannot be printed");
    }
  };
  const std::string element = typeName(op->type.element_of());
  std::vector<std::string> results;
  for (int group = 0; group < groups; ++group) {
    std::string sum = fmt::format("{}[{}]", name, group * perGroup);
    for (int i = 1; i < perGroup; ++i)
      sum = combine(sum, fmt::format("{}[{}]", name, group * perGroup + i));
    results.push_back(sum);
  }
  if (groups == 1)
    return result(op->type.is_bool() ? "(" + results[0] + " != 0)"
                                     : fmt::format("static_cast<{}>({})", element, results[0]));
  std::string text = typeName(op->type) + "{";
  for (size_t i = 0; i < results.size(); ++i)
    text += (i ? ", " : "") + results[i];
  result(text + "}");
}

} // namespace segc
