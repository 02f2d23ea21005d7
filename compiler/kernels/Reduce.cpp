//===- Reduce.cpp - sums, means, maxima along axes --------------*- C++ -*-===//

#include "compiler/kernels/Reduce.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Fold.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

using namespace Halide;

namespace segc {
namespace {

using seg::ReduceKind;

Expr initial(ReduceKind kind, Type type = Float(32)) {
  const float infinity = std::numeric_limits<float>::infinity();
  switch (kind) {
  case ReduceKind::Max:
    return type.is_float() ? Expr(-infinity) : type.min();
  case ReduceKind::Min:
    return type.is_float() ? Expr(infinity) : type.max();
  case ReduceKind::Prod:
    return Internal::make_one(type);
  default:
    return Internal::make_zero(type);
  }
}

/// What one element contributes.
Expr contribution(ReduceKind kind, Expr x) {
  if (kind == ReduceKind::L1)
    return lowerUnary(seg::UnaryKind::Abs, 0, 0, x);
  bool isSquare = kind == ReduceKind::L2 || kind == ReduceKind::SumSquare;
  return isSquare ? lowerBinary(seg::BinaryKind::Mul, x, x) : x;
}

Expr combine(ReduceKind kind, Expr a, Expr b) {
  switch (kind) {
  case ReduceKind::Max:
    return max(a, b);
  case ReduceKind::Min:
    return min(a, b);
  case ReduceKind::Prod:
    return lowerBinary(seg::BinaryKind::Mul, a, b);
  default:
    return lowerBinary(seg::BinaryKind::Add, a, b);
  }
}

Expr finish(ReduceKind kind, Expr value, Expr count) {
  if (kind == ReduceKind::Mean && !value.type().is_float())
    return lowerBinary(seg::BinaryKind::Div, value, cast(value.type(), count));
  if (kind == ReduceKind::Mean)
    return value / cast<float>(count);
  return kind == ReduceKind::L2 ? sqrt(value) : value;
}

/// Folds what `threads` threads show to one number an element, by groups of as many as there are
/// groups; ofThread is defined, with its thread behind the first `lanes` coordinates of an element.
void foldThreads(ReduceKind kind, Type type, const std::vector<Var> &element, int lanes,
                 int threads, SharedReduceAlgorithm &algorithm) {
  const int groups = static_cast<int>(std::lround(std::sqrt(threads)));
  auto with = [&](const Expr &number) {
    std::vector<Expr> place(element.begin(), element.end());
    place.insert(place.begin() + lanes, number);
    return place;
  };
  auto fold = [&](Expr a, Expr b) { return combine(kind, a, b); };
  Var thread = algorithm.thread, group = algorithm.group;
  Func shown = algorithm.shown, ofGroup = algorithm.ofGroup, total = algorithm.total;
  RDom inGroup(0, threads / groups, "inGroup"), all(0, groups, "all");
  shown(with(thread)) = algorithm.ofThread(with(thread));
  ofGroup(with(group)) = initial(kind, type);
  ofGroup(with(group)) = fold(ofGroup(with(group)), shown(with(inGroup * groups + group)));
  total(element) = initial(kind, type);
  total(element) = fold(total(element), ofGroup(with(all)));
}

std::string nameOf(const FeatureMapReduceSpec &spec, const char *axes) {
  return fmt::format("reduce_{}_{}_c{}_{}", seg::stringifyReduceKind(spec.kind).str(), axes,
                     spec.channels, layoutName(spec.block));
}

void define(Algorithm &algorithm, const DenseReduceSpec &spec, const ImageParam &input,
            const Func &out) {
  const std::string type = spec.type == Float(32) ? "" : "_" + elementName(spec.type);
  algorithm.define(fmt::format("reduce_{}_rank{}_axes{}{}",
                               seg::stringifyReduceKind(spec.kind).str(), spec.rank, spec.reduced,
                               type),
                   out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
}

} // namespace

SpatialReduceAlgorithm spatialReduceAlgorithm(const FeatureMapReduceSpec &spec, int parts) {
  SpatialReduceAlgorithm algorithm;
  const int block = spec.block;
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, block);
  Param<int> width("inputWidth");
  Expr height = input.dim(2).extent();
  Var ci("ci"), x("x"), y("y"), cb("cb"), part("part"), row("row");
  auto fold = [&](Expr a, Expr b) { return combine(spec.kind, a, b); };
  auto pixel = [&](Expr column, Expr line) {
    return contribution(spec.kind, input(ci, column, line, cb));
  };

  Func partOfRow = algorithm.partOfRow, total = algorithm.total, out("output");
  RDom whole(0, width / parts, "whole"), rows(0, height, "rows");
  algorithm.rows = rows;
  RDom rest(0, width % parts, 0, height, "rest");
  partOfRow(ci, part, row, cb) = initial(spec.kind);
  partOfRow(ci, part, row, cb) =
      fold(partOfRow(ci, part, row, cb), pixel(whole * parts + part, row));
  std::vector<Expr> all;
  all.reserve(parts);
  for (int p = 0; p < parts; ++p)
    all.push_back(partOfRow(ci, p, rows, cb));
  total(ci, cb) = initial(spec.kind);
  total(ci, cb) = fold(total(ci, cb), foldTree(all, fold));
  total(ci, cb) = fold(total(ci, cb), pixel(width / parts * parts + rest.x, rest.y));
  out(ci, x, y, cb) = finish(spec.kind, total(ci, cb), width * height);
  constrainFeatureMap(out.output_buffer(), spec.channels, block);

  algorithm.define(nameOf(spec, "spatial"), out,
                   {KernelArg::view(input, "input"), KernelArg::integer(width, "inputWidth"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

SharedReduceAlgorithm sharedSpatialReduceAlgorithm(const FeatureMapReduceSpec &spec, int side) {
  SharedReduceAlgorithm algorithm;
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, spec.block);
  Param<int> width("inputWidth");
  Expr height = input.dim(2).extent();
  Var ci("ci"), x("x"), y("y"), cb("cb"), thread = algorithm.thread;
  Func ofThread = algorithm.ofThread, out("output");
  RDom r(0, (width + side - 1) / side, 0, (height + side - 1) / side, "r");
  Expr column = r.x * side + thread % side, row = r.y * side + thread / side;
  r.where(column < width && row < height);
  // Neighbouring threads take neighbouring channels, which are one sector.
  ofThread(ci, thread, cb) = initial(spec.kind);
  // Claimed: inside the image, by the condition above.
  ofThread(ci, thread, cb) =
      combine(spec.kind, ofThread(ci, thread, cb),
              contribution(spec.kind, input(ci, within(column, width), within(row, height), cb)));
  foldThreads(spec.kind, Float(32), {ci, cb}, 1, side * side, algorithm);
  out(ci, x, y, cb) = finish(spec.kind, algorithm.total(ci, cb), width * height);
  constrainFeatureMap(out.output_buffer(), spec.channels, spec.block);
  algorithm.define(nameOf(spec, "spatial"), out,
                   {KernelArg::view(input, "input"), KernelArg::integer(width, "inputWidth"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

ChannelReduceAlgorithm channelReduceAlgorithm(const FeatureMapReduceSpec &spec, int columns) {
  ChannelReduceAlgorithm algorithm;
  const int block = spec.block;
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, block);
  Param<int> width("width");
  Var ci("ci"), x("x"), y("y"), cb("cb"), column("column"), tile("tile");
  RDom r(0, spec.channels, "r");
  Expr at = min(likely(tile * columns + column), width - 1); // whole vectors are computed
  Func total = algorithm.total, out("output");
  total(column, tile, y) = initial(spec.kind);
  total(column, tile, y) = combine(spec.kind, total(column, tile, y),
                                   contribution(spec.kind, input(r % block, at, y, r / block)));
  out(ci, x, y, cb) = finish(spec.kind, total(x % columns, x / columns, y), spec.channels);
  constrainFeatureMap(out.output_buffer(), 1, 1);

  algorithm.define(nameOf(spec, "channels"), out,
                   {KernelArg::view(input, "input"), KernelArg::integer(width, "width"),
                    KernelArg::output(out, "output")});
  return algorithm;
}

DenseReduceAlgorithm denseReduceAlgorithm(const DenseReduceSpec &spec, int lanes) {
  DenseReduceAlgorithm algorithm;
  const int rank = spec.rank;
  const bool alongInnermost = spec.reduced & 1;
  ImageParam input(spec.type, rank, "input");
  std::vector<Var> vars;
  std::vector<Expr> at;
  Region otherAxes;
  Expr count = 1;
  for (int d = 0; d < rank; ++d) {
    input.dim(d).set_min(0);
    vars.emplace_back(fmt::format("d{}", d));
    at.push_back(vars[d]);
    if (spec.reduced >> d & 1) {
      count *= input.dim(d).extent();
      if (d > 0)
        otherAxes.emplace_back(0, input.dim(d).extent());
    }
  }
  Expr extent = input.dim(0).extent();
  auto fold = [&](Expr a, Expr b) { return combine(spec.kind, a, b); };
  // An element whose innermost coordinate is given; `r` runs over the reduced axes, of
  // which the innermost is its first if that takes part.
  auto element = [&](Expr innermost, const RDom &r, int firstAxis) {
    std::vector<Expr> place = at;
    place[0] = innermost;
    for (int d = 1, axis = firstAxis; d < rank; ++d)
      if (spec.reduced >> d & 1)
        place[d] = r[axis++];
    return contribution(spec.kind, input(place));
  };

  Func total = algorithm.total, ofLane = algorithm.ofLane, out("output");
  if (alongInnermost) {
    std::vector<Var> laneVars = vars;
    laneVars[0] = Var("lane");
    Region wholeAxes = otherAxes, restAxes = otherAxes;
    wholeAxes.insert(wholeAxes.begin(), Range(0, extent / lanes));
    restAxes.insert(restAxes.begin(), Range(0, extent % lanes));
    RDom whole(wholeAxes, "whole"), rest(restAxes, "rest");
    ofLane(laneVars) = initial(spec.kind, spec.type);
    ofLane(laneVars) = fold(ofLane(laneVars), element(whole[0] * lanes + laneVars[0], whole, 1));
    std::vector<Expr> all;
    for (int lane = 0; lane < lanes; ++lane) {
      std::vector<Expr> place = at;
      place[0] = lane;
      all.push_back(ofLane(place));
    }
    total(vars) = foldTree(all, fold);
    total(vars) = fold(total(vars), element(extent / lanes * lanes + rest[0], rest, 1));
  } else {
    RDom r(otherAxes, "r");
    total(vars) = initial(spec.kind, spec.type);
    total(vars) = fold(total(vars), element(min(likely(vars[0]), extent - 1), r, 0));
  }
  out(vars) = finish(spec.kind, total(vars), count);
  for (int d = 0; d < rank; ++d)
    out.output_buffer().dim(d).set_min(0);

  define(algorithm, spec, input, out);
  return algorithm;
}

SharedReduceAlgorithm sharedDenseReduceAlgorithm(const DenseReduceSpec &spec, int threads) {
  SharedReduceAlgorithm algorithm;
  ImageParam input(spec.type, spec.rank, "input");
  std::vector<Var> kept;
  std::vector<Expr> place(spec.rank);
  Region axes{{0, (input.dim(0).extent() + threads - 1) / threads}};
  Expr count = 1;
  std::vector<Var> vars;
  for (int d = 0; d < spec.rank; ++d) {
    input.dim(d).set_min(0);
    vars.emplace_back(fmt::format("d{}", d));
    if (spec.reduced >> d & 1) {
      count *= input.dim(d).extent();
      if (d > 0)
        axes.emplace_back(0, input.dim(d).extent());
    } else {
      kept.push_back(vars[d]);
      place[d] = vars[d];
    }
  }
  RDom r(axes, "r");
  Var thread = algorithm.thread;
  Expr innermost = r[0] * threads + thread;
  r.where(innermost < input.dim(0).extent());
  // Claimed: inside, by the condition above.
  place[0] = within(innermost, input.dim(0).extent());
  for (int d = 1, axis = 1; d < spec.rank; ++d)
    if (spec.reduced >> d & 1)
      place[d] = r[axis++];
  std::vector<Var> withThread = kept;
  withThread.insert(withThread.begin(), thread);
  Func ofThread = algorithm.ofThread, out("output");
  ofThread(withThread) = initial(spec.kind, spec.type);
  ofThread(withThread) =
      combine(spec.kind, ofThread(withThread), contribution(spec.kind, input(place)));
  foldThreads(spec.kind, spec.type, kept, 0, threads, algorithm);
  out(vars) =
      finish(spec.kind, algorithm.total(std::vector<Expr>(kept.begin(), kept.end())), count);
  for (int d = 0; d < spec.rank; ++d)
    out.output_buffer().dim(d).set_min(0);
  define(algorithm, spec, input, out);
  return algorithm;
}

} // namespace segc
