//===- CompileCommand.cpp - segc compile ------------------------*- C++ -*-===//

#include "compiler/commands/Commands.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

using namespace llvm;

namespace segc {

namespace {

std::string byteText(uint64_t bytes) {
  const char *units[] = {"bytes", "KB", "MB", "GB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1000 && unit < 3; ++unit)
    value /= 1000;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

/// The visible files of a folder with their sizes, in order of their names.
std::vector<std::pair<std::string, uint64_t>> filesOf(const std::string &folder) {
  std::vector<std::pair<std::string, uint64_t>> files;
  std::error_code error;
  for (sys::fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    StringRef name = sys::path::filename(it->path());
    uint64_t size = 0;
    if (!name.starts_with(".") && !sys::fs::file_size(it->path(), size))
      files.push_back({name.str(), size});
  }
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace

int runCompileCommand(const CommandLine &line) {
  CompileOptions options = line.compile;
  if (options.outputFolder.empty())
    options.outputFolder = networkName(options);
  auto start = std::chrono::steady_clock::now();
  Progress progress(Progress::standardError(line.quiet, line.color));
  std::optional<Failure> failure = compileModel(options, progress);
  progress.finish();
  if (failure)
    return report(*failure, line);
  if (line.quiet)
    return 0;

  auto files = filesOf(options.outputFolder);
  uint64_t bytes = 0;
  for (const auto &[name, size] : files)
    bytes += size;
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{}: {} files, {}, for {}, in {:.1f} s\n", options.outputFolder, files.size(),
             byteText(bytes), options.target->arch, seconds.count());
  if (line.verbose)
    for (const auto &[name, size] : files)
      fmt::print("  {:<40} {:>12}\n", name, byteText(size));
  return 0;
}

} // namespace segc
