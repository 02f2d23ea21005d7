//===- segc_threads.h - a small pool of threads ------------------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, standard
// library only. The pool runs the parallel loops of a network: one ThreadPool,
// handed to NAME_run as a `const segc_parallel *`. A program with threads of its
// own can pass its own segc_parallel instead; the results are the same bits.
//
// How a loop runs
//   1. The caller writes the loop into `job_` and opens it by a store to `state_`.
//   2. Workers that notice join it (they count themselves into `state_`), claim
//      chunks of indices from `next_`, and leave when none is left.
//   3. The caller claims chunks as well. When none is left it closes the loop,
//      so that nobody can join any more, and waits for those inside to leave.
// A worker that sleeps through a short loop therefore delays nobody.
//
// A network is hundreds of loops back to back, so waiting spins a little (tens
// of microseconds) before it sleeps on a condition variable.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_THREADS_H
#define SEGC_THREADS_H

#include "segc_abi.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace segc {

/// A fixed number of threads, the calling one included, that run loops.
///
/// Several threads may call parallelFor at once, and a body may call it again:
/// while a loop is running, any other loop runs on its own calling thread alone.
/// Bodies must not throw: an exception on a worker ends the program.
class ThreadPool {
public:
  /// `threads` counts the caller; 0 means as many as the machine runs at once.
  /// If the system refuses a thread, the pool is smaller (see threads()).
  explicit ThreadPool(int threads = 0) : parallel_{this, &ThreadPool::runFromC} {
    constexpr int most = 1024;
    if (threads <= 0)
      threads = static_cast<int>(std::thread::hardware_concurrency());
    if (threads < 1)
      threads = 1;
    if (threads > most)
      threads = most;
    workers_.reserve(static_cast<size_t>(threads - 1));
    try {
      for (int i = 1; i < threads; ++i)
        workers_.emplace_back([this] { work(); });
    } catch (const std::system_error &) {
      return; // Fewer threads are slower, not wrong.
    }
  }

  /// Stops and joins the workers. No loop may be running.
  ~ThreadPool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stop_.store(true, std::memory_order_seq_cst);
    }
    wake_.notify_all();
    for (std::thread &worker : workers_)
      worker.join();
  }

  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  /// How many threads run a loop, the caller included; at least 1.
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /// The pool as generated code takes it. Lives as long as the pool.
  const segc_parallel *parallel() const { return &parallel_; }

  /// Calls body(closure, i) once for every i in [0, count) and returns when all
  /// have returned. Allocates nothing.
  void parallelFor(int32_t count, void (*body)(void *closure, int32_t index), void *closure) {
    if (count < 2 || workers_.empty() || busy_.exchange(true, std::memory_order_acquire)) {
      for (int32_t i = 0; i < count; ++i)
        body(closure, i);
      return;
    }
    // Eight chunks a thread level out uneven bodies at little cost.
    const int64_t chunks = int64_t{8} * threads();
    job_.body = body;
    job_.closure = closure;
    job_.count = count;
    job_.chunk = count > chunks ? count / chunks : 1;
    next_.store(0, std::memory_order_relaxed);
    open(count - 1);
    claimChunks();
    closeAndWait();
    busy_.store(false, std::memory_order_release);
  }

private:
  struct Job {
    void (*body)(void *closure, int32_t index) = nullptr;
    void *closure = nullptr;
    int64_t count = 0;
    int64_t chunk = 1;
  };

  // state_ holds the number of the loop (upper half), whether it is open to join,
  // and how many workers are inside.
  static constexpr uint64_t kOpen = uint64_t{1} << 31;
  static constexpr uint64_t kInside = kOpen - 1;
  static constexpr int kSpins = 1000;

  static uint32_t loopNumber(uint64_t state) { return static_cast<uint32_t>(state >> 32); }

  static void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
  }

  static void runFromC(void *context, int32_t count, void (*body)(void *, int32_t), void *closure) {
    static_cast<ThreadPool *>(context)->parallelFor(count, body, closure);
  }

  void claimChunks() {
    for (;;) {
      const int64_t first = next_.fetch_add(job_.chunk, std::memory_order_relaxed);
      if (first >= job_.count)
        return;
      const int64_t end = first + job_.chunk < job_.count ? first + job_.chunk : job_.count;
      for (int64_t i = first; i < end; ++i)
        job_.body(job_.closure, static_cast<int32_t>(i));
    }
  }

  /// Opens the loop in job_ and wakes at most `helpers` sleeping workers.
  void open(int32_t helpers) {
    // Only the caller of the running loop writes the upper half, and nobody is
    // inside, so that a plain store is enough.
    const uint64_t number = loopNumber(state_.load(std::memory_order_relaxed)) + uint64_t{1};
    state_.store((number << 32) | kOpen, std::memory_order_seq_cst);
    // A worker counts itself into sleepers_ before it looks at state_ a last
    // time: either it sees the loop, or it is seen here.
    const int32_t sleepers = sleepers_.load(std::memory_order_seq_cst);
    if (sleepers == 0)
      return;
    // The empty section makes sure that those counted do wait by now.
    {
      std::lock_guard<std::mutex> lock(mutex_);
    }
    if (helpers >= sleepers)
      wake_.notify_all();
    else
      for (int32_t i = 0; i < helpers; ++i)
        wake_.notify_one();
  }

  void closeAndWait() {
    uint64_t state = state_.fetch_and(~kOpen, std::memory_order_seq_cst) & ~kOpen;
    for (int spin = 0; spin < kSpins && (state & kInside) != 0; ++spin) {
      pause();
      state = state_.load(std::memory_order_acquire);
    }
    if ((state & kInside) == 0)
      return;
    std::unique_lock<std::mutex> lock(mutex_);
    callerSleeps_.store(true, std::memory_order_seq_cst);
    done_.wait(lock, [this] { return (state_.load(std::memory_order_seq_cst) & kInside) == 0; });
    callerSleeps_.store(false, std::memory_order_relaxed);
  }

  /// Counts this worker into the open loop, unless it is closed or is `last`.
  bool join(uint32_t &last) {
    uint64_t state = state_.load(std::memory_order_acquire);
    while ((state & kOpen) != 0 && loopNumber(state) != last) {
      if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
        last = loopNumber(state);
        return true;
      }
    }
    return false;
  }

  void leave() {
    const uint64_t state = state_.fetch_sub(1, std::memory_order_seq_cst) - 1;
    if ((state & (kOpen | kInside)) != 0 || !callerSleeps_.load(std::memory_order_seq_cst))
      return;
    {
      std::lock_guard<std::mutex> lock(mutex_);
    }
    done_.notify_one();
  }

  /// A worker's life.
  void work() {
    uint32_t last = 0; // Loops are numbered from 1 on.
    int spin = 0;
    while (!stop_.load(std::memory_order_relaxed)) {
      if (join(last)) {
        claimChunks();
        leave();
        spin = 0;
      } else if (++spin < kSpins) {
        pause();
      } else {
        sleep(last);
        spin = 0;
      }
    }
  }

  void sleep(uint32_t last) {
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    wake_.wait(lock, [this, last] {
      const uint64_t state = state_.load(std::memory_order_seq_cst);
      return stop_.load(std::memory_order_relaxed) ||
             ((state & kOpen) != 0 && loopNumber(state) != last);
    });
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
  }

  segc_parallel parallel_;
  std::vector<std::thread> workers_;

  Job job_; // Written while the loop is closed and nobody is inside.
  std::atomic<bool> busy_{false};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_; // workers wait for a loop
  std::condition_variable done_; // the caller waits for the workers inside
  std::atomic<int32_t> sleepers_{0};
  std::atomic<bool> callerSleeps_{false};
  // The two words that threads fight over have cache lines of their own.
  alignas(64) std::atomic<uint64_t> state_{0};
  alignas(64) std::atomic<int64_t> next_{0};
};

} // namespace segc

#endif // SEGC_THREADS_H
