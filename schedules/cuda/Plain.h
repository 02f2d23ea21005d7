//===- Plain.h - families without a schedule of their own -------*- C++ -*-===//
//
// One thread an element keeps them right until they have one: each then moves to a file
// of its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_SCHEDULES_CUDA_PLAIN_H
#define SEGC_SCHEDULES_CUDA_PLAIN_H

#include "compiler/kernels/ChannelsLast.h"
#include "compiler/kernels/Copy.h"
#include "compiler/kernels/CudaTarget.h"
#include "compiler/kernels/CumSum.h"
#include "compiler/kernels/DeformConv.h"
#include "compiler/kernels/GridSample.h"
#include "compiler/kernels/Indexing.h"
#include "compiler/kernels/Integer.h"
#include "compiler/kernels/Layout.h"
#include "compiler/kernels/Map.h"
#include "compiler/kernels/MatMul.h"
#include "compiler/kernels/Pool.h"
#include "compiler/kernels/Recurrent.h"
#include "compiler/kernels/Reduce.h"
#include "compiler/kernels/Regions.h"
#include "compiler/kernels/Resize.h"
#include "compiler/kernels/Softmax.h"

namespace segc {

Kernel buildChannelsLast(const ChannelsLastSpec &spec, const CudaTarget &target);
Kernel buildCopy(const CopySpec &spec, const CudaTarget &target);
Kernel buildPad(const PadSpec &spec, const CudaTarget &target);
Kernel buildDensePad(const DensePadSpec &spec, const CudaTarget &target);
Kernel buildCumSum(const CumSumSpec &spec, const CudaTarget &target);
Kernel buildGridSample(const GridSampleSpec &spec, const CudaTarget &target);
Kernel buildGather(const IndexingSpec &spec, const CudaTarget &target);
Kernel buildScatter(const ScatterSpec &spec, const CudaTarget &target);
Kernel buildWiden(const WidenSpec &spec, const CudaTarget &target);
Kernel buildLayout(const LayoutSpec &spec, const CudaTarget &target);
Kernel buildMap(const MapSpec &spec, const CudaTarget &target);
Kernel buildPool(const PoolSpec &spec, const CudaTarget &target);
Kernel buildMaxUnpool(const MaxUnpoolSpec &spec, const CudaTarget &target);
Kernel buildSwitchesToOnnx(const SwitchesSpec &spec, const CudaTarget &target);
Kernel buildSwitchesFromOnnx(const SwitchesSpec &spec, const CudaTarget &target);
Kernel buildRecurrentProduct(const RecurrentProductSpec &spec, const CudaTarget &target);
Kernel buildRecurrentReset(const RecurrentCellSpec &spec, const CudaTarget &target);
Kernel buildRecurrentCell(const RecurrentCellSpec &spec, const CudaTarget &target);
Kernel buildReverseSequence(const ReverseSequenceSpec &spec, const CudaTarget &target);
Kernel buildChannelReduce(const FeatureMapReduceSpec &spec, const CudaTarget &target);
Kernel buildResizeTable(const ResizeTableSpec &spec, const CudaTarget &target);
Kernel buildResize(const ResizeSpec &spec, const CudaTarget &target);
Kernel buildSoftmax(const SoftmaxSpec &spec, const CudaTarget &target);
Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CudaTarget &target);
Kernel buildArgMax(const ArgMaxSpec &spec, const CudaTarget &target);
Kernel buildDenseArgMax(const DenseArgMaxSpec &spec, const CudaTarget &target);
int convIntegerColumns(const CudaTarget &target);
Kernel buildConvInteger(const ConvIntegerSpec &spec, bool isGrouped, const CudaTarget &target);
Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const CudaTarget &target);
Kernel buildRoiAlign(bool maximum, const CudaTarget &target);
Kernel buildRoiMaxPool(const CudaTarget &target);
Kernel buildDeformColumns(bool hasMask, const CudaTarget &target);
Kernel buildDeformProduct(bool hasBias, const CudaTarget &target);

/// The piece goes to whole channel blocks: one thread an element of them.
Kernel buildChannelCopy(const ChannelCopySpec &spec, const CudaTarget &target);

} // namespace segc

#endif // SEGC_SCHEDULES_CUDA_PLAIN_H
