//===- Process.h - running other programs ------------------------*- C++ -*-===//
//
// segc runs host compilers and itself. A program is given as its list of
// arguments: no shell sees them, so no file name needs quoting.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_PROCESS_H
#define SEGC_PACKAGE_PROCESS_H

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace segc {

struct Command {
  /// The program and its arguments. A program without a slash is looked for in
  /// PATH.
  std::vector<std::string> argv;
  /// Where it runs; empty means here.
  std::string directory;
  /// Variables to set besides those that segc itself has.
  std::vector<std::pair<std::string, std::string>> environment;
  /// After this time the program and all it started are killed; zero: never.
  std::chrono::milliseconds timeout{0};
  /// The program's input is empty. Of each of its outputs, so much is kept.
  size_t outputLimit = size_t{16} << 20;
};

struct ProcessResult {
  enum class State {
    Exited,   ///< `code` is its exit code
    Signaled, ///< `code` is the signal that ended it
    TimedOut, ///< killed by us
    Failed    ///< never started; `err` says why
  };
  State state = State::Failed;
  int code = 0;
  std::string out;
  std::string err;
  bool truncated = false; ///< an output was longer than the limit
  double seconds = 0;

  bool succeeded() const { return state == State::Exited && code == 0; }

  /// "exit code 1", "signal 11 (Segmentation fault)", "no answer within 60 s",
  /// or why it did not start.
  std::string describe() const;
};

/// Runs one program to its end.
ProcessResult runProcess(const Command &command);

/// Runs all programs, at most `parallel` at once, and returns their results in
/// the order of the commands. `finished` is called on this thread after each.
/// The programs end with this process if it dies.
std::vector<ProcessResult>
runProcesses(const std::vector<Command> &commands, int parallel,
             const std::function<void(size_t index, const ProcessResult &)> &finished = {});

} // namespace segc

#endif // SEGC_PACKAGE_PROCESS_H
