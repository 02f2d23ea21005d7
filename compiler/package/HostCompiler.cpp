//===- HostCompiler.cpp - from a package's sources to objects ---*- C++ -*-===//

#include "compiler/package/HostCompiler.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"

#include <fmt/format.h>

#include <cstdlib>

using namespace llvm;

namespace segc {

namespace {

/// A missing compiler is the user's to install; a source that does not compile is a bug.
std::optional<Failure> checked(const Command &command, const ProcessResult &result) {
  if (result.state == ProcessResult::State::Failed) {
    const std::string &compiler = command.argv.front();
    return Failure::input(compiler + ": " + result.describe() +
                          (compiler == "nvcc" ? "; --emit source writes the package and compiles "
                                                "nothing, --arch emulated does without nvcc"
                                              : ""));
  }
  if (!result.succeeded())
    return Failure::bug(
        fmt::format("{}: {}\n{}", fmt::join(command.argv, " "), result.describe(), result.err));
  return std::nullopt;
}

/// The header that the sources of kernels begin with.
std::string heavyHeader(const Target &target) {
  return target.cuda() ? "segc_cuda.h" : "segc_vector.h";
}

/// Whether a header is the first that a source includes: only then a precompiled one is taken.
bool beginsWith(StringRef text, const std::string &header) {
  return text.substr(text.find("#include")).starts_with("#include \"" + header + "\"");
}

/// What a compiler says of itself; asked once.
const std::string &versionOf(const std::string &compiler) {
  static std::map<std::string, std::string> versions;
  auto [found, isNew] = versions.emplace(compiler, "");
  if (isNew) {
    Command command;
    command.argv = {compiler, "--version"};
    found->second = runProcess(command).out;
  }
  return found->second;
}

bool isGcc(const std::string &compiler) {
  return StringRef(versionOf(compiler)).contains("Free Software Foundation");
}

/// Whether a flag is all that it says: it names no file, and switches on nothing that writes
/// the folder's name into the object.
bool isSelfContained(StringRef flag) {
  for (StringRef prefix :
       {"-Wa,", "-Wl,", "-Wp,", "-fplugin", "-fprofile", "-fsanitize-", "-gsplit", "-fdump",
        "-fcompare-debug", "-fauto-profile", "-freport", "-fstack-usage"})
    if (flag.starts_with(prefix))
      return false;
  for (StringRef prefix : {"-O", "-f", "-m", "-W", "-D", "-U", "-std="})
    if (flag.starts_with(prefix) && flag != prefix)
      return true;
  return llvm::is_contained({"-O", "-w", "-g0", "-pipe", "-pthread", "-nodefaultlibs", "-nostdlib"},
                            flag);
}

std::string contents(const std::string &path) {
  auto bytes = MemoryBuffer::getFile(path);
  return bytes ? (*bytes)->getBuffer().str() : std::string();
}

/// Adds a file of `folder` and those that it includes.
void addWithIncludes(const std::string &folder, const std::string &file,
                     std::map<std::string, std::string> &files) {
  auto [found, isNew] = files.emplace(file, "");
  if (!isNew)
    return;
  const std::string text = contents(folder + "/" + file);
  found->second = text;
  for (StringRef line : llvm::split(StringRef(text), '\n'))
    if (line.consume_front("#include \"") && line.consume_back("\""))
      addWithIncludes(folder, line.str(), files);
}

/// The compiler's program and version, and what its "native" means.
std::string identityOf(const std::string &compiler) {
  CacheKey key("compiler");
  auto path = sys::findProgramByName(compiler);
  key.addFile(path ? *path : compiler);
  key.add(versionOf(compiler)).add(sys::getHostCPUName());
  std::map<std::string, bool> features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features[feature.first().str()] = feature.second;
  for (const auto &[name, has] : features)
    key.add(name).add(has ? "+" : "-");
  for (const char *name :
       {"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"}) {
    const char *value = std::getenv(name);
    key.add(value ? value : "");
  }
  return key.text();
}

} // namespace

std::string objectOf(const std::string &source) { return sys::path::stem(source).str() + ".o"; }

HostCompiler::HostCompiler(const CompileOptions &options, ProcessPool &pool, Cache &cache,
                           std::string folder, std::function<void(const Command &)> tell)
    : options(options), pool(pool), cache(cache), folder(std::move(folder)),
      compiler(options.compiler.empty() ? options.target->compiler : options.compiler),
      tell(std::move(tell)) {}

Command HostCompiler::commandFor(const std::string &source, const std::string &object) const {
  const StringRef file = source;
  const CudaTarget *cuda = options.target.cuda();
  Command command;
  command.directory = folder;
  command.argv = {compiler, "-c", source, "-o", object, "-I."};
  auto add = [&](llvm::ArrayRef<std::string> flags) {
    command.argv.insert(command.argv.end(), flags.begin(), flags.end());
  };
  if (file.ends_with(".cu") && !cuda->isEmulated()) {
    add({"-Xcompiler", "-fPIC,-fvisibility=hidden", "-std=c++17", "-O3"});
    add(cuda->compilerFlags);
    return command;
  }
  // The C++ sources of a network on a GPU are the host's.
  if (cuda && !cuda->isEmulated())
    command.argv.front() = "c++";
  add({"-fPIC", "-fvisibility=hidden"});
  if (file.ends_with(".S"))
    return command;
  if (file.ends_with(".cu"))
    command.argv.insert(command.argv.begin() + 1, {"-x", "c++"});
  add({"-std=c++17", "-O2"});
  if (cuda && !cuda->isEmulated())
    add({"-Wno-psabi"}); // of segc_vector.h: vectors pass between inlined functions only
  else
    add(options.target->compilerFlags);
  add(options.compilerFlags);
  return command;
}

void HostCompiler::compile(const std::string &source, std::function<void()> compiled) {
  const std::string object = objectOf(source);
  const Command command = commandFor(source, object);
  const std::optional<CacheKey> key = keyOf(source, command);
  if (key && fetch(*key, object))
    return compiled();
  auto run = [this, command, key, object, compiled = std::move(compiled)] {
    start(command, [this, key, object, compiled] {
      if (key)
        cache.put(*key, contents(folder + "/" + object));
      compiled();
    });
  };
  const bool isHeavy = beginsWith(contents(folder + "/" + source), heavyHeader(options.target));
  if (isHeavy && precompiled == Precompiled::Unknown)
    precompile();
  if (isHeavy && precompiled == Precompiled::Running)
    waiting.push_back(run);
  else
    run();
}

void HostCompiler::start(const Command &command, std::function<void()> finished) {
  tell(command);
  pool.run(command, [this, command, finished = std::move(finished)](const ProcessResult &result) {
    failed = checked(command, result);
    if (failed)
      return pool.abandon();
    finished();
  });
}

bool HostCompiler::fetch(const CacheKey &key, const std::string &file) {
  const std::optional<std::string> bytes = cache.get(key);
  if (!bytes)
    return false;
  std::error_code error;
  raw_fd_ostream stream(folder + "/" + file, error);
  stream << *bytes;
  stream.close();
  const bool written = !error && !stream.has_error();
  stream.clear_error();
  return written;
}

void HostCompiler::precompile() {
  precompiled = Precompiled::Settled;
  if (!isGcc(compiler)) // others would not find it
    return;
  const std::string heavy = heavyHeader(options.target), header = heavy + ".gch";
  Command command = commandFor(heavy, header);
  command.argv.insert(command.argv.begin() + 1, {"-x", "c++-header"});
  // Precompiling takes as long as reading it twice: without a cache it is hardly worth it.
  const std::optional<CacheKey> key = keyOf(heavy, command);
  if (!key || cache.link(*key, folder + "/" + header))
    return;
  precompiled = Precompiled::Running;
  start(command, [this, key, header] {
    cache.keep(*key, folder + "/" + header);
    precompiled = Precompiled::Settled;
    for (const auto &run : std::exchange(waiting, {}))
      run();
  });
}

std::optional<CacheKey> HostCompiler::keyOf(const std::string &source, const Command &command) {
  // Assembly takes in the weights, which are large and quickly assembled.
  if (!cache.enabled() || StringRef(source).ends_with(".S") ||
      !llvm::all_of(options.compilerFlags, isSelfContained))
    return std::nullopt;
  if (!identity)
    identity = identityOf(compiler);
  CacheKey key("object");
  key.add(*identity);
  for (const std::string &argument : command.argv)
    key.add(argument);
  std::map<std::string, std::string> files;
  addWithIncludes(folder, source, files);
  for (const auto &[name, text] : files)
    key.add(name).add(text);
  return key;
}

std::optional<Failure> HostCompiler::run(std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.directory = folder;
  tell(command);
  return checked(command, runProcess(command));
}

std::optional<Failure> HostCompiler::archive(const std::vector<std::string> &objects,
                                             const std::string &file) {
  std::string ar =
      StringRef(compiler).ends_with("aarch64-linux-gnu-g++") ? "aarch64-linux-gnu-ar" : "ar";
  std::vector<std::string> argv{ar, "rcsD", file};
  argv.insert(argv.end(), objects.begin(), objects.end());
  return run(argv);
}

std::optional<Failure> HostCompiler::link(const std::vector<std::string> &objects,
                                          const std::string &file) {
  std::vector<std::string> argv{compiler, "-shared", "-o", file};
  argv.insert(argv.end(), options.compilerFlags.begin(), options.compilerFlags.end());
  argv.insert(argv.end(), objects.begin(), objects.end());
  return run(argv);
}

} // namespace segc
