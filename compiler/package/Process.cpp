//===- Process.cpp - running other programs -------------------------------===//
//
// One thread looks after all children. Each has a process group of its own, so
// that a timeout also ends what the child started (g++ starts cc1plus).
//
//===----------------------------------------------------------------------===//

#include "compiler/package/Process.h"

#include <llvm/Support/Program.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>
#include <system_error>

extern char **environ;

namespace segc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string errorText(int code) { return std::generic_category().message(code); }

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
  void close() {
    if (fd >= 0)
      ::close(fd);
    fd = -1;
  }
  int get() const { return fd; }
  bool isOpen() const { return fd >= 0; }

private:
  int fd = -1;
};

bool makePipe(Descriptor &readEnd, Descriptor &writeEnd) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return false;
  readEnd = Descriptor(fds[0]);
  writeEnd = Descriptor(fds[1]);
  return true;
}

/// A program that is running.
struct Child {
  size_t index = 0;
  pid_t pid = -1;
  Descriptor pipes[2]; ///< its standard output and standard error
  Clock::time_point started;
  Clock::time_point deadline = Clock::time_point::max();
  bool killed = false;
  bool ended = false;
  bool lost = false; ///< somebody else took its exit status
  int status = 0;
  ProcessResult result;
};

/// What runs between fork and exec: only async-signal-safe calls, because other
/// threads' locks may be held. All memory was made before the fork.
[[noreturn]] void becomeProgram(const char *program, char *const *argv, char *const *environment,
                                const char *directory, int out, int err, int input, int report,
                                pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  // If the parent died before prctl, nobody is left to tell.
  if (getppid() == parent && dup2(input, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
      dup2(err, STDERR_FILENO) >= 0 && (!directory || chdir(directory) == 0))
    execve(program, argv, environment);
  const int code = errno;
  ssize_t written = write(report, &code, sizeof(code));
  (void)written; // If this fails there is nothing else to do.
  _exit(127);
}

/// Starts a program, or says in child.result.err why it cannot.
bool start(const Command &command, Child &child) {
  ProcessResult &result = child.result;
  if (command.argv.empty()) {
    result.err = "no program given";
    return false;
  }
  std::string program = command.argv[0];
  if (program.find('/') == std::string::npos) {
    auto found = llvm::sys::findProgramByName(program);
    if (!found) {
      result.err = program + ": not found in PATH";
      return false;
    }
    program = *found;
  }

  std::vector<char *> argv;
  argv.reserve(command.argv.size() + 1);
  for (const std::string &argument : command.argv)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> settings;
  settings.reserve(command.environment.size());
  for (const auto &[name, value] : command.environment)
    settings.push_back(name + "=" + value);
  std::vector<char *> environment;
  for (char **variable = environ; *variable; ++variable) {
    const llvm::StringRef text(*variable);
    const bool replaced =
        std::any_of(command.environment.begin(), command.environment.end(),
                    [&](const auto &setting) { return text.split('=').first == setting.first; });
    if (!replaced)
      environment.push_back(*variable);
  }
  for (std::string &setting : settings)
    environment.push_back(setting.data());
  environment.push_back(nullptr);

  Descriptor writeEnds[2], reportRead, reportWrite;
  Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input.isOpen() || !makePipe(child.pipes[0], writeEnds[0]) ||
      !makePipe(child.pipes[1], writeEnds[1]) || !makePipe(reportRead, reportWrite)) {
    result.err = program + ": " + errorText(errno);
    return false;
  }
  for (const Descriptor &pipe : child.pipes)
    fcntl(pipe.get(), F_SETFL, O_NONBLOCK);

  child.started = Clock::now();
  if (command.timeout.count() > 0)
    child.deadline = child.started + command.timeout;
  const pid_t parent = getpid();
  child.pid = fork();
  if (child.pid == 0)
    becomeProgram(program.c_str(), argv.data(), environment.data(),
                  command.directory.empty() ? nullptr : command.directory.c_str(),
                  writeEnds[0].get(), writeEnds[1].get(), input.get(), reportWrite.get(), parent);
  if (child.pid < 0) {
    result.err = program + ": " + errorText(errno);
    return false;
  }
  // exec closes the report's end; otherwise it brings an error code.
  reportWrite.close();
  int code = 0;
  ssize_t count;
  do
    count = read(reportRead.get(), &code, sizeof(code));
  while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof(code))) {
    while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    result.err = program + ": " + errorText(code);
    return false;
  }
  return true;
}

/// Takes what a pipe holds now, and closes it at its end.
void drain(Child &child, int which, size_t limit) {
  std::string &text = which == 0 ? child.result.out : child.result.err;
  Descriptor &pipe = child.pipes[which];
  char buffer[1 << 16];
  // More than a pipe can hold, but not without end: others wait, deadlines too.
  for (int i = 0; i < 32 && pipe.isOpen(); ++i) {
    const ssize_t count = read(pipe.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 && errno == EAGAIN)
      return;
    if (count <= 0) {
      pipe.close();
      return;
    }
    const size_t kept = std::min(static_cast<size_t>(count), limit - text.size());
    text.append(buffer, kept);
    if (kept < static_cast<size_t>(count))
      child.result.truncated = true;
  }
}

/// Looks whether a child ended or must. True when nothing more will come.
bool settle(Child &child, size_t limit) {
  if (!child.killed && Clock::now() >= child.deadline) {
    child.killed = true;
    kill(-child.pid, SIGKILL);
  }
  if (!child.ended) {
    const pid_t pid = waitpid(child.pid, &child.status, WNOHANG);
    if (pid == 0 || (pid < 0 && errno == EINTR))
      return false;
    child.ended = true;
    child.lost = pid < 0;
  }
  // What the child left in the pipes. If it left a process that keeps them open,
  // that one is not waited for.
  for (int which = 0; which < 2; ++which) {
    drain(child, which, limit);
    child.pipes[which].close();
  }
  ProcessResult &result = child.result;
  result.seconds = std::chrono::duration<double>(Clock::now() - child.started).count();
  if (child.killed) {
    result.state = ProcessResult::State::TimedOut;
  } else if (child.lost) {
    result.err += "the exit status is lost";
  } else if (WIFSIGNALED(child.status)) {
    result.state = ProcessResult::State::Signaled;
    result.code = WTERMSIG(child.status);
  } else {
    result.state = ProcessResult::State::Exited;
    result.code = WEXITSTATUS(child.status);
  }
  return true;
}

/// Waits until a pipe has something, or a moment has passed. Children close their
/// pipes when they end, so `moment` only matters for those that close them early
/// or leave them to others.
void waitForNews(const std::vector<std::unique_ptr<Child>> &children,
                 const std::vector<Command> &commands) {
  std::vector<pollfd> polled;
  std::vector<std::pair<Child *, int>> owners;
  milliseconds moment(50);
  const Clock::time_point now = Clock::now();
  for (const auto &child : children) {
    int open = 0;
    for (int which = 0; which < 2; ++which)
      if (child->pipes[which].isOpen()) {
        polled.push_back({child->pipes[which].get(), POLLIN, 0});
        owners.emplace_back(child.get(), which);
        ++open;
      }
    if (open == 0)
      moment = milliseconds(1);
    if (child->deadline != Clock::time_point::max() && !child->killed)
      moment = std::clamp(std::chrono::ceil<milliseconds>(child->deadline - now), milliseconds(0),
                          moment);
  }
  if (poll(polled.data(), polled.size(), static_cast<int>(moment.count())) <= 0)
    return;
  for (size_t i = 0; i < polled.size(); ++i)
    if (polled[i].revents != 0)
      drain(*owners[i].first, owners[i].second, commands[owners[i].first->index].outputLimit);
}

} // namespace

std::string ProcessResult::describe() const {
  switch (state) {
  case State::Exited:
    return "exit code " + std::to_string(code);
  case State::Signaled:
    return "signal " + std::to_string(code) + " (" + strsignal(code) + ")";
  case State::TimedOut:
    return "no answer within " + std::to_string(std::lround(seconds)) + " s";
  case State::Failed:
    return err;
  }
  return std::string();
}

std::vector<ProcessResult>
runProcesses(const std::vector<Command> &commands, int parallel,
             const std::function<void(size_t index, const ProcessResult &)> &finished) {
  std::vector<ProcessResult> results(commands.size());
  std::vector<std::unique_ptr<Child>> running;
  const size_t most = static_cast<size_t>(std::max(1, parallel));
  size_t next = 0;
  const auto finish = [&](Child &child) {
    results[child.index] = std::move(child.result);
    if (finished)
      finished(child.index, results[child.index]);
  };
  while (next < commands.size() || !running.empty()) {
    while (next < commands.size() && running.size() < most) {
      auto child = std::make_unique<Child>();
      child->index = next;
      if (start(commands[next++], *child))
        running.push_back(std::move(child));
      else
        finish(*child);
    }
    if (running.empty())
      continue;
    waitForNews(running, commands);
    for (size_t i = 0; i < running.size();) {
      if (settle(*running[i], commands[running[i]->index].outputLimit)) {
        finish(*running[i]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }
  return results;
}

ProcessResult runProcess(const Command &command) {
  return std::move(runProcesses({command}, 1).front());
}

} // namespace segc
