//===- main.cpp - segc ------------------------------------------*- C++ -*-===//
//
// Ends with 0, 1 or 2 whatever happens: exceptions, LLVM's fatal errors and even signals
// of a fault become a message and exit code 2. A reader of the output that wants no more
// (`segc inspect model.onnx | head`) ends it without a word.
//
//===----------------------------------------------------------------------===//

#include "compiler/commands/Commands.h"

#include "llvm/Support/ErrorHandling.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <system_error>
#include <unistd.h>

namespace segc {

int report(const Failure &failure, const CommandLine &line) {
  const bool color = useColor(line.color, STDERR_FILENO);
  const char *const head = color ? "\033[1;31merror:\033[0m " : "error: ";
  for (const std::string &message : failure.messages)
    fmt::print(stderr, "{}{}\n", head, message);
  if (failure.blame == Failure::Segc)
    fmt::print(stderr, "This is a bug of segc ({}).\n", versionText());
  return failure.blame;
}

static int runCommand(const CommandLine &line) {
  switch (line.command) {
  case CommandLine::Command::Compile:
    return runCompileCommand(line);
  case CommandLine::Command::Run:
    return runRunCommand(line);
  case CommandLine::Command::Check:
    return runCheckCommand(line);
  case CommandLine::Command::CheckFolder:
    return runCheckFolderCommand(line);
  case CommandLine::Command::Bench:
    return runBenchCommand(line);
  case CommandLine::Command::Inspect:
    return runInspectCommand(line);
  case CommandLine::Command::Eval:
    return runEvalCommand(line);
  }
  return Failure::Segc;
}

/// The exit code when stdout takes no more. A closed pipe is no fault, but what `check` would have
/// said is not known then.
static int outputEnded(std::error_code why, const ParsedCommandLine &parsed) {
  if (why == std::errc::broken_pipe)
    return parsed.run && parsed.line.command == CommandLine::Command::Check ? Failure::Input : 0;
  fmt::print(stderr, "error: standard output cannot be written: {}\n", why.message());
  return Failure::Input;
}

static int run(int argc, char **argv) {
  ParsedCommandLine parsed = parseCommandLine({argv + 1, argv + argc});
  int code = parsed.exitCode;
  try {
    fmt::print("{}", parsed.out);
    fmt::print(stderr, "{}", parsed.err);
    if (parsed.run)
      code = runCommand(parsed.line);
  } catch (const std::system_error &error) {
    if (std::ferror(stdout))
      return outputEnded(error.code(), parsed);
    if (std::ferror(stderr)) // there is nobody to tell
      return Failure::Input;
    throw;
  }
  // A full disk or a closed pipe shows here at the latest.
  if (std::fflush(stdout) != 0 && code == 0)
    return outputEnded(std::error_code(errno, std::generic_category()), parsed);
  return code;
}

/// Only what is allowed in a signal handler.
static void onFault(int) {
  const char text[] = "error: segc crashed; this is a bug of segc\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
  _exit(Failure::Segc);
}

/// Faults become exit code 2. The handler has a stack of its own, because a stack that
/// overflowed is one of the faults.
static void handleFaults() {
  static char stack[64 * 1024];
  stack_t alternative = {};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof(stack);
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = onFault;
  action.sa_flags = SA_ONSTACK;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

} // namespace segc

int main(int argc, char **argv) {
  segc::handleFaults();
  llvm::install_fatal_error_handler([](void *, const char *reason, bool) {
    fmt::print(stderr, "error: {}; this is a bug of segc\n", reason);
    _exit(segc::Failure::Segc);
  });
  llvm::install_bad_alloc_error_handler([](void *, const char *reason, bool) {
    fmt::print(stderr, "error: out of memory: {}\n", reason);
    _exit(segc::Failure::Segc);
  });
  try {
    return segc::run(argc, argv);
  } catch (const std::bad_alloc &) {
    fmt::print(stderr, "error: out of memory\n");
  } catch (const std::exception &error) {
    fmt::print(stderr, "error: {}; this is a bug of segc\n", error.what());
  } catch (...) {
    fmt::print(stderr, "error: an unknown exception; this is a bug of segc\n");
  }
  return segc::Failure::Segc;
}
