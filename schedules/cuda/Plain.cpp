//===- Plain.cpp - families without a schedule of their own -----*- C++ -*-===//

#include "schedules/cuda/Plain.h"

#include "schedules/cuda/Threads.h"

using namespace Halide;

namespace segc {

Kernel buildChannelsLast(const ChannelsLastSpec &spec, const CudaTarget &target) {
  return plainKernel(channelsLastAlgorithm(spec), target);
}

Kernel buildCopy(const CopySpec &spec, const CudaTarget &target) {
  return plainKernel(copyAlgorithm(spec), target);
}

Kernel buildPad(const PadSpec &spec, const CudaTarget &target) {
  return plainKernel(padAlgorithm(spec), target);
}

Kernel buildDensePad(const DensePadSpec &spec, const CudaTarget &target) {
  return plainKernel(densePadAlgorithm(spec), target);
}

Kernel buildCumSum(const CumSumSpec &spec, const CudaTarget &target) {
  return plainKernel(cumSumAlgorithm(spec), target);
}

Kernel buildGridSample(const GridSampleSpec &spec, const CudaTarget &target) {
  return plainKernel(gridSampleAlgorithm(spec), target);
}

Kernel buildGather(const IndexingSpec &spec, const CudaTarget &target) {
  return plainKernel(gatherAlgorithm(spec), target);
}

Kernel buildScatter(const ScatterSpec &spec, const CudaTarget &target) {
  return plainKernel(scatterAlgorithm(spec), target);
}

Kernel buildWiden(const WidenSpec &spec, const CudaTarget &target) {
  return plainKernel(widenAlgorithm(spec), target);
}

Kernel buildLayout(const LayoutSpec &spec, const CudaTarget &target) {
  return plainKernel(layoutAlgorithm(spec), target);
}

Kernel buildMap(const MapSpec &spec, const CudaTarget &target) {
  return plainKernel(mapAlgorithm(spec), target);
}

Kernel buildPool(const PoolSpec &spec, const CudaTarget &target) {
  return plainKernel(poolAlgorithm(spec), target);
}

Kernel buildMaxUnpool(const MaxUnpoolSpec &spec, const CudaTarget &target) {
  return plainKernel(maxUnpoolAlgorithm(spec), target);
}

Kernel buildSwitchesToOnnx(const SwitchesSpec &spec, const CudaTarget &target) {
  return plainKernel(switchesToOnnxAlgorithm(spec), target);
}

Kernel buildSwitchesFromOnnx(const SwitchesSpec &spec, const CudaTarget &target) {
  return plainKernel(switchesFromOnnxAlgorithm(spec), target);
}

Kernel buildRecurrentProduct(const RecurrentProductSpec &spec, const CudaTarget &target) {
  return plainKernel(recurrentProductAlgorithm(spec), target);
}

Kernel buildRecurrentReset(const RecurrentCellSpec &spec, const CudaTarget &target) {
  return plainKernel(recurrentResetAlgorithm(spec), target);
}

Kernel buildRecurrentCell(const RecurrentCellSpec &spec, const CudaTarget &target) {
  return plainKernel(recurrentCellAlgorithm(spec), target);
}

Kernel buildReverseSequence(const ReverseSequenceSpec &spec, const CudaTarget &target) {
  return plainKernel(reverseSequenceAlgorithm(spec), target);
}

Kernel buildChannelReduce(const FeatureMapReduceSpec &spec, const CudaTarget &target) {
  return plainKernel(channelReduceAlgorithm(spec, 1), target);
}

Kernel buildResizeTable(const ResizeTableSpec &spec, const CudaTarget &target) {
  return plainKernel(resizeTableAlgorithm(spec), target);
}

Kernel buildResize(const ResizeSpec &spec, const CudaTarget &target) {
  return plainKernel(resizeAlgorithm(spec, 1), target);
}

// A thread an element would go through all that is summed up for each.

Kernel buildSoftmax(const SoftmaxSpec &spec, const CudaTarget &target) {
  SoftmaxAlgorithm softmax = softmaxAlgorithm(spec, 1);
  const std::vector<Var> args = softmax.output.args();
  softmax.output.bound(args[0], 0, spec.outputBlock)
      .bound(args[3], 0, (spec.channels + spec.outputBlock - 1) / spec.outputBlock);
  oneThreadALine(softmax.output, {args[0], args[3]}, {softmax.largest, softmax.sum}, target);
  return softmax.scheduled("cuda");
}

Kernel buildDenseSoftmax(const DenseSoftmaxSpec &spec, const CudaTarget &target) {
  DenseSoftmaxAlgorithm softmax = denseSoftmaxAlgorithm(spec, 1);
  std::vector<Func> ofLine{softmax.largest, softmax.sum};
  if (spec.innermost)
    ofLine.insert(ofLine.end(), {softmax.largestOfLane, softmax.sumOfLane});
  oneThreadALine(softmax.output, {softmax.output.args()[spec.innermost ? 0 : 1]}, ofLine, target);
  return softmax.scheduled("cuda");
}

Kernel buildArgMax(const ArgMaxSpec &spec, const CudaTarget &target) {
  return plainKernel(argMaxAlgorithm(spec, 1), target);
}

Kernel buildDenseArgMax(const DenseArgMaxSpec &spec, const CudaTarget &target) {
  return plainKernel(denseArgMaxAlgorithm(spec), target);
}

int convIntegerColumns(const CudaTarget &) { return 1; }

Kernel buildConvInteger(const ConvIntegerSpec &spec, bool, const CudaTarget &target) {
  return plainKernel(convIntegerAlgorithm(spec, 1, 1), target);
}

Kernel buildMatMulInteger(const MatMulIntegerSpec &spec, const CudaTarget &target) {
  return plainKernel(matMulIntegerAlgorithm(spec, 1, 1), target);
}

Kernel buildRoiAlign(bool maximum, const CudaTarget &target) {
  return plainKernel(roiAlignAlgorithm(maximum), target);
}

Kernel buildRoiMaxPool(const CudaTarget &target) {
  return plainKernel(roiMaxPoolAlgorithm(), target);
}

Kernel buildDeformColumns(bool hasMask, const CudaTarget &target) {
  return plainKernel(deformColumnsAlgorithm(hasMask), target);
}

Kernel buildDeformProduct(bool hasBias, const CudaTarget &target) {
  return plainKernel(deformProductAlgorithm(hasBias, 1, 1), target);
}

Kernel buildChannelCopy(const ChannelCopySpec &spec, const CudaTarget &target) {
  Algorithm copy = channelCopyAlgorithm(spec);
  Func out = copy.output;
  const std::vector<Var> args = out.args();
  out.bound(args[0], 0, spec.block);
  oneThreadEach(out.update(), {args[0], args[1], args[2], out.rvars(0)[0]}, {}, target);
  return copy.scheduled("cuda");
}

} // namespace segc
