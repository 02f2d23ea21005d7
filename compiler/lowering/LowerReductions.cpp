//===- LowerReductions.cpp - softmax, arg max, reductions -------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"

#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/CumSum.h"
#include "schedules/cpu/Reduce.h"
#include "schedules/cpu/Softmax.h"
#include "schedules/cuda/Plain.h"
#include "schedules/cuda/Reduce.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

/// [outer, axis, inner] of a dense tensor, without the last if it is 1.
static SmallVector<DimAttr> aroundAxis(TensorType type, int64_t axis, bool withAxis) {
  auto *context = type.getContext();
  SmallVector<DimAttr> extents{seg::product(context, type.getShape().take_front(axis))};
  if (withAxis)
    extents.push_back(type.getDim(axis));
  if (axis + 1 < type.getRank())
    extents.push_back(seg::product(context, type.getShape().drop_front(axis + 1)));
  return extents;
}

/// Neighbouring axes that are all reduced, or all kept, are one.
static void joinAxes(SmallVector<DimAttr> &extents, SmallVector<bool> &reduced) {
  size_t last = 0;
  for (size_t axis = 1; axis != extents.size(); ++axis)
    if (reduced[axis] == reduced[last]) {
      extents[last] = extents[last] * extents[axis];
    } else {
      extents[++last] = extents[axis];
      reduced[last] = reduced[axis];
    }
  extents.truncate(last + 1);
  reduced.truncate(last + 1);
}

/// Elements that several threads share where there are few lines, and lines that are work enough by
/// themselves.
constexpr int64_t kLongLine = 1024, kManyLines = 16384;

LogicalResult lowerReduce(seg::ReduceOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  if (seg::LayoutAttr layout = input.getLayout()) {
    FeatureMapReduceSpec spec;
    spec.kind = op.getKind();
    spec.channels = static_cast<int>(input.getDim(1).getValue());
    spec.block = static_cast<int>(layout.getBlock());
    int kernel = builder.kernel(
        fmt::format("spatial_reduce{},{},{}", int(spec.kind), spec.channels, spec.block),
        [&](const auto &target) { return buildSpatialReduce(spec, target); });
    builder.call(kernel, {builder.read(op.getInput()), builder.integer(input.getDim(3)),
                          builder.write(op.getOutput())});
    return success();
  }
  if (op.getAxes().empty())
    return op.emitError("a reduction along no axis is not supported");
  SmallVector<DimAttr> extents(input.getShape());
  SmallVector<bool> reduced(extents.size(), false);
  for (int64_t axis : op.getAxes())
    reduced[axis] = true;
  if (static_cast<int64_t>(extents.size()) > kMaxViewRank)
    joinAxes(extents, reduced);
  int64_t rank = static_cast<int64_t>(extents.size());
  if (rank < 1 || rank > kMaxViewRank)
    return op.emitError("tensors of rank ") << input.getRank() << " are not supported";
  DenseReduceSpec spec;
  spec.kind = op.getKind();
  spec.type = halideType(input.getElementType());
  spec.rank = static_cast<int>(rank);
  spec.reduced = 0;
  SmallVector<DimAttr> kept = extents;
  for (int64_t axis = 0; axis != rank; ++axis)
    if (reduced[axis]) {
      spec.reduced |= 1u << (rank - 1 - axis);
      kept[axis] = DimAttr::constant(op.getContext(), 1);
    }
  const int64_t lines = builder.nominal(seg::product(op.getContext(), kept));
  spec.isLong = builder.nominal(seg::product(op.getContext(), extents)) / lines >= kLongLine &&
                lines < kManyLines;
  int kernel = builder.kernel(fmt::format("dense_reduce{},{},{},{},{}", int(spec.kind), rank,
                                          spec.reduced, elementName(spec.type), spec.isLong),
                              [&](const auto &target) { return buildDenseReduce(spec, target); });
  builder.call(kernel, {builder.dense(op.getInput(), extents), builder.dense(op.getOutput(), kept)},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerSoftmax(seg::SoftmaxOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), output = typeOf(op.getOutput());
  if (input.getLayout()) {
    SoftmaxSpec spec;
    spec.channels = static_cast<int>(input.getDim(1).getValue());
    spec.inputBlock = static_cast<int>(input.getLayout().getBlock());
    spec.outputBlock = output.getLayout() ? static_cast<int>(output.getLayout().getBlock()) : 1;
    spec.log = op.getLog();
    int kernel = builder.kernel(fmt::format("softmax{},{},{},{}", spec.channels, spec.inputBlock,
                                            spec.outputBlock, spec.log),
                                [&](const auto &target) { return buildSoftmax(spec, target); });
    builder.call(kernel, {builder.read(op.getInput()), builder.integer(input.getDim(3)),
                          builder.writeEither(op.getOutput())});
    return success();
  }
  DenseSoftmaxSpec spec;
  int64_t axis = op.getAxis();
  spec.innermost = axis + 1 == input.getRank();
  spec.log = op.getLog();
  int kernel = builder.kernel(fmt::format("dense_softmax{},{}", spec.innermost, spec.log),
                              [&](const auto &target) { return buildDenseSoftmax(spec, target); });
  SmallVector<DimAttr> extents = aroundAxis(input, axis, true);
  builder.call(kernel,
               {builder.dense(op.getInput(), extents), builder.dense(op.getOutput(), extents)},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerArgMax(seg::ArgMaxOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  if (input.getLayout()) {
    ArgMaxSpec spec;
    spec.channels = static_cast<int>(input.getDim(1).getValue());
    spec.inputBlock = static_cast<int>(input.getLayout().getBlock());
    spec.selectLast = op.getSelectLast();
    int kernel = builder.kernel(
        fmt::format("argmax{},{},{}", spec.channels, spec.inputBlock, spec.selectLast),
        [&](const auto &target) { return buildArgMax(spec, target); });
    // The result is [N, 1, H, W] or [N, H, W]: a planar map of one channel either way.
    DenseMapBinding output = builder.denseMap(op.getOutput());
    output.extents = {DimAttr::constant(op.getContext(), 1), input.getDim(2), input.getDim(3)};
    builder.call(kernel, {builder.read(op.getInput()), builder.integer(input.getDim(3)), output});
    return success();
  }
  DenseArgMaxSpec spec;
  int64_t axis = op.getAxis();
  spec.innermost = axis + 1 == input.getRank();
  spec.selectLast = op.getSelectLast();
  spec.type = halideType(input.getElementType());
  int kernel = builder.kernel(
      fmt::format("dense_argmax{},{},{}", spec.innermost, spec.selectLast, elementName(spec.type)),
      [&](const auto &target) { return buildDenseArgMax(spec, target); });
  builder.call(kernel,
               {builder.dense(op.getInput(), aroundAxis(input, axis, true)),
                builder.dense(op.getOutput(), aroundAxis(input, axis, false))},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerCumSum(seg::CumSumOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  auto *context = op.getContext();
  int64_t axis = op.getAxis();
  CumSumSpec spec;
  spec.type = halideType(input.getElementType());
  spec.exclusive = op.getExclusive();
  spec.reverse = op.getReverse();
  int kernel = builder.kernel(fmt::format("cumsum{},{},{},{}", int(spec.type.code()),
                                          spec.type.bits(), spec.exclusive, spec.reverse),
                              [&](const auto &target) { return buildCumSum(spec, target); });
  SmallVector<DimAttr> extents{seg::product(context, input.getShape().take_front(axis)),
                               input.getDim(axis),
                               seg::product(context, input.getShape().drop_front(axis + 1))};
  builder.call(kernel,
               {builder.dense(op.getInput(), extents), builder.dense(op.getOutput(), extents)},
               /*perImage=*/false);
  return success();
}

} // namespace segc
