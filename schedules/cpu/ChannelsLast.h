//===- ChannelsLast.h - to and from [H, W, C] on a processor ----*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_CHANNELSLAST_H
#define SEGC_SCHEDULES_CPU_CHANNELSLAST_H

#include "compiler/kernels/ChannelsLast.h"
#include "compiler/kernels/CpuTarget.h"

namespace segc {

Kernel buildChannelsLast(const ChannelsLastSpec &spec, const CpuTarget &target);

/// `out(one, c, x, y)` is such an image and reads blocks of `block` channels: all channels of a
/// pixel, then the next column; rows in parallel.
void scheduleFromBlocksToPixels(Halide::Func out, int block, int channels);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CHANNELSLAST_H
