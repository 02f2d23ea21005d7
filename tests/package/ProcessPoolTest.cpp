// Programs and copies of this process run side by side, wait for their turn, and end with the pool.

#include "compiler/package/ProcessPool.h"
#include "compiler/package/Child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

namespace {

using namespace segc;
using State = ProcessResult::State;

TEST(ProcessPool, ACopyTellsWaitsAndWrites) {
  ProcessPool pool(2);
  int here = 1;
  auto copy = pool.fork([&] {
    here = 2;
    Turn::tell("told " + std::to_string(here));
    Turn::write("got " + Turn::wait());
    return 5;
  });
  ASSERT_FALSE(copy.ended);
  EXPECT_EQ(copy.told, "told 2");
  std::optional<ProcessResult> result;
  pool.queue(std::move(copy), "this", [&](ProcessResult r) { result = std::move(r); });
  pool.finish();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, State::Exited);
  EXPECT_EQ(result->code, 5);
  EXPECT_EQ(result->out, "got this");
  EXPECT_EQ(here, 1);
}

TEST(ProcessPool, LongTexts) {
  ProcessPool pool(1);
  const std::string text(3 << 20, 'x');
  auto copy = pool.fork([&] {
    Turn::tell(text);
    Turn::wait();
    Turn::write(text + "y");
    return 0;
  });
  EXPECT_EQ(copy.told, text);
  std::string out;
  pool.queue(std::move(copy), "", [&](const ProcessResult &r) { out = r.out; });
  pool.finish();
  EXPECT_EQ(out, text + "y");
}

TEST(ProcessPool, ACopyThatDiesIsAResult) {
  ProcessPool pool(1);
  auto early = pool.fork([] { return raise(SIGKILL); });
  ASSERT_TRUE(early.ended);
  EXPECT_EQ(early.ended->state, State::Signaled);
  EXPECT_EQ(early.ended->code, SIGKILL);
  auto thrown = pool.fork([]() -> int { throw 1; });
  ASSERT_TRUE(thrown.ended);
  EXPECT_EQ(thrown.ended->code, 127);

  auto late = pool.fork([] {
    Turn::tell("");
    Turn::wait();
    Turn::write("half");
    std::abort();
    return 0;
  });
  ASSERT_FALSE(late.ended);
  std::optional<ProcessResult> result;
  pool.queue(std::move(late), "", [&](ProcessResult r) { result = std::move(r); });
  pool.finish();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->state, State::Signaled);
  EXPECT_FALSE(result->succeeded());
}

TEST(ProcessPool, NoMoreThanAskedForAtOnce) {
  // Every program adds itself to a file and counts what is there.
  ProcessPool pool(2);
  char folder[] = "/tmp/segc-pool-XXXXXX";
  ASSERT_TRUE(mkdtemp(folder));
  std::multiset<int> most;
  for (int i = 0; i < 6; ++i) {
    Command command;
    command.argv = {"/bin/sh", "-c", "touch $$; ls | wc -l; sleep 0.05; rm $$"};
    command.directory = folder;
    pool.run(command, [&](const ProcessResult &r) { most.insert(std::stoi(r.out)); });
  }
  pool.finish();
  EXPECT_EQ(most.size(), 6U);
  EXPECT_LE(*most.rbegin(), 2);
  rmdir(folder);
}

TEST(ProcessPool, FinishedMayAddMore) {
  ProcessPool pool(1);
  int ended = 0;
  Command command;
  command.argv = {"true"};
  pool.run(command, [&](const ProcessResult &) {
    ++ended;
    pool.run(command, [&](const ProcessResult &) { ++ended; });
  });
  pool.finish();
  EXPECT_EQ(ended, 2);
}

TEST(ProcessPool, NothingOutlivesIt) {
  std::vector<std::string> pids;
  {
    ProcessPool pool(1);
    for (int i = 0; i < 3; ++i) { // one has its turn, the others wait
      auto copy = pool.fork([] {
        Turn::tell(std::to_string(getpid()));
        Turn::wait();
        for (;;)
          pause();
        return 0;
      });
      pids.push_back(copy.told);
      pool.queue(std::move(copy), "", [](const ProcessResult &) { FAIL(); });
    }
    EXPECT_EQ(pool.waiting(), 2U);
    pool.abandon();
    EXPECT_FALSE(pool.step());
    Command command;
    command.argv = {"true"};
    pool.run(command, [](const ProcessResult &) { FAIL(); });
    pool.finish();
  }
  for (const std::string &pid : pids)
    EXPECT_EQ(kill(std::stoi(pid), 0), -1);
}

} // namespace
