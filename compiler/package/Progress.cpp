//===- Progress.cpp - telling that something takes a while ----------------===//

#include "compiler/package/Progress.h"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace segc {
namespace {

using std::chrono::milliseconds;

/// Nothing is shown before this.
constexpr milliseconds kPatience(1000);
constexpr milliseconds kTerminalInterval(100);
constexpr milliseconds kLogInterval(5000);

/// "0:07", "12:34", "1:02:03".
std::string clockTime(int64_t seconds) {
  if (seconds >= 3600)
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

} // namespace

bool useColor(ColorMode mode, int fd) {
  if (mode != ColorMode::Auto)
    return mode == ColorMode::Always;
  const char *noColor = std::getenv("NO_COLOR");
  const char *term = std::getenv("TERM");
  return isatty(fd) && !(noColor && *noColor) && term && std::strcmp(term, "dumb") != 0;
}

Progress::Options Progress::standardError(bool quiet, ColorMode color) {
  Options options;
  options.quiet = quiet;
  const char *term = std::getenv("TERM");
  options.terminal = isatty(STDERR_FILENO) && term && std::strcmp(term, "dumb") != 0;
  options.color = useColor(color, STDERR_FILENO);
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    options.columns = size.ws_col;
  options.write = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
  };
  options.now = [] { return Clock::now(); };
  return options;
}

Progress::Progress(Options options) : options(std::move(options)) {}

Progress::~Progress() { finish(); }

void Progress::phase(std::string_view newName, int64_t newTotal) {
  if (options.quiet)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  clearLocked();
  name.clear();
  for (char c : newName)
    name += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  total = newTotal;
  done = 0;
  active = true;
  started = options.now();
  nextDraw = started + kPatience;
}

void Progress::advance(int64_t steps) {
  if (options.quiet)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  done += steps;
  tickLocked();
}

void Progress::tick() {
  if (options.quiet)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  tickLocked();
}

void Progress::finish() {
  if (options.quiet)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  clearLocked();
  active = false;
}

std::string Progress::line(Clock::duration elapsed) const {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  std::string counts;
  if (total > 0)
    counts = fmt::format("  {}/{}", done, total);
  else if (done > 0)
    counts = fmt::format("  {}", done);
  std::string times = "  " + clockTime(static_cast<int64_t>(seconds));
  if (total > 0 && done > 0 && done < total) {
    const double left = seconds / static_cast<double>(done) * static_cast<double>(total - done);
    times += ", about " + clockTime(std::lround(left)) + " left";
  }
  // A line that wraps could not be drawn over: the name gives way.
  std::string shown = name;
  if (options.terminal) {
    const size_t room = static_cast<size_t>(options.columns > 1 ? options.columns - 1 : 1);
    const size_t rest = counts.size() + times.size();
    if (shown.size() + rest > room) {
      shown.resize(room > rest ? room - rest : 0);
      // Do not cut a UTF-8 sequence in two.
      while (!shown.empty() && (name[shown.size()] & 0xc0) == 0x80)
        shown.pop_back();
    }
    if (shown.size() + rest > room)
      return std::string();
  }
  if (options.color)
    return "\x1b[1m" + shown + "\x1b[0m" + counts + "\x1b[2m" + times + "\x1b[0m";
  return shown + counts + times;
}

void Progress::tickLocked() {
  if (!active)
    return;
  const Clock::time_point now = options.now();
  if (now < nextDraw)
    return;
  nextDraw = now + (options.terminal ? kTerminalInterval : kLogInterval);
  if (options.terminal) {
    // Back to the first column, the line, and clear what is left of the last one.
    options.write("\r" + line(now - started) + "\x1b[K");
    drawn = true;
  } else {
    options.write(line(now - started) + "\n");
  }
}

void Progress::clearLocked() {
  if (drawn)
    options.write("\r\x1b[K");
  drawn = false;
}

} // namespace segc
