//===- StmtPrinter.h - Halide statements as C++ -----------------*- C++ -*-===//
//
// Prints loops, stores and allocations, one line a statement, indented: what C++ and
// CUDA C++ have in common. How iterations run side by side and which memory they
// share is the target's: cpp/CppStmtPrinter.h, cuda/CudaStmtPrinter.h. What it adds
// to a plain transcription is what g++ needs to keep up with Halide's own code
// generator:
//
//   * register tiles become one variable an element (RegisterTiles.h);
//   * a load that several stores to a register tile share gets a variable;
//   * loops that Halide left rolled are kept so.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_STMTPRINTER_H
#define SEGC_CODEGEN_STMTPRINTER_H

#include "compiler/codegen/ExprPrinter.h"
namespace segc {

class StmtPrinter : public ExprPrinter {
public:
  explicit StmtPrinter(std::string kernelName) : ExprPrinter(std::move(kernelName)) {}

  /// An identifier of the function that stands for a Halide variable.
  std::string declareVariable(const std::string &halideName, const std::string &wish) {
    return names.declareAs(halideName, wish);
  }
  /// A pointer that loads and stores of a Halide buffer go through. `stored`: the class that
  /// converts elements, where they lie in memory otherwise than they are computed.
  std::string declarePointer(const std::string &halideName, const std::string &wish,
                             const std::string &stored = "") {
    if (!stored.empty())
      narrow[halideName] = stored;
    return pointers[halideName] = names.reserve(wish);
  }
  /// What such a pointer points to, given what elements are computed in.
  std::string elementOf(const std::string &halideName, Halide::Type type) const {
    auto stored = narrow.find(halideName);
    return stored == narrow.end() ? storageName(type) : stored->second;
  }
  /// The class that converts elements; empty if nothing does.
  std::string storedAs(const std::string &halideName) const {
    auto stored = narrow.find(halideName);
    return stored == narrow.end() ? "" : stored->second;
  }
  /// What declareVariable and declarePointer gave; throws PrintError for what has no name.
  std::string variable(const std::string &halideName) const;
  std::string pointer(const std::string &halideName) const { return pointerTo(halideName); }
  /// Takes an identifier for something that is no Halide variable.
  std::string reserve(const std::string &wish) { return names.reserve(wish); }

  /// Prints a statement at the current indentation.
  void printStmt(const Halide::Internal::Stmt &stmt) { stmt.accept(this); }
  void emitLine(const std::string &line) override;
  void indent() { ++depth; }
  void unindent() { --depth; }

  /// Everything printed so far.
  const std::string &text() const { return lines; }

protected:
  /// Prints a loop whose iterations run side by side.
  virtual void printParallel(const Halide::Internal::For *op) = 0;
  /// Prints an allocation outside of registers and the stack, and what it is there for.
  virtual void printHeap(const Halide::Internal::Allocate *op) = 0;
  /// The same of memory that the threads of a block share.
  virtual void printShared(const Halide::Internal::Allocate *op);
  /// Where the threads of a block wait for each other.
  virtual void printBarrier();

  /// Ends the program with a message where a condition does not hold.
  void assertThat(const Halide::Expr &condition, const std::string &message);

  using ExprPrinter::visit;
  void visit(const Halide::Internal::Block *op) override;
  void visit(const Halide::Internal::LetStmt *op) override;
  void visit(const Halide::Internal::AssertStmt *op) override;
  void visit(const Halide::Internal::ProducerConsumer *op) override;
  void visit(const Halide::Internal::For *op) override;
  void visit(const Halide::Internal::Store *op) override;
  void visit(const Halide::Internal::Allocate *op) override;
  void visit(const Halide::Internal::Free *op) override;
  void visit(const Halide::Internal::IfThenElse *op) override;
  void visit(const Halide::Internal::Evaluate *op) override;
  void visit(const Halide::Internal::Provide *op) override;
  void visit(const Halide::Internal::Realize *op) override;
  void visit(const Halide::Internal::Prefetch *op) override;
  void visit(const Halide::Internal::Acquire *op) override;
  void visit(const Halide::Internal::Fork *op) override;
  void visit(const Halide::Internal::Atomic *op) override;

  /// Local arrays in scope: parallel loops capture them by reference.
  std::vector<std::string> localArrays;
  /// Of those in scope, within the innermost parallel loop.
  int64_t stackBytes = 0;

private:
  void printSerial(const Halide::Internal::For *op);
  /// Consecutive stores to register tiles: shared loads first.
  void printTileRun(const std::vector<const Halide::Internal::Store *> &run);

  std::string lines;
  int depth = 0;
};

} // namespace segc

#endif // SEGC_CODEGEN_STMTPRINTER_H
