//===- Cache.cpp - results under the digest of what they depend on -*- C++ -*-===//
//
// An entry: "segc cache 1\n", the digest of the result in 32 hexadecimal digits, a newline,
// the result. Names begin with "llvmcache-", and those of files being written with "Thin-",
// because llvm::pruneCache looks after such files only. A kept file is called after its digest,
// and an entry holds that digest.
//
//===----------------------------------------------------------------------===//

#include "compiler/package/Cache.h"

#include <llvm/ADT/ScopeExit.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/CachePruning.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include <fmt/format.h>

#include <cstdlib>
#include <link.h>

using namespace llvm;

namespace segc {

namespace {

constexpr StringLiteral kBanner("segc cache 1\n");
constexpr size_t kDigestDigits = 32;

std::string hexadecimal(const BLAKE3 &digest) {
  BLAKE3 copy = digest;
  const auto bytes = copy.final<kDigestDigits / 2>();
  return toHex(bytes, true);
}

std::string digestOf(StringRef text) {
  BLAKE3 digest;
  digest.update(text);
  return hexadecimal(digest);
}

/// The result in an entry, if it is whole.
std::optional<StringRef> unpack(StringRef entry) {
  if (!entry.consume_front(kBanner) || entry.size() <= kDigestDigits)
    return std::nullopt;
  const StringRef digest = entry.take_front(kDigestDigits);
  entry = entry.drop_front(kDigestDigits);
  if (!entry.consume_front("\n") || digestOf(entry) != digest)
    return std::nullopt;
  return entry;
}

/// Adds a shared library to a key if it is Halide's.
int addHalide(dl_phdr_info *library, size_t, void *key) {
  if (StringRef(library->dlpi_name).contains("Halide"))
    static_cast<CacheKey *>(key)->addFile(library->dlpi_name);
  return 0;
}

/// What stands for the code of segc in keys; read once.
const std::string &segcIdentity() {
  static const std::string identity = [] {
    const std::string program = sys::fs::getMainExecutable(nullptr, nullptr);
    auto bytes = MemoryBuffer::getFile(program, false, false);
    CacheKey key(bytes ? digestOf((*bytes)->getBuffer()) : program);
    dl_iterate_phdr(addHalide, &key);
    return key.text();
  }();
  return identity;
}

} // namespace

std::string cacheFolder() {
  for (auto [variable, suffix] :
       {std::pair("SEGC_CACHE_DIR", ""), std::pair("XDG_CACHE_HOME", "/segc"),
        std::pair("HOME", "/.cache/segc")})
    if (const char *value = std::getenv(variable); value && *value)
      return value + std::string(suffix);
  SmallString<128> folder;
  sys::path::system_temp_directory(true, folder);
  return (folder + "/segc").str();
}

uint64_t cacheLimit() {
  constexpr uint64_t standard = uint64_t{4} << 30;
  const char *value = std::getenv("SEGC_CACHE_SIZE");
  StringRef text = value ? value : "";
  int shift = text.ends_with_insensitive("K")   ? 10
              : text.ends_with_insensitive("M") ? 20
              : text.ends_with_insensitive("G") ? 30
                                                : 0;
  uint64_t number;
  if ((shift ? text.drop_back() : text).getAsInteger(10, number) ||
      number > (~uint64_t{0} >> shift))
    return standard;
  return number << shift;
}

CacheKey &CacheKey::add(StringRef text) {
  // The length keeps "a" + "bc" and "ab" + "c" apart.
  digest.update(fmt::format("{}:", text.size()));
  digest.update(text);
  return *this;
}

CacheKey &CacheKey::addFile(const std::string &path) {
  sys::fs::file_status status;
  add(path);
  if (!sys::fs::status(path, status))
    add(fmt::format("{} {}", status.getSize(),
                    status.getLastModificationTime().time_since_epoch().count()));
  return *this;
}

CacheKey &CacheKey::addSegc() { return add(segcIdentity()); }

std::string CacheKey::text() const { return hexadecimal(digest); }

Cache::Cache(bool enabled, std::string folder, uint64_t limit)
    : isEnabled(enabled), folder(std::move(folder)), limit(limit) {}

std::string Cache::pathOf(const CacheKey &key) const { return folder + "/llvmcache-" + key.text(); }

std::optional<std::string> Cache::get(const CacheKey &key) {
  if (!isEnabled)
    return std::nullopt;
  const std::string path = pathOf(key);
  // The time of access says what was used least recently.
  Expected<sys::fs::file_t> file = sys::fs::openNativeFileForRead(path, sys::fs::OF_UpdateAtime);
  if (!file) {
    consumeError(file.takeError());
    return std::nullopt;
  }
  auto close = make_scope_exit([&] { (void)sys::fs::closeFile(*file); });
  auto bytes = MemoryBuffer::getOpenFile(*file, path, -1, false, /*IsVolatile=*/true);
  if (!bytes)
    return std::nullopt;
  if (auto result = unpack((*bytes)->getBuffer()))
    return result->str();
  (void)sys::fs::remove(path);
  return std::nullopt;
}

void Cache::put(const CacheKey &key, StringRef result) {
  if (!isEnabled || sys::fs::create_directories(folder))
    return;
  auto file = sys::fs::TempFile::create(folder + "/Thin-%%%%%%%%");
  if (!file)
    return consumeError(file.takeError());
  raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << kBanner << digestOf(result) << "\n" << result;
  stream.flush();
  const bool failed = stream.has_error();
  stream.clear_error();
  consumeError(failed ? file->discard() : file->keep(pathOf(key)));
  wrote = true;
}

std::string Cache::keptPath(StringRef digest) const {
  return folder + "/llvmcache-kept-" + digest.str();
}

bool Cache::link(const CacheKey &key, const std::string &path) {
  const std::optional<std::string> digest = get(key);
  if (!digest || digest->size() != kDigestDigits)
    return false;
  const std::string kept = keptPath(*digest);
  auto bytes = MemoryBuffer::getFile(kept, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!bytes)
    return false;
  if (digestOf((*bytes)->getBuffer()) != *digest) {
    (void)sys::fs::remove(kept);
    return false;
  }
  // For llvm::pruneCache, which goes by the time of access.
  if (int file; !sys::fs::openFileForRead(kept, file, sys::fs::OF_UpdateAtime))
    (void)sys::fs::closeFile(file);
  return !sys::fs::create_hard_link(kept, path) || !sys::fs::copy_file(kept, path);
}

void Cache::keep(const CacheKey &key, const std::string &path) {
  auto bytes = MemoryBuffer::getFile(path, false, false);
  if (!isEnabled || !bytes || sys::fs::create_directories(folder))
    return;
  const std::string digest = digestOf((*bytes)->getBuffer());
  // Under another name first, so that it appears whole.
  SmallString<128> unique;
  sys::fs::createUniquePath(folder + "/Thin-%%%%%%%%", unique, /*MakeAbsolute=*/false);
  if ((sys::fs::create_hard_link(path, unique) && sys::fs::copy_file(path, unique)) ||
      sys::fs::rename(unique, keptPath(digest))) {
    (void)sys::fs::remove(unique);
    return;
  }
  put(key, digest);
}

Cache::~Cache() {
  if (!wrote)
    return;
  CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0);
  policy.Expiration = std::chrono::seconds(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = limit;
  pruneCache(folder, policy);
}

} // namespace segc
