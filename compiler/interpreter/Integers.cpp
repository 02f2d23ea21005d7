//===- Integers.cpp - meaning of sums of products of integers ---*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

/// Element i of a tensor that has one or several.
static int64_t zeroAt(const Tensor &zero, int64_t i) { return zero.ints[zero.size() == 1 ? 0 : i]; }

/// Sums wrap, so they are computed without a sign.
static uint64_t product(int64_t a, int64_t aZero, int64_t b, int64_t bZero) {
  return (static_cast<uint64_t>(a) - static_cast<uint64_t>(aZero)) *
         (static_cast<uint64_t>(b) - static_cast<uint64_t>(bZero));
}

Results evaluate(seg::Conv2dIntegerOp op, const Arguments &in) {
  const Tensor &input = in[0u], &weight = in[1u], &inputZero = in[2u], &weightZero = in[3u];
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  auto strides = op.getStrides(), dilations = op.getDilations(), pads = op.getPads();
  int64_t perGroup = weight.shape[0] / static_cast<int64_t>(op.getGroups());
  Tensor output = Tensor::zeros(IntegerType::get(op.getContext(), 32), *shape);
  int64_t i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    int64_t oc = at[1];
    uint64_t sum = 0;
    for (int64_t ic = 0; ic < weight.shape[1]; ++ic)
      for (int64_t ky = 0; ky < weight.shape[2]; ++ky)
        for (int64_t kx = 0; kx < weight.shape[3]; ++kx) {
          int64_t y = at[2] * strides[0] - pads[0] + ky * dilations[0];
          int64_t x = at[3] * strides[1] - pads[1] + kx * dilations[1];
          if (y < 0 || y >= input.shape[2] || x < 0 || x >= input.shape[3])
            continue;
          int64_t channel = oc / perGroup * weight.shape[1] + ic;
          sum += product(input.ints[input.at(at[0], channel, y, x)], inputZero.ints[0],
                         weight.ints[weight.at(oc, ic, ky, kx)], zeroAt(weightZero, oc));
        }
    output.ints[i++] = wrapTo(output.elementType, static_cast<int64_t>(sum));
  });
  return single(std::move(output));
}

Results evaluate(seg::MatmulIntegerOp op, const Arguments &in) {
  const Tensor &lhs = in[0u], &rhs = in[1u], &lhsZero = in[2u], &rhsZero = in[3u];
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  int64_t inner = lhs.shape.back(), rows = lhs.shape[lhs.rank() - 2], columns = rhs.shape.back();
  if (rhs.shape[rhs.rank() - 2] != inner)
    return in.error("the matrices do not fit");
  Tensor output = Tensor::zeros(cast<seg::TensorType>(op.getType()).getElementType(), *shape);
  SmallVector<int64_t> lead(ArrayRef<int64_t>(*shape).drop_back(2));
  auto matrices = [&](const Tensor &operand) {
    return broadcastStrides(ArrayRef<int64_t>(operand.shape).drop_back(2), lead);
  };
  SmallVector<int64_t> lhsStrides = matrices(lhs), rhsStrides = matrices(rhs);
  int64_t i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    ArrayRef<int64_t> batch = at.drop_back(2);
    int64_t row = at[at.size() - 2], column = at.back();
    int64_t a = (offsetOf(batch, lhsStrides) * rows + row) * inner;
    int64_t b = offsetOf(batch, rhsStrides) * inner * columns + column;
    uint64_t sum = 0;
    for (int64_t k = 0; k < inner; ++k)
      sum += product(lhs.ints[a + k], zeroAt(lhsZero, row), rhs.ints[b + k * columns],
                     zeroAt(rhsZero, column));
    output.ints[i++] = wrapTo(output.elementType, static_cast<int64_t>(sum));
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
