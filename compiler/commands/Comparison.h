//===- Comparison.h - a network's outputs against recorded ones -*- C++ -*-===//

#ifndef SEGC_COMMANDS_COMPARISON_H
#define SEGC_COMMANDS_COMPARISON_H

#include "compiler/files/Tensor.h"

#include <optional>
#include <string>

namespace segc {

/// How far an output of floats may be from the recorded one. Outputs of integers and
/// booleans must be equal, unless labelAgreement says more.
struct Tolerance {
  /// |a - b| <= atol + rtol |b| for at least `share` of the values, and for the others
  /// |a - b| <= maxOfRange (largest b - smallest b).
  double atol = 1e-3;
  double rtol = 1e-3;
  double share = 1;
  double maxOfRange = 0;

  // A zoo manifest's limits. If there is any, it alone counts.
  std::optional<double> maxRelative;    ///< largest |a - b| over the largest |b|
  std::optional<double> rmsRelative;    ///< root mean square of a - b over that of b
  std::optional<double> meanAbsolute;   ///< mean |a - b|
  std::optional<double> labelAgreement; ///< pixels with the same label

  bool isManifest() const { return maxRelative || rmsRelative || meanAbsolute || labelAgreement; }
};

/// What a whole network owes: 99.99 % of the values within atol and rtol, and the others
/// within a hundredth of the output's range.
Tolerance wholeNetworkTolerance(double atol, double rtol);

struct Comparison {
  bool ok = false;
  /// "max error 1.2e-05 (2.5e-07 of the peak 48) at [0, 1, 7, 3]: 4.5 instead of 4.50001", and the
  /// limit that was passed, or what is different about the shapes.
  std::string text;
};

/// `channelsAxis`: where scores have their classes. Where it is not known labels are not compared,
/// and the text says so.
Comparison compare(const HostTensor &actual, const HostTensor &expected, const Tolerance &tolerance,
                   std::optional<unsigned> channelsAxis = std::nullopt);

/// Whether a tensor is of scores, so that labels are places along an axis: of floats, and of rank 3
/// or more.
bool holdsScores(const HostTensor &tensor);

/// The part of pixels with the same label: the class of the largest score along the axis for
/// scores, else the value.
double labelAgreement(const HostTensor &actual, const HostTensor &expected, unsigned channelsAxis);

/// Rows and columns 0, step, 2 step, ... of a tensor's last two axes.
HostTensor thinned(const HostTensor &tensor, int64_t step);

} // namespace segc

#endif // SEGC_COMMANDS_COMPARISON_H
