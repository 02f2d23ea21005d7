//===- ConvDirect.cpp - register tiles of pixels and channels ---*- C++ -*-===//
//
// The inner loop runs over the channels of one input block and updates a tile of
// tileWidth pixels times tileVectors channel vectors that lives in registers:
//
//   registers = tileWidth * tileVectors   accumulators
//             + tileVectors               weights, each used tileWidth times
//             + 1                         broadcast input, used tileVectors times
//
// Full tiles are always computed, from the slack right of the row if need be;
// only the stores are guarded. A task is one tile of channels and some rows, so
// that its input rows stay in the second-level cache from one channel tile to the
// next. With several passes over the input channels, the outermost loop, the weights
// of a pass do, and the output is summed up in memory.
//
//===----------------------------------------------------------------------===//

#include "schedules/cpu/ConvSchedules.h"

using namespace Halide;

namespace segc {

/// The loops over tiles, the same for every family: one parallel task is a tile of
/// channels and some rows.
void scheduleConvTiles(ConvAlgorithm &a) {
  using A = ConvAlgorithm;
  RVar vector("vector"), pixel("pixel"), tileX("x_tile"), row("row"), pass("pass"), tile("tile"),
      rows("rows"), task("task");
  // Every element is written once, whatever the order of tasks.
  Stage tiles = a.output.update();
  tiles.allow_race_conditions();
  tiles.rename(a.tile[A::Vector], vector)
      .rename(a.tile[A::PixelInTile], pixel)
      .rename(a.tile[A::TileX], tileX)
      .rename(a.tile[A::RowInTask], row)
      .rename(a.tile[A::Pass], pass)
      .rename(a.tile[A::Tile], tile)
      .rename(a.tile[A::Task], rows)
      .reorder({a.ci, vector, pixel, tileX, row, tile, rows, pass})
      .vectorize(a.ci)
      .unroll(vector)
      .unroll(pixel)
      .fuse(tile, rows, task)
      .parallel(task);
  a.sum.compute_at(a.output, tileX).store_in(MemoryType::Stack);
  // One tile at a time: bounds inference cannot always see it through the guards.
  a.sum.bound_extent(a.xo, 1).bound_extent(a.y, 1).bound_extent(a.ob, 1);
}

void scheduleDirectConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &a) {
  RVar channel = a.taps.x, column = a.taps.y, row = a.taps.z, block = a.taps.w;
  scheduleConvTiles(a);
  a.sum.bound(a.t, 0, knobs.tileVectors)
      .bound(a.xi, 0, knobs.tileWidth)
      .bound(a.ci, 0, spec.outputBlock)
      .bound_extent(a.pass, 1)
      .reorder(a.ci, a.t, a.xi)
      .vectorize(a.ci)
      .unroll(a.t)
      .unroll(a.xi);
  a.sum.update()
      .reorder({a.ci, a.t, a.xi, channel, column, row, block})
      .vectorize(a.ci)
      .unroll(a.t)
      .unroll(a.xi);
}

} // namespace segc
