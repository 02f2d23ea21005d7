//===- Crf.cpp - schedules of the dense CRF's kernels -----------*- C++ -*-===//

#include "schedules/cpu/Crf.h"

using namespace Halide;

namespace segc {
namespace {

constexpr int kPixelsOfBlock = 8;
const Var blockOfPixels("block_of_pixels"), pixelOfBlock("pixel_of_block");

/// A pixel's taps become variables.
void scheduleTaps(Func taps, LoopLevel ofPixel) {
  const std::vector<Var> args = taps.args();
  taps.compute_at(ofPixel).store_in(MemoryType::Stack);
  taps.bound(args[0], 0, 9).unroll(args[0]).bound_extent(args[1], 1).bound_extent(args[2], 1);
}

} // namespace

void scheduleCrfPixels(CrfPixelFuncs &pixels, LoopLevel ofBlock, int lanes, int paddedClasses) {
  auto place = [&](Func f, LoopLevel at, int width) {
    const std::vector<Var> args = f.args();
    const Var x = args[args.size() - 2], y = args.back();
    f.compute_at(at).store_in(MemoryType::Stack).bound_extent(x, width).bound_extent(y, 1);
  };
  auto perClass = [&](Func f, LoopLevel at, int width) {
    place(f, at, width);
    Var c = f.args()[0];
    f.bound(c, 0, paddedClasses).vectorize(c, lanes).unroll(c);
  };
  perClass(pixels.energy, ofBlock, kPixelsOfBlock);
  const LoopLevel ofEnergy(pixels.energy, pixels.energy.args()[1]);
  if (pixels.hasTaps)
    scheduleTaps(pixels.tap, ofEnergy);
  if (pixels.hasMessage)
    perClass(pixels.message, ofEnergy, 1);
  perClass(pixels.belief, ofBlock, kPixelsOfBlock);
  const LoopLevel ofPixel(pixels.belief, pixels.belief.args()[1]);
  perClass(pixels.weight, ofPixel, 1);
  for (Func f : {pixels.largestOfLane, pixels.sumOfLane}) {
    place(f, ofPixel, 1);
    f.bound(f.args()[0], 0, lanes).vectorize(f.args()[0]);
  }
  for (Func f : {pixels.largest, pixels.sum}) {
    place(f, ofPixel, 1);
    f.update().atomic().vectorize(f.rvars(0)[0]);
  }
  place(pixels.scale, ofPixel, 1);
}

LoopLevel scheduleCrfSplat(Func next, Func place, RDom r, int lanes) {
  RVar c = r[0], k = r[1], x = r[2], row = r[3], strip = r[4];
  RVar block("block"), pixel("pixel");
  // Strips add to rows of their own; within a strip, pixels come one after the other.
  next.update()
      .allow_race_conditions()
      .split(x, block, pixel, kPixelsOfBlock, TailStrategy::GuardWithIf)
      .reorder({c, k, pixel, block, row, strip})
      .vectorize(c, lanes)
      .unroll(c)
      .unroll(k)
      .parallel(strip);
  scheduleTaps(place, LoopLevel(next, pixel));
  return LoopLevel(next, block);
}

LoopLevel scheduleCrfResult(Func out, int block, int blocks) {
  const std::vector<Var> args = out.args();
  out.bound(args[0], 0, block).bound(args[3], 0, blocks);
  out.split(args[1], blockOfPixels, pixelOfBlock, kPixelsOfBlock, TailStrategy::GuardWithIf)
      .reorder({args[0], args[3], pixelOfBlock, blockOfPixels, args[2]})
      .unroll(args[3])
      .parallel(args[2]);
  if (block > 1)
    out.vectorize(args[0]);
  return LoopLevel(out, blockOfPixels);
}

void scheduleCrfLabel(Func best, Func out) {
  best.compute_at(out, pixelOfBlock).store_in(MemoryType::Stack);
  for (Var arg : best.args())
    best.bound_extent(arg, 1);
  best.update().unroll(best.rvars(0)[0]);
}

void scheduleCrfBlur(Func table, Func link, RDom r, int lanes) {
  Var c = table.args()[0];
  // Pieces have spare rows of their own, and chains have their own vertices.
  table.update()
      .allow_race_conditions()
      .reorder({c, r.x, r.y, r.z})
      .vectorize(c, lanes)
      .unroll(c)
      .unroll(r.x)
      .parallel(r.z);
  link.compute_at(table, r.y).store_in(MemoryType::Stack);
  link.bound_extent(link.args()[0], 1).bound_extent(link.args()[1], 1);
}

} // namespace segc
