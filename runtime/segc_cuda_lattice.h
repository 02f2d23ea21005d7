//===- segc_cuda_lattice.h - the lattice of an image, on a GPU ---*- C++ -*-===//
//
// Part of the runtime of packages for CUDA with a dense CRF. What segc_lattice.h does on a
// processor: the permutohedral lattice of Adams, Baek and Davis (2010) as index arrays. A tap is
// one of the D + 1 vertices of a pixel's simplex.
//
//   keys      a thread a pixel: the names of its vertices, and its barycentric coordinates
//   table     a thread a tap finds or claims a slot for its key. Which tap claims it is a matter
//             of luck; the first tap of each slot is not, and numbers the vertices: those before
//             it that are first (prefix sums).
//   entries   the taps of each vertex, in order (a stable sort by vertex). A vertex sums its own
//             taps, so that sums do not depend on how threads run.
//   beside    of each vertex and axis, the two neighbours; -1 where there is none
//
// How many vertices there are is known on the GPU alone: loops over vertices stride by the number
// of threads.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_LATTICE_H
#define SEGC_CUDA_LATTICE_H

#include "segc_cuda_order.h"
#include "segc_wide_simplex.h"

namespace segc {
namespace cuda {

/// Threads of a loop over vertices at most.
constexpr int64_t kMostThreads = int64_t{1} << 18;

/// Position and, of images with channels, colours of a pixel, each divided by the deviation of the
/// Gaussian. `planes` is float[Channels][height][width].
template <int Channels> struct PixelFeatures {
  static constexpr int kDimensions = 2 + Channels;
  const float *planes;
  int32_t width;
  int64_t pixels;
  double sigmaPosition, sigmaColour;

  SEGC_HOST_DEVICE void load(int64_t pixel, double (&features)[kDimensions]) const {
    const int64_t column = pixel % width, row = pixel / width;
    features[0] = static_cast<double>(column) * (1.0 / sigmaPosition);
    features[1] = static_cast<double>(row) * (1.0 / sigmaPosition);
    for (int c = 0; c < Channels; ++c)
      features[2 + c] = static_cast<double>(planes[c * pixels + pixel]) * (1.0 / sigmaColour);
  }
};

/// The arrays over pixels, at the first of a lattice's columns: entry k of pixel p is at
/// [p * stride + k].
struct Taps {
  int32_t *vertex;
  float *weight; ///< barycentric coordinates
  int32_t column, stride;
};

/// A lattice, once it is built.
struct LatticeArrays {
  const int32_t *count;   ///< vertices: one number
  const int32_t *begin;   ///< of a vertex's entries; with the end of the last
  const int32_t *entries; ///< places of its taps in the arrays over pixels
  const int32_t *before;  ///< [axis][vertices at most]: neighbours
  const int32_t *behind;
  int64_t most; ///< vertices
};

/// What the kernels below work in.
struct LatticeWork {
  int64_t pixels, taps, slots, most;
  WideKey *keys;
  int32_t *table;   ///< a tap of the key, plus one
  int32_t *firsts;  ///< of a slot: its first tap
  int32_t *slotOf;  ///< of a tap
  int32_t *numbers; ///< of first taps: the vertex; [taps] is how many there are
  int32_t *begin, *entries, *before, *behind;
  int32_t *status;
};

SEGC_HOST_DEVICE inline uint64_t hashOf(WideKey key) {
  uint64_t hash =
      static_cast<uint64_t>(key) ^ static_cast<uint64_t>(key >> 64) * uint64_t{0xC2B2AE3D27D4EB4F};
  hash = (hash ^ hash >> 32) * uint64_t{0x9E3779B97F4A7C15};
  return hash ^ hash >> 29;
}

/// The vertex of a slot. Those that the memory has no room for are the last one that it has.
SEGC_DEVICE int32_t vertexOf(const LatticeWork &work, int32_t slot) {
  const int32_t number = work.numbers[work.firsts[slot]];
  return number < work.most ? number : static_cast<int32_t>(work.most) - 1;
}

template <int Channels>
__global__ void keysKernel(PixelFeatures<Channels> features, LatticeWork work, Taps taps) {
  constexpr int D = 2 + Channels;
  const int64_t pixel = threadNumber();
  if (pixel >= work.pixels)
    return;
  double at[D];
  features.load(pixel, at);
  WideSimplex<D> simplex;
  const bool inReach = simplex.compute(at);
  if (!inReach)
    atomicMax(work.status, SEGC_ERROR_VALUE);
  for (int k = 0; k <= D; ++k) {
    work.keys[pixel * (D + 1) + k] = inReach ? simplex.keys[k][0] : WideKey{0};
    taps.weight[pixel * taps.stride + k] = inReach ? simplex.weights[k][0] : 0.0f;
  }
}

static __global__ void claimSlotsKernel(LatticeWork work) {
  const int64_t tap = threadNumber();
  if (tap >= work.taps)
    return;
  const int32_t own = static_cast<int32_t>(tap);
  const WideKey key = work.keys[tap];
  for (uint64_t slot = hashOf(key);; ++slot) {
    slot &= static_cast<uint64_t>(work.slots) - 1;
    int32_t holder = work.table[slot];
    if (holder == 0)
      holder = atomicCAS(work.table + slot, 0, own + 1);
    if (holder != 0 && work.keys[holder - 1] != key)
      continue;
    work.slotOf[tap] = static_cast<int32_t>(slot);
    if (own < work.firsts[slot])
      atomicMin(work.firsts + slot, own);
    return;
  }
}

static __global__ void markFirstsKernel(LatticeWork work) {
  const int64_t tap = threadNumber();
  if (tap <= work.taps)
    work.numbers[tap] = tap < work.taps && work.firsts[work.slotOf[tap]] == tap;
}

/// Taps get their vertices, and are listed for the sort.
static __global__ void numberTapsKernel(LatticeWork work, Taps taps, int32_t tapsOfPixel,
                                        Keyed *list) {
  const int64_t tap = threadNumber();
  if (tap >= work.taps)
    return;
  if (tap == 0 && work.numbers[work.taps] > work.most) {
    work.numbers[work.taps] = static_cast<int32_t>(work.most);
    atomicMax(work.status, SEGC_ERROR_CAPACITY);
  }
  const int64_t place = tap / tapsOfPixel * taps.stride + tap % tapsOfPixel;
  const int32_t vertex = vertexOf(work, work.slotOf[tap]);
  taps.vertex[place] = vertex;
  list[tap] = {vertex, static_cast<int32_t>(place) + taps.column};
}

static __global__ void listEntriesKernel(LatticeWork work, const Keyed *sorted) {
  const int64_t i = threadNumber();
  if (i >= work.taps)
    return;
  work.entries[i] = sorted[i].value;
  if (i == 0 || sorted[i - 1].key != sorted[i].key)
    work.begin[sorted[i].key] = static_cast<int32_t>(i);
  if (i == work.taps - 1)
    work.begin[sorted[i].key + 1] = static_cast<int32_t>(work.taps);
}

/// A thread a slot and axis: behind its vertex, and before the one behind.
template <int D> __global__ void neighboursKernel(LatticeWork work) {
  const int64_t thread = threadNumber(), slot = thread / (D + 1);
  if (slot >= work.slots || work.table[slot] == 0)
    return;
  const int axis = static_cast<int>(thread % (D + 1));
  const WideKey next = KeyLayout<D, WideKey>::next(work.keys[work.table[slot] - 1], axis);
  for (uint64_t at = hashOf(next);; ++at) {
    at &= static_cast<uint64_t>(work.slots) - 1;
    if (work.table[at] == 0)
      return;
    if (work.keys[work.table[at] - 1] != next)
      continue;
    const int64_t row = axis * work.most;
    const int32_t own = vertexOf(work, static_cast<int32_t>(slot));
    const int32_t other = vertexOf(work, static_cast<int32_t>(at));
    work.behind[row + own] = other;
    work.before[row + other] = own;
    return;
  }
}

/// Builds the lattice of an image of that many channels.
template <int Channels> class Lattice {
public:
  static constexpr int kTaps = 3 + Channels;

  /// Bytes of `memory`, for so many vertices at most; -1 if the image is too large.
  static int64_t bytes(int64_t pixels, int64_t most) { return Lattice(pixels, most, nullptr).end; }

  Lattice(int64_t pixels, int64_t most, void *memory) : memory(static_cast<char *>(memory)) {
    work.pixels = pixels;
    work.taps = checkedProduct(pixels, kTaps);
    if (work.taps < 0 || work.taps > kNoTap - 1) {
      end = -1;
      return;
    }
    work.most = most;
    work.slots = 64;
    while (work.slots < work.taps + work.taps / 2)
      work.slots *= 2;
    carve(work.keys, work.taps);
    carve(work.table, work.slots);
    carve(work.firsts, work.slots);
    carve(work.slotOf, work.taps);
    carve(work.numbers, work.taps + 1);
    carve(work.begin, most + 1);
    carve(work.entries, work.taps);
    carve(work.before, kTaps * most);
    carve(work.behind, kTaps * most);
    carve(lists[0], work.taps);
    carve(lists[1], work.taps);
    const int64_t sums = sumScratch(work.taps + 1), order = orderScratch(work.taps);
    carve(scratch, sums > order ? sums : order);
  }

  /// `status`, on the GPU, becomes SEGC_ERROR_VALUE if a feature is not finite or millions of
  /// deviations from zero, SEGC_ERROR_CAPACITY if there are more vertices than fit.
  int32_t build(cudaStream_t stream, const PixelFeatures<Channels> &features, const Taps &taps,
                int32_t *status) {
    work.status = status;
    const int64_t tapCount = work.taps;
    const auto fill = [&](int32_t *values, int byte, int64_t count) {
      return statusOf(cudaMemsetAsync(values, byte, static_cast<size_t>(count) * 4, stream));
    };
    int32_t problem = SEGC_OK;
    // Behind a step that fails kernels would read what nobody has written.
    const auto then = [&](const auto &step) { problem = problem ? problem : step(); };
    then([&] { return fill(work.table, 0, work.slots); });
    then([&] { return fill(work.firsts, kNoTap >> 24, work.slots); });
    then([&] { return fill(work.before, 0xff, kTaps * work.most); });
    then([&] { return fill(work.behind, 0xff, kTaps * work.most); });
    then([&] {
      return launchFor(work.pixels, stream, &keysKernel<Channels>, features, work, taps);
    });
    then([&] { return launchFor(tapCount, stream, &claimSlotsKernel, work); });
    then([&] { return launchFor(tapCount + 1, stream, &markFirstsKernel, work); });
    then([&] { return sumsBefore(stream, work.numbers, tapCount + 1, scratch); });
    then([&] {
      return launchFor(tapCount, stream, &numberTapsKernel, work, taps, int32_t{kTaps}, lists[0]);
    });
    Keyed *sorted = lists[0], *other = lists[1];
    then([&] { return orderByKey(stream, sorted, other, tapCount, work.most - 1, scratch); });
    then([&] { return launchFor(tapCount, stream, &listEntriesKernel, work, sorted); });
    then([&] {
      return launchFor(work.slots * kTaps, stream, &neighboursKernel<2 + Channels>, work);
    });
    return problem;
  }

  LatticeArrays arrays() const {
    return {
        work.numbers + work.taps, work.begin, work.entries, work.before, work.behind, work.most};
  }

private:
  /// More than any tap, and four equal bytes.
  static constexpr int32_t kNoTap = 0x7f7f7f7f;

  template <typename T> void carve(T *&array, int64_t count) {
    array = memory ? reinterpret_cast<T *>(memory + end) : nullptr;
    end = checkedSum(end, alignedSize(checkedProduct(count, sizeof(T))));
  }

  char *memory;
  int64_t end = 0;
  LatticeWork work = {};
  Keyed *lists[2] = {};
  int32_t *scratch = nullptr;
};

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_LATTICE_H
