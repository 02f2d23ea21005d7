//===- ExprPrinter.h - Halide expressions as C++ ----------------*- C++ -*-===//
//
// Prints expressions nested, as one would write them, over the names of
// runtime/segc_vector.h. What cannot be nested (a let) is handed to emitLine() in
// front of the statement that needs it.
//
// A node that is not known is a PrintError that names it, never silence.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_EXPRPRINTER_H
#define SEGC_CODEGEN_EXPRPRINTER_H

#include "compiler/codegen/Identifiers.h"
#include "compiler/codegen/LoweredKernel.h"
#include "compiler/codegen/RegisterTiles.h"

#include <Halide.h>

#include <map>
#include <string>
#include <vector>

namespace segc {

class ExprPrinter : public Halide::Internal::IRVisitor {
public:
  /// How tightly an expression's outermost operator binds, loosest first.
  enum Binding {
    Ternary,
    Logical,
    Bitwise,
    Equality,
    Relation,
    Shift,
    Sum,
    Product,
    Unary,
    Primary
  };

  /// The expression, in parentheses if it binds less tightly than asked for.
  std::string print(const Halide::Expr &expr, Binding atLeast = Ternary);

  /// float, int32_t, bool; f32x16. A vector of booleans is a mask: i32x16.
  static std::string typeName(Halide::Type type);
  /// How an element lies in memory: booleans are bytes.
  static std::string storageName(Halide::Type type);
  /// Whether segc_vector.h has vectors of so many lanes. Others may only occur
  /// inside a shuffle, which takes them apart.
  static bool isPrintable(Halide::Type type);

protected:
  explicit ExprPrinter(std::string kernelName) : kernelName(std::move(kernelName)) {}

  /// A statement in front of the current one.
  virtual void emitLine(const std::string &line) = 0;

  /// Throws a PrintError that names the kernel.
  [[noreturn]] void fail(const std::string &what) const;
  /// The same, with the expression as Halide writes it.
  [[noreturn]] void failOn(const std::string &what, const Halide::Expr &expr) const;

  /// The pointer that loads and stores of a Halide buffer go through.
  std::string pointerTo(const std::string &halideName) const;
  /// "input + (x * 16 + t4) - 32": constants folded into the pointer.
  std::string address(const std::string &halideName, const Halide::Expr &index);
  /// The variable of an element of a register tile; empty if the buffer is none.
  std::string registerName(const std::string &halideName, const Halide::Expr &index) const;

  std::string kernelName;
  /// Whether a product that is added to becomes an fma for single numbers too, not for vectors
  /// only.
  bool fusesScalars = false;
  Identifiers names;
  /// C++ pointers by the names of Halide buffers.
  std::map<std::string, std::string> pointers;
  /// Of those whose elements lie in memory in 16 bits: the type that converts from and to float.
  std::map<std::string, std::string> narrow;
  struct Tile {
    RegisterTile shape;
    std::string name;
  };
  std::map<std::string, Tile> tiles;
  /// Loads that have a variable already: text of the load -> variable.
  std::map<std::string, std::string> loaded;

  using IRVisitor::visit;
  void visit(const Halide::Internal::IntImm *op) override;
  void visit(const Halide::Internal::UIntImm *op) override;
  void visit(const Halide::Internal::FloatImm *op) override;
  void visit(const Halide::Internal::StringImm *op) override;
  void visit(const Halide::Internal::Cast *op) override;
  void visit(const Halide::Internal::Variable *op) override;
  void visit(const Halide::Internal::Add *op) override;
  void visit(const Halide::Internal::Sub *op) override;
  void visit(const Halide::Internal::Mul *op) override;
  void visit(const Halide::Internal::Div *op) override;
  void visit(const Halide::Internal::Mod *op) override;
  void visit(const Halide::Internal::Min *op) override;
  void visit(const Halide::Internal::Max *op) override;
  void visit(const Halide::Internal::EQ *op) override;
  void visit(const Halide::Internal::NE *op) override;
  void visit(const Halide::Internal::LT *op) override;
  void visit(const Halide::Internal::LE *op) override;
  void visit(const Halide::Internal::GT *op) override;
  void visit(const Halide::Internal::GE *op) override;
  void visit(const Halide::Internal::And *op) override;
  void visit(const Halide::Internal::Or *op) override;
  void visit(const Halide::Internal::Not *op) override;
  void visit(const Halide::Internal::Select *op) override;
  void visit(const Halide::Internal::Load *op) override;
  void visit(const Halide::Internal::Ramp *op) override;
  void visit(const Halide::Internal::Broadcast *op) override;
  void visit(const Halide::Internal::Call *op) override;
  void visit(const Halide::Internal::Let *op) override;
  void visit(const Halide::Internal::Shuffle *op) override;
  void visit(const Halide::Internal::VectorReduce *op) override;

  /// Hands the text of an expression back to print().
  void result(std::string text, Binding binding = Primary);
  /// `function(a, b)`.
  std::string call(const std::string &function, const std::vector<Halide::Expr> &args);
  /// min(a, b) or max(a, b).
  std::string callOfTwo(const char *function, const Halide::Expr &a, const Halide::Expr &b);

private:
  void arithmetic(Halide::Type type, const Halide::Expr &a, const char *sign, const Halide::Expr &b,
                  Binding binding);
  void comparison(const Halide::Expr &a, const char *sign, const Halide::Expr &b, Binding binding);
  /// A branch that is evaluated only if needed: lets inside stay inside.
  std::string printLazily(const Halide::Expr &expr);
  bool visitIntrinsic(const Halide::Internal::Call *op);
  bool visitMathFunction(const Halide::Internal::Call *op);
  std::string bitwise(const Halide::Internal::Call *op, const char *sign);

  std::string text;
  Binding textBinding = Primary;
  /// Inside a lazily evaluated branch: lets become lambdas.
  int lazyDepth = 0;
};

} // namespace segc

#endif // SEGC_CODEGEN_EXPRPRINTER_H
