//===- CommandLine.cpp - what the user asks segc for ------------*- C++ -*-===//

#include "compiler/commands/CommandLine.h"
#include "compiler/commands/OptionTexts.h"

#include "llvm/ADT/StringExtras.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <sstream>

using namespace llvm;

namespace segc {

std::string versionText() { return "segc " SEGC_VERSION " (MLIR 19, Halide 14)"; }

namespace {

/// Breaks the words of options into lines, so that a terminal of 100 columns shows them whole.
class Formatter : public CLI::Formatter {
public:
  Formatter() { column_width(28); }

  std::string make_option_desc(const CLI::Option *option) const override {
    constexpr size_t kColumns = 70;
    const std::string words = CLI::Formatter::make_option_desc(option);
    std::string text;
    size_t column = 0;
    for (StringRef word : llvm::split(words, ' ')) {
      const bool breaks = column + word.size() > kColumns;
      if (column > 0)
        text += breaks ? '\n' : ' ';
      column = breaks ? 0 : column;
      text += word.str();
      column += word.size() + 1;
    }
    return text;
  }
};

/// Declares the options of all commands.
class Parser {
public:
  Parser() : app("segc compiles segmentation networks to C++.", "segc") {
    // Commands inherit it.
    app.formatter(std::make_shared<Formatter>());
    app.require_subcommand(1);
    app.set_version_flag("--version", versionText());
    app.footer("segc COMMAND --help tells more about a command.\n\n"
               "A first try:\n"
               "  segc inspect model.onnx\n"
               "  segc compile model.onnx -o package\n"
               "  segc run model.onnx --input image=photo.jpg --output scores=labels.png\n\n"
               "Exit codes: 0 success, 1 the input is at fault, 2 a bug of segc.");
    compileCommand();
    runCommand();
    checkCommand();
    benchCommand();
    inspectCommand();
    evalCommand();
  }

  ParsedCommandLine parse(const std::vector<std::string> &arguments) {
    ParsedCommandLine parsed;
    std::ostringstream out, err;
    try {
      requireKnownCommand(arguments);
      // CLI11 takes the arguments in reverse.
      app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
      for (auto &[command, kind] : commands)
        if (command->parsed())
          line.command = kind;
      setValues(texts, line);
      parsed.run = true;
      parsed.line = line;
    } catch (const CLI::CallForVersion &version) {
      parsed.out = std::string(version.what()) + "\n";
    } catch (const CLI::Success &help) {
      app.exit(help, out, err);
      parsed.out = out.str();
    } catch (const CLI::ParseError &error) {
      parsed.exitCode = 1;
      std::string command = "segc";
      for (auto &[sub, kind] : commands)
        if (sub->parsed())
          command += " " + sub->get_name();
      parsed.err = fmt::format("error: {}\nSee {} --help.\n", error.what(), command);
    }
    return parsed;
  }

private:
  /// CLI11 would say that a command is missing.
  void requireKnownCommand(const std::vector<std::string> &arguments) const {
    if (arguments.empty() || StringRef(arguments.front()).starts_with("-"))
      return;
    std::string known;
    for (auto &[command, kind] : commands) {
      if (command->get_name() == arguments.front())
        return;
      if (!command->get_group().empty())
        known += (known.empty() ? "" : ", ") + command->get_name();
    }
    throw CLI::ParseError(
        fmt::format("\"{}\" is no command; there are {}", arguments.front(), known), 1);
  }

  CLI::App *add(const char *name, CommandLine::Command kind, const char *summary,
                const char *footer) {
    CLI::App *command = app.add_subcommand(name, summary);
    command->footer(footer);
    commands.push_back({command, kind});
    return command;
  }

  /// `orCrf`: the command takes --crf-only instead.
  void modelArgument(CLI::App *command, bool orCrf = true) {
    command
        ->add_option("MODEL", line.compile.model,
                     "the network: a .onnx file, or .mlir in the seg dialect")
        ->type_name("")
        ->required(!orCrf);
    if (!orCrf)
      return;
    const char *group = "Dense CRF";
    command
        ->add_flag("--crf-only", texts.crfOnly,
                   "no MODEL, but the CRF alone: from scores and image (0 to 255) to beliefs")
        ->group(group);
    command->add_option("--classes", texts.classes, "classes of --crf-only")
        ->type_name("N")
        ->check(between(2, 256))
        ->group(group);
  }

  void crfOption(CLI::App *command) {
    command
        ->add_flag(
            "--crf", texts.crf,
            "a fully connected CRF behind the scores; the settings are separated by commas: "
            "a preset's name, iterations, bilateral_xy (pixels), bilateral_rgb (the image "
            "is 0 to 255), bilateral_weight, spatial (pixels), spatial_weight, image_scale "
            "(what makes the input 0 to 255; default 255, of bytes 1), image (the input that "
            "is it), image_channels (1 to 4, of --crf-only; default 3), output (the one to "
            "refine), history (1: scores and beliefs after every iteration as well). "
            "Presets: deeplab, crfrnn, densecrf (the default)")
        ->type_name("[=PRESET,KEY=VALUE]")
        ->group("Dense CRF");
  }

  /// A range that says nothing in the help; its error message names the bounds.
  static CLI::Validator between(int low, int high) { return CLI::Range(low, high).description(""); }

  /// `tells`: what the command says more with --verbose.
  void commonOptions(CLI::App *command, const char *tells) {
    const char *group = "Messages";
    command
        ->add_option("--color", texts.color, "auto (on a terminal; the default), always or never")
        ->type_name("WHEN")
        ->group(group);
    command->add_flag("--quiet", line.quiet, "say nothing but errors and results")->group(group);
    command->add_flag("-v,--verbose", line.verbose, tells)->group(group);
  }

  void shapeOption(CLI::App *command) {
    command
        ->add_option("--shape", texts.shapes,
                     "fix the shape of an input, as in image=1x3x513x513; ? leaves an extent free")
        ->type_name("INPUT=SHAPE")
        ->allow_extra_args(false)
        ->group("The network");
  }

  void keptOption(CLI::App *command) {
    command
        ->add_option("--outputs", texts.kept,
                     "keep only these outputs, in this order, and the layers and inputs that they "
                     "need; inner tensors of an ONNX model may be named, too")
        ->type_name("NAME,NAME")
        ->allow_extra_args(false)
        ->group("The network");
  }

  void channelsAxisOption(CLI::App *command) {
    command
        ->add_option("--channels-axis", line.compile.processing.channelsAxis,
                     "the axis of the channels of images and scores, where no operator of the "
                     "network says it: 1 for N x C x H x W, 3 for N x H x W x C")
        ->type_name("N")
        ->check(between(1, 3))
        ->group("The network");
  }

  void graphOptions(CLI::App *command) {
    const char *group = "The network";
    shapeOption(command);
    keptOption(command);
    command
        ->add_flag("--u8-input", line.compile.processing.u8Input,
                   "the network takes the image as bytes, and divides by 255 itself")
        ->group(group);
    command
        ->add_flag("--bgr", line.compile.processing.bgr,
                   "the network wants blue first; images come as R, G, B")
        ->group(group);
    command
        ->add_option("--mean", texts.mean,
                     "subtract this from the channels of the image, which are in [0, 1]; in the "
                     "network's order")
        ->type_name("A,B,C")
        ->group(group);
    command->add_option("--std", texts.std, "then divide by this")
        ->type_name("A,B,C")
        ->group(group);
    command
        ->add_flag("--softmax", line.compile.processing.softmax,
                   "turn scores into probabilities, over the channels")
        ->group(group);
    command
        ->add_flag("--argmax", line.compile.processing.argmax,
                   "turn scores into class numbers, int64 N x 1 x H x W")
        ->group(group);
    channelsAxisOption(command);
    crfOption(command);
  }

  void targetOptions(CLI::App *command) {
    const char *group = "Generated code";
    command
        ->add_option("--target", texts.target,
                     "what to generate: C++ for a processor (cpu; the default), or CUDA C++ for a "
                     "GPU (cuda)")
        ->type_name("TARGET")
        ->group(group);
    command
        ->add_option("--arch", texts.arch,
                     "instruction set: native (this machine's; the default), x86-64-v3, x86-64-v4 "
                     "or aarch64; for CUDA sm_75 (the default: newer GPUs run it, too) to sm_120, "
                     "native, or emulated: the same sources compiled for this processor, for tests "
                     "without a GPU")
        ->type_name("ARCH")
        ->group(group);
    command
        ->add_option("--precision", texts.precision,
                     "what convolutions and matrix products for CUDA are computed in: fp32 (the "
                     "default), or on tensor cores tf32, fp16 or bf16; sums are fp32, inputs and "
                     "outputs stay as they are; fp16 and bf16 keep feature maps in 16 bits, too")
        ->type_name("WHAT")
        ->group(group);
    command
        ->add_option("--compiler", line.compile.compiler,
                     "the C++ compiler; default c++, or the cross compiler that --arch needs")
        ->type_name("PROGRAM")
        ->group(group);
    command
        ->add_flag("--direct-convolutions", line.compile.directConvolutions,
                   "no Winograd algorithm for 3x3 layers: slower, but a quarter of their weights "
                   "and a tenth of the rounding")
        ->group(group);
    command
        ->add_flag("--no-cache", texts.noCache,
                   "compile everything anew, and keep nothing in the cache: $SEGC_CACHE_DIR, else "
                   "$XDG_CACHE_HOME/segc, else ~/.cache/segc; $SEGC_CACHE_SIZE bounds it (default "
                   "4G)")
        ->group(group);
    command
        ->add_option("--weights", texts.weights,
                     "embed: in the library, as the model has them (the default); file: in "
                     "NAME.weights.bin beside it; packed: in the library as kernels read them, "
                     "several times as large, with nothing to prepare")
        ->type_name("HOW")
        ->group(group);
    // For tests of segc itself.
    command
        ->add_option("--sanitize", line.sanitize,
                     "build with -fsanitize=..., such as address,undefined")
        ->group("");
    command->add_flag("--kernel-asserts", line.compile.asserts)->group("");
    command->add_option("--compiler-flag", line.compilerFlags, "a flag more for the C++ compiler")
        ->allow_extra_args(false)
        ->group("");
  }

  /// `kept`: where --save-temps leaves its files.
  void codeOptions(CLI::App *command, const char *kept) {
    targetOptions(command);
    command
        ->add_option("--name", line.compile.name,
                     "prefix of all names in C and C++; default from the file's name")
        ->type_name("NAME")
        ->group("Generated code");
    const char *group = "For work on segc";
    command
        ->add_flag("--print-ir-after-all", line.compile.printIrAfterAll,
                   "print the network on stderr after every pass; weights are left out")
        ->group(group);
    command
        ->add_flag("--save-temps", line.compile.saveTemps,
                   fmt::format("keep NAME.imported.mlir (before the passes), NAME.passes.mlir "
                               "(behind them) and the object files {}",
                               kept))
        ->group(group);
  }

  void threadsOption(CLI::App *command) {
    command
        ->add_option("--threads", line.threads,
                     "threads the network runs on; default all of the machine")
        ->type_name("N")
        ->check(between(1, 1024));
  }

  void compileCommand() {
    auto *command = add("compile", CommandLine::Command::Compile,
                        "Compile a network into a folder of C++ and a library",
                        "Examples:\n"
                        "  segc compile fcn.onnx -o fcn\n"
                        "  segc compile fcn.onnx --arch x86-64-v3 --emit source,shared\n"
                        "  segc compile fcn.onnx --shape image=1x3x513x513 --u8-input --argmax\n"
                        "  segc compile deeplab.onnx --crf=deeplab,iterations=5 --argmax\n"
                        "  segc compile --crf-only --classes 21 --crf=bilateral_xy=60\n"
                        "  segc compile fcn.onnx --emit dot && dot -Tsvg fcn/fcn.dot -o fcn.svg\n\n"
                        "fcn/fcn.h is the interface. An application is built with\n"
                        "  c++ -std=c++17 app.cpp -Ifcn fcn/libfcn.a -lpthread");
    modelArgument(command);
    command
        ->add_option("-o,--output", line.compile.outputFolder,
                     "folder of the package; default the network's name")
        ->type_name("DIR");
    command
        ->add_option("--emit", texts.emit,
                     "what to write, separated by commas: source (C++ and CMakeLists.txt), library "
                     "(.a), shared (.so), object (.o), mlir (the optimized network), halide "
                     "(the kernels' loops), dot (a graph for Graphviz); default source,library")
        ->type_name("KINDS");
    command
        ->add_option(
            "-j,--jobs", line.jobs,
            "kernels and C++ files compiled at once; default the processors of the machine")
        ->type_name("N")
        ->check(between(1, 1024));
    graphOptions(command);
    codeOptions(command, "in the package");
    commonOptions(command, "tell the C++ compiler's commands, and list the package's files");
  }

  void runCommand() {
    auto *command =
        add("run", CommandLine::Command::Run, "Compile a network and run it once",
            "The compiled network is kept for the next time, in $SEGC_CACHE_DIR,\n"
            "else $XDG_CACHE_HOME/segc, else ~/.cache/segc. Without --output, the outputs'\n"
            "shapes and ranges are printed.\n\n"
            "Examples:\n"
            "  segc run fcn.onnx --input image=photo.jpg --output scores=labels.png \\\n"
            "      --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225\n"
            "  segc run fcn.onnx --input photo.jpg --output painted.png --overlay\n"
            "  segc run fcn.onnx --input image=x.npy --output scores=y.npy");
    modelArgument(command);
    command
        ->add_option("--input", texts.inputs,
                     "what an input gets: .npy, .pb (ONNX TensorProto), .png or .jpg (as R, G, B "
                     "in [0, 1]; with --u8-input as bytes). The name may be left out where there "
                     "is one input")
        ->type_name("NAME=FILE")
        ->allow_extra_args(false);
    command
        ->add_option("--output", texts.outputs,
                     "where an output goes: .npy, or .png for a map of the likeliest classes")
        ->type_name("NAME=FILE")
        ->allow_extra_args(false);
    command
        ->add_option("--palette", line.palette,
                     "colours of classes in a .png: voc (the default), cityscapes or ade20k")
        ->type_name("NAME");
    command->add_flag("--overlay", line.overlay, "paint the classes over the input image");
    threadsOption(command);
    graphOptions(command);
    codeOptions(command, "in the cache, whose folder is then told");
    commonOptions(command, "tell the C++ compiler's commands, the folder of the cache, and the "
                           "outputs' ranges");
  }

  void checkOptions(CLI::App *command) {
    command
        ->add_option("CASES", line.cases,
                     "folders with a model and recorded inputs and outputs, such models, or "
                     "folders of such folders")
        ->type_name("")
        ->required();
    command->add_option("--atol", line.atol, "absolute error allowed; default 1e-3")
        ->type_name("X")
        ->check(CLI::Validator(CLI::NonNegativeNumber).description(""));
    command->add_option("--rtol", line.rtol, "relative error allowed besides; default 1e-3")
        ->type_name("X")
        ->check(CLI::Validator(CLI::NonNegativeNumber).description(""));
    command->add_flag("--strict", line.strict, "fail if anything is unsupported");
    shapeOption(command);
    keptOption(command);
    channelsAxisOption(command);
    command
        ->add_flag("--constant-inputs", line.constantInputs,
                   "take inputs that must be known at compile time from the record")
        ->group("");
    command
        ->add_option("-j,--jobs", line.jobs,
                     "cases checked at once; default the processors of the machine")
        ->type_name("N")
        ->check(between(1, 1024));
    command
        ->add_option("--timeout", line.timeoutSeconds,
                     "seconds a folder may take; 0: any (the default)")
        ->type_name("SECONDS")
        ->check(between(0, 1 << 20));
    command
        ->add_option("--threads", line.threads,
                     "threads each network runs on; default the processors, shared by --jobs")
        ->type_name("N")
        ->check(between(1, 1024));
    targetOptions(command);
    commonOptions(command, "tell how long compiling and running took");
  }

  void checkCommand() {
    auto *command = add("check", CommandLine::Command::Check,
                        "Compare networks with recorded inputs and outputs",
                        "A folder holds model.onnx and test_data_set_K/{input,output}_J.pb (ONNX's "
                        "backend tests),\nor a manifest.json that names arrays and tolerances, or "
                        "golden/golden.json. A manifest's\ntolerances come before --atol and "
                        "--rtol. Each case is ok, FAIL or unsupported; the exit code\nis 0 if "
                        "none failed and, with --strict, none was unsupported.\n\n"
                        "Examples:\n"
                        "  segc check cases/*\n"
                        "  segc check deeplab --shape image=1x3x513x513 --strict\n"
                        "  segc check deeplab --arch aarch64     (runs under qemu-aarch64-static)");
    checkOptions(command);
    auto *folder = add("check-folder", CommandLine::Command::CheckFolder,
                       "One case of check, for check itself", "");
    folder->group("");
    folder->add_option("--scratch", line.scratch)->required();
    checkOptions(folder);
  }

  void benchCommand() {
    auto *command = add("bench", CommandLine::Command::Bench, "Measure how long a network takes",
                        "The inputs are random numbers. Free extents need a value from "
                        "--shape; a free batch is 1.\nThe compiled network is kept, as by run.\n\n"
                        "Examples:\n"
                        "  segc bench fcn.onnx --shape image=1x3x513x513 --threads 2\n"
                        "  segc bench fcn.onnx --profile --json figures.json");
    modelArgument(command);
    command->add_option("--runs", line.runs, "measured runs; default 10")
        ->type_name("N")
        ->check(between(1, 1000000));
    command->add_option("--warmup", line.warmup, "runs before them; default 2")
        ->type_name("N")
        ->check(between(0, 1000000));
    command->add_option("--json", line.json, "write the figures as JSON to a file, or - for stdout")
        ->type_name("FILE");
    command->add_flag("--profile", line.profile, "the time of every layer as well");
    threadsOption(command);
    graphOptions(command);
    codeOptions(command, "in the cache, whose folder is then told");
    commonOptions(command, "tell the C++ compiler's commands and the folder of the cache");
  }

  void inspectCommand() {
    auto *command =
        add("inspect", CommandLine::Command::Inspect,
            "Show a network's layers: shapes, parameters, work, receptive field, memory",
            "The layers are those behind fusion. MMAC: millions of multiplications with an "
            "addition.\nsees: height and width, in pixels of the input, of what one element of "
            "the output depends\non at most. MB: size of the output.\n\n"
            "Examples:\n"
            "  segc inspect fcn.onnx\n"
            "  segc inspect fcn.onnx --shape image=1x3x1024x2048 --json");
    modelArgument(command);
    command->add_flag("--json", line.inspectJson, "print JSON instead of the table");
    graphOptions(command);
    commonOptions(command, "tell how much memory each layer reads and writes as well");
  }

  void evalCommand() {
    auto *command = add("eval", CommandLine::Command::Eval,
                        "Pixel accuracy, IoU of every class and mean IoU on labelled images",
                        "IMAGES is a folder of .png and .jpg, LABELS one of .png with the classes' "
                        "numbers.\nThey belong together by name: 007.png and 007.png or "
                        "007_label.png. 255 is no class.\nThe compiled network is kept, as by "
                        "run.\n\n"
                        "Example:\n"
                        "  segc eval fcn.onnx images labels --mean 0.485,0.456,0.406 "
                        "--std 0.229,0.224,0.225");
    modelArgument(command, false);
    command->add_option("IMAGES", line.images, "folder of images")->type_name("")->required();
    command->add_option("LABELS", line.labels, "folder of label maps")->type_name("")->required();
    command->add_option("--json", line.json, "write the figures as JSON to a file, or - for stdout")
        ->type_name("FILE");
    threadsOption(command);
    graphOptions(command);
    codeOptions(command, "in the cache, whose folder is then told");
    commonOptions(command, "tell the C++ compiler's commands and the folder of the cache");
  }

  CLI::App app;
  CommandLine line;
  OptionTexts texts;
  std::vector<std::pair<CLI::App *, CommandLine::Command>> commands;
};

} // namespace

ParsedCommandLine parseCommandLine(const std::vector<std::string> &arguments) {
  return Parser().parse(arguments);
}

} // namespace segc
