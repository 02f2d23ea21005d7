//===- StmtPrinter.cpp - Halide statements as C++ ---------------*- C++ -*-===//

#include "compiler/codegen/StmtPrinter.h"

#include <fmt/format.h>

using namespace Halide;
using namespace Halide::Internal;

namespace segc {
namespace {

constexpr size_t kColumns = 100;
/// Threads of a pool may have small stacks.
constexpr int64_t kMostStackBytes = 256 << 10;

/// A block's statements in order.
void flatten(const Stmt &stmt, std::vector<Stmt> &statements) {
  if (const Block *block = stmt.as<Block>()) {
    flatten(block->first, statements);
    flatten(block->rest, statements);
  } else {
    statements.push_back(stmt);
  }
}

/// The loads (and broadcasts of loads) that a value evaluates in any case, and that
/// do not depend on a let inside it.
class LoadCollector : public IRVisitor {
public:
  std::vector<Expr> loads;

private:
  using IRVisitor::visit;
  void visit(const Load *op) override { loads.push_back(op); }
  void visit(const Broadcast *op) override {
    if (op->value.as<Load>())
      loads.push_back(op);
    else
      IRVisitor::visit(op);
  }
  void visit(const Let *op) override { op->value.accept(this); }
  void visit(const Select *op) override {
    op->condition.accept(this);
    if (op->condition.type().is_vector()) {
      op->true_value.accept(this);
      op->false_value.accept(this);
    }
  }
  void visit(const Call *op) override {
    if (op->is_intrinsic(Call::if_then_else))
      op->args[0].accept(this);
    else
      IRVisitor::visit(op);
  }
};

const Load *loadIn(const Expr &expr) {
  const Broadcast *broadcast = expr.as<Broadcast>();
  return broadcast ? broadcast->value.as<Load>() : expr.as<Load>();
}

class DependsOnLet : public IRVisitor {
public:
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const Let *) override { found = true; }
};

bool containsLet(const Expr &expr) {
  DependsOnLet visitor;
  expr.accept(&visitor);
  return visitor.found;
}

} // namespace

std::string StmtPrinter::variable(const std::string &halideName) const {
  const std::string name = names.find(halideName);
  if (name.empty())
    fail(fmt::format("variable '{}' has no name", halideName));
  return name;
}

void StmtPrinter::emitLine(const std::string &line) {
  std::string rest(2 * depth, ' ');
  rest += line;
  const std::string continuation(2 * depth + 4, ' ');
  while (rest.size() > kColumns && rest.find('"') == std::string::npos) {
    // Break behind the last comma or in front of the last operator that fits.
    size_t comma = rest.rfind(", ", kColumns - 2), plus = rest.rfind(" + ", kColumns - 1);
    size_t at = 0;
    if (comma != std::string::npos)
      at = comma + 1;
    if (plus != std::string::npos && plus > at)
      at = plus;
    if (at <= continuation.size())
      break;
    lines += rest.substr(0, at) + "\n";
    rest = continuation + rest.substr(at + 1);
  }
  lines += rest + "\n";
}

void StmtPrinter::visit(const Block *op) {
  std::vector<Stmt> statements;
  flatten(op, statements);
  std::vector<const Store *> run;
  for (const Stmt &stmt : statements) {
    const Store *store = stmt.as<Store>();
    if (store && tiles.count(store->name)) {
      run.push_back(store);
      continue;
    }
    printTileRun(run);
    run.clear();
    stmt.accept(this);
  }
  printTileRun(run);
}

void StmtPrinter::printTileRun(const std::vector<const Store *> &run) {
  std::map<std::string, int> uses;
  std::vector<std::vector<std::pair<std::string, Expr>>> loadsOf(run.size());
  if (run.size() > 1)
    for (size_t i = 0; i < run.size(); ++i) {
      LoadCollector collector;
      run[i]->value.accept(&collector);
      for (const Expr &expr : collector.loads) {
        const Load *load = loadIn(expr);
        if (tiles.count(load->name) || containsLet(load->index) || !is_const_one(load->predicate) ||
            !isPrintable(expr.type()) || !isPrintable(load->type))
          continue;
        std::string text = print(expr);
        ++uses[text];
        loadsOf[i].emplace_back(std::move(text), expr);
      }
    }
  std::vector<std::string> declared;
  for (size_t i = 0; i < run.size(); ++i) {
    for (const auto &[text, expr] : loadsOf[i]) {
      if (uses[text] < 2 || loaded.count(text))
        continue;
      const std::string stem = Identifiers::stem(loadIn(expr)->name);
      const std::string name = names.reserve(stem + "_" + std::to_string(declared.size()));
      emitLine(fmt::format("const {} {} = {};", typeName(expr.type()), name, text));
      loaded[text] = name;
      declared.push_back(text);
    }
    run[i]->accept(this);
  }
  for (const std::string &text : declared) {
    names.release(loaded[text]);
    loaded.erase(text);
  }
}

void StmtPrinter::visit(const LetStmt *op) {
  const std::string value = print(op->value);
  const std::string name = names.declare(op->name);
  emitLine(fmt::format("const {} {} = {};", typeName(op->value.type()), name, value));
  op->body.accept(this);
  names.forget(op->name);
  // Its C++ scope ends later than the let's.
  names.reserve(name);
}

void StmtPrinter::visit(const AssertStmt *op) {
  std::string message;
  if (const Call *call = op->message.as<Call>()) {
    message = call->name;
    for (const Expr &arg : call->args)
      if (const StringImm *text = arg.as<StringImm>())
        message += " " + text->value;
  }
  assertThat(op->condition, message);
}

void StmtPrinter::assertThat(const Expr &condition, const std::string &message) {
  std::string literal;
  for (char c : message)
    literal += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  emitLine(fmt::format("if (!({}))", print(condition)));
  emitLine(fmt::format("  segc::kernelAssertionFailed(\"{}\", \"{}\");", kernelName, literal));
}

void StmtPrinter::visit(const ProducerConsumer *op) { op->body.accept(this); }

void StmtPrinter::visit(const For *op) {
  if (op->for_type == ForType::Serial)
    printSerial(op);
  else
    printParallel(op);
}

void StmtPrinter::printSerial(const For *op) {
  // The loop bound is evaluated once: give it a name unless it is one.
  std::string first = print(op->min);
  const bool fromZero = is_const_zero(op->min);
  std::string end;
  const bool simple = op->extent.as<Variable>() || is_const(op->extent);
  if (fromZero && simple)
    end = print(op->extent);
  else
    end = print(op->min + op->extent, Sum);

  emitLine("SEGC_KEEP_LOOP");
  const std::string name = names.declare(op->name);
  if (fromZero && simple) {
    emitLine(fmt::format("for (int32_t {0} = 0; {0} < {1}; ++{0}) {{", name, end));
  } else {
    const std::string endName = names.reserve(name + "_end");
    emitLine(fmt::format("for (int32_t {0} = {1}, {2} = {3}; {0} < {2}; ++{0}) {{", name, first,
                         endName, end));
  }
  indent();
  op->body.accept(this);
  unindent();
  emitLine("}");
  names.forget(op->name);
}

void StmtPrinter::visit(const Store *op) {
  const std::string inRegister = registerName(op->name, op->index);
  if (!inRegister.empty())
    return emitLine(fmt::format("{} = {};", inRegister, print(op->value)));

  const Type type = op->value.type();
  std::string value = print(op->value);
  if (type.is_bool())
    value = type.is_vector() ? fmt::format("convertMask<u8x{}>({})", type.lanes(), value)
                             : fmt::format("static_cast<uint8_t>({})", value);
  const Ramp *dense = op->index.as<Ramp>();
  const bool scalarRamp = dense && dense->base.type().is_scalar();
  const std::string vector =
      type.is_vector() ? typeName(type.is_bool() ? UInt(8, type.lanes()) : type) : "";
  if (auto stored = narrow.find(op->name); stored != narrow.end())
    value = stored->second + "(" + value + ")";
  if (type.is_scalar()) {
    std::string line = fmt::format("{}[{}] = {};", pointerTo(op->name), print(op->index), value);
    if (!is_const_one(op->predicate))
      line = fmt::format("if ({}) {}", print(op->predicate), line);
    emitLine(line);
  } else if (!is_const_one(op->predicate)) {
    emitLine(fmt::format("scatterIf<{}>({}, {}, {}, {});", vector, pointerTo(op->name),
                         print(op->index), value, print(op->predicate)));
  } else if (scalarRamp && is_const_one(dense->stride)) {
    emitLine(fmt::format("store<{}>({}, {});", vector, address(op->name, dense->base), value));
  } else if (scalarRamp) {
    emitLine(fmt::format("storeStrided<{}>({}, {}, {});", vector, address(op->name, dense->base),
                         print(dense->stride), value));
  } else {
    emitLine(fmt::format("scatter<{}>({}, {}, {});", vector, pointerTo(op->name), print(op->index),
                         value));
  }
}

void StmtPrinter::visit(const Allocate *op) {
  if (op->new_expr.defined() || !is_const_one(op->condition))
    fail(fmt::format("'{}' is allocated in a way that cannot be printed", op->name));
  if (op->memory_type == MemoryType::Heap)
    return printHeap(op);
  if (op->memory_type == MemoryType::GPUShared)
    return printShared(op);
  if (std::optional<RegisterTile> tile = asRegisterTile(op)) {
    const std::string stem = Identifiers::stem(op->name);
    const std::string name = names.reserve(stem + (std::isdigit(stem.back()) ? "_" : ""));
    const std::string type = typeName(op->type.element_of().with_lanes(tile->lanes));
    std::string list;
    for (int i = 0; i < tile->count; ++i)
      list += fmt::format("{}{}{}", i ? ", " : "", name, i);
    emitLine(fmt::format("{} {};", type, list));
    tiles[op->name] = {*tile, name};
    op->body.accept(this);
    tiles.erase(op->name);
    return;
  }
  const int32_t size = op->constant_allocation_size();
  if (size <= 0)
    fail(fmt::format("the size of allocation '{}' is not known when it is compiled", op->name));
  const int64_t bytes = int64_t{size} * op->type.bytes();
  stackBytes += bytes;
  if (stackBytes > kMostStackBytes)
    fail(fmt::format("allocation '{}' takes more stack than a thread may have", op->name));
  const std::string name = names.reserve(Identifiers::stem(op->name));
  emitLine(fmt::format("alignas(64) {} {}[{}];", storageName(op->type), name, size));
  pointers[op->name] = name;
  localArrays.push_back(name);
  op->body.accept(this);
  localArrays.pop_back();
  pointers.erase(op->name);
  stackBytes -= bytes;
}

void StmtPrinter::visit(const Free *) {}

void StmtPrinter::visit(const IfThenElse *op) {
  emitLine(fmt::format("if ({}) {{", print(op->condition)));
  indent();
  op->then_case.accept(this);
  unindent();
  if (op->else_case.defined()) {
    emitLine("} else {");
    indent();
    op->else_case.accept(this);
    unindent();
  }
  emitLine("}");
}

void StmtPrinter::printShared(const Allocate *op) {
  fail(fmt::format("allocation '{}' in memory that threads share cannot be printed", op->name));
}

void StmtPrinter::printBarrier() { fail("a barrier of threads cannot be printed"); }

void StmtPrinter::visit(const Evaluate *op) {
  if (const Call *call = op->value.as<Call>(); call && call->is_intrinsic(Call::gpu_thread_barrier))
    return printBarrier();
  if (!is_const(op->value))
    fail("an expression evaluated for its effect cannot be printed");
}

void StmtPrinter::visit(const Provide *) { fail("a Provide node after lowering"); }
void StmtPrinter::visit(const Realize *) { fail("a Realize node after lowering"); }
void StmtPrinter::visit(const Prefetch *) { fail("a prefetch cannot be printed"); }
void StmtPrinter::visit(const Acquire *) { fail("an asynchronous stage cannot be printed"); }
void StmtPrinter::visit(const Fork *) { fail("an asynchronous stage cannot be printed"); }
void StmtPrinter::visit(const Atomic *) { fail("an atomic update cannot be printed"); }

} // namespace segc
