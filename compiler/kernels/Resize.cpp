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
  Param<float> scale{"scale"}, roiStart{"roiStart"}, roiEnd{"roiEnd"};
};

/// Where output coordinate `o` lies in the input, ONNX's coordinate_transformation_mode.
Expr sourceCoordinate(const ResizeTableSpec &spec, const TableParams &params, Expr o) {
  using Mode = seg::CoordinateMode;
  Expr at = cast<float>(o), scale = params.scale;
  Expr resized =
      spec.givenScale ? scale * cast<float>(params.inputExtent) : cast<float>(params.outputExtent);
  Expr lastInput = cast<float>(params.inputExtent - 1), lastOutput = resized - 1.0f;
  switch (spec.coordinates) {
  case Mode::HalfPixel:
    return (at + 0.5f) / scale - 0.5f;
  case Mode::PytorchHalfPixel:
    return select(resized > 1.0f, (at + 0.5f) / scale - 0.5f, 0.0f);
  case Mode::AlignCorners:
    return select(resized == 1.0f, 0.0f, at * lastInput / lastOutput);
  case Mode::Asymmetric:
    return at / scale;
  case Mode::TfHalfPixelForNn:
    return (at + 0.5f) / scale;
  case Mode::TfCropAndResize:
    return select(resized > 1.0f,
                  params.roiStart * lastInput +
                      at * (params.roiEnd - params.roiStart) * lastInput / lastOutput,
                  0.5f * (params.roiStart + params.roiEnd) * lastInput);
  }
  return at;
}

/// The integer next to `at`, as a float.
Expr nearest(seg::NearestMode mode, Expr at) {
  Expr below = floor(at), fraction = at - floor(at);
  switch (mode) {
  case seg::NearestMode::RoundPreferFloor:
    return select(fraction > 0.5f, below + 1, below);
  case seg::NearestMode::RoundPreferCeil:
    return select(fraction >= 0.5f, below + 1, below);
  case seg::NearestMode::Floor:
    return below;
  case seg::NearestMode::Ceil:
    return ceil(at);
  }
  return at;
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

Algorithm resizeTableAlgorithm(const ResizeTableSpec &spec) {
  TableParams params;
  Var o("o"), tap("tap");
  Func table("table");
  const int taps = resizeTaps(spec.mode);
  Expr last = params.inputExtent - 1;
  Expr at = sourceCoordinate(spec, params, o);
  Expr outside = at < 0.0f || at > cast<float>(last);
  auto place = [&](Expr index) {
    index = clamp(index, 0, last);
    return spec.extrapolates() ? select(outside, -1, index) : index;
  };
  // Far away coordinates (a wild region of interest) still have to fit an int.
  Expr near = clamp(at, -1e6f, 1e6f);
  if (spec.mode == seg::ResizeMode::Nearest) {
    table(o, tap) = place(cast<int>(nearest(spec.nearest, near)));
  } else if (spec.mode == seg::ResizeMode::Linear) {
    Expr inside = clamp(near, 0.0f, cast<float>(last));
    Expr below = cast<int>(floor(inside)), fraction = inside - floor(inside);
    table(o, tap) = Tuple(place(below + tap), select(tap == 0, 1 - fraction, fraction));
  } else {
    Expr below = cast<int>(floor(near)), fraction = near - floor(near);
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
  algorithm.name = fmt::format("resize_table_{}_{}{}{}", modeName(spec.mode),
                               seg::stringifyCoordinateMode(spec.coordinates).str(),
                               spec.mode == seg::ResizeMode::Nearest
                                   ? "_" + seg::stringifyNearestMode(spec.nearest).str()
                                   : std::string(),
                               spec.givenScale ? "_by_scale" : "");
  algorithm.key = fmt::format("{} {} {}", algorithm.name, spec.cubicCoeffA, spec.excludeOutside);
  algorithm.output = table;
  algorithm.args = {KernelArg::integer(params.inputExtent, "inputExtent"),
                    KernelArg::integer(params.outputExtent, "outputExtent"),
                    KernelArg::real(params.scale, "scale")};
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
      Expr i = indices(at, tap);
      return spec.extrapolates ? clamp(i, 0, end - 1) : within(i, end);
    };
    Expr columns = input.dim(1).min() + input.dim(1).extent(), rows = input.dim(2).extent();
    Expr value = 0.0f;
    for (int v = 0; v < taps; ++v) {
      Expr line = 0.0f;
      for (int h = 0; h < taps; ++h) {
        Expr pixel = input(ci, index(columnIndex, x, h, columns), index(rowIndex, y, v, rows), cb);
        if (weighted)
          pixel *= columnWeight(x, h);
        line = h ? line + pixel : pixel;
      }
      if (weighted)
        line *= rowWeight(y, v);
      value = v ? value + line : line;
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
                               spec.inputBlock != spec.outputBlock ? "_to_planar" : "");
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
