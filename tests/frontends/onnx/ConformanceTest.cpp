// ONNX's own test cases (Debian's libonnx-testdata): whatever the importer accepts must compute,
// under the reference interpreter, what the standard says; and it must accept most of what
// segmentation networks use.

#include "frontends/onnx/ConstantTensor.h"
#include "frontends/onnx/Import.h"

#include "compiler/interpreter/Interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace segc::onnximport {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = "/usr/share/libonnx-testdata/data";

std::string readFile(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

struct Case {
  fs::path folder;
  /// Names of the inputs that are no initialisers.
  std::vector<std::string> names;
  std::vector<onnx::TensorProto> inputs, outputs;
};

/// Nothing for cases over sequences and optional values, whose files hold no tensors.
std::optional<Case> readCase(const fs::path &folder) {
  Case result{folder, {}, {}, {}};
  onnx::ModelProto model;
  if (!model.ParseFromString(readFile(folder / "model.onnx")))
    return std::nullopt;
  auto read = [&](const char *prefix, const onnx::ValueInfoProto &value,
                  std::vector<onnx::TensorProto> &tensors) {
    std::string name = prefix + std::string("_") + std::to_string(tensors.size()) + ".pb";
    fs::path path = folder / "test_data_set_0" / name;
    return value.type().has_tensor_type() && fs::exists(path) &&
           tensors.emplace_back().ParseFromString(readFile(path));
  };
  std::set<std::string> initialisers;
  for (const onnx::TensorProto &tensor : model.graph().initializer())
    initialisers.insert(tensor.name());
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    if (initialisers.count(input.name()))
      continue;
    result.names.push_back(input.name());
    if (!read("input", input, result.inputs))
      return std::nullopt;
  }
  for (const onnx::ValueInfoProto &output : model.graph().output())
    if (!read("output", output, result.outputs))
      return std::nullopt;
  return result;
}

interpreter::Tensor toTensor(mlir::MLIRContext &context, ModelFile &file,
                             const onnx::TensorProto &proto) {
  std::string error;
  std::optional<ConstantTensor> constant = readTensor(file, proto, error);
  EXPECT_TRUE(constant) << error;
  mlir::Type type = mlirType(&context, constant->element);
  if (constant->element == Element::Float) {
    auto tensor =
        interpreter::Tensor::ofFloats(&context, constant->shape, constant->as<float>().vec());
    tensor.elementType = interfaceType(&context, proto.data_type());
    return tensor;
  }
  std::vector<int64_t> values;
  for (int64_t i = 0; i != constant->count(); ++i)
    values.push_back(constant->integerAt(i));
  return interpreter::Tensor::ofInts(type, constant->shape, std::move(values));
}

/// "" if the tensors agree, else where they differ.
std::string difference(const interpreter::Tensor &got, const interpreter::Tensor &want) {
  if (got.shape != want.shape)
    return "another shape";
  if (got.isFloat() != want.isFloat())
    return "another element type";
  for (size_t i = 0; i != want.floats.size(); ++i) {
    float a = got.floats[i], b = want.floats[i];
    bool equal = a == b || (std::isnan(a) && std::isnan(b));
    if (!equal && !(std::fabs(a - b) <= 1e-3f + 1e-3f * std::fabs(b)))
      return "element " + std::to_string(i) + " is " + std::to_string(a) + " instead of " +
             std::to_string(b);
  }
  for (size_t i = 0; i != want.ints.size(); ++i)
    if (got.ints[i] != want.ints[i])
      return "element " + std::to_string(i) + " is " + std::to_string(got.ints[i]) +
             " instead of " + std::to_string(want.ints[i]);
  return "";
}

enum class Outcome { Passed, Failed, Refused };

/// Imports and runs a case, with the inputs that `isConstant` picks given as constants.
Outcome runCase(const Case &test, llvm::function_ref<bool(int)> isConstant, std::string &reason) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportOptions options;
  std::vector<const onnx::TensorProto *> inputs;
  for (int i = 0; i != static_cast<int>(test.inputs.size()); ++i) {
    const std::string &name = test.names[i];
    if (isConstant(i)) {
      options.constants[name] = test.inputs[i].SerializeAsString();
      continue;
    }
    // Extents that the case leaves free are taken from its data; channels must be fixed.
    inputs.push_back(&test.inputs[i]);
    options.shapes[name].assign(test.inputs[i].dims().begin(), test.inputs[i].dims().end());
  }
  std::vector<std::string> errors;
  auto module = importOnnx(context, (test.folder / "model.onnx").string(), options, errors);
  if (!module) {
    reason = errors.empty() ? "refused without a reason" : errors.front();
    return errors.empty() ? Outcome::Failed : Outcome::Refused;
  }
  std::string error;
  auto file = ModelFile::open((test.folder / "model.onnx").string(), error);
  std::vector<interpreter::Tensor> operands;
  for (const onnx::TensorProto *input : inputs)
    operands.push_back(toTensor(context, *file, *input));
  mlir::func::FuncOp function = *module->getOps<mlir::func::FuncOp>().begin();
  auto results = interpreter::interpret(function, operands);
  if (!results) {
    reason = llvm::toString(results.takeError());
    return Outcome::Failed;
  }
  for (size_t i = 0; i != test.outputs.size(); ++i) {
    reason = difference((*results)[i], toTensor(context, *file, test.outputs[i]));
    if (!reason.empty())
      return Outcome::Failed;
  }
  return Outcome::Passed;
}

/// Cases that draw random numbers, and those whose files hold the bits of bfloat16 as integers.
bool isExempt(const std::string &name) {
  auto has = [&](const char *part) { return name.find(part) != std::string::npos; };
  return has("bernoulli") || has("BFLOAT16") ||
         (has("training_dropout") && !has("training_dropout_zero_ratio"));
}

/// Cases whose recorded outputs are not what segc computes, and why.
const std::map<std::string, const char *> &deviating() {
  static const char *const kIntegerExtent =
      "corners are those of the result's whole extent, as the specification's text, ONNX Runtime "
      "and PyTorch have it; the case takes scale times extent, not rounded";
  static const std::map<std::string, const char *> cases = {
      {"test_resize_downsample_scales_linear_align_corners", kIntegerExtent},
      {"test_resize_downsample_scales_cubic_align_corners", kIntegerExtent}};
  return cases;
}

class Conformance : public testing::TestWithParam<const char *> {
protected:
  /// Least number of cases of each folder that must be accepted and agree.
  static const std::map<std::string, int> kLeastPassed;
};

const std::map<std::string, int> Conformance::kLeastPassed = {
    {"node", 854}, {"simple", 14}, {"pytorch-operator", 35}, {"pytorch-converted", 82}};

TEST_P(Conformance, WhatIsAcceptedIsRight) {
  fs::path folder = kCases / GetParam();
  if (!fs::exists(folder))
    GTEST_SKIP() << "libonnx-testdata is not installed";
  int passed = 0, refused = 0;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    std::optional<Case> test = readCase(entry.path());
    if (!test || isExempt(name))
      continue;
    std::string reason;
    Outcome outcome = runCase(*test, [](int) { return false; }, reason);
    if (outcome == Outcome::Refused) {
      // Sizes and axes that the case takes as inputs, and everything behind the first input.
      auto isInteger = [&](int i) {
        int32_t type = test->inputs[i].data_type();
        return type != onnx::TensorProto::FLOAT && type != onnx::TensorProto::DOUBLE &&
               type != onnx::TensorProto::FLOAT16;
      };
      outcome = runCase(*test, isInteger, reason);
      if (outcome == Outcome::Refused)
        outcome = runCase(*test, [](int i) { return i != 0; }, reason);
    }
    if (auto known = deviating().find(name); known != deviating().end()) {
      EXPECT_EQ(outcome, Outcome::Failed) << name << " no longer deviates";
      EXPECT_NE(reason.find(" instead of "), std::string::npos) << name << ": " << reason;
      llvm::outs() << "deviates " << name << ": " << known->second << " (" << reason << ")\n";
      continue;
    }
    EXPECT_NE(outcome, Outcome::Failed) << name << ": " << reason;
    passed += outcome == Outcome::Passed;
    refused += outcome == Outcome::Refused;
    if (outcome == Outcome::Refused && std::getenv("SEGC_LIST_REFUSED"))
      llvm::outs() << "refused " << name << ": " << reason << "\n";
  }
  RecordProperty("passed", passed);
  RecordProperty("refused", refused);
  EXPECT_GE(passed, kLeastPassed.at(GetParam())) << refused << " refused";
  llvm::outs() << GetParam() << ": " << passed << " passed, " << refused << " refused\n";
}

INSTANTIATE_TEST_SUITE_P(Folders, Conformance,
                         testing::Values("node", "simple", "pytorch-operator",
                                         "pytorch-converted"));

} // namespace
} // namespace segc::onnximport
