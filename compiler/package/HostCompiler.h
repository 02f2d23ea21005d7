//===- HostCompiler.h - from a package's sources to objects -----*- C++ -*-===//
//
// Sources are compiled as they come, beside whatever else the pool runs, unless the cache
// has their objects: those of the same text, headers, flags and compiler. g++ takes longer
// to read the header that kernels begin with (it includes that of the processor's
// instructions) than to compile most kernels, so that header is precompiled first.
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
  /// before it runs, `compiled` of every object.
  HostCompiler(const CompileOptions &options, ProcessPool &pool, Cache &cache, std::string folder,
               std::function<void(const Command &)> tell, std::function<void()> compiled);

  /// Compiles SOURCE.cpp or SOURCE.S to SOURCE.o. The pool is abandoned if that fails.
  void compile(const std::string &source);

  /// Archives objects as `file`.
  std::optional<Failure> archive(const std::vector<std::string> &objects, const std::string &file);
  /// Links objects to the shared library `file`.
  std::optional<Failure> link(const std::vector<std::string> &objects, const std::string &file);

  /// Why a source was not compiled.
  const std::optional<Failure> &failure() const { return failed; }

private:
  /// The key of a source's object; nothing if more decides about it than we know.
  std::optional<CacheKey> keyOf(const std::string &source, const Command &command);
  /// The command that compiles `source` to `object`, with flags for C++ or none.
  Command commandFor(const std::string &source, const std::string &object, bool isCpp) const;
  void start(const Command &command, std::function<void()> finished);
  void precompile();
  std::optional<Failure> run(std::vector<std::string> argv);

  const CompileOptions &options;
  ProcessPool &pool;
  Cache &cache;
  std::string folder;
  std::string compiler;
  std::function<void(const Command &)> tell;
  std::function<void()> compiled;
  std::optional<Failure> failed;
  std::optional<std::string> identity; ///< of the compiler
  enum class Precompiled { No, Running, Yes };
  Precompiled precompiled = Precompiled::No;
  std::vector<std::function<void()>> waiting; ///< for the precompiled header
};

/// NAME.o of NAME.cpp.
std::string objectOf(const std::string &source);

} // namespace segc

#endif // SEGC_PACKAGE_HOSTCOMPILER_H
