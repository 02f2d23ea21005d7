//===- Reduce.h - sums, means and maxima on a GPU ---------------*- C++ -*-===//
//
// Where many elements become one, a block's threads fold parts of them, and then what they show
// each other in shared memory: a thread by itself would wait for each element in turn. Short lines
// are a thread's work.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_REDUCE_H
#define SEGC_SCHEDULES_CUDA_REDUCE_H

#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/Reduce.h"

namespace segc {

Kernel buildSpatialReduce(const FeatureMapReduceSpec &spec, const CudaTarget &target);
Kernel buildDenseReduce(const DenseReduceSpec &spec, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_REDUCE_H
