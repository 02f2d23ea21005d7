//===- FixShapes.h - --shape for networks in the seg dialect ----*- C++ -*-===//
//
// An ONNX model is imported with the shapes that the user gives; a module that is in the seg
// dialect already names its free extents, and here they get values.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_FIXSHAPES_H
#define SEGC_PACKAGE_FIXSHAPES_H

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace segc {

/// Extents of an input, in order; nothing where an extent stays as it is.
using GivenShape = std::vector<std::optional<int64_t>>;

/// Puts numbers in place of the symbols in all types and attributes of the module's one function.
/// `shapes` are by the inputs' names. Returns what is wrong with them, and changes nothing then;
/// whether the ops can have these extents is for the verifier to say.
std::vector<std::string> fixShapes(mlir::ModuleOp module,
                                   const std::map<std::string, GivenShape> &shapes);

} // namespace segc

#endif // SEGC_PACKAGE_FIXSHAPES_H
