//===- ResizeAxes.h - resizing along any axes -------------------*- C++ -*-===//
//
// seg.resize works on the rows and columns of a feature map. Every mode of ONNX's Resize
// is separable, so any axes of any tensor are resized by it, one or two at a time,
// under another shape. With antialiasing the weights of many elements are summed: a
// product with a matrix of weights.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_RESIZEAXES_H
#define SEGC_FRONTENDS_ONNX_RESIZEAXES_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// What the result of a resize is: all axes of the model's tensor.
struct ResizeTarget {
  llvm::SmallVector<seg::DimAttr> sizes;
  /// Present where the model gives constant scales.
  std::optional<llvm::SmallVector<float>> scales;
  /// Scales that follow from free sizes: present if there are some, and known along the axes where
  /// they are not the ratio of the extents.
  llvm::SmallVector<Number> freeScales = {};
};

struct Resampling {
  seg::ResizeMode mode = seg::ResizeMode::Nearest;
  seg::CoordinateMode coordinates = seg::CoordinateMode::Asymmetric;
  seg::NearestMode nearest = seg::NearestMode::Floor;
  /// Before operator set 11: along axes that shrink, nearest rounds up.
  bool shrinkingRoundsUp = false;
  bool antialias = false;
  float cubicCoefficient = -0.75f;
  bool excludeOutside = false;
  float extrapolation = 0;
  /// tf_crop_and_resize: where the region starts along each axis, then where it ends.
  std::optional<llvm::SmallVector<float>> roi;
};

/// The input, resized.
mlir::Value resizeAxes(Node &node, mlir::Value input, const ResizeTarget &target,
                       const Resampling &how);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_RESIZEAXES_H
