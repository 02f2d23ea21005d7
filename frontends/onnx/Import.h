//===- Import.h - ONNX models become the seg dialect ------------*- C++ -*-===//
//
// The one door of the ONNX frontend: a model file goes in, a module with one
// `func.func` over `!seg.tensor`s comes out, or the list of everything that is
// wrong with the model.
//
// The rooms behind the door:
//
//   ModelFile       maps and parses the file, finds external data
//   ConstantTensor  a TensorProto, checked, as bytes that somebody keeps alive
//   KnownValues     integers (and fractions) over the input's extents: the
//                   shape arithmetic of exporters is evaluated, not compiled
//   GraphInputs     shapes and symbols of the network's inputs
//   GraphOrder      the nodes that are needed, sorted
//   Functions       operators that the file itself defines
//   Importer, Node  the table of values, the errors, access to one node
//   Problems        what is refused, a line for each operator and reason
//   Operators       the table operator -> import function; one file per family
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_IMPORT_H
#define SEGC_FRONTENDS_ONNX_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace segc {

struct ImportOptions {
  /// Shapes of inputs that the user fixes (`--shape INPUT=1x3x?x?`). An extent without a value is
  /// free, even where the model fixes it.
  std::map<std::string, std::vector<std::optional<int64_t>>> shapes;
  /// Inputs that become constants of the network: name and serialised onnx.TensorProto. For sizes,
  /// axes and the like that a model takes as inputs though they must be known at compile time.
  std::map<std::string, std::string> constants;
  /// The outputs to keep, in this order; all of the model's if empty. Any tensor of the graph may
  /// be one. Nodes and inputs that none of them needs are left out.
  std::vector<std::string> outputs;
  /// Name of the function; "network" if empty.
  std::string functionName;
};

/// Reads the model at `path`. Returns null if it is refused; then `errors` holds every problem
/// found, one a line of text, each with the file, the node and its operator. Large weights are not
/// copied: the module's constants keep the parsed model and the mapped files alive.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context, const std::string &path,
                                             const ImportOptions &options,
                                             std::vector<std::string> &errors);

} // namespace segc

#endif // SEGC_FRONTENDS_ONNX_IMPORT_H
