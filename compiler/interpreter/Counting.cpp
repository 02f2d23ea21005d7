//===- Counting.cpp - meaning of ops that find out how many -----*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {

static Tensor indexTensor(MLIRContext *context, ArrayRef<int64_t> shape,
                          std::vector<int64_t> values) {
  return Tensor::ofInts(IntegerType::get(context, 64), shape, std::move(values));
}

Results evaluate(seg::NonZeroOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  std::vector<std::vector<int64_t>> byAxis(input.rank());
  int64_t place = 0, count = 0;
  forEachIndex(input.shape, [&](ArrayRef<int64_t> at) {
    const int64_t i = place++;
    if (input.isFloat() ? input.floats[i] == 0 : input.ints[i] == 0)
      return;
    ++count;
    for (int64_t axis = 0; axis < input.rank(); ++axis)
      byAxis[axis].push_back(at[axis]);
  });
  std::vector<int64_t> values;
  for (const std::vector<int64_t> &row : byAxis)
    values.insert(values.end(), row.begin(), row.end());
  return single(indexTensor(op.getContext(), {input.rank(), count}, std::move(values)));
}

Results evaluate(seg::UniqueOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  const int64_t rows = input.shape[0], columns = input.shape[1];
  const bool isLarge = input.elementType.isUnsignedInteger(64);
  auto compareElements = [&](int64_t a, int64_t b) {
    if (input.isFloat()) {
      const float x = input.floats[a], y = input.floats[b];
      if (std::isnan(x) || std::isnan(y))
        return int(std::isnan(x)) - int(std::isnan(y));
      return int(x > y) - int(x < y);
    }
    const int64_t x = input.ints[a], y = input.ints[b];
    const bool less = isLarge ? static_cast<uint64_t>(x) < static_cast<uint64_t>(y) : x < y;
    return x == y ? 0 : less ? -1 : 1;
  };
  auto compareRows = [&](int64_t a, int64_t b) {
    for (int64_t i = 0; i < columns; ++i)
      if (int order = compareElements(a * columns + i, b * columns + i))
        return order;
    return 0;
  };
  std::vector<int64_t> first, counts, inverse;
  for (int64_t row = 0; row < rows; ++row) {
    auto found = std::find_if(first.begin(), first.end(),
                              [&](int64_t each) { return compareRows(each, row) == 0; });
    inverse.push_back(found - first.begin());
    if (found == first.end()) {
      first.push_back(row);
      counts.push_back(0);
    }
    ++counts[inverse.back()];
  }
  if (op.getSorted()) {
    // order[i]: which of the sets is the i-th; place: the other way round.
    std::vector<int64_t> order(first.size()), place(first.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](int64_t a, int64_t b) { return compareRows(first[a], first[b]) < 0; });
    std::vector<int64_t> sortedFirst, sortedCounts;
    for (size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = static_cast<int64_t>(i);
      sortedFirst.push_back(first[order[i]]);
      sortedCounts.push_back(counts[order[i]]);
    }
    first = sortedFirst;
    counts = sortedCounts;
    for (int64_t &set : inverse)
      set = place[set];
  }
  const auto count = static_cast<int64_t>(first.size());
  std::vector<Tensor> results;
  results.push_back(indexTensor(op.getContext(), {count}, std::move(first)));
  results.push_back(indexTensor(op.getContext(), {rows}, std::move(inverse)));
  results.push_back(indexTensor(op.getContext(), {count}, std::move(counts)));
  return results;
}

namespace {

/// A box by its sides.
struct Box {
  float low[2], high[2], area;

  Box(const float *numbers, bool isCentre) {
    for (int i = 0; i < 2; ++i) {
      const float a = numbers[i], b = numbers[i + 2], half = b / 2;
      low[i] = isCentre ? a - half : std::min(a, b);
      high[i] = isCentre ? a + half : std::max(a, b);
    }
    area = (high[0] - low[0]) * (high[1] - low[1]);
  }

  /// Intersection over union.
  float overlap(const Box &other) const {
    float sides[2];
    for (int i = 0; i < 2; ++i) {
      sides[i] = std::min(high[i], other.high[i]) - std::max(low[i], other.low[i]);
      if (!(sides[i] > 0))
        return 0;
    }
    if (!(area > 0) || !(other.area > 0))
      return 0;
    const float both = sides[0] * sides[1];
    const float sum = area + other.area;
    const float either = sum - both;
    return either > 0 ? both / either : 0;
  }
};

} // namespace

Results evaluate(seg::NmsOp op, const Arguments &in) {
  const Tensor &boxes = in[op.getBoxes()], &scores = in[op.getScores()];
  auto limit = in.evaluate(op.getLimit());
  if (!limit)
    return limit.takeError();
  const int64_t images = scores.shape[0], classes = scores.shape[1], count = scores.shape[2];
  if (boxes.shape[0] != images || boxes.shape[1] != count)
    return in.error("the boxes do not fit the scores");
  const float iouThreshold = in[op.getIouThreshold()].floats[0];
  const Tensor *scoreThreshold =
      op.getScoreThreshold() ? in.optional(op.getScoreThreshold()) : nullptr;
  std::vector<int64_t> found;
  for (int64_t image = 0; image < images; ++image)
    for (int64_t label = 0; label < classes; ++label) {
      const float *score = scores.floats.data() + (image * classes + label) * count;
      std::vector<int64_t> order;
      for (int64_t i = 0; i < count; ++i)
        if (!scoreThreshold || score[i] > scoreThreshold->floats[0])
          order.push_back(i);
      std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        if (std::isnan(score[a]) != std::isnan(score[b]))
          return std::isnan(score[b]);
        return score[a] > score[b] || (!(score[a] < score[b]) && a < b);
      });
      std::vector<Box> taken;
      for (int64_t i : order) {
        if (static_cast<int64_t>(taken.size()) == limit->front())
          break;
        const Box box(boxes.floats.data() + (image * count + i) * 4, op.getCenter());
        if (any_of(taken, [&](const Box &other) { return box.overlap(other) > iouThreshold; }))
          continue;
        taken.push_back(box);
        found.insert(found.end(), {image, label, i});
      }
    }
  const auto rows = static_cast<int64_t>(found.size() / 3);
  return single(indexTensor(op.getContext(), {rows, 3}, std::move(found)));
}

} // namespace segc::interpreter
