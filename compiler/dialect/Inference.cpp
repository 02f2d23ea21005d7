//===- Inference.cpp - shared steps of type inference -----------*- C++ -*-===//

#include "compiler/dialect/Inference.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// Bounds on attributes of untrusted models, far above anything real, under which the
/// arithmetic on them cannot overflow.
static constexpr int64_t kLargestAttribute = 1 << 20;

LogicalResult checkList(const Reporter &report, StringRef what, ArrayRef<int64_t> list, size_t size,
                        int64_t least) {
  if (list.size() != size)
    return report(what + " has " + Twine(list.size()) + " values instead of " + Twine(size));
  for (int64_t value : list) {
    if (value < least)
      return report(what + " " + Twine(value) + " is " +
                    (least == 1 ? Twine("not positive") : "less than " + Twine(least)));
    if (value > kLargestAttribute)
      return report(what + " " + Twine(value) + " is out of range");
  }
  return success();
}

LogicalResult checkFeatureMap(const Reporter &report, StringRef what, TensorType type) {
  if (type.getRank() != 4)
    return report(what + " has rank " + Twine(type.getRank()) +
                  "; a feature map [N, C, H, W] is needed");
  if (!type.getDim(1).isConstant())
    return report(what + " has no fixed number of channels: its axis 1 is \"" +
                  toString(type.getDim(1)) +
                  "\", which is free (--shape INPUT=1x3x?x? fixes it for an input)");
  return success();
}

LogicalResult checkShape(const Reporter &report, ArrayRef<DimAttr> shape) {
  for (auto [axis, dim] : enumerate(shape)) {
    if (!dim)
      return report("extent " + Twine(axis) + " of the result overflows");
    if (!boundOf(dim))
      return report("extent " + Twine(axis) + " of the result, " + toString(dim) +
                    ", depends on what is found and has no bound");
    auto high = upperBound(dim);
    if (high && *high < 1)
      return report("extent " + Twine(axis) + " of the result would be " + toString(dim));
    if (dim.isConstant() && dim.getValue() > INT32_MAX)
      return report("extent " + Twine(axis) + " of the result, " + toString(dim) +
                    ", is out of range");
  }
  return success();
}

LogicalResult checkAxis(const Reporter &report, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank)
    return report("axis " + Twine(axis) + " is not below the rank " + Twine(rank));
  return success();
}

DimAttr windowCount(DimAttr extent, int64_t kernel, int64_t stride, int64_t dilation,
                    int64_t padBefore, int64_t padAfter) {
  return floorDiv(extent + (padBefore + padAfter - (kernel - 1) * dilation - 1), stride) + 1;
}

DimAttr poolCount(DimAttr extent, int64_t kernel, int64_t stride, int64_t dilation,
                  int64_t padBefore, int64_t padAfter, bool ceilMode) {
  if (!ceilMode)
    return windowCount(extent, kernel, stride, dilation, padBefore, padAfter);
  int64_t span = (kernel - 1) * dilation + 1;
  DimAttr rounded = ceilDiv(extent + (padBefore + padAfter - span), stride) + 1;
  // Window i starts at i * stride - padBefore, which must lie before the end of the image.
  if (padAfter + stride <= span)
    return rounded;
  return minimum(rounded, floorDiv(extent + (padBefore - 1), stride) + 1);
}

} // namespace segc::seg
