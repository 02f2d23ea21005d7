//===- ConstantInputs.cpp - recorded inputs as constants --------*- C++ -*-===//

#include "compiler/commands/ConstantInputs.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"

namespace segc {

namespace {

struct Recorded {
  std::string name;
  onnx::TensorProto tensor;
};

/// The case's inputs with the names that the model gives them; empty if they cannot be told.
std::vector<Recorded> readRecorded(const std::string &model, const RecordedCase &recorded) {
  std::string error;
  auto file = onnximport::ModelFile::open(model, error);
  if (!file)
    return {};
  const onnx::GraphProto &graph = file->model().graph();
  llvm::StringSet<> initialisers;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initialisers.insert(tensor.name());
  std::vector<Recorded> inputs;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (initialisers.contains(input.name()))
      continue;
    if (inputs.size() == recorded.inputs.size())
      return {};
    auto bytes = llvm::MemoryBuffer::getFile(recorded.inputs[inputs.size()].file);
    Recorded one{input.name(), {}};
    if (!bytes || !one.tensor.ParseFromArray((*bytes)->getBufferStart(),
                                             static_cast<int>((*bytes)->getBufferSize())))
      return {};
    inputs.push_back(std::move(one));
  }
  return inputs;
}

CompileAttempt attempt(const CompileOptions &options, const RecordedCase &recorded,
                       const std::vector<Recorded> &inputs,
                       llvm::function_ref<bool(size_t)> isConstant) {
  CompileAttempt result{options, recorded};
  result.recorded.inputs.clear();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto &[name, tensor] = inputs[i];
    if (isConstant(i)) {
      result.options.constants[name] = tensor.SerializeAsString();
      continue;
    }
    result.options.shapes[name].assign(tensor.dims().begin(), tensor.dims().end());
    result.recorded.inputs.push_back(recorded.inputs[i]);
  }
  return result;
}

} // namespace

std::vector<CompileAttempt> constantInputAttempts(const CompileOptions &options,
                                                  const RecordedCase &recorded) {
  const std::vector<Recorded> inputs = readRecorded(options.model, recorded);
  if (inputs.size() != recorded.inputs.size())
    return {{options, recorded}};
  std::vector<CompileAttempt> attempts{
      attempt(options, recorded, inputs, [](size_t) { return false; })};
  auto isInteger = [&](size_t i) {
    switch (inputs[i].tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
    case onnx::TensorProto::DOUBLE:
    case onnx::TensorProto::FLOAT16:
    case onnx::TensorProto::BFLOAT16:
      return false;
    default:
      return true;
    }
  };
  if (inputs.size() > 1) {
    attempts.push_back(attempt(options, recorded, inputs, isInteger));
    attempts.push_back(attempt(options, recorded, inputs, [](size_t i) { return i != 0; }));
  } else if (inputs.size() == 1 && isInteger(0)) {
    attempts.push_back(attempt(options, recorded, inputs, isInteger));
  }
  // Where there are only single numbers there is nothing left that a network would be given.
  if (inputs.size() > 1 &&
      llvm::all_of(inputs, [](const Recorded &one) { return one.tensor.dims_size() == 0; }))
    attempts.push_back(attempt(options, recorded, inputs, [](size_t) { return true; }));
  return attempts;
}

} // namespace segc
