//===- Compile.cpp - from a model file to a package -------------*- C++ -*-===//

#include "compiler/package/Compile.h"
#include "compiler/dialect/Seg.h"
#include "compiler/lowering/Names.h"
#include "compiler/package/FixShapes.h"
#include "compiler/package/KeepOutputs.h"
#include "compiler/transforms/ChannelAxis.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/Pipeline.h"
#include "frontends/onnx/Import.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <utility>

using namespace llvm;
using namespace mlir;

namespace segc {

std::unique_ptr<MLIRContext> makeContext() {
  auto context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  context->loadDialect<seg::SegDialect, func::FuncDialect>();
  return context;
}

std::string networkName(const CompileOptions &options) {
  return options.name.empty() ? toNetworkName(sys::path::stem(options.model)) : options.name;
}

namespace {

/// Collects diagnostics as messages that name the file, the node and its operator.
class Collector {
public:
  Collector(MLIRContext *context, const std::string &file)
      : handler(context, [this, file](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return success();
          std::string node = seg::nodeName(diagnostic.getLocation());
          std::string text = file + ": ";
          if (auto position = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
            text = fmt::format("{}:{}:{}: ", file, position.getLine(), position.getColumn());
          else if (!node.empty()) {
            // A .mlir file need not say which operator a node was.
            std::string operatorName = seg::nodeOperator(diagnostic.getLocation());
            text += fmt::format("node \"{}\"{}: ", node,
                                operatorName.empty() ? "" : " (" + operatorName + ")");
          }
          messages.push_back(text + diagnostic.str());
          return success();
        }) {}

  std::vector<std::string> messages;

private:
  ScopedDiagnosticHandler handler;
};

/// --shape for a module that is in the seg dialect.
std::optional<Failure> fixGivenShapes(ModuleOp module, const CompileOptions &options,
                                      Collector &collector) {
  if (auto messages = fixShapes(module, options.shapes); !messages.empty()) {
    for (std::string &message : messages)
      message = options.model + ": " + message;
    return Failure{Failure::Input, messages};
  }
  if (!options.shapes.empty() && failed(verify(module)))
    return Failure{Failure::Input, collector.messages};
  return std::nullopt;
}

/// The CRF of --crf-only.
Result<OwningOpRef<ModuleOp>> loadCrf(MLIRContext &context, const CompileOptions &options) {
  Collector collector(&context, options.model);
  OwningOpRef<ModuleOp> module =
      crfNetwork(context, options.crf.value_or(CrfOptions()), *options.crfClasses,
                 options.processing.u8Input, networkName(options));
  if (!module)
    return Failure{Failure::Input, collector.messages};
  if (auto failure = fixGivenShapes(*module, options, collector))
    return *failure;
  return module;
}

} // namespace

Result<OwningOpRef<ModuleOp>> loadModel(MLIRContext &context, const CompileOptions &options) {
  if (options.crfClasses)
    return loadCrf(context, options);
  StringRef extension = sys::path::extension(options.model);
  if (!sys::fs::exists(options.model))
    return Failure::input(options.model + ": no such file");
  if (extension == ".onnx") {
    ImportOptions import;
    import.shapes = options.shapes;
    import.outputs = options.outputs;
    import.constants = options.constants;
    import.functionName = networkName(options);
    std::vector<std::string> errors;
    OwningOpRef<ModuleOp> module = importOnnx(context, options.model, import, errors);
    if (!module)
      return Failure{Failure::Input, std::move(errors)};
    return module;
  }
  if (extension == ".mlir") {
    Collector collector(&context, options.model);
    OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(options.model, ParserConfig(&context));
    if (!module)
      return Failure{Failure::Input, collector.messages};
    auto functions = llvm::to_vector(module->getOps<func::FuncOp>());
    if (functions.size() != 1 || functions.front().getBody().empty())
      return Failure::input(options.model + ": a module with one func.func is needed");
    for (mlir::Type type : llvm::concat<const mlir::Type>(functions.front().getArgumentTypes(),
                                                          functions.front().getResultTypes()))
      if (auto tensor = dyn_cast<seg::TensorType>(type); !tensor || tensor.getLayout())
        return Failure::input(options.model + ": inputs and outputs are tensors without a layout");
    if (auto failure = fixGivenShapes(*module, options, collector))
      return *failure;
    if (auto messages = keepOutputs(*module, options.outputs); !messages.empty()) {
      for (std::string &message : messages)
        message = options.model + ": " + message;
      return Failure{Failure::Input, messages};
    }
    functions.front().setName(networkName(options)); // as an ONNX file's
    return module;
  }
  return Failure::input(options.model + ": not a model: the name ends neither in .onnx nor .mlir");
}

std::optional<Failure> addProcessing(ModuleOp module, const CompileOptions &options) {
  Collector collector(module.getContext(), options.model);
  Processing before = options.processing, behind;
  behind.softmax = std::exchange(before.softmax, false);
  behind.argmax = std::exchange(before.argmax, false);
  behind.channelsAxis = before.channelsAxis;
  // The CRF sees the image as callers hand it in; alone it takes bytes by itself.
  const bool addsCrf = options.crf && !options.crfClasses;
  before.u8Input &= !options.crfClasses;
  if (failed(addProcessing(module, before)) ||
      (addsCrf && failed(addCrf(module, *options.crf, before.channelsAxis))) ||
      failed(addProcessing(module, behind)))
    return Failure{Failure::Input, collector.messages};
  return std::nullopt;
}

static Result<unsigned> channelsAxis(const CompileOptions &options, bool isInput, unsigned number) {
  auto context = makeContext();
  auto module = loadModel(*context, options);
  if (!module)
    return module.failure();
  if (auto failure = addProcessing(**module, options))
    return *failure;
  auto function = *(*module)->getOps<func::FuncOp>().begin();
  mlir::Block &body = function.getBody().front();
  mlir::Value port =
      isInput ? mlir::Value(body.getArgument(number)) : body.getTerminator()->getOperand(number);
  PortChannels channels(function, options.processing.channelsAxis);
  if (std::optional<unsigned> axis = channels.axisOf(port))
    return *axis;
  Collector collector(context.get(), options.model);
  (void)channels.emitUnknown(isInput ? channels.inputName(number) : channels.outputName(number),
                             port);
  return Failure{Failure::Input, collector.messages};
}

Result<unsigned> scoresAxis(const CompileOptions &options, unsigned output) {
  return channelsAxis(options, false, output);
}

Result<unsigned> imageAxis(const CompileOptions &options, unsigned input) {
  return channelsAxis(options, true, input);
}

std::optional<Failure> optimize(ModuleOp module, const CompileOptions &options, bool layouts) {
  PassManager passes(module.getContext());
  buildGraphPipeline(passes);
  if (layouts) {
    OpPassManager &nested = passes.nest<func::FuncOp>();
    AssignLayoutsOptions assign;
    assign.lanes = options.target->lanes;
    // A GPU's convolutions take whole blocks: what planes would save in arithmetic, the first
    // layer would lose by being none of them.
    if (options.target.cuda())
      assign.fewChannels = 0;
    nested.addPass(createAssignLayouts(assign));
    nested.addPass(createPlaceConcats());
    nested.addPass(createAssignHalos());
  }
  if (options.printIrAfterAll)
    passes.enableIRPrinting([](Pass *, Operation *) { return false; },
                            [](Pass *, Operation *) { return true; }, true, false, false, errs(),
                            OpPrintingFlags().elideLargeElementsAttrs().elideLargeResourceString());
  Collector collector(module.getContext(), options.model);
  if (failed(passes.run(module))) {
    collector.messages.push_back(options.model + ": a pass failed");
    return Failure{Failure::Segc, collector.messages};
  }
  return std::nullopt;
}

Result<OwningOpRef<ModuleOp>> loadGraph(MLIRContext &context, const CompileOptions &options) {
  auto module = loadModel(context, options);
  if (!module)
    return module;
  if (auto failure = addProcessing(**module, options))
    return *failure;
  if (auto failure = optimize(**module, options, /*layouts=*/false))
    return *failure;
  return module;
}

std::optional<Failure> compileModel(const CompileOptions &options, Progress &progress) {
  auto context = makeContext();
  progress.phase("reading " + options.model);
  auto module = loadModel(*context, options);
  if (!module)
    return module.failure();
  if (auto failure = addProcessing(**module, options))
    return failure;
  const std::string imported = options.saveTemps ? moduleText(**module) : "";
  progress.phase("optimizing the graph");
  if (auto failure = optimize(**module, options, true))
    return failure;
  return emitPackage(**module, options, progress, imported);
}

} // namespace segc
