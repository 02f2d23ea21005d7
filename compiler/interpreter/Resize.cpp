//===- Resize.cpp - meaning of seg.resize -----------------------*- C++ -*-===//
//
// ONNX Resize over H and W, axis by axis as its specification does:
//
//   1. where the output coordinate lies in the input (the coordinate mode),
//   2. which input pixels around that place count, and how much (the mode),
//   3. pixels beyond the edge are the edge's, or with exclude_outside have no
//      weight and the others share it.
//
// Coordinates are fractions, written down as the specification's formulas, because the
// result of `nearest` jumps where a coordinate is rounded; weights are doubles.
//
//===----------------------------------------------------------------------===//

#include "compiler/interpreter/Evaluate.h"

#include "mlir/Analysis/Presburger/Fraction.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

using llvm::DynamicAPInt;
using mlir::presburger::Fraction;
using seg::CoordinateMode;
using seg::NearestMode;
using seg::ResizeMode;

/// What step 1 needs to know of one axis.
struct Axis {
  CoordinateMode mode;
  int64_t inputExtent, outputExtent;
  /// output / input: as the model gives it, else the ratio of the extents.
  Fraction scale;
  /// The ends of the region that tf_crop_and_resize reads, as parts of the input.
  Fraction regionStart, regionEnd;
};

/// Input pixels and their weights.
struct Taps {
  SmallVector<std::pair<int64_t, double>, 4> weights;
  /// tf_crop_and_resize: the place lies outside the input.
  bool outside = false;
};

} // namespace

/// The value that a float has.
static Fraction exactly(float value) {
  int exponent = 0;
  float mantissa = std::frexp(value, &exponent);
  Fraction result(static_cast<int64_t>(std::ldexp(mantissa, 24)), 1);
  for (int i = exponent; i < 24; ++i)
    result /= Fraction(2, 1);
  for (int i = 24; i < exponent; ++i)
    result *= Fraction(2, 1);
  return result;
}

/// What a float was written as: of the fractions that round to it, the one with the least
/// denominator. So 0.6f is 3/5, not 0.60000002.
static Fraction asWritten(float value) {
  for (int64_t denominator = 1;; ++denominator) {
    double wide = static_cast<double>(denominator);
    int64_t numerator = std::llround(value * wide);
    if (static_cast<float>(static_cast<double>(numerator) / wide) == value)
      return Fraction(numerator, denominator);
  }
}

/// A number in [0, 1), to 2^-53.
static double toDouble(const Fraction &part) {
  DynamicAPInt scaled = floor(part * Fraction(int64_t{1} << 53, 1));
  return std::ldexp(static_cast<double>(static_cast<int64_t>(scaled)), -53);
}

/// Step 1. length_resized, which the specification's formulas name, is the result's extent.
static Fraction sourceCoordinate(const Axis &axis, int64_t output) {
  const Fraction x(output, 1), half(1, 2);
  const Fraction lengthOriginal(axis.inputExtent, 1), lengthResized(axis.outputExtent, 1);
  const Fraction one(1, 1), none(0, 1);
  switch (axis.mode) {
  case CoordinateMode::HalfPixel:
    return (x + half) / axis.scale - half;
  case CoordinateMode::PytorchHalfPixel:
    return lengthResized > one ? (x + half) / axis.scale - half : none;
  case CoordinateMode::AlignCorners:
    return lengthResized == one ? none : x * (lengthOriginal - one) / (lengthResized - one);
  case CoordinateMode::Asymmetric:
    return x / axis.scale;
  case CoordinateMode::TfHalfPixelForNn:
    return (x + half) / axis.scale;
  case CoordinateMode::HalfPixelSymmetric: {
    // The result's extent before it was rounded down is scale times the input's.
    const Fraction adjustment = lengthResized / (axis.scale * lengthOriginal);
    return lengthOriginal * half * (one - adjustment) + (x + half) / axis.scale - half;
  }
  case CoordinateMode::TfCropAndResize: {
    const Fraction &start = axis.regionStart, &end = axis.regionEnd;
    if (lengthResized > one)
      return start * (lengthOriginal - one) +
             x * (end - start) * (lengthOriginal - one) / (lengthResized - one);
    return half * (start + end) * (lengthOriginal - one);
  }
  }
  llvm_unreachable("unknown coordinate mode");
}

static DynamicAPInt roundNearest(NearestMode mode, const Fraction &coordinate) {
  const Fraction half(1, 2);
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return ceil(coordinate - half);
  case NearestMode::RoundPreferCeil:
    return floor(coordinate + half);
  case NearestMode::Floor:
    return floor(coordinate);
  case NearestMode::Ceil:
    return ceil(coordinate);
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
  Fraction place = sourceCoordinate(axis, output);
  taps.outside = axis.mode == CoordinateMode::TfCropAndResize &&
                 (place < Fraction(0, 1) || place > Fraction(axis.inputExtent - 1, 1));
  // Pixels further away than this are the edge's, like those nearer by.
  auto index = [&](const DynamicAPInt &pixel) {
    return static_cast<int64_t>(
        std::min(std::max(pixel, DynamicAPInt(-4)), DynamicAPInt(axis.inputExtent + 4)));
  };
  int64_t below = index(floor(place));
  double fraction = toDouble(place - Fraction(floor(place)));
  if (op.getMode() == ResizeMode::Nearest) {
    add(index(roundNearest(op.getNearest(), place)), 1);
  } else if (op.getMode() == ResizeMode::Linear) {
    add(below, 1 - fraction);
    add(below + 1, fraction);
  } else {
    double a = op.getCubicCoeffA().convertToFloat(), sum = 0;
    for (int64_t i = -1; i <= 2; ++i) {
      double weight = cubicKernel(fraction - static_cast<double>(i), a);
      if (op.getExcludeOutside() && (below + i < 0 || below + i >= axis.inputExtent))
        weight = 0;
      add(below + i, weight);
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
    Axis axis{op.getCoordinates(), input.shape[2 + i], (*sizes)[2 + i], {}, {}, {}};
    axis.scale = op.getScales() ? asWritten((*op.getScales())[i])
                                : Fraction(axis.outputExtent, axis.inputExtent);
    if (op.getRoi()) {
      axis.regionStart = exactly((*op.getRoi())[i]);
      axis.regionEnd = exactly((*op.getRoi())[2 + i]);
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
