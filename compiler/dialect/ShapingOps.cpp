//===- ShapingOps.cpp - inference of ops that move elements -----*- C++ -*-===//

#include "compiler/dialect/Inference.h"

#include "llvm/ADT/SmallBitVector.h"

using namespace llvm;
using namespace mlir;

namespace segc::seg {

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  if (failed(checkFeatureMap(report, "the input", input)))
    return failure();
  SmallVector<DimAttr> sizes = dims(op.getSizes());
  if (sizes.size() != 4)
    return report("the sizes are not of rank 4");
  if (failed(checkShape(report, sizes)))
    return failure();
  if (sizes[0] != input.getDim(0) || sizes[1] != input.getDim(1))
    return report("batch and channels cannot be resized");
  if (auto scales = op.getScales()) {
    if (scales->size() != 2)
      return report("scales has " + Twine(scales->size()) + " values instead of 2");
    for (float scale : *scales)
      if (!(scale >= 1e-6f && scale <= 1e6f)) // as a fraction, two int32
        return report("scale " + Twine(std::to_string(scale)) + " is not between 1e-6 and 1e6");
  }
  bool crops = op.getCoordinates() == CoordinateMode::TfCropAndResize;
  if (crops != op.getRoi().has_value() || (crops && op.getRoi()->size() != 4))
    return report("tf_crop_and_resize, and nothing else, takes a region of 4 values");
  types.push_back(TensorType::get(context, sizes, input.getElementType()));
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  if (op.getInputs().empty())
    return report("there is nothing to join");
  auto first = cast<TensorType>(op.getInputs().front().getType());
  int64_t axis = op.getAxis();
  if (failed(checkAxis(report, axis, first.getRank())))
    return failure();
  SmallVector<DimAttr> shape(first.getShape());
  shape[axis] = DimAttr::constant(context, 0);
  for (Value input : op.getInputs()) {
    auto type = cast<TensorType>(input.getType());
    if (type.getRank() != first.getRank() || type.getElementType() != first.getElementType())
      return report("the tensors differ in rank or element type");
    for (int64_t i = 0; i < type.getRank(); ++i) {
      if (i == axis) {
        shape[i] = shape[i] + type.getDim(i);
        continue;
      }
      // Two different expressions may still be equal: the generated code checks.
      if (type.getDim(i).isConstant() && shape[i].isConstant() && type.getDim(i) != shape[i])
        return report("extent " + Twine(i) + " is " + toString(shape[i]) + " in one tensor and " +
                      toString(type.getDim(i)) + " in another");
      if (!shape[i].isConstant() && type.getDim(i).isConstant())
        shape[i] = type.getDim(i);
    }
  }
  if (failed(checkShape(report, shape)))
    return failure();
  types.push_back(TensorType::get(context, shape, first.getElementType()));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                        Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<DimAttr> starts = dims(op.getStarts()), sizes = dims(op.getSizes());
  size_t rank = input.getRank();
  if (starts.size() != rank || sizes.size() != rank || op.getSteps().size() != rank)
    return report("starts, sizes and steps need one value for each of the " + Twine(rank) +
                  " axes");
  if (failed(checkShape(report, sizes)))
    return failure();
  for (size_t i = 0; i < rank; ++i) {
    int64_t step = op.getSteps()[i];
    if (step == 0)
      return report("step 0");
    DimAttr last = starts[i] + (sizes[i] - 1) * step;
    DimAttr low = step > 0 ? starts[i] : last, high = step > 0 ? last : starts[i];
    if (!low || !high)
      return report("the part along axis " + Twine(i) + " overflows");
    DimAttr over = high - input.getDim(i);
    if (upperBound(low).value_or(0) < 0 || lowerBound(over).value_or(-1) >= 0)
      return report("the part along axis " + Twine(i) + " lies outside the input");
  }
  types.push_back(TensorType::get(context, sizes, input.getElementType()));
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                      Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<DimAttr> low = dims(op.getLow()), high = dims(op.getHigh()), shape;
  if (static_cast<int64_t>(low.size()) != input.getRank() || high.size() != low.size())
    return report("the pads need one value for each of the " + Twine(input.getRank()) + " axes");
  for (int64_t i = 0; i < input.getRank(); ++i) {
    shape.push_back(input.getDim(i) + low[i] + high[i]);
    if (op.getMode() != PadMode::Reflect || !input.getDim(i).isConstant())
      continue;
    for (DimAttr pad : {low[i], high[i]})
      if (pad && pad.isConstant() && pad.getValue() >= input.getDim(i).getValue())
        return report("a reflection of " + toString(pad) + " exceeds the extent " +
                      toString(input.getDim(i)));
  }
  if (failed(checkShape(report, shape)))
    return failure();
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                          Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<DimAttr> shape = dims(op.getShape());
  if (failed(checkShape(report, shape)))
    return failure();
  DimAttr before = product(context, input.getShape()), after = product(context, shape);
  if (!before || !after)
    return report("the number of elements overflows");
  if (before.isConstant() && after.isConstant() && before != after)
    return report(toString(before) + " elements do not fit a shape of " + toString(after));
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  SmallBitVector seen(input.getRank());
  SmallVector<DimAttr> shape;
  for (int64_t axis : permutation) {
    if (axis < 0 || axis >= input.getRank() || seen.test(axis))
      return report("the permutation does not name each axis once");
    seen.set(axis);
    shape.push_back(input.getDim(axis));
  }
  if (!seen.all())
    return report("the permutation does not name each axis once");
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

std::pair<DimAttr, DimAttr> viewedIndices(DimAttr start, ArrayRef<int64_t> steps,
                                          ArrayRef<DimAttr> shape, size_t rank, size_t axis) {
  DimAttr low = start, high = start;
  for (auto [i, extent] : enumerate(shape)) {
    int64_t step = steps[i * rank + axis];
    DimAttr &bound = step < 0 ? low : high;
    if (step != 0)
      bound = bound + (extent - 1) * step;
  }
  return {low, high};
}

LogicalResult ViewOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<DimAttr> starts = dims(op.getStarts()), shape = dims(op.getShape());
  size_t rank = input.getRank();
  if (starts.size() != rank || op.getSteps().size() != rank * shape.size())
    return report("starts and steps do not have one value for each axis");
  if (failed(checkShape(report, shape)))
    return failure();
  for (int64_t step : op.getSteps())
    if (step < -INT32_MAX || step > INT32_MAX)
      return report("step " + Twine(step) + " is out of range");
  for (size_t axis = 0; axis < rank; ++axis) {
    auto [low, high] = viewedIndices(starts[axis], op.getSteps(), shape, rank, axis);
    DimAttr over = high - input.getDim(axis);
    if (!low || !over)
      return report("the part along axis " + Twine(axis) + " overflows");
    if (upperBound(low).value_or(0) < 0 || lowerBound(over).value_or(-1) >= 0)
      return report("the part along axis " + Twine(axis) + " lies outside the input");
  }
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

LogicalResult BroadcastOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor op, SmallVectorImpl<Type> &types) {
  Reporter report(location);
  auto input = cast<TensorType>(op.getInput().getType());
  SmallVector<DimAttr> shape = dims(op.getShape());
  if (failed(checkShape(report, shape)))
    return failure();
  auto broadcast = broadcastShapes(shape, input.getShape());
  if (!broadcast || static_cast<int64_t>(shape.size()) < input.getRank() ||
      product(context, *broadcast) != product(context, shape))
    return report("the input does not broadcast to the shape");
  types.push_back(TensorType::get(context, shape, input.getElementType()));
  return success();
}

LogicalResult ConvertLayoutOp::verify() {
  auto from = cast<TensorType>(getInput().getType()), to = cast<TensorType>(getType());
  if (!from.sameShapeAndType(to))
    return emitOpError("changes more than the layout");
  return success();
}

} // namespace segc::seg
