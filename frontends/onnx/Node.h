//===- Node.h - one node, as its import function sees it --------*- C++ -*-===//
//
// Checked access to a node's attributes, inputs and outputs, and short ways to
// build ops at its location. Whatever goes wrong is reported once, with the
// node's name and operator; from then on the node has failed and every builder
// here returns null. So an import function may go on to its end without testing
// each step, as long as it does not look into values after a failure.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_NODE_H
#define SEGC_FRONTENDS_ONNX_NODE_H

#include "frontends/onnx/Importer.h"

#include <fmt/format.h>

namespace segc::onnximport {

class Node {
public:
  Node(Importer &importer, const onnx::NodeProto &proto);

  llvm::StringRef op() const { return proto.op_type(); }
  int64_t opset() const { return importer.opset(); }
  mlir::MLIRContext *context() const { return importer.context(); }
  const onnx::NodeProto &source() const { return proto; }
  Importer &owner() const { return importer; }

  /// Reports a problem of this node.
  void error(const std::string &message);
  bool failed() const { return hasFailed; }
  /// The node fails for a reason that has been reported elsewhere.
  void failSilently() { hasFailed = true; }
  /// A problem that may come from the stand-in of something refused, whose reason is told already.
  void shapeError(const std::string &message);

  // Attributes. One of the wrong type is reported and read as absent.
  bool hasAttribute(llvm::StringRef name) const { return find(name) != nullptr; }
  int64_t integer(llvm::StringRef name, int64_t byDefault);
  float real(llvm::StringRef name, float byDefault);
  std::string text(llvm::StringRef name, llvm::StringRef byDefault);
  std::optional<llvm::SmallVector<int64_t>> integers(llvm::StringRef name);
  std::optional<llvm::SmallVector<float>> reals(llvm::StringRef name);
  std::optional<llvm::SmallVector<std::string>> texts(llvm::StringRef name);
  const onnx::TensorProto *tensor(llvm::StringRef name);
  const onnx::GraphProto *graph(llvm::StringRef name);
  const onnx::SparseTensorProto *sparseTensor(llvm::StringRef name);
  /// The outputs of a graph among the attributes, imported where this node is; empty on failure.
  std::vector<BindingPtr> importGraph(const onnx::GraphProto &graph,
                                      llvm::ArrayRef<BindingPtr> inputs = {},
                                      const llvm::StringMap<BindingPtr> &given = {}) {
    return importer.importSubgraph(graph, proto, inputs, given);
  }
  /// Does what may fail: if it returns false, nothing that it reported counts.
  bool tryOut(llvm::function_ref<bool()> attempt) { return importer.tryOut(attempt); }

  // Inputs. Those beyond the list and those with an empty name are absent.
  int inputCount() const { return proto.input_size(); }
  bool hasInput(int i) const;
  llvm::StringRef inputName(int i) const { return proto.input(i); }
  /// Reports unless the node has from `least` to `most` inputs, the first `least` of them present.
  bool checkInputs(int least, int most);
  /// The shape of input i, which exists.
  llvm::SmallVector<seg::DimAttr> shape(int i);
  int64_t rank(int i) { return static_cast<int64_t>(shape(i).size()); }
  Element element(int i);
  /// Input i as a value; null, and reported, if it is absent or known only as shape arithmetic.
  mlir::Value value(int i);
  /// The same, integers made floats.
  mlir::Value floatValue(int i);
  /// Input i as numbers, if the importer knows them.
  const Known *known(int i);
  /// The same, reported if not known; `what` names the input, as in "the sizes".
  const Known *requireKnown(int i, const std::string &what);
  /// Input i as constants, if it is a weight or some other constant of the model.
  std::optional<ConstantTensor> constant(int i);
  std::optional<llvm::SmallVector<int64_t>> requireIntegers(int i, const std::string &what);
  std::optional<llvm::SmallVector<float>> requireFloats(int i, const std::string &what);

  // Outputs.
  int outputCount() const { return proto.output_size(); }
  /// Whether output i has a name and a reader.
  bool isUsed(int i) const;
  void set(int i, mlir::Value value);
  void set(int i, Known known);
  void set(int i, ConstantTensor constant);
  void set(int i, BindingPtr binding);
  /// Output i has no elements.
  void setEmpty(int i, Element element, llvm::ArrayRef<seg::DimAttr> shape);
  /// What input i stands for, which exists.
  BindingPtr input(int i) { return importer.lookup(proto.input(i)); }
  /// A value as something that an output can be; null if it is.
  static BindingPtr bindingOf(mlir::Value value);
  /// Output i is input j.
  void forward(int i, int j);

  // Ops.
  mlir::Location location() const { return loc; }
  mlir::OpBuilder &builder() { return importer.builder(); }
  template <typename OpTy>
  OpTy createOp(llvm::ArrayRef<mlir::Value> operands,
                llvm::ArrayRef<mlir::NamedAttribute> attributes) {
    if (hasFailed)
      return {};
    size_t errorsBefore = importer.errorCount();
    mlir::FailureOr<OpTy> created =
        seg::tryCreate<OpTy>(importer.builder(), loc, operands, attributes);
    if (mlir::failed(created)) {
      if (importer.errorCount() == errorsBefore)
        shapeError("its operands and attributes do not fit together");
      hasFailed = true;
      return {};
    }
    return checkResults(*created) ? *created : OpTy();
  }
  template <typename OpTy>
  mlir::Value create(llvm::ArrayRef<mlir::Value> operands,
                     llvm::ArrayRef<mlir::NamedAttribute> attributes) {
    OpTy op = createOp<OpTy>(operands, attributes);
    return op ? op->getResult(0) : mlir::Value();
  }
  mlir::Value unary(seg::UnaryKind kind, mlir::Value input, float alpha = 0, float beta = 0);
  mlir::Value binary(seg::BinaryKind kind, mlir::Value lhs, mlir::Value rhs);
  mlir::Value select(mlir::Value condition, mlir::Value lhs, mlir::Value rhs);
  /// `input` with other elements (seg.cast).
  mlir::Value converted(mlir::Value input, Element element);
  mlir::Value reduce(seg::ReduceKind kind, mlir::Value input, llvm::ArrayRef<int64_t> axes,
                     bool keepDims);
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<seg::DimAttr> shape);
  mlir::Value transpose(mlir::Value input, llvm::ArrayRef<int64_t> permutation);
  mlir::Value slice(mlir::Value input, llvm::ArrayRef<seg::DimAttr> starts,
                    llvm::ArrayRef<seg::DimAttr> sizes, llvm::ArrayRef<int64_t> steps);
  /// `low` and `high` more elements along one axis, all `value`; negative ones crop.
  mlir::Value pad(mlir::Value input, size_t axis, seg::DimAttr low, seg::DimAttr high, float value);
  /// See seg.view.
  mlir::Value view(mlir::Value input, llvm::ArrayRef<seg::DimAttr> starts,
                   llvm::ArrayRef<seg::DimAttr> shape, llvm::ArrayRef<int64_t> steps);
  mlir::Value broadcast(mlir::Value input, llvm::ArrayRef<seg::DimAttr> shape);
  /// The product of matrices, leading axes broadcast against each other.
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs);
  /// The floats start, start + 1, ... of shape [count].
  mlir::Value indices(seg::DimAttr count, seg::DimAttr start);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> inputs, int64_t axis);
  mlir::Value constant(const ConstantTensor &tensor, llvm::StringRef name);
  /// A float of shape [], and an integer.
  mlir::Value number(float value);
  mlir::Value integerNumber(Element element, int64_t value);

  mlir::NamedAttribute attribute(llvm::StringRef name, mlir::Attribute value);
  mlir::NamedAttribute attribute(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  mlir::NamedAttribute attribute(llvm::StringRef name, llvm::ArrayRef<seg::DimAttr> dims);
  mlir::NamedAttribute attribute(llvm::StringRef name, bool value);
  mlir::NamedAttribute integerAttribute(llvm::StringRef name, int64_t value);
  mlir::NamedAttribute realAttribute(llvm::StringRef name, float value);

  /// An extent that the network counts when it runs, with a name of its own. Reports a bound that
  /// overflows.
  seg::DimAttr count(llvm::StringRef wish, seg::DimAttr bound);
  seg::DimAttr dim(int64_t value) const { return seg::DimAttr::constant(context(), value); }
  /// `axis` counted from the front. Reports, and returns 0, unless -rank <= axis < rank.
  int64_t normalAxis(int64_t axis, int64_t rank);
  /// The same for a list, sorted; repeats are reported.
  llvm::SmallVector<int64_t> normalAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

private:
  const onnx::AttributeProto *find(llvm::StringRef name) const;
  const onnx::AttributeProto *find(llvm::StringRef name, onnx::AttributeProto::AttributeType type);
  Binding &binding(int i);
  bool checkResults(mlir::Operation *op);

  Importer &importer;
  const onnx::NodeProto &proto;
  mlir::Location loc;
  bool hasFailed = false;
};

/// The extents of a value of the dialect.
llvm::ArrayRef<seg::DimAttr> shapeOf(mlir::Value value);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_NODE_H
