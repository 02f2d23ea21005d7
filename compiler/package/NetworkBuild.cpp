//===- NetworkBuild.cpp - compiling a network in order to run it -*- C++ -*-===//

#include "compiler/package/NetworkBuild.h"
#include "compiler/package/LoadedNetwork.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MD5.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <cstdlib>
#include <set>

using namespace llvm;

namespace segc {

namespace {

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

/// Collects what the code of a network depends on.
class Key {
public:
  void add(StringRef text) {
    // The length keeps "a" + "bc" and "ab" + "c" apart.
    digest.update(fmt::format("{}:", text.size()));
    digest.update(text);
  }

  /// Name, size and time of a file stand for its contents.
  void addFile(const std::string &path) {
    sys::fs::file_status status;
    add(path);
    if (!sys::fs::status(path, status))
      add(fmt::format("{} {}", status.getSize(),
                      status.getLastModificationTime().time_since_epoch().count()));
  }

  std::string text() {
    MD5::MD5Result result;
    digest.final(result);
    return std::string(result.digest());
  }

private:
  MD5 digest;
};

/// Where an ONNX model keeps weights outside of itself.
std::set<std::string> externalFiles(const std::string &path) {
  std::set<std::string> files;
  std::string error;
  auto model = onnximport::ModelFile::open(path, error);
  if (!model)
    return files; // compiling will say what is wrong
  for (const onnx::TensorProto &tensor : model->model().graph().initializer())
    for (const onnx::StringStringEntryProto &entry : tensor.external_data())
      if (entry.key() == "location")
        files.insert((sys::path::parent_path(path) + "/" + entry.value()).str());
  return files;
}

std::string keyOf(const CompileOptions &options, NetworkForm form) {
  Key key;
  key.addFile(sys::fs::getMainExecutable(nullptr, nullptr));
  if (options.crfClasses)
    key.add("crf only, " + std::to_string(*options.crfClasses));
  else if (auto bytes = MemoryBuffer::getFile(options.model, false, false))
    key.add((*bytes)->getBuffer());
  if (sys::path::extension(options.model) == ".onnx")
    for (const std::string &file : externalFiles(options.model))
      key.addFile(file);
  key.add(form == NetworkForm::Library ? "library" : "program");
  key.add(sys::path::filename(options.model));
  key.add(networkName(options));
  key.add(options.target.arch);
  key.add(options.compiler.empty() ? options.target.compiler : options.compiler);
  for (const auto *flags : {&options.target.compilerFlags, &options.compilerFlags})
    for (const std::string &flag : *flags)
      key.add(flag);
  for (const auto &[input, shape] : options.shapes) {
    key.add(input);
    for (std::optional<int64_t> extent : shape)
      key.add(extent ? std::to_string(*extent) : "?");
  }
  for (const auto &[input, value] : options.constants) {
    key.add(input);
    key.add(value);
  }
  const Processing &processing = options.processing;
  key.add(options.directConvolutions ? "direct" : "any");
  key.add(fmt::format("{} {} {} {} {} {}", processing.u8Input, processing.bgr, processing.softmax,
                      processing.argmax, options.asserts, options.profile));
  key.add(fmt::format("channels on axis {}", processing.channelsAxis.value_or(0)));
  key.add(options.crf ? options.crf->key() : "no crf");
  for (const auto &triple : {processing.mean, processing.std}) {
    key.add(triple ? "given" : "none");
    if (triple)
      for (double value : *triple)
        key.add(fmt::format("{:a}", value));
  }
  return key.text();
}

/// The file whose presence says that a folder holds a network of this form.
std::string product(const std::string &folder, const CompileOptions &options, NetworkForm form) {
  const std::string name = networkName(options);
  return folder + (form == NetworkForm::Library ? "/lib" + name + ".so" : "/" + name + ".runner");
}

} // namespace

NetworkForm formFor(const CompileOptions &options) {
#if defined(__aarch64__)
  const bool foreign = options.target.arch != "aarch64";
#else
  const bool foreign = options.target.arch == "aarch64";
#endif
  return foreign || isInstrumented(options) ? NetworkForm::Program : NetworkForm::Library;
}

std::optional<Failure> buildNetwork(CompileOptions options, NetworkForm form,
                                    const std::string &folder, Progress &progress) {
  options.outputFolder = folder;
  options.embedWeights = true;
  options.emit = {"source", form == NetworkForm::Library ? "shared" : "library"};
  if (auto failure = compileModel(options, progress))
    return failure;
  if (form == NetworkForm::Program)
    return NetworkProgram::build(folder, options);
  return std::nullopt;
}

Result<std::string> buildCached(const CompileOptions &options, NetworkForm form,
                                Progress &progress) {
  const std::string folder = cacheFolder() + "/" + keyOf(options, form);
  auto tell = [&](const char *what) {
    progress.finish();
    fmt::print(stderr, "{}: {} {}\n", options.model, what, folder);
  };
  // What these options ask for comes about only while compiling.
  const bool anew = options.printIrAfterAll || options.saveTemps;
  if (!anew && sys::fs::exists(product(folder, options, form))) {
    if (options.verbose)
      tell("compiled before, in");
    return folder;
  }
  if (auto failure = buildNetwork(options, form, folder, progress)) {
    // Another process may have put the same network there meanwhile.
    if (!sys::fs::exists(product(folder, options, form)))
      return *failure;
  }
  if (options.verbose || options.saveTemps)
    tell("compiled into");
  return folder;
}

Result<std::unique_ptr<Network>> openNetwork(const std::string &folder,
                                             const CompileOptions &options, NetworkForm form,
                                             int threads) {
  if (form == NetworkForm::Library) {
    auto network =
        LoadedNetwork::open(product(folder, options, form), networkName(options), threads);
    if (!network)
      return network.failure();
    return std::unique_ptr<Network>(std::move(*network));
  }
  auto network = NetworkProgram::open(folder, options, threads);
  if (!network)
    return network.failure();
  return std::unique_ptr<Network>(std::move(*network));
}

Result<std::unique_ptr<Network>> buildAndOpen(const CompileOptions &options, int threads,
                                              Progress &progress) {
  const NetworkForm form = formFor(options);
  auto folder = buildCached(options, form, progress);
  if (!folder)
    return folder.failure();
  return openNetwork(*folder, options, form, threads);
}

} // namespace segc
