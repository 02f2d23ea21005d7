//===- Crf.cpp - kernels of the dense CRF's mean field ----------*- C++ -*-===//

#include "compiler/kernels/Crf.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

using namespace Halide;

namespace segc {
namespace {

/// Exponents below this give no belief: e^-50 is far above the smallest normal number, and
/// denormals make the filters six times slower.
constexpr float kLowestExponent = -50;
/// How many pixels or entries of chains ahead rows are asked for.
constexpr int kFetchedAhead = 8, kFetchedEntriesAhead = 24;
/// The energy of what fills up the classes.
constexpr float kNoEnergy = -1e30f;

/// e^x for x in [kLowestExponent, 0], to 2e-7 of it.
Expr exponential(Expr x) {
  // Adding 3 * 2^22 leaves the nearest integer in the lowest bits; strict_float keeps Halide from
  // taking it away again.
  constexpr float shift = 12582912.0f;
  Expr shifted = strict_float(x * 1.44269504f + shift);
  Expr rest = x - strict_float(shifted - shift) * 0.693147181f;
  // Minimax on [-ln 2 / 2, ln 2 / 2].
  Expr sum = 8.2976548e-3f;
  for (float coefficient : {4.19153832e-2f, 0.166675746f, 0.499988943f, 0.999999702f, 1.00000012f})
    sum = sum * rest + coefficient;
  return reinterpret<float>(reinterpret<int>(sum) + (reinterpret<int>(shifted) << 23));
}

/// What all kernels of pixels read.
struct PixelParams {
  ImageParam table{Float(32), 1, "table"};
  ImageParam slice{Int(32), 2, "slice"}, weight{Float(32), 2, "weight"};
  ImageParam scores;
  ImageParam compatibility{Float(32), 2, "compatibility"};
  ImageParam labelWeights{Float(32), 2, "label_weights"};
  Param<int> width{"width"};
  int lanes, padded, bilateralRows;
  /// Whether rows that are needed soon are asked for.
  bool fetchesAhead;
  Var c{"c"}, x{"x"}, y{"y"};

  PixelParams(const CrfSpec &spec, const CpuTarget &target)
      : PixelParams(spec, crfLanes(spec, target), crfPaddedClasses(spec, target), true) {}
  PixelParams(const CrfSpec &spec, const CudaTarget &target)
      : PixelParams(spec, 1, crfPaddedClasses(spec, target), false) {}

  PixelParams(const CrfSpec &spec, int lanes, int padded, bool fetchesAhead)
      : scores(featureMapInput(Float(32), "scores", spec.classes, spec.block)), lanes(lanes),
        padded(padded), bilateralRows(spec.bilateralRows()), fetchesAhead(fetchesAhead) {
    describeTable(table);
    describeRows(slice, spec.rows());
    describeRows(weight, spec.rows());
    compatibility.dim(0).set_bounds(0, padded).set_stride(1);
    compatibility.dim(1).set_bounds(0, spec.classes).set_stride(padded);
    labelWeights.dim(0).set_bounds(0, padded).set_stride(1);
    labelWeights.dim(1).set_bounds(0, 2).set_stride(padded);
  }

  static void describeTable(OutputImageParam param) { param.dim(0).set_min(0).set_stride(1); }

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

/// `value`; the rows lie all over a table too large for the cache, so one that is needed soon
/// is asked for: that at `offset`.
Expr fetchingRow(Expr value, const OutputImageParam &table, Expr offset, int padded) {
  constexpr int line = 16, most = 4; // processors go on by themselves
  Expr start = Internal::Variable::make(Handle(), table.name(), table.parameter());
  for (int i = 0; i < std::min((padded + line - 1) / line, most); ++i) {
    Expr fetch = Internal::Call::make(Float(32), Internal::Call::prefetch,
                                      {start, offset + i * line, 1, 1}, Internal::Call::Intrinsic);
    value = Internal::Call::make(value.type(), Internal::Call::return_second, {fetch, value},
                                 Internal::Call::PureIntrinsic);
  }
  return value;
}

/// Offset and weight of entry `k` of a pixel's list of rows in `table`. The row of a pixel
/// kFetchedAhead further on is asked for, if it is one of the bilateral lattice; those of the
/// spatial one follow each other. Claimed of the pixels: lists go on for kCrfTail pixels after
/// the image, more than a block of pixels and what is fetched ahead overrun it by.
Tuple tapOf(const PixelParams &p, const ImageParam &list, const OutputImageParam &table, Expr k,
            Expr x, Expr y) {
  Expr pixel = y * p.width + x, count = list.dim(1).extent();
  Expr offset = list(k, within(pixel, count));
  Expr weight = p.weight(k, within(pixel, p.weight.dim(1).extent()));
  if (!p.fetchesAhead)
    return Tuple(offset, weight);
  Expr ahead = list(k, within(pixel + kFetchedAhead, count));
  return Tuple(select(k < p.bilateralRows, fetchingRow(offset, table, ahead, p.padded), offset),
               weight);
}

/// The energies of the pixel (x, y), the first ones without messages. Columns from `width` on have
/// a value too, so that pixels may be computed in blocks.
CrfPixelFuncs energies(const CrfSpec &spec, const PixelParams &p, bool isFirst) {
  CrfPixelFuncs f;
  f.lanes = p.lanes;
  f.paddedClasses = p.padded;
  Var c = p.c, x = p.x, y = p.y, k("k");
  // Claimed, here and of the splat: the runtime's lists hold offsets of rows of the table
  // (segc_lattice.h); y is a row of the output.
  Expr end = p.table.dim(0).extent() - p.padded + 1;
  auto slice = [&](const char *name, int first, int rows) {
    CrfSlice slice{Func(name), Func("tap"), RDom(first, rows - first, "k")};
    slice.tap(k, x, y) = tapOf(p, p.slice, p.table, k, x, y);
    Expr row = within(slice.tap(slice.k, x, y)[0], end);
    slice.sum(c, x, y) = 0.0f;
    slice.sum(c, x, y) += slice.tap(slice.k, x, y)[1] * p.table(row + c);
    f.slices.push_back(slice);
    return slice.sum(c, x, y);
  };
  Expr energy = p.scores(c % spec.block, min(x, p.width - 1), within(y, p.scores.dim(2).extent()),
                         c / spec.block);
  if (!isFirst) {
    Expr message;
    if (spec.weightPerLabel) {
      Expr bilateral = slice("bilateral", 0, spec.bilateralRows());
      Expr spatial = slice("spatial", spec.bilateralRows(), spec.rows());
      message = p.labelWeights(c, 0) * bilateral + p.labelWeights(c, 1) * spatial;
    } else {
      message = slice("sum", 0, spec.rows());
    }
    if (spec.compatibility) {
      f.message = Func("message");
      f.message(c, x, y) = message;
      // A label is charged for the mass of those it is incompatible with.
      Expr charge;
      for (int l = 0; l < spec.classes; ++l) {
        Expr part = p.compatibility(c, l) * f.message(l, x, y);
        charge = charge.defined() ? charge + part : part;
      }
      energy -= charge;
    } else {
      energy += message;
    }
  }
  f.energy(c, x, y) = select(c < spec.classes, energy, kNoEnergy);
  return f;
}

/// e to the energy, but for a factor of all classes.
Expr unscaledBelief(Expr energy, Expr largest) {
  return exponential(max(energy - largest, kLowestExponent));
}

/// One mean field step of the pixel (x, y).
CrfPixelFuncs meanField(const CrfSpec &spec, const PixelParams &p, bool isFirst = false) {
  CrfPixelFuncs f = energies(spec, p, isFirst);
  Var c = p.c, x = p.x, y = p.y, lane("lane");
  const int vectors = p.padded / p.lanes;
  Expr largest = f.energy(lane, x, y);
  for (int v = 1; v < vectors; ++v)
    largest = max(largest, f.energy(lane + v * p.lanes, x, y));
  f.largestOfLane(lane, x, y) = largest;
  RDom lanes(0, p.lanes, "lanes");
  f.largest(x, y) = kNoEnergy;
  f.largest(x, y) = max(f.largest(x, y), f.largestOfLane(lanes, x, y));
  f.weight(c, x, y) = unscaledBelief(f.energy(c, x, y), f.largest(x, y));
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

/// (label, its energy) of the largest of a pixel's energies; the first one of equal ones.
void bestLabel(const CrfSpec &spec, Func best, Var x, Var y,
               const std::function<Expr(Expr label)> &energyOf) {
  RDom label(0, spec.classes, "label");
  best(x, y) = Tuple(0, kNoEnergy);
  Expr energy = energyOf(label), better = energy > best(x, y)[1];
  best(x, y) = Tuple(select(better, label, best(x, y)[0]), select(better, energy, best(x, y)[1]));
}

std::string nameOf(const char *stem, const CrfSpec &spec) {
  return fmt::format("crf_{}_{}{}{}{}", stem, spec.classes,
                     spec.imageChannels == 3 ? "" : fmt::format("_image{}", spec.imageChannels),
                     spec.compatibility ? "_compatibility" : "",
                     spec.weightPerLabel ? "_label_weights" : "");
}

std::string keyOf(const char *stem, const CrfSpec &spec) {
  return fmt::format("{} b{}", nameOf(stem, spec), spec.block);
}

} // namespace

int crfLanes(const CrfSpec &spec, const CpuTarget &target) {
  return std::min({8, target.lanes, spec.block});
}

int crfPaddedClasses(const CrfSpec &spec, const CpuTarget &target) {
  const int lanes = crfLanes(spec, target);
  return (spec.classes + lanes - 1) / lanes * lanes;
}

int crfPaddedClasses(const CrfSpec &spec, const CudaTarget &target) {
  const int sector = target.lanes; // of memory
  return (spec.classes + sector - 1) / sector * sector;
}

CrfPixelsAlgorithm crfPixelsAlgorithm(const CrfSpec &spec, bool isFirst, const CpuTarget &target) {
  CrfPixelsAlgorithm algorithm;
  PixelParams p(spec, target);
  ImageParam splat(Int(32), 2, "splat");
  PixelParams::describeRows(splat, spec.rows());
  Param<int> stripRows("strip_rows");
  Expr width = p.width, height = p.scores.dim(2).extent();
  CrfPixelFuncs pixel = algorithm.pixel = meanField(spec, p, isFirst);

  Func next("next");
  Var at("at");
  RDom r({{0, p.padded},
          {0, spec.rows()},
          {0, width},
          {0, stripRows},
          {0, (height + stripRows - 1) / stripRows}},
         "r");
  RVar c = r[0], k = r[1], x = r[2], row = r[3], strip = r[4];
  Expr y = strip * stripRows + row;
  r.where(y < height);
  next(at) = undef<float>();
  Expr end = next.output_buffer().dim(0).extent() - p.padded + 1;
  Func place = algorithm.place;
  Var entry("entry");
  place(entry, p.x, p.y) = tapOf(p, splat, next.output_buffer(), entry, p.x, p.y);
  next(within(place(k, x, y)[0], end) + c) += place(k, x, y)[1] * pixel.belief(c, x, y);
  PixelParams::describeTable(next.output_buffer());

  algorithm.splat = r;
  const char *stem = isFirst ? "first" : "pixels";
  algorithm.name = nameOf(stem, spec);
  algorithm.key = keyOf(stem, spec);
  algorithm.output = next;
  algorithm.args = p.args(spec);
  algorithm.args.push_back(KernelArg::view(splat, "splat"));
  algorithm.args.push_back(KernelArg::integer(stripRows, "strip_rows"));
  algorithm.args.push_back(KernelArg::output(next, "output"));
  return algorithm;
}

CrfMapAlgorithm crfMapAlgorithm(const CrfSpec &spec, CrfMap what, const CpuTarget &target) {
  CrfMapAlgorithm algorithm;
  PixelParams p(spec, target);
  Func out("out");
  Var ci("ci"), plane("plane");
  CrfPixelFuncs pixel = algorithm.pixel = meanField(spec, p);
  Func &source = what == CrfMap::Scores ? pixel.energy : pixel.belief;
  out(ci, p.x, p.y, plane) = source(plane, p.x, p.y);
  constrainFeatureMap(out.output_buffer(), spec.classes, 1);

  const char *stem = what == CrfMap::Scores ? "scores" : "beliefs";
  algorithm.name = nameOf(stem, spec);
  algorithm.key = keyOf(stem, spec);
  algorithm.output = out;
  algorithm.args = p.args(spec);
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

CrfMapAlgorithm crfLabelsAlgorithm(const CrfSpec &spec, const CpuTarget &target) {
  CrfMapAlgorithm algorithm;
  PixelParams p(spec, target);
  Func out("out"), best = algorithm.best;
  Var ci("ci"), cb("cb");
  CrfPixelFuncs pixel = algorithm.pixel = meanField(spec, p);
  bestLabel(spec, best, p.x, p.y, [&](Expr label) { return pixel.energy(label, p.x, p.y); });
  out(ci, p.x, p.y, cb) = cast<int64_t>(best(p.x, p.y)[0]);
  constrainFeatureMap(out.output_buffer(), 1, 1);

  algorithm.name = nameOf("labels", spec);
  algorithm.key = keyOf("labels", spec);
  algorithm.output = out;
  algorithm.args = p.args(spec);
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

namespace {

/// Rows of classes, a pixel each: [padded classes, width, height].
void describePixels(OutputImageParam param, int padded) {
  param.dim(0).set_bounds(0, padded).set_stride(1);
  param.dim(1).set_min(0).set_stride(padded);
  param.dim(2).set_min(0);
}

/// Rows of energies as an input, and what they are the energies of.
struct StoredEnergies {
  ImageParam energies{Float(32), 3, "energies"};
  Var c{"c"}, x{"x"}, y{"y"};
  const CrfSpec &spec;

  StoredEnergies(const CrfSpec &spec, const CudaTarget &target) : spec(spec) {
    describePixels(energies, crfPaddedClasses(spec, target));
  }

  Func beliefs() const {
    Func largest("largest"), sum("sum"), belief("belief");
    RDom all(0, spec.classes, "classes");
    largest(x, y) = kNoEnergy;
    largest(x, y) = max(largest(x, y), energies(all, x, y));
    sum(x, y) = 0.0f;
    sum(x, y) += unscaledBelief(energies(all, x, y), largest(x, y));
    belief(c, x, y) = unscaledBelief(energies(c, x, y), largest(x, y)) / sum(x, y);
    return belief;
  }

  Algorithm stored(const char *stem, Func out, const char *output) const {
    Algorithm algorithm;
    algorithm.name = nameOf(stem, spec);
    algorithm.key = keyOf(stem, spec);
    algorithm.output = out;
    algorithm.args = {KernelArg::view(energies, "energies"), KernelArg::output(out, output)};
    return algorithm;
  }
};

} // namespace

Algorithm crfEnergiesAlgorithm(const CrfSpec &spec, bool isFirst, const CudaTarget &target) {
  PixelParams p(spec, target);
  Func out("out");
  out(p.c, p.x, p.y) = energies(spec, p, isFirst).energy(p.c, p.x, p.y);
  describePixels(out.output_buffer(), p.padded);
  Algorithm algorithm;
  const char *stem = isFirst ? "first_energies" : "energies";
  algorithm.name = nameOf(stem, spec);
  algorithm.key = keyOf(stem, spec);
  algorithm.output = out;
  algorithm.args = p.args(spec);
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

Algorithm crfBeliefsAlgorithm(const CrfSpec &spec, const CudaTarget &target) {
  const StoredEnergies e(spec, target);
  Func out("out");
  out(e.c, e.x, e.y) = select(e.c < spec.classes, e.beliefs()(e.c, e.x, e.y), 0.0f);
  describePixels(out.output_buffer(), crfPaddedClasses(spec, target));
  return e.stored("belief_rows", out, "beliefs");
}

Algorithm crfStoreAlgorithm(const CrfSpec &spec, CrfMap what, const CudaTarget &target) {
  const StoredEnergies e(spec, target);
  Func out("out");
  Var ci("ci"), plane("plane");
  if (what == CrfMap::Scores)
    out(ci, e.x, e.y, plane) = e.energies(plane, e.x, e.y);
  else
    out(ci, e.x, e.y, plane) = e.beliefs()(plane, e.x, e.y);
  constrainFeatureMap(out.output_buffer(), spec.classes, 1);
  return e.stored(what == CrfMap::Scores ? "scores" : "beliefs", out, "output");
}

Algorithm crfStoreLabelsAlgorithm(const CrfSpec &spec, const CudaTarget &target) {
  const StoredEnergies e(spec, target);
  Func out("out"), best("best");
  Var ci("ci"), cb("cb");
  bestLabel(spec, best, e.x, e.y, [&](Expr label) { return e.energies(label, e.x, e.y); });
  out(ci, e.x, e.y, cb) = cast<int64_t>(best(e.x, e.y)[0]);
  constrainFeatureMap(out.output_buffer(), 1, 1);
  return e.stored("labels", out, "output");
}

CrfBlurAlgorithm crfBlurAlgorithm(const CrfSpec &spec, const CpuTarget &target) {
  CrfBlurAlgorithm algorithm;
  const int lanes = crfLanes(spec, target), padded = crfPaddedClasses(spec, target);
  ImageParam chains(Int(32), 1, "chains");
  PixelParams::describeTable(chains);
  Param<int> zeroRow("zero_row"), firstSpare("first_spare");
  Func table("table");
  Var c("c"), row("row");
  table(c, row) = undef<float>();
  PixelParams::describeRows(table.output_buffer(), padded);
  table.bound(c, 0, padded);

  Expr count = chains.dim(0).extent(), rows = table.output_buffer().dim(1).extent();
  // Claimed: r.where() and min() keep i below count; chains hold rows, and the spare rows
  // follow the last one.
  auto entry = [&](Expr i) { return chains(within(i, count)); };
  auto rowOf = [](Expr entry) { return entry ^ (entry >> 31); };
  // Where chains begin and end cannot be foreseen: arithmetic in place of branches.
  auto zeroIfHead = [&](Expr entry, Expr row) { return row ^ ((row ^ zeroRow) & (entry >> 31)); };
  Func link = algorithm.link;
  Var place("place"), piece("piece");
  {
    Expr i = piece * kCrfPiece + place, spare = firstSpare + piece * kCrfSpares;
    Expr ahead = rowOf(entry(min(i + kFetchedEntriesAhead, count - 1)));
    Expr following = select(i + 1 < count, entry(min(i + 1, count - 1)), -1);
    Expr previous = zeroIfHead(entry(i), select(place == 0, spare + 2, spare + 1 - place % 2));
    Expr own = fetchingRow(rowOf(entry(i)), table.output_buffer(), ahead * padded, padded);
    Expr next = zeroIfHead(following, select(place == kCrfPiece - 1, spare + 3, following));
    link(place, piece) = Tuple(previous, own, next, spare + place % 2);
  }
  RDom r(0, 2, 0, kCrfPiece, 0, (count + kCrfPiece - 1) / kCrfPiece, "r");
  r.where(r.z * kCrfPiece + r.y < count);
  auto at = [&](int which) { return within(link(r.y, r.z)[which], rows); };
  Expr previous = at(0), own = at(1), next = at(2), save = at(3);
  Expr blurred = table(c, own) + 0.5f * (table(c, previous) + table(c, next));
  table(c, select(r.x == 0, save, own)) = select(r.x == 0, table(c, own), blurred);

  algorithm.loops = r;
  algorithm.name = fmt::format("crf_blur_{}", padded);
  algorithm.key = fmt::format("crf_blur_{} {}", padded, lanes);
  algorithm.output = table;
  algorithm.args = {KernelArg::view(chains, "chains"), KernelArg::integer(zeroRow, "zero_row"),
                    KernelArg::integer(firstSpare, "first_spare"),
                    KernelArg::output(table, "table")};
  return algorithm;
}

} // namespace segc
