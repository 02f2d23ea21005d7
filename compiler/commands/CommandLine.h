//===- CommandLine.h - what the user asks segc for --------------*- C++ -*-===//
//
// The arguments of every command, as read from argv. Parsing touches no file.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_COMMANDLINE_H
#define SEGC_COMMANDS_COMMANDLINE_H

#include "compiler/package/Compile.h"

#include <string>
#include <vector>

namespace segc {

/// NAME=FILE of `run`. The name is empty where the network has only one input.
struct NamedFile {
  std::string name;
  std::string file;
};

struct CommandLine {
  enum class Command { Compile, Run, Check, CheckFolder, Bench, Inspect, Eval };
  Command command = Command::Compile;

  /// What to compile and how; the model is missing for `check`.
  CompileOptions compile;
  /// Threads a network runs on; 0: as many as the machine has.
  int threads = 0;
  bool quiet = false;
  bool verbose = false;
  ColorMode color = ColorMode::Auto;
  /// -fsanitize=... for generated code, which then runs in a process of its own.
  std::string sanitize;
  /// Flags for the C++ compiler; those of `sanitize` come on top.
  std::vector<std::string> compilerFlags;

  // run
  std::vector<NamedFile> inputs;
  std::vector<NamedFile> outputs;
  std::string palette = "voc";
  bool overlay = false;

  // check
  std::vector<std::string> cases;
  double atol = 1e-3;
  double rtol = 1e-3;
  /// A network that is refused is tried again with the recorded inputs that are integers as
  /// constants, then with all inputs behind the first.
  bool constantInputs = false;
  /// What is unsupported counts as failed.
  bool strict = false;
  int jobs = 0;
  int timeoutSeconds = 0;
  /// Where check-folder puts the package; whoever calls it removes that.
  std::string scratch;

  // bench
  int runs = 10;
  int warmup = 2;
  bool profile = false;
  /// Where the figures go as JSON: a file, "-" for stdout, empty for text. For `inspect`, true
  /// stands for stdout.
  std::string json;
  bool inspectJson = false;

  // eval
  std::string images;
  std::string labels;
};

/// Arguments, or the end: --help, --version or an error.
struct ParsedCommandLine {
  bool run = false;
  CommandLine line;
  int exitCode = 0;
  std::string out; ///< for stdout
  std::string err; ///< for stderr
};

ParsedCommandLine parseCommandLine(const std::vector<std::string> &arguments);

/// Reads "1x3x?x?" (or "1x3x513x513"); nothing if it is no shape.
std::optional<std::vector<std::optional<int64_t>>> parseShape(llvm::StringRef text);

/// The compiler's version, as `segc --version` prints it.
std::string versionText();

} // namespace segc

#endif // SEGC_COMMANDS_COMMANDLINE_H
