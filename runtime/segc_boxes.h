//===- segc_boxes.h - boxes that no better one overlaps ----------*- C++ -*-===//
//
// Part of the runtime that packages carry which need it. C++17, standard library only; nothing is
// allocated.
//
// Whether a box stays may hang on the last bit of a quotient of areas: products are rounded to
// float32 each for itself, as frameworks do it, and never a part of a fused operation.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_BOXES_H
#define SEGC_BOXES_H

#include "segc_abi.h"
#include "segc_view.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace segc {

namespace boxes {

SEGC_HOST_DEVICE inline float product(float a, float b) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b));
}

/// std::min and std::max, which kernels on a GPU cannot call.
SEGC_HOST_DEVICE inline float lower(float a, float b) { return b < a ? b : a; }
SEGC_HOST_DEVICE inline float higher(float a, float b) { return a < b ? b : a; }

/// A box by its sides.
struct Box {
  float low[2], high[2], area;
};

/// Of two opposite corners, or of centre and size.
SEGC_HOST_DEVICE inline Box boxOf(const float *numbers, bool isCentre) {
  Box box;
  for (int i = 0; i < 2; ++i) {
    const float a = numbers[i], b = numbers[i + 2];
    box.low[i] = isCentre ? a - b / 2 : lower(a, b);
    box.high[i] = isCentre ? a + b / 2 : higher(a, b);
  }
  box.area = product(box.high[0] - box.low[0], box.high[1] - box.low[1]);
  return box;
}

/// Intersection over union, 0 for boxes without an area.
SEGC_HOST_DEVICE inline float overlap(const Box &a, const Box &b) {
  const float height = lower(a.high[0], b.high[0]) - higher(a.low[0], b.low[0]);
  const float width = lower(a.high[1], b.high[1]) - higher(a.low[1], b.low[1]);
  if (!(height > 0) || !(width > 0) || !(a.area > 0) || !(b.area > 0))
    return 0;
  const float both = product(height, width);
  const float either = a.area + b.area - both;
  return either > 0 ? both / either : 0;
}

/// The better score first, of equal ones the first; what is none comes last.
struct ScoreOrder {
  const float *score;

  SEGC_HOST_DEVICE bool operator()(int32_t a, int32_t b) const {
    const float x = score[a], y = score[b];
    const bool isNone = x != x, isOtherNone = y != y;
    if (isNone || isOtherNone)
      return isNone == isOtherNone ? a < b : isOtherNone;
    return x > y || (x == y && a < b);
  }
};

/// Whether one of `size` boxes overlaps a box by more than `most`.
SEGC_HOST_DEVICE inline bool isCovered(const Box *kept, int64_t size, const Box &box, float most) {
  for (int64_t i = 0; i < size; ++i)
    if (overlap(kept[i], box) > most)
      return true;
  return false;
}

} // namespace boxes

/// See seg.nms. Returns how many boxes stay.
///   sort            sorts a range by a ScoreOrder
///   scoreThreshold  a view without data: every score will do
///   order, taken    scratch memory: an index and a Box for each of the boxes of an image
///   output          [count, 3], dense
template <typename Sort>
SEGC_HOST_DEVICE inline int64_t
nonMaxSuppression(const Sort &sort, const View &boxes, const View &scores, const View &iouThreshold,
                  const View &scoreThreshold, const View &order, const View &taken,
                  const View &output, int64_t limit, bool isCentre) {
  const int64_t images = scores.extent[2], classes = scores.extent[1], extent = scores.extent[0];
  const float most = *static_cast<const float *>(iouThreshold.data);
  const float *const least = static_cast<const float *>(scoreThreshold.data);
  int32_t *const candidates = static_cast<int32_t *>(order.data);
  segc::boxes::Box *const kept = static_cast<segc::boxes::Box *>(taken.data);
  int64_t *row = static_cast<int64_t *>(output.data);
  for (int64_t task = 0; task < images * classes; ++task) {
    const int64_t image = task / classes;
    const float *const score = static_cast<const float *>(scores.data) + task * extent;
    int32_t found = 0;
    for (int32_t i = 0; i < extent; ++i)
      if (!least || score[i] > *least)
        candidates[found++] = i;
    sort(candidates, candidates + found, segc::boxes::ScoreOrder{score});
    int64_t size = 0;
    for (int32_t i = 0; i < found && size < limit; ++i) {
      const float *const numbers =
          static_cast<const float *>(boxes.data) + (image * extent + candidates[i]) * 4;
      const segc::boxes::Box box = segc::boxes::boxOf(numbers, isCentre);
      if (segc::boxes::isCovered(kept, size, box, most))
        continue;
      kept[size++] = box;
      *row++ = image;
      *row++ = task % classes;
      *row++ = candidates[i];
    }
  }
  return (row - static_cast<int64_t *>(output.data)) / 3;
}

#if !defined(__CUDACC__) // which has no std::sort
inline int32_t nonMaxSuppression(const segc_parallel *, const View &boxes, const View &scores,
                                 const View &iouThreshold, const View &scoreThreshold,
                                 const View &order, const View &taken, const View &output,
                                 int64_t limit, bool isCentre, int64_t *count) {
  const auto sort = [](int32_t *begin, int32_t *end, const segc::boxes::ScoreOrder &before) {
    std::sort(begin, end, before);
  };
  *count = nonMaxSuppression(sort, boxes, scores, iouThreshold, scoreThreshold, order, taken,
                             output, limit, isCentre);
  return SEGC_OK;
}
#endif

} // namespace segc

#endif // SEGC_BOXES_H
