//===- GridSample.cpp - meaning of seg.grid_sample --------------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

/// Far outside of any image, and an int.
constexpr double kFar = 1e9;

/// What one pixel of the result reads along one axis.
struct Taps {
  /// -1: nothing.
  SmallVector<int64_t, 4> index;
  SmallVector<double, 4> weight;
};

/// One axis of the input.
class Axis {
public:
  Axis(seg::GridSampleOp op, int64_t extent)
      : mode(op.getMode()), padding(op.getPadding()), corners(op.getAlignCorners()), extent(extent),
        low(corners ? 0 : -0.5), high(double(extent) - (corners ? 1 : 0.5)) {}

  Taps at(float coordinate) const {
    const float size = static_cast<float>(extent);
    // As float32: what lies on a border or between two pixels does so for everybody.
    volatile float sum = coordinate + 1, place;
    if (corners) {
      volatile float half = sum / 2;
      place = half * (size - 1);
    } else {
      volatile float product = sum * size;
      volatile float moved = product - 1;
      place = moved / 2;
    }
    double x = std::isnan(place) ? -kFar : std::clamp<double>(place, -kFar, kFar);
    if (mode == seg::ResizeMode::Nearest)
      x = std::nearbyint(x);
    if (mode != seg::ResizeMode::Cubic && (x < low || x > high)) {
      if (padding == seg::SamplePadding::Border)
        x = std::clamp<double>(x, 0, double(extent) - 1);
      else if (padding == seg::SamplePadding::Reflection)
        x = reflected(x);
    }
    Taps taps;
    const auto below = static_cast<int64_t>(std::floor(x));
    const double t = x - double(below);
    if (mode == seg::ResizeMode::Nearest) {
      add(taps, below, 1);
    } else if (mode == seg::ResizeMode::Linear) {
      add(taps, below, 1 - t);
      add(taps, below + 1, t);
    } else {
      for (int64_t i = -1; i <= 2; ++i)
        add(taps, below + i, cubic(std::fabs(t - double(i))));
    }
    return taps;
  }

private:
  static double cubic(double d) {
    const double a = -0.75;
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  }

  double reflected(double x) const {
    const double range = high - low;
    if (range == 0)
      return 0;
    // From the border it is outside of: there and back again.
    const double beyond = x < low ? low - x : x - high;
    const double turns = std::floor(beyond / range), rest = beyond - turns * range;
    const bool fromLow = (x < low) == (std::fmod(turns, 2) == 0);
    return fromLow ? low + rest : high - rest;
  }

  void add(Taps &taps, int64_t index, double weight) const {
    if (index < 0 || index >= extent) {
      if (padding == seg::SamplePadding::Zeros)
        index = -1;
      else if (padding == seg::SamplePadding::Border)
        index = std::clamp<int64_t>(index, 0, extent - 1);
      else
        index = std::clamp<int64_t>(std::llround(reflected(double(index))), 0, extent - 1);
    }
    taps.index.push_back(index);
    taps.weight.push_back(weight);
  }

  seg::ResizeMode mode;
  seg::SamplePadding padding;
  bool corners;
  int64_t extent;
  double low, high;
};

} // namespace

Results evaluate(seg::GridSampleOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &grid = in[op.getGrid()];
  if (input.shape[0] != grid.shape[0])
    return in.error(Twine(input.shape[0]) + " images for " + Twine(grid.shape[0]) + " grids");
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  const size_t axes = input.shape.size() - 2;
  SmallVector<Axis> axis;
  for (size_t i = 0; i < axes; ++i)
    axis.emplace_back(op, input.shape[2 + i]);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape), steps = rowMajorStrides(grid.shape);

  Tensor output = Tensor::zeros(input.elementType, *shape);
  int64_t to = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    int64_t place = at[0] * steps[0];
    for (size_t i = 0; i < axes; ++i)
      place += at[2 + i] * steps[1 + i];
    SmallVector<Taps> taps;
    for (size_t i = 0; i < axes; ++i) // x comes first in the grid
      taps.push_back(axis[i].at(grid.floats[place + static_cast<int64_t>(axes - 1 - i)]));
    SmallVector<int64_t> counts;
    for (const Taps &each : taps)
      counts.push_back(static_cast<int64_t>(each.index.size()));
    double sum = 0;
    forEachIndex(counts, [&](ArrayRef<int64_t> tap) {
      int64_t from = at[0] * strides[0] + at[1] * strides[1];
      double weight = 1;
      for (size_t i = 0; i < axes; ++i) {
        if (taps[i].index[tap[i]] < 0)
          return;
        from += taps[i].index[tap[i]] * strides[2 + i];
        weight *= taps[i].weight[tap[i]];
      }
      sum += weight * input.floats[from];
    });
    output.floats[to++] = static_cast<float>(sum);
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
