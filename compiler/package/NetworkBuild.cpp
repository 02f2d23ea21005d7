//===- NetworkBuild.cpp - compiling a network in order to run it -*- C++ -*-===//

#include "compiler/package/NetworkBuild.h"
#include "compiler/package/Cache.h"
#include "compiler/package/LoadedNetwork.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <set>

using namespace llvm;

namespace segc {

namespace {

/// Where an ONNX model keeps weights outside of itself.
std::set<std::string> externalFiles(const std::string &path) {
  std::string error;
  auto model = onnximport::ModelFile::open(path, error);
  return model ? model->externalFiles()
               : std::set<std::string>(); // compiling will say what is wrong
}

std::string keyOf(const CompileOptions &options, NetworkForm form) {
  CacheKey key("network");
  key.addSegc();
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
  key.add(options.target.cuda() ? "cuda" : "cpu");
  key.add(options.target->arch);
  if (const CudaTarget *cuda = options.target.cuda())
    key.add(std::to_string(static_cast<int>(cuda->precision)));
  key.add(options.compiler.empty() ? options.target->compiler : options.compiler);
  for (const auto *flags : {&options.target->compilerFlags, &options.compilerFlags})
    for (const std::string &flag : *flags)
      key.add(flag);
  for (const auto &[input, shape] : options.shapes) {
    key.add(input);
    for (std::optional<int64_t> extent : shape)
      key.add(extent ? std::to_string(*extent) : "?");
  }
  key.add(fmt::format("{} outputs", options.outputs.size()));
  for (const std::string &output : options.outputs)
    key.add(output);
  for (const auto &[input, value] : options.constants) {
    key.add(input);
    key.add(value);
  }
  const Processing &processing = options.processing;
  key.add(options.directConvolutions ? "direct" : "any");
  key.add(options.weights == WeightsForm::Packed ? "packed" : "as stored");
  key.add(fmt::format("{} {} {} {} {} {}", processing.u8Input, processing.bgr, processing.softmax,
                      processing.argmax, options.asserts, options.profile));
  key.add(fmt::format("channels on axis {}", processing.channelsAxis.value_or(0)));
  key.add(options.crf ? options.crf->key() : "no crf");
  for (const auto &numbers : {processing.mean, processing.std}) {
    key.add(numbers ? std::to_string(numbers->size()) : "none");
    if (numbers)
      for (double value : *numbers)
        key.add(fmt::format("{:a}", value));
  }
  return key.text();
}

/// Whether a driver of NVIDIA's has a device: under Linux, or Windows's.
bool hasGpu() { return sys::fs::exists("/dev/nvidiactl") || sys::fs::exists("/dev/dxg"); }

/// The file whose presence says that a folder holds a network of this form.
std::string product(const std::string &folder, const CompileOptions &options, NetworkForm form) {
  const std::string name = networkName(options);
  return folder + (form == NetworkForm::Library ? "/lib" + name + ".so" : "/" + name + ".runner");
}

} // namespace

NetworkForm formFor(const CompileOptions &options) {
#if defined(__aarch64__)
  const bool foreign = options.target->arch != "aarch64";
#else
  const bool foreign = options.target->arch == "aarch64";
#endif
  return foreign || isInstrumented(options) ? NetworkForm::Program : NetworkForm::Library;
}

std::optional<Failure> buildNetwork(CompileOptions options, NetworkForm form,
                                    const std::string &folder, Progress &progress) {
  options.outputFolder = folder;
  if (!options.embedsWeights())
    options.weights = WeightsForm::Embed;
  // Without "source": the weights are in the library, and need not lie beside it as well.
  options.emit = {form == NetworkForm::Library ? "shared" : "library"};
  if (auto failure = compileModel(options, progress))
    return failure;
  if (form == NetworkForm::Program)
    return NetworkProgram::build(folder, options);
  return std::nullopt;
}

Result<NetworkFolder> buildForRunning(const CompileOptions &options, NetworkForm form,
                                      Progress &progress) {
  const CudaTarget *cuda = options.target.cuda();
  if (cuda && !cuda->isEmulated() && !hasGpu())
    return Failure::input("--target cuda: there is no GPU here; --arch emulated compiles the same "
                          "sources for this processor");
  auto tell = [&](const char *what, const std::string &folder) {
    progress.finish();
    fmt::print(stderr, "{}: {} {}\n", options.model, what, folder);
  };
  if (!options.cache) {
    NetworkFolder folder = NetworkFolder::temporary();
    if (auto failure = buildNetwork(options, form, folder.path(), progress))
      return *failure;
    return folder;
  }
  const std::string path = cacheFolder() + "/" + keyOf(options, form);
  auto find = [&]() -> std::optional<NetworkFolder> {
    auto folder = NetworkFolder::ofCache(path);
    if (folder && sys::fs::exists(product(path, options, form)))
      return folder;
    return std::nullopt;
  };
  // What these options ask for comes about only while compiling.
  const bool anew = options.printIrAfterAll || options.saveTemps;
  if (auto folder = anew ? std::nullopt : find()) {
    if (options.verbose)
      tell("compiled before, in", path);
    return std::move(*folder);
  }
  const auto failure = buildNetwork(options, form, path, progress);
  // If it failed, another process may have put the same network there meanwhile.
  auto folder = find();
  if (!folder)
    return failure ? *failure : Failure::input(path + ": was removed while it was made");
  if (options.verbose || options.saveTemps)
    tell("compiled into", path);
  pruneNetworks(cacheFolder(), cacheLimit());
  return std::move(*folder);
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

Result<RunnableNetwork> buildAndOpen(const CompileOptions &options, int threads,
                                     Progress &progress) {
  const NetworkForm form = formFor(options);
  auto folder = buildForRunning(options, form, progress);
  if (!folder)
    return folder.failure();
  auto network = openNetwork(folder->path(), options, form, threads);
  if (!network)
    return network.failure();
  return RunnableNetwork{std::make_shared<NetworkFolder>(std::move(*folder)), std::move(*network)};
}

} // namespace segc
