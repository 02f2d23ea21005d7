//===- segc_cuda_fibers.h - threads that wait for each other -----*- C++ -*-===//
//
// The part of the emulation for kernels with barriers: a block's threads are fibers of one thread
// of the processor. Each warp runs until all of its threads wait, before the next one does: the
// order that is least kind to a missing barrier. SEGC_CUDA_SEED shuffles the warps, and the
// threads of a warp.
//
//   * Shared memory is all NaN when a block begins, and ends at a page that may not be touched.
//   * A barrier that only some threads of a block, or of a warp, reach ends the program.
//   * What copyAsync writes is NaN until it is waited for.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_FIBERS_H
#define SEGC_CUDA_FIBERS_H

#include "segc_cuda_emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <deque>
#include <memory>
#include <vector>

namespace segc {
namespace emulation {

constexpr int kWarp = 32;

[[noreturn]] inline void endWith(const char *message) {
  std::fprintf(stderr, "segc_cuda_fibers.h: block (%u, %u, %u), thread %u: %s\n", blockIdx.x,
               blockIdx.y, blockIdx.z, threadIdx.x, message);
  std::abort();
}

/// A copy to shared memory that was begun.
struct PendingCopy {
  void *to;
  const void *from;
  size_t bytes, zeros; ///< zeros behind what is copied
};

struct Fiber {
  enum class State { Ready, AtWarp, AtBlock, Done };

  Fiber()
      : stack(static_cast<char *>(mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (stack == MAP_FAILED || mprotect(stack, kGuardBytes, PROT_NONE))
      std::abort();
  }
  ~Fiber() { munmap(stack, kStackBytes + kGuardBytes); }
  Fiber(const Fiber &) = delete;
  Fiber &operator=(const Fiber &) = delete;

  static constexpr size_t kStackBytes = size_t{128} << 10, kGuardBytes = size_t{64} << 10;
  char *const stack; ///< behind a part that may not be touched
  bool isStarted = false;
  State state = State::Ready;
  int place = 0;      ///< which barrier it waits at
  uint64_t slot[4]{}; ///< what it shows the threads of its warp
  jmp_buf context;
  std::vector<PendingCopy> open;               ///< copies that no group has yet
  std::deque<std::vector<PendingCopy>> groups; ///< the oldest first
};

/// The fibers of one thread of the processor, which runs one block after the other.
class Fibers {
public:
  static Fibers &get() {
    static thread_local Fibers fibers;
    return fibers;
  }

  /// Runs body() on every thread of a one-dimensional block.
  template <typename Body> void runBlock(int threads, const Body &work) {
    while (fibers.size() < static_cast<size_t>(threads))
      fibers.push_back(std::make_unique<Fiber>());
    body = [](const void *function) { (*static_cast<const Body *>(function))(); };
    argument = &work;
    count = threads;
    for (int i = 0; i < threads; ++i) {
      fibers[i]->state = Fiber::State::Ready;
      fibers[i]->open.clear();
      fibers[i]->groups.clear();
    }
    const int warps = (threads + kWarp - 1) / kWarp;
    const Order order(static_cast<uint64_t>(warps)), orderOfWarp(kWarp);
    for (int i = 0; i < kWarp; ++i)
      lanes[i] = static_cast<int>(orderOfWarp[static_cast<uint64_t>(i)]);
    for (bool isDone = false; !isDone; isDone = release(0, threads, Fiber::State::AtBlock))
      for (int w = 0; w < warps; ++w)
        runWarp(static_cast<int>(order[static_cast<uint64_t>(w)]) * kWarp);
  }

  Fiber &current() { return *fibers[running]; }
  /// Of the warp that runs; null behind the last of a block.
  Fiber *ofWarp(int lane) {
    const int thread = running / kWarp * kWarp + lane;
    return thread < count ? fibers[thread].get() : nullptr;
  }
  int lane() const { return running % kWarp; }

  /// Lets others run, until all of those that it waits for wait as well.
  void wait(Fiber::State state, int place) {
    Fiber &fiber = current();
    fiber.state = state;
    fiber.place = place;
    if (_setjmp(fiber.context) == 0)
      _longjmp(scheduler, 1);
  }

private:
  static void start() {
    for (Fibers &all = get();; all.wait(Fiber::State::Done, 0))
      all.body(all.argument);
  }

  void resume(int thread) {
    running = thread;
    threadIdx = dim3(static_cast<unsigned>(thread), 0, 0);
    Fiber &fiber = *fibers[thread];
    if (_setjmp(scheduler))
      return;
    if (fiber.isStarted)
      _longjmp(fiber.context, 1);
    fiber.isStarted = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = fiber.stack + Fiber::kGuardBytes;
    context.uc_stack.ss_size = Fiber::kStackBytes;
    context.uc_link = nullptr;
    makecontext(&context, &start, 0);
    setcontext(&context);
  }

  void runWarp(int first) {
    const int end = first + kWarp < count ? first + kWarp : count;
    do
      for (const int lane : lanes)
        if (first + lane < end && fibers[first + lane]->state == Fiber::State::Ready)
          resume(first + lane);
    while (!release(first, end, Fiber::State::AtWarp));
  }

  /// Lets threads go on that wait in `state`; true if none does.
  bool release(int first, int end, Fiber::State state) {
    int waiting = 0, place = 0;
    for (int i = first; i < end; ++i)
      if (fibers[i]->state == state) {
        place = fibers[i]->place;
        ++waiting;
      }
    if (!waiting)
      return true;
    for (int i = first; i < end; ++i) {
      if (fibers[i]->state != state || fibers[i]->place != place)
        endWith("a barrier in code that not all of its threads run");
      fibers[i]->state = Fiber::State::Ready;
    }
    return false;
  }

  std::vector<std::unique_ptr<Fiber>> fibers;
  int running = 0, count = 0;
  int lanes[kWarp]{}; ///< in the order in which they run
  void (*body)(const void *) = nullptr;
  const void *argument = nullptr;
  jmp_buf scheduler;
};

inline thread_local unsigned char *sharedMemory = nullptr;

/// Calls body() for every thread of every block, with `sharedBytes` of memory for each block.
template <typename Body>
cudaError_t runTogether(dim3 blocks, int threads, size_t sharedBytes, const Body &body) {
  const uint64_t blockCount = uint64_t{blocks.x} * blocks.y * blocks.z;
  if (threads <= 0 || threads > 1024 || !blockCount || blocks.x > 0x7fffffffu || blocks.y > 65535 ||
      blocks.z > 65535 || sharedBytes > (size_t{227} << 10))
    return cudaErrorInvalidConfiguration;
  void *const memory = DeviceMemory::get().allocate(sharedBytes + 1);
  if (!memory)
    return cudaErrorMemoryAllocation;
  {
    const Access access;
    // The last byte of its pages is the last of the block's.
    sharedMemory = static_cast<unsigned char *>(memory) + (sharedBytes + 256) / 256 * 256 -
                   (sharedBytes + 15) / 16 * 16;
    gridDim = blocks;
    blockDim = dim3(static_cast<unsigned>(threads));
    const Order order(blockCount);
    for (uint64_t i = 0; i < blockCount; ++i) {
      const uint64_t block = order[i];
      blockIdx = dim3(static_cast<unsigned>(block % blocks.x),
                      static_cast<unsigned>(block / blocks.x % blocks.y),
                      static_cast<unsigned>(block / blocks.x / blocks.y));
      std::memset(sharedMemory, 0xff, sharedBytes);
      Fibers::get().runBlock(threads, body);
    }
    sharedMemory = nullptr;
  }
  DeviceMemory::get().release(memory);
  return cudaSuccess;
}

/// What every thread of the warp shows, as `lane` shows it.
template <typename T> T shown(int lane) {
  T value;
  const Fiber *fiber = Fibers::get().ofWarp(lane);
  if (!fiber)
    endWith("reads a lane that its warp does not have");
  std::memcpy(&value, fiber->slot, sizeof value);
  return value;
}
template <typename T> void show(const T &value) {
  static_assert(sizeof(T) <= sizeof(Fiber::slot), "more than a lane has room for");
  std::memcpy(Fibers::get().current().slot, &value, sizeof value);
}

} // namespace emulation
} // namespace segc

// NOLINTBEGIN(bugprone-reserved-identifier): they are CUDA's.
#define __syncthreads()                                                                            \
  segc::emulation::Fibers::get().wait(segc::emulation::Fiber::State::AtBlock, __LINE__)
inline void __syncwarp(unsigned = ~0u) {
  segc::emulation::Fibers::get().wait(segc::emulation::Fiber::State::AtWarp, 0);
}
template <typename T> T __shfl_sync(unsigned, T value, int lane) {
  segc::emulation::show(value);
  __syncwarp();
  const T result = segc::emulation::shown<T>(lane & (segc::emulation::kWarp - 1));
  __syncwarp();
  return result;
}
template <typename T> T __shfl_xor_sync(unsigned mask, T value, int lanes) {
  return __shfl_sync(mask, value, segc::emulation::Fibers::get().lane() ^ lanes);
}
// NOLINTEND(bugprone-reserved-identifier)

#endif // SEGC_CUDA_FIBERS_H
