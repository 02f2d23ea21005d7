//===- segc_cuda_emulation.h - CUDA C++ on a processor -----------*- C++ -*-===//
//
// Compiles the unchanged sources of a package for CUDA as C++ (-DSEGC_CUDA_EMULATION), for
// tests where there is no GPU: slow, and what it finds right may still be wrong on one.
//
//   * Blocks, and the threads of a block, run one after the other, in an order that
//     SEGC_CUDA_SEED in the environment shuffles: kernels must not depend on it.
//   * Memory of the device is the processor's, between pages that may not be touched, and it may
//     be touched only while a kernel or a copy runs: what the host reads of it by mistake, or a
//     kernel beyond its end, ends the program.
//   * Streams do everything at once, captured ones when their graph is launched: see
//     segc_cuda_streams.h.
//   * Threads that wait for each other, and shared memory: segc_cuda_fibers.h.
//
// Not seen: races between threads that happen to be harmless in every order that was tried,
// rounding of CUDA's own math functions, limits of registers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_EMULATION_H
#define SEGC_CUDA_EMULATION_H

#include "segc_cuda_streams.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <type_traits>

// NOLINTBEGIN(bugprone-reserved-identifier): they are CUDA's.
#define __global__
#define __host__
#define __device__
#define __launch_bounds__(...)
// NOLINTEND(bugprone-reserved-identifier)

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct alignas(16) float4 {
  float x, y, z, w;
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2 };

inline thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

inline const char *cudaGetErrorString(cudaError_t) { return "an error of the emulation"; }

namespace segc {
namespace emulation {

/// Memory of the device.
class DeviceMemory {
public:
  static DeviceMemory &get() {
    static DeviceMemory memory;
    return memory;
  }

  /// Ends at a page that may not be touched; null if there is no memory.
  void *allocate(size_t bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = (bytes + 255) / 256 * 256, pages = (used + page - 1) / page * page;
    void *const whole =
        mmap(nullptr, pages + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (whole == MAP_FAILED)
      return nullptr;
    char *const first = static_cast<char *>(whole) + page;
    const std::lock_guard<std::mutex> lock(mutex);
    void *const memory = first + pages - used;
    pieces[memory] = {first, pages, page};
    if (users)
      protect(pieces[memory], PROT_READ | PROT_WRITE);
    return memory;
  }

  void release(void *memory) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto piece = pieces.find(memory);
    if (piece == pieces.end())
      return;
    const Piece &p = piece->second;
    munmap(p.first - p.page, p.bytes + 2 * p.page);
    pieces.erase(piece);
  }

  void open() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (users++ == 0)
      for (auto &piece : pieces)
        protect(piece.second, PROT_READ | PROT_WRITE);
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (--users == 0)
      for (auto &piece : pieces)
        protect(piece.second, PROT_NONE);
  }

private:
  struct Piece {
    char *first;
    size_t bytes, page;
  };
  static void protect(const Piece &piece, int rights) {
    if (mprotect(piece.first, piece.bytes, rights))
      std::abort();
  }

  std::mutex mutex;
  std::map<void *, Piece> pieces;
  int users = 0; ///< kernels and copies that run
};

/// While it lives, the memory may be touched.
struct Access {
  Access() { DeviceMemory::get().open(); }
  ~Access() { DeviceMemory::get().close(); }
  Access(const Access &) = delete;
  Access &operator=(const Access &) = delete;
};

} // namespace emulation
} // namespace segc

inline cudaError_t cudaMalloc(void **memory, size_t bytes) {
  *memory = nullptr;
  if (const cudaError_t error = segc::emulation::beginOutside())
    return error;
  *memory = segc::emulation::DeviceMemory::get().allocate(bytes);
  if (!*memory)
    return segc::emulation::result(cudaErrorMemoryAllocation);
  ++segc::emulation::Device::get().objects;
  return cudaSuccess;
}
inline cudaError_t cudaFree(void *memory) {
  if (memory)
    --segc::emulation::Device::get().objects;
  segc::emulation::DeviceMemory::get().release(memory);
  return cudaSuccess;
}
inline cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream) {
  return segc::emulation::submit(stream, [=] {
    const segc::emulation::Access access;
    std::memset(memory, value, bytes);
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemset(void *memory, int value, size_t bytes) {
  if (const cudaError_t error = segc::emulation::beginOutside())
    return error;
  return cudaMemsetAsync(memory, value, bytes, nullptr);
}
inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind,
                                   cudaStream_t stream) {
  return segc::emulation::submit(stream, [=] {
    const segc::emulation::Access access;
    std::memcpy(to, from, bytes);
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind) {
  if (const cudaError_t error = segc::emulation::beginOutside())
    return error;
  return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}

// Of what a thread of a kernel does at once; all return the old value.
inline int atomicCAS(int *place, int expected, int value) {
  const int old = *place;
  if (old == expected)
    *place = value;
  return old;
}
inline int atomicMin(int *place, int value) {
  const int old = *place;
  if (value < old)
    *place = value;
  return old;
}
inline int atomicMax(int *place, int value) {
  const int old = *place;
  if (value > old)
    *place = value;
  return old;
}

namespace segc {
namespace emulation {

/// 0 to count - 1 in an order that depends on a seed.
class Order {
public:
  explicit Order(uint64_t count) : count(count) {
    const char *text = std::getenv("SEGC_CUDA_SEED");
    const uint64_t seed = text ? std::strtoull(text, nullptr, 10) : 0;
    if (!seed)
      return;
    first = seed * 0x9e3779b97f4a7c15u % count;
    step = seed * 0xbf58476d1ce4e5b9u % count;
    while (divisor(step, count) != 1)
      step = step + 1 < count ? step + 1 : 1;
  }
  uint64_t operator[](uint64_t i) const {
    return static_cast<uint64_t>((static_cast<Wide>(i) * step + first) % count);
  }

private:
  __extension__ using Wide = unsigned __int128; // The product of two numbers of 64 bits.
  static uint64_t divisor(uint64_t a, uint64_t b) {
    while (b) {
      const uint64_t rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }
  uint64_t count, first = 0, step = 1;
};

/// Calls body() for every thread of every block.
template <typename Body>
cudaError_t run(dim3 blocks, dim3 threads, cudaStream_t, const Body &body) {
  const uint64_t blockCount = uint64_t{blocks.x} * blocks.y * blocks.z;
  const uint64_t threadCount = uint64_t{threads.x} * threads.y * threads.z;
  if (!threadCount || threadCount > 1024 || !blockCount || blocks.x > 0x7fffffffu ||
      blocks.y > 65535 || blocks.z > 65535)
    return cudaErrorInvalidConfiguration;
  const Access access;
  gridDim = blocks;
  blockDim = threads;
  const Order blockOrder(blockCount), threadOrder(threadCount);
  for (uint64_t i = 0; i < blockCount; ++i) {
    const uint64_t block = blockOrder[i];
    blockIdx = dim3(static_cast<unsigned>(block % blocks.x),
                    static_cast<unsigned>(block / blocks.x % blocks.y),
                    static_cast<unsigned>(block / blocks.x / blocks.y));
    for (uint64_t j = 0; j < threadCount; ++j) {
      const uint64_t thread = threadOrder[j];
      threadIdx = dim3(static_cast<unsigned>(thread % threads.x),
                       static_cast<unsigned>(thread / threads.x % threads.y),
                       static_cast<unsigned>(thread / threads.x / threads.y));
      body();
    }
  }
  return cudaSuccess;
}

} // namespace emulation
} // namespace segc

#endif // SEGC_CUDA_EMULATION_H
