//===- Crf.cpp - the dense CRF's kernels on a GPU ---------------*- C++ -*-===//

#include "schedules/cuda/Crf.h"

#include "schedules/cuda/Threads.h"

namespace segc {

Kernel buildCrfEnergies(const CrfSpec &spec, bool isFirst, const CudaTarget &target) {
  return plainKernel(crfEnergiesAlgorithm(spec, isFirst, target), target);
}

Kernel buildCrfBeliefs(const CrfSpec &spec, const CudaTarget &target) {
  return plainKernel(crfBeliefsAlgorithm(spec, target), target);
}

Kernel buildCrfStore(const CrfSpec &spec, CrfMap what, const CudaTarget &target) {
  return plainKernel(crfStoreAlgorithm(spec, what, target), target);
}

Kernel buildCrfStoreLabels(const CrfSpec &spec, const CudaTarget &target) {
  return plainKernel(crfStoreLabelsAlgorithm(spec, target), target);
}

} // namespace segc
