//===- ModelBuilder.h - small ONNX models for tests -------------*- C++ -*-===//
//
// Builds a ModelProto in a few lines, writes it to a folder of its own, imports
// it, and prints the result (or the errors) as text to look into.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_FRONTENDS_ONNX_MODELBUILDER_H
#define SEGC_TESTS_FRONTENDS_ONNX_MODELBUILDER_H

#include "frontends/onnx/Import.h"
#include "frontends/onnx/OnnxProto.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/Support/raw_ostream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace segc::test {

/// An extent: a number, or the name of a free one ("" for a nameless one).
using Extent = std::variant<int64_t, const char *>;

/// Adds a node to a graph or to the body of a function.
template <typename Container>
onnx::NodeProto &addNode(Container &container, const std::string &op,
                         const std::vector<std::string> &inputs,
                         const std::vector<std::string> &outputs) {
  onnx::NodeProto &node = *container.add_node();
  node.set_op_type(op);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  return node;
}

class ModelBuilder {
public:
  explicit ModelBuilder(int64_t opset = 13) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    std::string pattern = (std::filesystem::temp_directory_path() / "segc-onnx-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~ModelBuilder() { std::filesystem::remove_all(folder); }
  ModelBuilder(const ModelBuilder &) = delete;

  onnx::GraphProto &graph() { return *model.mutable_graph(); }

  onnx::ValueInfoProto &input(const std::string &name, const std::vector<Extent> &shape,
                              int type = onnx::TensorProto::FLOAT) {
    return fill(*graph().add_input(), name, shape, type);
  }
  void output(const std::string &name) {
    graph().add_output()->set_name(name);
    graph()
        .mutable_output(graph().output_size() - 1)
        ->mutable_type()
        ->mutable_tensor_type()
        ->set_elem_type(onnx::TensorProto::FLOAT);
  }

  /// Adds a node; further attributes are set on what is returned.
  onnx::NodeProto &node(const std::string &op, const std::vector<std::string> &inputs,
                        const std::vector<std::string> &outputs, const std::string &name = "") {
    onnx::NodeProto &proto = addNode(graph(), op, inputs, outputs);
    proto.set_name(name);
    return proto;
  }

  onnx::TensorProto &floats(const std::string &name, const std::vector<int64_t> &shape,
                            const std::vector<float> &values) {
    onnx::TensorProto &tensor = initialiser(name, shape, onnx::TensorProto::FLOAT);
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor;
  }
  /// Weights whose values do not matter.
  onnx::TensorProto &weights(const std::string &name, const std::vector<int64_t> &shape) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return floats(name, shape, std::vector<float>(static_cast<size_t>(count), 0.25f));
  }
  onnx::TensorProto &integers(const std::string &name, const std::vector<int64_t> &values) {
    onnx::TensorProto &tensor =
        initialiser(name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (int64_t value : values)
      tensor.add_int64_data(value);
    return tensor;
  }
  onnx::TensorProto &initialiser(const std::string &name, const std::vector<int64_t> &shape,
                                 int type) {
    onnx::TensorProto &tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (int64_t extent : shape)
      tensor.add_dims(extent);
    return tensor;
  }

  std::string path() const { return folder + "/model.onnx"; }
  void write(const std::string &bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
  std::string bytes() const { return model.SerializeAsString(); }

  /// The module as text, constants elided; after an error "" with `errors` filled.
  std::string import(const ImportOptions &options = {}) {
    write(bytes());
    return importFile(options);
  }
  std::string importFile(const ImportOptions &options = {}) {
    errors.clear();
    warnings.clear();
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::ScopedDiagnosticHandler handler(
        &context, [&](mlir::Diagnostic &diagnostic) { warnings.push_back(diagnostic.str()); });
    mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(context, path(), options, errors);
    std::string text;
    if (module) {
      EXPECT_TRUE(errors.empty());
      mlir::OpPrintingFlags flags;
      flags.elideLargeElementsAttrs(16).elideLargeResourceString(64).assumeVerified();
      llvm::raw_string_ostream stream(text);
      module->print(stream, flags);
    } else {
      EXPECT_FALSE(errors.empty()) << "refused without a reason";
    }
    return text;
  }
  /// The one error of an import that fails.
  std::string importError(const ImportOptions &options = {}) {
    EXPECT_EQ(import(options), "");
    EXPECT_EQ(errors.size(), 1u) << testing::PrintToString(errors);
    return errors.empty() ? "" : errors.front();
  }

  static onnx::ValueInfoProto &fill(onnx::ValueInfoProto &value, const std::string &name,
                                    const std::vector<Extent> &shape, int type) {
    value.set_name(name);
    auto *tensor = value.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (const Extent &extent : shape) {
      auto *dim = tensor->mutable_shape()->add_dim();
      if (const int64_t *number = std::get_if<int64_t>(&extent))
        dim->set_dim_value(*number);
      else if (*std::get<const char *>(extent))
        dim->set_dim_param(std::get<const char *>(extent));
    }
    return value;
  }

  onnx::ModelProto model;
  std::string folder;
  std::vector<std::string> errors, warnings;
};

inline onnx::AttributeProto &attribute(onnx::NodeProto &node, const std::string &name,
                                       onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto &proto = *node.add_attribute();
  proto.set_name(name);
  proto.set_type(type);
  return proto;
}
inline void setInt(onnx::NodeProto &node, const std::string &name, int64_t value) {
  attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}
inline void setFloat(onnx::NodeProto &node, const std::string &name, float value) {
  attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}
inline void setInts(onnx::NodeProto &node, const std::string &name,
                    const std::vector<int64_t> &values) {
  onnx::AttributeProto &proto = attribute(node, name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    proto.add_ints(value);
}
inline void setFloats(onnx::NodeProto &node, const std::string &name,
                      const std::vector<float> &values) {
  onnx::AttributeProto &proto = attribute(node, name, onnx::AttributeProto::FLOATS);
  for (float value : values)
    proto.add_floats(value);
}
inline void setText(onnx::NodeProto &node, const std::string &name, const std::string &value) {
  attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

} // namespace segc::test

#endif // SEGC_TESTS_FRONTENDS_ONNX_MODELBUILDER_H
