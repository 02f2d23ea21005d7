//===- Resize.cpp - interpolation to another height and width ---*- C++ -*-===//

#include "compiler/kernels/Resize.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

const char *modeName(seg::ResizeMode mode) {
  return mode == seg::ResizeMode::Nearest  ? "nearest"
         : mode == seg::ResizeMode::Linear ? "linear"
                                           : "cubic";
}

struct TableParams {
  Param<int> inputExtent{"inputExtent"}, outputExtent{"outputExtent"};
  Param<int> numerator{"scaleNumerator"}, denominator{"scaleDenominator"};
  Param<float> roiStart{"roiStart"}, roiEnd{"roiEnd"};
};

/// A coordinate of the input: `below` + `rest` / `whole`, with 0 <= rest < whole. `below` is an
/// int64, the others are two int64, or two doubles.
struct Coordinate {
  Expr below, rest, whole;

  static Coordinate fraction(Expr numerator, Expr denominator) {
    // Halide's integer division rounds down.
    return {numerator / denominator, numerator % denominator, denominator};
  }

  /// The part behind the point, rounded once.
  Expr part() const { return cast<float>(cast<double>(rest) / cast<double>(whole)); }

  /// The pixel that `mode` takes.
  Expr nearest(seg::NearestMode mode) const {
    auto nextIf = [&](Expr condition) { return select(condition, below + 1, below); };
    switch (mode) {
    case seg::NearestMode::RoundPreferFloor:
      return nextIf(rest + rest > whole);
    case seg::NearestMode::RoundPreferCeil:
      return nextIf(rest + rest >= whole);
    case seg::NearestMode::Floor:
      return below;
    case seg::NearestMode::Ceil:
      return nextIf(rest > 0);
    }
    return below;
  }
};

/// Where output coordinate `o` lies in the input, ONNX's coordinate_transformation_mode.
Coordinate sourceCoordinate(const ResizeTableSpec &spec, const TableParams &params, Expr o) {
  using Mode = seg::CoordinateMode;
  auto wide = [](Expr e) { return cast<int64_t>(e); };
  Expr at = wide(o), lastInput = wide(params.inputExtent) - 1;
  Expr lastOutput = wide(params.outputExtent) - 1;
  // Dividing by the scale is multiplying by down / up.
  Expr up = wide(params.numerator), down = wide(params.denominator);
  Expr centre = (2 * at + 1) * down; // (at + 1/2) / scale, in units of 1 / (2 * up)
  switch (spec.coordinates) {
  case Mode::HalfPixel:
    return Coordinate::fraction(centre - up, 2 * up);
  case Mode::PytorchHalfPixel:
    return Coordinate::fraction(select(lastOutput > 0, centre - up, 0), 2 * up);
  case Mode::AlignCorners:
    return Coordinate::fraction(at * lastInput, max(lastOutput, 1));
  case Mode::Asymmetric:
    return Coordinate::fraction(at * down, up);
  case Mode::TfHalfPixelForNn:
    return Coordinate::fraction(centre, 2 * up);
  case Mode::HalfPixelSymmetric:
    // Middle on middle: the distances from them are divided by the scale.
    return Coordinate::fraction((2 * at - lastOutput) * down + lastInput * up, 2 * up);
  case Mode::TfCropAndResize: {
    // From the first output pixel at the region's start to the last one at its end; a result
    // of one pixel shows the middle. The numerator is exact at both ends, so that they are.
    Expr start = cast<double>(params.roiStart), end = cast<double>(params.roiEnd);
    Expr alone = lastOutput == 0;
    Expr sum =
        select(alone, start + end, cast<double>(lastOutput - at) * start + cast<double>(at) * end);
    Expr place = sum * cast<double>(lastInput) / cast<double>(select(alone, 2, lastOutput));
    // A wild region still has to fit an integer.
    place = clamp(place, Expr(-1e9), Expr(1e9));
    return {cast<int64_t>(floor(place)), place - floor(place), Expr(1.0)};
  }
  }
  return Coordinate::fraction(at, 1);
}

/// Keys' cubic at distance tap - 1 - fraction from the four pixels around.
Expr cubicWeight(float a, int tap, Expr fraction) {
  auto inner = [&](Expr d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  auto outer = [&](Expr d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  switch (tap) {
  case 0:
    return outer(fraction + 1);
  case 1:
    return inner(fraction);
  case 2:
    return inner(1 - fraction);
  default:
    return outer(2 - fraction);
  }
}

} // namespace

ResizeScale ResizeScale::of(float scale) {
  // A walk down the tree of Stern and Brocot: every fraction between those already seen, the
  // least denominators first.
  ResizeScale low{0, 1}, high{1, 0};
  for (;;) {
    ResizeScale middle{low.numerator + high.numerator, low.denominator + high.denominator};
    float value = static_cast<float>(static_cast<double>(middle.numerator) / middle.denominator);
    if (value == scale)
      return middle;
    (value < scale ? low : high) = middle;
  }
}

Algorithm resizeTableAlgorithm(const ResizeTableSpec &spec) {
  TableParams params;
  Var o("o"), tap("tap");
  Func table("table");
  const int taps = resizeTaps(spec.mode);
  Expr last = params.inputExtent - 1;
  const Coordinate at = sourceCoordinate(spec, params, o);
  Expr outside = at.below < 0 || at.below > last || (at.below == last && at.rest > 0);
  auto place = [&](Expr index) {
    index = cast<int>(clamp(index, 0, last));
    return spec.extrapolates() ? select(outside, -1, index) : index;
  };
  if (spec.mode == seg::ResizeMode::Nearest) {
    table(o, tap) = place(at.nearest(spec.nearest));
  } else if (spec.mode == seg::ResizeMode::Linear) {
    // Beyond the last pixel both taps are that pixel and share the weight, as in ONNX Runtime.
    Expr part = select(at.below < 0, 0.0f, at.below >= last, 0.5f, at.part());
    table(o, tap) = Tuple(place(at.below + tap), select(tap == 0, 1 - part, part));
  } else {
    Expr below = at.below, fraction = at.part();
    Expr sum = 0.0f, weight = 0.0f;
    for (int t = 0; t < taps; ++t) {
      Expr w = cubicWeight(spec.cubicCoeffA, t, fraction);
      if (spec.excludeOutside) {
        Expr index = below + t - 1;
        w = select(index < 0 || index > last, 0.0f, w);
        sum += w;
      }
      weight = select(tap == t, w, weight);
    }
    if (spec.excludeOutside)
      weight = weight / sum;
    table(o, tap) = Tuple(place(below + tap - 1), weight);
  }
  OutputImageParam buffer = table.output_buffers()[0];
  buffer.dim(0).set_min(0);
  buffer.dim(1).set_bounds(0, taps);

  Algorithm algorithm;
  algorithm.name = fmt::format("resize_table_{}_{}{}", modeName(spec.mode),
                               seg::stringifyCoordinateMode(spec.coordinates).str(),
                               spec.mode == seg::ResizeMode::Nearest
                                   ? "_" + seg::stringifyNearestMode(spec.nearest).str()
                                   : std::string());
  algorithm.key = fmt::format("{} {} {}", algorithm.name, spec.cubicCoeffA, spec.excludeOutside);
  algorithm.output = table;
  algorithm.args = {KernelArg::integer(params.inputExtent, "inputExtent"),
                    KernelArg::integer(params.outputExtent, "outputExtent")};
  if (spec.usesScale()) {
    algorithm.args.push_back(KernelArg::integer(params.numerator, "scaleNumerator"));
    algorithm.args.push_back(KernelArg::integer(params.denominator, "scaleDenominator"));
  }
  if (spec.extrapolates()) {
    algorithm.args.push_back(KernelArg::real(params.roiStart, "roiStart"));
    algorithm.args.push_back(KernelArg::real(params.roiEnd, "roiEnd"));
  }
  if (spec.mode == seg::ResizeMode::Nearest) {
    algorithm.args.push_back(KernelArg::output(table, "index"));
  } else {
    algorithm.args.push_back(KernelArg::outputOfTuple(table, 0, "index"));
    algorithm.args.push_back(KernelArg::outputOfTuple(table, 1, "weight"));
  }
  return algorithm;
}

ResizeAlgorithm resizeAlgorithm(const ResizeSpec &spec, int columns) {
  const int taps = resizeTaps(spec.mode);
  const bool weighted = spec.mode != seg::ResizeMode::Nearest;
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, spec.inputBlock);
  auto table = [&](Type type, const char *name) {
    ImageParam param(type, 2, name);
    param.dim(0).set_min(0);
    param.dim(1).set_bounds(0, taps);
    return param;
  };
  ImageParam columnIndex = table(Int(32), "columnIndex"), rowIndex = table(Int(32), "rowIndex");
  ImageParam columnWeight = table(Float(32), "columnWeight");
  ImageParam rowWeight = table(Float(32), "rowWeight");

  auto interpolate = [&](Expr ci, Expr x, Expr y, Expr cb) {
    auto index = [&](ImageParam &indices, Expr at, int tap, Expr end) {
      // Claimed: what the table kernel has clamped to the input.
      Expr i = indices(at, tap);
      return spec.extrapolates ? clamp(i, 0, end - 1) : within(i, end);
    };
    Expr columns = input.dim(1).min() + input.dim(1).extent(), rows = input.dim(2).extent();
    auto pixelAt = [&](int v, int h) {
      return input(ci, index(columnIndex, x, h, columns), index(rowIndex, y, v, rows), cb);
    };
    Expr value;
    for (int v = 0; v < taps; ++v) {
      if (spec.mode == seg::ResizeMode::Linear) {
        // Quantised networks round what they interpolate to integers. These are ONNX Runtime's if
        // the same products are rounded and added in the same order.
        for (int h = 0; h < taps; ++h) {
          Expr weight = strict_float(columnWeight(x, h) * rowWeight(y, v));
          Expr part = strict_float(weight * pixelAt(v, h));
          value = value.defined() ? strict_float(value + part) : part;
        }
        continue;
      }
      Expr line;
      for (int h = 0; h < taps; ++h) {
        Expr pixel = weighted ? pixelAt(v, h) * columnWeight(x, h) : pixelAt(v, h);
        line = line.defined() ? line + pixel : pixel;
      }
      if (weighted)
        line *= rowWeight(y, v);
      value = value.defined() ? value + line : line;
    }
    if (spec.extrapolates)
      value = select(columnIndex(x, 0) < 0 || rowIndex(y, 0) < 0, spec.extrapolation, value);
    return value;
  };

  Var ci("ci"), x("x"), y("y"), cb("cb");
  ResizeAlgorithm algorithm;
  Func out("output");
  if (spec.inputBlock == spec.outputBlock) {
    out(ci, x, y, cb) = interpolate(ci, x, y, cb);
    constrainFeatureMap(out.output_buffer(), spec.channels, spec.outputBlock);
  } else if (spec.outputBlock == 0) {
    // Whole blocks of a pixel, of which only the real channels are written.
    Func pixel = algorithm.square = Func("pixel");
    Var one("one"), c("c");
    pixel(ci, x, y, cb) = interpolate(ci, x, y, cb);
    out(one, c, x, y) = pixel(c % spec.inputBlock, x, y, c / spec.inputBlock);
    describeChannelsLast(out.output_buffer(), spec.channels);
  } else {
    // A few pixels of one block at a time, computed by vectors of channels and written
    // by vectors of columns.
    Func square = algorithm.square = Func("square");
    Var column("column"), tile("tile");
    const int block = spec.inputBlock;
    Expr last = columnIndex.dim(0).extent() - 1;
    square(ci, column, tile, y, cb) = interpolate(ci, min(tile * columns + column, last), y, cb);
    out(ci, x, y, cb) = square(cb % block, x % columns, x / columns, y, cb / block);
    constrainFeatureMap(out.output_buffer(), spec.channels, 1);
  }

  algorithm.name = fmt::format("resize_{}_c{}_{}{}", modeName(spec.mode), spec.channels,
                               spec.inputBlock > 1 ? fmt::format("b{}", spec.inputBlock) : "planar",
                               spec.inputBlock == spec.outputBlock ? ""
                               : spec.outputBlock == 0             ? "_to_nhwc"
                                                                   : "_to_planar");
  algorithm.key = fmt::format("{} {} {}", algorithm.name, spec.extrapolates, spec.extrapolation);
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::view(columnIndex, "columnIndex")};
  if (weighted)
    algorithm.args.push_back(KernelArg::view(columnWeight, "columnWeight"));
  algorithm.args.push_back(KernelArg::view(rowIndex, "rowIndex"));
  if (weighted)
    algorithm.args.push_back(KernelArg::view(rowWeight, "rowWeight"));
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

} // namespace segc
