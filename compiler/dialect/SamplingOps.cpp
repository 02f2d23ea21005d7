//===- SamplingOps.cpp - inference of ops that read between pixels -*- C++ -*-===//

#include "compiler/dialect/Inference.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::seg {

/// Bounds on how often a bin is sampled, far above anything real.
static constexpr uint64_t kMostSamples = 1 << 10;

static LogicalResult checkFloats(const Reporter &report, StringRef what, TensorType type,
                                 int64_t rank) {
  if (!type.getElementType().isF32())
    return report(what + " are not f32");
  if (type.getRank() != rank)
    return report(what + " have rank " + Twine(type.getRank()) + " instead of " + Twine(rank));
  return success();
}

/// Whether two extents can be equal. What cannot be proved is checked when the network runs.
static bool mayBeEqual(DimAttr a, DimAttr b) {
  return !(a.isConstant() && b.isConstant() && a != b);
}

LogicalResult GridSampleOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                             Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto grid = cast<TensorType>(op.getGrid().getType());
  const int64_t axes = input.getRank() - 2;
  if (axes != 2 && axes != 3)
    return report("an input of rank " + Twine(input.getRank()) +
                  " is not supported; images have rank 4, volumes 5");
  if (failed(checkFloats(report, "the pixels", input, axes + 2)) ||
      failed(checkFloats(report, "the grid's coordinates", grid, axes + 2)))
    return failure();
  if (!grid.getShape().back().isConstant(axes))
    return report("the grid has " + toString(grid.getShape().back()) +
                  " coordinates a place instead of " + Twine(axes));
  if (!mayBeEqual(input.getDim(0), grid.getDim(0)))
    return report("there are " + toString(input.getDim(0)) + " images and " +
                  toString(grid.getDim(0)) + " grids");
  SmallVector<DimAttr> shape{input.getDim(0), input.getDim(1)};
  shape.append(grid.getShape().begin() + 1, grid.getShape().end() - 1);
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return checkShape(report, shape);
}

/// [R, C, height, width].
template <typename Adaptor>
static LogicalResult inferRegions(const Reporter &report, Adaptor &op, int64_t numbers,
                                  SmallVectorImpl<Type> &types) {
  auto input = cast<TensorType>(op.getInput().getType());
  auto rois = cast<TensorType>(op.getRois().getType());
  if (failed(checkFloats(report, "the pixels", input, 4)) ||
      failed(checkFloats(report, "the regions", rois, 2)))
    return failure();
  if (!rois.getDim(1).isConstant(numbers))
    return report("a region has " + toString(rois.getDim(1)) + " numbers instead of " +
                  Twine(numbers));
  const int64_t size[] = {static_cast<int64_t>(op.getOutputHeight()),
                          static_cast<int64_t>(op.getOutputWidth())};
  if (failed(checkList(report, "the output's extent", size, 2, 1)))
    return failure();
  if (!std::isfinite(op.getSpatialScale().convertToFloat()))
    return report("spatial_scale is not a finite number");
  auto *context = input.getContext();
  SmallVector<DimAttr> shape{rois.getDim(0), input.getDim(1), DimAttr::constant(context, size[0]),
                             DimAttr::constant(context, size[1])};
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return checkShape(report, shape);
}

LogicalResult RoiAlignOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto rois = cast<TensorType>(op.getRois().getType());
  auto images = cast<TensorType>(op.getImages().getType());
  if (images.getRank() != 1 || !images.getElementType().isInteger(64))
    return report("the numbers of the regions' images are not i64 of rank 1");
  if (op.getSamplingRatio() > kMostSamples) // as are negative numbers
    return report("a sampling ratio of " + Twine(static_cast<int64_t>(op.getSamplingRatio())) +
                  " is not between 0 and " + Twine(kMostSamples));
  if (failed(inferRegions(report, op, 4, types)))
    return failure();
  if (!mayBeEqual(rois.getDim(0), images.getDim(0)))
    return report("there are " + toString(rois.getDim(0)) + " regions and numbers of " +
                  toString(images.getDim(0)) + " images");
  return success();
}

LogicalResult RoiMaxPoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                             Adaptor op, SmallVectorImpl<Type> &types) {
  return inferRegions(Reporter(location), op, 5, types);
}

/// [N, `channels`, OH, OW] beside a deformable convolution, with the result's extents.
static LogicalResult checkBeside(const Reporter &report, StringRef what, TensorType type,
                                 int64_t channels, ArrayRef<DimAttr> result) {
  if (failed(checkFloats(report, what, type, 4)))
    return failure();
  if (!type.getDim(1).isConstant(channels))
    return report(what + " have " + toString(type.getDim(1)) + " channels instead of " +
                  Twine(channels));
  for (int64_t axis : {0, 2, 3})
    if (!mayBeEqual(type.getDim(axis), result[axis]))
      return report(what + " have extent " + toString(type.getDim(axis)) + " along axis " +
                    Twine(axis) + ", the result " + toString(result[axis]));
  return success();
}

LogicalResult DeformConv2dOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> location, Adaptor op,
                                               SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  auto weight = cast<TensorType>(op.getWeight().getType());
  if (failed(checkFeatureMap(report, "the input", input)) ||
      failed(checkFloats(report, "the pixels", input, 4)) ||
      failed(checkFloats(report, "the weights", weight, 4)) ||
      failed(checkList(report, "stride", op.getStrides(), 2, 1)) ||
      failed(checkList(report, "dilation", op.getDilations(), 2, 1)) ||
      failed(checkList(report, "pad", op.getPads(), 4, 0)))
    return failure();
  for (DimAttr extent : weight.getShape())
    if (!extent.isConstant())
      return report("the shape of the weights is not fixed");
  const int64_t kernel[] = {weight.getDim(2).getValue(), weight.getDim(3).getValue()};
  const int64_t channels = input.getDim(1).getValue(), outputs = weight.getDim(0).getValue();
  if (failed(checkList(report, "kernel", kernel, 2, 1)))
    return failure();
  const int64_t groups = static_cast<int64_t>(op.getGroups()),
                offsetGroups = static_cast<int64_t>(op.getOffsetGroups());
  if (groups < 1 || channels % groups != 0 || outputs % groups != 0)
    return report(Twine(groups) + " groups do not divide " + Twine(channels) + " channels and " +
                  Twine(outputs) + " outputs");
  if (offsetGroups < 1 || channels % offsetGroups != 0)
    return report(Twine(offsetGroups) + " groups of offsets do not divide " + Twine(channels) +
                  " channels");
  if (weight.getDim(1).getValue() != channels / groups)
    return report("weights for " + toString(weight.getDim(1)) + " channels a group do not fit " +
                  Twine(channels / groups));
  SmallVector<DimAttr> shape{input.getDim(0), weight.getDim(0)};
  for (int i = 0; i < 2; ++i)
    shape.push_back(windowCount(input.getDim(2 + i), kernel[i], op.getStrides()[i],
                                op.getDilations()[i], op.getPads()[i], op.getPads()[2 + i]));
  if (failed(checkShape(report, shape)))
    return failure();
  // The extents above are bounded, so that these products are.
  const int64_t taps = offsetGroups * kernel[0] * kernel[1];
  if (failed(checkBeside(report, "the offsets", cast<TensorType>(op.getOffset().getType()),
                         2 * taps, shape)))
    return failure();
  if (op.getMask() && failed(checkBeside(report, "the mask's values",
                                         cast<TensorType>(op.getMask().getType()), taps, shape)))
    return failure();
  if (op.getBias()) {
    auto bias = cast<TensorType>(op.getBias().getType());
    if (failed(checkFloats(report, "the biases", bias, 1)))
      return failure();
    if (bias.getDim(0) != weight.getDim(0))
      return report("there are " + toString(bias.getDim(0)) + " biases for " + Twine(outputs) +
                    " outputs");
  }
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

} // namespace segc::seg
