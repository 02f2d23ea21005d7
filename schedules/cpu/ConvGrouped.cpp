//===- ConvGrouped.cpp - depthwise and narrow groups ------------*- C++ -*-===//
//
// Depthwise: every lane is a channel of its own. The taps are unrolled, so that
// neighbouring pixels share loads and the weights stay in registers; the kernel
// runs at the speed of memory.
//
// Groups narrower than a channel block: a vector of as many lanes as fit into one
// group reads its input as a broadcast, like the direct kernels. A block then is
// computed in several such parts. Groups whose size is no power of two are
// gathered lane by lane.
//
//===----------------------------------------------------------------------===//

#include "schedules/cpu/ConvSchedules.h"

using namespace Halide;

namespace segc {
namespace {

/// More unrolled taps than this make code too large to be worth it.
constexpr int kMostUnrolledTaps = 9;

} // namespace

int groupedLanes(const ConvSpec &spec) {
  int lanes = 1;
  while (lanes < spec.outputBlock && spec.channelsPerGroupOut() % (2 * lanes) == 0)
    lanes *= 2;
  return lanes >= 4 ? lanes : spec.outputBlock;
}

void scheduleGroupedConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &a) {
  RVar channel = a.taps.x, column = a.taps.y, row = a.taps.z;
  scheduleConvTiles(a);
  const bool unrollTaps =
      knobs.family == ConvFamily::Depthwise && spec.kernelH * spec.kernelW <= kMostUnrolledTaps;
  a.sum.bound(a.xi, 0, knobs.tileWidth).bound(a.ci, 0, spec.outputBlock);

  if (knobs.family == ConvFamily::Depthwise) {
    a.sum.reorder(a.ci, a.xi).vectorize(a.ci).unroll(a.xi);
    a.sum.update().reorder({a.ci, a.xi, channel, column, row}).vectorize(a.ci).unroll(a.xi);
    if (unrollTaps)
      a.sum.update().unroll(column);
    return;
  }
  const int lanes = groupedLanes(spec);
  Var part("part"), lane("lane");
  a.sum.split(a.ci, part, lane, lanes)
      .reorder(lane, part, a.xi)
      .vectorize(lane)
      .unroll(part)
      .unroll(a.xi);
  a.sum.update()
      .split(a.ci, part, lane, lanes)
      .reorder({lane, part, a.xi, channel, column, row})
      .vectorize(lane)
      .unroll(part)
      .unroll(a.xi);
}

} // namespace segc
