//===- KeepOutputs.cpp - --outputs for networks in the seg dialect -*- C++ -*-===//

#include "compiler/package/KeepOutputs.h"
#include "compiler/dialect/Seg.h"
#include "compiler/dialect/Unused.h"

#include "llvm/ADT/BitVector.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

std::vector<std::string> keepOutputs(ModuleOp module, const std::vector<std::string> &outputs) {
  if (outputs.empty())
    return {};
  func::FuncOp function = *module.getOps<func::FuncOp>().begin();
  llvm::StringMap<unsigned> results;
  std::string known;
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    auto attribute = function.getResultAttrOfType<StringAttr>(i, seg::kNameAttr);
    const std::string name = attribute ? attribute.str() : std::to_string(i);
    results.try_emplace(name, i);
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
  }

  std::vector<std::string> problems;
  Operation *end = function.getBody().front().getTerminator();
  llvm::SmallVector<Value> values;
  llvm::SmallVector<Attribute> attributes;
  llvm::SmallVector<Type> types;
  llvm::SmallBitVector taken(function.getNumResults());
  for (const std::string &name : outputs) {
    auto found = results.find(name);
    if (found == results.end()) {
      problems.push_back(
          fmt::format("--outputs {}: the network has no such output; there are {}", name, known));
      continue;
    }
    if (taken.test(found->second))
      problems.push_back(fmt::format("--outputs {}: is named twice", name));
    taken.set(found->second);
    values.push_back(end->getOperand(found->second));
    types.push_back(values.back().getType());
    attributes.push_back(function.getResultAttrDict(found->second));
  }
  if (!problems.empty())
    return problems;

  for (Attribute &attribute : attributes)
    if (!attribute)
      attribute = DictionaryAttr::get(module.getContext());
  end->setOperands(values);
  seg::eraseUnused(function);
  function.setFunctionType(
      FunctionType::get(module.getContext(), function.getArgumentTypes(), types));
  function.setAllResultAttrs(attributes);
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
  function.eraseArguments(unused);
  return {};
}

} // namespace segc
