//===- segc_plan.h - where the buffers of a network lie ----------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, standard
// library only, no allocation.
//
// A network's intermediate tensors share one workspace. Which steps a buffer
// must survive is known at compile time; its size follows from the image's height
// and width. Before a run, planMemory gives every buffer an offset, such that two
// buffers that are alive in the same step never overlap.
//
// Buffers are placed in order of decreasing size, each into the smallest gap that
// takes it among those alive at the same time (best fit), else behind them. For
// n buffers that is O(n^2) cheap steps. Same sizes, same plan.
//
// Sizes are int64_t bytes; a negative one stands for an overflow in computing it
// (checkedProduct), and makes the plan fail.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PLAN_H
#define SEGC_PLAN_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace segc {

/// Every buffer starts at a multiple of this; so must the workspace.
constexpr int64_t kPlanAlignment = 64;

/// The steps at whose start a buffer must hold its value or be writable: from
/// the step that writes it first to the last that reads it, both included.
struct BufferLife {
  int first;
  int last;
};

/// Elements that a tensor may have: they are counted in an int32_t, also where their number is
/// rounded up to whole blocks of threads or tiles.
constexpr int64_t kMostElements = std::numeric_limits<int32_t>::max() - 4095;

/// a * b, or -1 if a factor is negative or the product does not fit.
inline int64_t checkedProduct(int64_t a, int64_t b) {
  if (a < 0 || b < 0)
    return -1;
  if (a != 0 && b > std::numeric_limits<int64_t>::max() / a)
    return -1;
  return a * b;
}

/// a + b, or -1 if a term is negative or the sum does not fit.
inline int64_t checkedSum(int64_t a, int64_t b) {
  if (a < 0 || b < 0 || a > std::numeric_limits<int64_t>::max() - b)
    return -1;
  return a + b;
}

/// Rounds up to the alignment of the plan, or -1 if that does not fit.
inline int64_t alignedSize(int64_t bytes) {
  const int64_t sum = checkedSum(bytes, kPlanAlignment - 1);
  return sum < 0 ? -1 : sum / kPlanAlignment * kPlanAlignment;
}

/// Whether two buffers exist in a common step.
inline bool livesOverlap(const BufferLife &a, const BufferLife &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Plans `count` buffers.
///   lives    when each is alive
///   sizes    bytes of each, not rounded
///   offsets  out: bytes from the start of the workspace, multiples of 64
///   order    scratch memory for `count` integers
///   total    out: bytes of the workspace, a multiple of 64
/// Returns false if a size is negative or the total does not fit in an int64_t;
/// then offsets and total mean nothing.
inline bool planMemory(const BufferLife *lives, const int64_t *sizes, int count, int64_t *offsets,
                       int32_t *order, int64_t *total) {
  *total = 0;
  for (int i = 0; i < count; ++i) {
    if (alignedSize(sizes[i]) < 0)
      return false;
    order[i] = i;
  }
  std::sort(order, order + count, [sizes](int32_t a, int32_t b) {
    return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : a < b;
  });

  // order[0, placed) is what has a place, sorted by offset; the rest waits.
  for (int placed = 0; placed < count; ++placed) {
    const int32_t buffer = order[placed];
    const int64_t size = alignedSize(sizes[buffer]);
    int64_t reached = 0; // all memory of the others below this has been looked at
    int64_t bestOffset = -1;
    int64_t bestGap = std::numeric_limits<int64_t>::max();
    for (int i = 0; i < placed; ++i) {
      const int32_t other = order[i];
      if (!livesOverlap(lives[buffer], lives[other]))
        continue;
      const int64_t gap = offsets[other] - reached;
      if (gap >= size && gap < bestGap) {
        bestGap = gap;
        bestOffset = reached;
      }
      reached = std::max(reached, offsets[other] + alignedSize(sizes[other]));
    }
    offsets[buffer] = bestOffset >= 0 ? bestOffset : reached;
    const int64_t end = checkedSum(offsets[buffer], size);
    if (end < 0)
      return false;
    *total = std::max(*total, end);

    int position = placed;
    for (; position > 0 && offsets[order[position - 1]] > offsets[buffer]; --position)
      order[position] = order[position - 1];
    order[position] = buffer;
  }
  return true;
}

/// A plan of N buffers, as generated code holds it on the stack.
template <std::size_t N> struct MemoryPlan {
  std::array<int64_t, N> offsets;
  int64_t total = 0;

  /// See planMemory.
  bool compute(const std::array<BufferLife, N> &lives, const std::array<int64_t, N> &sizes) {
    std::array<int32_t, N> order;
    return planMemory(lives.data(), sizes.data(), static_cast<int>(N), offsets.data(), order.data(),
                      &total);
  }
};

} // namespace segc

#endif // SEGC_PLAN_H
