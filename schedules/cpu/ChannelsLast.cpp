//===- ChannelsLast.cpp - to and from [H, W, C] on a processor --*- C++ -*-===//
//
// A pixel's channels are side by side in the image, and, block by block, in a blocked map: they
// move a vector at a time, and all blocks of a row before the next row. Where the map is planar,
// a few columns give or take all their channels before the next ones.
//
//===----------------------------------------------------------------------===//

#include "schedules/cpu/ChannelsLast.h"

#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

void scheduleFromBlocksToPixels(Func out, int block, int channels) {
  const std::vector<Var> args = out.args();
  Var one = args[0], c = args[1], x = args[2], y = args[3], cb("cb"), ci("ci");
  // Of a power of two, so that no vector spans two blocks.
  int vector = block;
  while (vector > channels)
    vector /= 2;
  out.bound(one, 0, 1)
      .bound(c, 0, channels)
      .split(c, cb, ci, vector, TailStrategy::GuardWithIf)
      .reorder({ci, cb, one, x, y})
      .unroll(cb)
      .parallel(y);
  if (vector > 2)
    out.vectorize(ci);
}

Kernel buildChannelsLast(const ChannelsLastSpec &spec, const CpuTarget &target) {
  Algorithm copy = channelsLastAlgorithm(spec);
  Func out = copy.output;
  const std::vector<Var> args = out.args();
  const int lanes = withLanesFor(spec.type.bits(), target).lanes;
  Var tile("tile"), column("column");
  if (spec.toMap) {
    Var ci = args[0], x = args[1], y = args[2], cb = args[3];
    out.bound(ci, 0, spec.block);
    if (spec.block > 1) {
      out.reorder(ci, x, cb, y).vectorize(ci).parallel(y);
    } else {
      out.split(x, tile, column, lanes, TailStrategy::GuardWithIf)
          .reorder({column, cb, ci, tile, y})
          .vectorize(column)
          .parallel(y);
    }
  } else {
    Var one = args[0], c = args[1], x = args[2], y = args[3];
    if (spec.block > 1) {
      scheduleFromBlocksToPixels(out, spec.block, spec.channels);
    } else {
      out.bound(one, 0, 1)
          .bound(c, 0, spec.channels)
          .split(x, tile, column, lanes, TailStrategy::GuardWithIf)
          .reorder({c, one, column, tile, y})
          .parallel(y);
    }
  }
  return copy.scheduled(target.arch);
}

} // namespace segc
