//===- Crf.h - the dense CRF's kernels on a GPU -----------------*- C++ -*-===//
//
// One thread an element of a row: neighbours take neighbouring classes, so that a pixel's rows of
// the table are read as whole sectors.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_CRF_H
#define SEGC_SCHEDULES_CUDA_CRF_H

#include "compiler/kernels/Crf.h"

namespace segc {

Kernel buildCrfEnergies(const CrfSpec &spec, bool isFirst, const CudaTarget &target);
Kernel buildCrfBeliefs(const CrfSpec &spec, const CudaTarget &target);
Kernel buildCrfStore(const CrfSpec &spec, CrfMap what, const CudaTarget &target);
Kernel buildCrfStoreLabels(const CrfSpec &spec, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_CRF_H
