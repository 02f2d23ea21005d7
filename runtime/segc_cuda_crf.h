//===- segc_cuda_crf.h - mean field of a dense CRF, on a GPU ----*- C++ -*-===//
//
// Part of the runtime of packages for CUDA with a dense CRF. What segc_crf.h does on a processor:
// the mean field of Kraehenbuehl and Koltun (2011), whose Gaussian filters are two permutohedral
// lattices. Kernels of the network do the arithmetic of pixels, on rows of `padded` floats a
// pixel:
//
//   first(stream, table, slice, weight, scores, width, constants..., energies)
//     the scores
//   energy(same arguments)
//     the scores and the messages, which are the rows at the offsets `slice` of the table
//   beliefs(stream, energies, beliefs)
//     their softmax
//   result(stream, energies, output)
//     stores beliefs or labels
//
// In between, every vertex sums the beliefs of its taps (splat), and both lattices are blurred
// axis by axis, from one half of their tables into the other:
//
//   [bilateral vertices] twice, [spatial vertices] twice
//
// The normalisation 1 / sqrt(n_i n_j) and the roots of the kernels' weights are part of the
// weights of the pixels' taps, so constant factors of the filters cancel. Bits depend on sizes
// and values alone. What became of it is noted behind the run, or the host waits for it, once, at
// the end (RunStream).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_CRF_H
#define SEGC_CUDA_CRF_H

#include "segc_crf_parameters.h"
#include "segc_cuda_half.h"
#include "segc_cuda_lattice.h"

namespace segc {
namespace cuda {

/// Whether the first `channels` of a feature map (lane, x, y, block) of such elements are finite
/// numbers.
template <typename Element>
static __global__ void checkFiniteKernel(View map, int32_t width, int32_t channels,
                                         int32_t *status) {
  const int64_t thread = threadNumber(), length = int64_t{map.extent[0]} * width;
  if (thread >= length * map.extent[2] * map.extent[3])
    return;
  const Element *data =
      static_cast<const Element *>(map.data) - int64_t{map.min[1]} * map.stride[1];
  const int64_t row = thread / length, block = row / map.extent[2];
  const float value = static_cast<float>(
      data[block * map.stride[3] + row % map.extent[2] * map.stride[2] + thread % length]);
  const bool isChannel = block * map.extent[0] + thread % map.extent[0] < channels;
  if (isChannel && !(value - value == 0))
    atomicMax(status, SEGC_ERROR_VALUE);
}

/// Notes the status of a field as that of its run.
static __global__ void noteKernel(const int32_t *status, int32_t *problem) {
  atomicMax(problem, *status);
}

/// Every vertex sums the rows of its taps; ones if there are no rows.
static __global__ void splatKernel(LatticeArrays lattice, const float *weight, const float *rows,
                                   int32_t length, int32_t tapsOfPixel, float *table) {
  const int64_t count = int64_t{*lattice.count} * length;
  for (int64_t i = threadNumber(); i < count; i += int64_t{gridDim.x} * blockDim.x) {
    const int64_t vertex = i / length, lane = i % length;
    float sum = 0;
    for (int32_t entry = lattice.begin[vertex]; entry < lattice.begin[vertex + 1]; ++entry) {
      const int32_t tap = lattice.entries[entry];
      const float value = rows ? rows[int64_t{tap / tapsOfPixel} * length + lane] : 1.0f;
      sum = device::fma(weight[tap], value, sum);
    }
    table[i] = sum;
  }
}

/// Half of a vertex's neighbours on an axis is added to it.
static __global__ void blurKernel(LatticeArrays lattice, int32_t axis, int32_t length,
                                  const float *from, float *to) {
  const int64_t count = int64_t{*lattice.count} * length;
  for (int64_t i = threadNumber(); i < count; i += int64_t{gridDim.x} * blockDim.x) {
    const int64_t vertex = i / length, lane = i % length, place = axis * lattice.most + vertex;
    const int64_t before = lattice.before[place], behind = lattice.behind[place];
    const float sum = (before < 0 ? 0.0f : from[before * length + lane]) +
                      (behind < 0 ? 0.0f : from[behind * length + lane]);
    to[i] = device::fma(0.5f, sum, from[i]);
  }
}

/// `ones` are the filtered ones of a lattice. Its taps' weights are multiplied by the inverse root
/// and the root of the filter's weight; its vertices become offsets of rows, which begin at
/// `first`.
template <int taps>
__global__ void normaliseKernel(Taps lattice, const float *ones, int64_t pixels, float strength,
                                int32_t padded, int32_t first) {
  const int64_t pixel = threadNumber();
  if (pixel >= pixels)
    return;
  float sum = 0;
  for (int64_t i = pixel * lattice.stride; i < pixel * lattice.stride + taps; ++i)
    sum = device::fma(lattice.weight[i], ones[lattice.vertex[i]], sum);
  const float scale = device::sqrt(strength / sum);
  for (int64_t i = pixel * lattice.stride; i < pixel * lattice.stride + taps; ++i) {
    lattice.weight[i] *= scale;
    lattice.vertex[i] = first + lattice.vertex[i] * padded;
  }
}

/// Where everything lies in the scratch memory, for the image's size, its channels and the spatial
/// deviation alone.
template <int Channels> struct CrfMemory {
  static constexpr int32_t kBilateralTaps = crf::bilateralTaps(Channels);
  static constexpr int32_t kTaps = kBilateralTaps + crf::kSpatialTaps;

  int64_t pixels, rows[2]; ///< vertices of the lattices at most
  int64_t status = 0, slice, weight, energies, beliefs, table, lattices[2];
  int64_t total = -1;

  CrfMemory(int64_t width, int64_t height, int32_t padded, int32_t sigmaThousandths)
      : pixels(width * height) {
    // Vertices lie in a triangular lattice with an edge of one deviation, none further than that
    // from a pixel; a hexagon of sqrt(3) / 2 square deviations belongs to each. In the bilateral
    // lattice a pixel may have all its vertices for itself.
    const double sigma = (sigmaThousandths < 1 ? 1 : sigmaThousandths) * 1e-3;
    const double spatial = 1.155 * (static_cast<double>(width) / sigma + 4) *
                           (static_cast<double>(height) / sigma + 4);
    const int64_t all = crf::kSpatialTaps * pixels;
    rows[1] = spatial < static_cast<double>(all) ? static_cast<int64_t>(spatial) + 1 : all;
    rows[0] = kBilateralTaps * pixels;
    // Offsets are int32_t, and there are two tables.
    const int64_t most = INT32_MAX / padded / 2;
    if (rows[1] >= most)
      return;
    if (rows[0] > most - rows[1])
      rows[0] = most - rows[1];
    const int64_t bytes[2] = {Lattice<Channels>::bytes(pixels, rows[0]),
                              Lattice<0>::bytes(pixels, rows[1])};
    int64_t end = alignedSize(sizeof(int32_t));
    const auto carve = [&end](int64_t size) {
      const int64_t begin = end;
      end = checkedSum(end, alignedSize(size));
      return begin;
    };
    slice = carve(checkedProduct(pixels, kTaps * 4));
    weight = carve(checkedProduct(pixels, kTaps * 4));
    energies = carve(checkedProduct(pixels, int64_t{padded} * 4));
    beliefs = carve(checkedProduct(pixels, int64_t{padded} * 4));
    table = carve(checkedProduct(2 * (rows[0] + rows[1]), int64_t{padded} * 4));
    for (int which = 0; which < 2; ++which)
      lattices[which] = carve(bytes[which]);
    // Places of taps and of energies are int32_t too.
    if (pixels <= INT32_MAX / kTaps && pixels <= INT32_MAX / padded)
      total = end;
  }
};

template <int Channels, typename Score> class MeanField {
public:
  MeanField(const RunStream &stream, const CrfParameters &parameters, int32_t width, int32_t height,
            void *scratch)
      : p_(parameters), stream_(stream), width_(width), height_(height),
        memory_(width, height, parameters.padded, parameters.spatialSigmaThousandths),
        base_(static_cast<char *>(scratch)) {}

  /// Builds both lattices and the weights of the taps.
  int32_t build(const float *planes, const View &scores) {
    int32_t *const status = at<int32_t>(memory_.status);
    then([&] { return statusOf(cudaMemsetAsync(status, 0, sizeof *status, stream_)); });
    then([&] {
      return launchFor(int64_t{scores.extent[0]} * width_ * scores.extent[2] * scores.extent[3],
                       stream_, &checkFiniteKernel<Score>, scores, width_, p_.classes, status);
    });
    buildOne<Channels>(0,
                       {planes, width_, memory_.pixels, p_.bilateralSigmaXy, p_.bilateralSigmaRgb});
    buildOne<0>(1, {nullptr, width_, memory_.pixels, p_.spatialSigma, 1});
    filter(nullptr, 1);
    normaliseOne<kTaps - crf::kSpatialTaps>(0, p_.bilateralWeight);
    normaliseOne<crf::kSpatialTaps>(1, p_.spatialWeight);
    return problem_;
  }

  /// Kernels and constants as above. After every iteration `keep(iteration, energies)` may store
  /// something.
  template <typename First, typename Energy, typename Beliefs, typename Result, typename Keep,
            typename... Constants>
  int32_t run(const First &first, const Energy &energy, const Beliefs &beliefs,
              const Result &result, const Keep &keep, const View &scores, const View &output,
              Constants... constants) {
    const int64_t ofTaps[2] = {memory_.pixels, kTaps};
    const int64_t ofTable = 2 * (memory_.rows[0] + memory_.rows[1]) * p_.padded;
    const int64_t ofRows[3] = {height_, width_, p_.padded};
    const View slice = denseView(at<int32_t>(memory_.slice), ofTaps, 2);
    const View weight = denseView(at<float>(memory_.weight), ofTaps, 2);
    const View table = denseView(at<float>(memory_.table), &ofTable, 1);
    const View energies = denseView(at<float>(memory_.energies), ofRows, 3);
    const View softmax = denseView(at<float>(memory_.beliefs), ofRows, 3);
    then([&] {
      return first(stream_, table, slice, weight, scores, width_, constants..., energies);
    });
    for (int32_t i = 0; i < p_.iterations && !problem_; ++i) {
      then([&] { return beliefs(stream_, energies, softmax); });
      filter(at<float>(memory_.beliefs), p_.padded);
      then([&] {
        return energy(stream_, table, slice, weight, scores, width_, constants..., energies);
      });
      then([&] { return keep(i, energies); });
    }
    then([&] { return result(stream_, energies, output); });
    if (stream_.problem) {
      then([&] {
        return launch(&noteKernel, Grid(), 1, stream_, at<const int32_t>(memory_.status),
                      stream_.problem);
      });
      return problem_;
    }
    int32_t status = SEGC_OK;
    then([&] { return fetch(stream_, at<int32_t>(memory_.status), &status, 1); });
    return problem_ ? problem_ : status;
  }

private:
  static constexpr int32_t kTaps = CrfMemory<Channels>::kTaps;

  template <typename T> T *at(int64_t offset) const {
    return reinterpret_cast<T *>(base_ + offset);
  }
  /// Behind a step that fails kernels would read what nobody has written.
  template <typename Step> void then(const Step &step) { problem_ = problem_ ? problem_ : step(); }

  Taps taps(int which) const {
    const int32_t column = which ? kTaps - crf::kSpatialTaps : 0;
    return {at<int32_t>(memory_.slice) + column, at<float>(memory_.weight) + column, column, kTaps};
  }
  static constexpr int axes(int which) {
    return which ? crf::kSpatialTaps : kTaps - crf::kSpatialTaps;
  }
  /// Floats before one half of a lattice's table, whose rows have that length.
  int64_t tableOffset(int which, int half, int64_t length) const {
    return ((which ? 2 * memory_.rows[0] : 0) + half * memory_.rows[which]) * length;
  }
  /// Where the blurred rows end up.
  static constexpr int lastHalf(int which) { return axes(which) % 2; }

  template <int C> void buildOne(int which, const PixelFeatures<C> &features) {
    if (problem_)
      return;
    Lattice<C> lattice(memory_.pixels, memory_.rows[which], base_ + memory_.lattices[which]);
    then(
        [&] { return lattice.build(stream_, features, taps(which), at<int32_t>(memory_.status)); });
    arrays_[which] = lattice.arrays();
  }

  template <int ofPixel> void normaliseOne(int which, float strength) {
    then([&] {
      return launchFor(memory_.pixels, stream_, &normaliseKernel<ofPixel>, taps(which),
                       at<float>(memory_.table) + tableOffset(which, lastHalf(which), 1),
                       memory_.pixels, strength, p_.padded,
                       static_cast<int32_t>(tableOffset(which, lastHalf(which), p_.padded)));
    });
  }

  /// Splats rows of pixels (ones if null) of that length, and blurs.
  void filter(const float *rows, int32_t length) {
    float *const table = at<float>(memory_.table);
    for (int which = 0; which < 2; ++which) {
      const int64_t elements = memory_.rows[which] * length;
      const int64_t threads = elements < kMostThreads ? elements : kMostThreads;
      float *halves[2] = {table + tableOffset(which, 0, length),
                          table + tableOffset(which, 1, length)};
      then([&] {
        return launchFor(threads, stream_, &splatKernel, arrays_[which], at<float>(memory_.weight),
                         rows, length, kTaps, halves[0]);
      });
      for (int32_t axis = 0; axis < axes(which); ++axis)
        then([&] {
          return launchFor(threads, stream_, &blurKernel, arrays_[which], axis, length,
                           halves[axis % 2], halves[1 - axis % 2]);
        });
    }
  }

  CrfParameters p_;
  RunStream stream_;
  int32_t width_, height_;
  CrfMemory<Channels> memory_;
  char *base_;
  LatticeArrays arrays_[2] = {};
  int32_t problem_ = SEGC_OK;
};

/// Bytes of scratch memory for an image of 1 to 4 channels, or -1 if it is too large. See
/// segc::crfScratchBytes.
template <int Channels>
inline int64_t crfScratchBytes(int64_t width, int64_t height, int32_t padded,
                               int32_t spatialSigmaThousandths) {
  static_assert(Channels >= 1 && Channels <= 4, "an image has 1 to 4 channels");
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX ||
      checkedProduct(width, height) < 0 || width * height > INT32_MAX)
    return -1;
  return CrfMemory<Channels>(width, height, padded, spatialSigmaThousandths).total;
}

template <int Channels, typename Score, typename First, typename Energy, typename Beliefs,
          typename Result, typename Keep, typename... Constants>
inline int32_t solveCrf(const RunStream &stream, const First &first, const Energy &energy,
                        const Beliefs &beliefs, const Result &result, const Keep &keep,
                        const CrfParameters &parameters, const View &image, const View &scores,
                        const View &output, void *scratch, Constants... constants) {
  MeanField<Channels, Score> field(stream, parameters, image.extent[1], image.extent[2], scratch);
  if (const int32_t status = field.build(static_cast<const float *>(image.data), scores))
    return status;
  return field.run(first, energy, beliefs, result, keep, scores, output, constants...);
}

/// See segc::denseCrf; `Score` is what the map of the scores holds.
template <int Channels, typename Score, typename First, typename Energy, typename Beliefs,
          typename Result, typename... Constants>
inline int32_t denseCrf(const RunStream &stream, const First &first, const Energy &energy,
                        const Beliefs &beliefs, const Result &result,
                        const CrfParameters &parameters, const View &image, const View &scores,
                        const View &output, void *scratch, Constants... constants) {
  const auto keepNothing = [](int32_t, const View &) { return int32_t{SEGC_OK}; };
  return solveCrf<Channels, Score>(stream, first, energy, beliefs, result, keepNothing, parameters,
                                   image, scores, output, scratch, constants...);
}

/// See segc::denseCrfWithHistory.
template <int Channels, typename Score, typename First, typename Energy, typename Beliefs,
          typename Result, typename Scores, typename Maps, typename... Constants>
inline int32_t
denseCrfWithHistory(const RunStream &stream, const First &first, const Energy &energy,
                    const Beliefs &beliefs, const Result &result, const Scores &storeScores,
                    const Maps &storeBeliefs, const CrfParameters &parameters, const View &image,
                    const View &scores, const View &output, void *scratch, const View &scoresOfAll,
                    const View &beliefsOfAll, Constants... constants) {
  const auto keep = [&](int32_t iteration, const View &energies) {
    const int32_t status = storeScores(
        stream, energies, crf::mapsOfIteration(scoresOfAll, iteration, parameters.classes));
    return status ? status
                  : storeBeliefs(stream, energies,
                                 crf::mapsOfIteration(beliefsOfAll, iteration, parameters.classes));
  };
  return solveCrf<Channels, Score>(stream, first, energy, beliefs, result, keep, parameters, image,
                                   scores, output, scratch, constants...);
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_CRF_H
