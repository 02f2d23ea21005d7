//===- ShapeAdvice.h - which sizes a network takes, in words ----*- C++ -*-===//
//
// A network with skip connections may take only images whose height is a multiple
// of 32: that follows from extents that must be equal, 2 * (h / 2) and h. What
// fits is found by trying: of the sizes up to a few thousand, those that pass all
// checks nearly always are a residue class from some size on.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_SHAPEADVICE_H
#define SEGC_LOWERING_SHAPEADVICE_H

#include "compiler/lowering/Program.h"

#include "llvm/ADT/StringMap.h"

namespace segc {

class ShapeAdvice {
public:
  explicit ShapeAdvice(const Program &program) : program(program) {}

  /// What is wrong where `check` fails, and what would fit: `node "up" (Add): axis 2 of its
  /// operands would be 2 * (h / 2) and h, which must be equal; axis 2 of input "image" (h) must be
  /// a multiple of 2`.
  std::string describe(const Check &check);

private:
  /// "axis 2 of input "image" (h) must be a multiple of 32"; empty if nothing short can be said.
  std::string adviceFor(llvm::StringRef symbol);
  std::string place(llvm::StringRef symbol) const;

  const Program &program;
  llvm::StringMap<std::string> advice;
};

} // namespace segc

#endif // SEGC_LOWERING_SHAPEADVICE_H
