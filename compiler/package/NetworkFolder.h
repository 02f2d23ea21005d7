//===- NetworkFolder.h - where a network lies that is run -------*- C++ -*-===//
//
// Either a folder of the cache, which no other process removes while this object lives, or
// a temporary one that goes with it.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_NETWORKFOLDER_H
#define SEGC_PACKAGE_NETWORKFOLDER_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace segc {

class NetworkFolder {
public:
  /// A folder of the cache, which is used now. Nothing if it is not there.
  static std::optional<NetworkFolder> ofCache(const std::string &path);
  /// A new, empty folder for temporary files. Throws std::runtime_error if there can be none.
  static NetworkFolder temporary();

  NetworkFolder(NetworkFolder &&other) noexcept
      : folder(std::move(other.folder)), lock(std::exchange(other.lock, -1)),
        isTemporary(std::exchange(other.isTemporary, false)) {}
  NetworkFolder &operator=(NetworkFolder &&) = delete;
  ~NetworkFolder();

  const std::string &path() const { return folder; }

private:
  NetworkFolder(std::string folder, int lock, bool isTemporary)
      : folder(std::move(folder)), lock(lock), isTemporary(isTemporary) {}

  std::string folder;
  int lock;
  bool isTemporary;
};

/// Removes those networks of the cache that were used least recently, until the others take
/// at most `limit` bytes, and what killed processes left there a day ago. Those in use stay.
void pruneNetworks(const std::string &cache, uint64_t limit);

} // namespace segc

#endif // SEGC_PACKAGE_NETWORKFOLDER_H
