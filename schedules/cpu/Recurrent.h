//===- Recurrent.h - a step of a recurrent layer on a processor -*- C++ -*-===//

#ifndef SEGC_SCHEDULES_CPU_RECURRENT_H
#define SEGC_SCHEDULES_CPU_RECURRENT_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Recurrent.h"

namespace segc {

Kernel buildRecurrentProduct(const RecurrentProductSpec &spec, const CpuTarget &target);
Kernel buildRecurrentReset(const RecurrentCellSpec &spec, const CpuTarget &target);
Kernel buildRecurrentCell(const RecurrentCellSpec &spec, const CpuTarget &target);
Kernel buildReverseSequence(const ReverseSequenceSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_RECURRENT_H
