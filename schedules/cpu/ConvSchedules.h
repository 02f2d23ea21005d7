//===- ConvSchedules.h - the schedule of each convolution family -*- C++ -*-===//
//
// Internal to schedules/cpu: how buildConv() schedules what Conv.h's algorithms say.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CONVSCHEDULES_H
#define SEGC_SCHEDULES_CPU_CONVSCHEDULES_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Winograd.h"

#include <optional>
#include <utility>

namespace segc {

void scheduleConvTiles(ConvAlgorithm &algorithm);
void scheduleDirectConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &algorithm);
void scheduleGroupedConv(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &algorithm);
void scheduleWinograd(const ConvSpec &spec, const ConvKnobs &knobs, WinogradAlgorithm &algorithm);

bool isLegalWinograd(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target);
/// The best knobs of the family and the estimated cycles on one core, comparable to those of
/// the other families; nothing if the spec does not fit.
std::optional<std::pair<double, ConvKnobs>>
bestWinogradKnobs(const ConvSpec &spec, const CpuTarget &target, int height, int width);
/// Cycles of one step of the inner loop, a channel of the input against a register tile, where
/// the weights that the tile's columns share take `weightBytes`.
double cyclesOfConvStep(const ConvKnobs &knobs, double weightBytes);

/// Lanes of a vector of family Grouped: all of them lie in one group, if possible.
int groupedLanes(const ConvSpec &spec);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONVSCHEDULES_H
