// The thread pool runs every index once, whoever calls it and however often.

#include "segc_parallel.h"
#include "segc_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace {

using segc::parallelFor;
using segc::ThreadPool;

/// Runs a loop of `count` and reports whether each index came exactly once.
bool everyIndexOnce(const segc_parallel *parallel, int32_t count) {
  std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
  parallelFor(parallel, 0, count, [&](int32_t i) { ++seen[static_cast<size_t>(i)]; });
  for (const std::atomic<int> &times : seen)
    if (times != 1)
      return false;
  return true;
}

TEST(ThreadPool, CountsTheCaller) {
  EXPECT_EQ(ThreadPool(1).threads(), 1);
  EXPECT_EQ(ThreadPool(3).threads(), 3);
  EXPECT_GE(ThreadPool(0).threads(), 1);
  EXPECT_GE(ThreadPool(-5).threads(), 1);
}

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (int32_t count : {0, 1, 2, 3, 7, 16, 63, 64, 65, 1000, 4097})
      EXPECT_TRUE(everyIndexOnce(pool.parallel(), count)) << threads << " threads, " << count;
  }
}

TEST(ThreadPool, ParallelForStartsAtMin) {
  ThreadPool pool(2);
  std::atomic<int64_t> sum{0};
  parallelFor(pool.parallel(), -3, 10, [&](int32_t i) { sum += i; });
  EXPECT_EQ(sum, -3 * 10 + 45);
}

TEST(ThreadPool, ANullPoolRunsInOrder) {
  std::vector<int32_t> order;
  parallelFor(nullptr, 5, 3, [&](int32_t i) { order.push_back(i); });
  EXPECT_EQ(order, (std::vector<int32_t>{5, 6, 7}));
}

TEST(ThreadPool, SeveralThreadsTakePart) {
  ThreadPool pool(3);
  std::mutex mutex;
  std::set<std::thread::id> who;
  // Each body waits until three have met; with fewer threads this would hang, so
  // it gives up after a while.
  std::atomic<int> inside{0};
  parallelFor(pool.parallel(), 0, 3, [&](int32_t) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      who.insert(std::this_thread::get_id());
    }
    ++inside;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (inside < 3 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  });
  EXPECT_EQ(who.size(), 3u);
}

TEST(ThreadPool, BackToBackLoopsSeeEachOthersWrites) {
  // Plain, unsynchronised memory: under TSan a missing barrier is reported.
  ThreadPool pool(4);
  std::vector<int64_t> a(512), b(512);
  for (int round = 0; round < 2000; ++round) {
    parallelFor(pool.parallel(), 0, 512, [&](int32_t i) {
      const size_t at = static_cast<size_t>(i);
      b[at] = a[(at + 1) % 512] + 1;
    });
    parallelFor(pool.parallel(), 0, 512, [&](int32_t i) {
      const size_t at = static_cast<size_t>(i);
      a[at] = b[(at + 511) % 512];
    });
  }
  for (int64_t value : a)
    EXPECT_EQ(value, 2000);
}

TEST(ThreadPool, SleepingWorkersWakeUp) {
  ThreadPool pool(4);
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(everyIndexOnce(pool.parallel(), 100));
    // Longer than the workers spin.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

TEST(ThreadPool, TheCallerSleepsThroughALongBody) {
  ThreadPool pool(2);
  std::atomic<int> ran{0};
  for (int round = 0; round < 5; ++round)
    parallelFor(pool.parallel(), 0, 2, [&](int32_t i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(i == 0 ? 1 : 15));
      ++ran;
    });
  EXPECT_EQ(ran, 10);
}

TEST(ThreadPool, NestedLoopsRunSerially) {
  ThreadPool pool(4);
  std::atomic<int> sum{0};
  std::atomic<bool> moved{false};
  parallelFor(pool.parallel(), 0, 16, [&](int32_t) {
    const std::thread::id outer = std::this_thread::get_id();
    parallelFor(pool.parallel(), 0, 50, [&](int32_t i) {
      sum += i;
      if (std::this_thread::get_id() != outer)
        moved = true;
    });
  });
  EXPECT_EQ(sum, 16 * 49 * 50 / 2);
  EXPECT_FALSE(moved);
}

TEST(ThreadPool, SeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&pool, &wrong, caller] {
      for (int round = 0; round < 500; ++round)
        if (!everyIndexOnce(pool.parallel(), 1 + (round * 7 + caller) % 90))
          ++wrong;
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, ManyPoolsComeAndGo) {
  for (int round = 0; round < 100; ++round) {
    ThreadPool pool(1 + round % 4);
    if (round % 3 != 0) { // An unused pool must end as well.
      EXPECT_TRUE(everyIndexOnce(pool.parallel(), 10));
    }
  }
}

} // namespace
