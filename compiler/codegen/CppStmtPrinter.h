//===- CppStmtPrinter.h - Halide statements as C++ --------------*- C++ -*-===//
//
// Prints loops, stores and allocations, one line a statement, indented. What it
// adds to a plain transcription is what g++ needs to keep up with Halide's own
// code generator:
//
//   * register tiles become one variable an element (RegisterTiles.h);
//   * a load that several stores to a register tile share gets a variable;
//   * loops that Halide left rolled are kept so.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_CPPSTMTPRINTER_H
#define SEGC_CODEGEN_CPPSTMTPRINTER_H

#include "compiler/codegen/CppExprPrinter.h"
#include "compiler/kernels/Kernel.h"

#include <optional>

namespace segc {

class CppStmtPrinter : public CppExprPrinter {
public:
  explicit CppStmtPrinter(std::string kernelName) : CppExprPrinter(std::move(kernelName)) {}

  /// An identifier of the function that stands for a Halide variable.
  std::string declareVariable(const std::string &halideName, const std::string &wish) {
    return names.declareAs(halideName, wish);
  }
  /// A pointer that loads and stores of a Halide buffer go through.
  std::string declarePointer(const std::string &halideName, const std::string &wish) {
    return pointers[halideName] = names.reserve(wish);
  }
  /// Takes an identifier for something that is no Halide variable.
  std::string reserve(const std::string &wish) { return names.reserve(wish); }

  /// Memory for allocations on the heap: each iteration of the parallel loop has its own. With
  /// `asserts` the code checks that they fit.
  void provideScratch(const KernelArg &arg, bool asserts) {
    scratch = arg;
    checksScratch = asserts;
  }

  /// Prints a statement at the current indentation.
  void printStmt(const Halide::Internal::Stmt &stmt) { stmt.accept(this); }
  void emitLine(const std::string &line) override;
  void indent() { ++depth; }
  void unindent() { --depth; }

  /// Everything printed so far.
  const std::string &text() const { return lines; }
  /// Whether a parallel loop was printed.
  bool isParallel() const { return parallelLoops > 0; }

protected:
  using CppExprPrinter::visit;
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

private:
  /// Ends the program with a message where a condition does not hold.
  void assertThat(const Halide::Expr &condition, const std::string &message);
  void allocateScratch(const Halide::Internal::Allocate *op);
  void printSerial(const Halide::Internal::For *op);
  void printParallel(const Halide::Internal::For *op);
  /// Consecutive stores to register tiles: shared loads first.
  void printTileRun(const std::vector<const Halide::Internal::Store *> &run);

  std::string lines;
  int depth = 0;
  int parallelLoops = 0;
  /// Local arrays in scope: parallel loops capture them by reference.
  std::vector<std::string> localArrays;
  int64_t stackBytes = 0;
  std::optional<KernelArg> scratch;
  bool checksScratch = false;
  Halide::Expr scratchFloats = 0; ///< taken
  /// The innermost parallel loop's variable, as printed.
  std::string iteration;
};

} // namespace segc

#endif // SEGC_CODEGEN_CPPSTMTPRINTER_H
