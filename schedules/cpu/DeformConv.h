//===- DeformConv.h - deformable convolution on a processor -----*- C++ -*-===//
//
// Columns: where a vector of pixels reads is found once a tap and serves all channels of its group.
// The product has the register tile of MatMul.h.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_DEFORMCONV_H
#define SEGC_SCHEDULES_CPU_DEFORMCONV_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/DeformConv.h"

namespace segc {

Kernel buildDeformColumns(bool hasMask, const CpuTarget &target);
Kernel buildDeformProduct(bool hasBias, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_DEFORMCONV_H
