//===- Interpreter.h - what the ops of the seg dialect mean -----*- C++ -*-===//
//
// The reference interpreter runs a function on the host, op by op, with plain
// loops that follow the op descriptions in Seg.td. It is slow and obvious: what
// it computes is the definition that kernels and passes are tested against, and
// how `fold-constants` evaluates ops.
//
// Sums are accumulated in double precision and rounded once, when a result is
// stored. Layouts are ignored: they say where elements lie, not what they are.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_INTERPRETER_INTERPRETER_H
#define SEGC_INTERPRETER_INTERPRETER_H

#include "compiler/dialect/Seg.h"
#include "compiler/interpreter/Tensor.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace segc::interpreter {

/// Values of the symbols in the extents of `types`, found by comparing them with the shapes of
/// `tensors`. Fails where element type, rank or a fixed extent differs, where an extent is below
/// 1, and where a symbol would have two values. Extents that are expressions are checked.
llvm::Expected<llvm::StringMap<int64_t>> bindSymbols(mlir::TypeRange types,
                                                     llvm::ArrayRef<const Tensor *> tensors);

/// Runs one op. `operands` are its operands in order; `symbols` gives the extents their values, and
/// gets those of the counts that the op computes. The results have the shapes that the op's types
/// promise, or the call fails.
llvm::Expected<std::vector<Tensor>> interpretOp(mlir::Operation *op,
                                                llvm::ArrayRef<const Tensor *> operands,
                                                llvm::StringMap<int64_t> &symbols);

/// Runs a function of one block, made of seg ops. Messages name the model's node.
llvm::Expected<std::vector<Tensor>> interpret(mlir::func::FuncOp function,
                                              llvm::ArrayRef<Tensor> inputs);

} // namespace segc::interpreter

#endif // SEGC_INTERPRETER_INTERPRETER_H
