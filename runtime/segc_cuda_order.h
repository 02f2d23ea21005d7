//===- segc_cuda_order.h - prefix sums and a stable order -------*- C++ -*-===//
//
// Part of the runtime that packages for CUDA carry which need it. A thread takes a chunk of
// elements in order, so that the results do not depend on how threads run.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_ORDER_H
#define SEGC_CUDA_ORDER_H

#include "segc_cuda.h"
#include "segc_plan.h"

#include <utility>

namespace segc {
namespace cuda {

//===----------------------------------------------------------------------===//
// Prefix sums
//===----------------------------------------------------------------------===//

/// Elements that one thread sums.
constexpr int64_t kSumChunk = 64;

/// int32_t that sumsBefore() works in.
constexpr int64_t sumScratch(int64_t count) {
  const int64_t chunks = (count + kSumChunk - 1) / kSumChunk;
  return chunks > 1 ? chunks + sumScratch(chunks) : 1;
}

static __global__ void sumChunksKernel(const int32_t *values, int64_t count, int32_t *sums) {
  const int64_t chunk = threadNumber(), begin = chunk * kSumChunk;
  if (begin >= count)
    return;
  int32_t sum = 0;
  for (int64_t i = begin; i < begin + kSumChunk && i < count; ++i)
    sum += values[i];
  sums[chunk] = sum;
}

/// `before` holds the sums before each chunk; null if there is one.
static __global__ void sumsWithinKernel(int32_t *values, int64_t count, const int32_t *before) {
  const int64_t chunk = threadNumber(), begin = chunk * kSumChunk;
  if (begin >= count)
    return;
  int32_t sum = before ? before[chunk] : 0;
  for (int64_t i = begin; i < begin + kSumChunk && i < count; ++i) {
    const int32_t value = values[i];
    values[i] = sum;
    sum += value;
  }
}

/// Replaces each value by the sum of those before it. `scratch` holds sumScratch(count).
inline int32_t sumsBefore(cudaStream_t stream, int32_t *values, int64_t count, int32_t *scratch) {
  const int64_t chunks = (count + kSumChunk - 1) / kSumChunk;
  if (chunks > 1) {
    if (const int32_t status = launchFor(chunks, stream, &sumChunksKernel, values, count, scratch))
      return status;
    if (const int32_t status = sumsBefore(stream, scratch, chunks, scratch + chunks))
      return status;
  }
  return launchFor(chunks, stream, &sumsWithinKernel, values, count,
                   chunks > 1 ? scratch : nullptr);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// A number and what it is the key of.
struct Keyed {
  int32_t key;
  int32_t value;
};

/// Keys are taken so many bits at a time, and elements so many a thread.
constexpr int kDigitBits = 8;
constexpr int64_t kDigits = 1 << kDigitBits, kOrderChunk = 256;

/// int32_t that orderByKey() works in.
constexpr int64_t orderScratch(int64_t count) {
  const int64_t counters = (count + kOrderChunk - 1) / kOrderChunk * kDigits;
  return counters + sumScratch(counters);
}

SEGC_DEVICE int64_t digitOf(const Keyed &element, int shift) {
  return (element.key >> shift) & (kDigits - 1);
}

/// How often each digit occurs in a chunk: counters[digit][chunk].
static __global__ void countDigitsKernel(const Keyed *elements, int64_t count, int shift,
                                         int64_t chunks, int32_t *counters) {
  const int64_t chunk = threadNumber();
  if (chunk >= chunks)
    return;
  for (int64_t digit = 0; digit < kDigits; ++digit)
    counters[digit * chunks + chunk] = 0;
  for (int64_t i = chunk * kOrderChunk; i < (chunk + 1) * kOrderChunk && i < count; ++i)
    ++counters[digitOf(elements[i], shift) * chunks + chunk];
}

/// `places` holds where the next element of each digit and chunk goes.
static __global__ void placeByDigitKernel(const Keyed *elements, int64_t count, int shift,
                                          int64_t chunks, int32_t *places, Keyed *to) {
  const int64_t chunk = threadNumber();
  if (chunk >= chunks)
    return;
  for (int64_t i = chunk * kOrderChunk; i < (chunk + 1) * kOrderChunk && i < count; ++i)
    to[places[digitOf(elements[i], shift) * chunks + chunk]++] = elements[i];
}

/// Sorts by keys from 0 to `largest`; equal ones keep their order (radix sort). The result is in
/// `elements`, which may change places with `other`; `scratch` holds orderScratch(count).
inline int32_t orderByKey(cudaStream_t stream, Keyed *&elements, Keyed *&other, int64_t count,
                          int64_t largest, int32_t *scratch) {
  const int64_t chunks = (count + kOrderChunk - 1) / kOrderChunk, counters = chunks * kDigits;
  for (int shift = 0; shift == 0 || (shift < 31 && largest >> shift); shift += kDigitBits) {
    if (const int32_t status =
            launchFor(chunks, stream, &countDigitsKernel, elements, count, shift, chunks, scratch))
      return status;
    if (const int32_t status = sumsBefore(stream, scratch, counters, scratch + counters))
      return status;
    if (const int32_t status = launchFor(chunks, stream, &placeByDigitKernel, elements, count,
                                         shift, chunks, scratch, other))
      return status;
    std::swap(elements, other);
  }
  return SEGC_OK;
}

} // namespace cuda
} // namespace segc

#endif // SEGC_CUDA_ORDER_H
