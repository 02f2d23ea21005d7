//===- Crf.h - the dense CRF's kernels on a processor -----------*- C++ -*-===//
//
// All kernels walk rows of classes, a vector at a time. Eight lanes where the processor
// has more: 21 classes fill three such vectors to 88 %, two of sixteen lanes to 66 %.
//
// Pixels are taken eight at a time: each step of the softmax is done for all eight before the next
// step. Sums and maxima over the lanes of eight vectors are one tree, which gives a vector.
//
// Of a pixel's rows, one after the other is added to all classes, and is added to: only one place
// in the table and one weight must be kept at a time.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_CRF_H
#define SEGC_SCHEDULES_CPU_CRF_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Crf.h"

namespace segc {

Kernel buildCrfPixels(const CrfSpec &spec, bool isFirst, const CpuTarget &target);
Kernel buildCrfMap(const CrfSpec &spec, CrfMap what, const CpuTarget &target);
Kernel buildCrfLabels(const CrfSpec &spec, const CpuTarget &target);
Kernel buildCrfBlur(const CrfSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_CRF_H
