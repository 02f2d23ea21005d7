//===- Crf.cpp - the dense CRF's kernels on a processor ---------*- C++ -*-===//

#include "schedules/cpu/Crf.h"

#include <optional>

using namespace Halide;

namespace segc {
namespace {

constexpr int kPixelsOfBlock = 8;
const Var blockOfPixels("block_of_pixels"), pixelOfBlock("pixel_of_block");

/// So many vectors of classes may be summed side by side.
constexpr int kMostSums = 12;

/// The taps that are needed at `level` become variables.
void scheduleTap(Func tap, const LoopLevel &level) {
  tap.compute_at(level).store_in(MemoryType::Stack).unroll(tap.args()[0]);
  tap.bound_extent(tap.args()[1], 1).bound_extent(tap.args()[2], 1);
}

/// The loops of a kernel over blocks of pixels and, if it takes the beliefs of one pixel after the
/// other, over the pixels of a block.
struct CrfLoops {
  LoopLevel block;
  std::optional<LoopLevel> pixel;
};

/// Computes the pixels' Funcs in the loops.
void schedulePixels(CrfPixelFuncs &pixels, const CrfLoops &loops) {
  const int lanes = pixels.lanes, paddedClasses = pixels.paddedClasses;
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
  perClass(pixels.energy, loops.block, kPixelsOfBlock);
  const LoopLevel ofEnergy(pixels.energy, pixels.energy.args()[1]);
  if (pixels.message.defined())
    perClass(pixels.message, ofEnergy, 1);
  for (CrfSlice &slice : pixels.slices) {
    perClass(slice.sum, ofEnergy, 1);
    Var c = slice.sum.args()[0];
    const bool sideBySide = paddedClasses <= kMostSums * lanes;
    Stage update = slice.sum.update();
    if (sideBySide)
      update.reorder(c, slice.k.x);
    else
      update.reorder(slice.k.x, c);
    update.vectorize(c, lanes).unroll(c).unroll(slice.k.x);
    scheduleTap(slice.tap, sideBySide ? LoopLevel(slice.sum, slice.k.x) : ofEnergy);
  }
  perClass(pixels.weight, loops.block, kPixelsOfBlock);
  for (Func f : {pixels.largestOfLane, pixels.sumOfLane}) {
    place(f, loops.block, kPixelsOfBlock);
    f.bound(f.args()[0], 0, lanes).vectorize(f.args()[0]);
  }
  // Over the lanes of all pixels at once.
  for (Func f : {pixels.largest, pixels.sum}) {
    place(f, loops.block, kPixelsOfBlock);
    f.vectorize(f.args()[0]);
    f.update().atomic().vectorize(f.rvars(0)[0]).vectorize(f.args()[0]);
  }
  place(pixels.scale, loops.block, kPixelsOfBlock);
  pixels.scale.vectorize(pixels.scale.args()[0]);
  if (loops.pixel)
    perClass(pixels.belief, *loops.pixel, 1);
}

CrfLoops scheduleSplat(Func next, Func place, RDom r, int lanes) {
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
  scheduleTap(place, LoopLevel(next, k));
  return {LoopLevel(next, block), LoopLevel(next, pixel)};
}

/// `out(0, x, y, plane)`: rows in parallel, blocks of pixels plane by plane.
CrfLoops scheduleMap(Func out, int planes) {
  const std::vector<Var> args = out.args();
  out.bound(args[0], 0, 1).bound(args[3], 0, planes);
  out.split(args[1], blockOfPixels, pixelOfBlock, kPixelsOfBlock, TailStrategy::GuardWithIf)
      .reorder({args[0], pixelOfBlock, args[3], blockOfPixels, args[2]})
      .vectorize(pixelOfBlock)
      .parallel(args[2]);
  return {LoopLevel(out, blockOfPixels), std::nullopt};
}

/// `out(0, x, y, 0)` of `best(x, y)`, which takes one label after the other.
CrfLoops scheduleLabels(Func best, Func out) {
  const std::vector<Var> args = out.args();
  out.bound(args[0], 0, 1).bound(args[3], 0, 1);
  out.split(args[1], blockOfPixels, pixelOfBlock, kPixelsOfBlock, TailStrategy::GuardWithIf)
      .reorder({args[0], args[3], pixelOfBlock, blockOfPixels, args[2]})
      .parallel(args[2]);
  best.compute_at(out, pixelOfBlock).store_in(MemoryType::Stack);
  for (Var arg : best.args())
    best.bound_extent(arg, 1);
  best.update().unroll(best.rvars(0)[0]);
  return {LoopLevel(out, blockOfPixels), std::nullopt};
}

} // namespace

Kernel buildCrfPixels(const CrfSpec &spec, bool isFirst, const CpuTarget &target) {
  CrfPixelsAlgorithm pixels = crfPixelsAlgorithm(spec, isFirst, target);
  schedulePixels(pixels.pixel,
                 scheduleSplat(pixels.output, pixels.place, pixels.splat, pixels.pixel.lanes));
  return pixels.scheduled(target.arch);
}

Kernel buildCrfMap(const CrfSpec &spec, CrfMap what, const CpuTarget &target) {
  CrfMapAlgorithm map = crfMapAlgorithm(spec, what, target);
  schedulePixels(map.pixel, scheduleMap(map.output, spec.classes));
  return map.scheduled(target.arch);
}

Kernel buildCrfLabels(const CrfSpec &spec, const CpuTarget &target) {
  CrfMapAlgorithm map = crfLabelsAlgorithm(spec, target);
  schedulePixels(map.pixel, scheduleLabels(map.best, map.output));
  return map.scheduled(target.arch);
}

Kernel buildCrfBlur(const CrfSpec &spec, const CpuTarget &target) {
  CrfBlurAlgorithm blur = crfBlurAlgorithm(spec, target);
  Func table = blur.output, link = blur.link;
  RDom r = blur.loops;
  const int lanes = crfLanes(spec, target);
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
  return blur.scheduled(target.arch);
}

} // namespace segc
