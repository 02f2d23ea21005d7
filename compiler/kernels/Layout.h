//===- Layout.h - feature maps from one layout to another -------*- C++ -*-===//
//
// Between the user's dense NCHW (a planar map without a halo), planar maps with a halo
// and channel-blocked maps. A crop costs nothing: it is an input view that starts
// further in.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_LAYOUT_H
#define SEGC_KERNELS_LAYOUT_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct LayoutSpec {
  Halide::Type type = Halide::Float(32);
  int channels = 1;
  /// Channels in a block; 1 is planar.
  int fromBlock = 1;
  int toBlock = 1;
};

struct LayoutAlgorithm : Algorithm {
  /// From planes to blocks: (column, ci, tile, y, cb), planes read along their rows.
  Halide::Func square;
};

/// Channels that fill up the last block of a blocked result are copies of the last real
/// channel. Args: input, output.
LayoutAlgorithm layoutAlgorithm(const LayoutSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_LAYOUT_H
