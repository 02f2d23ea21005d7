//===- LowerPooling.cpp - pooling, switches and unpooling -------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/Pool.h"
#include "schedules/cuda/Plain.h"

using llvm::all_of;
using namespace mlir;

namespace segc {

using mlir::Value;

using seg::TensorType;

static std::string keyOf(const PoolSpec &spec) {
  std::string key = "pool" + std::to_string(int(spec.kind));
  for (int value : {spec.channels, spec.block, spec.kernel[0], spec.kernel[1], spec.stride[0],
                    spec.stride[1], spec.dilation[0], spec.dilation[1], spec.pads[0], spec.pads[1],
                    spec.pads[2], spec.pads[3], int(spec.ceilMode), int(spec.countIncludePad)})
    key += "," + std::to_string(value);
  return key;
}

template <typename Op> static PoolSpec specOf(Op op, PoolKind kind, int lanes) {
  PoolSpec spec;
  spec.kind = kind;
  spec.channels = static_cast<int>(typeOf(op.getInput()).getDim(1).getValue());
  spec.block = lanes;
  for (int i = 0; i < 2; ++i) {
    spec.kernel[i] = static_cast<int>(op.getKernel()[i]);
    spec.stride[i] = static_cast<int>(op.getStrides()[i]);
    spec.dilation[i] = static_cast<int>(op.getDilations()[i]);
  }
  for (int i = 0; i < 4; ++i)
    spec.pads[i] = static_cast<int>(op.getPads()[i]);
  spec.ceilMode = op.getCeilMode();
  return spec;
}

static LogicalResult lowerPool(Operation *op, const PoolSpec &spec, ProgramBuilder &builder) {
  int kernel =
      builder.kernel(keyOf(spec), [&](const auto &target) { return buildPool(spec, target); });
  Value input = op->getOperand(0);
  std::vector<Binding> arguments{builder.read(input), builder.integer(typeOf(input).getDim(3))};
  for (Value result : op->getResults())
    arguments.push_back(builder.write(result));
  builder.call(kernel, std::move(arguments));
  return success();
}

LogicalResult lowerMaxPool2d(seg::MaxPool2dOp op, ProgramBuilder &builder) {
  return lowerPool(op, specOf(op, PoolKind::Max, builder.lanes()), builder);
}

LogicalResult lowerMaxPoolSwitches(seg::MaxPoolSwitchesOp op, ProgramBuilder &builder) {
  return lowerPool(op, specOf(op, PoolKind::MaxWithSwitches, builder.lanes()), builder);
}

LogicalResult lowerAvgPool2d(seg::AvgPool2dOp op, ProgramBuilder &builder) {
  PoolSpec spec = specOf(op, PoolKind::Average, builder.lanes());
  spec.countIncludePad = op.getCountIncludePad();
  return lowerPool(op, spec, builder);
}

/// Whether the switches surely come from windows that do not overlap, each value's from its own.
static bool switchesInWindow(seg::MaxUnpool2dOp op) {
  auto pool = op.getSwitches().getDefiningOp<seg::MaxPoolSwitchesOp>();
  auto zero = [](int64_t value) { return value == 0; };
  auto one = [](int64_t value) { return value == 1; };
  return pool && pool.getKernel() == pool.getStrides() && op.getStrides() == pool.getStrides() &&
         all_of(pool.getPads(), zero) && all_of(pool.getDilations(), one);
}

LogicalResult lowerMaxUnpool2d(seg::MaxUnpool2dOp op, ProgramBuilder &builder) {
  MaxUnpoolSpec spec;
  spec.channels = static_cast<int>(typeOf(op.getInput()).getDim(1).getValue());
  spec.block = builder.lanes();
  spec.stride[0] = static_cast<int>(op.getStrides()[0]);
  spec.stride[1] = static_cast<int>(op.getStrides()[1]);
  spec.switchesInWindow = switchesInWindow(op);
  std::string key = "max_unpool";
  for (int value :
       {spec.channels, spec.block, spec.stride[0], spec.stride[1], int(spec.switchesInWindow)})
    key += "," + std::to_string(value);
  int kernel =
      builder.kernel(key, [&](const auto &target) { return buildMaxUnpool(spec, target); });
  SmallVector<seg::DimAttr> indexed = seg::dims(op.getIndexed());
  builder.call(kernel, {builder.read(op.getInput()), builder.read(op.getSwitches()),
                        builder.integer(typeOf(op.getInput()).getDim(3)),
                        builder.integer(indexed[3]), builder.write(op.getOutput())});
  return success();
}

template <typename Op>
static SwitchesSpec switchesSpec(Op op, ProgramBuilder &builder, bool columnMajor) {
  SwitchesSpec spec;
  spec.channels = static_cast<int>(typeOf(op.getInput()).getDim(1).getValue());
  spec.block = builder.lanes();
  spec.columnMajor = columnMajor;
  return spec;
}

LogicalResult lowerSwitchesToFlat(seg::SwitchesToFlatOp op, ProgramBuilder &builder) {
  SwitchesSpec spec = switchesSpec(op, builder, op.getColumnMajor());
  int kernel = builder.kernel(
      "switches_to" + std::to_string(spec.channels) + "," + std::to_string(spec.columnMajor),
      [&](const auto &target) { return buildSwitchesToOnnx(spec, target); });
  SmallVector<seg::DimAttr> plane = seg::dims(op.getPlane());
  builder.call(kernel,
               {builder.read(op.getInput()), builder.imageIndex(), builder.integer(plane[0]),
                builder.integer(plane[1]), builder.denseMap(op.getOutput())});
  return success();
}

LogicalResult lowerSwitchesFromFlat(seg::SwitchesFromFlatOp op, ProgramBuilder &builder) {
  SwitchesSpec spec = switchesSpec(op, builder, false);
  int kernel =
      builder.kernel("switches_from" + std::to_string(spec.channels),
                     [&](const auto &target) { return buildSwitchesFromOnnx(spec, target); });
  SmallVector<seg::DimAttr> plane = seg::dims(op.getPlane());
  builder.call(kernel,
               {builder.denseMap(op.getInput()), builder.imageIndex(), builder.integer(plane[0]),
                builder.integer(plane[1]), builder.write(op.getOutput())});
  return success();
}

} // namespace segc
