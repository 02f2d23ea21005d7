//===- ExtentPrinter.h - extents as C++ -------------------------*- C++ -*-===//
//
// Every extent of a network that depends on the image becomes one member of a struct
// `Extents`, computed once a run: the model's symbols, and d0, d1, ... for expressions.
// Counts, and what depends on them, follow in the middle of a run.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_EXTENTPRINTER_H
#define SEGC_CODEGEN_EXTENTPRINTER_H

#include "compiler/lowering/Program.h"

#include "llvm/ADT/MapVector.h"

namespace segc {

class ExtentPrinter {
public:
  /// Numbers all extents of `program`.
  explicit ExtentPrinter(const Program &program);

  /// "64", or "e.d3".
  std::string use(seg::DimAttr dim) const;
  /// The members of the struct: "int64_t n, h, w;".
  std::string members() const;
  /// Statements that compute the expressions from the symbols: all without counts.
  std::string definitions() const { return definitionsBehind(-1); }
  /// Those of expressions that are known with count `number` of the program, and not before.
  std::string definitionsBehind(int number) const;
  /// The last of the program's counts that an expression depends on; -1 without.
  int lastCount(seg::DimAttr dim) const;
  /// The model's symbols, as members are called.
  llvm::ArrayRef<std::string> symbols() const { return symbolNames; }
  std::string symbol(llvm::StringRef name) const { return "e." + memberName(name); }

private:
  /// Also its bound, where it has a count.
  void addWithBound(seg::DimAttr dim);
  void add(seg::DimAttr dim);
  /// A model's symbol as a member of the struct.
  static std::string memberName(llvm::StringRef symbol);
  static std::string expression(seg::DimAttr dim);

  const Program &program;
  llvm::MapVector<seg::DimAttr, std::string> names;
  std::vector<std::string> symbolNames;
};

} // namespace segc

#endif // SEGC_CODEGEN_EXTENTPRINTER_H
