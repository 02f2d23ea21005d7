//===- Captures.cpp - what a nest of loops uses from outside ----*- C++ -*-===//

#include "compiler/codegen/cuda/Captures.h"

#include <algorithm>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {

static std::optional<int> axisOf(const std::string &loop, const std::string &prefix) {
  for (int axis = 0; axis < 3; ++axis) {
    const std::string suffix = prefix + "xyz"[axis];
    if (loop.size() >= suffix.size() &&
        loop.compare(loop.size() - suffix.size(), suffix.size(), suffix) == 0)
      return axis;
  }
  return std::nullopt;
}

std::optional<int> blockAxis(const std::string &loop) { return axisOf(loop, ".__block_id_"); }
std::optional<int> threadAxis(const std::string &loop) { return axisOf(loop, ".__thread_id_"); }

void Captures::visit(const LetStmt *op) {
  op->value.accept(this);
  ++defined[op->name];
  op->body.accept(this);
  --defined[op->name];
}

void Captures::visit(const Let *op) {
  op->value.accept(this);
  ++defined[op->name];
  op->body.accept(this);
  --defined[op->name];
}

void Captures::visit(const For *op) {
  // How many blocks and threads there are, and where loops side by side begin and end, is said
  // where the function is called.
  if (op->for_type == ForType::Serial || op->for_type == ForType::Unrolled) {
    op->min.accept(this);
    op->extent.accept(this);
  }
  ++defined[op->name];
  op->body.accept(this);
  --defined[op->name];
}

void Captures::visit(const Allocate *op) {
  ++defined[op->name];
  IRVisitor::visit(op);
  --defined[op->name];
}

void Captures::visit(const Variable *op) {
  if (!defined[op->name] && std::none_of(variables.begin(), variables.end(),
                                         [&](const auto &v) { return v.first == op->name; }))
    variables.emplace_back(op->name, op->type);
}

void Captures::touch(const std::string &name, Type type, bool isWritten) {
  if (defined[name])
    return;
  for (Buffer &buffer : buffers)
    if (buffer.name == name) {
      buffer.isWritten |= isWritten;
      return;
    }
  buffers.push_back({name, type.element_of(), isWritten});
}

void Captures::visit(const Load *op) {
  touch(op->name, op->type, false);
  IRVisitor::visit(op);
}

void Captures::visit(const Store *op) {
  touch(op->name, op->value.type(), true);
  IRVisitor::visit(op);
}

} // namespace segc
