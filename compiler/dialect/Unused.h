//===- Unused.h - ops that nobody needs -------------------------*- C++ -*-===//

#ifndef SEGC_DIALECT_UNUSED_H
#define SEGC_DIALECT_UNUSED_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace segc::seg {

/// Erases the ops of a function of one block whose results nobody reads; but for those that compute
/// a count on which an extent of what remains depends.
void eraseUnused(mlir::func::FuncOp function);

} // namespace segc::seg

#endif // SEGC_DIALECT_UNUSED_H
