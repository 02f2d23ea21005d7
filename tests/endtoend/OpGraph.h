//===- OpGraph.h - a network of single ops, compiled and checked -*- C++ -*-===//
//
// The oracle of every lowering: a test writes a function op by op, each with its attributes as
// text, and calls agree(). The function is then compiled as users compile it (text, passes,
// kernels, host compiler, shared library) and, with random inputs, compared with the reference
// interpreter, which runs the function as it was written. Kernels check their memory accesses.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_OPGRAPH_H
#define SEGC_TESTS_ENDTOEND_OPGRAPH_H

#include "compiler/dialect/Seg.h"
#include "compiler/interpreter/Tensor.h"
#include "compiler/package/Failure.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseMap.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace segc {

class OpGraph {
public:
  /// `arch` as in --arch. `seed` is for weights and inputs.
  explicit OpGraph(std::string arch, unsigned seed = 1);

  /// A float input. The shape is text: "n, 20, h, w".
  mlir::Value input(const std::string &shape);
  /// An input that is always given this.
  mlir::Value input(const interpreter::Tensor &given);
  mlir::Value constant(llvm::ArrayRef<int64_t> shape, float low = -1, float high = 1);
  mlir::Value constant(const interpreter::Tensor &value);
  /// Random numbers.
  interpreter::Tensor tensor(llvm::ArrayRef<int64_t> shape, float low = -1, float high = 1);
  /// The value in the layout of blocked kernels: a max pooling that moves few values.
  mlir::Value blocked(mlir::Value value);

  /// An op's first result. Operands may be null where they are optional.
  template <typename OpTy>
  mlir::Value add(llvm::ArrayRef<mlir::Value> operands, const std::string &attributes) {
    auto op = seg::tryCreate<OpTy>(builder, location<OpTy>(), operands, parse(attributes));
    if (mlir::failed(op)) {
      ADD_FAILURE() << OpTy::getOperationName().str() << " {" << attributes << "} is refused";
      return {};
    }
    return (*op)->getResult(0);
  }
  mlir::Value binary(const std::string &kind, mlir::Value a, mlir::Value b) {
    return add<seg::BinaryOp>({a, b}, "kind = #seg.binary_kind<" + kind + ">");
  }
  mlir::Value unary(const std::string &function, mlir::Value a) {
    return add<seg::UnaryOp>({a}, "fn = #seg.act<" + function + ">");
  }

  /// The function returns this value too.
  void output(mlir::Value value);

  /// How the host compiler optimizes: many kernels for little data. Without it long functions
  /// compile in a fraction of the time.
  std::string optimization = "-O1";

  /// Which passes a function goes through.
  enum class Passes {
    All,        ///< as users compile it
    OnlyLayouts ///< no op is folded or fused: what is written is lowered
  };
  using Symbols = std::map<std::string, int64_t>;
  /// Compiles, and compares all outputs for each of these values of the symbols.
  void agree(const std::vector<Symbols> &sizes, double tolerance = 1e-4,
             Passes passes = Passes::All);
  /// Compiles a function that has faults, and returns how it fails.
  std::optional<Failure> refusal(Passes passes = Passes::All);

  mlir::OpBuilder &opBuilder() { return builder; }
  mlir::func::FuncOp func() { return function; }

private:
  template <typename OpTy> mlir::Location location() {
    std::string name = OpTy::getOperationName().str() + "_" + std::to_string(count++);
    return seg::nodeLocation(context.get(), name, OpTy::getOperationName());
  }
  llvm::ArrayRef<mlir::NamedAttribute> parse(const std::string &attributes);
  float random(float low, float high);
  std::string finish();
  std::optional<Failure> compile(const std::string &folder, Passes passes);
  interpreter::Tensor randomInput(seg::TensorType type, const Symbols &symbols);

  std::string arch;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::vector<mlir::Value> outputs;
  /// What inputs are given that are not random.
  llvm::DenseMap<mlir::Value, interpreter::Tensor> fixedInputs;
  mlir::Attribute parsed;
  std::mt19937 generator;
  int count = 0;
};

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_OPGRAPH_H
