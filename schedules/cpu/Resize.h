//===- Resize.h - interpolation on a processor ------------------*- C++ -*-===//
//
// Pixels are interpolated a vector at a time, rows in parallel. Where a blocked map becomes a
// planar one, some pixels of a block are computed by vectors of channels and written by vectors
// of columns.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CPU_RESIZE_H
#define SEGC_SCHEDULES_CPU_RESIZE_H

#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Resize.h"

namespace segc {

Kernel buildResizeTable(const ResizeTableSpec &spec, const CpuTarget &target);
Kernel buildResize(const ResizeSpec &spec, const CpuTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CPU_RESIZE_H
