//===- Conv.h - blocking convolutions for a processor -----------*- C++ -*-===//
//
// The schedules of convolutions, and the cost model that picks their knobs. One
// file a family: ConvDirect.cpp, ConvGrouped.cpp (grouped and depthwise).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CONV_H
#define SEGC_SCHEDULES_CPU_CONV_H

#include "compiler/kernels/Conv.h"
#include "compiler/kernels/CpuTarget.h"

#include <vector>

namespace segc {

/// The kernel of `spec` as `knobs` block it. Throws Halide::Error if Halide
/// rejects the schedule, which legal knobs never cause.
/// Equal texts, equal kernels.
std::string convKernelKey(const ConvSpec &spec, const ConvKnobs &knobs);

Kernel buildConv(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target);

/// The best knobs by the cost model, for an output near nominalHeight x
/// nominalWidth (the kernel is right for any size). Without `winograd`, of the others only.
ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CpuTarget &target, int nominalHeight,
                           int nominalWidth, bool winograd = true);

/// Whether a search may try these knobs: the family fits the spec, the tile fits
/// the registers and its overrun fits the slack.
bool isLegal(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target);

/// Knobs worth trying, the default first.
std::vector<ConvKnobs> candidateConvKnobs(const ConvSpec &spec, const CpuTarget &target,
                                          int nominalHeight, int nominalWidth);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CONV_H
