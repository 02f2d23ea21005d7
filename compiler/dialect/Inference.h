//===- Inference.h - shared steps of type inference -------------*- C++ -*-===//
//
// Every op of the dialect infers its result types from operands and attributes;
// the verifier compares with what is written. The functions here check the parts
// that many ops have in common and emit an error at the op's location.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DIALECT_INFERENCE_H
#define SEGC_DIALECT_INFERENCE_H

#include "compiler/dialect/Dim.h"

namespace segc::seg {

/// Where an inference reports what is wrong. Ops are inferred before they exist, so there is
/// a location only.
class Reporter {
public:
  explicit Reporter(std::optional<mlir::Location> location) : location(location) {}
  /// Emits and returns failure.
  mlir::LogicalResult operator()(const llvm::Twine &message) const {
    return mlir::emitOptionalError(location, message);
  }

private:
  std::optional<mlir::Location> location;
};

/// Fails unless `list` has `size` values, all at least `least`.
mlir::LogicalResult checkList(const Reporter &report, llvm::StringRef what,
                              llvm::ArrayRef<int64_t> list, size_t size, int64_t least);
/// Fails unless `type` is a feature map [N, C, H, W].
mlir::LogicalResult checkFeatureMap(const Reporter &report, llvm::StringRef what, TensorType type);
/// Fails for a null extent (overflow, division by zero), for one whose counts leave it without a
/// bound, and for a constant below 1.
mlir::LogicalResult checkShape(const Reporter &report, llvm::ArrayRef<DimAttr> shape);
/// Fails unless 0 <= axis < rank.
mlir::LogicalResult checkAxis(const Reporter &report, int64_t axis, int64_t rank);

/// The shape of a matrix product; nothing, after a report, if there is none.
std::optional<llvm::SmallVector<DimAttr>> matmulShape(const Reporter &report, TensorType a,
                                                      TensorType b);

/// Whether elements are integers of 8 or 16 bits, which are summed up in int32.
bool isNarrowInteger(mlir::Type element);
/// Fails unless `zero`, which is subtracted from integers, is one value of `element`, or one for
/// each of `count` (null: one).
mlir::LogicalResult checkZero(const Reporter &report, llvm::StringRef what, TensorType zero,
                              mlir::Type element, DimAttr count);

/// Windows of `kernel`, dilated, that fit a padded extent: the height of a convolution.
DimAttr windowCount(DimAttr extent, int64_t kernel, int64_t stride, int64_t dilation,
                    int64_t padBefore, int64_t padAfter);
/// The same for pooling: rounded up with `ceilMode`, without windows that start behind the image.
DimAttr poolCount(DimAttr extent, int64_t kernel, int64_t stride, int64_t dilation,
                  int64_t padBefore, int64_t padAfter, bool ceilMode);

} // namespace segc::seg

#endif // SEGC_DIALECT_INFERENCE_H
