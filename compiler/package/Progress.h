//===- Progress.h - telling that something takes a while ---------*- C++ -*-===//
//
// One line on stderr for whatever takes longer than a second:
//
//   compiling kernels  12/25  0:14, about 0:15 left
//
// On a terminal the line is drawn over itself ten times a second at most, and it
// vanishes at the end. Elsewhere (a log file) it is a plain line every few
// seconds. With `--quiet` there is none.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_PROGRESS_H
#define SEGC_PACKAGE_PROGRESS_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace segc {

/// What `--color` says.
enum class ColorMode { Auto, Always, Never };

/// Whether to colour what goes to file descriptor `fd`. Auto means: a terminal
/// that is not "dumb", and the environment does not set NO_COLOR.
bool useColor(ColorMode mode, int fd);

class Progress {
public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    bool quiet = false;
    bool terminal = false; ///< redraw one line, rather than add lines
    bool color = false;
    int columns = 80;
    std::function<void(std::string_view)> write; ///< where text goes
    std::function<Clock::time_point()> now;      ///< the time
  };

  /// Options for stderr and the real clock.
  static Options standardError(bool quiet, ColorMode color);

  explicit Progress(Options options);

  /// Clears the line.
  ~Progress();

  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Begins a phase, and ends the last. `total` steps will follow; 0 means that
  /// nobody knows. `name` may come from a model: control characters are not shown.
  void phase(std::string_view name, int64_t total = 0);

  /// `steps` more are done. Any thread may say so.
  void advance(int64_t steps = 1);

  /// Draws the line anew if it is time to; for phases of few and long steps.
  void tick();

  /// Ends the phase and clears the line. Call it before any other output.
  void finish();

private:
  void tickLocked();
  void clearLocked();
  std::string line(Clock::duration elapsed) const;

  Options options;
  std::mutex mutex;
  bool active = false;
  bool drawn = false; ///< a line stands on the terminal
  std::string name;
  int64_t done = 0;
  int64_t total = 0;
  Clock::time_point started;
  Clock::time_point nextDraw;
};

} // namespace segc

#endif // SEGC_PACKAGE_PROGRESS_H
