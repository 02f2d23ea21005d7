//===- Crf.h - schedules of the dense CRF's kernels -------------*- C++ -*-===//
//
// All kernels walk rows of classes, a vector at a time. Eight lanes where the processor
// has more: 21 classes fill three such vectors to 88 %, two of sixteen lanes to 66 %.
//
// Pixels are taken eight at a time: first the energies of all eight, then their beliefs, then what
// is done with them. Eight softmaxes side by side hide the latency of one.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CRF_H
#define SEGC_SCHEDULES_CPU_CRF_H

#include <Halide.h>

namespace segc {

/// What the algorithm hands over of one pixel's mean field step; variables are (c, x, y) or
/// (x, y), in that order.
struct CrfPixelFuncs {
  /// Of a pixel's rows (k, x, y): which, and their weights.
  Halide::Func tap{"tap"};
  /// Per class.
  Halide::Func message{"message"}, energy{"energy"}, weight{"weight"}, belief{"belief"};
  /// Of all classes: lane by lane, then one number.
  Halide::Func largestOfLane{"largest_of_lane"}, largest{"largest"};
  Halide::Func sumOfLane{"sum_of_lane"}, sum{"sum"}, scale{"scale"};
  bool hasTaps = true, hasMessage = false;
};

/// Computes the pixels' Funcs at `ofBlock`, the loop over blocks of pixels.
void scheduleCrfPixels(CrfPixelFuncs &pixels, Halide::LoopLevel ofBlock, int lanes,
                       int paddedClasses);

/// `next`'s update over (class, row of the pixel, x, y in the strip, strip), with the pixel's taps
/// in `place`. Returns the loop over blocks.
Halide::LoopLevel scheduleCrfSplat(Halide::Func next, Halide::Func place, Halide::RDom loops,
                                   int lanes);

/// `out(ci, x, y, cb)`, rows in parallel, all classes of a pixel before the next. Returns the loop
/// over blocks of pixels.
Halide::LoopLevel scheduleCrfResult(Halide::Func out, int block, int blocks);

/// `best(x, y)`, one label after the other, for each pixel of `out`.
void scheduleCrfLabel(Halide::Func best, Halide::Func out);

/// `table`'s update over (step, place in the piece, piece), with the rows of that entry in
/// `link(place, piece)`.
void scheduleCrfBlur(Halide::Func table, Halide::Func link, Halide::RDom loops, int lanes);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CRF_H
