//===- ChannelsLast.h - feature maps from and to [H, W, C] ------*- C++ -*-===//
//
// Callers of some networks hold images and scores with the channels innermost. A transpose and
// the conversion to or from a map's layout are one copy.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_CHANNELSLAST_H
#define SEGC_KERNELS_CHANNELSLAST_H

#include "compiler/kernels/Kernel.h"

namespace segc {

struct ChannelsLastSpec {
  Halide::Type type = Halide::Float(32);
  int channels = 1;
  /// Channels in a block of the map; 1 is planar.
  int block = 1;
  /// From [H, W, C] to a map, or back.
  bool toMap = true;
};

/// The dense image is a view (0, c, x, y), as a planar map [H, W, C] has it. Channels that fill up
/// the last block of a map are copies of the last real channel. Args: input, output.
Algorithm channelsLastAlgorithm(const ChannelsLastSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_CHANNELSLAST_H
