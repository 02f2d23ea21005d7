//===- AddProcessing.h - work before and behind a network -------*- C++ -*-===//
//
// `--u8-input --bgr --mean --std` and `--softmax --argmax`: steps that programs around a
// network usually do themselves become part of it, where they are fused with their neighbours.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_ADDPROCESSING_H
#define SEGC_TRANSFORMS_ADDPROCESSING_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LogicalResult.h"

#include <optional>
#include <vector>

namespace segc {

struct Processing {
  /// Callers hand in bytes, 0 to 255; the steps below and the network get value / 255.
  bool u8Input = false;
  /// Callers hand in R, G, B; the network wants B, G, R. A fourth channel stays the last.
  bool bgr = false;
  /// Every value v of channel c becomes (v - mean[c]) / std[c], after `bgr`: the numbers
  /// are in the order of the network's channels, one for each; 1 to 4 of them.
  std::optional<std::vector<double>> mean;
  std::optional<std::vector<double>> std;
  /// Scores become probabilities, over the channels.
  bool softmax = false;
  /// Scores become class numbers, int64 N x 1 x H x W whichever axis the classes were on.
  bool argmax = false;
  /// The axis of the channels, where the graph does not say it (see ChannelAxis.h).
  std::optional<unsigned> channelsAxis;

  bool changesInput() const { return u8Input || bgr || mean || std; }
  bool changesOutput() const { return softmax || argmax; }
};

/// Adds the steps to the module's one function. The image is its only input of floats, of rank 4,
/// with as many channels as there are numbers, else with 3, or if it has none such with 1 to 4
/// (with `u8Input` it takes bytes then); the scores are all outputs of floats, of rank 4. Emits an
/// error and fails if there is no such input (or more than one) or no such output, or if it is not
/// known which axis the channels are on.
mlir::LogicalResult addProcessing(mlir::ModuleOp module, const Processing &processing);

} // namespace segc

#endif // SEGC_TRANSFORMS_ADDPROCESSING_H
