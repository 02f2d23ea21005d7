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

#endif // SEGC_DIALECT_SEGENUMS_H
