//===- ImportGraph.cpp - graphs, function bodies and their nodes ----------===//

#include "frontends/onnx/Importer.h"
#include "frontends/onnx/Node.h"
#include "frontends/onnx/Operators.h"
#include "frontends/onnx/SparseTensor.h"

#include "llvm/ADT/ScopeExit.h"

#include <fmt/format.h>

namespace segc::onnximport {

using llvm::StringRef;
using seg::DimAttr;

namespace {
/// Graphs in graphs and calls in calls.
constexpr size_t kDeepestNesting = 64;
} // namespace

//===----------------------------------------------------------------------===//
// The table of values
//===----------------------------------------------------------------------===//

void Importer::openScope(const onnx::GraphProto &graph) {
  Scope &scope = scopes.emplace_back();
  std::vector<std::string> repeated;
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    auto [entry, isNew] = scope.initialisers.try_emplace(tensor.name(), &tensor);
    // ONNX Runtime takes the last one.
    if (!isNew)
      repeated.push_back(tensor.name());
    entry->second = &tensor;
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    scope.sparse[tensor.values().name()] = &tensor;
  if (!repeated.empty())
    warn(fmt::format("several initializers are called {}; the last one counts",
                     quotedNames(repeated)));
  for (const onnx::ValueInfoProto &info : graph.value_info())
    scope.declared[info.name()] = &info;
  for (const onnx::ValueInfoProto &info : graph.output())
    scope.declared[info.name()] = &info;
}

bool Importer::exists(StringRef name) const {
  for (const Scope &scope : llvm::reverse(scopes)) {
    if (scope.has(name))
      return true;
    if (scope.isClosed)
      return false;
  }
  return false;
}

BindingPtr Importer::lookup(StringRef name) {
  for (Scope &scope : llvm::reverse(scopes)) {
    auto bound = scope.bindings.find(name);
    if (bound != scope.bindings.end())
      return bound->second;
    std::optional<ConstantTensor> tensor;
    std::string error;
    if (auto dense = scope.initialisers.find(name); dense != scope.initialisers.end()) {
      tensor = readTensor(file, *dense->second, error);
    } else if (auto sparse = scope.sparse.find(name); sparse != scope.sparse.end()) {
      tensor = readSparseTensor(file, *sparse->second, error);
    } else if (scope.isClosed) {
      return nullptr;
    } else {
      continue;
    }
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

BindingPtr Importer::standIn(StringRef name) {
  BindingPtr binding = Binding::failure();
  auto declared = scopes.back().declared.find(name);
  if (declared == scopes.back().declared.end() || !declared->second->type().has_tensor_type())
    return binding;
  const auto &type = declared->second->type().tensor_type();
  std::optional<Element> element = elementOf(type.elem_type());
  if (!element || !type.has_shape())
    return binding;
  llvm::SmallVector<DimAttr> dims;
  for (const auto &dim : type.shape().dim()) {
    if (dim.has_dim_value() && dim.dim_value() > 0)
      dims.push_back(DimAttr::constant(context(), dim.dim_value()));
    else if (!dim.dim_param().empty())
      dims.push_back(symbolTable.forParameter(dim.dim_param()));
    else
      dims.push_back(symbolTable.fresh("d"));
  }
  binding->element = *element;
  mlir::Type result = seg::TensorType::get(context(), dims, mlirType(context(), *element));
  binding->value = opBuilder
                       .create<mlir::UnrealizedConversionCastOp>(
                           opBuilder.getUnknownLoc(), mlir::TypeRange(result), mlir::ValueRange())
                       .getResult(0);
  return binding;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

bool Importer::charge(size_t nodes) {
  const bool hadSome = nodesLeft != 0;
  if (nodes <= nodesLeft && hadSome) {
    nodesLeft -= nodes;
    return true;
  }
  nodesLeft = 0;
  if (hadSome)
    report("", "functions and loops make too many nodes of the network's");
  return false;
}

GraphOrder Importer::order(const NodeList &nodes, const std::vector<std::string> &outputs) {
  GraphOrder sorted = orderNodes(
      nodes, outputs,
      {[&](StringRef name) { return exists(name); },
       [&](StringRef name) { return scopes.back().has(name); },
       [&](const onnx::NodeProto &node) { return describe(node); },
       [&](const onnx::NodeProto &node, const std::string &text) { reportNode(node, text); }});
  for (const std::string &name : sorted.broken)
    bind(name, Binding::failure());
  scopes.back().used = sorted.used;
  return sorted;
}

bool Importer::importNodes(const NodeList &nodes, const std::vector<std::string> &outputs,
                           const llvm::StringMap<BindingPtr> &given) {
  if (!charge(countNodes(nodes) + 1))
    return false;
  const GraphOrder sorted = order(nodes, outputs);
  for (const auto &entry : given)
    bind(entry.getKey(), entry.getValue());
  auto isGiven = [&](const std::string &name) { return given.contains(name); };
  for (const onnx::NodeProto *node : sorted.nodes)
    if (!llvm::all_of(node->output(), isGiven))
      importNode(*node);
  return true;
}

std::vector<BindingPtr> Importer::importSubgraph(const onnx::GraphProto &graph,
                                                 const onnx::NodeProto &owner,
                                                 llvm::ArrayRef<BindingPtr> inputs,
                                                 const llvm::StringMap<BindingPtr> &given) {
  if (scopes.size() > kDeepestNesting) {
    reportNode(owner, fmt::format("graphs are nested more than {} deep", kDeepestNesting));
    return {};
  }
  if (static_cast<size_t>(graph.input_size()) != inputs.size()) {
    reportNode(owner, fmt::format("its graph has {} inputs instead of {}", graph.input_size(),
                                  inputs.size()));
    return {};
  }
  const onnx::NodeProto *outerNode = currentNode;
  const bool outerTaint = currentIsTainted;
  ++graphsImported;
  openScope(graph);
  for (int i = 0; i != graph.input_size(); ++i)
    bind(graph.input(i).name(), inputs[i]);
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto &output : graph.output())
    names.push_back(output.name());
  std::vector<BindingPtr> outputs;
  if (importNodes(graph.node(), names, given))
    for (const std::string &name : names) {
      BindingPtr binding = lookup(name);
      if (!binding)
        reportNode(owner,
                   fmt::format("nothing computes the output \"{}\" of its graph", escaped(name)));
      outputs.push_back(binding ? binding : Binding::failure());
    }
  scopes.pop_back();
  currentNode = outerNode;
  currentIsTainted = outerTaint;
  return outputs;
}

void Importer::checkOperators(const onnx::GraphProto &graph) {
  for (const onnx::NodeProto &node : graph.node()) {
    if (!functions.find(node))
      checkOperator(node);
    for (const onnx::AttributeProto &attribute : node.attribute())
      if (attribute.has_g())
        checkOperators(attribute.g());
  }
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static std::string tableKey(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain()) ? node.op_type() : node.domain() + "::" + node.op_type();
}

bool Importer::checkOperator(const onnx::NodeProto &proto) {
  const std::string key = tableKey(proto);
  const bool isDefault = isDefaultDomain(proto.domain());
  if (isDefault && opset() == 0 && !std::exchange(hasReportedOpset, true))
    report("", "the model names no version of the default operator set");
  if (operators().import.contains(key) || operators().evaluate.contains(key))
    return true;
  reportNode(proto, isDefault
                        ? fmt::format("this operator is not supported (operator set {})", opset())
                        : fmt::format("this operator of the domain \"{}\" is not supported",
                                      escaped(proto.domain())));
  return false;
}

void Importer::importNode(const onnx::NodeProto &proto) {
  const onnx::NodeProto *outerNode = std::exchange(currentNode, &proto);
  const bool outerTaint = currentIsTainted;
  currentIsTainted = false;
  for (const std::string &input : proto.input())
    if (BindingPtr binding = input.empty() ? nullptr : lookup(input))
      currentIsTainted |= binding->failed;
  if (const ModelFunction *function = functions.find(proto))
    importCall(proto, *function);
  else
    importOperator(proto);
  for (const std::string &output : proto.output())
    if (!output.empty() && !scopes.back().bindings.contains(output))
      bind(output, standIn(output));
  currentNode = outerNode;
  currentIsTainted = outerTaint;
}

void Importer::importOperator(const onnx::NodeProto &proto) {
  // A shape that is not known proves less than one that may be wrong.
  bool isBlind = false;
  for (const std::string &input : proto.input())
    if (BindingPtr binding = input.empty() ? nullptr : lookup(input))
      isBlind |= binding->failed && !binding->hasShape();
  const bool isKnown = checkOperator(proto);
  const size_t importedBefore = graphsImported;
  auto checkGraphs = llvm::make_scope_exit([&] {
    for (const onnx::AttributeProto &attribute : proto.attribute())
      if (attribute.has_g() && graphsImported == importedBefore && errorCount() != 0)
        checkOperators(attribute.g());
  });
  if (!isKnown || isBlind)
    return;

  Node node(*this, proto);
  for (const onnx::AttributeProto &attribute : proto.attribute())
    if (!attribute.ref_attr_name().empty() && !frame().function)
      node.error(fmt::format("attribute {} refers to one of a function, but the node is in none",
                             escaped(attribute.name())));
  const std::string key = tableKey(proto);
  auto import = operators().import.find(key);
  auto evaluate = operators().evaluate.find(key);
  bool done = node.failed();
  if (!done && evaluate != operators().evaluate.end())
    done = evaluate->second(node) || node.failed();
  if (!done && import != operators().import.end())
    import->second(node);
  else if (!done && !currentIsTainted)
    node.error("this operator is supported on shapes and constants only");
  if (node.failed())
    return;
  for (const std::string &output : proto.output()) {
    auto bound = scopes.back().bindings.find(output);
    if (output.empty())
      continue;
    if (bound == scopes.back().bindings.end()) {
      if (isUsed(output) && !currentIsTainted)
        node.error(fmt::format("its output \"{}\" is not supported", escaped(output)));
    } else if (currentIsTainted && !bound->second->failed) {
      auto tainted = std::make_shared<Binding>(*bound->second);
      tainted->failed = true;
      bound->second = std::move(tainted);
    }
  }
}

void Importer::importCall(const onnx::NodeProto &call, const ModelFunction &function) {
  const onnx::FunctionProto &body = *function.proto;
  auto isRunning = [&](const Frame &frame) { return frame.function == &function; };
  if (llvm::any_of(frames, isRunning))
    return reportNode(call, "this function, which the file defines, calls itself");
  if (scopes.size() > kDeepestNesting)
    return reportNode(call, fmt::format("functions are nested more than {} deep", kDeepestNesting));
  if (call.input_size() > body.input_size() || call.output_size() > body.output_size())
    return reportNode(call, fmt::format("the function has {} inputs and {} outputs, but {} and {} "
                                        "are named",
                                        body.input_size(), body.output_size(), call.input_size(),
                                        call.output_size()));
  std::vector<BindingPtr> inputs;
  for (int i = 0; i != body.input_size(); ++i) {
    const bool isGiven = i < call.input_size() && !call.input(i).empty();
    BindingPtr input = isGiven ? lookup(call.input(i)) : std::make_shared<Binding>();
    if (!isGiven)
      input->absent = true;
    inputs.push_back(input ? input : Binding::failure());
  }
  std::vector<std::string> names;
  for (int i = 0; i != call.output_size(); ++i)
    if (!call.output(i).empty() && isUsed(call.output(i)))
      names.push_back(body.output(i));

  frames.push_back(frame().call(call, function, nodeName(call)));
  scopes.emplace_back().isClosed = true;
  std::vector<BindingPtr> outputs;
  {
    auto leave = llvm::make_scope_exit([&] {
      scopes.pop_back();
      frames.pop_back();
    });
    for (int i = 0; i != body.input_size(); ++i)
      bind(body.input(i), inputs[i]);
    if (!importNodes(body.node(), names))
      return;
    for (int i = 0; i != call.output_size(); ++i)
      outputs.push_back(llvm::is_contained(names, body.output(i)) ? lookup(body.output(i))
                                                                  : BindingPtr());
  }
  for (int i = 0; i != call.output_size(); ++i) {
    if (call.output(i).empty() || !isUsed(call.output(i)))
      continue;
    if (!outputs[i] || outputs[i]->absent)
      reportNode(call, fmt::format("the function does not compute its output \"{}\"",
                                   escaped(body.output(i))));
    else
      bind(call.output(i), outputs[i]);
  }
}

} // namespace segc::onnximport
