//===- Resize.cpp - meaning of seg.resize -----------------------*- C++ -*-===//
//
// ONNX Resize over H and W, axis by axis as its specification does:
//
//   1. where the output coordinate lies in the input (the coordinate mode),
//   2. which input pixels around that place count, and how much (the mode),
//   3. pixels beyond the edge are the edge's, or with exclude_outside have no
//      weight and the others share it.
//
// For `nearest`, step 1 is computed in float32, since the result jumps where a
// coordinate is rounded and every implementation computes in float32; the other
// modes are continuous and are computed in double.
//
//===----------------------------------------------------------------------===//

#include "compiler/interpreter/Evaluate.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

using seg::CoordinateMode;
using seg::NearestMode;
using seg::ResizeMode;

/// What step 1 needs to know of one axis.
struct Axis {
  CoordinateMode mode;
  int64_t inputExtent, outputExtent;
  /// output / input: as the model gives it, else the ratio of the extents.
  double scale;
  bool scaleIsGiven;
  /// The ends of the region that tf_crop_and_resize reads, as parts of the input.
  double regionStart, regionEnd;
};

/// Input pixels and their weights.
struct Taps {
  SmallVector<std::pair<int64_t, double>, 4> weights;
  /// tf_crop_and_resize: the place lies outside the input.
  bool outside = false;
};

} // namespace

/// Step 1, in the arithmetic of Real.
template <typename Real> static Real sourceCoordinate(const Axis &axis, int64_t output) {
  Real scale = static_cast<Real>(axis.scale), x = static_cast<Real>(output);
  Real inputExtent = static_cast<Real>(axis.inputExtent);
  // The specification's length_resized is the scale times the length, not rounded down.
  Real resized = axis.scaleIsGiven ? scale * inputExtent : static_cast<Real>(axis.outputExtent);
  switch (axis.mode) {
  case CoordinateMode::HalfPixel:
    return (x + Real(0.5)) / scale - Real(0.5);
  case CoordinateMode::PytorchHalfPixel:
    return resized > 1 ? (x + Real(0.5)) / scale - Real(0.5) : Real(0);
  case CoordinateMode::AlignCorners:
    return resized == 1 ? Real(0) : x * (inputExtent - 1) / (resized - 1);
  case CoordinateMode::Asymmetric:
    return x / scale;
  case CoordinateMode::TfHalfPixelForNn:
    return (x + Real(0.5)) / scale;
  case CoordinateMode::TfCropAndResize: {
    Real start = static_cast<Real>(axis.regionStart), end = static_cast<Real>(axis.regionEnd);
    if (resized > 1)
      return start * (inputExtent - 1) + x * (end - start) * (inputExtent - 1) / (resized - 1);
    return Real(0.5) * (start + end) * (inputExtent - 1);
  }
  }
  llvm_unreachable("unknown coordinate mode");
}

static int64_t roundNearest(NearestMode mode, float coordinate) {
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return static_cast<int64_t>(std::ceil(coordinate - 0.5f));
  case NearestMode::RoundPreferCeil:
    return static_cast<int64_t>(std::floor(coordinate + 0.5f));
  case NearestMode::Floor:
    return static_cast<int64_t>(std::floor(coordinate));
  case NearestMode::Ceil:
    return static_cast<int64_t>(std::ceil(coordinate));
  }
  llvm_unreachable("unknown nearest mode");
}

/// The cubic convolution kernel of Keys (1981) with coefficient a.
static double cubicKernel(double distance, double a) {
  double d = std::fabs(distance);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2)
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

/// Steps 1 to 3 for one output coordinate.
static Taps tapsFor(seg::ResizeOp op, const Axis &axis, int64_t output) {
  Taps taps;
  auto add = [&](int64_t pixel, double weight) { taps.weights.push_back({pixel, weight}); };
  bool nearest = op.getMode() == ResizeMode::Nearest;
  double place =
      nearest ? sourceCoordinate<float>(axis, output) : sourceCoordinate<double>(axis, output);
  taps.outside = axis.mode == CoordinateMode::TfCropAndResize &&
                 (place < 0 || place > static_cast<double>(axis.inputExtent - 1));

  auto floor = static_cast<int64_t>(std::floor(place));
  double fraction = place - std::floor(place);
  if (nearest) {
    add(roundNearest(op.getNearest(), static_cast<float>(place)), 1);
  } else if (op.getMode() == ResizeMode::Linear) {
    add(floor, 1 - fraction);
    add(floor + 1, fraction);
  } else {
    double a = op.getCubicCoeffA().convertToFloat(), sum = 0;
    for (int64_t i = -1; i <= 2; ++i) {
      double weight = cubicKernel(fraction - static_cast<double>(i), a);
      if (op.getExcludeOutside() && (floor + i < 0 || floor + i >= axis.inputExtent))
        weight = 0;
      add(floor + i, weight);
      sum += weight;
    }
    if (op.getExcludeOutside())
      for (auto &tap : taps.weights)
        tap.second /= sum;
  }
  for (auto &tap : taps.weights)
    tap.first = std::min(std::max<int64_t>(tap.first, 0), axis.inputExtent - 1);
  return taps;
}

Results evaluate(seg::ResizeOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto sizes = in.evaluate(op.getSizes());
  if (!sizes)
    return sizes.takeError();
  if ((*sizes)[0] != input.shape[0] || (*sizes)[1] != input.shape[1])
    return in.error("batch and channels cannot be resized");
  if ((*sizes)[2] < 1 || (*sizes)[3] < 1)
    return in.error("the result would be empty");

  std::vector<Taps> taps[2];
  for (int i = 0; i < 2; ++i) {
    Axis axis{op.getCoordinates(), input.shape[2 + i], (*sizes)[2 + i], 0, false, 0, 1};
    axis.scaleIsGiven = op.getScales().has_value();
    axis.scale = axis.scaleIsGiven ? static_cast<double>((*op.getScales())[i])
                                   : static_cast<double>(axis.outputExtent) /
                                         static_cast<double>(axis.inputExtent);
    if (op.getRoi()) {
      axis.regionStart = (*op.getRoi())[i];
      axis.regionEnd = (*op.getRoi())[2 + i];
    }
    for (int64_t output = 0; output < axis.outputExtent; ++output)
      taps[i].push_back(tapsFor(op, axis, output));
  }

  Tensor output = Tensor::zeros(input.elementType, *sizes);
  int64_t i = 0;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> at) {
    const Taps &rows = taps[0][at[2]], &columns = taps[1][at[3]];
    if (op.getMode() == ResizeMode::Nearest && !rows.outside && !columns.outside) {
      output.copyElement(i++, input,
                         input.at(at[0], at[1], rows.weights[0].first, columns.weights[0].first));
      return;
    }
    double sum = 0;
    for (auto [y, rowWeight] : rows.weights)
      for (auto [x, columnWeight] : columns.weights) {
        int64_t place = input.at(at[0], at[1], y, x);
        double value =
            input.isFloat() ? input.floats[place] : static_cast<double>(input.ints[place]);
        sum += rowWeight * columnWeight * value;
      }
    if (rows.outside || columns.outside)
      sum = op.getExtrapolation().convertToFloat();
    if (input.isFloat())
      output.floats[i++] = static_cast<float>(sum);
    else
      output.ints[i++] = wrapTo(input.elementType, static_cast<int64_t>(sum));
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
