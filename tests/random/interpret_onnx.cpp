// Runs ONNX models under the reference interpreter, as they are imported: no pass has touched them.
//
//   interpret_onnx FOLDER...
//
// A folder holds model.onnx and test_data_set_K/input_J.pb, as ONNX's test cases do; output_J.pb is
// written beside the inputs. A line is printed for each folder: "ok FOLDER", "refused FOLDER:
// reason" where the importer refuses the model, "FAIL FOLDER: reason" for all else.

#include "frontends/onnx/ConstantTensor.h"
#include "frontends/onnx/Import.h"

#include "compiler/interpreter/Interpreter.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

namespace segc::onnximport {
namespace {

namespace fs = std::filesystem;

std::string readFile(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::string fileName(const char *kind, size_t index) {
  return kind + std::string("_") + std::to_string(index) + ".pb";
}

/// The tensor of a file; nothing, and why, if it holds none that the importer knows.
std::optional<interpreter::Tensor> readTensorFile(mlir::MLIRContext &context, ModelFile &file,
                                                  const fs::path &path, std::string &error) {
  onnx::TensorProto proto;
  error = path.string() + " holds no tensor";
  if (!proto.ParseFromString(readFile(path)))
    return std::nullopt;
  std::optional<ConstantTensor> constant = readTensor(file, proto, error);
  if (!constant)
    return std::nullopt;
  if (constant->element == Element::Float)
    return interpreter::Tensor::ofFloats(&context, constant->shape, constant->as<float>().vec());
  std::vector<int64_t> integers;
  for (int64_t at = 0; at != constant->count(); ++at)
    integers.push_back(constant->integerAt(at));
  return interpreter::Tensor::ofInts(mlirType(&context, constant->element), constant->shape,
                                     std::move(integers));
}

onnx::TensorProto::DataType dataTypeOf(Element element) {
  switch (element) {
  case Element::Float:
    return onnx::TensorProto::FLOAT;
  case Element::Int64:
    return onnx::TensorProto::INT64;
  case Element::Int32:
    return onnx::TensorProto::INT32;
  case Element::Int16:
    return onnx::TensorProto::INT16;
  case Element::Int8:
    return onnx::TensorProto::INT8;
  case Element::UInt64:
    return onnx::TensorProto::UINT64;
  case Element::UInt32:
    return onnx::TensorProto::UINT32;
  case Element::UInt16:
    return onnx::TensorProto::UINT16;
  case Element::UInt8:
    return onnx::TensorProto::UINT8;
  case Element::Bool:
    return onnx::TensorProto::BOOL;
  }
  return onnx::TensorProto::UNDEFINED;
}

/// Integers in their own type, all floats as float32.
bool writeTensorFile(const interpreter::Tensor &tensor, const fs::path &path) {
  onnx::TensorProto proto;
  for (int64_t extent : tensor.shape)
    proto.add_dims(extent);
  const Element element = tensor.isFloat() ? Element::Float : elementOf(tensor.elementType);
  proto.set_data_type(dataTypeOf(element));
  std::string raw(reinterpret_cast<const char *>(tensor.floats.data()),
                  tensor.floats.size() * sizeof(float));
  // The lowest bytes come first.
  const auto size = static_cast<std::ptrdiff_t>(elementSize(element));
  for (const int64_t &value : tensor.ints)
    raw.append(reinterpret_cast<const char *>(&value), size);
  proto.set_raw_data(raw);
  std::ofstream stream(path, std::ios::binary);
  return proto.SerializeToOstream(&stream) && stream.flush();
}

/// "" if the outputs of one set of data have been written, else what went wrong.
std::string runDataSet(mlir::MLIRContext &context, ModelFile &file, mlir::func::FuncOp function,
                       const fs::path &folder) {
  std::vector<interpreter::Tensor> inputs;
  std::string error;
  for (size_t i = 0; fs::exists(folder / fileName("input", i)); ++i) {
    auto tensor = readTensorFile(context, file, folder / fileName("input", i), error);
    if (!tensor)
      return error;
    // Halves and doubles are what the network's inputs are.
    if (tensor->isFloat() && i < function.getNumArguments())
      tensor->elementType =
          llvm::cast<seg::TensorType>(function.getArgument(i).getType()).getElementType();
    inputs.push_back(std::move(*tensor));
  }
  auto results = interpreter::interpret(function, inputs);
  if (!results)
    return llvm::toString(results.takeError());
  for (size_t i = 0; i != results->size(); ++i)
    if (!writeTensorFile((*results)[i], folder / fileName("output", i)))
      return "cannot write " + (folder / fileName("output", i)).string();
  return "";
}

std::string runFolder(const fs::path &folder) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  const std::string model = (folder / "model.onnx").string();
  std::vector<std::string> errors;
  auto module = importOnnx(context, model, {}, errors);
  if (!module)
    return "refused " + folder.string() + ": " +
           (errors.empty() ? "no reason" : llvm::join(errors, "; "));
  std::string error;
  auto file = ModelFile::open(model, error);
  mlir::func::FuncOp function = *module->getOps<mlir::func::FuncOp>().begin();
  for (int k = 0; fs::exists(folder / ("test_data_set_" + std::to_string(k))); ++k) {
    error = runDataSet(context, *file, function, folder / ("test_data_set_" + std::to_string(k)));
    if (!error.empty())
      return "FAIL " + folder.string() + ": " + error;
  }
  return "ok " + folder.string();
}

} // namespace
} // namespace segc::onnximport

int main(int count, char **arguments) {
  for (int i = 1; i < count; ++i) {
    std::string line = segc::onnximport::runFolder(arguments[i]);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::cout << line << '\n' << std::flush; // before the next model may bring the program down
  }
}
