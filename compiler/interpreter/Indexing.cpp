//===- Indexing.cpp - meaning of ops whose indices are data -----*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"
#include "compiler/interpreter/Scalar.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

/// Where an index points: from the end if it is negative, inside the axis in any case.
static int64_t placeOf(int64_t index, int64_t extent) {
  return std::clamp<int64_t>(index < 0 ? index + extent : index, 0, extent - 1);
}

/// `to` becomes `from`, or the function of both.
static void combine(Tensor &output, int64_t to, const Tensor &updates, int64_t from,
                    std::optional<seg::BinaryKind> reduction) {
  if (!reduction)
    return output.copyElement(to, updates, from);
  if (output.isFloat()) {
    output.floats[to] =
        static_cast<float>(evalBinary(*reduction, static_cast<double>(output.floats[to]),
                                      static_cast<double>(updates.floats[from])));
    return;
  }
  Type type = output.elementType;
  IntegerKind kind{type.getIntOrFloatBitWidth(), !type.isUnsignedInteger() && !type.isInteger(1)};
  output.ints[to] =
      wrapTo(type, *evalBinary(*reduction, output.ints[to], updates.ints[from], kind));
}

Results evaluate(seg::GatherOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &indices = in[op.getIndices()];
  const int64_t axis = op.getAxis(), batch = op.getBatchDims(), named = indices.shape.back();
  const int64_t rows = indices.rank() - 1 - batch;
  for (int64_t i = 0; i < batch; ++i)
    if (indices.shape[i] != input.shape[i])
      return in.error("the operands differ in extent " + Twine(i));
  SmallVector<int64_t> shape(ArrayRef<int64_t>(input.shape).take_front(axis));
  append_range(shape, ArrayRef<int64_t>(indices.shape).drop_front(batch).drop_back());
  append_range(shape, ArrayRef<int64_t>(input.shape).drop_front(axis + named));
  Tensor output = Tensor::zeros(input.elementType, shape);
  SmallVector<int64_t> inputStrides = rowMajorStrides(input.shape),
                       indexStrides = rowMajorStrides(indices.shape);
  int64_t to = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> at) {
    int64_t tuple = 0;
    for (int64_t i = 0; i < batch; ++i)
      tuple += at[i] * indexStrides[i];
    for (int64_t i = 0; i < rows; ++i)
      tuple += at[axis + i] * indexStrides[batch + i];
    SmallVector<int64_t> from(at.take_front(axis));
    for (int64_t j = 0; j < named; ++j)
      from.push_back(placeOf(indices.ints[tuple + j], input.shape[axis + j]));
    append_range(from, at.drop_front(axis + rows));
    output.copyElement(to++, input, offsetOf(from, inputStrides));
  });
  return single(std::move(output));
}

/// Whether the indices are no more than the input but along the axis.
static bool fits(const Tensor &indices, const Tensor &input, int64_t axis) {
  for (int64_t i = 0; i < input.rank(); ++i)
    if (i != axis && indices.shape[i] > input.shape[i])
      return false;
  return true;
}

Results evaluate(seg::GatherElementsOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &indices = in[op.getIndices()];
  const int64_t axis = op.getAxis();
  if (!fits(indices, input, axis))
    return in.error("there are more indices than elements");
  Tensor output = Tensor::zeros(input.elementType, indices.shape);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape);
  int64_t to = 0;
  forEachIndex(indices.shape, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> from(at);
    from[axis] = placeOf(indices.ints[to], input.shape[axis]);
    output.copyElement(to++, input, offsetOf(from, strides));
  });
  return single(std::move(output));
}

Results evaluate(seg::ScatterOp op, const Arguments &in) {
  const Tensor &indices = in[op.getIndices()], &updates = in[op.getUpdates()];
  Tensor output = in[op.getInput()];
  const int64_t named = indices.shape.back(), rows = indices.rank() - 1;
  SmallVector<int64_t> shape(ArrayRef<int64_t>(indices.shape).drop_back());
  append_range(shape, ArrayRef<int64_t>(output.shape).drop_front(named));
  if (shape != updates.shape)
    return in.error("the updates do not fit the indices");
  SmallVector<int64_t> strides = rowMajorStrides(output.shape),
                       indexStrides = rowMajorStrides(indices.shape);
  int64_t from = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> at) {
    const int64_t tuple = offsetOf(at.take_front(rows), indexStrides);
    SmallVector<int64_t> place;
    for (int64_t j = 0; j < named; ++j)
      place.push_back(placeOf(indices.ints[tuple + j], output.shape[j]));
    append_range(place, at.drop_front(rows));
    combine(output, offsetOf(place, strides), updates, from++, op.getReduction());
  });
  return single(std::move(output));
}

Results evaluate(seg::ScatterElementsOp op, const Arguments &in) {
  const Tensor &indices = in[op.getIndices()], &updates = in[op.getUpdates()];
  Tensor output = in[op.getInput()];
  const int64_t axis = op.getAxis();
  if (!fits(indices, output, axis) || updates.shape != indices.shape)
    return in.error("the updates do not fit the indices, or these not the input");
  SmallVector<int64_t> strides = rowMajorStrides(output.shape);
  int64_t from = 0;
  forEachIndex(indices.shape, [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> place(at);
    place[axis] = placeOf(indices.ints[from], output.shape[axis]);
    combine(output, offsetOf(place, strides), updates, from++, op.getReduction());
  });
  return single(std::move(output));
}

Results evaluate(seg::TopKOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  const int64_t axis = op.getAxis(), extent = input.shape[axis], k = (*shape)[axis];
  if (k > extent)
    return in.error("the " + Twine(k) + " largest of " + Twine(extent));
  const bool isLarge = input.elementType.isUnsignedInteger(64);
  auto less = [&](int64_t a, int64_t b) {
    if (input.isFloat()) {
      float x = input.floats[a], y = input.floats[b];
      return std::isnan(y) ? !std::isnan(x) : x < y;
    }
    return isLarge ? static_cast<uint64_t>(input.ints[a]) < static_cast<uint64_t>(input.ints[b])
                   : input.ints[a] < input.ints[b];
  };
  Tensor values = Tensor::zeros(input.elementType, *shape);
  Tensor indices = Tensor::zeros(IntegerType::get(op.getContext(), 64), *shape);
  SmallVector<int64_t> strides = rowMajorStrides(input.shape), to = rowMajorStrides(*shape);
  SmallVector<int64_t> lines(input.shape);
  lines[axis] = 1;
  forEachIndex(lines, [&](ArrayRef<int64_t> at) {
    const int64_t first = offsetOf(at, strides), stride = strides[axis];
    std::vector<int64_t> order(extent);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      const int64_t x = first + a * stride, y = first + b * stride;
      if (less(x, y) || less(y, x))
        return less(x, y) != op.getLargest();
      return a < b;
    });
    for (int64_t i = 0; i < k; ++i) {
      const int64_t place = offsetOf(at, to) + i * to[axis];
      values.copyElement(place, input, first + order[i] * stride);
      indices.ints[place] = order[i];
    }
  });
  std::vector<Tensor> results;
  results.push_back(std::move(values));
  results.push_back(std::move(indices));
  return results;
}

} // namespace segc::interpreter
