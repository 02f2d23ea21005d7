//===- Reduce.cpp - sums, means and maxima on a GPU -------------*- C++ -*-===//

#include "schedules/cuda/Reduce.h"

#include "schedules/cuda/Threads.h"

using namespace Halide;

namespace segc {
namespace {

/// A block for each place of `blocks`; its threads, for each of `lanes`, fold together. `inner` are
/// loops of one step.
void foldTogether(const SharedReduceAlgorithm &reduce, const std::vector<Var> &inner,
                  std::vector<Var> lanes, const std::vector<Var> &blocks, int threads, int groups) {
  Func out = reduce.output, shown = reduce.shown, ofThread = reduce.ofThread;
  Func ofGroup = reduce.ofGroup, total = reduce.total;
  // Loops over one element, inside of whatever makes coordinates of a block's number.
  std::vector<VarOrRVar> order(inner.begin(), inner.end());
  std::vector<Var> places, elements;
  for (const Var &dim : blocks) {
    const std::string number = std::to_string(places.size());
    places.emplace_back("place" + number);
    elements.emplace_back("element" + number);
    out.split(dim, places.back(), elements.back(), 1);
  }
  const std::vector<Var> ofElement = lanes;
  Var at("at");
  if (lanes.empty()) { // one thread stores
    lanes.emplace_back("lane");
    out.split(elements.front(), at, lanes.front(), 1);
    elements.front() = at;
  } else {
    at = elements.front();
  }
  for (const std::vector<Var> &vars : {lanes, elements, places})
    order.insert(order.end(), vars.begin(), vars.end());
  out.reorder(order);
  Var block = places.front();
  for (size_t i = 1; i < places.size(); ++i) {
    const Var fused("fused" + std::to_string(i));
    out.fuse(block, places[i], fused);
    block = fused;
  }
  out.gpu_blocks(block);
  for (const Var &lane : lanes)
    out.gpu_threads(lane);
  auto inBlock = [&](Func f) { f.compute_at(out, at).store_in(MemoryType::GPUShared); };
  auto acrossThreads = [&](Stage stage, const Var &number) {
    for (const Var &lane : ofElement)
      stage.gpu_threads(lane);
    stage.gpu_threads(number);
  };
  inBlock(shown);
  shown.bound_extent(reduce.thread, threads);
  acrossThreads(Stage(shown), reduce.thread);
  ofThread.compute_at(shown, ofElement.empty() ? reduce.thread : ofElement.front());
  inBlock(ofGroup);
  ofGroup.bound_extent(reduce.group, groups);
  acrossThreads(Stage(ofGroup), reduce.group);
  acrossThreads(ofGroup.update(), reduce.group);
  inBlock(total);
  for (const Var &lane : ofElement) {
    Stage(total).gpu_threads(lane);
    total.update().gpu_threads(lane);
  }
}

} // namespace

Kernel buildSpatialReduce(const FeatureMapReduceSpec &spec, const CudaTarget &target) {
  constexpr int side = 8;
  SharedReduceAlgorithm reduce = sharedSpatialReduceAlgorithm(spec, side);
  const std::vector<Var> args = reduce.output.args(); // ci, x, y, cb
  reduce.output.bound(args[0], 0, spec.block).bound(args[1], 0, 1).bound(args[2], 0, 1);
  foldTogether(reduce, {args[1], args[2]}, {args[0]}, {args[3]}, side * side, side);
  return reduce.scheduled("cuda");
}

Kernel buildDenseReduce(const DenseReduceSpec &spec, const CudaTarget &target) {
  if (!spec.isLong || !(spec.reduced & 1))
    return plainKernel(denseReduceAlgorithm(spec, 1), target);
  constexpr int groups = 16;
  SharedReduceAlgorithm reduce = sharedDenseReduceAlgorithm(spec, groups * groups);
  const std::vector<Var> args = reduce.output.args();
  foldTogether(reduce, {}, {}, args, groups * groups, groups);
  return reduce.scheduled("cuda together");
}

} // namespace segc
