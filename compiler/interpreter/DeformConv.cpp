//===- DeformConv.cpp - meaning of seg.deform_conv2d ------------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

/// The plane that begins at `plane` between its pixels; zero outside.
static double between(const Tensor &input, int64_t plane, double y, double x) {
  const int64_t height = input.shape[2], width = input.shape[3];
  if (!(y > -1 && y < double(height) && x > -1 && x < double(width)))
    return 0;
  const auto top = static_cast<int64_t>(std::floor(y)), left = static_cast<int64_t>(std::floor(x));
  double sum = 0;
  for (int64_t row : {top, top + 1})
    for (int64_t column : {left, left + 1})
      if (row >= 0 && row < height && column >= 0 && column < width)
        sum += (1 - std::fabs(y - double(row))) * (1 - std::fabs(x - double(column))) *
               input.floats[plane + row * width + column];
  return sum;
}

Results evaluate(seg::DeformConv2dOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &weight = in[op.getWeight()],
               &offset = in[op.getOffset()];
  const Tensor *bias = in.optional(op.getBias()), *mask = in.optional(op.getMask());
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  for (const Tensor *beside : {&offset, mask})
    if (beside)
      for (int64_t axis : {0, 2, 3})
        if (beside->shape[axis] != (*shape)[axis])
          return in.error("offsets or mask do not have the result's extents");
  const int64_t channels = weight.shape[1], kernelHeight = weight.shape[2],
                kernelWidth = weight.shape[3];
  const int64_t outputsOfGroup = weight.shape[0] / static_cast<int64_t>(op.getGroups());
  const int64_t channelsOfOffset = input.shape[1] / static_cast<int64_t>(op.getOffsetGroups());
  Tensor output = Tensor::zeros(input.elementType, *shape);
  int64_t to = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    double sum = bias ? bias->floats[at[1]] : 0;
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t channel = at[1] / outputsOfGroup * channels + c;
      for (int64_t ky = 0; ky < kernelHeight; ++ky)
        for (int64_t kx = 0; kx < kernelWidth; ++kx) {
          const int64_t tap = (channel / channelsOfOffset * kernelHeight + ky) * kernelWidth + kx;
          const float down = offset.floats[offset.at(at[0], 2 * tap, at[2], at[3])];
          const float right = offset.floats[offset.at(at[0], 2 * tap + 1, at[2], at[3])];
          const int64_t y =
              at[2] * op.getStrides()[0] - op.getPads()[0] + ky * op.getDilations()[0];
          const int64_t x =
              at[3] * op.getStrides()[1] - op.getPads()[1] + kx * op.getDilations()[1];
          const double value =
              between(input, input.at(at[0], channel, 0, 0), double(y) + down, double(x) + right);
          sum += value * (mask ? mask->floats[mask->at(at[0], tap, at[2], at[3])] : 1) *
                 weight.floats[weight.at(at[1], c, ky, kx)];
        }
    }
    output.floats[to++] = static_cast<float>(sum);
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
