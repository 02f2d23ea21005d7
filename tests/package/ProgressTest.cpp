// What the progress line shows and when, on a clock of the test's own.

#include "compiler/package/Progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace {

using namespace segc;
using std::chrono::milliseconds;
using testing::HasSubstr;

struct Fixture : testing::Test {
  Progress::Options options(bool terminal) {
    Progress::Options result;
    result.terminal = terminal;
    result.write = [this](std::string_view text) { output += text; };
    result.now = [this] { return now; };
    return result;
  }
  /// What was written since the last call.
  std::string take() { return std::exchange(output, std::string()); }

  std::string output;
  Progress::Clock::time_point now{std::chrono::hours(1)};
};

using ProgressTest = Fixture;

TEST_F(ProgressTest, ShortPhasesAreSilent) {
  {
    Progress progress(options(true));
    progress.phase("reading", 10);
    for (int i = 0; i < 10; ++i) {
      now += milliseconds(99);
      progress.advance();
    }
    progress.phase("compiling", 2);
    now += milliseconds(500);
    progress.advance();
  }
  EXPECT_EQ(output, "");
}

TEST_F(ProgressTest, ATerminalsLineIsRedrawnAndCleared) {
  Progress progress(options(true));
  progress.phase("compiling kernels", 25);
  now += milliseconds(14000);
  progress.advance(12);
  EXPECT_EQ(take(), "\rcompiling kernels  12/25  0:14, about 0:15 left\x1b[K");
  now += milliseconds(50);
  progress.advance();
  EXPECT_EQ(take(), ""); // too soon
  now += milliseconds(60);
  progress.tick();
  EXPECT_THAT(take(), HasSubstr("13/25"));
  progress.finish();
  EXPECT_EQ(take(), "\r\x1b[K");
  progress.finish();
  now += milliseconds(5000);
  progress.advance();
  EXPECT_EQ(take(), ""); // no phase, no line
}

TEST_F(ProgressTest, ALogGetsFewWholeLines) {
  Progress progress(options(false));
  progress.phase("tuning");
  for (int i = 0; i < 120; ++i) {
    now += milliseconds(100);
    progress.advance();
  }
  EXPECT_EQ(take(), "tuning  10  0:01\ntuning  60  0:06\ntuning  110  0:11\n");
  progress.finish();
  EXPECT_EQ(take(), "");
}

TEST_F(ProgressTest, QuietIsSilent) {
  Progress::Options quiet = options(true);
  quiet.quiet = true;
  Progress progress(quiet);
  progress.phase("long", 3);
  now += std::chrono::hours(2);
  progress.advance();
  progress.finish();
  EXPECT_EQ(output, "");
}

TEST_F(ProgressTest, LongNamesGiveWay) {
  Progress::Options narrow = options(true);
  narrow.columns = 30; // 15 bytes are left for the name.
  Progress progress(narrow);
  progress.phase("0123456789ab\xc3\xa9xyz0123456789", 4);
  now += std::chrono::seconds(3700);
  progress.tick();
  EXPECT_EQ(take(), "\r0123456789ab\xc3\xa9x  0/4  1:01:40\x1b[K");
  // The cut falls into a letter of two bytes, which goes as a whole.
  progress.phase("0123456789abcd\xc3\xa9xyz", 4);
  now += std::chrono::seconds(3700);
  progress.tick();
  EXPECT_EQ(take(), "\r\x1b[K\r0123456789abcd  0/4  1:01:40\x1b[K");
}

TEST_F(ProgressTest, NamesCannotControlTheTerminal) {
  Progress progress(options(false));
  progress.phase("a\x1b]0;b\a\n");
  now += std::chrono::seconds(2);
  progress.tick();
  EXPECT_EQ(take(), "a?]0;b??  0:02\n");
}

TEST_F(ProgressTest, Colours) {
  Progress::Options coloured = options(false);
  coloured.color = true;
  Progress progress(coloured);
  progress.phase("x");
  now += std::chrono::seconds(2);
  progress.tick();
  EXPECT_EQ(take(), "\x1b[1mx\x1b[0m\x1b[2m  0:02\x1b[0m\n");
  EXPECT_TRUE(useColor(ColorMode::Always, -1));
  EXPECT_FALSE(useColor(ColorMode::Never, 2));
  EXPECT_FALSE(useColor(ColorMode::Auto, -1)); // no terminal
}

TEST_F(ProgressTest, ManyThreadsMayAdvance) {
  Progress progress(options(false));
  progress.phase("x", 4000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&progress] {
      for (int i = 0; i < 1000; ++i)
        progress.advance();
    });
  for (std::thread &thread : threads)
    thread.join();
  now += std::chrono::seconds(2);
  progress.tick();
  EXPECT_THAT(take(), HasSubstr("4000/4000"));
}

} // namespace
