//===- ConvWinograd.cpp - Winograd convolution in blocks --------*- C++ -*-===//
//
// Per task: all input channels of its tiles are transformed once, into V; then, one tile
// of output channels after the other, the 36 products of V with that tile's weights are
// written to M, and M is transformed back. The inner loop is that of the direct family
// (ConvDirect.cpp): a register tile of tileWidth Winograd tiles by tileVectors vectors.
//
//   V: 36 * tiles * input channels * 4 bytes       near l2Bytes, read once a channel tile
//   M: 36 * tiles * tileVectors * lanes * 4 bytes  written and read at once
//   U: 36 * input channels * tileVectors * lanes * 4 bytes a channel tile, streamed once
//      a task: the more tiles a task has, the less this costs
//
//===----------------------------------------------------------------------===//

#include "schedules/cpu/ConvSchedules.h"

using namespace Halide;

namespace segc {

void scheduleWinograd(const ConvSpec &spec, const ConvKnobs &knobs, WinogradAlgorithm &a) {
  using A = WinogradAlgorithm;
  using namespace winograd;
  RVar pixelX("pixel_x"), pixelY("pixel_y"), vector("vector"), tile("tile"),
      registerTile("register_tile"), channelTile("channel_tile"), round("round"), part("part"),
      worker("worker"), share("share");
  Stage loops = a.output.update();
  // Every element is written once, whatever the order of tasks.
  loops.allow_race_conditions();
  loops.rename(a.loops[A::PixelX], pixelX)
      .rename(a.loops[A::PixelY], pixelY)
      .rename(a.loops[A::Vector], vector)
      .rename(a.loops[A::TileInRegister], tile)
      .rename(a.loops[A::RegisterTile], registerTile)
      .rename(a.loops[A::ChannelTile], channelTile)
      .rename(a.loops[A::Round], round)
      .rename(a.loops[A::Part], part)
      .rename(a.loops[A::Worker], share)
      .reorder({a.ci, pixelX, pixelY, vector, tile, registerTile, channelTile, round, part, share})
      .fuse(part, share, worker)
      .vectorize(a.ci)
      .unroll(pixelX)
      .unroll(pixelY)
      .parallel(worker);

  const int lanes = spec.outputBlock;
  // Extents that bounds inference cannot see through the guards.
  auto boundTile = [&](Func func) {
    return func.bound_extent(a.ti, 1).bound_extent(a.to, 1).bound_extent(a.tileBlock, 1);
  };

  // V
  Stage transform = a.transformed.update();
  a.transformed.compute_at(a.output, round)
      .store_in(MemoryType::Heap)
      .reorder_storage(a.ci, a.ti, a.cb, a.position, a.to, a.tileBlock)
      .bound(a.ci, 0, spec.inputBlock)
      .bound(a.ti, 0, knobs.tileWidth)
      .bound(a.to, 0, a.rowsPerTask)
      .bound(a.cb, 0, a.inputBlocks)
      .bound(a.position, 0, kPositions)
      .bound_extent(a.tileBlock, 1);
  transform.reorder({a.ci, a.position, a.cb, a.ti, a.inputTiles.x, a.tileBlock})
      .vectorize(a.ci)
      .unroll(a.position);
  boundTile(a.halfInput)
      .compute_at(a.transformed, a.cb)
      .store_in(MemoryType::Stack)
      .bound(a.ci, 0, spec.inputBlock)
      .bound(a.i, 0, kInputs)
      .bound(a.j, 0, kInputs)
      .bound_extent(a.cb, 1)
      .vectorize(a.ci)
      .unroll(a.i)
      .unroll(a.j);
  for (Func place : {a.column, a.columnMask, a.row, a.rowMask})
    boundTile(place)
        .compute_at(a.transformed, a.ti)
        .store_in(MemoryType::Stack)
        .bound(a.i, 0, place.name() == a.columnMask.name() ? kInputs / 2 : kInputs)
        .unroll(a.i);

  // M
  a.products.compute_at(a.output, channelTile)
      .store_in(MemoryType::Heap)
      .reorder_storage({a.ci, a.t, a.ti, a.position, a.to, a.ct, a.tileBlock})
      .bound(a.ci, 0, lanes)
      .bound(a.t, 0, knobs.tileVectors)
      .bound(a.ti, 0, knobs.tileWidth)
      .bound(a.to, 0, a.rowsPerTask)
      .bound(a.position, 0, kPositions)
      .bound_extent(a.ct, 1)
      .bound_extent(a.tileBlock, 1);
  a.products.update()
      .reorder({a.ci, a.t, a.ti, a.productTiles.x, a.position, a.ct, a.tileBlock})
      .vectorize(a.ci)
      .unroll(a.t)
      .unroll(a.ti);
  a.sum.compute_at(a.products, a.productTiles.x)
      .store_in(MemoryType::Stack)
      .bound(a.ci, 0, lanes)
      .bound(a.t, 0, knobs.tileVectors)
      .bound(a.ti, 0, knobs.tileWidth)
      .bound_extent(a.to, 1)
      .bound_extent(a.position, 1)
      .bound_extent(a.ct, 1)
      .bound_extent(a.tileBlock, 1)
      .reorder(a.ci, a.t, a.ti)
      .vectorize(a.ci)
      .unroll(a.t)
      .unroll(a.ti);
  a.sum.update()
      .reorder({a.ci, a.t, a.ti, a.channels.x, a.channels.y})
      .vectorize(a.ci)
      .unroll(a.t)
      .unroll(a.ti);

  // Y
  for (Func half : {a.halfOutput, a.pixels})
    boundTile(half)
        .compute_at(a.output, vector)
        .store_in(MemoryType::Stack)
        .bound(a.ci, 0, lanes)
        .bound(a.i, 0, kOutputs)
        .bound(a.j, 0, half.name() == a.pixels.name() ? kOutputs : kInputs)
        .bound_extent(a.t, 1)
        .bound_extent(a.ct, 1)
        .vectorize(a.ci)
        .unroll(a.i)
        .unroll(a.j);
  for (Func place : {a.tileX, a.tileY})
    boundTile(place).compute_at(a.output, tile).store_in(MemoryType::Stack);
}

} // namespace segc
