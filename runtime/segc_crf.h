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
//     adds every pixel's belief, softmax(scores + messages), to the rows `splat` of
//     the table `next`; the messages are the rows `slice` of `table`
//   result(parallel, table, slice, weight, scores, width, constants..., output)
//     stores the beliefs, or the labels
//   blur(parallel, own, table, links, factor, output)
//     output[v] = factor * (own[v] + (table[links[v][0]] + table[links[v][1]]) / 2)
//
// The constants are what the kernels ask for: compatibilities, weights of the labels.
//
// A table has a row of `padded` floats for each vertex:
//
//   [bilateral vertices][spatial vertices][zero][spatial splat rows][side rows]
//
// Two tables take turns. Of an iteration that reads table A, the splat and the six
// bilateral blurs go B, A, B, ... and end in B, which the next iteration reads. The
// three spatial blurs would end in A: they start from rows of their own in B instead,
// whose vertices the last blur moves to where they are sliced.
//
// The normalisation 1 / sqrt(n_i n_j) is part of the weights of the pixels' rows, so
// constant factors of the filters cancel. Bits depend on sizes and values alone.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CRF_H
#define SEGC_CRF_H

#include "segc_lattice.h"
#include "segc_layout.h"
#include "segc_vector.h"

#include <atomic>
#include <cmath>
#include <cstring>

namespace segc {

struct CrfParameters {
  int32_t iterations;
  float bilateralSigmaXy;  ///< pixels
  float bilateralSigmaRgb; ///< in the units of the image
  float bilateralWeight;
  float spatialSigma; ///< pixels
  float spatialWeight;
  int32_t classes;
  int32_t padded; ///< classes in a row, a multiple of 4
};

namespace crf {

/// Columns of slice, splat and weight: six bilateral ones, three spatial ones.
constexpr int32_t kTaps = 9;
/// Image rows are dealt to about so many strips, whatever the number of threads.
constexpr int32_t kStrips = 12;

inline LatticeImage imageOf(int32_t width, int32_t height) {
  // Strips of whole rows, not too small ones.
  const int32_t least = static_cast<int32_t>((int64_t{1024} + width - 1) / width);
  const int32_t rows = std::min(height, std::max((height + kStrips - 1) / kStrips, least));
  const int64_t pixels = int64_t{rows} * width;
  return {width, height, static_cast<int32_t>(std::min(pixels, int64_t{1} << 30))};
}

/// Where everything lies in the scratch memory, for the image's size alone.
struct Layout {
  int64_t slice, splat, weight, links, sumRows, sumStarts, tables[2], lattice;
  int64_t rows; ///< of a table at most
  int64_t total = -1;

  Layout(int32_t width, int32_t height, int32_t padded) {
    const LatticeImage image = imageOf(width, height);
    const int64_t pixels = image.pixels();
    // Even noise seen through a narrow Gaussian has no more vertices than six a pixel. The
    // worst case, a spatial Gaussian of less than a pixel on top, is not provided for but
    // in small images.
    rows = std::min(pixels * 8 + 65536, int64_t{INT32_MAX} / padded);
    int64_t end = 0;
    bool fits = pixels * kTaps <= INT32_MAX;
    const auto carve = [&](int64_t count, int64_t size) {
      const int64_t begin = end, bytes = alignedSize(checkedProduct(count, size));
      end = checkedSum(end, bytes);
      fits &= end >= 0;
      return begin;
    };
    slice = carve(pixels * kTaps, 4);
    splat = carve(pixels * kTaps, 4);
    weight = carve(pixels * kTaps, 4);
    links = carve(rows, 2 * 6 * 4);
    sumRows = carve(rows, 4);
    sumStarts = carve(rows + 2, 4);
    tables[0] = carve(rows, int64_t{padded} * 4);
    tables[1] = carve(rows, int64_t{padded} * 4);
    // The lattices are built one after the other; the spatial one, whose vertices are
    // numbered last, works behind the bilateral one, which is connected when the rows of
    // both are known.
    const int64_t bilateral = Lattice<5>::bytes(image), spatial = Lattice<2>::bytes(image);
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
    // x - x is NaN for what is not finite.
    float sums[16] = {};
    for (int32_t block = 0; block < map.extent[3]; ++block) {
      const float *row = data + int64_t{y} * map.stride[2] + int64_t{block} * map.stride[3];
      int64_t i = 0;
      for (; i + 16 <= length; i += 16)
        for (int lane = 0; lane < 16; ++lane)
          sums[lane] += row[i + lane] - row[i + lane];
      for (; i < length; ++i)
        sums[0] += row[i] - row[i];
    }
    for (float sum : sums)
      if (!(sum == 0))
        finite.store(false, std::memory_order_relaxed);
  });
  return finite.load(std::memory_order_relaxed);
}

class MeanField {
public:
  MeanField(const CrfParameters &parameters, int32_t width, int32_t height, void *scratch,
            const segc_parallel *parallel)
      : p_(parameters), image_(imageOf(width, height)), layout_(width, height, parameters.padded),
        memory_(static_cast<char *>(scratch)), parallel_(parallel) {}

  /// Builds both lattices. `planes` is float[3][height][width].
  int32_t build(const float *planes) {
    const int64_t pixels = image_.pixels();
    char *work = memory_ + layout_.lattice;
    Lattice<5> bilateral(image_, work, parallel_);
    Lattice<2> spatial(image_, work + alignedSize(Lattice<5>::bytes(image_)), parallel_);
    const LatticeTaps bilateralTaps = taps(0), spatialTaps = taps(6);
    if (bilateral.number(
            BilateralFeatures(planes, pixels, p_.bilateralSigmaXy, p_.bilateralSigmaRgb),
            bilateralTaps) != LatticeStatus::Ok ||
        spatial.number(SpatialFeatures(p_.spatialSigma), spatialTaps) != LatticeStatus::Ok)
      return SEGC_ERROR_VALUE;

    const int64_t own = int64_t{bilateral.vertices()} + 2 * int64_t{spatial.vertices()} + 1;
    const int64_t rows = own + bilateral.sideRows() + spatial.sideRows();
    // The links of both lattices share the place of six axes of all rows.
    if (rows > layout_.rows)
      return SEGC_ERROR_CAPACITY;
    rows_ = static_cast<int32_t>(rows);
    vertices_[0] = bilateral.vertices();
    vertices_[1] = spatial.vertices();
    zeroRow_ = vertices_[0] + vertices_[1];
    const int32_t splatRow = zeroRow_ + 1, side = splatRow + vertices_[1];
    spatialSplatRow_ = splatRow;
    LatticeRows<5> bilateralRows = {0, 0, side, zeroRow_, {}};
    LatticeRows<2> spatialRows = {vertices_[0],
                                  splatRow,
                                  side + bilateral.sideRows(),
                                  zeroRow_,
                                  {splatRow, vertices_[0], splatRow}};
    int32_t *links = at<int32_t>(layout_.links);
    int32_t *sumRows = at<int32_t>(layout_.sumRows), *starts = at<int32_t>(layout_.sumStarts);
    bilateral.connect(bilateralRows, bilateralTaps, links, {sumRows, starts});
    spatialLinks_ = int64_t{6} * vertices_[0] * 2;
    spatial.connect(spatialRows, spatialTaps, links + spatialLinks_,
                    {sumRows + bilateral.sharedVertices(), starts + bilateral.sharedVertices()});
    sums_ = bilateral.sharedVertices() + spatial.sharedVertices();
    normalise();
    return SEGC_OK;
  }

  /// Kernels and constants as above; `output` is what `result` takes.
  template <typename Pixels, typename Result, typename Blur, typename... Constants>
  void run(const Pixels &pixels, const Result &result, const Blur &blur, const View &scores,
           const View &output, Constants... constants) {
    const View slices = rowsView(at<int32_t>(layout_.slice), kTaps, image_.pixels());
    const View splats = rowsView(at<int32_t>(layout_.splat), kTaps, image_.pixels());
    const View weights = rowsView(at<float>(layout_.weight), kTaps, image_.pixels());
    float *a = at<float>(layout_.tables[0]), *b = at<float>(layout_.tables[1]);
    clear(a);
    const int32_t stripRows = image_.stripPixels / image_.width;
    for (int32_t i = 0; i < p_.iterations; ++i) {
      clear(b);
      pixels(parallel_, table(a), slices, weights, scores, image_.width, constants..., splats,
             stripRows, table(b));
      addSides(b);
      filter(blur, a, b);
      std::swap(a, b);
    }
    result(parallel_, table(a), slices, weights, scores, image_.width, constants..., output);
  }

private:
  template <typename T> T *at(int64_t offset) const {
    return reinterpret_cast<T *>(memory_ + offset);
  }
  LatticeTaps taps(int32_t column) const {
    return {at<int32_t>(layout_.slice) + column, at<int32_t>(layout_.splat) + column,
            at<float>(layout_.weight) + column, kTaps};
  }
  View table(float *data) const { return rowsView(data, p_.padded, rows_); }

  /// Calls body(first, last) for pieces of [0, count).
  template <typename Body> void forPieces(int64_t count, int64_t piece, const Body &body) const {
    parallelFor(parallel_, 0, static_cast<int32_t>((count + piece - 1) / piece),
                [&](int32_t i) { body(i * piece, std::min(count, (i + 1) * piece)); });
  }

  void clear(float *data) const {
    forPieces(rows_, 4096, [&](int64_t first, int64_t last) {
      std::memset(data + first * p_.padded, 0, (last - first) * p_.padded * sizeof(float));
    });
  }

  /// Rows that several strips splat to.
  void addSides(float *data) const {
    using V = simd::f32x4;
    const int32_t *rows = at<int32_t>(layout_.sumRows), *starts = at<int32_t>(layout_.sumStarts);
    forPieces(sums_, 256, [&](int64_t first, int64_t last) {
      for (int64_t i = first; i < last; ++i) {
        float *to = data + int64_t{rows[i]} * p_.padded;
        for (int32_t c = 0; c < p_.padded; c += 4) {
          V sum = {};
          for (int32_t side = starts[i]; side < starts[i + 1]; ++side)
            sum += simd::load<V>(data + int64_t{side} * p_.padded + c);
          simd::store<V>(to + c, sum);
        }
      }
    });
  }

  /// Blurs what was splatted to `b`, by way of `a`; ends in `b`.
  template <typename Blur> void filter(const Blur &blur, float *a, float *b) const {
    const int32_t *links = at<int32_t>(layout_.links);
    float *from = b, *to = a;
    for (int axis = 0; axis < 6; ++axis) {
      step(blur, from, 0, links + int64_t{axis} * vertices_[0] * 2, 0,
           axis == 5 ? p_.bilateralWeight : 1.0f, to, 0);
      std::swap(from, to);
    }
    links += spatialLinks_;
    const int64_t size = int64_t{vertices_[1]} * 2;
    const int32_t slice = vertices_[0], splat = spatialSplatRow_;
    step(blur, b, splat, links, 1, 1.0f, a, slice);
    step(blur, a, slice, links + size, 1, 1.0f, b, splat);
    step(blur, b, splat, links + 2 * size, 1, p_.spatialWeight, b, slice);
  }

  template <typename Blur>
  void step(const Blur &blur, float *from, int32_t fromRow, const int32_t *links, int which,
            float factor, float *to, int32_t toRow) const {
    const int32_t count = vertices_[which];
    blur(parallel_, rowsView(from + int64_t{fromRow} * p_.padded, p_.padded, count), table(from),
         rowsView(links, 2, count), factor,
         rowsView(to + int64_t{toRow} * p_.padded, p_.padded, count));
  }

  /// Filters ones, and multiplies the weights of the pixels by the inverse roots.
  void normalise() {
    const int32_t *slices = at<int32_t>(layout_.slice), *splats = at<int32_t>(layout_.splat);
    float *weights = at<float>(layout_.weight);
    float *a = at<float>(layout_.tables[0]), *b = at<float>(layout_.tables[1]);
    std::memset(a, 0, rows_ * sizeof(float));
    std::memset(b, 0, rows_ * sizeof(float));
    parallelFor(parallel_, 0, image_.strips(), [&](int32_t strip) {
      for (int64_t i = image_.stripBegin(strip) * kTaps; i < image_.stripEnd(strip) * kTaps; ++i)
        b[splats[i]] += weights[i];
    });
    const int32_t *rows = at<int32_t>(layout_.sumRows), *starts = at<int32_t>(layout_.sumStarts);
    for (int32_t i = 0; i < sums_; ++i) {
      float sum = 0;
      for (int32_t side = starts[i]; side < starts[i + 1]; ++side)
        sum += b[side];
      b[rows[i]] = sum;
    }
    const auto blur = [&](const segc_parallel *, const View &own, const View &table,
                          const View &links, float factor, const View &out) {
      const float *from = static_cast<const float *>(own.data);
      const float *all = static_cast<const float *>(table.data);
      const int32_t *link = static_cast<const int32_t *>(links.data);
      float *to = static_cast<float *>(out.data);
      forPieces(out.extent[1], 8192, [&](int64_t first, int64_t last) {
        for (int64_t v = first; v < last; ++v)
          to[v] = factor * (from[v] + 0.5f * (all[link[2 * v]] + all[link[2 * v + 1]]));
      });
    };
    // The same filter on rows of one float, without the kernels' weights.
    MeanField ones = *this;
    ones.p_.padded = 1;
    ones.p_.bilateralWeight = ones.p_.spatialWeight = 1;
    ones.filter(blur, a, b);
    forPieces(image_.pixels(), 4096, [&](int64_t first, int64_t last) {
      for (int64_t pixel = first; pixel < last; ++pixel)
        for (const auto &[begin, end] : {std::pair(0, 6), std::pair(6, 9)}) {
          const int64_t base = pixel * kTaps;
          float sum = 0;
          for (int k = begin; k < end; ++k)
            sum += weights[base + k] * b[slices[base + k]];
          const float scale = 1.0f / std::sqrt(sum);
          for (int k = begin; k < end; ++k)
            weights[base + k] *= scale;
        }
    });
  }

  CrfParameters p_;
  LatticeImage image_;
  Layout layout_;
  char *memory_;
  const segc_parallel *parallel_;
  int32_t rows_ = 0, zeroRow_ = 0, spatialSplatRow_ = 0, sums_ = 0;
  int32_t vertices_[2] = {0, 0};
  int64_t spatialLinks_ = 0;
};

} // namespace crf

/// Bytes of scratch memory for an image, or -1 if it is too large.
inline int64_t crfScratchBytes(int64_t width, int64_t height, int32_t padded) {
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX ||
      checkedProduct(width, height) < 0 || width * height > INT32_MAX)
    return -1;
  return crf::Layout(static_cast<int32_t>(width), static_cast<int32_t>(height), padded).total;
}

/// The whole mean field of one image. `image` is planes [3][height][width]; `scores` and `output`
/// are what the kernels take; `scratch`, aligned to 64 bytes, holds crfScratchBytes().
/// SEGC_ERROR_VALUE if a score or a colour is not finite, or a colour millions of deviations from
/// zero, SEGC_ERROR_CAPACITY if the image has
/// too many colours in too small a place for the scratch memory.
template <typename Pixels, typename Result, typename Blur, typename... Constants>
inline int32_t denseCrf(const segc_parallel *parallel, const Pixels &pixels, const Result &result,
                        const Blur &blur, const CrfParameters &parameters, const View &image,
                        const View &scores, const View &output, void *scratch,
                        Constants... constants) {
  const int32_t width = image.extent[1], height = image.extent[2];
  if (!crf::allFinite(scores, width, parallel))
    return SEGC_ERROR_VALUE;
  crf::MeanField field(parameters, width, height, scratch, parallel);
  if (const int32_t status = field.build(static_cast<const float *>(image.data)))
    return status;
  field.run(pixels, result, blur, scores, output, constants...);
  return SEGC_OK;
}

} // namespace segc

#endif // SEGC_CRF_H
