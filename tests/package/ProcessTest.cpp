// Programs run with their arguments as given, are watched, and end in time.

#include "compiler/package/Process.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <thread>

namespace {

using namespace segc;
using std::chrono::milliseconds;
using testing::HasSubstr;
using State = ProcessResult::State;

Command shell(const std::string &script) {
  Command command;
  command.argv = {"/bin/sh", "-c", script};
  return command;
}

TEST(Process, CapturesBothOutputsAndTheCode) {
  const ProcessResult result = runProcess(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.state, State::Exited);
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_FALSE(result.succeeded());
  EXPECT_EQ(result.describe(), "exit code 3");
}

TEST(Process, NoShellSeesTheArguments) {
  Command command;
  command.argv = {"printf", "%s|", "a b", "$(touch x)", "'\"; exit 9", "*"};
  const ProcessResult result = runProcess(command);
  EXPECT_TRUE(result.succeeded()) << result.describe();
  EXPECT_EQ(result.out, "a b|$(touch x)|'\"; exit 9|*|");
}

TEST(Process, InputIsEmpty) {
  Command command;
  command.argv = {"cat"};
  command.timeout = milliseconds(20000);
  EXPECT_TRUE(runProcess(command).succeeded());
}

TEST(Process, DirectoryAndEnvironment) {
  TestFolder folder;
  Command command = shell("pwd -P; echo $SEGC_TEST_A $SEGC_TEST_B");
  command.directory = folder.path();
  setenv("SEGC_TEST_A", "old", 1);
  setenv("SEGC_TEST_B", "kept", 1);
  command.environment = {{"SEGC_TEST_A", "new"}};
  const ProcessResult result = runProcess(command);
  EXPECT_EQ(result.out, std::filesystem::canonical(folder.path()).string() + "\nnew kept\n");
}

TEST(Process, SaysWhyItCannotStart) {
  Command command;
  command.argv = {"segc-no-such-program"};
  EXPECT_EQ(runProcess(command).state, State::Failed);
  EXPECT_THAT(runProcess(command).describe(), HasSubstr("segc-no-such-program: not found"));
  command.argv = {"/no/such/program"};
  EXPECT_THAT(runProcess(command).describe(), HasSubstr("/no/such/program: No such file"));
  command.argv = {"/"};
  EXPECT_THAT(runProcess(command).describe(), HasSubstr("/: Permission denied"));
  command.argv = {};
  EXPECT_EQ(runProcess(command).state, State::Failed);
  command = shell("true");
  command.directory = "/no/such/folder";
  EXPECT_EQ(runProcess(command).state, State::Failed);
}

TEST(Process, Signals) {
  const ProcessResult result = runProcess(shell("kill -SEGV $$"));
  EXPECT_EQ(result.state, State::Signaled);
  EXPECT_EQ(result.code, SIGSEGV);
  EXPECT_EQ(result.describe(), "signal 11 (Segmentation fault)");
}

TEST(Process, TimeoutEndsTheWholeFamily) {
  // The shell's child would leave a file, and holds the pipe open.
  TestFolder folder;
  Command command = shell("echo started; (sleep 1; touch alive) & sleep 60; echo never");
  command.directory = folder.path();
  command.timeout = milliseconds(300);
  const ProcessResult result = runProcess(command);
  EXPECT_EQ(result.state, State::TimedOut);
  EXPECT_EQ(result.out, "started\n");
  EXPECT_GE(result.seconds, 0.3);
  EXPECT_LT(result.seconds, 20);
  std::this_thread::sleep_for(milliseconds(1300));
  EXPECT_EQ(folder.get("alive"), "(none)");
}

TEST(Process, TimeoutWithoutOpenPipes) {
  Command command = shell("exec >/dev/null 2>&1; sleep 60");
  command.timeout = milliseconds(300);
  const ProcessResult result = runProcess(command);
  EXPECT_EQ(result.state, State::TimedOut);
  EXPECT_LT(result.seconds, 20);
}

TEST(Process, TimeoutOfOneThatNeverStopsWriting) {
  Command command = shell("while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done");
  command.timeout = milliseconds(300);
  command.outputLimit = 1000;
  const ProcessResult result = runProcess(command);
  EXPECT_EQ(result.state, State::TimedOut);
  EXPECT_EQ(result.out.size(), 1000u);
  EXPECT_TRUE(result.truncated);
}

TEST(Process, DaemonsLeftBehindAreNotWaitedFor) {
  const ProcessResult result = runProcess(shell("sleep 30 & echo done"));
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.out, "done\n");
  EXPECT_LT(result.seconds, 15);
}

TEST(Process, LargeOutputsDoNotBlock) {
  // More than a pipe holds, on both, interleaved.
  const ProcessResult result = runProcess(shell(
      "i=0; while [ $i -lt 3000 ]; do printf '%0100d' 1; printf '%0100d' 2 >&2; i=$((i+1)); done"));
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.out.size(), 300000u);
  EXPECT_EQ(result.err.size(), 300000u);
  EXPECT_FALSE(result.truncated);
}

TEST(Process, ManyAtOnceInOrder) {
  TestFolder folder;
  std::vector<Command> commands;
  for (int i = 0; i < 7; ++i) // A marker for each that runs; how many are there?
    commands.push_back(shell("touch r" + std::to_string(i) + "; sleep 0.1; ls | wc -l; rm r" +
                             std::to_string(i) + "; exit " + std::to_string(i)));
  for (Command &command : commands)
    command.directory = folder.path();
  commands[3].argv = {"/no/such/program"};
  std::vector<size_t> finished;
  const std::vector<ProcessResult> results = runProcesses(
      commands, 3, [&](size_t index, const ProcessResult &) { finished.push_back(index); });
  ASSERT_EQ(results.size(), 7u);
  EXPECT_THAT(finished, testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5, 6));
  for (size_t i = 0; i < 7; ++i) {
    if (i == 3) {
      EXPECT_EQ(results[i].state, State::Failed);
      continue;
    }
    EXPECT_EQ(results[i].code, static_cast<int>(i));
    EXPECT_LE(std::stoi(results[i].out), 3);
  }
  EXPECT_TRUE(runProcesses({}, 4).empty());
}

TEST(Process, ManyThreadsMayRunProcesses) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 10; ++i)
        EXPECT_EQ(runProcess(shell("echo " + std::to_string(t))).out, std::to_string(t) + "\n");
    });
  for (std::thread &thread : threads)
    thread.join();
}

} // namespace
