//===- KeepOutputs.h - --outputs for networks in the seg dialect -*- C++ -*-===//
//
// An ONNX model is imported with the outputs that the user chooses; a module that is in the seg
// dialect already has its function's results cut down here.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_KEEPOUTPUTS_H
#define SEGC_PACKAGE_KEEPOUTPUTS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace segc {

/// Leaves the results of the module's one function that `outputs` names, in that order, and drops
/// the ops and arguments that only others need. Returns what is wrong with the names, and changes
/// nothing then. Without names all stays.
std::vector<std::string> keepOutputs(mlir::ModuleOp module,
                                     const std::vector<std::string> &outputs);

} // namespace segc

#endif // SEGC_PACKAGE_KEEPOUTPUTS_H
