//===- LowerCopying.cpp - ops that move elements ----------------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"

#include "compiler/kernels/Scalar.h"
#include "schedules/cpu/ChannelsLast.h"
#include "schedules/cpu/Copy.h"
#include "schedules/cpu/Layout.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

Halide::Type halideType(mlir::Type elementType) {
  int bits = static_cast<int>(elementType.getIntOrFloatBitWidth());
  if (elementType.isBF16())
    return Halide::BFloat(bits);
  if (isa<FloatType>(elementType))
    return Halide::Float(bits);
  if (elementType.isInteger(1))
    return Halide::Bool();
  return elementType.isUnsignedInteger() ? Halide::UInt(bits) : Halide::Int(bits);
}

static int copyKernel(ProgramBuilder &builder, Halide::Type from, Halide::Type to, int64_t rank,
                      int64_t contiguous) {
  CopySpec spec;
  spec.from = from;
  spec.to = to;
  spec.rank = static_cast<int>(rank);
  spec.contiguousDimension = static_cast<int>(contiguous);
  std::string key =
      fmt::format("copy{},{},{},{}", elementName(from), elementName(to), rank, contiguous);
  return builder.kernel(key, [&](const auto &target) { return buildCopy(spec, target); });
}

static LogicalResult checkRank(Operation *op, int64_t rank) {
  if (rank > kMaxViewRank)
    return op->emitError("tensors of rank ") << rank << " are not supported";
  return success();
}

/// Elements from one index of each axis to the next, in a dense tensor.
static SmallVector<DimAttr> denseStrides(TensorType type) {
  SmallVector<DimAttr> strides(type.getRank());
  DimAttr stride = DimAttr::constant(type.getContext(), 1);
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    strides[i] = stride;
    stride = stride * type.getDim(i);
  }
  return strides;
}

/// Axes of a strided copy, outermost first.
struct CopiedAxes {
  SmallVector<DimAttr> extents, strides;
};

/// The same elements with as few axes as can be: those of extent 1 are left out, and neighbours
/// that step through the input as one axis would are joined. One axis stays at least.
static CopiedAxes joinedAxes(MLIRContext *context, ArrayRef<DimAttr> extents,
                             ArrayRef<DimAttr> strides) {
  CopiedAxes joined;
  for (auto [extent, stride] : llvm::zip(extents, strides)) {
    if (extent.isConstant(1))
      continue;
    if (!joined.extents.empty() && joined.strides.back() == stride * extent) {
      joined.extents.back() = joined.extents.back() * extent;
      joined.strides.back() = stride;
      continue;
    }
    joined.extents.push_back(extent);
    joined.strides.push_back(stride);
  }
  if (joined.extents.empty()) {
    joined.extents.push_back(DimAttr::constant(context, 1));
    joined.strides.push_back(DimAttr::constant(context, 1));
  }
  return joined;
}

/// The result element by element from the input, by the strides of the input's elements.
static LogicalResult gather(Operation *op, DimAttr offset, ArrayRef<DimAttr> strides,
                            ProgramBuilder &builder) {
  auto result = typeOf(op->getResult(0));
  CopiedAxes axes = joinedAxes(op->getContext(), result.getShape(), strides);
  int64_t rank = static_cast<int64_t>(axes.extents.size());
  if (failed(checkRank(op, rank)))
    return failure();
  int64_t contiguous = -1;
  for (auto [axis, stride] : llvm::enumerate(axes.strides))
    if (stride.isConstant(1))
      contiguous = rank - 1 - static_cast<int64_t>(axis);
  Halide::Type type = halideType(result.getElementType());
  builder.call(copyKernel(builder, type, type, rank, contiguous),
               {builder.strided(op->getOperand(0), offset, axes.extents, axes.strides),
                builder.dense(op->getResult(0), axes.extents)},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerConcat(seg::ConcatOp op, ProgramBuilder &builder) {
  TensorType result = typeOf(op);
  auto placed = op->getAttrOfType<DenseBoolArrayAttr>(seg::kPlacedAttr);
  DimAttr position = DimAttr::constant(op.getContext(), 0);
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    TensorType type = typeOf(input);
    DimAttr begin = position;
    position = position + type.getDim(op.getAxis());
    if (placed && placed[i])
      continue;
    if (seg::LayoutAttr layout = result.getLayout()) {
      ChannelCopySpec spec;
      spec.block = static_cast<int>(layout.getBlock());
      spec.channels = spec.sourceChannels = static_cast<int>(type.getDim(1).getValue());
      spec.destinationChannels = static_cast<int>(result.getDim(1).getValue());
      spec.destinationBegin = static_cast<int>(begin.getValue());
      std::string key = fmt::format("channel_copy{},{},{},{}", spec.block, spec.channels,
                                    spec.destinationChannels, spec.destinationBegin);
      int kernel =
          builder.kernel(key, [&](const auto &target) { return buildChannelCopy(spec, target); });
      builder.call(kernel, {builder.read(input), builder.write(op.getOutput())});
      continue;
    }
    // [outer, axis * inner]: rows of the input, into a part of the result's rows.
    auto *context = op.getContext();
    DimAttr inner = seg::product(context, result.getShape().drop_front(op.getAxis() + 1));
    DimAttr outer = seg::product(context, result.getShape().take_front(op.getAxis()));
    DimAttr row = type.getDim(op.getAxis()) * inner, one = DimAttr::constant(context, 1);
    Halide::Type element = halideType(result.getElementType());
    builder.call(copyKernel(builder, element, element, 2, 0),
                 {builder.dense(input, {outer, row}),
                  builder.strided(op.getOutput(), begin * inner, {outer, row},
                                  {result.getDim(op.getAxis()) * inner, one})},
                 /*perImage=*/false);
  }
  return success();
}

LogicalResult lowerSlice(seg::SliceOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), result = typeOf(op);
  SmallVector<DimAttr> starts = seg::dims(op.getStarts());
  if (seg::LayoutAttr layout = result.getLayout()) {
    LayoutSpec spec;
    spec.channels = static_cast<int>(result.getDim(1).getValue());
    spec.fromBlock = spec.toBlock = static_cast<int>(layout.getBlock());
    std::string key =
        fmt::format("layout{},{},{},{},{}", 1, 32, spec.channels, spec.fromBlock, spec.toBlock);
    int kernel = builder.kernel(key, [&](const auto &target) { return buildLayout(spec, target); });
    MapBinding source = builder.read(op.getInput());
    source.cropTop = starts[2];
    source.cropLeft = starts[3];
    builder.call(kernel, {source, builder.write(op.getOutput())});
    return success();
  }
  SmallVector<DimAttr> strides = denseStrides(input);
  DimAttr offset = DimAttr::constant(op.getContext(), 0);
  for (auto [i, start] : llvm::enumerate(starts)) {
    offset = offset + start * strides[i];
    strides[i] = strides[i] * op.getSteps()[i];
  }
  return gather(op, offset, strides, builder);
}

/// Between a laid-out map and a dense [N, H, W, C].
static LogicalResult lowerChannelsLast(seg::TransposeOp op, ProgramBuilder &builder) {
  ChannelsLastSpec spec;
  spec.toMap = typeOf(op.getOutput()).getLayout() != nullptr;
  mlir::Value map = spec.toMap ? op.getOutput() : op.getInput();
  spec.type = halideType(typeOf(map).getElementType());
  spec.channels = static_cast<int>(typeOf(map).getDim(1).getValue());
  spec.block = static_cast<int>(typeOf(map).getLayout().getBlock());
  std::string key = fmt::format("channels_last{},{},{},{},{}", int(spec.type.code()),
                                spec.type.bits(), spec.channels, spec.block, spec.toMap);
  int kernel =
      builder.kernel(key, [&](const auto &target) { return buildChannelsLast(spec, target); });
  builder.call(kernel, {builder.readEither(op.getInput()), builder.writeEither(op.getOutput())});
  return success();
}

LogicalResult lowerTranspose(seg::TransposeOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  if (isChannelsLast(input))
    return success(); // it lies so
  if (input.getLayout() || typeOf(op).getLayout())
    return lowerChannelsLast(op, builder);
  SmallVector<DimAttr> strides = denseStrides(input), permuted;
  for (int64_t axis : op.getPermutation())
    permuted.push_back(strides[axis]);
  return gather(op, DimAttr::constant(op.getContext(), 0), permuted, builder);
}

LogicalResult lowerView(seg::ViewOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput());
  SmallVector<DimAttr> own = denseStrides(input);
  DimAttr zero = DimAttr::constant(op.getContext(), 0), offset = zero;
  for (auto [start, stride] : llvm::zip(seg::dims(op.getStarts()), own))
    offset = offset + start * stride;
  SmallVector<DimAttr> strides(typeOf(op).getRank(), zero);
  for (auto [i, step] : llvm::enumerate(op.getSteps()))
    strides[i / own.size()] = strides[i / own.size()] + own[i % own.size()] * step;
  return gather(op, offset, strides, builder);
}

LogicalResult lowerBroadcast(seg::BroadcastOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), result = typeOf(op);
  SmallVector<DimAttr> own = denseStrides(input);
  DimAttr zero = DimAttr::constant(op.getContext(), 0);
  SmallVector<DimAttr> strides(result.getRank(), zero);
  int64_t shift = result.getRank() - input.getRank();
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (!input.getDim(i).isConstant(1))
      strides[shift + i] = own[i];
  return gather(op, zero, strides, builder);
}

LogicalResult lowerCast(seg::CastOp op, ProgramBuilder &builder) {
  auto input = cast<TensorType>(op.getInput().getType()), result = cast<TensorType>(op.getType());
  int kernel = copyKernel(builder, halideType(input.getElementType()),
                          halideType(result.getElementType()), 1, 0);
  DimAttr count = seg::product(op.getContext(), result.getShape());
  builder.call(kernel, {builder.dense(op.getInput(), count), builder.dense(op.getOutput(), count)},
               /*perImage=*/false);
  return success();
}

LogicalResult lowerPad(seg::PadOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), result = typeOf(op);
  SmallVector<DimAttr> low = seg::dims(op.getLow());
  float value = op.getValue().convertToFloat();
  if (seg::LayoutAttr layout = result.getLayout()) {
    PadSpec spec;
    spec.mode = op.getMode();
    spec.value = value;
    spec.channels = static_cast<int>(result.getDim(1).getValue());
    spec.block = static_cast<int>(layout.getBlock());
    std::string key =
        fmt::format("pad{},{:a},{},{}", int(spec.mode), spec.value, spec.channels, spec.block);
    int kernel = builder.kernel(key, [&](const auto &target) { return buildPad(spec, target); });
    builder.call(kernel,
                 {builder.read(op.getInput()), builder.integer(input.getDim(3)),
                  builder.integer(low[2]), builder.integer(low[3]), builder.write(op.getOutput())});
    return success();
  }
  if (failed(checkRank(op, result.getRank())))
    return failure();
  DensePadSpec spec;
  spec.type = storageType(halideType(result.getElementType()));
  spec.mode = op.getMode();
  spec.value = value;
  spec.rank = static_cast<int>(result.getRank());
  std::string key = fmt::format("dense_pad{},{},{},{:a},{}", spec.type.is_float(), spec.type.bits(),
                                int(spec.mode), spec.value, spec.rank);
  int kernel = builder.kernel(key, [&](const auto &target) { return buildDensePad(spec, target); });
  std::vector<Binding> arguments{builder.dense(op.getInput())};
  for (DimAttr pad : llvm::reverse(low))
    arguments.push_back(builder.integer(pad));
  arguments.push_back(builder.dense(op.getOutput()));
  builder.call(kernel, std::move(arguments), /*perImage=*/false);
  return success();
}

LogicalResult lowerOutputCopy(Value value, unsigned index, ProgramBuilder &builder) {
  TensorType type = typeOf(value);
  Halide::Type element = halideType(type.getElementType());
  builder.call(copyKernel(builder, element, element, 1, 0),
               {builder.dense(value, seg::product(type.getContext(), type.getShape())),
                builder.output(index)},
               /*perImage=*/false);
  return success();
}

} // namespace segc
