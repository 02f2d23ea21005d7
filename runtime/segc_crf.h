//===- segc_crf.h - mean field of a dense CRF --------------------*- C++ -*-===//
//
// Part of the runtime of packages with a dense CRF. C++17, no allocation, no
// exceptions.
//
// Runs the mean field of Kraehenbuehl and Koltun (Efficient Inference in Fully
// Connected CRFs with Gaussian Edge Potentials, 2011). The Gaussian filters are two
// permutohedral lattices (segc_lattice.h), one over position and colour, one over
// position; the arithmetic is in generated kernels:
//
//   pixels(parallel, table, slice, weight, scores, width, constants..., splat, stripRows, next)
//     adds every pixel's belief, softmax(scores + messages), to the rows at the offsets
//     `splat` of the table `next`; the messages are the rows at `slice` of `table`
//   first(same arguments)
//     the same without messages
//   result(parallel, table, slice, weight, scores, width, constants..., output)
//     stores the beliefs, or the labels
//   blur(parallel, chains, zeroRow, firstSpare, table)
//     what a LatticeLink says for each entry of the list `chains`, in order
//
// The constants are what the kernels ask for: compatibilities, weights of the labels.
//
// A table has a row of `padded` floats for each vertex:
//
//   [bilateral vertices][spatial vertices][zero][side rows][spare rows]
//
// Two tables take turns: an iteration slices one and splats into the other, which is
// then blurred in place along all axes (segc_lattice.h).
//
// The normalisation 1 / sqrt(n_i n_j) and the roots of the kernels' weights are part of
// the weights of the pixels' rows, so constant factors of the filters cancel. Bits
// depend on sizes and values alone.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CRF_H
#define SEGC_CRF_H

#include "segc_crf_parameters.h"
#include "segc_lattice.h"
#include "segc_layout.h"
#include "segc_vector.h"

#include <atomic>
#include <cmath>
#include <cstring>

namespace segc {

namespace crf {

/// Pixels that they go on for after the image's last, zeros: kernels read ahead.
constexpr int32_t kTail = 16;

/// Rows of the spatial lattice of an image at most, side rows included. Vertices lie in a
/// triangular lattice with an edge of one deviation, none further than that from a pixel of its
/// strip; a hexagon of sqrt(3) / 2 square deviations belongs to each.
inline int64_t mostSpatialRows(const LatticeImage &image, int32_t sigmaThousandths) {
  const double sigma = std::max(sigmaThousandths, 1) * 1e-3;
  const int32_t stripHeight = (image.stripPixels + image.width - 1) / image.width;
  const double ofStrip = 1.155 * (image.width / sigma + 4) * (stripHeight / sigma + 4);
  const double most = std::min(ofStrip * image.strips(), 3.0 * static_cast<double>(image.pixels()));
  return static_cast<int64_t>(most) + 1;
}

/// Where everything lies in the scratch memory, for the image's size, its channels and the spatial
/// deviation alone.
template <int Channels> struct Layout {
  static constexpr int32_t kBilateralTaps = bilateralTaps(Channels);
  static constexpr int32_t kTaps = kBilateralTaps + kSpatialTaps;
  using BilateralLattice = Lattice<2 + Channels>;

  int64_t slice, splat, weight, chains, sideRows, tables[2], lattice;
  int64_t rows; ///< of a table at most
  int64_t total = -1;

  Layout(int32_t width, int32_t height, int32_t padded, int32_t spatialSigmaThousandths) {
    const LatticeImage image = latticeImage(width, height);
    const int64_t pixels = image.pixels();
    // Of the bilateral lattice, a pixel may have all its vertices for itself.
    const int64_t bilateralRows = kBilateralTaps * pixels;
    const int64_t spares = (bilateralRows + kLatticePiece - 1) / kLatticePiece * kLatticeSpares;
    rows = bilateralRows + mostSpatialRows(image, spatialSigmaThousandths) + 1 + spares;
    rows = std::min(rows, int64_t{INT32_MAX} / padded); // offsets are int32_t
    int64_t end = 0;
    bool fits = (pixels + kTail) * kTaps <= INT32_MAX;
    const auto carve = [&](int64_t count, int64_t size) {
      const int64_t begin = end, bytes = alignedSize(checkedProduct(count, size));
      end = checkedSum(end, bytes);
      fits &= end >= 0;
      return begin;
    };
    slice = carve((pixels + kTail) * kTaps, 4);
    splat = carve((pixels + kTail) * kTaps, 4);
    weight = carve((pixels + kTail) * kTaps, 4);
    chains = carve(rows, kBilateralTaps * 4);
    sideRows = carve(rows, 4);
    tables[0] = carve(rows, int64_t{padded} * 4);
    tables[1] = carve(rows, int64_t{padded} * 4);
    // The lattices are built one after the other; the spatial one, whose vertices are
    // numbered last, works behind the bilateral one, which is connected when the rows of
    // both are known.
    const int64_t bilateral = BilateralLattice::bytes(image), spatial = Lattice<2>::bytes(image);
    lattice = tables[0];
    const int64_t building = checkedSum(checkedSum(lattice, alignedSize(bilateral)), spatial);
    fits &= bilateral >= 0 && spatial >= 0 && building >= 0;
    if (fits)
      total = std::max(end, building);
  }
};

/// A dense array of rows.
template <typename T> inline View rowsView(T *data, int64_t length, int64_t rows) {
  const int64_t extents[2] = {rows, length};
  return denseView(data, extents, 2);
}

/// Whether the pixels of a feature map (lane, x, y, block) are finite numbers, without what
/// lies beside them.
inline bool allFinite(const View &map, int32_t width, const segc_parallel *parallel) {
  const float *data = static_cast<const float *>(map.data) - int64_t{map.min[1]} * map.stride[1];
  std::atomic<bool> finite{true};
  parallelFor(parallel, 0, map.extent[2], [&](int32_t y) {
    const int64_t length = int64_t{map.extent[0]} * width;
    using V = simd::f32x16;
    // x - x is NaN for what is not finite.
    V sums = {};
    for (int32_t block = 0; block < map.extent[3]; ++block) {
      const float *row = data + int64_t{y} * map.stride[2] + int64_t{block} * map.stride[3];
      int64_t i = 0;
      for (; i + 16 <= length; i += 16)
        sums += simd::load<V>(row + i) - simd::load<V>(row + i);
      for (; i < length; ++i)
        sums[0] += row[i] - row[i];
    }
    if (!(simd::sumOfLanes(sums) == 0))
      finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

template <int Channels> class MeanField {
public:
  MeanField(const CrfParameters &parameters, int32_t width, int32_t height, void *scratch,
            const segc_parallel *parallel)
      : p_(parameters), image_(latticeImage(width, height)),
        layout_(width, height, parameters.padded, parameters.spatialSigmaThousandths),
        memory_(static_cast<char *>(scratch)), parallel_(parallel) {}

  /// Builds both lattices. `planes` is float[Channels][height][width].
  int32_t build(const float *planes) {
    const int64_t pixels = image_.pixels();
    char *work = memory_ + layout_.lattice;
    BilateralLattice bilateral(image_, work, parallel_);
    Lattice<2> spatial(image_, work + alignedSize(BilateralLattice::bytes(image_)), parallel_);
    const LatticeTaps bilateralTaps = taps(0), spatialTaps = taps(kBilateralTaps);
    const BilateralFeatures<Channels> features(planes, pixels, p_.bilateralSigmaXy,
                                               p_.bilateralSigmaRgb);
    if (bilateral.number(features, bilateralTaps) != LatticeStatus::Ok ||
        spatial.number(SpatialFeatures(p_.spatialSigma), spatialTaps) != LatticeStatus::Ok)
      return SEGC_ERROR_VALUE;

    vertices_[0] = bilateral.vertices();
    vertices_[1] = spatial.vertices();
    const int64_t side = int64_t{vertices_[0]} + vertices_[1] + 1;
    const int64_t spare = side + bilateral.sideRows() + spatial.sideRows();
    const int64_t rows = spare + latticeSpareRows(std::max(vertices_[0], vertices_[1]));
    if (rows > layout_.rows)
      return SEGC_ERROR_CAPACITY;
    rows_ = static_cast<int32_t>(rows);
    zeroRow_ = vertices_[0] + vertices_[1];
    LatticeRows place = {0, static_cast<int32_t>(side), zeroRow_, static_cast<int32_t>(spare)};
    sides_[0].row = at<int32_t>(layout_.sideRows);
    spareRow_ = place.spare;
    bilateralChains_.list = at<int32_t>(layout_.chains);
    bilateral.connect(place, bilateralTaps, bilateralChains_, sides_[0]);
    place.first = vertices_[0];
    place.side += bilateral.sideRows();
    sides_[1].row = sides_[0].row + bilateral.sideRows();
    spatialChains_.list = bilateralChains_.list + int64_t{kBilateralTaps} * vertices_[0];
    spatial.connect(place, spatialTaps, spatialChains_, sides_[1]);
    for (int64_t column : {layout_.slice, layout_.splat, layout_.weight})
      std::memset(at<int32_t>(column) + image_.pixels() * kTaps, 0, kTail * kTaps * 4);
    normalise();
    return SEGC_OK;
  }

  /// Kernels and constants as above; `output` is what `result` takes. After every iteration
  /// `keep(iteration, resultOf)` may call resultOf(kernel, output) for other results.
  template <typename First, typename Pixels, typename Result, typename Blur, typename Keep,
            typename... Constants>
  void run(const First &first, const Pixels &pixels, const Result &result, const Blur &blur,
           const Keep &keep, const View &scores, const View &output, Constants... constants) {
    const int64_t taps = image_.pixels() + kTail;
    const View slices = rowsView(at<int32_t>(layout_.slice), kTaps, taps);
    const View splats = rowsView(at<int32_t>(layout_.splat), kTaps, taps);
    const View weights = rowsView(at<float>(layout_.weight), kTaps, taps);
    float *a = at<float>(layout_.tables[0]), *b = at<float>(layout_.tables[1]);
    const auto resultOf = [&](const auto &kernel, const View &to) {
      kernel(parallel_, flat(a), slices, weights, scores, image_.width, constants..., to);
    };
    const auto step = [&](const auto &kernel) {
      kernel(parallel_, flat(a), slices, weights, scores, image_.width, constants..., splats,
             image_.stripPixels / image_.width, flat(b));
    };
    clear(a, rows_);
    clear(b, rows_);
    for (int32_t i = 0; i < p_.iterations; ++i) {
      if (i >= 2)
        clear(b, zeroRow_); // the rest has stayed zero, or is written before it is read
      if (i == 0)
        step(first);
      else
        step(pixels);
      addSides(b);
      filter(blur, b);
      std::swap(a, b);
      keep(i, resultOf);
    }
    resultOf(result, output);
  }

private:
  static constexpr int32_t kBilateralTaps = Layout<Channels>::kBilateralTaps;
  static constexpr int32_t kTaps = Layout<Channels>::kTaps;
  using BilateralLattice = typename Layout<Channels>::BilateralLattice;

  template <typename T> T *at(int64_t offset) const {
    return reinterpret_cast<T *>(memory_ + offset);
  }
  LatticeTaps taps(int32_t column) const {
    return {at<int32_t>(layout_.slice) + column, at<int32_t>(layout_.splat) + column,
            at<float>(layout_.weight) + column, kTaps};
  }
  View table(float *data) const { return rowsView(data, p_.padded, rows_); }
  View flat(float *data) const {
    const int64_t length = int64_t{rows_} * p_.padded;
    return denseView(data, &length, 1);
  }

  /// Calls body(first, last) for pieces of [0, count).
  template <typename Body> void forPieces(int64_t count, int64_t piece, const Body &body) const {
    parallelFor(parallel_, 0, static_cast<int32_t>((count + piece - 1) / piece),
                [&](int32_t i) { body(i * piece, std::min(count, (i + 1) * piece)); });
  }

  void clear(float *data, int64_t rows) const {
    forPieces(rows, 4096, [&](int64_t first, int64_t last) {
      std::memset(data + first * p_.padded, 0, (last - first) * p_.padded * sizeof(float));
    });
  }

  /// Calls add(row, side row, row needed soon) for all side rows: those of a strip in parallel.
  template <typename Add> void forSides(const Add &add) const {
    int32_t side = zeroRow_ + 1;
    for (const LatticeSides &sides : sides_) {
      for (int32_t strip = 0; strip < image_.strips(); ++strip)
        forPieces(sides.begin[strip + 1] - sides.begin[strip], 1024,
                  [&, begin = sides.begin[strip]](int64_t first, int64_t last) {
                    for (int64_t i = begin + first; i < begin + last; ++i)
                      add(sides.row[i], side + i, sides.row[std::min(i + 8, begin + last - 1)]);
                  });
      side += sides.begin[image_.strips()];
    }
  }

  /// Side rows are left as zeros.
  void addSides(float *data) const {
    using V = simd::f32x4;
    forSides([&](int64_t row, int64_t side, int64_t ahead) {
      float *to = data + row * p_.padded, *from = data + side * p_.padded;
      __builtin_prefetch(data + ahead * p_.padded);
      __builtin_prefetch(data + ahead * p_.padded + 16);
      for (int32_t c = 0; c < p_.padded; c += 4) {
        simd::store<V>(to + c, simd::load<V>(to + c) + simd::load<V>(from + c));
        simd::store<V>(from + c, V{});
      }
    });
  }

  /// Calls body(list, count) for the chains of each axis.
  template <typename Body> void forAxes(const Body &body) const {
    for (int axis = 0; axis < kBilateralTaps; ++axis)
      body(bilateralChains_.list + int64_t{axis} * vertices_[0], bilateralChains_.count[axis]);
    for (int axis = 0; axis < kSpatialTaps; ++axis)
      body(spatialChains_.list + int64_t{axis} * vertices_[1], spatialChains_.count[axis]);
  }

  /// Blurs what was splatted.
  template <typename Blur> void filter(const Blur &blur, float *data) const {
    forAxes([&](const int32_t *list, int32_t count) {
      keepCutRows(list, count, spareRow_, [&](int32_t to, int32_t from) {
        std::memcpy(data + int64_t{to} * p_.padded, data + int64_t{from} * p_.padded,
                    p_.padded * sizeof(float));
      });
      const int64_t length = count;
      blur(parallel_, denseView(list, &length, 1), zeroRow_, spareRow_, table(data));
    });
  }

  /// Filters ones, and multiplies the weights of the pixels by the inverse roots and the roots
  /// of the kernels' weights. Rows of the pixels become offsets.
  void normalise() {
    int32_t *slices = at<int32_t>(layout_.slice), *splats = at<int32_t>(layout_.splat);
    float *weights = at<float>(layout_.weight);
    float *ones = at<float>(layout_.tables[0]); // a float a row
    std::memset(ones, 0, rows_ * sizeof(float));
    parallelFor(parallel_, 0, image_.strips(), [&](int32_t strip) {
      for (int64_t i = image_.stripBegin(strip) * kTaps; i < image_.stripEnd(strip) * kTaps; ++i)
        ones[splats[i]] += weights[i];
    });
    forSides([&](int64_t row, int64_t side, int64_t) { ones[row] += ones[side]; });
    forAxes([&](const int32_t *list, int32_t count) {
      keepCutRows(list, count, spareRow_, [&](int32_t to, int32_t from) { ones[to] = ones[from]; });
      forPieces(count, kLatticePiece, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
          const LatticeLink link =
              latticeLink(list, count, static_cast<int32_t>(i), zeroRow_, spareRow_);
          ones[link.save] = ones[link.own];
          ones[link.own] += 0.5f * (ones[link.previous] + ones[link.next]);
        }
      });
    });
    forPieces(image_.pixels(), kNormalised, [&](int64_t first, int64_t last) {
      normalisePixels(ones, slices + first * kTaps, weights + first * kTaps, last - first);
      for (int32_t *rows : {slices, splats})
        multiply(rows + first * kTaps, (last - first) * kTaps, p_.padded);
    });
  }

  /// Pixels normalised at a time.
  static constexpr int kNormalised = 512;

  /// Multiplies the weights of `count` pixels, whose rows of the filtered ones are `slices`.
  void normalisePixels(const float *ones, const int32_t *slices, float *weights,
                       int64_t count) const {
    using V = simd::f32x16;
    static_assert(kNormalised % simd::lanesOf<V> == 0, "no tails");
    const float strengths[2] = {p_.bilateralWeight, p_.spatialWeight};
    alignas(64) float scales[2][kNormalised] = {};
    for (int64_t pixel = 0; pixel < count; ++pixel) {
      float sums[2] = {};
      unrolled<kTaps>([&, first = pixel * kTaps](auto k) {
        sums[k >= kBilateralTaps] += weights[first + k] * ones[slices[first + k]];
      });
      scales[0][pixel] = sums[0];
      scales[1][pixel] = sums[1];
    }
    for (int which = 0; which < 2; ++which)
      for (int64_t i = 0; i < count; i += simd::lanesOf<V>) {
        const V sums = simd::load<V>(scales[which] + i);
        simd::store<V>(scales[which] + i, simd::sqrt(strengths[which] / sums));
      }
    for (int64_t pixel = 0; pixel < count; ++pixel)
      unrolled<kTaps>([&, first = pixel * kTaps](auto k) {
        weights[first + k] *= scales[k >= kBilateralTaps][pixel];
      });
  }

  static void multiply(int32_t *values, int64_t count, int32_t factor) {
    using V = simd::i32x16;
    int64_t i = 0;
    for (; i + simd::lanesOf<V> <= count; i += simd::lanesOf<V>)
      simd::store<V>(values + i, simd::load<V>(values + i) * factor);
    for (; i < count; ++i)
      values[i] *= factor;
  }

  CrfParameters p_;
  LatticeImage image_;
  Layout<Channels> layout_;
  char *memory_;
  const segc_parallel *parallel_;
  int32_t rows_ = 0, zeroRow_ = 0, spareRow_ = 0;
  int32_t vertices_[2] = {0, 0};
  LatticeChains<2 + Channels> bilateralChains_ = {};
  LatticeChains<2> spatialChains_ = {};
  LatticeSides sides_[2] = {};
};

} // namespace crf

/// Bytes of scratch memory for an image of 1 to 4 channels, or -1 if it is too large. `padded` and
/// `spatialSigmaThousandths` are as in CrfParameters. Any image of that size fits, unless its rows
/// are more than an int32_t counts. It has the worst case in mind, noise: a photo touches about
/// half of it.
template <int Channels>
inline int64_t crfScratchBytes(int64_t width, int64_t height, int32_t padded,
                               int32_t spatialSigmaThousandths) {
  static_assert(Channels >= 1 && Channels <= 4, "an image has 1 to 4 channels");
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX ||
      checkedProduct(width, height) < 0 || width * height > INT32_MAX)
    return -1;
  return crf::Layout<Channels>(static_cast<int32_t>(width), static_cast<int32_t>(height), padded,
                               spatialSigmaThousandths)
      .total;
}

namespace crf {

template <int Channels, typename First, typename Pixels, typename Result, typename Blur,
          typename Keep, typename... Constants>
inline int32_t solve(const segc_parallel *parallel, const First &first, const Pixels &pixels,
                     const Result &result, const Blur &blur, const Keep &keep,
                     const CrfParameters &parameters, const View &image, const View &scores,
                     const View &output, void *scratch, Constants... constants) {
  const int32_t width = image.extent[1], height = image.extent[2];
  if (!allFinite(scores, width, parallel))
    return SEGC_ERROR_VALUE;
  MeanField<Channels> field(parameters, width, height, scratch, parallel);
  if (const int32_t status = field.build(static_cast<const float *>(image.data)))
    return status;
  field.run(first, pixels, result, blur, keep, scores, output, constants...);
  return SEGC_OK;
}

} // namespace crf

/// The whole mean field of one image. `image` is planes [Channels][height][width]; `scores` and
/// `output` are what the kernels take; `scratch`, aligned to 64 bytes, holds
/// crfScratchBytes<Channels>().
/// SEGC_ERROR_VALUE if a score or a colour is not finite, or a colour millions of deviations from
/// zero, SEGC_ERROR_CAPACITY if the image has too many colours in too small a place for the
/// scratch memory.
template <int Channels, typename First, typename Pixels, typename Result, typename Blur,
          typename... Constants>
inline int32_t denseCrf(const segc_parallel *parallel, const First &first, const Pixels &pixels,
                        const Result &result, const Blur &blur, const CrfParameters &parameters,
                        const View &image, const View &scores, const View &output, void *scratch,
                        Constants... constants) {
  const auto keepNothing = [](int32_t, const auto &) {};
  return crf::solve<Channels>(parallel, first, pixels, result, blur, keepNothing, parameters, image,
                              scores, output, scratch, constants...);
}

/// The same, with the scores and the beliefs after every iteration in planar maps of
/// `iterations * classes` channels, stored by kernels like `result`.
template <int Channels, typename First, typename Pixels, typename Result, typename Blur,
          typename Scores, typename Beliefs, typename... Constants>
inline int32_t
denseCrfWithHistory(const segc_parallel *parallel, const First &first, const Pixels &pixels,
                    const Result &result, const Blur &blur, const Scores &storeScores,
                    const Beliefs &storeBeliefs, const CrfParameters &parameters, const View &image,
                    const View &scores, const View &output, void *scratch, const View &scoresOfAll,
                    const View &beliefsOfAll, Constants... constants) {
  const auto keep = [&](int32_t iteration, const auto &resultOf) {
    resultOf(storeScores, crf::mapsOfIteration(scoresOfAll, iteration, parameters.classes));
    resultOf(storeBeliefs, crf::mapsOfIteration(beliefsOfAll, iteration, parameters.classes));
  };
  return crf::solve<Channels>(parallel, first, pixels, result, blur, keep, parameters, image,
                              scores, output, scratch, constants...);
}

} // namespace segc

#endif // SEGC_CRF_H
