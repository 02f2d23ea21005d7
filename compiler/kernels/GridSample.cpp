//===- GridSample.cpp - an image at the places of a grid --------*- C++ -*-===//

#include "compiler/kernels/GridSample.h"

#include "compiler/kernels/Dense.h"
#include "compiler/kernels/Resize.h"
#include "compiler/kernels/Rounded.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// What one axis reads for a coordinate of the grid.
class Axis {
public:
  Axis(const GridSampleSpec &spec, Expr extent)
      : spec(spec), extent(extent), size(cast<float>(extent)),
        low(spec.alignCorners ? 0.0f : -0.5f), high(size - (spec.alignCorners ? 1.0f : 0.5f)) {}

  /// The coordinate in pixels, moved into the image where the padding says so.
  Expr pixels(Expr coordinate) const {
    Expr x = spec.alignCorners ? roundedProduct((coordinate + 1.0f) * 0.5f, size - 1.0f)
                               : (roundedProduct(coordinate + 1.0f, size) - 1.0f) * 0.5f;
    // Beyond this everything is outside.
    const float far = 1e9f;
    x = select(is_nan(x), -far, clamp(x, -far, far));
    if (spec.mode == seg::ResizeMode::Nearest)
      x = round(x);
    if (spec.mode == seg::ResizeMode::Cubic)
      return x;
    if (spec.padding == seg::SamplePadding::Border)
      return select(x < low || x > high, clamp(x, 0.0f, size - 1.0f), x);
    if (spec.padding == seg::SamplePadding::Reflection)
      return select(x < low || x > high, reflected(x), x);
    return x;
  }

  /// The pixel to read in place of `index`, -1 for none.
  Expr inside(Expr index) const {
    Expr isInside = index >= 0 && index < extent;
    if (spec.padding == seg::SamplePadding::Zeros)
      return select(isInside, index, -1);
    Expr moved = index;
    if (spec.padding == seg::SamplePadding::Reflection)
      moved = select(isInside, index, cast<int>(round(reflected(cast<float>(index)))));
    return clamp(moved, 0, extent - 1);
  }

private:
  /// There and back between the borders.
  Expr reflected(Expr x) const {
    Expr range = high - low, beyond = select(x < low, low - x, x - high);
    Expr turns = floor(beyond / range), rest = beyond - turns * range;
    Expr isBack = turns - 2.0f * floor(turns * 0.5f) != 0.0f;
    Expr fromLow = (x < low) != isBack;
    // A single pixel has no range; rounding may step over a border.
    return select(range > 0.0f, clamp(select(fromLow, low + rest, high - rest), low, high), 0.0f);
  }

  const GridSampleSpec &spec;
  Expr extent, size;
  Expr low, high;
};

/// Keys' cubic with a = -0.75 at a distance from -1 to 2 before or behind the place.
Expr cubicWeight(Expr distance) {
  const float a = -0.75f;
  Expr d = abs(distance);
  return select(d <= 1.0f, ((a + 2) * d - (a + 3)) * d * d + 1.0f,
                ((a * d - 5 * a) * d + 8 * a) * d - 4 * a);
}

const char *paddingName(seg::SamplePadding padding) {
  return padding == seg::SamplePadding::Zeros    ? "zeros"
         : padding == seg::SamplePadding::Border ? "border"
                                                 : "reflection";
}

} // namespace

GridSampleAlgorithm gridSampleAlgorithm(const GridSampleSpec &spec) {
  GridSampleAlgorithm algorithm;
  const int axes = spec.axes, taps = resizeTaps(spec.mode), before = taps == 4 ? 1 : 0;
  const bool isNearest = spec.mode == seg::ResizeMode::Nearest;
  ImageParam input = denseInput(Float(32), axes + 2, "input"), grid(Float(32), 3, "grid");
  grid.dim(0).set_bounds(0, axes);
  grid.dim(1).set_min(0).set_stride(axes);
  grid.dim(2).set_min(0);
  Var place("place"), tap("tap"), c("c"), n("n");
  // Whole vectors are computed.
  Expr inGrid = min(likely(place), grid.dim(1).extent() - 1);

  for (int d = 0; d < axes; ++d) {
    const Axis axis(spec, input.dim(d).extent());
    Expr x = axis.pixels(grid(d, inGrid, n)), below = floor(x), fraction = x - below;
    Func index(fmt::format("index{}", d)), weight(fmt::format("weight{}", d));
    index(place, tap, n) = axis.inside(cast<int>(below) + tap - before);
    if (spec.mode == seg::ResizeMode::Linear)
      weight(place, tap, n) = select(tap == 0, 1.0f - fraction, fraction);
    else
      weight(place, tap, n) = cubicWeight(fraction - cast<float>(tap - before));
    algorithm.index.push_back(index);
    if (!isNearest)
      algorithm.weight.push_back(weight);
  }

  // The pixel at one tap of each axis, or 0.
  auto pixel = [&](const std::vector<Expr> &at) {
    std::vector<Expr> where;
    Expr exists;
    for (int d = 0; d < axes; ++d) {
      Expr index = algorithm.index[d](place, at[d], n);
      if (spec.padding == seg::SamplePadding::Zeros) {
        exists = exists.defined() ? exists && index >= 0 : index >= 0;
        index = max(index, 0);
      }
      where.push_back(unsafe_promise_clamped(index, 0, input.dim(d).extent() - 1));
    }
    where.push_back(c);
    where.push_back(n);
    return exists.defined() ? select(exists, input(where), 0.0f) : input(where);
  };
  // Sums over the taps of axis d and those within it.
  std::vector<Expr> at(axes);
  std::function<Expr(int)> sum = [&](int d) -> Expr {
    if (d < 0)
      return pixel(at);
    Expr total;
    for (int t = 0; t < taps; ++t) {
      at[d] = t;
      Expr term = algorithm.weight[d](place, t, n) * sum(d - 1);
      total = total.defined() ? total + term : term;
    }
    return total;
  };
  Func out("output"), total = algorithm.total;
  if (isNearest) {
    out(place, c, n) = pixel(std::vector<Expr>(axes, 0));
  } else {
    RDom r = algorithm.taps = RDom(0, taps, "taps");
    at[axes - 1] = r;
    total(place, c, n) = 0.0f;
    total(place, c, n) += algorithm.weight[axes - 1](place, r, n) * sum(axes - 2);
    out(place, c, n) = total(place, c, n);
  }
  constrainDense(out);
  algorithm.define(fmt::format("grid_sample{}d_{}_{}{}", axes,
                               isNearest                              ? "nearest"
                               : spec.mode == seg::ResizeMode::Linear ? "linear"
                                                                      : "cubic",
                               paddingName(spec.padding), spec.alignCorners ? "_corners" : ""),
                   out,
                   {KernelArg::view(input, "input"), KernelArg::view(grid, "grid"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
