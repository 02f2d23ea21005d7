//===- ChannelsLast.h - to and from [H, W, C] on a processor ----*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_CHANNELSLAST_H
#define SEGC_SCHEDULES_CPU_CHANNELSLAST_H

#include "compiler/kernels/ChannelsLast.h"
#include "compiler/kernels/CpuTarget.h"

namespace segc {

Kernel buildChannelsLast(const ChannelsLastSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CHANNELSLAST_H
