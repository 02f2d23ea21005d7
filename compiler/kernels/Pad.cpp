//===- Pad.cpp - borders of constants, edges and reflections ----*- C++ -*-===//

#include "compiler/kernels/Copy.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// The input coordinate that an output coordinate, already without its offset, takes.
Expr borderCoordinate(seg::PadMode mode, Expr at, Expr extent) {
  if (mode == seg::PadMode::Reflect)
    at = extent - 1 - abs(extent - 1 - abs(at));
  return clamp(likely(at), 0, extent - 1);
}

const char *modeName(seg::PadMode mode) {
  return mode == seg::PadMode::Constant  ? "constant"
         : mode == seg::PadMode::Reflect ? "reflect"
                                         : "edge";
}

} // namespace

Algorithm padAlgorithm(const PadSpec &spec) {
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, spec.block);
  Param<int> width("inputWidth"), top("padTop"), left("padLeft");
  Expr height = input.dim(2).extent();
  Var ci("ci"), x("x"), y("y"), cb("cb");
  Expr column = x - left, row = y - top;
  Expr value = input(ci, borderCoordinate(spec.mode, column, width),
                     borderCoordinate(spec.mode, row, height), cb);
  if (spec.mode == seg::PadMode::Constant)
    value = select(column >= 0 && column < width && row >= 0 && row < height, value, spec.value);
  Func out("output");
  out(ci, x, y, cb) = value;
  constrainFeatureMap(out.output_buffer(), spec.channels, spec.block);

  Algorithm algorithm;
  algorithm.name = fmt::format("pad_{}_c{}_{}", modeName(spec.mode), spec.channels,
                               spec.block > 1 ? fmt::format("b{}", spec.block) : "planar");
  algorithm.key = fmt::format("{} {}", algorithm.name, spec.value);
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::integer(width, "inputWidth"),
                    KernelArg::integer(top, "padTop"), KernelArg::integer(left, "padLeft"),
                    KernelArg::output(out, "output")};
  return algorithm;
}

Algorithm densePadAlgorithm(const DensePadSpec &spec) {
  ImageParam input(spec.type, spec.rank, "input");
  std::vector<Param<int>> low;
  std::vector<Var> vars;
  std::vector<Expr> at;
  Expr inside = Internal::const_true();
  for (int d = 0; d < spec.rank; ++d) {
    input.dim(d).set_min(0);
    low.emplace_back(fmt::format("low{}", d));
    vars.emplace_back(fmt::format("d{}", d));
    Expr place = vars[d] - low[d], extent = input.dim(d).extent();
    at.push_back(borderCoordinate(spec.mode, place, extent));
    inside = inside && place >= 0 && place < extent;
  }
  Expr value = input(at);
  if (spec.mode == seg::PadMode::Constant)
    value = select(inside, value, cast(spec.type, Expr(spec.value)));
  Func out("output");
  out(vars) = value;
  for (int d = 0; d < spec.rank; ++d)
    out.output_buffer().dim(d).set_min(0);

  Algorithm algorithm;
  algorithm.name = fmt::format("pad_{}_rank{}_{}{}", modeName(spec.mode), spec.rank,
                               spec.type.is_float() ? "f" : "i", spec.type.bits());
  algorithm.key = fmt::format("{} {}", algorithm.name, spec.value);
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input")};
  for (int d = 0; d < spec.rank; ++d)
    algorithm.args.push_back(KernelArg::integer(low[d], fmt::format("low{}", d)));
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

} // namespace segc
