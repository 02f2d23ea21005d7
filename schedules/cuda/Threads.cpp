//===- Threads.cpp - which thread computes what -----------------*- C++ -*-===//

#include "schedules/cuda/Threads.h"

#include <algorithm>

using namespace Halide;

namespace segc {

/// The loop over the one element of dimension `number` of those across threads.
static std::string elementLoop(size_t number) { return "element" + std::to_string(number); }

void oneThreadEach(Stage stage, const std::vector<VarOrRVar> &across,
                   const std::vector<VarOrRVar> &within, const CudaTarget &target,
                   const std::vector<VarOrRVar> &innermost) {
  auto like = [](const VarOrRVar &dim, const std::string &name) {
    return dim.is_rvar ? VarOrRVar(RVar(name)) : VarOrRVar(Var(name));
  };
  if (across.empty()) {
    stage.gpu_single_thread();
    return;
  }
  // Loops over one element, inside of whatever makes coordinates of a thread's number.
  std::vector<VarOrRVar> order = innermost, outer;
  for (const VarOrRVar &dim : across) {
    VarOrRVar place = like(dim, "place" + std::to_string(outer.size()));
    VarOrRVar element = like(dim, elementLoop(outer.size()));
    stage.split(dim, place, element, 1);
    order.push_back(element);
    outer.push_back(place);
  }
  order.insert(order.end(), within.begin(), within.end());
  order.insert(order.end(), outer.begin(), outer.end());
  stage.reorder(order);
  // Fused dimensions are a reduction's if one of them is.
  VarOrRVar all = outer.front();
  for (size_t i = 1; i < outer.size(); ++i) {
    VarOrRVar fused = like(all.is_rvar ? all : outer[i], "fused" + std::to_string(i));
    stage.fuse(all, outer[i], fused);
    all = fused;
  }
  VarOrRVar block = like(all, "block"), thread = like(all, "thread");
  stage.split(all, block, thread, target.threads, TailStrategy::GuardWithIf)
      .gpu_blocks(block)
      .gpu_threads(thread);
}

void oneThreadAnElement(Func out, const CudaTarget &target) {
  const std::vector<Var> args = out.args();
  const std::vector<VarOrRVar> all(args.begin(), args.end());
  oneThreadEach(Stage(out), all, {}, target);
  for (int i = 0; i < out.num_update_definitions(); ++i) {
    Stage update = out.update(i);
    std::vector<VarOrRVar> across, within;
    // The loops of a stage, innermost first, and the outermost of all.
    for (const Internal::Dim &dim : update.get_schedule().dims()) {
      if (dim.is_rvar())
        within.emplace_back(dim.var, true);
      else if (dim.var != Var::outermost().name())
        across.emplace_back(dim.var, false);
    }
    oneThreadEach(update, across, within, target);
  }
}

void oneThreadALine(Func out, const std::vector<Var> &axes, const std::vector<Func> &ofLine,
                    const CudaTarget &target) {
  std::vector<VarOrRVar> across;
  for (const Var &arg : out.args())
    if (std::none_of(axes.begin(), axes.end(),
                     [&](const Var &axis) { return axis.name() == arg.name(); }))
      across.emplace_back(arg);
  oneThreadEach(Stage(out), across, {}, target, {axes.begin(), axes.end()});
  for (Func f : ofLine)
    f.compute_at(out, Var(elementLoop(0)));
}

Kernel plainKernel(const Algorithm &algorithm, const CudaTarget &target) {
  oneThreadAnElement(algorithm.output, target);
  return algorithm.scheduled("cuda");
}

} // namespace segc
