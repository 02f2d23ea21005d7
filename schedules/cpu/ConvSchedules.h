//===- ConvSchedules.h - the schedule of each convolution family -*- C++ -*-===//
//
// Internal to schedules/cpu: how buildConv() schedules what Conv.h's algorithms say.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CONVSCHEDULES_H
#define SEGC_SCHEDULES_CPU_CONVSCHEDULES_H

#include "compiler/lowering/Conv.h"

namespace segc {

void scheduleConvTiles(ConvAlgorithm &algorithm);
void scheduleDirectConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &algorithm);
void scheduleGroupedConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &algorithm);

/// Lanes of a vector of family Grouped: all of them lie in one group, if possible.
int groupedLanes(const ConvSpec &spec);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONVSCHEDULES_H
