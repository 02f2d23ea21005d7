//===- AddCrf.h - a dense CRF behind a network's scores ---------*- C++ -*-===//
//
// `--crf` and `--crf-only`: seg.dense_crf behind the scores of a network that was trained
// without it, or as a network of its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_ADDCRF_H
#define SEGC_TRANSFORMS_ADDCRF_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LogicalResult.h"

#include <optional>
#include <string>
#include <vector>

namespace segc {

/// What seg.dense_crf is told. The defaults are those of Kraehenbuehl's and Koltun's program.
struct CrfOptions {
  int iterations = 10;
  double bilateralXy = 80, bilateralRgb = 13, bilateralWeight = 10;
  double spatial = 3, spatialWeight = 3;
  /// What turns the image that callers hand in into the units of bilateralRgb, 0 to 255: one
  /// number, or one a channel. Empty: 1 for bytes, 255 for floats.
  std::vector<double> imageScale;
  /// The name of the input that is the image; empty: see addCrf.
  std::string image;
  /// Channels of the image of crfNetwork, 1 (grey, depth) to 4.
  int imageChannels = 3;
  /// Two more outputs, crf_scores and crf_beliefs: those after every iteration.
  bool history = false;
  /// The name of the output that the CRF refines; empty: the only one that holds scores.
  std::string output;

  /// All fields, exactly, as text.
  std::string key() const;
};

/// Presets' names and settings, for help texts: "deeplab (iterations=10,...), ...".
std::string crfPresetsHelp();

/// Reads [PRESET,]KEY=VALUE,... over the defaults. Nothing, with a message in `error`, if that
/// is not what the text is.
std::optional<CrfOptions> parseCrfOptions(llvm::StringRef text, std::string &error);

/// Puts the CRF behind an output of scores of the module's one function, whose shape stays as it
/// is; a softmax there is left out, and scores smaller than the image are enlarged first (bilinear,
/// half-pixel centres). The image is the function's only input of rank 4 with 1 to 4 channels; of
/// several, the only one with 3.
/// `channelsAxis` is the axis of the channels where the graph does not say it (see ChannelAxis.h).
/// Emits an error and fails if there is no such input or output, or more than one.
mlir::LogicalResult addCrf(mlir::ModuleOp module, const CrfOptions &options,
                           std::optional<unsigned> channelsAxis = std::nullopt);

/// The network `scores, image -> beliefs` with free N, H and W; the image is floats or bytes, both
/// 0 to 255 unless there is a scale. Emits an error and returns null if there are not 2 to 256
/// classes.
mlir::OwningOpRef<mlir::ModuleOp> crfNetwork(mlir::MLIRContext &context, const CrfOptions &options,
                                             int classes, bool takesBytes, llvm::StringRef name);

} // namespace segc

#endif // SEGC_TRANSFORMS_ADDCRF_H
