//===- Importer.cpp - the state of one import -----------------------------===//

#include "frontends/onnx/Importer.h"
#include "frontends/onnx/GraphInputs.h"
#include "frontends/onnx/Node.h"
#include "frontends/onnx/Operators.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>

namespace segc::onnximport {

using llvm::SmallVector;
using llvm::StringRef;
using seg::DimAttr;

namespace {
constexpr int64_t kOldestOpset = 1, kNewestOpset = 21;
constexpr size_t kDeepestSubgraph = 8;
} // namespace

std::string nameOf(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return "";
}

std::string describe(const onnx::NodeProto &node) {
  std::string op = node.domain().empty() || node.domain() == "ai.onnx"
                       ? node.op_type()
                       : node.domain() + "::" + node.op_type();
  return fmt::format("node \"{}\" ({})", escaped(nameOf(node)), escaped(op));
}

BindingPtr Binding::failure() {
  auto binding = std::make_shared<Binding>();
  binding->failed = true;
  return binding;
}

SmallVector<DimAttr> Binding::shape(mlir::MLIRContext *context) const {
  if (value)
    return SmallVector<DimAttr>(shapeOf(value));
  SmallVector<DimAttr> dims;
  for (int64_t extent : constant ? constant->shape : known ? known->shape : SmallVector<int64_t>())
    dims.push_back(DimAttr::constant(context, extent));
  return dims;
}

Importer::Importer(mlir::MLIRContext &context, ModelFile &file, const ImportOptions &options,
                   std::vector<std::string> &errors)
    : file(file), options(options), errors(errors), opBuilder(&context) {}

void Importer::report(const std::string &where, const std::string &message) {
  errors.push_back(where.empty() ? fmt::format("{}: {}", escaped(file.name()), message)
                                 : fmt::format("{}: {}: {}", escaped(file.name()), where, message));
}

//===----------------------------------------------------------------------===//
// The table of values
//===----------------------------------------------------------------------===//

BindingPtr Importer::lookup(StringRef name) {
  for (Scope &scope : llvm::reverse(scopes)) {
    auto bound = scope.bindings.find(name);
    if (bound != scope.bindings.end())
      return bound->second;
    auto initialiser = scope.initialisers.find(name);
    if (initialiser == scope.initialisers.end())
      continue;
    std::string error;
    std::optional<ConstantTensor> tensor = readTensor(file, *initialiser->second, error);
    BindingPtr binding = tensor ? std::make_shared<Binding>() : Binding::failure();
    if (tensor) {
      binding->element = tensor->element;
      binding->constant = std::move(tensor);
    } else {
      report(fmt::format("initializer \"{}\"", escaped(name)), error);
    }
    scope.bindings[name] = binding;
    return binding;
  }
  return nullptr;
}

void Importer::bind(StringRef name, BindingPtr binding) {
  scopes.back().bindings[name] = std::move(binding);
}

bool Importer::isUsed(StringRef name) const { return scopes.back().used.contains(name); }

mlir::Value Importer::materialise(Binding &binding, StringRef name) {
  if (binding.value || binding.failed)
    return binding.value;
  std::optional<ConstantTensor> tensor = binding.constant;
  if (!tensor && binding.known)
    tensor = binding.known->toConstant();
  if (!tensor || tensor->count() == 0)
    return {};
  mlir::Location loc = seg::nodeLocation(context(), name, "Constant");
  auto op = seg::tryCreate<seg::ConstantOp>(
      opBuilder, loc, {}, {opBuilder.getNamedAttr("value", toAttribute(context(), *tensor, name))});
  if (mlir::succeeded(op))
    binding.value = op->getResult();
  return binding.value;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

bool Importer::readOpset() {
  for (const onnx::OperatorSetIdProto &set : file.model().opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx")
      opsetVersion = set.version();
  if (opsetVersion >= kOldestOpset && opsetVersion <= kNewestOpset)
    return true;
  if (opsetVersion == 0)
    report("", "the model names no version of the default operator set");
  else
    report("", fmt::format("operator set {} is not supported; {} to {} are", opsetVersion,
                           kOldestOpset, kNewestOpset));
  return false;
}

bool Importer::openScope(const onnx::GraphProto &graph, const std::string &where) {
  scopes.emplace_back();
  bool sound = true;
  for (const onnx::TensorProto &tensor : graph.initializer())
    if (!scopes.back().initialisers.try_emplace(tensor.name(), &tensor).second) {
      report(where, fmt::format("two initializers are called \"{}\"", escaped(tensor.name())));
      sound = false;
    }
  for (const onnx::SparseTensorProto &sparse : graph.sparse_initializer()) {
    report(fmt::format("initializer \"{}\"", escaped(sparse.values().name())),
           "sparse tensors are not supported");
    bind(sparse.values().name(), Binding::failure());
    sound = false;
  }
  return sound;
}

/// Calls `visit` with every name that the node reads, inside its subgraphs too.
static void forEachRead(const onnx::NodeProto &node, llvm::function_ref<void(StringRef)> visit) {
  for (const std::string &input : node.input())
    if (!input.empty())
      visit(input);
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (!attribute.has_g())
      continue;
    for (const onnx::NodeProto &inner : attribute.g().node())
      forEachRead(inner, visit);
    for (const onnx::ValueInfoProto &output : attribute.g().output())
      visit(output.name());
  }
}

std::vector<const onnx::NodeProto *> Importer::neededNodes(const onnx::GraphProto &graph,
                                                           const std::string &where) {
  // 1. Who writes each name: one node only, and no input or initialiser.
  llvm::StringMap<int> producer;
  for (int i = 0; i != graph.node_size(); ++i)
    for (const std::string &output : graph.node(i).output()) {
      if (output.empty())
        continue;
      if (lookup(output))
        report(describe(graph.node(i)),
               fmt::format("its output \"{}\" is already the name of an input or a constant",
                           escaped(output)));
      else if (!producer.try_emplace(output, i).second)
        report(describe(graph.node(i)),
               fmt::format("its output \"{}\" is another node's output too", escaped(output)));
    }

  // 2. Every input comes from before.
  for (int i = 0; i != graph.node_size(); ++i)
    for (const std::string &input : graph.node(i).input()) {
      if (input.empty())
        continue;
      auto found = producer.find(input);
      if (found == producer.end()) {
        if (lookup(input))
          continue;
        report(describe(graph.node(i)),
               fmt::format("its input \"{}\" does not exist", escaped(input)));
        bind(input, Binding::failure());
      } else if (found->second >= i) {
        report(describe(graph.node(i)),
               fmt::format("its input \"{}\" is the output of {}, which does not come before: the "
                           "graph has a cycle or is not sorted",
                           escaped(input),
                           found->second == i ? "the same node"
                                              : describe(graph.node(found->second))));
      }
    }

  // 3. What the outputs need, walking back. Sources of a cycle are visited once.
  llvm::StringSet<> &used = scopes.back().used;
  std::vector<bool> needed(graph.node_size(), false);
  SmallVector<int> pending;
  auto read = [&](StringRef name) {
    used.insert(name);
    auto found = producer.find(name);
    if (found != producer.end() && !needed[found->second]) {
      needed[found->second] = true;
      pending.push_back(found->second);
    }
  };
  for (const onnx::ValueInfoProto &output : graph.output()) {
    if (!producer.contains(output.name()) && !lookup(output.name()))
      report(where, fmt::format("nothing computes the output \"{}\"", escaped(output.name())));
    read(output.name());
  }
  while (!pending.empty())
    forEachRead(graph.node(pending.pop_back_val()), read);

  std::vector<const onnx::NodeProto *> nodes;
  for (int i = 0; i != graph.node_size(); ++i)
    if (needed[i])
      nodes.push_back(&graph.node(i));
  return nodes;
}

std::vector<BindingPtr> Importer::importSubgraph(const onnx::GraphProto &graph,
                                                 const std::string &where) {
  if (scopes.size() > kDeepestSubgraph) {
    report(where, fmt::format("subgraphs are nested more than {} deep", kDeepestSubgraph));
    return {};
  }
  std::vector<BindingPtr> outputs;
  if (openScope(graph, where)) {
    for (const onnx::NodeProto *node : neededNodes(graph, where))
      importNode(*node);
    for (const onnx::ValueInfoProto &output : graph.output()) {
      BindingPtr binding = lookup(output.name());
      outputs.push_back(binding ? binding : Binding::failure());
    }
  }
  scopes.pop_back();
  return outputs;
}

void Importer::importNode(const onnx::NodeProto &proto) {
  std::string outer = std::exchange(currentNode, describe(proto));
  Node node(*this, proto);
  bool isDefault = proto.domain().empty() || proto.domain() == "ai.onnx";
  std::string name = isDefault ? proto.op_type() : proto.domain() + "::" + proto.op_type();
  auto import = operators().import.find(name);
  auto evaluate = operators().evaluate.find(name);
  bool canImport = import != operators().import.end();
  bool canEvaluate = evaluate != operators().evaluate.end();

  bool inputsFailed = false;
  for (const std::string &input : proto.input())
    if (!input.empty()) {
      BindingPtr binding = lookup(input);
      inputsFailed |= !binding || binding->failed;
    }
  bool done = false;
  if (!inputsFailed && canEvaluate) {
    done = evaluate->second(node) && !node.failed();
    inputsFailed = node.failed();
  }
  if (!canImport && !canEvaluate)
    node.error(isDefault
                   ? fmt::format("this operator is not supported (operator set {})", opsetVersion)
                   : fmt::format("this operator of the domain \"{}\" is not supported",
                                 escaped(proto.domain())));
  else if (!done && !inputsFailed && canImport)
    import->second(node);
  else if (!done && !inputsFailed)
    node.error("this operator is supported on shapes and constants only");

  for (const std::string &output : proto.output())
    if (!output.empty() && !scopes.back().bindings.contains(output)) {
      if (isUsed(output) && !node.failed() && !inputsFailed)
        node.error(fmt::format("its output \"{}\" is not supported", escaped(output)));
      bind(output, Binding::failure());
    }
  currentNode = std::move(outer);
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void Importer::warnOfOtherShape(const onnx::ValueInfoProto &declared, seg::TensorType inferred) {
  if (!declared.type().tensor_type().has_shape())
    return;
  const auto &dims = declared.type().tensor_type().shape().dim();
  bool differs = dims.size() != inferred.getRank();
  for (int i = 0; !differs && i != dims.size(); ++i)
    differs = dims[i].has_dim_value() && dims[i].dim_value() > 0 &&
              inferred.getDim(i).isConstant() &&
              !inferred.getDim(i).isConstant(dims[i].dim_value());
  if (differs && options.shapes.empty())
    mlir::emitWarning(opBuilder.getUnknownLoc())
        << file.name() << ": output \"" << escaped(declared.name())
        << "\" has another shape than the model declares: " << mlir::Type(inferred);
}

void Importer::buildResults(mlir::func::FuncOp function) {
  const onnx::GraphProto &graph = file.model().graph();
  SmallVector<mlir::Value> values;
  SmallVector<mlir::Type> types;
  SmallVector<mlir::Attribute> attributes;
  llvm::StringSet<> names;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    std::string where = fmt::format("output \"{}\"", escaped(output.name()));
    if (!names.insert(output.name()).second)
      report(where, "is listed twice");
    BindingPtr binding = lookup(output.name());
    if (!binding || binding->failed)
      continue;
    mlir::Value value = materialise(*binding, output.name());
    if (!value) {
      report(where, "is shape arithmetic on a free input; fix the input's shape with --shape");
      continue;
    }
    values.push_back(value);
    types.push_back(value.getType());
    attributes.push_back(opBuilder.getDictionaryAttr(
        opBuilder.getNamedAttr(seg::kNameAttr, opBuilder.getStringAttr(output.name()))));
    warnOfOtherShape(output, llvm::cast<seg::TensorType>(value.getType()));
  }
  opBuilder.create<mlir::func::ReturnOp>(opBuilder.getUnknownLoc(), values);
  function.setFunctionType(opBuilder.getFunctionType(function.getArgumentTypes(), types));
  function.setAllResultAttrs(attributes);
}

void Importer::bindConstantInputs(const onnx::GraphProto &graph) {
  for (const auto &[name, bytes] : options.constants) {
    std::string where = fmt::format("input \"{}\"", escaped(name)), error;
    auto isNamed = [&, &wanted = name](const onnx::ValueInfoProto &input) {
      return input.name() == wanted;
    };
    onnx::TensorProto proto;
    if (llvm::none_of(graph.input(), isNamed)) {
      report(where, "is given a value, but does not exist");
      continue;
    }
    std::optional<ConstantTensor> tensor;
    if (proto.ParseFromString(bytes) && proto.data_location() != onnx::TensorProto::EXTERNAL)
      tensor = readTensor(file, proto, error);
    if (!tensor) {
      report(where, "its value is unsound: " + (error.empty() ? "not a tensor" : error));
      continue;
    }
    // The proto dies with this function; its bytes must not.
    std::vector<char> copy(tensor->data.bytes.begin(), tensor->data.bytes.end());
    auto binding = std::make_shared<Binding>();
    binding->element = tensor->element;
    binding->constant = makeConstant(tensor->element, tensor->shape, std::move(copy));
    bind(name, std::move(binding));
  }
}

bool Importer::buildFunction(mlir::ModuleOp module) {
  const onnx::GraphProto &graph = file.model().graph();
  if (!readOpset())
    return false;
  openScope(graph, "");
  if (graph.output_size() == 0)
    report("", "the graph has no outputs");

  bindConstantInputs(graph);
  std::vector<GraphInput> inputs = readInputs(*this, graph, options);
  SmallVector<mlir::Type> types;
  for (const GraphInput &input : inputs)
    types.push_back(input.type);
  opBuilder.setInsertionPointToEnd(module.getBody());
  auto function = opBuilder.create<mlir::func::FuncOp>(
      opBuilder.getUnknownLoc(), options.functionName.empty() ? "network" : options.functionName,
      opBuilder.getFunctionType(types, {}));
  opBuilder.setInsertionPointToStart(function.addEntryBlock());
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (scopes.back().bindings.contains(input.name))
      report(fmt::format("input \"{}\"", escaped(input.name)), "is listed twice");
    auto binding = std::make_shared<Binding>();
    binding->element = input.element;
    binding->value = function.getArgument(i);
    bind(input.name, std::move(binding));
    function.setArgAttr(i, seg::kNameAttr, opBuilder.getStringAttr(input.name));
  }
  // Whatever follows would be said about shapes that are wrong.
  if (!errors.empty())
    return false;

  for (const onnx::NodeProto *node : neededNodes(graph, ""))
    importNode(*node);
  buildResults(function);
  if (!errors.empty())
    return false;

  // Nodes that only a Shape asked about have left ops without readers.
  for (mlir::Operation &op : llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (op.use_empty() && !op.hasTrait<mlir::OpTrait::IsTerminator>())
      op.erase();
  return true;
}

mlir::OwningOpRef<mlir::ModuleOp> Importer::run() {
  context()->loadDialect<seg::SegDialect, mlir::func::FuncDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(opBuilder.getUnknownLoc());
  mlir::ScopedDiagnosticHandler handler(context(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
      return mlir::failure();
    report(currentNode, diagnostic.str());
    return mlir::success();
  });
  if (!buildFunction(*module) || mlir::failed(mlir::verify(*module)) || !errors.empty())
    return {};
  return module;
}

} // namespace segc::onnximport

namespace segc {

mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context, const std::string &path,
                                             const ImportOptions &options,
                                             std::vector<std::string> &errors) {
  std::string error;
  std::unique_ptr<onnximport::ModelFile> file = onnximport::ModelFile::open(path, error);
  if (!file) {
    errors.push_back(error);
    return {};
  }
  return onnximport::Importer(context, *file, options, errors).run();
}

} // namespace segc
