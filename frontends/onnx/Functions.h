//===- Functions.h - operators that the model file itself defines *- C++ -*-===//
//
// PyTorch's newer exporter leaves operators as functions beside the graph. A node
// that calls one is imported as the function's nodes: formal inputs stand for the
// call's, attributes of the body that refer to the function's are read from the
// call, and the body has operator sets of its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_FUNCTIONS_H
#define SEGC_FRONTENDS_ONNX_FUNCTIONS_H

#include "frontends/onnx/OnnxProto.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <list>
#include <string>
#include <vector>

namespace segc::onnximport {

struct ModelFunction {
  const onnx::FunctionProto *proto = nullptr;
  /// Attributes with a default (onnx.proto's attribute_proto).
  std::list<onnx::AttributeProto> defaults;
  /// "domain::Name".
  std::string name;
};

class FunctionTable {
public:
  /// What is wrong with the functions goes to `problems`.
  FunctionTable(const onnx::ModelProto &model, std::vector<std::string> &problems);

  /// The function that a node calls; null if it calls none.
  const ModelFunction *find(const onnx::NodeProto &node) const;

private:
  llvm::StringMap<ModelFunction> functions;
};

/// A call being imported; the model's graph is the outermost.
struct Frame {
  const ModelFunction *function = nullptr;
  /// The version of the default operator set; 0 if none is named.
  int64_t opset = 0;
  /// "call/", before the names of the body's nodes.
  std::string path;
  /// The function's attributes as the call gives them.
  llvm::StringMap<const onnx::AttributeProto *> attributes;

  /// The attribute that `attribute` of a node of the body stands for. Null for one that refers to
  /// an attribute that the call leaves out.
  const onnx::AttributeProto *resolve(const onnx::AttributeProto &attribute) const;
  /// The frame of a call from this one by a node of that name.
  Frame call(const onnx::NodeProto &node, const ModelFunction &called,
             llvm::StringRef nodeName) const;
};

/// Whether a domain is the default one.
bool isDefaultDomain(llvm::StringRef domain);
/// The version of the default operator set that a model or a function imports; 0 if it does not.
int64_t defaultOpset(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imported);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_FUNCTIONS_H
