//===- Regions.cpp - regions of interest, brought to one size ---*- C++ -*-===//

#include "compiler/kernels/Regions.h"

#include "compiler/kernels/Dense.h"
#include "compiler/kernels/Rounded.h"

#include <limits>

using namespace Halide;

namespace segc {
namespace {

constexpr float kLeast = -std::numeric_limits<float>::infinity();

Func outputMap(Expr value, Var column, Var row, Var channel) {
  Func out("output");
  out(column, row, channel) = value;
  constrainDense(out);
  return out;
}

/// One axis that is sampled. All of its numbers come from the runtime.
struct SampledAxis {
  Expr extent;
  std::string name;
  Param<float> start, bin;
  Param<int> samples, visited;

  SampledAxis(Expr extent, const std::string &name)
      : extent(extent), name(name), start("start" + name), bin("bin" + name),
        samples("samples" + name), visited("visited" + name) {}

  struct Sample {
    Expr isInside, low, high, weightOfHigh;
  };

  /// Sample `i` of those that are looked at in a bin.
  Sample sample(Expr whichBin, Expr i) const {
    Expr count = cast<float>(max(samples, 1));
    Expr begin = start + roundedProduct(cast<float>(whichBin), bin);
    // Where some are left out: those before the last one that is surely outside.
    Expr before = clamp(floor((-1.0f - begin) / (bin / count)) - 1.0f, 0.0f, 1e7f);
    Expr first = select(visited < samples, min(cast<int>(before), samples - visited), 0);
    Expr x = begin + roundedProduct(cast<float>(first + i) + 0.5f, bin) / count;
    Expr inside = clamp(x, 0.0f, cast<float>(extent - 1));
    Expr low = clamp(cast<int>(inside), 0, extent - 1);
    return {x >= -1.0f && x <= cast<float>(extent), low, min(low + 1, extent - 1),
            inside - cast<float>(low)};
  }

  void addTo(std::vector<KernelArg> &args) const {
    args.insert(args.end(), {KernelArg::real(start, start.name()), KernelArg::real(bin, bin.name()),
                             KernelArg::integer(samples, samples.name()),
                             KernelArg::integer(visited, visited.name())});
  }
};

/// One axis whose bins are pixels.
struct PooledAxis {
  Expr extent;
  Param<int> start;
  Param<float> bin;
  Param<int> most;

  PooledAxis(Expr extent, const std::string &name)
      : extent(extent), start("start" + name), bin("bin" + name), most("most" + name) {}

  Expr begin(Expr whichBin) const {
    return clamp(start + cast<int>(floor(roundedProduct(cast<float>(whichBin), bin))), 0, extent);
  }
  Expr end(Expr whichBin) const {
    return clamp(start + cast<int>(ceil(roundedProduct(cast<float>(whichBin + 1), bin))), 0,
                 extent);
  }
  /// Pixel `i` of a bin, its last again if it has no more.
  Expr pixel(Expr whichBin, Expr i) const {
    return clamp(min(begin(whichBin) + i, end(whichBin) - 1), 0, extent - 1);
  }
  Expr hasPixels(Expr whichBin) const { return most > 0 && begin(whichBin) < end(whichBin); }

  void addTo(std::vector<KernelArg> &args) const {
    args.insert(args.end(),
                {KernelArg::integer(start, start.name()), KernelArg::real(bin, bin.name()),
                 KernelArg::integer(most, most.name())});
  }
};

} // namespace

RegionsAlgorithm roiAlignAlgorithm(bool maximum) {
  RegionsAlgorithm algorithm;
  ImageParam input = denseInput(Float(32), 3, "input");
  Var column("column"), row("row"), channel("channel");
  const SampledAxis horizontal(input.dim(0).extent(), "X"), vertical(input.dim(1).extent(), "Y");
  RDom r(0, horizontal.visited, 0, vertical.visited, "r");
  const SampledAxis::Sample x = horizontal.sample(column, r.x), y = vertical.sample(row, r.y);
  auto product = [&](bool lower, bool right) {
    return (lower ? y.weightOfHigh : 1.0f - y.weightOfHigh) *
           (right ? x.weightOfHigh : 1.0f - x.weightOfHigh) *
           input(right ? x.high : x.low, lower ? y.high : y.low, channel);
  };
  Expr a = product(false, false), b = product(false, true), c = product(true, false),
       d = product(true, true);
  Expr isInside = x.isInside && y.isInside;
  Func total = algorithm.total;
  Expr result;
  if (maximum) {
    // Those that are not looked at are zeros, and so is a bin without any.
    Expr hasZero = horizontal.samples > horizontal.visited || vertical.samples > vertical.visited ||
                   min(horizontal.visited, vertical.visited) == 0;
    total(column, row, channel) = select(hasZero, 0.0f, kLeast);
    total(column, row, channel) =
        max(total(column, row, channel), select(isInside, max(max(a, b), max(c, d)), 0.0f));
    result = total(column, row, channel);
  } else {
    total(column, row, channel) = 0.0f;
    total(column, row, channel) += select(isInside, (a + b) + (c + d), 0.0f);
    // A product of float32, so that it cannot overflow.
    result = total(column, row, channel) /
             max(cast<float>(horizontal.samples) * cast<float>(vertical.samples), 1.0f);
  }
  Func out = outputMap(result, column, row, channel);
  std::vector<KernelArg> args{KernelArg::view(input, "input")};
  horizontal.addTo(args);
  vertical.addTo(args);
  args.push_back(KernelArg::output(out, "output"));
  algorithm.define(maximum ? "roi_align_max" : "roi_align_avg", out, std::move(args));
  return algorithm;
}

RegionsAlgorithm roiMaxPoolAlgorithm() {
  RegionsAlgorithm algorithm;
  ImageParam input = denseInput(Float(32), 3, "input");
  Var column("column"), row("row"), channel("channel");
  const PooledAxis horizontal(input.dim(0).extent(), "X"), vertical(input.dim(1).extent(), "Y");
  RDom r(0, horizontal.most, 0, vertical.most, "r");
  Func total = algorithm.total;
  total(column, row, channel) = kLeast;
  total(column, row, channel) =
      max(total(column, row, channel),
          input(horizontal.pixel(column, r.x), vertical.pixel(row, r.y), channel));
  Func out = outputMap(select(horizontal.hasPixels(column) && vertical.hasPixels(row),
                              total(column, row, channel), 0.0f),
                       column, row, channel);
  std::vector<KernelArg> args{KernelArg::view(input, "input")};
  horizontal.addTo(args);
  vertical.addTo(args);
  args.push_back(KernelArg::output(out, "output"));
  algorithm.define("roi_max_pool", out, std::move(args));
  return algorithm;
}

} // namespace segc
