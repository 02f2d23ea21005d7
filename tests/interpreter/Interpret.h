//===- Interpret.h - runs one op on literal numbers -------------*- C++ -*-===//
//
// A test writes a function as text and its tensors as lists of numbers:
//
//   EXPECT_THAT(floats(run(R"(...)", {{ {1, 1, 2, 2}, {1, 2, 3, 4} }})), ElementsAre(...));
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_INTERPRETER_INTERPRET_H
#define SEGC_TESTS_INTERPRETER_INTERPRET_H

#include "compiler/interpreter/Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace segc::interpreter {

/// A shape and its elements, in row-major order.
struct Floats {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

class Interpret : public ::testing::Test {
protected:
  Interpret() { context.loadDialect<seg::SegDialect, mlir::func::FuncDialect>(); }

  mlir::func::FuncOp parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << "the test's text does not parse";
    return module ? *module->getOps<mlir::func::FuncOp>().begin() : mlir::func::FuncOp();
  }

  /// All results of a function; the inputs are float tensors.
  std::vector<Tensor> runAll(llvm::StringRef text, std::vector<Floats> inputs) {
    std::vector<Tensor> tensors;
    for (const Floats &input : inputs)
      tensors.push_back(Tensor::ofFloats(&context, input.shape, input.values));
    return runTensors(text, tensors);
  }

  std::vector<Tensor> runTensors(llvm::StringRef text, const std::vector<Tensor> &inputs) {
    mlir::func::FuncOp function = parse(text);
    if (!function)
      return {Tensor()};
    auto results = interpret(function, inputs);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {Tensor()};
    }
    return *results;
  }

  std::vector<float> run(llvm::StringRef text, std::vector<Floats> inputs) {
    return runAll(text, std::move(inputs)).front().floats;
  }

  /// The message with which a function fails.
  std::string errorOf(llvm::StringRef text, std::vector<Floats> inputs) {
    std::vector<Tensor> tensors;
    for (const Floats &input : inputs)
      tensors.push_back(Tensor::ofFloats(&context, input.shape, input.values));
    mlir::func::FuncOp function = parse(text);
    if (!function)
      return "";
    auto results = interpret(function, tensors);
    if (results)
      return "no error";
    return llvm::toString(results.takeError());
  }

  mlir::Type i64() { return mlir::IntegerType::get(&context, 64); }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

} // namespace segc::interpreter

#endif // SEGC_TESTS_INTERPRETER_INTERPRET_H
