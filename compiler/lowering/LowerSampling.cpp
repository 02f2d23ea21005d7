//===- LowerSampling.cpp - ops that read between pixels ---------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/DeformConv.h"
#include "schedules/cpu/GridSample.h"
#include "schedules/cpu/Regions.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

LogicalResult lowerGridSample(seg::GridSampleOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), grid = typeOf(op.getGrid()), result = typeOf(op);
  auto *context = op.getContext();
  GridSampleSpec spec;
  spec.axes = static_cast<int>(input.getRank() - 2);
  spec.mode = op.getMode();
  spec.padding = op.getPadding();
  spec.alignCorners = op.getAlignCorners();
  builder.require(grid.getDim(0), Check::Relation::Equal, input.getDim(0),
                  "the number of its grids and images");
  std::string key = fmt::format("grid_sample{},{},{},{}", spec.axes, int(spec.mode),
                                int(spec.padding), spec.alignCorners);
  int kernel =
      builder.kernel(key, [&](const auto &target) { return buildGridSample(spec, target); });
  DimAttr places = seg::product(context, result.getShape().drop_front(2));
  builder.call(
      kernel,
      {builder.dense(op.getInput()),
       builder.dense(op.getGrid(), {grid.getDim(0), places, DimAttr::constant(context, spec.axes)}),
       builder.dense(op.getOutput(), {result.getDim(0), result.getDim(1), places})},
      /*perImage=*/false);
  return success();
}

/// All of the rest as in `arguments`, region by region.
static void callForRegions(StringRef function, int kernel, std::vector<Binding> arguments,
                           ProgramBuilder &builder, MLIRContext *context) {
  builder.repeat(DimAttr::constant(context, 1));
  builder.callRuntime("segc_regions.h", function, {kernel}, std::move(arguments));
}

LogicalResult lowerRoiAlign(seg::RoiAlignOp op, ProgramBuilder &builder) {
  builder.require(typeOf(op.getImages()).getDim(0), Check::Relation::Equal,
                  typeOf(op.getRois()).getDim(0), "the number of its regions");
  const bool maximum = op.getMaximum();
  int kernel = builder.kernel(fmt::format("roi_align{}", maximum),
                              [&](const auto &target) { return buildRoiAlign(maximum, target); });
  Binding parameters = builder.literal(fmt::format(
      "segc::RoiAlignParameters{{{}, {:a}f, {}}}", static_cast<int64_t>(op.getSamplingRatio()),
      op.getSpatialScale().convertToFloat(), op.getHalfPixel()));
  callForRegions("segc::roiAlign", kernel,
                 {parameters, builder.dense(op.getInput()), builder.dense(op.getRois()),
                  builder.dense(op.getImages()), builder.dense(op.getOutput())},
                 builder, op.getContext());
  return success();
}

LogicalResult lowerRoiMaxPool(seg::RoiMaxPoolOp op, ProgramBuilder &builder) {
  int kernel =
      builder.kernel("roi_max_pool", [&](const auto &target) { return buildRoiMaxPool(target); });
  callForRegions("segc::roiMaxPool", kernel,
                 {builder.real(op.getSpatialScale().convertToFloat()), builder.dense(op.getInput()),
                  builder.dense(op.getRois()), builder.dense(op.getOutput())},
                 builder, op.getContext());
  return success();
}

LogicalResult lowerDeformConv2d(seg::DeformConv2dOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), weight = typeOf(op.getWeight()), result = typeOf(op);
  auto *context = op.getContext();
  auto constant = [&](int64_t value) { return DimAttr::constant(context, value); };
  DimAttr n = result.getDim(0), height = result.getDim(2), width = result.getDim(3);
  const bool hasMask = op.getMask() != nullptr, hasBias = op.getBias() != nullptr;
  for (mlir::Value beside : {mlir::Value(op.getOffset()), mlir::Value(op.getMask())})
    if (beside)
      for (int axis : {0, 2, 3})
        builder.require(typeOf(beside).getDim(axis), Check::Relation::Equal, result.getDim(axis),
                        "axis " + std::to_string(axis) + " of its offsets and mask");

  const auto groups = static_cast<int64_t>(op.getGroups()),
             offsetGroups = static_cast<int64_t>(op.getOffsetGroups());
  const int64_t channels = input.getDim(1).getValue(), outputs = weight.getDim(0).getValue();
  const int64_t kernelWidth = weight.getDim(3).getValue();
  const int64_t taps = weight.getDim(2).getValue() * kernelWidth;
  DimAttr tapCount = constant(taps), moves = constant(offsetGroups),
          channelsOfMove = constant(channels / offsetGroups);

  // Row by row of the result, all images at a time.
  builder.repeat(height);
  DenseBinding columns = builder.scratch(
      TensorType::get(context, {n, constant(channels), tapCount, width}, input.getElementType()),
      "columns");
  DenseBinding byMove = columns, byGroup = columns;
  byMove.extents = {n, moves, channelsOfMove, tapCount, width};
  byGroup.extents = {n, constant(groups), constant(channels / groups * taps), width};

  int sample = builder.kernel(fmt::format("deform_columns{}", hasMask), [&](const auto &target) {
    return buildDeformColumns(hasMask, target);
  });
  std::vector<Binding> arguments{
      builder.dense(op.getInput(), {n, moves, channelsOfMove, input.getDim(2), input.getDim(3)}),
      builder.dense(op.getOffset(), {n, moves, tapCount, constant(2), height, width})};
  if (hasMask)
    arguments.push_back(builder.dense(op.getMask(), {n, moves, tapCount, height, width}));
  arguments.push_back(builder.imageIndex());
  for (int64_t number : {kernelWidth, op.getStrides()[0], op.getStrides()[1], op.getDilations()[0],
                         op.getDilations()[1], op.getPads()[0], op.getPads()[1]})
    arguments.push_back(builder.integer(number));
  arguments.push_back(byMove);
  builder.call(sample, std::move(arguments), /*perImage=*/false);

  int product = builder.kernel(fmt::format("deform_product{}", hasBias), [&](const auto &target) {
    return buildDeformProduct(hasBias, target);
  });
  DimAttr outputsOfGroup = constant(outputs / groups), plane = height * width;
  arguments = {byGroup, builder.dense(op.getWeight(), {constant(groups), outputsOfGroup,
                                                       constant(channels / groups * taps)})};
  if (hasBias)
    arguments.push_back(builder.dense(op.getBias(), {constant(groups), outputsOfGroup}));
  StridedBinding row =
      builder.strided(op.getOutput(), constant(0), {n, constant(groups), outputsOfGroup, width},
                      {plane * outputs, plane * (outputs / groups), plane, constant(1)});
  row.perImage = width;
  arguments.push_back(row);
  builder.call(product, std::move(arguments), /*perImage=*/false);
  return success();
}

} // namespace segc
