//===- Importer.h - the state of one import ---------------------*- C++ -*-===//
//
// Holds what the import of a model needs across nodes: the function being built,
// the table of values by name (one scope a graph), and the list of errors. The
// nodes themselves are translated by the functions in Operators.h, which see one
// `Node` each.
//
// Nodes that no output needs are not imported. A node with a failed input is
// passed over in silence: its cause has been reported.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_IMPORTER_H
#define SEGC_FRONTENDS_ONNX_IMPORTER_H

#include "frontends/onnx/Import.h"
#include "frontends/onnx/KnownValues.h"
#include "frontends/onnx/ModelFile.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <memory>

namespace segc::onnximport {

/// What a name of the graph stands for. Constants become ops where they are first needed; shape
/// arithmetic never does.
struct Binding {
  bool failed = false;
  Element element = Element::Float;
  mlir::Value value;
  std::optional<ConstantTensor> constant;
  std::optional<Known> known;

  static std::shared_ptr<Binding> failure();
  llvm::SmallVector<seg::DimAttr> shape(mlir::MLIRContext *context) const;
};

using BindingPtr = std::shared_ptr<Binding>;

class Importer {
public:
  Importer(mlir::MLIRContext &context, ModelFile &file, const ImportOptions &options,
           std::vector<std::string> &errors);

  /// The module; null if anything was reported.
  mlir::OwningOpRef<mlir::ModuleOp> run();

  mlir::OpBuilder &builder() { return opBuilder; }
  mlir::MLIRContext *context() { return opBuilder.getContext(); }
  ModelFile &modelFile() { return file; }

  /// Records an error; `where` is `node "a" (Conv)`, `input "x"`, ... or empty.
  void report(const std::string &where, const std::string &message);
  size_t errorCount() const { return errors.size(); }

  /// The version of the default operator set.
  int64_t opset() const { return opsetVersion; }
  /// What `name` stands for, read from the initialisers if need be; null if nothing does.
  BindingPtr lookup(llvm::StringRef name);
  void bind(llvm::StringRef name, BindingPtr binding);
  /// Whether an imported node or an output of the graph reads `name`.
  bool isUsed(llvm::StringRef name) const;
  /// The binding as an op's result, created on the first call; null if it is symbolic.
  mlir::Value materialise(Binding &binding, llvm::StringRef name);

  /// Imports the branch of an If into the function; its outputs in order, empty on failure.
  std::vector<BindingPtr> importSubgraph(const onnx::GraphProto &graph, const std::string &where);

private:
  struct Scope {
    llvm::StringMap<BindingPtr> bindings;
    llvm::StringMap<const onnx::TensorProto *> initialisers;
    llvm::StringSet<> used;
  };

  bool readOpset();
  void bindConstantInputs(const onnx::GraphProto &graph);
  bool openScope(const onnx::GraphProto &graph, const std::string &where);
  /// Nodes that the graph's outputs need, in order. Reports duplicate and missing names.
  std::vector<const onnx::NodeProto *> neededNodes(const onnx::GraphProto &graph,
                                                   const std::string &where);
  void importNode(const onnx::NodeProto &proto);
  bool buildFunction(mlir::ModuleOp module);
  void buildResults(mlir::func::FuncOp function);
  void warnOfOtherShape(const onnx::ValueInfoProto &declared, seg::TensorType inferred);

  ModelFile &file;
  const ImportOptions &options;
  std::vector<std::string> &errors;
  mlir::OpBuilder opBuilder;
  int64_t opsetVersion = 0;
  std::vector<Scope> scopes;
  /// Where messages of the dialect's own checks are said to come from.
  std::string currentNode;
};

/// `node "a" (Conv)`; nodes without a name are called by their first output.
std::string describe(const onnx::NodeProto &node);
std::string nameOf(const onnx::NodeProto &node);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_IMPORTER_H
