//===- Crf.cpp - kernels of the dense CRF's mean field ----------*- C++ -*-===//

#include "compiler/lowering/Crf.h"

#include "compiler/lowering/FeatureMap.h"
#include "schedules/cpu/Crf.h"

#include <fmt/format.h>

#include <algorithm>

using namespace Halide;

namespace segc {
namespace {

/// Exponents below this give no belief: e^-50 is far above the smallest normal number, and
/// denormals make the filters six times slower.
constexpr float kLowestExponent = -50;
/// The first rows of a pixel are those of the bilateral lattice.
constexpr int kBilateralRows = 6;
/// The energy of what fills up the classes.
constexpr float kNoEnergy = -1e30f;

/// e^x for x in [kLowestExponent, 0] (Cephes' expf, which needs no care at these bounds).
Expr exponential(Expr x) {
  Expr power = floor(x * 1.44269504f + 0.5f);
  Expr rest = x - power * 0.693359375f + power * 2.12194440e-4f;
  Expr sum = 1.9875691500e-4f;
  for (float coefficient : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                            5.0000001201e-1f, 1.0f, 1.0f})
    sum = sum * rest + coefficient;
  return sum * reinterpret<float>((cast<int>(power) + 127) << 23);
}

/// What all kernels of pixels read.
struct PixelParams {
  ImageParam table{Float(32), 2, "table"};
  ImageParam slice{Int(32), 2, "slice"}, weight{Float(32), 2, "weight"};
  ImageParam scores;
  ImageParam compatibility{Float(32), 2, "compatibility"};
  ImageParam labelWeights{Float(32), 2, "label_weights"};
  Param<int> width{"width"};
  int lanes, padded;
  Var c{"c"}, x{"x"}, y{"y"};

  PixelParams(const CrfSpec &spec, const CpuTarget &target)
      : scores(featureMapInput(Float(32), "scores", spec.classes, spec.block)),
        lanes(crfLanes(spec, target)), padded(crfPaddedClasses(spec, target)) {
    describeRows(table, padded);
    describeRows(slice, kCrfRows);
    describeRows(weight, kCrfRows);
    compatibility.dim(0).set_bounds(0, padded).set_stride(1);
    compatibility.dim(1).set_bounds(0, spec.classes).set_stride(padded);
    labelWeights.dim(0).set_bounds(0, padded).set_stride(1);
    labelWeights.dim(1).set_bounds(0, 2).set_stride(padded);
  }

  static void describeRows(OutputImageParam param, int length) {
    param.dim(0).set_bounds(0, length).set_stride(1);
    param.dim(1).set_min(0).set_stride(length);
  }

  std::vector<KernelArg> args(const CrfSpec &spec) const {
    std::vector<KernelArg> args{KernelArg::view(table, "table"), KernelArg::view(slice, "slice"),
                                KernelArg::view(weight, "weight"),
                                KernelArg::view(scores, "scores"),
                                KernelArg::integer(width, "width")};
    if (spec.compatibility)
      args.push_back(KernelArg::constant(compatibility, "compatibility"));
    if (spec.weightPerLabel)
      args.push_back(KernelArg::constant(labelWeights, "label_weights"));
    return args;
  }
};

/// Row and weight of entry `k` of a pixel's list.
Tuple tapOf(const PixelParams &p, const ImageParam &list, Expr k, Expr x, Expr y) {
  Expr pixel = y * p.width + x;
  return Tuple(list(k, within(pixel, list.dim(1).extent())),
               p.weight(k, within(pixel, p.weight.dim(1).extent())));
}

/// One mean field step of the pixel (x, y). Columns from `width` on repeat the last one, so that
/// pixels may be computed in blocks.
CrfPixelFuncs meanField(const CrfSpec &spec, const PixelParams &p) {
  CrfPixelFuncs f;
  Var c = p.c, x = p.x, y = p.y, lane("lane"), k("k");
  Expr column = min(x, p.width - 1);
  f.tap(k, x, y) = tapOf(p, p.slice, k, column, y);
  Expr rows = p.table.dim(1).extent();
  auto slice = [&](int first, int end) {
    Expr sum;
    for (int i = first; i < end; ++i) {
      Expr part = f.tap(i, x, y)[1] * p.table(c, within(f.tap(i, x, y)[0], rows));
      sum = sum.defined() ? sum + part : part;
    }
    return sum;
  };
  Expr message = spec.weightPerLabel ? p.labelWeights(c, 0) * slice(0, kBilateralRows) +
                                           p.labelWeights(c, 1) * slice(kBilateralRows, kCrfRows)
                                     : slice(0, kCrfRows);
  Expr charge = message;
  if (spec.compatibility) {
    f.hasMessage = true;
    f.message(c, x, y) = message;
    // A label is charged for the mass of those it is incompatible with.
    charge = Expr();
    for (int l = 0; l < spec.classes; ++l) {
      Expr part = p.compatibility(c, l) * f.message(l, x, y);
      charge = charge.defined() ? charge + part : part;
    }
    charge = -charge;
  }
  Expr score =
      p.scores(c % spec.block, column, within(y, p.scores.dim(2).extent()), c / spec.block);
  f.energy(c, x, y) = select(c < spec.classes, score + charge, kNoEnergy);

  const int vectors = p.padded / p.lanes;
  Expr largest = f.energy(lane, x, y);
  for (int v = 1; v < vectors; ++v)
    largest = max(largest, f.energy(lane + v * p.lanes, x, y));
  f.largestOfLane(lane, x, y) = largest;
  RDom lanes(0, p.lanes, "lanes");
  f.largest(x, y) = kNoEnergy;
  f.largest(x, y) = max(f.largest(x, y), f.largestOfLane(lanes, x, y));
  f.weight(c, x, y) = exponential(max(f.energy(c, x, y) - f.largest(x, y), kLowestExponent));
  Expr sum = f.weight(lane, x, y);
  for (int v = 1; v < vectors; ++v)
    sum = sum + f.weight(lane + v * p.lanes, x, y);
  f.sumOfLane(lane, x, y) = sum;
  f.sum(x, y) = 0.0f;
  f.sum(x, y) += f.sumOfLane(lanes, x, y);
  f.scale(x, y) = 1.0f / f.sum(x, y);
  f.belief(c, x, y) = f.weight(c, x, y) * f.scale(x, y);
  return f;
}

std::string nameOf(const char *stem, const CrfSpec &spec) {
  return fmt::format("crf_{}_{}{}{}", stem, spec.classes,
                     spec.compatibility ? "_compatibility" : "",
                     spec.weightPerLabel ? "_label_weights" : "");
}

std::string keyOf(const char *stem, const CrfSpec &spec, const CpuTarget &target) {
  return fmt::format("{} b{} | {}", nameOf(stem, spec), spec.block, target.arch);
}

} // namespace

int crfLanes(const CrfSpec &spec, const CpuTarget &target) {
  return std::min({8, target.lanes, spec.block});
}

int crfPaddedClasses(const CrfSpec &spec, const CpuTarget &target) {
  const int lanes = crfLanes(spec, target);
  return (spec.classes + lanes - 1) / lanes * lanes;
}

Kernel buildCrfPixels(const CrfSpec &spec, const CpuTarget &target) {
  PixelParams p(spec, target);
  ImageParam splat(Int(32), 2, "splat");
  PixelParams::describeRows(splat, kCrfRows);
  Param<int> stripRows("strip_rows");
  Expr width = p.width, height = p.scores.dim(2).extent();
  CrfPixelFuncs pixel = meanField(spec, p);

  Func next("next");
  Var row("row");
  RDom r(0, kCrfRows, 0, width, 0, stripRows, 0, (height + stripRows - 1) / stripRows, "r");
  r.where(r.w * stripRows + r.z < height);
  Expr y = within(r.w * stripRows + r.z, height);
  next(p.c, row) = undef<float>();
  Expr rows = next.output_buffer().dim(1).extent();
  Func place("place");
  Var k("k");
  place(k, p.x, p.y) = tapOf(p, splat, k, p.x, p.y);
  Expr to = within(place(r.x, r.y, y)[0], rows);
  next(p.c, to) += place(r.x, r.y, y)[1] * pixel.belief(p.c, r.y, y);
  PixelParams::describeRows(next.output_buffer(), p.padded);
  next.bound(p.c, 0, p.padded);
  scheduleCrfPixels(pixel, scheduleCrfSplat(next, place, r, p.lanes), p.lanes, p.padded);

  Kernel kernel;
  kernel.name = nameOf("pixels", spec);
  kernel.key = keyOf("pixels", spec, target);
  kernel.pipeline = Pipeline(next);
  kernel.args = p.args(spec);
  kernel.args.push_back(KernelArg::view(splat, "splat"));
  kernel.args.push_back(KernelArg::integer(stripRows, "strip_rows"));
  kernel.args.push_back(KernelArg::output(next, "output"));
  return kernel;
}

Kernel buildCrfBeliefs(const CrfSpec &spec, const CpuTarget &target) {
  PixelParams p(spec, target);
  Func out("out");
  Var ci("ci"), cb("cb");
  CrfPixelFuncs pixel = meanField(spec, p);
  // The last block may reach beyond the padded classes.
  Expr c = min(cb * spec.block + ci, p.padded - 1);
  out(ci, p.x, p.y, cb) = pixel.belief(c, p.x, p.y);
  constrainFeatureMap(out.output_buffer(), spec.classes, spec.block);
  scheduleCrfPixels(pixel,
                    scheduleCrfResult(out, spec.block, channelBlocks(spec.classes, spec.block)),
                    p.lanes, p.padded);

  Kernel kernel;
  kernel.name = nameOf("beliefs", spec);
  kernel.key = keyOf("beliefs", spec, target);
  kernel.pipeline = Pipeline(out);
  kernel.args = p.args(spec);
  kernel.args.push_back(KernelArg::output(out, "output"));
  return kernel;
}

Kernel buildCrfLabels(const CrfSpec &spec, const CpuTarget &target) {
  PixelParams p(spec, target);
  Func out("out"), best("best");
  Var ci("ci"), cb("cb");
  CrfPixelFuncs pixel = meanField(spec, p);
  RDom label(0, spec.classes, "label");
  best(p.x, p.y) = Tuple(0, kNoEnergy);
  Expr energy = pixel.energy(label, p.x, p.y), better = energy > best(p.x, p.y)[1];
  best(p.x, p.y) =
      Tuple(select(better, label, best(p.x, p.y)[0]), select(better, energy, best(p.x, p.y)[1]));
  out(ci, p.x, p.y, cb) = cast<int64_t>(best(p.x, p.y)[0]);
  constrainFeatureMap(out.output_buffer(), 1, 1);
  scheduleCrfPixels(pixel, scheduleCrfResult(out, 1, 1), p.lanes, p.padded);
  scheduleCrfLabel(best, out);

  Kernel kernel;
  kernel.name = nameOf("labels", spec);
  kernel.key = keyOf("labels", spec, target);
  kernel.pipeline = Pipeline(out);
  kernel.args = p.args(spec);
  kernel.args.push_back(KernelArg::output(out, "output"));
  return kernel;
}

Kernel buildCrfBlur(const CrfSpec &spec, const CpuTarget &target) {
  const int lanes = crfLanes(spec, target), padded = crfPaddedClasses(spec, target);
  ImageParam own(Float(32), 2, "own"), table(Float(32), 2, "table"), links(Int(32), 2, "links");
  Param<float> factor("factor");
  PixelParams::describeRows(own, padded);
  PixelParams::describeRows(table, padded);
  PixelParams::describeRows(links, 2);
  Func out("out");
  Var c("c"), v("v");
  auto row = [&](int i) { return table(c, within(links(i, v), table.dim(1).extent())); };
  out(c, v) = factor * own(c, v) + (0.5f * factor) * (row(0) + row(1));
  PixelParams::describeRows(out.output_buffer(), padded);
  scheduleCrfBlur(out, lanes, padded);

  Kernel kernel;
  kernel.name = fmt::format("crf_blur_{}", padded);
  kernel.key = fmt::format("crf_blur_{} {} | {}", padded, lanes, target.arch);
  kernel.pipeline = Pipeline(out);
  kernel.args = {KernelArg::view(own, "own"), KernelArg::view(table, "table"),
                 KernelArg::view(links, "links"), KernelArg::real(factor, "factor"),
                 KernelArg::output(out, "output")};
  return kernel;
}

} // namespace segc
