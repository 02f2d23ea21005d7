//===- Movement.cpp - meaning of ops that move elements ---------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

Results evaluate(seg::ConcatOp op, const Arguments &in) {
  size_t axis = op.getAxis();
  SmallVector<int64_t> shape = in[0u].shape;
  for (unsigned i = 1; i < in.size(); ++i) {
    for (size_t j = 0; j < shape.size(); ++j)
      if (j != axis && in[i].shape[j] != in[0u].shape[j])
        return in.error("the tensors differ in extent " + Twine(j) + ": " + Twine(in[0u].shape[j]) +
                        " and " + Twine(in[i].shape[j]));
    shape[axis] += in[i].shape[axis];
  }
  Tensor output = Tensor::zeros(in[0u].elementType, shape);
  SmallVector<int64_t> strides = rowMajorStrides(shape);
  int64_t start = 0;
  for (unsigned i = 0; i < in.size(); ++i) {
    int64_t from = 0;
    forEachIndex(in[i].shape, [&](ArrayRef<int64_t> at) {
      output.copyElement(offsetOf(at, strides) + start * strides[axis], in[i], from++);
    });
    start += in[i].shape[axis];
  }
  return single(std::move(output));
}

Results evaluate(seg::SliceOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto starts = in.evaluate(op.getStarts());
  if (!starts)
    return starts.takeError();
  auto sizes = in.evaluate(op.getSizes());
  if (!sizes)
    return sizes.takeError();
  auto steps = op.getSteps();
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    int64_t size = (*sizes)[axis], first = (*starts)[axis];
    // A part of what has not been found, from the place where it would begin.
    if (size == 0 && first >= 0 && first <= input.shape[axis])
      continue;
    int64_t last = first + (size - 1) * steps[axis];
    if (size < 1 || std::min(first, last) < 0 || std::max(first, last) >= input.shape[axis])
      return in.error("the part from " + Twine(first) + " to " + Twine(last) + " along axis " +
                      Twine(axis) + " leaves the input's extent of " + Twine(input.shape[axis]));
  }
  Tensor output = Tensor::zeros(input.elementType, *sizes);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape);
  int64_t to = 0;
  forEachIndex(*sizes, [&](ArrayRef<int64_t> at) {
    int64_t from = 0;
    for (size_t axis = 0; axis < at.size(); ++axis)
      from += ((*starts)[axis] + at[axis] * steps[axis]) * strides[axis];
    output.copyElement(to++, input, from);
  });
  return single(std::move(output));
}

/// The input's index that a pad shows at `i`, which may lie outside; -1 for the constant.
static int64_t paddedIndex(seg::PadMode mode, int64_t i, int64_t extent) {
  if (i >= 0 && i < extent)
    return i;
  if (mode == seg::PadMode::Constant)
    return -1;
  if (mode == seg::PadMode::Edge || extent == 1)
    return i < 0 ? 0 : extent - 1;
  // A reflection repeats itself after going there and back.
  int64_t period = 2 * (extent - 1);
  int64_t place = ((i % period) + period) % period;
  return place < extent ? place : period - place;
}

Results evaluate(seg::PadOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto low = in.evaluate(op.getLow());
  if (!low)
    return low.takeError();
  auto high = in.evaluate(op.getHigh());
  if (!high)
    return high.takeError();
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    shape.push_back(input.shape[axis] + (*low)[axis] + (*high)[axis]);
    if (shape.back() < 1)
      return in.error("the result would be empty");
  }
  Tensor output = Tensor::zeros(input.elementType, shape);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape);
  float value = op.getValue().convertToFloat();
  int64_t to = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> at) {
    int64_t from = 0;
    bool constant = false;
    for (size_t axis = 0; axis < at.size(); ++axis) {
      int64_t i = paddedIndex(op.getMode(), at[axis] - (*low)[axis], input.shape[axis]);
      constant |= i < 0;
      from += i * strides[axis];
    }
    if (!constant)
      output.copyElement(to, input, from);
    else if (output.isFloat())
      output.floats[to] = value;
    else
      output.ints[to] = wrapTo(output.elementType, static_cast<int64_t>(value));
    ++to;
  });
  return single(std::move(output));
}

Results evaluate(seg::ReshapeOp op, const Arguments &in) {
  auto shape = in.evaluate(op.getShape());
  if (!shape)
    return shape.takeError();
  Tensor output = in[op.getInput()];
  if (elementCount(*shape) != output.size())
    return in.error(Twine(output.size()) + " elements do not fit a shape of " +
                    Twine(elementCount(*shape)));
  output.shape = *shape;
  return single(std::move(output));
}

Results evaluate(seg::TransposeOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  SmallVector<int64_t> shape, strides, inputStrides = rowMajorStrides(input.shape);
  for (int64_t axis : op.getPermutation()) {
    shape.push_back(input.shape[axis]);
    strides.push_back(inputStrides[axis]);
  }
  Tensor output = Tensor::zeros(input.elementType, shape);
  int64_t to = 0;
  forEachIndex(
      shape, [&](ArrayRef<int64_t> at) { output.copyElement(to++, input, offsetOf(at, strides)); });
  return single(std::move(output));
}

Results evaluate(seg::ViewOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto starts = in.evaluate(op.getStarts());
  if (!starts)
    return starts.takeError();
  auto shape = in.evaluate(op.getShape());
  if (!shape)
    return shape.takeError();
  size_t rank = input.shape.size();
  Tensor output = Tensor::zeros(input.elementType, *shape);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape);
  int64_t to = 0;
  bool isInside = true;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> from(*starts);
    for (size_t i = 0; i < at.size(); ++i)
      for (size_t axis = 0; axis < rank; ++axis)
        from[axis] += at[i] * op.getSteps()[i * rank + axis];
    for (size_t axis = 0; axis < rank; ++axis)
      isInside &= from[axis] >= 0 && from[axis] < input.shape[axis];
    if (isInside)
      output.copyElement(to++, input, offsetOf(from, strides));
  });
  if (!isInside)
    return in.error("the part leaves the input");
  return single(std::move(output));
}

Results evaluate(seg::BroadcastOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto shape = in.evaluate(op.getShape());
  if (!shape)
    return shape.takeError();
  for (size_t i = 0; i < input.shape.size(); ++i) {
    int64_t extent = input.shape[input.shape.size() - 1 - i];
    if (extent != 1 && extent != (*shape)[shape->size() - 1 - i])
      return in.error("an extent of " + Twine(extent) + " does not broadcast to " +
                      Twine((*shape)[shape->size() - 1 - i]));
  }
  Tensor output = Tensor::zeros(input.elementType, *shape);
  SmallVector<int64_t> strides = broadcastStrides(input.shape, *shape);
  int64_t to = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    output.copyElement(to++, input, offsetOf(at, strides));
  });
  return single(std::move(output));
}

Results evaluate(seg::ConvertLayoutOp op, const Arguments &in) { return single(in[op.getInput()]); }

} // namespace segc::interpreter
