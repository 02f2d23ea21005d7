//===- ChannelsLast.cpp - feature maps from and to [H, W, C] ----*- C++ -*-===//

#include "compiler/kernels/ChannelsLast.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {

Algorithm channelsLastAlgorithm(const ChannelsLastSpec &spec) {
  const int block = spec.block, channels = spec.channels;
  Algorithm algorithm;
  Func out("output");
  Var x("x"), y("y");
  ImageParam input(spec.type, 4, "input");
  if (spec.toMap) {
    Var ci("ci"), cb("cb");
    describeChannelsLast(input, channels);
    Expr channel = block == 1 ? Expr(cb) : min(cb * block + ci, channels - 1);
    out(ci, x, y, cb) = input(0, channel, x, y);
    constrainFeatureMap(out.output_buffer(), channels, block);
  } else {
    Var one("one"), c("c");
    input = featureMapInput(spec.type, "input", channels, block);
    out(one, c, x, y) = block == 1 ? input(0, x, y, c) : input(c % block, x, y, c / block);
    describeChannelsLast(out.output_buffer(), channels);
  }
  const std::string map = layoutName(block);
  algorithm.define(fmt::format("layout_{}_to_{}_c{}_{}{}", spec.toMap ? "nhwc" : map,
                               spec.toMap ? map : "nhwc", channels,
                               spec.type.is_float()  ? "f"
                               : spec.type.is_uint() ? "u"
                                                     : "i",
                               spec.type.bits()),
                   out, {KernelArg::view(input, "input"), KernelArg::output(out, "output")});
  return algorithm;
}

} // namespace segc
