//===- Importer.h - the state of one import ---------------------*- C++ -*-===//
//
// Holds what the import of a model needs across nodes: the function being built,
// the table of values by name (one scope a graph), the calls of functions that
// the file defines, and the list of problems. The nodes themselves are translated
// by the functions in Operators.h, which see one `Node` each.
//
// Nodes that no output needs are not imported. Import goes on behind what is
// refused, so that everything is reported at once: its results are stand-ins of
// the shape that the model declares. A node that reads a stand-in, or what was
// computed from one, reports only what does not depend on shapes and values; one
// that reads a result of unknown shape is passed over.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_IMPORTER_H
#define SEGC_FRONTENDS_ONNX_IMPORTER_H

#include "frontends/onnx/ComputedConstants.h"
#include "frontends/onnx/Functions.h"
#include "frontends/onnx/GraphOrder.h"
#include "frontends/onnx/Import.h"
#include "frontends/onnx/KnownValues.h"
#include "frontends/onnx/ModelFile.h"
#include "frontends/onnx/Problems.h"
#include "frontends/onnx/Symbols.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <deque>
#include <memory>

namespace segc::onnximport {

/// What a name of the graph stands for. Constants become ops where they are first needed; shape
/// arithmetic never does.
struct Binding {
  /// Refused, or computed from something that was; if it has no value, its shape is not known.
  bool failed = false;
  /// An optional input that a call of a function leaves out.
  bool absent = false;
  /// The elements of a sequence; such a binding has no value.
  std::optional<std::vector<std::shared_ptr<Binding>>> sequence;
  Element element = Element::Float;
  mlir::Value value;
  std::optional<ConstantTensor> constant;
  std::optional<Known> known;
  /// The extents of a tensor that has no elements, but free extents; it is nothing else then.
  std::optional<llvm::SmallVector<seg::DimAttr>> empty;

  static std::shared_ptr<Binding> failure();
  llvm::SmallVector<seg::DimAttr> shape(mlir::MLIRContext *context) const;
  bool hasShape() const { return value || constant || known || empty || sequence; }
};

using BindingPtr = std::shared_ptr<Binding>;

class Importer {
public:
  Importer(mlir::MLIRContext &context, ModelFile &file, const ImportOptions &options);

  /// The module; null if anything was reported.
  mlir::OwningOpRef<mlir::ModuleOp> run();
  std::vector<std::string> errors() const { return problems.lines(); }

  mlir::OpBuilder &builder() { return opBuilder; }
  mlir::MLIRContext *context() { return opBuilder.getContext(); }
  ModelFile &modelFile() { return file; }
  Symbols &symbols() { return symbolTable; }

  /// Records an error; `where` is `input "x"`, `output "y"`, ... or empty.
  void report(const std::string &where, const std::string &message);
  void reportNode(const onnx::NodeProto &node, const std::string &message);
  void warn(const std::string &message);
  size_t errorCount() const { return problems.count(); }

  /// The version of the default operator set.
  int64_t opset() const { return frames.back().opset; }
  /// Whether the node being imported reads a stand-in: shapes and values prove nothing.
  bool readsStandIns() const { return currentIsTainted; }
  /// The call being imported.
  const Frame &frame() const { return frames.back(); }
  /// A node's name, behind those of the calls that it is in. Nodes without a name are called by
  /// their first output.
  std::string nodeName(const onnx::NodeProto &node) const;
  /// `node "a" (Conv)`.
  std::string describe(const onnx::NodeProto &node) const;

  /// What `name` stands for, read from the initialisers if need be; null if nothing does.
  BindingPtr lookup(llvm::StringRef name);
  void bind(llvm::StringRef name, BindingPtr binding);
  /// The binding's numbers, if the importer knows them.
  const Known *known(Binding &binding);
  /// The binding as a constant, if it is one, or is computed from constants alone.
  std::optional<ConstantTensor> constant(Binding &binding);
  /// Loops, calls and sequences may multiply nodes without end; false, with a report, at some
  /// point.
  bool charge(size_t nodes);
  /// Whether an imported node or an output of the graph reads `name`.
  bool isUsed(llvm::StringRef name) const;
  /// The binding as an op's result, created on the first call; null if it is symbolic.
  mlir::Value materialise(Binding &binding, llvm::StringRef name);

  /// Imports a graph among a node's attributes into the function, with values for its inputs; its
  /// outputs in order, empty on failure. `given` stands in place of what nodes of it compute.
  std::vector<BindingPtr> importSubgraph(const onnx::GraphProto &graph,
                                         const onnx::NodeProto &owner,
                                         llvm::ArrayRef<BindingPtr> inputs = {},
                                         const llvm::StringMap<BindingPtr> &given = {});
  /// Does what may fail: if it returns false, nothing that it reported counts.
  bool tryOut(llvm::function_ref<bool()> attempt);
  /// Reports the operators that are not supported in a graph that is not imported.
  void checkOperators(const onnx::GraphProto &graph);

private:
  struct Scope {
    llvm::StringMap<BindingPtr> bindings;
    llvm::StringMap<const onnx::TensorProto *> initialisers;
    llvm::StringMap<const onnx::SparseTensorProto *> sparse;
    /// What the model says about types; only looked at for stand-ins and in warnings.
    llvm::StringMap<const onnx::ValueInfoProto *> declared;
    llvm::StringSet<> used;
    /// The body of a function does not see what is around it.
    bool isClosed = false;

    bool has(llvm::StringRef name) const {
      return bindings.contains(name) || initialisers.contains(name) || sparse.contains(name);
    }
  };

  void readOpset();
  void bindConstantInputs(const onnx::GraphProto &graph);
  void openScope(const onnx::GraphProto &graph);
  /// Whether a name is an input or a constant, of this graph or around it.
  bool exists(llvm::StringRef name) const;
  /// The nodes that `outputs` need, sorted; names that do not exist are bound to failures. False,
  /// with a report, if the network has too many nodes.
  bool importNodes(const NodeList &nodes, const std::vector<std::string> &outputs,
                   const llvm::StringMap<BindingPtr> &given = {});
  GraphOrder order(const NodeList &nodes, const std::vector<std::string> &outputs);
  void importNode(const onnx::NodeProto &proto);
  void importOperator(const onnx::NodeProto &proto);
  void importCall(const onnx::NodeProto &call, const ModelFunction &function);
  /// Whether a node's operator can be imported at all; reports that it cannot.
  bool checkOperator(const onnx::NodeProto &proto);
  /// What readers of a refused result get.
  BindingPtr standIn(llvm::StringRef name);
  std::vector<std::string> chosenOutputs(const onnx::GraphProto &graph);
  bool buildFunction(mlir::ModuleOp module);
  void buildResults(mlir::func::FuncOp function, const std::vector<std::string> &outputs);
  /// Says which shapes and types of the model are not those that its operators give.
  void warnOfContradictions();
  /// `value` with elements of another type.
  mlir::Value asElements(mlir::Value value, mlir::Type type, llvm::StringRef name);

  ModelFile &file;
  const ImportOptions &options;
  Problems problems;
  mlir::OpBuilder opBuilder;
  Symbols symbolTable;
  ComputedConstants computed;
  std::vector<std::string> functionProblems;
  FunctionTable functions;
  std::deque<Frame> frames;
  std::vector<Scope> scopes;
  size_t nodesLeft;
  size_t graphsImported = 0;
  bool hasReportedOpset = false;
  /// The node whose ops are being made; messages of the dialect's own checks come from it.
  const onnx::NodeProto *currentNode = nullptr;
  /// Whether it reads stand-ins, whose shapes prove nothing.
  bool currentIsTainted = false;
};

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_IMPORTER_H
