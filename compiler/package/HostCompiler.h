//===- HostCompiler.h - from a package's sources to objects -----*- C++ -*-===//
//
// Sources are compiled as they come, beside whatever else the pool runs, unless the cache
// has their objects: those of the same text, headers, flags and compiler. g++ takes three
// quarters of a second to read the header that generated sources begin with (it includes that
// of the processor's instructions), so that header is precompiled, once for all networks: the
// result lies in the cache.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_PACKAGE_HOSTCOMPILER_H
#define SEGC_PACKAGE_HOSTCOMPILER_H

#include "compiler/package/Cache.h"
#include "compiler/package/Compile.h"
#include "compiler/package/ProcessPool.h"

namespace segc {

class HostCompiler {
public:
  /// `folder` is where the sources are and the objects come. `tell` hears of every command
  /// before it runs.
  HostCompiler(const CompileOptions &options, ProcessPool &pool, Cache &cache, std::string folder,
               std::function<void(const Command &)> tell);

  /// Compiles SOURCE.cpp, SOURCE.cu or SOURCE.S to SOURCE.o. The pool is abandoned if that fails.
  void compile(const std::string &source, std::function<void()> compiled);

  /// Archives objects as `file`.
  std::optional<Failure> archive(const std::vector<std::string> &objects, const std::string &file);
  /// Links objects to the shared library `file`.
  std::optional<Failure> link(const std::vector<std::string> &objects, const std::string &file);

  /// Why a source was not compiled.
  const std::optional<Failure> &failure() const { return failed; }

private:
  /// The key of what a command makes of a source; nothing if more decides about it than we know.
  std::optional<CacheKey> keyOf(const std::string &source, const Command &command);
  /// Puts what the cache has into `file` of the folder; false if it has nothing.
  bool fetch(const CacheKey &key, const std::string &file);
  /// The command that compiles `source` to `object`, by what its name ends in.
  Command commandFor(const std::string &source, const std::string &object) const;
  void start(const Command &command, std::function<void()> finished);
  void precompile();
  std::optional<Failure> run(std::vector<std::string> argv);

  const CompileOptions &options;
  ProcessPool &pool;
  Cache &cache;
  std::string folder;
  std::string compiler;
  std::function<void(const Command &)> tell;
  std::optional<Failure> failed;
  std::optional<std::string> identity; ///< of the compiler
  enum class Precompiled { Unknown, Running, Settled };
  Precompiled precompiled = Precompiled::Unknown;
  std::vector<std::function<void()>> waiting; ///< for the precompiled header
};

/// NAME.o of NAME.cpp.
std::string objectOf(const std::string &source);

} // namespace segc

#endif // SEGC_PACKAGE_HOSTCOMPILER_H
