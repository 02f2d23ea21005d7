//===- Metrics.cpp - how good a segmentation is ---------------------------===//

#include "compiler/files/Metrics.h"

#include "compiler/files/FileError.h"

#include <cassert>

using llvm::Twine;

namespace segc {

ConfusionMatrix::ConfusionMatrix(int classes)
    : classes_(classes), counts_(static_cast<size_t>(classes) * static_cast<size_t>(classes)) {
  assert(classes >= 1 && classes <= 256);
}

llvm::Error ConfusionMatrix::add(const LabelMap &prediction, const LabelMap &truth,
                                 llvm::StringRef name) {
  if (prediction.width != truth.width || prediction.height != truth.height)
    return fileError(name, "the prediction is " + Twine(prediction.width) + "x" +
                               Twine(prediction.height) + " pixels, the label map " +
                               Twine(truth.width) + "x" + Twine(truth.height));
  std::vector<int64_t> counts = counts_;
  for (size_t i = 0; i < truth.labels.size(); ++i) {
    const int is = truth.labels[i];
    if (is == kIgnoreLabel)
      continue;
    const int said = prediction.labels[i];
    if (is >= classes_ || said >= classes_) {
      const int64_t pixel = static_cast<int64_t>(i);
      return fileError(name, Twine(is >= classes_ ? "label " : "predicted label ") +
                                 Twine(is >= classes_ ? is : said) + " at column " +
                                 Twine(pixel % truth.width) + ", row " +
                                 Twine(pixel / truth.width) + " is none of the " + Twine(classes_) +
                                 " classes");
    }
    ++counts[static_cast<size_t>(is * classes_ + said)];
  }
  counts_ = std::move(counts);
  return llvm::Error::success();
}

void ConfusionMatrix::add(const ConfusionMatrix &other) {
  assert(other.classes_ == classes_);
  for (size_t i = 0; i < counts_.size(); ++i)
    counts_[i] += other.counts_[i];
}

int64_t ConfusionMatrix::total() const {
  int64_t sum = 0;
  for (int64_t count : counts_)
    sum += count;
  return sum;
}

double ConfusionMatrix::pixelAccuracy() const {
  int64_t right = 0;
  for (int c = 0; c < classes_; ++c)
    right += count(c, c);
  const int64_t all = total();
  return all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
}

std::optional<double> ConfusionMatrix::iou(int cls) const {
  int64_t either = -count(cls, cls);
  for (int c = 0; c < classes_; ++c)
    either += count(cls, c) + count(c, cls);
  if (either == 0)
    return std::nullopt;
  return static_cast<double>(count(cls, cls)) / static_cast<double>(either);
}

double ConfusionMatrix::meanIou() const {
  double sum = 0;
  int present = 0;
  for (int c = 0; c < classes_; ++c)
    if (const std::optional<double> value = iou(c)) {
      sum += *value;
      ++present;
    }
  return present == 0 ? 0 : sum / present;
}

} // namespace segc
