//===- LowerNetwork.cpp - a program from a laid-out module ----------------===//

#include "compiler/package/LowerNetwork.h"
#include "frontends/onnx/Problems.h"

#include <utility>

using namespace llvm;
using namespace mlir;

namespace segc {

Result<Program> lowerNetwork(ModuleOp module, const CompileOptions &options, raw_ostream &weights,
                             KernelMaker &maker, std::function<void(size_t total)> progress) {
  auto function = *module.getOps<func::FuncOp>().begin();
  LoweringOptions lowering;
  lowering.target = options.target;
  lowering.directConvolutions = options.directConvolutions;
  lowering.packWeights = options.weights == WeightsForm::Packed;
  lowering.progress = [&](size_t, size_t total, StringRef) { progress(total); };
  onnximport::Problems problems(options.model);
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
    problems.addNode(seg::nodeName(diagnostic.getLocation()),
                     seg::nodeOperator(diagnostic.getLocation()), diagnostic.str());
    return success();
  });
  try {
    FailureOr<Program> program = ProgramBuilder(function, lowering, weights, maker).run();
    if (mlir::failed(program))
      return Failure{Failure::Input, problems.lines()};
    return std::move(*program);
  } catch (const KernelError &error) {
    return Failure::bug(error.what());
  }
}

namespace {

/// Knows the kernels' arguments, and makes none of them.
class NoKernels : public KernelMaker {
public:
  KernelSignature begin(const std::string &, llvm::function_ref<Kernel()> build) override {
    Kernel kernel = build();
    return {std::move(kernel.name), std::move(kernel.args)};
  }
  void make(const std::string &) override {}
};

} // namespace

std::optional<Failure> checkCompiles(ModuleOp module, const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  if (auto failure = optimize(*copy, options, /*layouts=*/true))
    return failure;
  NoKernels maker;
  raw_null_ostream nowhere;
  auto program = lowerNetwork(*copy, options, nowhere, maker, [](size_t) {});
  return program ? std::nullopt : std::optional(program.failure());
}

} // namespace segc
