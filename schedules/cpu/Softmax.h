//===- Softmax.h - softmax and arg max on a processor -----------*- C++ -*-===//
//
// A vector holds neighbouring elements beside the axis (pixels, for feature maps), so
// that the reduction along the axis needs no work across lanes.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_SOFTMAX_H
#define SEGC_SCHEDULES_CPU_SOFTMAX_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Softmax.h"

namespace segc {

Kernel buildSoftmax(const SoftmaxSpec &spec, const CpuTarget &target);
Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CpuTarget &target);
Kernel buildArgMax(const ArgMaxSpec &spec, const CpuTarget &target);
Kernel buildDenseArgMax(const DenseArgMaxSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_SOFTMAX_H
