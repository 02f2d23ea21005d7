//===- Package.cpp - writing and building a package -------------*- C++ -*-===//
//
// Everything is written into the staging folder of an OutputFolder, compiled there, and
// moved into place at the end.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/DotPrinter.h"
#include "compiler/codegen/LoweredKernel.h"
#include "compiler/codegen/NetworkBackend.h"
#include "compiler/codegen/PackageFiles.h"
#include "compiler/codegen/cpp/CppPrinter.h"
#include "compiler/codegen/cuda/CudaPrinter.h"
#include "compiler/package/Cache.h"
#include "compiler/package/Compile.h"
#include "compiler/package/HostCompiler.h"
#include "compiler/package/KernelFarm.h"
#include "compiler/package/KernelFiles.h"
#include "compiler/package/LowerNetwork.h"
#include "compiler/package/OutputFolder.h"
#include "compiler/package/WeightsWriter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace llvm;
using namespace mlir;

namespace segc {

namespace {

class Package {
public:
  Package(ModuleOp module, const CompileOptions &options, Progress &progress,
          const std::string &imported)
      : module(module), options(options), progress(progress), imported(imported),
        name(networkName(options)), cache(options.cache),
        backend(NetworkBackend::of(options.target)) {}

  std::optional<Failure> emit() {
    auto folder = OutputFolder::create(options.outputFolder);
    if (!folder)
      return Failure::input(folder.takeError());
    output = &*folder;
    std::optional<Failure> failure;
    if (emits("mlir"))
      failure = write(name + ".mlir", moduleText(module));
    if (!failure && options.saveTemps)
      failure = writeTemps();
    if (!failure && emits("dot"))
      failure = write(name + ".dot", printDot(module));
    if (!failure && emits("halide"))
      failure = writeHalide();
    if (!failure && (emits("source") || needsObjects()))
      failure = writeSource();
    if (failure)
      return failure;
    if (Error error = folder->commit())
      return Failure::input(std::move(error));
    return std::nullopt;
  }

private:
  bool emits(const char *what) const { return options.emit.count(what); }
  bool needsObjects() const { return emits("library") || emits("shared") || emits("object"); }

  std::optional<Failure> write(const std::string &file, const std::string &text) {
    if (Error error = output->write(file, text))
      return Failure::input(std::move(error));
    return std::nullopt;
  }

  /// The network before and behind the passes. The objects are kept by build().
  std::optional<Failure> writeTemps() {
    if (auto failure = write(name + ".imported.mlir", imported))
      return failure;
    return write(name + ".passes.mlir", moduleText(module));
  }

  /// The loops that Halide makes of every kernel.
  std::optional<Failure> writeHalide() {
    raw_null_ostream noWeights;
    ProcessPool pool(options.jobs);
    std::vector<std::string> texts;
    KernelFarm farm(
        pool, cache, "halide",
        [&](const Kernel &kernel) {
          std::ostringstream text;
          text << "// " << kernel.name << "\n"
               << lowerKernel(kernel, options.target->halide, false).body << "\n";
          return text.str();
        },
        [&](size_t index, const std::string &, const std::string &text) {
          texts.resize(std::max(texts.size(), index + 1));
          texts[index] = text;
        });
    auto program = lower(noWeights, farm, pool);
    if (!program)
      return program.failure();
    pool.finish();
    if (farm.error())
      return Failure::bug(*farm.error());
    return write(name + ".halide.txt", llvm::join(texts, ""));
  }

  /// Where CMakeLists.txt finds the weights. A package holds them once: in the library, if it has
  /// one, which would be of no use without them.
  WeightsSource weightsSource() const {
    if (!options.embedsWeights())
      return WeightsSource::None;
    if (emits("library"))
      return WeightsSource::Library;
    if (emits("object"))
      return WeightsSource::Object;
    return emits("shared") && emits("source") ? WeightsSource::Shared : WeightsSource::Assembly;
  }

  /// Whether the package keeps the file of weights.
  bool keepsWeightsFile() const {
    return weightsSource() == WeightsSource::None ||
           (weightsSource() == WeightsSource::Assembly && emits("source"));
  }

  /// Whether it keeps the source that takes that file in.
  bool keepsAssembly() const {
    return options.embedsWeights() &&
           (keepsWeightsFile() || weightsSource() == WeightsSource::Shared);
  }

  /// A path in the staging folder for a file that the package keeps or not.
  Result<std::string> stagedPath(const std::string &file, bool kept) {
    if (!kept)
      return output->stagingPath() + "/" + file;
    auto path = output->pathFor(file);
    if (!path)
      return Failure::input(path.takeError());
    return *path;
  }

  /// The source, and what is compiled from it: kernels are compiled while others are being
  /// made.
  std::optional<Failure> writeSource() {
    ProcessPool pool(options.jobs);
    HostCompiler host(options, pool, cache, output->stagingPath(),
                      [this](const Command &command) { tell(command); });
    std::vector<std::string> kernelFiles;
    KernelFiles files([&](const std::string &first, size_t kernels,
                          const std::string &definitions) {
      kernelFiles.push_back(fmt::format("{}_kernels_{}.{}", name, first, backend->extension()));
      failed = write(kernelFiles.back(),
                     printKernelFile(name, definitions, options.asserts, options.target));
      if (failed)
        pool.abandon();
      else if (needsObjects())
        host.compile(kernelFiles.back(), [this, kernels] { done(static_cast<int64_t>(kernels)); });
    });
    KernelFarm farm(
        pool, cache, backend->extension() + (options.asserts ? " with asserts" : ""),
        [&](const Kernel &kernel) { return printKernel(kernel); },
        [&](size_t index, const std::string &kernel, const std::string &definition) {
          done(1);
          files.add(index, kernel, definition);
        });
    std::vector<std::string> sources;
    auto failure = writeNetwork(farm, pool, files, sources);
    if (!failure) {
      if (needsObjects())
        for (const std::string &source : sources)
          host.compile(source, [this] { done(1); });
      pool.finish();
      progress.finish();
    }
    // What happened first is told.
    if (failed)
      return failed;
    if (farm.error())
      return Failure::bug(*farm.error());
    if (host.failure())
      return host.failure();
    if (failure)
      return failure;
    sources.insert(sources.end(), kernelFiles.begin(), kernelFiles.end());
    if (auto failure = writeCMake(sources))
      return failure;
    return needsObjects() ? link(host, sources) : std::nullopt;
  }

  std::string printKernel(const Kernel &kernel) const {
    PrintOptions print;
    print.asserts = options.asserts;
    if (const CudaTarget *cuda = options.target.cuda())
      return printCuda(kernel, *cuda, print).definition;
    return printCpp(kernel, *options.target.cpu(), "", print).definition;
  }

  /// Everything but the kernels, whose making it starts. `sources`: what is to be compiled
  /// besides them.
  std::optional<Failure> writeNetwork(KernelFarm &farm, ProcessPool &pool, KernelFiles &kernels,
                                      std::vector<std::string> &sources) {
    // Kernels are compiled as soon as they are printed.
    if (auto failure = writeRuntime(backend->runtimeHeaders()))
      return failure;

    auto weightsPath = stagedPath(name + ".weights.bin", keepsWeightsFile());
    if (!weightsPath)
      return weightsPath.failure();
    auto weights = WeightsWriter::create(*weightsPath);
    if (!weights)
      return Failure::input(weights.takeError());
    auto program = lower(**weights, farm, pool);
    if (!program)
      return program.failure();
    auto id = (*weights)->finish();
    if (!id)
      return Failure::input(id.takeError());

    NetworkNames names{name, sys::path::filename(options.model).str(), *id, options.embedsWeights(),
                       options.profile};
    if (auto failure = write(name + ".h", printHeader(*program, names, *backend)))
      return failure;
    sources = {name + "." + backend->extension()};
    if (auto failure =
            write(sources.front(), printNetwork(*program, names, *backend, name + "_kernels")))
      return failure;
    for (const auto &[end, text] : backend->moreSources(*program, names)) {
      sources.push_back(name + end);
      if (auto failure = write(sources.back(), text))
        return failure;
    }
    if (options.embedsWeights()) {
      if (auto failure = writeAssembly())
        return failure;
      sources.push_back(name + "_weights.S");
    }
    if (auto failure = writeRuntime({program->headers.begin(), program->headers.end()}))
      return failure;

    // A kernel is printed, and compiled.
    const size_t steps = program->kernels.size() * (needsObjects() ? 2 : 1);
    progress.phase("compiling kernels",
                   static_cast<int64_t>(steps + (needsObjects() ? sources.size() : 0)));
    counting = true;
    progress.advance(doneEarly);
    kernels.setCount(program->kernels.size());
    return std::nullopt;
  }

  std::optional<Failure> writeCMake(std::vector<std::string> sources) {
    if (weightsSource() == WeightsSource::Assembly && !keepsWeightsFile())
      return std::nullopt;
    if (weightsSource() != WeightsSource::Assembly)
      llvm::erase(sources, name + "_weights.S");
    return write("CMakeLists.txt",
                 printPackageCMake(name, sources, weightsSource(), options.target));
  }

  std::optional<Failure> writeAssembly() {
    auto path = stagedPath(name + "_weights.S", keepsAssembly());
    if (!path)
      return path.failure();
    std::ofstream file(*path);
    if (!(file << printWeightsAssembly(name) << std::flush))
      return Failure::input(*path + ": cannot be written");
    return std::nullopt;
  }

  /// These headers of the runtime, and those that they need. Each is written once: a compiler may
  /// be reading it.
  std::optional<Failure> writeRuntime(std::vector<std::string> needed) {
    while (!needed.empty()) {
      const std::string header = needed.back();
      needed.pop_back();
      auto file = llvm::find_if(runtimeFiles(), [&](const auto &f) { return f.name == header; });
      if (file == runtimeFiles().end() || !runtime.insert(header).second)
        continue;
      if (auto failure = write(header, file->text))
        return failure;
      for (StringRef line : llvm::split(StringRef(file->text), '\n'))
        if (line.consume_front("#include \"") && line.consume_back("\""))
          needed.push_back(line.str());
    }
    return std::nullopt;
  }

  Result<Program> lower(raw_ostream &weights, KernelFarm &farm, ProcessPool &pool) {
    bool started = false;
    return lowerNetwork(module, options, weights, farm, [&](size_t total) {
      if (!started)
        progress.phase("choosing kernels", static_cast<int64_t>(total));
      started = true;
      progress.advance();
      pool.poll(); // kernels are done meanwhile
    });
  }

  std::optional<Failure> link(HostCompiler &host, const std::vector<std::string> &sources) {
    std::vector<std::string> objects;
    objects.reserve(sources.size());
    for (const std::string &source : sources)
      objects.push_back(objectOf(source));
    for (auto [kind, file] :
         {std::pair("library", "lib" + name + ".a"), std::pair("shared", "lib" + name + ".so")}) {
      if (!emits(kind))
        continue;
      if (auto path = output->pathFor(file); !path)
        return Failure::input(path.takeError());
      if (auto failure =
              kind == StringRef("library") ? host.archive(objects, file) : host.link(objects, file))
        return failure;
    }
    if (emits("object") || options.saveTemps)
      for (const std::string &object : objects)
        if (auto path = output->pathFor(object); !path)
          return Failure::input(path.takeError());
    return std::nullopt;
  }

  /// Kernels are done before it is known how many there are.
  void done(int64_t steps) {
    if (counting)
      progress.advance(steps);
    else
      doneEarly += steps;
  }

  void tell(const Command &command) {
    if (!options.verbose)
      return;
    progress.finish();
    fmt::print(stderr, "{}\n", fmt::join(command.argv, " "));
  }

  ModuleOp module;
  const CompileOptions &options;
  Progress &progress;
  const std::string &imported;
  std::string name;
  Cache cache;
  std::unique_ptr<NetworkBackend> backend;
  OutputFolder *output = nullptr;
  std::set<std::string> runtime; ///< headers that are written
  std::optional<Failure> failed; ///< a kernel could not be written
  bool counting = false;         ///< progress counts kernels and files
  int64_t doneEarly = 0;
};

} // namespace

std::optional<Failure> emitPackage(ModuleOp module, const CompileOptions &options,
                                   Progress &progress, const std::string &imported) {
  return Package(module, options, progress, imported).emit();
}

std::string moduleText(ModuleOp module) {
  std::string text;
  raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

} // namespace segc
