//===- Copy.cpp - strided copies and copies between blocks ------*- C++ -*-===//

#include "compiler/kernels/Copy.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// -7 / 4 is -2.
int floorDivide(int a, int b) { return (a - (a % b + b) % b) / b; }

} // namespace

Algorithm copyAlgorithm(const CopySpec &spec) {
  ImageParam input(storageType(spec.from), spec.rank, "input");
  for (int d = 0; d < spec.rank; ++d) {
    input.dim(d).set_min(0);
    input.dim(d).set_stride(d == spec.contiguousDimension ? Expr(1) : Expr());
  }
  std::vector<Var> vars;
  vars.reserve(spec.rank);
  for (int d = 0; d < spec.rank; ++d)
    vars.emplace_back(fmt::format("d{}", d));
  std::vector<Expr> at(vars.begin(), vars.end());
  Func out("output");
  out(vars) = spec.from == spec.to
                  ? input(at)
                  : lowerStore(spec.to, lowerCast(spec.to, lowerLoad(spec.from, input(at))));
  for (int d = 0; d < spec.rank; ++d)
    out.output_buffer().dim(d).set_min(0);

  Algorithm algorithm;
  algorithm.name =
      spec.contiguousDimension > 0
          ? fmt::format("transpose{}_rank{}", spec.contiguousDimension, spec.rank)
          : fmt::format("{}copy_rank{}", spec.contiguousDimension < 0 ? "strided_" : "", spec.rank);
  algorithm.name += "_" + elementName(spec.from);
  if (spec.from != spec.to)
    algorithm.name += "_to_" + elementName(spec.to);
  algorithm.key = algorithm.name;
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::output(out, "output")};
  return algorithm;
}

Algorithm channelCopyAlgorithm(const ChannelCopySpec &spec) {
  const int block = spec.block;
  const int begin = spec.destinationBegin, end = begin + spec.channels;
  ImageParam input = featureMapInput(Float(32), "input", spec.sourceChannels, block);
  Var ci("ci"), x("x"), y("y"), cb("cb");
  RDom blocks(begin / block, channelBlocks(end, block) - begin / block, "blocks");
  Func out("output");
  out(ci, x, y, cb) = undef<float>();
  constrainFeatureMap(out.output_buffer(), spec.destinationChannels, block);

  // Lane ci of a block comes from lane ci + shift of the source block below it, or from
  // the block behind that. Two vector loads and a select would do as well, but read lanes of
  // neighbouring pixels, and what lies before the first and behind the last.
  const int difference = spec.sourceBegin - begin;
  const int below = floorDivide(difference, block);
  const int shift = difference - below * block;
  const int sourceBlocks = channelBlocks(spec.sourceChannels, block);
  // Claimed: without a shift, block i of the piece is a block of the source, which has all of
  // the piece's channels; with one, lanes are counted from 0 to 2 * block - 1.
  Expr value;
  if (shift == 0)
    value = input(ci, x, y, within(blocks.x + below, sourceBlocks));
  else {
    Expr lane = ci + shift;
    Expr source = blocks.x + below + select(lane < block, 0, 1);
    value = input(within(select(lane < block, lane, lane - block), block), x, y,
                  clamp(source, 0, sourceBlocks - 1));
  }
  Expr channel = blocks.x * block + ci;
  if (end == spec.destinationChannels && end % block != 0)
    value = select(channel < end, value, 0.0f);
  else if (end % block != 0)
    value = select(channel < end, value, out(ci, x, y, blocks.x));
  if (begin % block != 0)
    value = select(channel >= begin, value, out(ci, x, y, blocks.x));
  out(ci, x, y, blocks.x) = value;

  Algorithm algorithm;
  algorithm.name =
      fmt::format("copy_channels_{}_at_{}_of_{}_to_{}_of_{}", spec.channels, spec.sourceBegin,
                  spec.sourceChannels, begin, spec.destinationChannels);
  algorithm.key = fmt::format("{} b{}", algorithm.name, block);
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::output(out, "output")};
  return algorithm;
}

} // namespace segc
