//===- Pooling.cpp - meaning of pooling and unpooling -----------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

/// The windows of a pooling op.
struct Windows {
  ArrayRef<int64_t> kernel, strides, dilations, pads;
  bool ceilMode;

  template <typename OpTy>
  explicit Windows(OpTy op)
      : kernel(op.getKernel()), strides(op.getStrides()), dilations(op.getDilations()),
        pads(op.getPads()), ceilMode(op.getCeilMode()) {}

  /// How many windows lie along an axis: 0 is vertical, 1 horizontal.
  int64_t count(int axis, int64_t extent) const {
    int64_t span = (kernel[axis] - 1) * dilations[axis] + 1;
    int64_t room = extent + pads[axis] + pads[2 + axis] - span;
    if (room < 0)
      return 0;
    if (!ceilMode)
      return room / strides[axis] + 1;
    int64_t windows = (room + strides[axis] - 1) / strides[axis] + 1;
    // The last window must start inside the image or the pad before it.
    return (windows - 1) * strides[axis] >= extent + pads[axis] ? windows - 1 : windows;
  }

  SmallVector<int64_t> resultShape(const Tensor &input) const {
    return {input.shape[0], input.shape[1], count(0, input.shape[2]), count(1, input.shape[3])};
  }

  /// Calls `visit` with every row and column of the window at (oy, ox), also outside the image.
  void forEachTap(int64_t oy, int64_t ox,
                  llvm::function_ref<void(int64_t y, int64_t x)> visit) const {
    for (int64_t ky = 0; ky < kernel[0]; ++ky)
      for (int64_t kx = 0; kx < kernel[1]; ++kx)
        visit(oy * strides[0] - pads[0] + ky * dilations[0],
              ox * strides[1] - pads[1] + kx * dilations[1]);
  }
};

bool isInside(const Tensor &image, int64_t y, int64_t x) {
  return y >= 0 && y < image.shape[2] && x >= 0 && x < image.shape[3];
}

} // namespace

/// The largest values, and where they are in the input (-1 for a window without a pixel).
static std::pair<Tensor, std::vector<int64_t>> largest(const Windows &windows,
                                                       const Tensor &input) {
  Tensor output = Tensor::zeros(input.elementType, windows.resultShape(input));
  std::vector<int64_t> places;
  forEachIndex(output.shape, [&](ArrayRef<int64_t> at) {
    int64_t best = -1;
    windows.forEachTap(at[2], at[3], [&](int64_t y, int64_t x) {
      if (!isInside(input, y, x))
        return;
      int64_t place = input.at(at[0], at[1], y, x);
      if (best < 0 || (input.isFloat() ? input.floats[place] > input.floats[best]
                                       : input.ints[place] > input.ints[best]))
        best = place;
    });
    int64_t i = static_cast<int64_t>(places.size());
    if (best >= 0)
      output.copyElement(i, input, best);
    else if (input.isFloat())
      output.floats[i] = -std::numeric_limits<float>::infinity();
    else
      output.ints[i] = wrapTo(input.elementType, std::numeric_limits<int64_t>::min());
    places.push_back(best);
  });
  return {std::move(output), std::move(places)};
}

Results evaluate(seg::MaxPool2dOp op, const Arguments &in) {
  return single(largest(Windows(op), in[op.getInput()]).first);
}

Results evaluate(seg::MaxPoolSwitchesOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto [output, places] = largest(Windows(op), input);
  int64_t height = input.shape[2], width = input.shape[3], plane = height * width;
  for (int64_t &place : places) {
    if (place < 0)
      return in.error("a window holds no pixel, so that its switch is undefined");
    if (op.getPlane()) {
      place %= plane;
    } else if (op.getColumnMajor()) {
      int64_t y = place % plane / width, x = place % width;
      place = place / plane * plane + x * height + y;
    }
  }
  std::vector<Tensor> results;
  Tensor switches = Tensor::ofInts(IntegerType::get(op.getContext(), op.getPlane() ? 32 : 64),
                                   output.shape, std::move(places));
  results.push_back(std::move(output));
  results.push_back(std::move(switches));
  return results;
}

Results evaluate(seg::MaxUnpool2dOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &switches = in[op.getSwitches()];
  auto sizes = in.evaluate(op.getSizes());
  if (!sizes)
    return sizes.takeError();
  auto indexed = in.evaluate(op.getIndexed());
  if (!indexed)
    return indexed.takeError();
  if (input.shape != switches.shape)
    return in.error("values and switches differ in shape");
  Tensor output = Tensor::zeros(input.elementType, *sizes);
  SmallVector<int64_t> strides = rowMajorStrides(*indexed);
  SmallVector<int64_t> outputStrides = rowMajorStrides(*sizes);
  const int64_t plane = (*indexed)[2] * (*indexed)[3];
  const int64_t switchPlane = switches.shape[2] * switches.shape[3];
  for (int64_t i = 0; i < input.size(); ++i) {
    int64_t rest = switches.ints[i];
    if (switches.elementType.isInteger(32) && rest >= 0 && rest < plane)
      rest += i / switchPlane * plane;
    else if (switches.elementType.isInteger(32))
      rest = -1;
    if (rest < 0 || rest >= elementCount(*indexed))
      return in.error("switch " + Twine(switches.ints[i]) + " lies outside the pooled tensor");
    SmallVector<int64_t> place;
    for (int64_t stride : strides) {
      place.push_back(rest / stride);
      rest %= stride;
    }
    for (int axis = 0; axis < 4; ++axis)
      if (place[axis] >= (*sizes)[axis])
        return in.error("switch " + Twine(switches.ints[i]) + " lies outside the result");
    output.copyElement(offsetOf(place, outputStrides), input, i);
  }
  return single(std::move(output));
}

Results evaluate(seg::SwitchesToFlatOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto extents = in.evaluate(op.getPlane());
  if (!extents)
    return extents.takeError();
  const int64_t height = (*extents)[0], width = (*extents)[1];
  std::vector<int64_t> flat(input.ints);
  for (int64_t i = 0; i < input.size(); ++i) {
    const int64_t place = input.ints[i], before = i / (input.shape[2] * input.shape[3]);
    flat[i] = before * height * width +
              (op.getColumnMajor() ? place % width * height + place / width : place);
  }
  return single(
      Tensor::ofInts(IntegerType::get(op.getContext(), 64), input.shape, std::move(flat)));
}

Results evaluate(seg::SwitchesFromFlatOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  auto extents = in.evaluate(op.getPlane());
  if (!extents)
    return extents.takeError();
  std::vector<int64_t> places(input.ints);
  for (int64_t &place : places)
    place %= (*extents)[0] * (*extents)[1];
  return single(
      Tensor::ofInts(IntegerType::get(op.getContext(), 32), input.shape, std::move(places)));
}

Results evaluate(seg::AvgPool2dOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  Windows windows(op);
  auto pads = op.getPads();
  Tensor output = Tensor::zeros(input.elementType, windows.resultShape(input));
  int64_t i = 0;
  forEachIndex(output.shape, [&](ArrayRef<int64_t> at) {
    double sum = 0;
    int64_t pixels = 0;
    windows.forEachTap(at[2], at[3], [&](int64_t y, int64_t x) {
      bool inside = isInside(input, y, x);
      if (inside)
        sum += input.floats[input.at(at[0], at[1], y, x)];
      // Above and left of the pads no window starts; below and right one may end.
      bool padded = y < input.shape[2] + pads[2] && x < input.shape[3] + pads[3];
      pixels += op.getCountIncludePad() ? padded : inside;
    });
    output.floats[i++] = pixels ? static_cast<float>(sum / pixels) : 0.0f;
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
