//===- Package.cpp - writing and building a package -------------*- C++ -*-===//
//
// Everything is written into the staging folder of an OutputFolder, compiled there, and
// moved into place at the end.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/CppPrinter.h"
#include "compiler/codegen/DotPrinter.h"
#include "compiler/codegen/LoweredKernel.h"
#include "compiler/codegen/NetworkPrinter.h"
#include "compiler/codegen/PackageFiles.h"
#include "compiler/lowering/ProgramBuilder.h"
#include "compiler/package/Compile.h"
#include "compiler/package/OutputFolder.h"
#include "compiler/package/Process.h"
#include "compiler/package/WeightsWriter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

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
        name(networkName(options)) {}

  std::optional<Failure> emit() {
    auto folder = OutputFolder::create(options.outputFolder);
    if (!folder)
      return Failure::input(folder.takeError());
    output = &*folder;
    std::optional<Failure> failure;
    bool needsSource = emits("source") || emits("library") || emits("shared") || emits("object");
    if (emits("mlir"))
      failure = write(name + ".mlir", moduleText(module));
    if (!failure && options.saveTemps)
      failure = writeTemps();
    if (!failure && emits("dot"))
      failure = write(name + ".dot", printDot(module));
    if (!failure && emits("halide"))
      failure = writeHalide();
    if (!failure && needsSource)
      failure = writeSource();
    if (!failure && (emits("library") || emits("shared") || emits("object")))
      failure = build();
    if (failure)
      return failure;
    if (Error error = folder->commit())
      return Failure::input(std::move(error));
    return std::nullopt;
  }

private:
  bool emits(const char *what) const { return options.emit.count(what); }

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
    auto program = lower(noWeights);
    if (!program)
      return program.failure();
    std::ostringstream text;
    for (const Kernel &kernel : program->kernels) {
      try {
        text << "// " << kernel.name << "\n"
             << lowerKernel(kernel, options.target.halide, false).body << "\n";
      } catch (const Halide::Error &error) {
        return Failure::bug("kernel " + kernel.name + ": " + error.what());
      }
    }
    return write(name + ".halide.txt", text.str());
  }

  std::optional<Failure> writeSource() {
    std::string weightsName = name + ".weights.bin";
    auto weightsPath = output->pathFor(weightsName);
    if (!weightsPath)
      return Failure::input(weightsPath.takeError());
    auto weights = WeightsWriter::create(*weightsPath);
    if (!weights)
      return Failure::input(weights.takeError());

    auto program = lower(**weights);
    if (!program)
      return program.failure();
    auto id = (*weights)->finish();
    if (!id)
      return Failure::input(id.takeError());

    auto declarations = writeKernels(*program);
    if (!declarations)
      return declarations.failure();
    NetworkNames names{name, sys::path::filename(options.model).str(), *id, options.embedWeights,
                       options.profile};
    std::map<std::string, std::string> files;
    files[name + ".h"] = printHeader(*program, names);
    files[name + ".cpp"] = printNetwork(*program, names, *declarations, name + "_kernels");
    if (options.embedWeights)
      files[name + "_weights.S"] = printWeightsAssembly(name);
    files["CMakeLists.txt"] =
        printPackageCMake(name, sources(), options.embedWeights, options.target.compilerFlags);
    addRuntime(files, *program);
    for (auto &[file, text] : files)
      if (auto failure = write(file, text))
        return failure;
    return std::nullopt;
  }

  /// The headers of the runtime that the network needs, and those that they need.
  static void addRuntime(std::map<std::string, std::string> &files, const Program &program) {
    std::vector<std::string> needed{"segc_network.h", "segc_parallel.h", "segc_vector.h",
                                    "segc_view.h", "segc_workspace.h"};
    needed.insert(needed.end(), program.headers.begin(), program.headers.end());
    while (!needed.empty()) {
      const std::string name = needed.back();
      needed.pop_back();
      auto file = llvm::find_if(runtimeFiles(), [&](const auto &f) { return f.name == name; });
      if (file == runtimeFiles().end() || !files.emplace(name, file->text).second)
        continue;
      for (StringRef line : llvm::split(StringRef(file->text), '\n'))
        if (line.consume_front("#include \"") && line.consume_back("\""))
          needed.push_back(line.str());
    }
  }

  Result<Program> lower(raw_ostream &weights) {
    auto function = *module.getOps<func::FuncOp>().begin();
    LoweringOptions lowering;
    lowering.target = options.target;
    lowering.directConvolutions = options.directConvolutions;
    bool started = false;
    lowering.progress = [&](size_t, size_t total, StringRef) {
      if (!started)
        progress.phase("choosing kernels", static_cast<int64_t>(total));
      started = true;
      progress.advance();
    };
    std::vector<std::string> messages;
    ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
      messages.push_back(fmt::format(
          "{}: node \"{}\" ({}): {}", options.model, seg::nodeName(diagnostic.getLocation()),
          seg::nodeOperator(diagnostic.getLocation()), diagnostic.str()));
      return success();
    });
    try {
      FailureOr<Program> program = ProgramBuilder(function, lowering, weights).run();
      if (failed(program))
        return Failure{Failure::Input, messages};
      return std::move(*program);
    } catch (const Halide::Error &error) {
      return Failure::bug(std::string("Halide refused a kernel: ") + error.what());
    }
  }

  /// Prints all kernels, a few to a file, so that they compile side by side.
  Result<std::vector<std::string>> writeKernels(const Program &program) {
    progress.phase("generating kernels", static_cast<int64_t>(program.kernels.size()));
    constexpr size_t kernelsPerFile = 6;
    std::vector<std::string> declarations;
    std::string text;
    for (auto [i, kernel] : enumerate(program.kernels)) {
      CppPrintOptions print;
      print.asserts = options.asserts;
      try {
        PrintedKernel printed = printCpp(kernel, options.target, "", print);
        declarations.push_back(printed.declaration);
        text += printed.definition + "\n";
      } catch (const Halide::Error &error) {
        return Failure::bug("kernel " + kernel.name + ": " + error.what());
      } catch (const std::exception &error) {
        return Failure::bug("kernel " + kernel.name + ": " + error.what());
      }
      if ((i + 1) % kernelsPerFile == 0 || i + 1 == program.kernels.size()) {
        std::string file = fmt::format("{}_kernels_{}.cpp", name, kernelFiles.size());
        if (auto failure = write(file, printKernelFile(name, text, options.asserts)))
          return *failure;
        kernelFiles.push_back(file);
        text.clear();
      }
      progress.advance();
    }
    return declarations;
  }

  std::vector<std::string> sources() const {
    std::vector<std::string> files{name + ".cpp"};
    files.insert(files.end(), kernelFiles.begin(), kernelFiles.end());
    if (options.embedWeights)
      files.push_back(name + "_weights.S");
    return files;
  }

  std::optional<Failure> build() {
    std::string compiler = options.compiler.empty() ? options.target.compiler : options.compiler;
    std::vector<Command> commands;
    std::vector<std::string> objects;
    for (const std::string &source : sources()) {
      std::string object = sys::path::stem(source).str() + ".o";
      Command command;
      command.directory = output->stagingPath();
      command.argv = {compiler, "-c", source, "-o", object, "-I.", "-fPIC", "-fvisibility=hidden"};
      if (!StringRef(source).ends_with(".S")) {
        command.argv.insert(command.argv.end(), {"-std=c++17", "-O2", "-Wall", "-Wextra"});
        for (auto *flags : {&options.target.compilerFlags, &options.compilerFlags})
          command.argv.insert(command.argv.end(), flags->begin(), flags->end());
      }
      commands.push_back(command);
      objects.push_back(object);
    }
    for (const Command &command : commands)
      tell(command);
    progress.phase("compiling the source", static_cast<int64_t>(commands.size()));
    auto results = runProcesses(commands, options.jobs,
                                [&](size_t, const ProcessResult &) { progress.advance(); });
    for (auto [command, result] : zip(commands, results))
      if (auto failure = checked(command, result))
        return failure;

    if (emits("library")) {
      std::string archive = "lib" + name + ".a";
      std::string ar =
          StringRef(compiler).ends_with("aarch64-linux-gnu-g++") ? "aarch64-linux-gnu-ar" : "ar";
      if (auto failure = link({ar, "rcsD", archive}, objects, archive))
        return failure;
    }
    if (emits("shared")) {
      std::string shared = "lib" + name + ".so";
      std::vector<std::string> argv{compiler, "-shared", "-o", shared};
      argv.insert(argv.end(), options.compilerFlags.begin(), options.compilerFlags.end());
      if (auto failure = link(argv, objects, shared))
        return failure;
    }
    if (emits("object") || options.saveTemps)
      for (const std::string &object : objects)
        if (auto path = output->pathFor(object); !path)
          return Failure::input(path.takeError());
    return std::nullopt;
  }

  std::optional<Failure> link(std::vector<std::string> argv,
                              const std::vector<std::string> &objects, const std::string &file) {
    if (auto path = output->pathFor(file); !path)
      return Failure::input(path.takeError());
    argv.insert(argv.end(), objects.begin(), objects.end());
    Command command;
    command.argv = argv;
    command.directory = output->stagingPath();
    tell(command);
    return checked(command, runProcess(command));
  }

  void tell(const Command &command) {
    if (!options.verbose)
      return;
    progress.finish();
    fmt::print(stderr, "{}\n", fmt::join(command.argv, " "));
  }

  /// A missing compiler is the user's to install; a source that does not compile is a bug.
  std::optional<Failure> checked(const Command &command, const ProcessResult &result) {
    if (result.state == ProcessResult::State::Failed)
      return Failure::input(command.argv.front() + ": " + result.describe());
    if (!result.succeeded())
      return Failure::bug(
          fmt::format("{}: {}\n{}", fmt::join(command.argv, " "), result.describe(), result.err));
    return std::nullopt;
  }

  ModuleOp module;
  const CompileOptions &options;
  Progress &progress;
  const std::string &imported;
  std::string name;
  OutputFolder *output = nullptr;
  std::vector<std::string> kernelFiles;
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
