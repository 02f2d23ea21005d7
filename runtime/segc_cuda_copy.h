//===- segc_cuda_copy.h - from global to shared memory -----------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA whose kernels share memory. Copies run beside the
// arithmetic (cp.async); before sm_80, which has none, they are loads and stores.
//
// A tile in shared memory has rows of 4 or 8 chunks of 16 bytes. Chunks change places within
// their row (an exclusive or with the row's number), so that the same chunk of eight rows in
// sequence lies in all of the memory's banks.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_COPY_H
#define SEGC_CUDA_COPY_H

#include "segc_cuda.h"

#if defined(SEGC_CUDA_EMULATION)
#include "segc_cuda_fibers.h"
/// Declares a pointer to the shared memory that the kernel was launched with.
#define SEGC_SHARED_MEMORY(name) unsigned char *const name = segc::emulation::sharedMemory
#else
#define SEGC_SHARED_MEMORY(name) extern __shared__ __align__(16) unsigned char name[]
#endif

namespace segc {

constexpr int kChunkBytes = 16;

/// Bytes from the start of a tile with rows of `chunks` to one of its chunks.
template <int chunks> static inline __device__ int chunkPlace(int row, int chunk) {
  static_assert(chunks == 4 || chunks == 8, "rows are half of the banks, or all of them");
  return (row * chunks + (chunks == 8 ? chunk ^ (row & 7) : chunk ^ (row >> 1 & 3))) * kChunkBytes;
}

/// Begins to copy the first `bytes` of a chunk to shared memory, with zeros behind them; `from` is
/// aligned to 16 bytes, of which all may be read.
static inline __device__ void copyChunk(void *to, const void *from, int bytes) {
#if defined(SEGC_CUDA_EMULATION)
  std::memset(to, 0xff, kChunkBytes);
  if (reinterpret_cast<uintptr_t>(to) % kChunkBytes ||
      reinterpret_cast<uintptr_t>(from) % kChunkBytes)
    emulation::endWith("a chunk that is not aligned");
  const size_t copied = static_cast<size_t>(bytes);
  emulation::Fibers::get().current().open.push_back({to, from, copied, kChunkBytes - copied});
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                   static_cast<uint32_t>(__cvta_generic_to_shared(to))),
               "l"(from), "r"(bytes));
#else
  uint4 chunk = make_uint4(0, 0, 0, 0);
  if (bytes > 0)
    chunk = *static_cast<const uint4 *>(from);
  // Of each word what lies before the end.
  auto cut = [bytes](uint32_t word, int first) {
    const int kept = bytes - first;
    return kept >= 4 ? word : kept <= 0 ? 0u : word & (0xffffffffu >> (32 - 8 * kept));
  };
  *static_cast<uint4 *>(to) =
      make_uint4(cut(chunk.x, 0), cut(chunk.y, 4), cut(chunk.z, 8), cut(chunk.w, 12));
#endif
}

/// The same of an element of 4 bytes, or zeros where it does not exist.
static inline __device__ void copyWord(void *to, const void *from, bool exists) {
#if defined(SEGC_CUDA_EMULATION)
  std::memset(to, 0xff, 4);
  emulation::Fibers::get().current().open.push_back({to, from, exists ? 4u : 0u, exists ? 0u : 4u});
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(
                   static_cast<uint32_t>(__cvta_generic_to_shared(to))),
               "l"(from), "r"(exists ? 4 : 0));
#else
  *static_cast<uint32_t *>(to) = exists ? *static_cast<const uint32_t *>(from) : 0u;
#endif
}

/// The thread's copies since the last call are a group.
static inline __device__ void endCopies() {
#if defined(SEGC_CUDA_EMULATION)
  emulation::Fiber &fiber = emulation::Fibers::get().current();
  fiber.groups.push_back(std::move(fiber.open));
  fiber.open.clear();
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;");
#endif
}

/// Waits until at most the `newest` last groups of the thread are under way. Others see what was
/// copied behind the next barrier.
template <int newest> static inline __device__ void awaitCopies() {
#if defined(SEGC_CUDA_EMULATION)
  emulation::Fiber &fiber = emulation::Fibers::get().current();
  for (; fiber.groups.size() > newest; fiber.groups.pop_front())
    for (const emulation::PendingCopy &copy : fiber.groups.front()) {
      std::memcpy(copy.to, copy.from, copy.bytes);
      std::memset(static_cast<char *>(copy.to) + copy.bytes, 0, copy.zeros);
    }
#elif __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(newest) : "memory");
#endif
}

/// Runs a kernel whose threads meet at barriers, with `sharedBytes` of memory a block.
template <typename... Parameters, typename... Arguments>
int32_t launchTogether(void (*kernel)(Parameters...), Grid grid, int threads, int sharedBytes,
                       cudaStream_t stream, Arguments... arguments) {
  if (grid.isEmpty())
    return SEGC_OK;
#if defined(SEGC_CUDA_EMULATION)
  emulation::submit(stream, [=] {
    return emulation::runTogether(grid.blocks(), threads, static_cast<size_t>(sharedBytes),
                                  [&] { kernel(static_cast<Parameters>(arguments)...); });
  });
#else
  // More than 48 KB must be asked for.
  if (sharedBytes > (48 << 10))
    if (const int32_t status = statusOf(
            cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, sharedBytes)))
      return status;
  kernel<<<grid.blocks(), static_cast<unsigned>(threads), static_cast<size_t>(sharedBytes),
           stream>>>(static_cast<Parameters>(arguments)...);
#endif
  return statusOf(cudaGetLastError());
}

} // namespace segc

#endif // SEGC_CUDA_COPY_H
