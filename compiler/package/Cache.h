//===- Cache.h - results under the digest of what they depend on -*- C++ -*-===//
//
// What segc computed once and may need again: the text of a kernel, the object of a source.
// Entries are files below $SEGC_CACHE_DIR, else $XDG_CACHE_HOME/segc, else ~/.cache/segc.
// Any number of processes may use them at once: an entry appears whole, under its final
// name, and one that was damaged is recognised by its digest, removed and made anew. A cache
// that cannot be read or written is an empty one, never an error.
//
// $SEGC_CACHE_SIZE (a number of bytes, or with K, M or G; default 4G) bounds what entries
// take, and what networks take (NetworkBuild.h): what was used least recently goes first.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_CACHE_H
#define SEGC_PACKAGE_CACHE_H

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/BLAKE3.h>

#include <optional>
#include <string>

namespace segc {

/// Collects what a result depends on.
class CacheKey {
public:
  /// `kind` keeps the keys of different results apart.
  explicit CacheKey(llvm::StringRef kind) { add(kind); }
  CacheKey &add(llvm::StringRef text);
  /// Name, size and time of a file stand for its contents.
  CacheKey &addFile(const std::string &path);
  /// The segc that runs: its code, and Halide's.
  CacheKey &addSegc();
  /// 32 hexadecimal digits.
  std::string text() const;

private:
  llvm::BLAKE3 digest;
};

/// The folder of all that segc keeps.
std::string cacheFolder();
/// $SEGC_CACHE_SIZE in bytes.
uint64_t cacheLimit();

class Cache {
public:
  /// With `enabled` false, nothing is ever found or kept.
  explicit Cache(bool enabled, std::string folder = cacheFolder() + "/parts",
                 uint64_t limit = cacheLimit());
  /// Removes what has become too much.
  ~Cache();
  Cache(const Cache &) = delete;
  Cache &operator=(const Cache &) = delete;

  bool enabled() const { return isEnabled; }
  std::optional<std::string> get(const CacheKey &key);
  void put(const CacheKey &key, llvm::StringRef result);

  /// Makes the file that was kept under `key` appear as `path`; false if there is none. It is
  /// not copied if a link will do, so nobody may change it.
  bool link(const CacheKey &key, const std::string &path);
  /// Keeps a large file that nobody will change.
  void keep(const CacheKey &key, const std::string &path);

private:
  std::string pathOf(const CacheKey &key) const;
  /// Of a kept file, from its digest.
  std::string keptPath(llvm::StringRef digest) const;

  bool isEnabled;
  std::string folder;
  uint64_t limit;
  bool wrote = false;
};

} // namespace segc

#endif // SEGC_PACKAGE_CACHE_H
