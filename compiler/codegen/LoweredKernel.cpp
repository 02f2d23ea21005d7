//===- LoweredKernel.cpp - Halide's loops for a kernel ----------*- C++ -*-===//

#include "compiler/codegen/LoweredKernel.h"

#include <set>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

/// The custom pass: keeps the statement, and hands back nothing, so that the rest
/// of Halide's lowering has nothing to do.
class Capture : public IRMutator {
public:
  explicit Capture(Stmt &captured) : captured(captured) {}

  using IRMutator::mutate;
  Stmt mutate(const Stmt &stmt) override {
    captured = stmt;
    return Evaluate::make(0);
  }

private:
  Stmt &captured;
};

/// Whether an expression is about the host pointer, about what only a halide_buffer_t has (type
/// code, device state), or calls Halide's runtime for devices: our views and packages have none of
/// it.
class ReadsBufferMetadata : public IRVisitor {
public:
  explicit ReadsBufferMetadata(const std::set<std::string> &metadata) : metadata(metadata) {}
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const Variable *op) override {
    found |= op->type.is_handle() || metadata.count(op->name);
  }
  void visit(const Call *op) override {
    for (const char *prefix : {"_halide_buffer_", "halide_copy_to_", "halide_device_",
                               "halide_opencl_", "register_destructor"})
      found |= op->name.rfind(prefix, 0) == 0;
    IRVisitor::visit(op);
  }

  const std::set<std::string> &metadata;
};

/// The image that stands for the runtime's sums, wherever it is read, is the current one: a
/// variable.
class TakeSum : public IRMutator {
public:
  explicit TakeSum(const RuntimeSums &sums) : sums(sums) {}

private:
  using IRMutator::visit;
  Expr visit(const Load *op) override {
    return op->name == sums.image ? Variable::make(op->type, sums.current()) : IRMutator::visit(op);
  }
  const RuntimeSums &sums;
};

/// Drops the lines that unpack halide_buffer_t arguments and remembers what their
/// variables stand for; then drops what is no longer used.
class StripUnpacking : public IRMutator {
public:
  StripUnpacking(const Kernel &kernel, bool asserts, LoweredKernel &lowered)
      : kernel(kernel), asserts(asserts), lowered(lowered) {}

private:
  using IRMutator::visit;

  bool readsMetadata(const Expr &expr) const {
    ReadsBufferMetadata visitor(metadata);
    expr.accept(&visitor);
    return visitor.found;
  }

  /// Whether `op` reads a field of a view; if so, remembers it.
  bool isViewField(const LetStmt *op) {
    const Call *call = op->value.as<Call>();
    if (!call || call->args.size() != 2)
      return false;
    static const std::map<std::string, std::string> fieldOf{{Call::buffer_get_min, "min"},
                                                            {Call::buffer_get_extent, "extent"},
                                                            {Call::buffer_get_stride, "stride"}};
    auto field = fieldOf.find(call->name);
    const Variable *buffer = call->args[0].as<Variable>();
    const int64_t *dimension = as_const_int(call->args[1]);
    if (field == fieldOf.end() || !buffer || !dimension)
      return false;
    for (size_t i = 0; i < kernel.args.size(); ++i)
      if (kernel.args[i].kind == KernelArg::Kind::View &&
          buffer->name == kernel.args[i].halideName + ".buffer") {
        lowered.fields[op->name] = {static_cast<int>(i), field->second,
                                    static_cast<int>(*dimension)};
        return true;
      }
    return false;
  }

  Stmt visit(const LetStmt *op) override {
    if (isViewField(op))
      return mutate(op->body);
    if (op->value.type().is_handle() || readsMetadata(op->value)) {
      metadata.insert(op->name);
      return mutate(op->body);
    }
    Stmt body = mutate(op->body);
    if (!stmt_uses_var(body, op->name))
      return body;
    return LetStmt::make(op->name, mutate(op->value), body);
  }

  Expr visit(const Let *op) override {
    Expr body = mutate(op->body);
    if (!expr_uses_var(body, op->name))
      return body;
    return Let::make(op->name, mutate(op->value), body);
  }

  Stmt visit(const AssertStmt *op) override {
    if (!asserts || readsMetadata(op->condition))
      return Evaluate::make(0);
    return op;
  }

  Stmt visit(const Evaluate *op) override {
    return readsMetadata(op->value) ? Evaluate::make(0) : IRMutator::visit(op);
  }

  /// Halide's copies between the memories of host and device are conditional.
  Stmt visit(const IfThenElse *op) override {
    return readsMetadata(op->condition) ? Evaluate::make(0) : IRMutator::visit(op);
  }

  Stmt visit(const Block *op) override {
    Stmt first = mutate(op->first), rest = mutate(op->rest);
    auto isNothing = [](const Stmt &stmt) {
      const Evaluate *evaluate = stmt.as<Evaluate>();
      return evaluate && is_const(evaluate->value);
    };
    if (isNothing(first))
      return rest;
    if (isNothing(rest))
      return first;
    return Block::make(first, rest);
  }

  const Kernel &kernel;
  bool asserts;
  LoweredKernel &lowered;
  std::set<std::string> metadata;
};

} // namespace

LoweredKernel lowerKernel(const Kernel &kernel, const Target &target, bool asserts) {
  Target halide = target;
  for (Target::Feature feature : {Target::NoRuntime, Target::NoBoundsQuery})
    halide.set_feature(feature);
  halide.set_feature(Target::NoAsserts, !asserts);
  // Halide's assertions take for granted what kernels claim of coordinates (within).
  halide.set_feature(Target::CheckUnsafePromises, asserts);

  Pipeline pipeline = kernel.pipeline;
  std::vector<Argument> arguments;
  for (const Argument &argument : pipeline.infer_arguments()) {
    bool isOutput = false;
    for (const KernelArg &arg : kernel.args)
      isOutput |= arg.isOutput && arg.halideName == argument.name;
    if (!isOutput)
      arguments.push_back(argument);
  }

  Stmt captured;
  Capture capture(captured);
  pipeline.clear_custom_lowering_passes();
  pipeline.add_custom_lowering_pass(&capture, [] {});
  try {
    pipeline.compile_to_module(arguments, kernel.name, halide);
  } catch (...) {
    pipeline.clear_custom_lowering_passes();
    throw;
  }
  pipeline.clear_custom_lowering_passes();

  LoweredKernel lowered;
  if (kernel.sums)
    captured = TakeSum(*kernel.sums).mutate(captured);
  lowered.body = StripUnpacking(kernel, asserts, lowered).mutate(captured);
  return lowered;
}

} // namespace segc
