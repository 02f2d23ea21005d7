//===- Resize.cpp - interpolation on a processor ----------------*- C++ -*-===//

#include "schedules/cpu/Resize.h"

#include "schedules/cpu/ChannelsLast.h"
#include "schedules/cpu/Layout.h"
#include "schedules/cpu/Rows.h"

using namespace Halide;

namespace segc {

Kernel buildResizeTable(const ResizeTableSpec &spec, const CpuTarget &target) {
  Algorithm table = resizeTableAlgorithm(spec);
  Var o = table.output.args()[0], tap = table.output.args()[1];
  table.output.bound(tap, 0, resizeTaps(spec.mode)).reorder(tap, o).unroll(tap);
  return table.scheduled(target.arch);
}

Kernel buildResize(const ResizeSpec &spec, const CpuTarget &target) {
  const int columns = target.lanes;
  ResizeAlgorithm resize = resizeAlgorithm(spec, columns);
  if (spec.inputBlock == spec.outputBlock) {
    scheduleRows(resize.output, spec.outputBlock, target);
    return resize.scheduled(target.arch);
  }
  if (spec.outputBlock == 0) {
    scheduleFromBlocksToPixels(resize.output, spec.inputBlock, spec.channels);
    resize.square.compute_at(resize.output, resize.output.args()[2])
        .store_in(MemoryType::Stack)
        .bound(resize.square.args()[0], 0, spec.inputBlock)
        .vectorize(resize.square.args()[0])
        .unroll(resize.square.args()[3]);
    resize.square.bound_extent(resize.square.args()[1], 1).bound_extent(resize.square.args()[2], 1);
    return resize.scheduled(target.arch);
  }
  Var loop = scheduleFromBlocks(resize.output, spec.inputBlock, target);
  std::vector<Var> args = resize.square.args();
  resize.square.compute_at(resize.output, loop)
      .store_in(MemoryType::Stack)
      .bound_extent(args[0], spec.inputBlock)
      .bound_extent(args[1], columns)
      .vectorize(args[0]);
  computeOne(resize.square, 2);
  return resize.scheduled(target.arch);
}

} // namespace segc
