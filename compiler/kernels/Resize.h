//===- Resize.h - interpolation to another height and width -----*- C++ -*-===//
//
// ONNX Resize over H and W, separable. What depends on one coordinate alone - which
// input columns an output column reads and with which weights - is computed once, by
// small table kernels, into buffers that the network plans:
//
//   index [tap][output coordinate]  int32
//   weight[tap][output coordinate]  float32 (not for nearest, which has one tap)
//
// The resize kernel itself only reads these tables.
//
// Coordinates are exact. They are fractions of the extents and of the scale, and where a
// window begins, or which pixel is nearest, is decided in integers: in float32 one size in
// eighty picks a wrong row (20 to 6). A scale that the model gives is the fraction that
// it was written as, see ResizeScale. Only a region of interest, which has no such form,
// is computed in double precision. Extents are below 2^30.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_RESIZE_H
#define SEGC_KERNELS_RESIZE_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

/// Input pixels along one dimension that an output pixel reads.
constexpr int resizeTaps(seg::ResizeMode mode) {
  return mode == seg::ResizeMode::Nearest ? 1 : mode == seg::ResizeMode::Linear ? 2 : 4;
}

struct ResizeTableSpec {
  seg::ResizeMode mode = seg::ResizeMode::Linear;
  seg::CoordinateMode coordinates = seg::CoordinateMode::HalfPixel;
  seg::NearestMode nearest = seg::NearestMode::RoundPreferFloor;
  float cubicCoeffA = -0.75f;
  bool excludeOutside = false;

  /// Corners and regions are those of the images that there are, whatever the scale.
  bool usesScale() const {
    return coordinates != seg::CoordinateMode::AlignCorners &&
           coordinates != seg::CoordinateMode::TfCropAndResize;
  }
  /// tf_crop_and_resize: coordinates outside the input get the extrapolation value. Their
  /// index is -1.
  bool extrapolates() const { return coordinates == seg::CoordinateMode::TfCropAndResize; }
};

/// Output over input, as a fraction: the extents, or a scale that the model gives.
struct ResizeScale {
  int numerator = 1, denominator = 1;

  /// The fraction with the least denominator that rounds to `scale`: 3/5 for 0.6f. The
  /// float's own value, 0.60000002, would move coordinates that lie on a pixel or between
  /// two off that place. `scale` is in the range that the dialect allows.
  static ResizeScale of(float scale);
};

/// The tables are views of rank 2: (coordinate, tap).
/// Args: inputExtent, outputExtent, [numerator, denominator of the scale,] [roiStart,
/// roiEnd,] index [, weight]. The region of interest is for tf_crop_and_resize only,
/// `weight` for all but nearest.
Algorithm resizeTableAlgorithm(const ResizeTableSpec &spec);

struct ResizeSpec {
  seg::ResizeMode mode = seg::ResizeMode::Linear;
  int channels = 1;
  /// Equal, or a blocked input and a planar output (1) or one with the channels last (0): scores
  /// go straight to the user's dense buffer, NCHW or NHWC.
  int inputBlock = 16;
  int outputBlock = 16;
  /// As in the tables.
  bool extrapolates = false;
  float extrapolation = 0;
};

struct ResizeAlgorithm : Algorithm {
  /// From blocks to planes: (ci, column, tile, y, cb), some pixels of one block. To channels last:
  /// (ci, x, y, cb).
  Halide::Func square;
};

/// Args: input, columnIndex, [columnWeight,] rowIndex, [rowWeight,] output. `columns` are the
/// pixels of a square, if there are squares. An output with the channels last is a view (0, c, x,
/// y).
ResizeAlgorithm resizeAlgorithm(const ResizeSpec &spec, int columns);

} // namespace segc

#endif // SEGC_KERNELS_RESIZE_H
