//===- ConvTranspose.cpp - transposed convolution on a processor -*- C++ -*-===//

#include "schedules/cpu/ConvTranspose.h"

#include "compiler/kernels/FeatureMap.h"
#include "schedules/cpu/Rows.h"

#include <algorithm>

using namespace Halide;

namespace segc {

ConvTransposeKnobs defaultConvTransposeKnobs(const ConvTransposeSpec &spec, const CpuTarget &target,
                                             int, int nominalWidth) {
  const bool depthwise = spec.isDepthwise();
  const int perGroup = spec.outputChannels / spec.groups;
  const int outputBlocks =
      channelBlocks(perGroup % spec.block == 0 ? perGroup : spec.outputChannels, spec.block);
  ConvTransposeKnobs knobs;
  knobs.tileBlocks = 1;
  if (!depthwise)
    knobs.tileBlocks = outputBlocks % 2 == 0 ? 2 : outputBlocks % 3 == 0 ? 3 : 1;
  // Registers beside the accumulators: the weights, and one for a broadcast input value.
  int others = knobs.tileBlocks + 1;
  int most = std::min(24, (target.registers - others) / knobs.tileBlocks);
  if (depthwise)
    most = 8; // bound by memory: enough to hide the latency of an FMA
  most = std::max(most, 1);
  knobs.tileColumns = most;
  const int tiles = (nominalWidth + most - 1) / most;
  knobs.tileColumns = (nominalWidth + tiles - 1) / tiles;
  return knobs;
}

Kernel buildConvTranspose(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
                          const CpuTarget &target) {
  ConvTransposeAlgorithm conv = convTransposeAlgorithm(spec, knobs);
  const int block = spec.block;
  Func out = conv.output, sum = conv.sum;
  Var ci = out.args()[0], y = out.args()[2], cb = out.args()[3], task("task");
  RVar column = conv.tile.x, tile = conv.tile.y, phase = conv.tile.z;
  out.bound(ci, 0, block);
  Stage update = out.update();
  Var cbo("cbo"), cbi("cbi"), yo("yo"), yi("yi"), rows("rows");
  // Rows of one phase follow each other, within a group of blocks: they use the same
  // weights, which stay in the second-level cache.
  update.split(cb, cbo, cbi, knobs.tileBlocks, TailStrategy::RoundUp)
      .split(y, yo, yi, spec.stride[0], TailStrategy::GuardWithIf)
      .reorder({ci, cbi, column, tile, phase, yo, yi, cbo})
      .fuse(yo, yi, rows)
      .fuse(rows, cbo, task)
      .vectorize(ci)
      .unroll(cbi)
      .unroll(column)
      .parallel(task);
  std::vector<Var> args = sum.args(); // ci, t, column, tile, phase, y, cbo
  sum.compute_at(out, tile).store_in(MemoryType::Stack);
  sum.bound_extent(args[0], block)
      .bound_extent(args[1], knobs.tileBlocks)
      .bound_extent(args[2], knobs.tileColumns);
  computeOne(sum, 3);
  sum.vectorize(args[0]).unroll(args[1]).unroll(args[2]);
  std::vector<VarOrRVar> order{args[0], args[1], args[2]};
  for (int d = 0; d < conv.taps.dimensions(); ++d)
    order.push_back(conv.taps[d]);
  sum.update().reorder(order).vectorize(args[0]).unroll(args[1]).unroll(args[2]);
  return conv.scheduled(target.arch);
}

} // namespace segc
