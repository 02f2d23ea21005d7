//===- Child.cpp - one process that segc started ----------------*- C++ -*-===//

#include "compiler/package/Child.h"

#include <llvm/Support/Program.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

extern char **environ;

namespace segc {
namespace {

using std::chrono::milliseconds;

std::string errorText(int code) { return std::generic_category().message(code); }

bool makePipe(Descriptor &readEnd, Descriptor &writeEnd) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return false;
  readEnd = Descriptor(fds[0]);
  writeEnd = Descriptor(fds[1]);
  return true;
}

/// The first steps of a child. False if the parent died before prctl: nobody is left to tell.
bool leaveParent(pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  return getppid() == parent;
}

/// What runs between fork and exec: only async-signal-safe calls, because other
/// threads' locks may be held. All memory was made before the fork.
[[noreturn]] void becomeProgram(const char *program, char *const *argv, char *const *environment,
                                const char *directory, int out, int err, int input, int report,
                                pid_t parent) {
  if (leaveParent(parent) && dup2(input, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
      dup2(err, STDERR_FILENO) >= 0 && (!directory || chdir(directory) == 0))
    execve(program, argv, environment);
  const int code = errno;
  ssize_t written = write(report, &code, sizeof(code));
  (void)written; // If this fails there is nothing else to do.
  _exit(127);
}

/// What a copy runs. The C library's locks are sound behind fork; other threads' are not,
/// so `work` takes none that another thread of the parent may hold.
[[noreturn]] void becomeCopy(const std::function<int()> &work, int out, int err, int input,
                             pid_t parent) {
  if (!leaveParent(parent) || dup2(input, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
      dup2(err, STDERR_FILENO) < 0)
    _exit(127);
  // Other children's pipes, above all: they must end when those end.
  close_range(STDERR_FILENO + 1, ~0U, 0);
  try {
    _exit(work());
  } catch (...) {
    _exit(127);
  }
}

} // namespace

void Descriptor::close() {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

Child::~Child() {
  if (pid < 0 || ended)
    return;
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL); // it may not have come to setpgid yet
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Child::makePipes(Descriptor (&writeEnds)[2]) {
  for (int which = 0; which < 2; ++which) {
    if (!makePipe(pipes[which], writeEnds[which]))
      return false;
    fcntl(pipes[which].get(), F_SETFL, O_NONBLOCK);
  }
  return true;
}

bool Child::startProgram(const Command &command) {
  failed = true; // until it runs
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
  Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing.isOpen() || !makePipes(writeEnds) || !makePipe(reportRead, reportWrite)) {
    result.err = program + ": " + errorText(errno);
    return false;
  }

  limit = command.outputLimit;
  started = Clock::now();
  if (command.timeout.count() > 0)
    deadline = started + command.timeout;
  const pid_t parent = getpid();
  pid = fork();
  if (pid == 0)
    becomeProgram(program.c_str(), argv.data(), environment.data(),
                  command.directory.empty() ? nullptr : command.directory.c_str(),
                  writeEnds[0].get(), writeEnds[1].get(), nothing.get(), reportWrite.get(), parent);
  if (pid < 0) {
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
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    ended = true;
    result.err = program + ": " + errorText(code);
    return false;
  }
  failed = false;
  return true;
}

bool Child::startCopy(const std::function<int()> &work) {
  failed = true; // until it runs
  Descriptor writeEnds[2], readEnd;
  if (!makePipes(writeEnds) || !makePipe(readEnd, input)) {
    result.err = "no pipe: " + errorText(errno);
    return false;
  }
  started = Clock::now();
  const pid_t parent = getpid();
  pid = fork();
  if (pid == 0)
    becomeCopy(work, writeEnds[0].get(), writeEnds[1].get(), readEnd.get(), parent);
  if (pid < 0) {
    result.err = "no process: " + errorText(errno);
    return false;
  }
  failed = false;
  return true;
}

void Child::send(const std::string &text) {
  // The child may be dead: its end is news enough.
  struct sigaction ignore = {}, before;
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = write(input.get(), text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR)
      break;
    sent += static_cast<size_t>(std::max<ssize_t>(count, 0));
  }
  sigaction(SIGPIPE, &before, nullptr);
  input.close();
}

bool Child::waitForOutput(size_t bytes) {
  while (result.out.size() < bytes) {
    if (settle())
      return result.out.size() >= bytes;
    waitForNews({this});
  }
  return true;
}

void Child::drain(int which) {
  std::string &text = which == 0 ? result.out : result.err;
  Descriptor &pipe = pipes[which];
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
      result.truncated = true;
  }
}

bool Child::settle() {
  if (failed)
    return true;
  if (!killed && Clock::now() >= deadline) {
    killed = true;
    kill(-pid, SIGKILL);
  }
  if (!ended) {
    const pid_t found = waitpid(pid, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR))
      return false;
    ended = true;
    lost = found < 0;
  }
  // What the child left in the pipes. If it left a process that keeps them open,
  // that one is not waited for.
  for (int which = 0; which < 2; ++which) {
    drain(which);
    pipes[which].close();
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  if (killed) {
    result.state = ProcessResult::State::TimedOut;
  } else if (lost) {
    result.err += "the exit status is lost";
  } else if (WIFSIGNALED(status)) {
    result.state = ProcessResult::State::Signaled;
    result.code = WTERMSIG(status);
  } else {
    result.state = ProcessResult::State::Exited;
    result.code = WEXITSTATUS(status);
  }
  return true;
}

/// Children close their pipes when they end, so `moment` only matters for those that
/// close them early or leave them to others.
void Child::waitForNews(const std::vector<Child *> &children, bool patient) {
  std::vector<pollfd> polled;
  std::vector<std::pair<Child *, int>> owners;
  milliseconds moment(patient ? 50 : 0);
  const Clock::time_point now = Clock::now();
  for (Child *child : children) {
    int open = 0;
    for (int which = 0; which < 2; ++which)
      if (child->pipes[which].isOpen()) {
        polled.push_back({child->pipes[which].get(), POLLIN, 0});
        owners.emplace_back(child, which);
        ++open;
      }
    if (open == 0)
      moment = std::min(moment, milliseconds(1));
    if (child->deadline != Clock::time_point::max() && !child->killed)
      moment = std::clamp(std::chrono::ceil<milliseconds>(child->deadline - now), milliseconds(0),
                          moment);
  }
  if (poll(polled.data(), polled.size(), static_cast<int>(moment.count())) <= 0)
    return;
  for (size_t i = 0; i < polled.size(); ++i)
    if (polled[i].revents != 0)
      owners[i].first->drain(owners[i].second);
}

} // namespace segc
