//===- Metrics.h - how good a segmentation is --------------------*- C++ -*-===//
//
// The usual figures of semantic segmentation, from a matrix that counts, for
// every class of the ground truth, what the network took its pixels for.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_METRICS_H
#define SEGC_FILES_METRICS_H

#include "compiler/files/LabelMap.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace segc {

class ConfusionMatrix {
public:
  /// For labels from 0 to classes - 1; classes is at most 256.
  explicit ConfusionMatrix(int classes);

  int classes() const { return classes_; }

  /// Counts one image. Pixels whose true label is 255 are left out. Maps of
  /// different sizes and labels beyond the classes are errors, in which `name`
  /// stands for the image; the matrix is then unchanged.
  llvm::Error add(const LabelMap &prediction, const LabelMap &truth, llvm::StringRef name);

  /// Adds another matrix of the same classes.
  void add(const ConfusionMatrix &other);

  /// Pixels of class `truth` that were taken for class `prediction`.
  int64_t count(int truth, int prediction) const {
    return counts_[static_cast<size_t>(truth * classes_ + prediction)];
  }

  /// All pixels counted.
  int64_t total() const;

  /// The part of pixels whose class is right; 0 without any pixel.
  double pixelAccuracy() const;

  /// Intersection over union: the pixels that are and were taken for the class,
  /// over those that are or were. Nothing if there are none.
  std::optional<double> iou(int cls) const;

  /// The mean of iou over the classes that have one; 0 if none has. (A class that
  /// occurs neither in the truth nor in the predictions says nothing.)
  double meanIou() const;

private:
  int classes_;
  std::vector<int64_t> counts_; ///< row: truth, column: prediction
};

} // namespace segc

#endif // SEGC_FILES_METRICS_H
