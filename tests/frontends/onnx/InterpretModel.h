//===- InterpretModel.h - what a small ONNX model computes ------*- C++ -*-===//
//
// Imports the model of a ModelBuilder and runs it in the reference interpreter: the
// meaning of what the importer writes for an operator, without any compilation.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_FRONTENDS_ONNX_INTERPRETMODEL_H
#define SEGC_TESTS_FRONTENDS_ONNX_INTERPRETMODEL_H

#include "compiler/interpreter/Interpreter.h"
#include "tests/frontends/onnx/ModelBuilder.h"

#include <numeric>

namespace segc::test {

/// Floats of a shape.
struct Floats {
  std::vector<int64_t> shape;
  std::vector<float> values;

  int64_t count() const {
    return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
  }
  /// Numbers from -1 to 1 without a pattern, others for each `seed`.
  static Floats of(std::vector<int64_t> shape, unsigned seed = 1) {
    Floats result{std::move(shape), {}};
    uint32_t state = seed * 2654435761u + 12345u;
    for (int64_t i = 0; i < result.count(); ++i) {
      state = state * 1664525u + 1013904223u;
      result.values.push_back(static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1);
    }
    return result;
  }
};

/// The outputs; none, and a failure of the test, if the model is refused.
inline std::vector<interpreter::Tensor> interpretModel(ModelBuilder &model,
                                                       const std::vector<Floats> &inputs) {
  model.write(model.bytes());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  std::vector<std::string> errors;
  mlir::OwningOpRef<mlir::ModuleOp> module = importOnnx(context, model.path(), {}, errors);
  if (!module) {
    ADD_FAILURE() << "refused: " << testing::PrintToString(errors);
    return {};
  }
  std::vector<interpreter::Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Floats &input : inputs)
    tensors.push_back(interpreter::Tensor::ofFloats(&context, input.shape, input.values));
  auto function = *module->getOps<mlir::func::FuncOp>().begin();
  auto results = interpreter::interpret(function, tensors);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  // Element types die with the context; the numbers do not.
  return std::move(*results);
}

/// Compares floats with `expected`, and the shape.
inline void expectNear(const interpreter::Tensor &actual, const std::vector<int64_t> &shape,
                       const std::vector<double> &expected, double tolerance = 1e-5) {
  ASSERT_EQ(std::vector<int64_t>(actual.shape.begin(), actual.shape.end()), shape);
  ASSERT_EQ(actual.floats.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(actual.floats[i], expected[i], tolerance) << "element " << i;
}

} // namespace segc::test

#endif // SEGC_TESTS_FRONTENDS_ONNX_INTERPRETMODEL_H
