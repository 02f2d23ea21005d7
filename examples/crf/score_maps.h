//===- score_maps.h - score maps, coarse and refined -----------*- C++ -*-===//
//
// What refine.cpp and sharpen.cpp share: score maps of stride 8, and the call of the
// dense CRF. The CRF is the class dense_crf::Network of the generated header; it takes
// scores of all classes and the picture, RGB in 0 to 255, and gives beliefs, which are
// probabilities.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_EXAMPLES_SCORE_MAPS_H
#define SEGC_EXAMPLES_SCORE_MAPS_H

#include "../pictures.h"
#include "dense_crf.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace shapes {

/// A plane of floats for each class.
struct ScoreMap {
  int width, height;
  std::vector<float> values;

  ScoreMap(int width, int height)
      : width(width), height(height),
        values(static_cast<size_t>(kClasses) * static_cast<size_t>(width) *
               static_cast<size_t>(height)) {}

  float &at(int c, int y, int x) { return values[index(c, y, x)]; }
  float at(int c, int y, int x) const { return values[index(c, y, x)]; }

private:
  size_t index(int c, int y, int x) const {
    const size_t row =
        static_cast<size_t>(c) * static_cast<size_t>(height) + static_cast<size_t>(y);
    return row * static_cast<size_t>(width) + static_cast<size_t>(x);
  }
};

inline Picture labelsOf(const ScoreMap &map) { return labelsOf(map.values, map.width, map.height); }

/// The mean of every cell of stride x stride pixels. Cells at the far edges may be smaller.
inline ScoreMap shrink(const ScoreMap &map, int stride) {
  ScoreMap cells((map.width + stride - 1) / stride, (map.height + stride - 1) / stride);
  for (int c = 0; c < kClasses; ++c)
    for (int row = 0; row < cells.height; ++row)
      for (int column = 0; column < cells.width; ++column) {
        const int right = std::min((column + 1) * stride, map.width);
        const int bottom = std::min((row + 1) * stride, map.height);
        float sum = 0;
        for (int y = row * stride; y < bottom; ++y)
          for (int x = column * stride; x < right; ++x)
            sum += map.at(c, y, x);
        const int pixels = (right - column * stride) * (bottom - row * stride);
        cells.at(c, row, column) = sum / static_cast<float>(pixels);
      }
  return cells;
}

/// A pixel along one axis: between the cells `first` and `second`, `part` of the way.
struct Place {
  int first, second;
  float part;

  /// The center of a cell is that of its pixels; beyond the outermost centers nothing changes.
  Place(int pixel, int stride, int cells) {
    const float at = (static_cast<float>(pixel) + 0.5f) / static_cast<float>(stride) - 0.5f;
    const float below = std::floor(at);
    part = at - below;
    first = std::clamp(static_cast<int>(below), 0, cells - 1);
    second = std::clamp(static_cast<int>(below) + 1, 0, cells - 1);
  }
};

/// Bilinear, as ONNX's Resize does it with half-pixel centers.
inline ScoreMap enlarge(const ScoreMap &cells, int stride, int width, int height) {
  ScoreMap map(width, height);
  for (int c = 0; c < kClasses; ++c)
    for (int y = 0; y < height; ++y) {
      const Place row(y, stride, cells.height);
      for (int x = 0; x < width; ++x) {
        const Place column(x, stride, cells.width);
        auto across = [&](int r) {
          const float left = cells.at(c, r, column.first), right = cells.at(c, r, column.second);
          return left + column.part * (right - left);
        };
        const float above = across(row.first), below = across(row.second);
        map.at(c, y, x) = above + row.part * (below - above);
      }
    }
  return map;
}

/// Red, green and blue planes, 0 to 255.
inline std::vector<float> planesOf(const Picture &image) {
  std::vector<float> planes(image.bytes.size());
  const size_t plane = planes.size() / 3;
  for (size_t i = 0; i < plane; ++i)
    for (size_t c = 0; c < 3; ++c)
      planes[c * plane + i] = image.bytes[3 * i + c];
  return planes;
}

/// The CRF's beliefs. `scores` are those of the picture's pixels; `milliseconds` is the time of
/// the CRF alone.
inline ScoreMap refine(dense_crf::Network &crf, ScoreMap &scores, const Picture &image,
                       double &milliseconds) {
  if (scores.width != image.width || scores.height != image.height)
    throw std::runtime_error("the scores' size differs from the image's");
  const segc_shape scoresShape = {4, {1, kClasses, image.height, image.width}};
  const segc_shape imageShape = {4, {1, 3, image.height, image.width}};
  std::vector<float> planes = planesOf(image);
  ScoreMap beliefs(image.width, image.height);

  const auto start = std::chrono::steady_clock::now();
  crf.run({{scores.values.data(), scoresShape}, {planes.data(), imageShape}},
          {{beliefs.values.data(), scoresShape}});
  const auto time = std::chrono::steady_clock::now() - start;
  milliseconds = std::chrono::duration<double, std::milli>(time).count();
  return beliefs;
}

} // namespace shapes

#endif // SEGC_EXAMPLES_SCORE_MAPS_H
