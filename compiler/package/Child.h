//===- Child.h - one process that segc started ------------------*- C++ -*-===//
//
// What ProcessPool keeps of a child: its pipes, its deadline, what it has said. A child
// is another program, or a copy of this process that does a piece of its work. Each has
// a process group of its own, so that ending it also ends what it started (g++ starts
// cc1plus), and ends with this process if that dies.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_CHILD_H
#define SEGC_PACKAGE_CHILD_H

#include "compiler/package/Process.h"

#include <sys/types.h>

#include <memory>

namespace segc {

/// A file descriptor that closes itself.
class Descriptor {
public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(Descriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor() { close(); }
  void close();
  int get() const { return fd; }
  bool isOpen() const { return fd >= 0; }

private:
  int fd = -1;
};

class Child {
public:
  using Clock = std::chrono::steady_clock;

  Child() = default;
  /// Kills the child if it has not ended, and waits for it.
  ~Child();
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  /// Starts a program. False if that fails: `result` says why.
  bool startProgram(const Command &command);

  /// Starts a copy of this process that calls `work` and ends with the exit code that it
  /// returns. In the copy, standard input is what send() sends, standard output and
  /// error go to `result`; no other file is open, nothing is flushed or destroyed at
  /// the end. False if it cannot be started: `result` says why.
  bool startCopy(const std::function<int()> &work);

  /// Sends the input of a copy, and its end.
  void send(const std::string &text);

  /// Waits until the child's output has `bytes` bytes. False if it ended before.
  bool waitForOutput(size_t bytes);

  /// Looks whether the child ended or must. True when nothing more will come.
  bool settle();

  /// Waits until one of the children has something to say or a moment has passed; no moment
  /// if `patient` is false.
  static void waitForNews(const std::vector<Child *> &children, bool patient = true);

  ProcessResult result;

private:
  bool makePipes(Descriptor (&writeEnds)[2]);
  /// Takes what a pipe holds now, and closes it at its end.
  void drain(int which);

  pid_t pid = -1;
  Descriptor input;    ///< a copy's standard input
  Descriptor pipes[2]; ///< standard output and standard error
  Clock::time_point started;
  Clock::time_point deadline = Clock::time_point::max();
  size_t limit = size_t{1} << 30;
  bool failed = false; ///< it never ran
  bool killed = false;
  bool ended = false;
  bool lost = false; ///< somebody else took its exit status
  int status = 0;
};

} // namespace segc

#endif // SEGC_PACKAGE_CHILD_H
