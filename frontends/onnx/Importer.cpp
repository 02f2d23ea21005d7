//===- Importer.cpp - the state of one import -----------------------------===//

#include "frontends/onnx/Importer.h"
#include "compiler/dialect/Unused.h"
#include "frontends/onnx/GraphInputs.h"
#include "frontends/onnx/SizeTensors.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace segc::onnximport {

using llvm::SmallVector;
using llvm::StringRef;
using seg::DimAttr;

namespace {
/// What is known about operator sets ends here.
constexpr int64_t kNewestOpset = 26;
/// Nodes that loops and calls may add to those of the file.
constexpr size_t kMostNodes = size_t{1} << 18;
} // namespace

BindingPtr Binding::failure() {
  auto binding = std::make_shared<Binding>();
  binding->failed = true;
  return binding;
}

SmallVector<DimAttr> Binding::shape(mlir::MLIRContext *context) const {
  if (value) {
    llvm::ArrayRef<DimAttr> dims = llvm::cast<seg::TensorType>(value.getType()).getShape();
    return SmallVector<DimAttr>(dims);
  }
  if (empty)
    return *empty;
  SmallVector<DimAttr> dims;
  for (int64_t extent : constant ? constant->shape : known ? known->shape : SmallVector<int64_t>())
    dims.push_back(DimAttr::constant(context, extent));
  return dims;
}

Importer::Importer(mlir::MLIRContext &context, ModelFile &file, const ImportOptions &options)
    : file(file), options(options), problems(file.name()), opBuilder(&context),
      symbolTable(&context), functions(file.model(), functionProblems),
      nodesLeft(kMostNodes + countNodes(file.model().graph().node())) {
  frames.emplace_back();
  for (const std::string &problem : functionProblems)
    report("", problem);
}

void Importer::report(const std::string &where, const std::string &message) {
  problems.add(where, message);
}

static std::string operatorName(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain()) ? node.op_type() : node.domain() + "::" + node.op_type();
}

void Importer::reportNode(const onnx::NodeProto &node, const std::string &message) {
  problems.addNode(nodeName(node), operatorName(node), message);
}

void Importer::warn(const std::string &message) {
  mlir::emitWarning(opBuilder.getUnknownLoc()) << escaped(file.name()) << ": " << message;
}

bool Importer::tryOut(llvm::function_ref<bool()> attempt) {
  Problems before = problems;
  const bool succeeded = attempt();
  if (!succeeded)
    problems = std::move(before);
  return succeeded;
}

std::string Importer::nodeName(const onnx::NodeProto &node) const {
  StringRef name = node.name();
  for (const std::string &output : node.output())
    if (name.empty())
      name = output;
  if (!frame().function)
    return name.str();
  // Each call repeats it.
  constexpr size_t kLongestName = 200;
  return frame().path + name.take_front(kLongestName).str();
}

std::string Importer::describe(const onnx::NodeProto &node) const {
  return fmt::format("node \"{}\" ({})", escaped(nodeName(node)), escaped(operatorName(node)));
}

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

std::optional<ConstantTensor> Importer::constant(Binding &binding) {
  if (!binding.constant && binding.known)
    return binding.known->toConstant();
  if (!binding.constant && binding.value && !binding.failed)
    binding.constant = computed.find(binding.value);
  return binding.constant;
}

const Known *Importer::known(Binding &binding) {
  // Lists of integers may have been computed by ops. Floats are weights.
  if (!binding.known && !binding.constant && binding.element != Element::Float)
    (void)constant(binding);
  if (!binding.known && binding.constant)
    binding.known = Known::of(context(), *binding.constant);
  return binding.known ? &*binding.known : nullptr;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void Importer::readOpset() {
  const onnx::ModelProto &model = file.model();
  int64_t version = defaultOpset(model.opset_import());
  // The oldest files name none.
  if (version == 0 && model.opset_import().empty() && model.ir_version() < 3)
    version = 1;
  if (version < 0)
    report("", fmt::format("the version of the default operator set is {}", version));
  if (version > kNewestOpset)
    warn(fmt::format("operator set {} is newer than those that segc knows (up to {}): operators "
                     "are taken to mean what they mean there",
                     version, kNewestOpset));
  frames.front().opset = version;
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

std::vector<std::string> Importer::chosenOutputs(const onnx::GraphProto &graph) {
  std::vector<std::string> names, computed;
  for (const onnx::ValueInfoProto &output : graph.output())
    names.push_back(output.name());
  const bool isChosen = !options.outputs.empty();
  if (names.empty() && !isChosen)
    report("", "the graph has no outputs");
  llvm::StringSet<> inner, seen;
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      inner.insert(output);
  for (const std::string &name : isChosen ? options.outputs : names) {
    if (!seen.insert(name).second)
      report(fmt::format("output \"{}\"", escaped(name)),
             isChosen ? "is named twice by --outputs" : "is listed twice");
    else if (!name.empty() && (inner.contains(name) || exists(name)))
      computed.push_back(name);
    else if (isChosen)
      report("", fmt::format("--outputs names \"{}\", which nothing computes; the outputs are {}",
                             escaped(name), quotedNames(names)));
    else
      report("", fmt::format("nothing computes the output \"{}\"", escaped(name)));
  }
  return computed;
}

mlir::Value Importer::asElements(mlir::Value value, mlir::Type type, StringRef name) {
  if (llvm::cast<seg::TensorType>(value.getType()).getElementType() == type)
    return value;
  auto cast =
      seg::tryCreate<seg::CastOp>(opBuilder, seg::nodeLocation(context(), name, "Cast"), {value},
                                  {opBuilder.getNamedAttr("to", mlir::TypeAttr::get(type))});
  return mlir::succeeded(cast) ? cast->getOutput() : value;
}

void Importer::buildResults(mlir::func::FuncOp function, const std::vector<std::string> &outputs) {
  SmallVector<mlir::Value> values;
  SmallVector<mlir::Type> types;
  SmallVector<mlir::Attribute> attributes;
  for (const std::string &name : outputs) {
    BindingPtr binding = lookup(name);
    if (!binding || binding->failed)
      continue;
    mlir::Value value = materialise(*binding, name);
    if (!value && binding->known) {
      onnx::NodeProto output;
      output.set_name(name);
      output.set_op_type("Identity");
      Node node(*this, output);
      value = binding->value = sizeTensor(node, *binding->known);
    }
    if (!value) {
      report(
          fmt::format("output \"{}\"", escaped(name)),
          binding->sequence || binding->absent ? "is a sequence or an optional tensor"
          : llvm::any_of(binding->shape(context()), [](DimAttr dim) { return dim.isConstant(0); })
              ? "has no elements"
              : "is computed from the size of a free input in a way that cannot be followed; fix "
                "the input's shape with --shape");
      continue;
    }
    // Everything is computed in float32, and handed over as the model declares it.
    auto declared = scopes.front().declared.find(name);
    if (binding->element == Element::Float && declared != scopes.front().declared.end()) {
      int32_t type = declared->second->type().tensor_type().elem_type();
      if (elementOf(type) == Element::Float)
        value = asElements(value, interfaceType(context(), type), name);
    }
    values.push_back(value);
    types.push_back(value.getType());
    attributes.push_back(opBuilder.getDictionaryAttr(
        opBuilder.getNamedAttr(seg::kNameAttr, opBuilder.getStringAttr(name))));
  }
  opBuilder.create<mlir::func::ReturnOp>(opBuilder.getUnknownLoc(), values);
  function.setFunctionType(opBuilder.getFunctionType(function.getArgumentTypes(), types));
  function.setAllResultAttrs(attributes);
}

/// Whether a declared shape cannot be that of the tensor.
static bool contradicts(const onnx::ValueInfoProto &declared, mlir::Value value) {
  auto type = llvm::cast<seg::TensorType>(value.getType());
  if (!declared.type().tensor_type().has_shape())
    return false;
  const auto &dims = declared.type().tensor_type().shape().dim();
  bool differs = dims.size() != type.getRank();
  for (int i = 0; !differs && i != dims.size(); ++i)
    differs = dims[i].has_dim_value() && dims[i].dim_value() > 0 && type.getDim(i).isConstant() &&
              !type.getDim(i).isConstant(dims[i].dim_value());
  return differs;
}

void Importer::warnOfContradictions() {
  // What --shape changes, the model could not know.
  if (!options.shapes.empty())
    return;
  const onnx::GraphProto &graph = file.model().graph();
  auto valueOf = [&](const onnx::ValueInfoProto &declared) {
    auto bound = scopes.front().bindings.find(declared.name());
    return bound == scopes.front().bindings.end() ? mlir::Value() : bound->second->value;
  };
  for (const onnx::ValueInfoProto &output : graph.output())
    if (mlir::Value value = valueOf(output); value && contradicts(output, value))
      mlir::emitWarning(opBuilder.getUnknownLoc())
          << escaped(file.name()) << ": output \"" << escaped(output.name())
          << "\" has another shape than the model declares: " << value.getType();
  std::vector<std::string> inner;
  for (const onnx::ValueInfoProto &info : graph.value_info())
    if (mlir::Value value = valueOf(info); value && contradicts(info, value))
      inner.push_back(info.name());
  if (!inner.empty())
    warn(fmt::format("the model declares shapes that are not what its operators give, and they "
                     "are ignored: those of {}",
                     quotedNames(inner)));
}

bool Importer::buildFunction(mlir::ModuleOp module) {
  const onnx::GraphProto &graph = file.model().graph();
  readOpset();
  openScope(graph);
  bindConstantInputs(graph);
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!exists(input.name()))
      bind(input.name(), Binding::failure());
  std::vector<std::string> outputs = chosenOutputs(graph);
  GraphOrder sorted = order(graph.node(), outputs);

  std::vector<GraphInput> inputs =
      readInputs(*this, graph, options, [&](StringRef name) { return isUsed(name); });
  SmallVector<mlir::Type> types;
  for (const GraphInput &input : inputs)
    if (input.type)
      types.push_back(input.type);
  opBuilder.setInsertionPointToEnd(module.getBody());
  auto function = opBuilder.create<mlir::func::FuncOp>(
      opBuilder.getUnknownLoc(), options.functionName.empty() ? "network" : options.functionName,
      opBuilder.getFunctionType(types, {}));
  opBuilder.setInsertionPointToStart(function.addEntryBlock());
  unsigned argument = 0;
  for (const GraphInput &input : inputs) {
    if (!input.type)
      continue;
    auto binding = std::make_shared<Binding>();
    binding->element = input.element;
    binding->failed = input.failed;
    binding->value =
        asElements(function.getArgument(argument), mlirType(context(), input.element), input.name);
    bind(input.name, std::move(binding));
    function.setArgAttr(argument++, seg::kNameAttr, opBuilder.getStringAttr(input.name));
  }

  for (const onnx::NodeProto *node : sorted.nodes)
    importNode(*node);
  buildResults(function, outputs);
  if (errorCount() != 0)
    return false;
  warnOfContradictions();

  // Nodes that only a Shape asked about have left ops without readers.
  seg::eraseUnused(function);
  return true;
}

mlir::OwningOpRef<mlir::ModuleOp> Importer::run() {
  context()->loadDialect<seg::SegDialect, mlir::func::FuncDialect>();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(opBuilder.getUnknownLoc());
  mlir::ScopedDiagnosticHandler handler(context(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
      return mlir::failure();
    if (!currentNode)
      report("", diagnostic.str());
    else if (!currentIsTainted)
      reportNode(*currentNode, diagnostic.str());
    return mlir::success();
  });
  if (!buildFunction(*module) || mlir::failed(mlir::verify(*module)) || errorCount() != 0)
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
  onnximport::Importer importer(context, *file, options);
  mlir::OwningOpRef<mlir::ModuleOp> module = importer.run();
  errors = importer.errors();
  return module;
}

} // namespace segc
