//===- NetworkProgram.cpp - a network as a program of its own ---*- C++ -*-===//

#include "compiler/package/NetworkProgram.h"
#include "compiler/package/LoadedNetwork.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace llvm;

namespace segc {

namespace {

/// A folder that lives as long as the object.
class TemporaryFolder {
public:
  TemporaryFolder() {
    if (std::error_code error = sys::fs::createUniqueDirectory("segc", path))
      throw std::runtime_error("no temporary folder: " + error.message());
  }
  ~TemporaryFolder() { (void)sys::fs::remove_directories(path); }
  std::string operator/(const char *name) const { return (path + "/" + name).str(); }

private:
  SmallString<128> path;
};

int64_t abiTypeOf(ElementType type) {
  for (int abi = SEGC_FLOAT32; abi <= SEGC_UINT64; ++abi)
    if (elementTypeOfAbi(static_cast<segc_type>(abi)) == type)
      return abi;
  return -1;
}

/// Writes the format that runner/segc_runner.cpp describes.
class TensorFileWriter {
public:
  explicit TensorFileWriter(const std::string &path) : file(path, std::ios::binary) {}
  void put(int64_t value) { file.write(reinterpret_cast<const char *>(&value), sizeof value); }
  void put(const HostTensor &tensor) {
    put(abiTypeOf(tensor.type()));
    put(tensor.rank());
    for (int64_t dim : tensor.dims())
      put(dim);
    put(0); // no name
    put(static_cast<int64_t>(tensor.bytes().size()));
    file.write(reinterpret_cast<const char *>(tensor.bytes().data()),
               static_cast<std::streamsize>(tensor.bytes().size()));
  }
  bool finish() { return static_cast<bool>(file.flush()); }

private:
  std::ofstream file;
};

struct NamedTensor {
  PortInfo port;
  StringRef data;
};

/// Reads such a file. The runner is our own, but it may have been killed while it wrote.
class TensorFileReader {
public:
  explicit TensorFileReader(StringRef bytes) : rest(bytes) {}

  std::optional<std::vector<NamedTensor>> read() {
    std::vector<NamedTensor> tensors;
    for (int64_t count = number(); good && count > 0; --count) {
      NamedTensor tensor;
      tensor.port.type = elementTypeOfAbi(static_cast<segc_type>(number()));
      for (int64_t rank = number(); good && rank > 0; --rank)
        tensor.port.dims.push_back(number());
      tensor.port.name = take(number()).str();
      tensor.data = take(number());
      tensors.push_back(tensor);
    }
    if (!good)
      return std::nullopt;
    return tensors;
  }

private:
  StringRef take(int64_t bytes) {
    if (!good || bytes < 0 || static_cast<uint64_t>(bytes) > rest.size()) {
      good = false;
      return {};
    }
    StringRef piece = rest.take_front(static_cast<size_t>(bytes));
    rest = rest.drop_front(static_cast<size_t>(bytes));
    return piece;
  }
  int64_t number() {
    StringRef bytes = take(sizeof(int64_t));
    int64_t value = 0;
    if (good)
      std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  StringRef rest;
  bool good = true;
};

std::string runnerPath(const std::string &folder, const CompileOptions &options) {
  return folder + "/" + networkName(options) + ".runner";
}

/// The program that runs code for options.target here; empty if none is needed.
Result<std::string> emulatorFor(const CompileOptions &options) {
#if defined(__aarch64__)
  const bool needed = options.target->arch != "aarch64";
  const char *standard = "qemu-x86_64-static";
#else
  const bool needed = options.target->arch == "aarch64";
  const char *standard = "qemu-aarch64-static";
#endif
  if (!needed)
    return std::string();
  const char *given = std::getenv("SEGC_EMULATOR");
  const char *name = given && *given ? given : standard;
  auto path = sys::findProgramByName(name);
  if (!path)
    return Failure::input(fmt::format("{}: not found; code for {} needs it to run here (or set "
                                      "SEGC_EMULATOR)",
                                      name, options.target->arch));
  return *path;
}

} // namespace

bool isInstrumented(const CompileOptions &options) {
  return llvm::any_of(options.compilerFlags, [](const std::string &flag) {
    return StringRef(flag).starts_with("-fsanitize");
  });
}

std::optional<Failure> NetworkProgram::build(const std::string &folder,
                                             const CompileOptions &options) {
  const std::string program = runnerPath(folder, options), name = networkName(options);
  if (sys::fs::exists(program))
    return std::nullopt;
  // Several processes may build in one folder: each builds under a name of its own.
  const std::string unique = fmt::format("{}.{}", program, getpid());
  const std::string source = unique + ".cpp";
  auto cleanUp = make_scope_exit([&] {
    (void)sys::fs::remove(unique);
    (void)sys::fs::remove(source);
  });
  std::ofstream(source) << kRunnerSource;

  const std::string compiler =
      options.compiler.empty() ? options.target->compiler : options.compiler;
  Command command;
  command.argv = {compiler,
                  "-std=c++17",
                  "-O2",
                  "-I" + folder,
                  fmt::format("-DSEGC_HEADER=\"{}.h\"", name),
                  "-DSEGC_NETWORK=" + name};
  if (options.profile)
    command.argv.push_back("-DSEGC_PROFILE");
  command.argv.insert(command.argv.end(), options.compilerFlags.begin(),
                      options.compilerFlags.end());
  command.argv.insert(command.argv.end(),
                      {source, folder + "/lib" + name + ".a", "-pthread", "-o", unique});
  // An emulator has no shared libraries of the other processor.
  if (options.target->arch == "aarch64" && !isInstrumented(options))
    command.argv.push_back("-static");
  ProcessResult result = runProcess(command);
  if (result.state == ProcessResult::State::Failed)
    return Failure::input(compiler + ": " + result.describe());
  if (!result.succeeded())
    return Failure::bug(
        fmt::format("{}: {}\n{}", fmt::join(command.argv, " "), result.describe(), result.err));
  if (std::error_code error = sys::fs::rename(unique, program))
    return Failure::input(program + ": " + error.message());
  return std::nullopt;
}

Result<std::unique_ptr<NetworkProgram>>
NetworkProgram::open(const std::string &folder, const CompileOptions &options, int threads) {
  auto network = std::make_unique<NetworkProgram>();
  network->threads = threads;
  auto emulator = emulatorFor(options);
  if (!emulator)
    return emulator.failure();
  if (!emulator->empty())
    network->start.push_back(*emulator);
  network->start.push_back(runnerPath(folder, options));

  TemporaryFolder temporary;
  const std::string path = temporary / "ports";
  ProcessResult result = network->call({"describe", path});
  auto bytes = MemoryBuffer::getFile(path);
  auto ports =
      result.succeeded() && bytes ? TensorFileReader((*bytes)->getBuffer()).read() : std::nullopt;
  if (!ports)
    return Failure::bug("the runner does not describe the network: " + result.describe() + " " +
                        result.err);
  bool outputs = false;
  for (NamedTensor &tensor : *ports) {
    if (tensor.port.name.empty() && tensor.port.dims.empty() && !outputs)
      outputs = true;
    else
      (outputs ? network->outputs_ : network->inputs_).push_back(tensor.port);
  }
  return network;
}

ProcessResult NetworkProgram::call(const std::vector<std::string> &arguments) const {
  Command command;
  command.argv = start;
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  return runProcess(command);
}

Result<std::vector<HostTensor>> NetworkProgram::run(const std::vector<HostTensor> &inputs) {
  TemporaryFolder temporary;
  const std::string in = temporary / "inputs", out = temporary / "outputs";
  TensorFileWriter writer(in);
  writer.put(static_cast<int64_t>(inputs.size()));
  for (const HostTensor &input : inputs)
    writer.put(input);
  if (!writer.finish())
    return Failure::input(in + ": cannot be written");

  ProcessResult result = call({"run", std::to_string(threads), in, out});
  if (result.state == ProcessResult::State::Exited && result.code == 1 &&
      !StringRef(result.err).contains("Sanitizer") &&
      !StringRef(result.err).contains("runtime error"))
    return Failure::input(StringRef(result.err).trim().str());
  auto bytes = MemoryBuffer::getFile(out);
  auto tensors =
      result.succeeded() && bytes ? TensorFileReader((*bytes)->getBuffer()).read() : std::nullopt;
  if (!tensors)
    return Failure::bug("the network's program: " + result.describe() + "\n" + result.err);
  std::vector<HostTensor> results;
  for (const NamedTensor &tensor : *tensors) {
    int64_t size = HostTensor::byteCount(tensor.port.type, tensor.port.dims);
    if (size < 0 || static_cast<uint64_t>(size) != tensor.data.size())
      return Failure::bug("the network's program: an output of the wrong size");
    results.emplace_back(tensor.port.type, tensor.port.dims);
    std::copy(tensor.data.begin(), tensor.data.end(),
              reinterpret_cast<char *>(results.back().bytes().data()));
  }
  return results;
}

} // namespace segc
