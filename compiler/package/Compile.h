//===- Compile.h - from a model file to a package ---------------*- C++ -*-===//
//
// The road that every command drives:
//
//   loadModel    a file becomes a module of the seg dialect
//   optimize     graph passes, layouts
//   emitPackage  kernels, source, weights; then the host compiler
//
// Each step returns a Failure with all its messages, and leaves nothing behind.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_COMPILE_H
#define SEGC_PACKAGE_COMPILE_H

#include "compiler/kernels/Target.h"
#include "compiler/package/Failure.h"
#include "compiler/package/Progress.h"
#include "compiler/transforms/AddCrf.h"
#include "compiler/transforms/AddProcessing.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace segc {

/// Where a package has its weights, and how.
enum class WeightsForm {
  Embed, ///< in the library, as the model has them
  File,  ///< the same in a file beside it
  Packed ///< in the library, as kernels read them: nothing to prepare, several times as large
};

struct CompileOptions {
  /// `.onnx`, or `.mlir` in the seg dialect.
  std::string model;
  std::string outputFolder;
  /// C identifier; made from the model's file name if empty.
  std::string name;
  Target target;
  std::map<std::string, std::vector<std::optional<int64_t>>> shapes;
  /// The outputs to keep, in this order, with what they need; empty: all (ImportOptions).
  std::vector<std::string> outputs;
  /// Inputs that become constants of the network (ImportOptions).
  std::map<std::string, std::string> constants;
  /// Of "source", "library", "shared", "object", "mlir", "halide", "dot".
  std::set<std::string> emit{"source", "library"};
  WeightsForm weights = WeightsForm::Embed;
  bool embedsWeights() const { return weights != WeightsForm::File; }
  /// No Winograd convolutions (LoweringOptions).
  bool directConvolutions = false;
  /// Steps before and behind the network.
  Processing processing;
  /// A dense CRF behind the scores, before the steps.
  std::optional<CrfOptions> crf;
  /// No model, but the CRF alone, for so many classes.
  std::optional<int> crfClasses;
  /// The code tells how long every layer takes (see NetworkPrinter.h).
  bool profile = false;
  /// Kernels check their memory accesses (for tests; slow).
  bool asserts = false;
  bool printIrAfterAll = false;
  /// The package keeps what lies between the model and the library.
  bool saveTemps = false;
  /// Tell the host compiler's commands on stderr.
  bool verbose = false;
  /// The host compiler; empty: the target's.
  std::string compiler;
  /// Flags added to the host compiler's.
  std::vector<std::string> compilerFlags;
  /// Kernels and sources that may be compiled at once.
  int jobs = 2;
  /// Whether what was compiled before is used again (Cache.h, NetworkBuild.h).
  bool cache = true;
};

/// A context with the dialects of segc, on one thread.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// A C identifier for the network: the option's, or made from the model's file name.
std::string networkName(const CompileOptions &options);

Result<mlir::OwningOpRef<mlir::ModuleOp>> loadModel(mlir::MLIRContext &context,
                                                    const CompileOptions &options);

/// Adds options.crf and options.processing to the module.
std::optional<Failure> addProcessing(mlir::ModuleOp module, const CompileOptions &options);

/// The axis of the classes of an output, with what options add to the network, if the output is of
/// rank 4: as the graph says it, else as options.processing does. Fails where neither does.
Result<unsigned> scoresAxis(const CompileOptions &options, unsigned output);
/// The same of an input: the axis of an image's channels.
Result<unsigned> imageAxis(const CompileOptions &options, unsigned input);

/// Graph passes, and with `layouts` those that lay out memory for the target.
std::optional<Failure> optimize(mlir::ModuleOp module, const CompileOptions &options, bool layouts);

/// loadModel(), with what options add, after the graph passes.
Result<mlir::OwningOpRef<mlir::ModuleOp>> loadGraph(mlir::MLIRContext &context,
                                                    const CompileOptions &options);

/// Whether a package could be made of what loadGraph() gives: says what has no kernel.
std::optional<Failure> checkCompiles(mlir::ModuleOp module, const CompileOptions &options);

/// Writes the package of an optimized module. Everything that options.emit names, and with
/// options.saveTemps also `imported`, the text of the module before the passes.
std::optional<Failure> emitPackage(mlir::ModuleOp module, const CompileOptions &options,
                                   Progress &progress, const std::string &imported = "");

/// The module as text, weights included.
std::string moduleText(mlir::ModuleOp module);

/// All of the above.
std::optional<Failure> compileModel(const CompileOptions &options, Progress &progress);

} // namespace segc

#endif // SEGC_PACKAGE_COMPILE_H
