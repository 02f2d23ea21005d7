//===- OutputFolder.cpp - writing a package all or not at all -------------===//

#include "compiler/package/OutputFolder.h"

#include "compiler/files/FileError.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/raw_ostream.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using llvm::StringRef;

namespace segc {
namespace {

constexpr const char *kManifest = ".segc-files";
constexpr const char *kManifestHead =
    "# Files written by segc. It replaces or removes these and no others.";

/// The names in a folder's manifest that are fit to be file names of ours.
std::set<std::string> readManifest(const fs::path &folder) {
  std::set<std::string> names;
  std::ifstream stream(folder / kManifest);
  for (std::string line; std::getline(stream, line);)
    if (OutputFolder::isSafeName(line))
      names.insert(line);
  return names;
}

llvm::Error writeFile(const fs::path &path, StringRef contents) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path.string(), code);
  if (code)
    return fileError(path.string(), code.message());
  stream << contents;
  stream.close();
  if (stream.has_error()) {
    code = stream.error();
    stream.clear_error();
    return fileError(path.string(), code.message());
  }
  return llvm::Error::success();
}

/// Makes a folder whose name starts so and that did not exist. A run that was
/// killed may have left one of this process's number.
llvm::Expected<std::string> makeFolder(const fs::path &start) {
  std::error_code code;
  const std::string stem = start.string() + std::to_string(getpid()) + "-";
  for (int i = 0; i < 1000; ++i) {
    const std::string path = stem + std::to_string(i);
    if (fs::create_directory(path, code))
      return path;
    if (code)
      return fileError(path, code.message());
  }
  return fileError(stem, "too many folders of this name");
}

/// Renames, undone in reverse order unless they are kept.
class Moves {
public:
  ~Moves() {
    std::error_code ignored; // There is nothing better to do than to go on.
    for (auto move = done.rbegin(); move != done.rend(); ++move)
      fs::rename(move->second, move->first, ignored);
  }
  llvm::Error move(const fs::path &from, const fs::path &to) {
    std::error_code code;
    fs::rename(from, to, code);
    if (code)
      return fileError(to.string(), code.message());
    done.emplace_back(from, to);
    return llvm::Error::success();
  }
  void keep() { done.clear(); }

private:
  std::vector<std::pair<fs::path, fs::path>> done;
};

} // namespace

bool OutputFolder::isSafeName(StringRef name) {
  if (name.empty() || name.size() > 200 || name.front() == '.' || name.front() == '-')
    return false;
  return llvm::all_of(name, [](char c) {
    return llvm::isAlnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
  });
}

llvm::Expected<OutputFolder> OutputFolder::create(StringRef path) {
  std::error_code code;
  OutputFolder result;
  // Absolute and without "..", "." or a trailing slash: its parent is then what
  // it looks like. A link to a folder stands for the folder.
  fs::path folder = fs::weakly_canonical(fs::absolute(path.str(), code), code);
  if (path.empty() || code)
    return fileError(path, code ? code.message() : "no folder given");
  if (!folder.has_filename())
    folder = folder.parent_path();
  const fs::file_status status = fs::status(folder, code);
  if (fs::exists(status) && !fs::is_directory(status))
    return fileError(path, "is not a folder");
  result.existed = fs::exists(status);
  result.folder = folder.string();
  fs::path start = folder / ".segc-new-";
  if (!result.existed) {
    fs::create_directories(folder.parent_path(), code);
    if (code)
      return fileError(path, code.message());
    start = folder.parent_path() / ("." + folder.filename().string() + ".segc-new-");
  }
  llvm::Expected<std::string> staging = makeFolder(start);
  if (!staging)
    return staging.takeError();
  result.staging = *staging;
  return result;
}

OutputFolder::OutputFolder(OutputFolder &&other) noexcept
    : folder(std::move(other.folder)), staging(std::exchange(other.staging, std::string())),
      existed(other.existed), names(std::move(other.names)) {}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (!staging.empty())
    fs::remove_all(staging, ignored);
}

llvm::Error OutputFolder::write(StringRef name, StringRef contents) {
  const bool again = names.count(name.str()) > 0;
  llvm::Expected<std::string> path = pathFor(name);
  if (!path)
    return path.takeError();
  if (again)
    return fileError(*path, "was written before");
  return writeFile(*path, contents);
}

llvm::Expected<std::string> OutputFolder::pathFor(StringRef name) {
  if (!isSafeName(name)) {
    std::string shown;
    llvm::raw_string_ostream(shown).write_escaped(name.substr(0, 100));
    return fileError(folder, "'" + shown + "' is not a safe name for a file");
  }
  names.insert(name.str());
  return (fs::path(staging) / name.str()).string();
}

llvm::Error OutputFolder::commit() {
  std::string manifest = std::string(kManifestHead) + "\n";
  std::error_code code;
  for (const std::string &name : names) {
    if (!fs::is_regular_file(fs::symlink_status(fs::path(staging) / name, code)))
      return fileError((fs::path(folder) / name).string(), "was not written");
    manifest += name + "\n";
  }
  if (llvm::Error error = writeFile(fs::path(staging) / kManifest, manifest))
    return error;
  return existed ? commitIntoFolder() : commitNewFolder();
}

llvm::Error OutputFolder::commitNewFolder() {
  std::error_code code;
  // What compilers left besides the files they were asked for.
  std::vector<fs::path> extra;
  for (const fs::directory_entry &entry : fs::directory_iterator(staging, code)) {
    const std::string name = entry.path().filename().string();
    if (names.count(name) == 0 && name != kManifest)
      extra.push_back(entry.path());
  }
  for (const fs::path &path : extra)
    fs::remove_all(path, code);
  fs::rename(staging, folder, code);
  if (code)
    return fileError(folder, code.message());
  staging.clear();
  return llvm::Error::success();
}

llvm::Error OutputFolder::commitIntoFolder() {
  const fs::path to(folder);
  const fs::path from(staging);
  const fs::path old = from / ".old"; // No safe name starts with a dot.
  std::error_code code;
  const std::set<std::string> ours = readManifest(to);

  // Look before touching anything.
  std::string foreign;
  for (const std::string &name : names) {
    const fs::file_status status = fs::symlink_status(to / name, code);
    if (fs::exists(status) && (ours.count(name) == 0 || fs::is_directory(status)))
      foreign += (foreign.empty() ? "" : ", ") + name;
  }
  if (!foreign.empty())
    return fileError(folder, "would overwrite files that segc did not write: " + foreign);
  if (!fs::create_directory(old, code))
    return fileError(old.string(), code ? code.message() : "exists already");

  Moves moves;
  std::set<std::string> leaving = ours;
  leaving.insert(names.begin(), names.end());
  leaving.insert(kManifest);
  for (const std::string &name : leaving) {
    const fs::file_status status = fs::symlink_status(to / name, code);
    // Somebody may have put a folder where an old file of ours was: not ours.
    if (!fs::exists(status) || fs::is_directory(status))
      continue;
    if (llvm::Error error = moves.move(to / name, old / name))
      return error;
  }
  for (const std::string &name : names)
    if (llvm::Error error = moves.move(from / name, to / name))
      return error;
  if (llvm::Error error = moves.move(from / kManifest, to / kManifest))
    return error;
  moves.keep();
  fs::remove_all(staging, code); // With the old files in it.
  staging.clear();
  return llvm::Error::success();
}

} // namespace segc
