//===- segc_features.h - the features of an image's pixels -------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, no allocation.
//
// What segc_lattice.h filters over: the position of a pixel, or position and colour,
// each divided by the standard deviation of the Gaussian. Any type with the members
// of SpatialFeatures will do. A deviation of zero or NaN makes features that are not
// finite, which the lattice reports.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FEATURES_H
#define SEGC_FEATURES_H

#include "segc_simplex.h"

#include <algorithm>

namespace segc {

/// Vectors of the elevation: as many floats as there are 64-bit keys in the
/// processor's widest register, or in two.
#if defined(__AVX2__) || defined(__AVX512F__)
using FeatureLanes = simd::f32x8;
#else
using FeatureLanes = simd::f32x4;
#endif

/// Column and row, in units of `sigma` pixels.
struct SpatialFeatures {
  static constexpr int dimensions = 2;

  explicit SpatialFeatures(double sigma) : inverse_(1.0 / sigma) {}

  /// The features of pixels [pixel, pixel + count), which are in columns x and rows y.
  /// Lanes from `count` on are of no importance, but their memory must not be read.
  template <typename V> SEGC_INLINE void load(int64_t, int, V x, V y, V (&features)[2]) const {
    const float inverse = static_cast<float>(inverse_);
    features[0] = x * inverse;
    features[1] = y * inverse;
  }
  /// The same of one pixel in double precision.
  void load(int64_t, double x, double y, double (&features)[2]) const {
    features[0] = x * inverse_;
    features[1] = y * inverse_;
  }

private:
  double inverse_;
};

/// Column, row, and the image's channels, 1 (grey, depth) to 4. `planes` holds
/// float[Channels][height][width]; positions are in units of `sigmaPosition` pixels, channels of
/// `sigmaColour`.
template <int Channels = 3> struct BilateralFeatures {
  static constexpr int dimensions = 2 + Channels;

  BilateralFeatures(const float *planes, int64_t pixels, double sigmaPosition, double sigmaColour)
      : planes_(planes), pixels_(pixels), inversePosition_(1.0 / sigmaPosition),
        inverseColour_(1.0 / sigmaColour) {}

  template <typename V>
  SEGC_INLINE void load(int64_t pixel, int count, V x, V y, V (&features)[dimensions]) const {
    const float position = static_cast<float>(inversePosition_);
    const float colour = static_cast<float>(inverseColour_);
    features[0] = x * position;
    features[1] = y * position;
    for (int c = 0; c < Channels; ++c) {
      const float *plane = planes_ + c * pixels_ + pixel;
      if (count == simd::lanesOf<V>) {
        features[2 + c] = simd::load<V>(plane) * colour;
      } else {
        V values = {};
        for (int lane = 0; lane < count; ++lane)
          values[lane] = plane[lane];
        features[2 + c] = values * colour;
      }
    }
  }
  void load(int64_t pixel, double x, double y, double (&features)[dimensions]) const {
    features[0] = x * inversePosition_;
    features[1] = y * inversePosition_;
    for (int c = 0; c < Channels; ++c)
      features[2 + c] = static_cast<double>(planes_[c * pixels_ + pixel]) * inverseColour_;
  }

private:
  const float *planes_;
  int64_t pixels_;
  double inversePosition_;
  double inverseColour_;
};

/// Calls body(pixel, count, block) for the pixels [begin, end) of an image of that
/// width, in order: lane i of the block is the simplex of pixel + i, i < count. Stops
/// and returns false at the first pixels whose features Word does not reach.
template <int D, typename Word, typename Features, typename Body>
inline bool forEachBlock(const Features &features, int32_t width, int64_t begin, int64_t end,
                         const Body &body) {
  int64_t x = begin % width, y = begin / width;
  const auto advance = [&x, &y, width](int64_t pixels) {
    for (x += pixels; x >= width; x -= width)
      ++y;
  };
  if constexpr (sizeof(Word) == sizeof(WideKey)) {
    for (int64_t pixel = begin; pixel < end; ++pixel) {
      double at[D];
      features.load(pixel, static_cast<double>(x), static_cast<double>(y), at);
      WideSimplex<D> block;
      if (!block.compute(at))
        return false;
      body(pixel, 1, block);
      advance(1);
    }
    return true;
  } else {
    using V = FeatureLanes;
    constexpr int lanes = simd::lanesOf<V>;
    SimplexBlock<D, V> block;
    for (int64_t pixel = begin; pixel < end; pixel += lanes) {
      const int count = static_cast<int>(std::min(int64_t{lanes}, end - pixel));
      V column, row, at[D];
      if (x + lanes <= width) {
        column = simd::ramp<V>(static_cast<float>(x), 1.0f);
        row = simd::broadcast<V>(static_cast<float>(y));
        advance(lanes);
      } else {
        for (int lane = 0; lane < lanes; ++lane) {
          column[lane] = static_cast<float>(x);
          row[lane] = static_cast<float>(y);
          advance(1);
        }
      }
      features.load(pixel, count, column, row, at);
      const auto inReach = block.compute(at);
      for (int lane = 0; lane < count; ++lane)
        if (!inReach[lane])
          return false;
      body(pixel, count, block);
    }
    return true;
  }
}

} // namespace segc

#endif // SEGC_FEATURES_H
