//===- ProcessPool.h - processes side by side -------------------*- C++ -*-===//
//
// Runs so many processes at once as it is told; the others wait for their turn. They are
//
//   programs   compilers, segc itself
//   copies     of this process, each with a piece of its work. Libraries with global
//              state (Halide's names) are in the same state in every copy, and a crash
//              is a result like any other.
//
// A copy is forked when it is asked for and may tell something at once (Turn::tell); then it
// waits for its turn like a program. Everything happens on the caller's thread, within the
// functions of the pool.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_PROCESSPOOL_H
#define SEGC_PACKAGE_PROCESSPOOL_H

#include "compiler/package/Process.h"

#include <deque>
#include <memory>

namespace segc {

class Child;

/// What the work in a copy talks through.
class Turn {
public:
  /// Tells the pool something, once, first of all.
  static void tell(const std::string &text);
  /// Waits for the turn. Returns what ProcessPool::queue said.
  static std::string wait();
  /// Adds to the result's `out`.
  static void write(const std::string &text);
};

class ProcessPool {
public:
  using Finished = std::function<void(ProcessResult)>;

  explicit ProcessPool(int parallel);
  /// Kills what still runs.
  ~ProcessPool();

  /// Runs a program when there is room. Programs have precedence over copies.
  void run(const Command &command, Finished finished);

  /// A copy that has told something and is now to be queued, or else is ended.
  struct Copy {
    std::unique_ptr<Child> child;
    std::string told;
    /// How it ended, if it did before it told anything.
    std::optional<ProcessResult> ended;

    Copy();
    Copy(Copy &&) noexcept;
    Copy &operator=(Copy &&) noexcept;
    ~Copy();
  };
  /// Forks. `work` returns its exit code.
  Copy fork(const std::function<int()> &work);
  /// Gives the copy its turn when there is room; `text` is what its Turn::wait returns.
  void queue(Copy copy, std::string text, Finished finished);

  /// Copies that wait for their turn.
  size_t waiting() const { return copies.size(); }

  /// Waits until something has happened. False if nothing is left to wait for.
  bool step() { return look(true); }
  /// Takes note of what has happened already, and starts what there is room for. To be called
  /// now and then during long work between the other functions.
  void poll() { look(false); }
  /// Waits for everything, also what `finished` functions add meanwhile.
  void finish();
  /// Kills and forgets everything; nothing will be started any more.
  void abandon();
  bool abandoned() const { return givenUp; }

private:
  struct Job {
    Command command;
    std::unique_ptr<Child> child; ///< of a copy
    std::string text;
    Finished finished;
  };
  struct Running {
    std::unique_ptr<Child> child;
    Finished finished;
  };
  void start();
  bool look(bool patient);

  size_t parallel;
  bool givenUp = false;
  std::deque<Job> programs, copies;
  std::vector<Running> running;
};

} // namespace segc

#endif // SEGC_PACKAGE_PROCESSPOOL_H
