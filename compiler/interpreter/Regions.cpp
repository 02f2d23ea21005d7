//===- Regions.cpp - meaning of ops on regions of interest ------*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <cmath>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

/// Numbers that a region gives are limited to this; what is no number is far outside, too.
constexpr float kFar = 1e6f;

float tame(float x) { return x >= -kFar ? std::min(x, kFar) : -kFar; }

/// One axis of a region that roi_align samples.
class SampledAxis {
public:
  /// From `low` to `high`, before scaling.
  SampledAxis(seg::RoiAlignOp op, float low, float high, int64_t bins, int64_t extent)
      : extent(extent) {
    const float scale = op.getSpatialScale().convertToFloat();
    const float offset = op.getHalfPixel() ? 0.5f : 0.0f;
    volatile float scaledLow = low * scale, scaledHigh = high * scale;
    start = tame(scaledLow - offset);
    float size = tame(tame(scaledHigh - offset) - start);
    if (!op.getHalfPixel())
      size = std::max(size, 1.0f);
    bin = size / static_cast<float>(bins);
    const int64_t ratio = op.getSamplingRatio();
    samples = ratio > 0 ? ratio : std::max<int64_t>(0, static_cast<int64_t>(std::ceil(bin)));
  }

  struct Sample {
    bool isOutside;
    int64_t low, high;
    double weightOfHigh;
  };

  Sample sample(int64_t whichBin, int64_t i) const {
    // As float32: what lies on the last edge lies there for everybody.
    volatile float before = static_cast<float>(whichBin) * bin;
    volatile float begin = start + before;
    volatile float within = (static_cast<float>(i) + 0.5f) * bin;
    volatile float part = within / static_cast<float>(samples);
    volatile float place = begin + part;
    double x = place;
    if (x < -1 || x > double(extent))
      return {true, 0, 0, 0};
    x = std::clamp<double>(x, 0, double(extent) - 1);
    const auto below = std::min(static_cast<int64_t>(x), extent - 1);
    return {false, below, std::min(below + 1, extent - 1), x - double(below)};
  }

  int64_t samples = 0;

private:
  int64_t extent;
  float start = 0, bin = 0;
};

} // namespace

Results evaluate(seg::RoiAlignOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &rois = in[op.getRois()], &images = in[op.getImages()];
  if (rois.shape[0] != images.shape[0])
    return in.error(Twine(rois.shape[0]) + " regions for " + Twine(images.shape[0]) +
                    " numbers of images");
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  Tensor output = Tensor::zeros(input.elementType, *shape);
  for (int64_t r = 0; r < (*shape)[0]; ++r) {
    const int64_t image = images.ints[r];
    if (image < 0 || image >= input.shape[0])
      continue;
    const float *roi = &rois.floats[4 * r];
    const SampledAxis x(op, roi[0], roi[2], (*shape)[3], input.shape[3]);
    const SampledAxis y(op, roi[1], roi[3], (*shape)[2], input.shape[2]);
    const double count = std::max<double>(double(x.samples) * double(y.samples), 1);
    forEachIndex(ArrayRef<int64_t>(*shape).drop_front(), [&](ArrayRef<int64_t> at) {
      double sum = 0, largest = -INFINITY;
      for (int64_t i = 0; i < y.samples; ++i)
        for (int64_t j = 0; j < x.samples; ++j) {
          const SampledAxis::Sample row = y.sample(at[1], i), column = x.sample(at[2], j);
          for (int corner = 0; corner < 4; ++corner) {
            const bool lower = corner & 2, right = corner & 1;
            double product = 0;
            if (!row.isOutside && !column.isOutside)
              product = (lower ? row.weightOfHigh : 1 - row.weightOfHigh) *
                        (right ? column.weightOfHigh : 1 - column.weightOfHigh) *
                        input.floats[input.at(image, at[0], lower ? row.high : row.low,
                                              right ? column.high : column.low)];
            sum += product;
            largest = std::max(largest, product);
          }
        }
      const bool isEmpty = x.samples == 0 || y.samples == 0;
      output.floats[output.at(r, at[0], at[1], at[2])] =
          static_cast<float>(isEmpty           ? 0
                             : op.getMaximum() ? largest
                                               : sum / count);
    });
  }
  return single(std::move(output));
}

namespace {

/// The pixels of a bin that roi_max_pool looks at along one axis.
struct PooledAxis {
  PooledAxis(float scale, float low, float high, int64_t bins, int64_t extent) : extent(extent) {
    volatile float scaledLow = low * scale, scaledHigh = high * scale;
    start = static_cast<int64_t>(std::round(tame(scaledLow)));
    const auto end = static_cast<int64_t>(std::round(tame(scaledHigh)));
    bin = static_cast<float>(std::max<int64_t>(end - start + 1, 1)) / static_cast<float>(bins);
  }

  int64_t begin(int64_t whichBin) const {
    volatile float edge = static_cast<float>(whichBin) * bin;
    return std::clamp<int64_t>(start + static_cast<int64_t>(std::floor(edge)), 0, extent);
  }
  int64_t end(int64_t whichBin) const {
    volatile float edge = static_cast<float>(whichBin + 1) * bin;
    return std::clamp<int64_t>(start + static_cast<int64_t>(std::ceil(edge)), 0, extent);
  }

  int64_t extent, start;
  float bin;
};

} // namespace

Results evaluate(seg::RoiMaxPoolOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()], &rois = in[op.getRois()];
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  const float scale = op.getSpatialScale().convertToFloat();
  Tensor output = Tensor::zeros(input.elementType, *shape);
  int64_t to = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    const float *roi = &rois.floats[5 * at[0]];
    const auto image = static_cast<int64_t>(tame(roi[0]));
    const PooledAxis x(scale, roi[1], roi[3], (*shape)[3], input.shape[3]);
    const PooledAxis y(scale, roi[2], roi[4], (*shape)[2], input.shape[2]);
    float largest = 0;
    bool isFirst = true;
    if (roi[0] >= 0 && image < input.shape[0])
      for (int64_t row = y.begin(at[2]); row < y.end(at[2]); ++row)
        for (int64_t column = x.begin(at[3]); column < x.end(at[3]); ++column) {
          const float value = input.floats[input.at(image, at[1], row, column)];
          largest = isFirst ? value : std::max(largest, value);
          isFirst = false;
        }
    output.floats[to++] = largest;
  });
  return single(std::move(output));
}

} // namespace segc::interpreter
