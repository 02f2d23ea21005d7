//===- NetworkFolder.cpp - where a network lies that is run -----*- C++ -*-===//
//
// Whoever uses a folder holds a shared lock on it (flock), whoever removes it needs the
// exclusive one, and renames it first: nobody sees half of it. The time of the folder itself
// is that of its last use.
//
//===----------------------------------------------------------------------===//

#include "compiler/package/NetworkFolder.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

#include <algorithm>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace llvm;

namespace segc {

namespace {

constexpr auto kStale = std::chrono::hours(24);

struct Kept {
  std::string path;
  sys::TimePoint<> used;
  uint64_t bytes = 0;
};

uint64_t sizeOf(const std::string &folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (sys::fs::recursive_directory_iterator it(folder, error, false), end; !error && it != end;
       it.increment(error)) {
    sys::fs::file_status status;
    if (!sys::fs::status(it->path(), status, false))
      bytes += status.getSize();
  }
  return bytes;
}

/// Networks have names of 32 hexadecimal digits, and a list of their files (OutputFolder.h).
bool isNetwork(const std::string &path) {
  const StringRef name = sys::path::filename(path);
  return name.size() == 32 && llvm::all_of(name, isHexDigit) &&
         sys::fs::exists(path + "/.segc-files");
}

/// What is left of a network that was being written or removed when its process was killed.
bool isLeftOver(StringRef name) {
  const bool written = name.consume_front(".");
  const StringRef rest = name.drop_while(isHexDigit);
  return name.size() - rest.size() == 32 &&
         (written ? rest.starts_with(".segc-new-") : rest == ".removed");
}

void removeUnlessUsed(const Kept &network) {
  const int fd = open(network.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return;
  const std::string doomed = network.path + ".removed";
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 && !sys::fs::rename(network.path, doomed))
    (void)sys::fs::remove_directories(doomed);
  close(fd);
}

} // namespace

std::optional<NetworkFolder> NetworkFolder::ofCache(const std::string &path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return std::nullopt;
  NetworkFolder folder(path, fd, false);
  struct stat locked, there;
  // It may have been removed before the lock was there.
  if (flock(fd, LOCK_SH) != 0 || fstat(fd, &locked) != 0 || stat(path.c_str(), &there) != 0 ||
      locked.st_ino != there.st_ino || locked.st_dev != there.st_dev)
    return std::nullopt;
  (void)futimens(fd, nullptr);
  return folder;
}

NetworkFolder NetworkFolder::temporary() {
  SmallString<128> path;
  if (std::error_code error = sys::fs::createUniqueDirectory("segc-network", path))
    throw std::runtime_error("no temporary folder: " + error.message());
  return NetworkFolder(path.str().str(), -1, true);
}

NetworkFolder::~NetworkFolder() {
  if (lock >= 0)
    close(lock);
  if (isTemporary)
    (void)sys::fs::remove_directories(folder);
}

void pruneNetworks(const std::string &cache, uint64_t limit) {
  std::vector<Kept> networks;
  uint64_t bytes = 0;
  std::error_code error;
  const auto now = std::chrono::system_clock::now();
  for (sys::fs::directory_iterator it(cache, error, false), end; !error && it != end;
       it.increment(error)) {
    sys::fs::file_status status;
    if (sys::fs::status(it->path(), status) || status.type() != sys::fs::file_type::directory_file)
      continue;
    if (isNetwork(it->path())) {
      networks.push_back({it->path(), status.getLastModificationTime(), sizeOf(it->path())});
      bytes += networks.back().bytes;
    } else if (isLeftOver(sys::path::filename(it->path())) &&
               now - status.getLastModificationTime() > kStale) {
      (void)sys::fs::remove_directories(it->path());
    }
  }
  std::sort(networks.begin(), networks.end(),
            [](const Kept &a, const Kept &b) { return a.used < b.used; });
  for (const Kept &network : networks) {
    if (bytes <= limit)
      break;
    removeUnlessUsed(network);
    bytes -= network.bytes;
  }
}

} // namespace segc
