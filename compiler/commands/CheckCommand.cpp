//===- CheckCommand.cpp - segc check ----------------------------*- C++ -*-===//
//
// Every folder is checked by a segc of its own (check-folder), so that a crash of one hides
// no other's results. It tells its results as a JSON object a line:
//
//   {"case": "...", "status": "ok" | "FAIL" | "unsupported", "detail": "...", "bug": false}
//
//===----------------------------------------------------------------------===//

#include "compiler/commands/CaseFolder.h"
#include "compiler/commands/Commands.h"
#include "compiler/commands/ConstantInputs.h"
#include "compiler/package/NetworkBuild.h"
#include "compiler/package/Process.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <thread>
#include <unistd.h>

using namespace llvm;
using nlohmann::json;

namespace segc {

namespace {

struct CaseResult {
  std::string name;
  std::string status;
  std::string detail;
  bool bug = false;
};

void tell(const CaseResult &result) {
  json object = {{"case", result.name},
                 {"status", result.status},
                 {"detail", result.detail},
                 {"bug", result.bug}};
  fmt::print("{}\n", object.dump(-1, ' ', true, json::error_handler_t::replace));
  std::fflush(stdout);
}

class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

/// As --shape takes it.
std::string shapeText(const std::vector<std::optional<int64_t>> &shape) {
  std::string text;
  for (std::optional<int64_t> extent : shape)
    text += (text.empty() ? "" : "x") + (extent ? std::to_string(*extent) : "?");
  return text;
}

std::string joined(const Failure &failure) {
  return fmt::format("{}", fmt::join(failure.messages, "; "));
}

/// A folder for all packages. It belongs to the process that starts the others, so that it is
/// removed even if one of those crashes.
class ScratchFolder {
public:
  ScratchFolder() {
    if (std::error_code error = sys::fs::createUniqueDirectory("segc-check", path))
      throw std::runtime_error("no temporary folder: " + error.message());
  }
  ~ScratchFolder() { (void)sys::fs::remove_directories(path); }
  std::string package(size_t index) const { return (path + "/" + Twine(index)).str(); }

private:
  SmallString<128> path;
};

/// Whether a model is supported but for the shapes that --shape gives it.
bool fitsOtherShapes(CompileOptions options) {
  if (options.shapes.empty())
    return false;
  options.shapes.clear();
  auto context = makeContext();
  return static_cast<bool>(loadModel(*context, options));
}

/// A model that segc read, and that is no good for it, is unsupported. One that cannot be read
/// at all, or not with these shapes, fails.
CaseResult compileFailed(const Failure &failure, const CompileOptions &options) {
  CaseResult result;
  result.detail = joined(failure);
  result.bug = failure.blame == Failure::Segc;
  std::string error;
  bool readable = onnximport::ModelFile::open(options.model, error) != nullptr;
  result.status = readable && !result.bug && !fitsOtherShapes(options) ? "unsupported" : "FAIL";
  return result;
}

class Checker {
public:
  explicit Checker(const CommandLine &line)
      : line(line), progress(Progress::standardError(line.quiet, line.color)) {}

  int run() {
    std::vector<std::string> folders = expand(line.cases);
    int parallel = line.jobs ? line.jobs : static_cast<int>(std::thread::hardware_concurrency());
    parallel = std::max(1, std::min<int>(parallel, static_cast<int>(folders.size())));
    std::vector<Command> commands;
    commands.reserve(folders.size());
    for (size_t i = 0; i < folders.size(); ++i)
      commands.push_back(commandFor(folders[i], scratch.package(i), parallel));

    progress.phase("checking", static_cast<int64_t>(folders.size()));
    std::vector<std::optional<std::vector<CaseResult>>> results(folders.size());
    size_t printed = 0;
    runProcesses(commands, parallel, [&](size_t index, const ProcessResult &result) {
      results[index] = resultsOf(folders[index], result);
      (void)sys::fs::remove_directories(scratch.package(index)); // packages can be large
      // In the order of the command line, whichever is ready first.
      for (; printed < results.size() && results[printed]; ++printed)
        for (const CaseResult &one : *results[printed])
          print(one);
      progress.advance();
    });
    progress.finish();
    fmt::print("{} ok, {} failed, {} unsupported\n", ok, failed, unsupported);
    const bool good = failed == 0 && (unsupported == 0 || !line.strict);
    return bugs ? Failure::Segc : good ? 0 : Failure::Input;
  }

private:
  /// A folder without a test of its own stands for those inside it.
  static std::vector<std::string> expand(const std::vector<std::string> &paths) {
    std::vector<std::string> folders;
    for (const std::string &path : paths) {
      std::vector<std::string> inside;
      std::error_code error;
      if (sys::fs::is_directory(path) && !isCaseFolder(path))
        for (sys::fs::directory_iterator it(path, error), end; !error && it != end;
             it.increment(error))
          if (isCaseFolder(it->path()))
            inside.push_back(it->path());
      std::sort(inside.begin(), inside.end());
      if (inside.empty())
        folders.push_back(path);
      else
        folders.insert(folders.end(), inside.begin(), inside.end());
    }
    return folders;
  }

  Command commandFor(const std::string &folder, const std::string &package, int parallel) const {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    Command command;
    command.argv = {sys::fs::getMainExecutable(nullptr, nullptr),
                    "check-folder",
                    "--quiet",
                    "--scratch",
                    package,
                    "--atol",
                    fmt::format("{:.17g}", line.atol),
                    "--rtol",
                    fmt::format("{:.17g}", line.rtol),
                    "--target",
                    line.compile.target.cuda() ? "cuda" : "cpu",
                    "--arch",
                    line.compile.target->arch,
                    "--jobs",
                    std::to_string(std::max(1, cores / parallel)),
                    "--threads",
                    std::to_string(line.threads ? line.threads : std::max(1, cores / parallel))};
    if (const CudaTarget *cuda = line.compile.target.cuda())
      command.argv.insert(command.argv.end(), {"--precision", nameOf(cuda->precision)});
    if (!line.compile.compiler.empty())
      command.argv.insert(command.argv.end(), {"--compiler", line.compile.compiler});
    if (!line.sanitize.empty())
      command.argv.insert(command.argv.end(), {"--sanitize", line.sanitize});
    if (line.compile.asserts)
      command.argv.push_back("--kernel-asserts");
    if (line.compile.directConvolutions)
      command.argv.push_back("--direct-convolutions");
    if (line.compile.weights == WeightsForm::Packed)
      command.argv.insert(command.argv.end(), {"--weights", "packed"});
    if (line.constantInputs)
      command.argv.push_back("--constant-inputs");
    if (std::optional<unsigned> axis = line.compile.processing.channelsAxis)
      command.argv.insert(command.argv.end(), {"--channels-axis", std::to_string(*axis)});
    if (!line.compile.cache)
      command.argv.push_back("--no-cache");
    if (line.verbose)
      command.argv.push_back("--verbose");
    for (const auto &[input, shape] : line.compile.shapes)
      command.argv.push_back("--shape=" + input + "=" + shapeText(shape));
    for (const std::string &output : line.compile.outputs)
      command.argv.push_back("--outputs=" + output);
    for (const std::string &flag : line.compilerFlags)
      command.argv.push_back("--compiler-flag=" + flag);
    command.argv.insert(command.argv.end(), {"--", folder});
    command.timeout = std::chrono::seconds(line.timeoutSeconds);
    return command;
  }

  static std::vector<CaseResult> resultsOf(const std::string &folder,
                                           const ProcessResult &process) {
    std::vector<CaseResult> results;
    SmallVector<StringRef> lines;
    StringRef(process.out).split(lines, '\n', -1, false);
    for (StringRef text : lines) {
      json object = json::parse(text.begin(), text.end(), nullptr, false);
      if (object.is_object())
        results.push_back({object.value("case", ""), object.value("status", "FAIL"),
                           object.value("detail", ""), object.value("bug", true)});
    }
    const bool ended = process.state == ProcessResult::State::Exited && process.code <= 1;
    if (!ended || results.empty()) {
      std::string detail = process.describe();
      if (StringRef err = StringRef(process.err).trim(); !err.empty())
        detail += ": " + err.substr(0, 2000).str();
      results.push_back({folder, "FAIL", detail, process.state != ProcessResult::State::Failed});
    }
    return results;
  }

  void print(const CaseResult &result) {
    progress.finish();
    const bool isOk = result.status == "ok", isUnsupported = result.status == "unsupported";
    (isOk ? ok : isUnsupported ? unsupported : failed) += 1;
    bugs |= result.bug;
    std::string detail = result.detail;
    std::replace(detail.begin(), detail.end(), '\n', ' ');
    std::string status = result.status;
    if (useColor(line.color, STDOUT_FILENO))
      status = fmt::format("\033[{}m{}\033[0m", isOk ? 32 : isUnsupported ? 33 : 31, status);
    fmt::print("{} {}{}{}\n", status, result.name, detail.empty() ? "" : ": ", detail);
    std::fflush(stdout);
  }

  const CommandLine &line;
  Progress progress;
  ScratchFolder scratch;
  int ok = 0, failed = 0, unsupported = 0;
  bool bugs = false;
};

} // namespace

int runCheckCommand(const CommandLine &line) { return Checker(line).run(); }

int runCheckFolderCommand(const CommandLine &line) {
  const std::string &path = line.cases.front();
  auto tests = readCaseFolder(path, line.atol, line.rtol);
  if (!tests) {
    tell({path, "FAIL", joined(tests.failure()), false});
    return 0;
  }
  CompileOptions options = line.compile;
  options.model = tests->model;
  options.jobs = line.jobs ? line.jobs : 1;
  if (!options.outputs.empty())
    nameRecordedPorts(*tests);
  const NetworkForm form = formFor(options);
  const std::string &package = line.scratch;
  Progress progress(Progress::standardError(true, line.color));
  std::vector<CompileAttempt> attempts{{options, tests->cases.front()}};
  if (line.constantInputs && tests->cases.size() == 1)
    attempts = constantInputAttempts(options, tests->cases.front());
  std::optional<Failure> failure;
  CompileOptions last = options;
  Stopwatch compiling;
  for (const CompileAttempt &attempt : attempts) {
    last = attempt.options;
    failure = buildNetwork(attempt.options, form, package, progress);
    tests->cases.front() = attempt.recorded;
    if (!failure || failure->blame == Failure::Segc)
      break;
  }
  if (failure) {
    CaseResult result = compileFailed(*failure, options);
    result.name = path;
    tell(result);
    return 0;
  }
  const std::string compiled = fmt::format(" (compiled in {:.1f} s", compiling.seconds());
  auto network = openNetwork(package, options, form, line.threads);
  if (!network) {
    tell({path, "FAIL", joined(network.failure()), network.failure().blame == Failure::Segc});
    return 0;
  }
  if (!options.outputs.empty())
    for (RecordedCase &recorded : tests->cases)
      dropUnknownPorts(recorded, **network);
  for (const RecordedCase &recorded : tests->cases) {
    const std::string name = tests->cases.size() > 1 ? path + " " + recorded.name : path;
    Stopwatch running;
    auto comparison = checkCase(**network, recorded, [&](size_t output) -> std::optional<unsigned> {
      auto axis = scoresAxis(last, static_cast<unsigned>(output));
      return axis ? std::optional(*axis) : std::nullopt;
    });
    if (!comparison)
      tell({name, "FAIL", joined(comparison.failure()),
            comparison.failure().blame == Failure::Segc});
    else
      tell(
          {name, comparison->ok ? "ok" : "FAIL",
           comparison->text + (line.verbose ? fmt::format("{}, read, run and compared in {:.2f} s)",
                                                          compiled, running.seconds())
                                            : ""),
           false});
  }
  return 0;
}

} // namespace segc
