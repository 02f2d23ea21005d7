//===- Copy.h - moving elements on a processor ------------------*- C++ -*-===//
//
// Copies run at the speed of memory if whole cache lines are used while they are near: where
// input and output are contiguous along different dimensions, both go in small squares, so that
// every line read is used up.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_COPY_H
#define SEGC_SCHEDULES_CPU_COPY_H

#include "compiler/kernels/Copy.h"
#include "compiler/kernels/CpuTarget.h"

namespace segc {

Kernel buildCopy(const CopySpec &spec, const CpuTarget &target);
Kernel buildChannelCopy(const ChannelCopySpec &spec, const CpuTarget &target);
Kernel buildPad(const PadSpec &spec, const CpuTarget &target);
Kernel buildDensePad(const DensePadSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_COPY_H
