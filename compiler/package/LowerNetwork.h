//===- LowerNetwork.h - a program from a laid-out module --------*- C++ -*-===//
//
// Lowers the module that optimize() leaves, and says what cannot be compiled, nodes that are
// refused for one reason on one line.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_LOWERNETWORK_H
#define SEGC_PACKAGE_LOWERNETWORK_H

#include "compiler/lowering/ProgramBuilder.h"
#include "compiler/package/Compile.h"

namespace segc {

/// `progress` is called before each op, with how many there are.
Result<Program> lowerNetwork(mlir::ModuleOp module, const CompileOptions &options,
                             llvm::raw_ostream &weights, KernelMaker &maker,
                             std::function<void(size_t total)> progress);

} // namespace segc

#endif // SEGC_PACKAGE_LOWERNETWORK_H
