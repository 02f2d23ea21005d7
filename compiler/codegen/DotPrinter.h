//===- DotPrinter.h - a network as a graph for Graphviz ---------*- C++ -*-===//
//
// `--emit dot`: a box a layer with its operator, its node's name and its shape, an edge a
// feature map. Constants are left out.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_DOTPRINTER_H
#define SEGC_CODEGEN_DOTPRINTER_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace segc {

/// The graph of the module's functions, in Graphviz' language. Texts of the model are escaped.
std::string printDot(mlir::ModuleOp module);

} // namespace segc

#endif // SEGC_CODEGEN_DOTPRINTER_H
