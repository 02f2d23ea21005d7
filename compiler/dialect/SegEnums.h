//===- SegEnums.h - closed choices of the seg dialect -----------*- C++ -*-===//
//
// The enums that TableGen makes of SegEnums.td (UnaryKind, BinaryKind, ...),
// without the dialect's operations: all that the Halide kernels need of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DIALECT_SEGENUMS_H
#define SEGC_DIALECT_SEGENUMS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMapInfo.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/dialect/SegEnums.h.inc"

namespace segc::seg {

/// Whether the function's value is a truth value, whatever its operands are.
inline bool isComparison(BinaryKind kind) {
  return kind == BinaryKind::Equal || kind == BinaryKind::Less || kind == BinaryKind::LessOrEqual;
}
inline bool isTest(UnaryKind kind) { return kind == UnaryKind::IsNaN || kind == UnaryKind::IsInf; }

} // namespace segc::seg

#endif // SEGC_DIALECT_SEGENUMS_H
