//===- Crf.h - schedules of the dense CRF's kernels -------------*- C++ -*-===//
//
// All kernels walk rows of classes, a vector at a time. Eight lanes where the processor
// has more: 21 classes fill three such vectors to 88 %, two of sixteen lanes to 66 %.
//
// Pixels are taken eight at a time: each step of the softmax is done for all eight before the next
// step. Sums and maxima over the lanes of eight vectors are one tree, which gives a vector.
//
// Of a pixel's rows, one after the other is added to all classes, and is added to: only one place
// in the table and one weight must be kept at a time.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CRF_H
#define SEGC_SCHEDULES_CPU_CRF_H

#include <Halide.h>

#include <optional>
#include <vector>

namespace segc {

/// The sum over some of a pixel's rows: sum(c, x, y) is updated for each k, with the row's place
/// and weight in tap(k, x, y).
struct CrfSlice {
  Halide::Func sum, tap;
  Halide::RDom k;
};

/// What the algorithm hands over of one pixel's mean field step; variables are (c, x, y) or
/// (x, y), in that order.
struct CrfPixelFuncs {
  std::vector<CrfSlice> slices;
  /// Per class. There may be no message.
  Halide::Func message, energy{"energy"}, weight{"weight"}, belief{"belief"};
  /// Of all classes: lane by lane, then one number.
  Halide::Func largestOfLane{"largest_of_lane"}, largest{"largest"};
  Halide::Func sumOfLane{"sum_of_lane"}, sum{"sum"}, scale{"scale"};
};

/// The loops of a kernel over blocks of pixels and, if it takes the beliefs of one pixel after the
/// other, over the pixels of a block.
struct CrfLoops {
  Halide::LoopLevel block;
  std::optional<Halide::LoopLevel> pixel;
};

/// Computes the pixels' Funcs in the loops.
void scheduleCrfPixels(CrfPixelFuncs &pixels, const CrfLoops &loops, int lanes, int paddedClasses);

/// `next`'s update over (class, row of the pixel, x, y in the strip, strip), with the pixel's taps
/// in `place`.
CrfLoops scheduleCrfSplat(Halide::Func next, Halide::Func place, Halide::RDom r, int lanes);

/// `out(0, x, y, plane)`: rows in parallel, blocks of pixels plane by plane.
CrfLoops scheduleCrfMap(Halide::Func out, int planes);

/// `out(0, x, y, 0)` of `best(x, y)`, which takes one label after the other.
CrfLoops scheduleCrfLabels(Halide::Func best, Halide::Func out);

/// `table`'s update over (step, place in the piece, piece), with the rows of that entry in
/// `link(place, piece)`.
void scheduleCrfBlur(Halide::Func table, Halide::Func link, Halide::RDom loops, int lanes);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CRF_H
