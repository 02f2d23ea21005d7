//===- Functions.cpp - operators that the model file itself defines -------===//

#include "frontends/onnx/Functions.h"
#include "frontends/onnx/ModelFile.h"

#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

namespace segc::onnximport {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

namespace {

// Debian's onnx.proto is older than these fields.
constexpr int kFunctionDefaults = 11, kFunctionOverload = 13, kNodeOverload = 8;

std::string textField(const UnknownFieldSet &fields, int number) {
  for (int i = 0; i != fields.field_count(); ++i)
    if (fields.field(i).number() == number &&
        fields.field(i).type() == UnknownField::TYPE_LENGTH_DELIMITED)
      return fields.field(i).length_delimited();
  return "";
}

std::string keyOf(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload) {
  std::string key = isDefaultDomain(domain) ? "" : domain.str();
  return key + '\0' + name.str() + '\0' + overload.str();
}

} // namespace

bool isDefaultDomain(llvm::StringRef domain) { return domain.empty() || domain == "ai.onnx"; }

int64_t defaultOpset(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imported) {
  int64_t version = 0;
  for (const onnx::OperatorSetIdProto &set : imported)
    if (isDefaultDomain(set.domain()))
      version = set.version();
  return version;
}

FunctionTable::FunctionTable(const onnx::ModelProto &model, std::vector<std::string> &problems) {
  for (const onnx::FunctionProto &proto : model.functions()) {
    const UnknownFieldSet &newer = proto.unknown_fields();
    std::string key = keyOf(proto.domain(), proto.name(), textField(newer, kFunctionOverload));
    auto [entry, isNew] = functions.try_emplace(key);
    ModelFunction &function = entry->second;
    function.name =
        isDefaultDomain(proto.domain()) ? proto.name() : proto.domain() + "::" + proto.name();
    if (!isNew) {
      problems.push_back(
          fmt::format("the file defines the function \"{}\" twice", escaped(function.name)));
      continue;
    }
    function.proto = &proto;
    for (int i = 0; i != newer.field_count(); ++i) {
      const UnknownField &field = newer.field(i);
      if (field.number() != kFunctionDefaults)
        continue;
      if (field.type() != UnknownField::TYPE_LENGTH_DELIMITED ||
          !function.defaults.emplace_back().ParseFromString(field.length_delimited()))
        problems.push_back(
            fmt::format("an attribute of the function \"{}\" is damaged", escaped(function.name)));
    }
  }
}

const ModelFunction *FunctionTable::find(const onnx::NodeProto &node) const {
  if (functions.empty())
    return nullptr;
  auto found = functions.find(
      keyOf(node.domain(), node.op_type(), textField(node.unknown_fields(), kNodeOverload)));
  return found == functions.end() ? nullptr : &found->second;
}

const onnx::AttributeProto *Frame::resolve(const onnx::AttributeProto &attribute) const {
  if (attribute.ref_attr_name().empty())
    return &attribute;
  return attributes.lookup(attribute.ref_attr_name());
}

Frame Frame::call(const onnx::NodeProto &node, const ModelFunction &called,
                  llvm::StringRef nodeName) const {
  // The names of nested calls add up.
  constexpr size_t kLongestPath = 400;
  Frame frame;
  frame.function = &called;
  frame.opset = defaultOpset(called.proto->opset_import());
  if (frame.opset == 0)
    frame.opset = opset;
  frame.path = nodeName.take_front(kLongestPath).str() + "/";
  for (const onnx::AttributeProto &attribute : called.defaults)
    frame.attributes[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (const onnx::AttributeProto *given = resolve(attribute))
      frame.attributes[attribute.name()] = given;
  return frame;
}

} // namespace segc::onnximport
