//===- OptionTexts.cpp - what options say, before it is read ----*- C++ -*-===//

#include "compiler/commands/OptionTexts.h"
#include "compiler/files/Palette.h"
#include "compiler/lowering/Names.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <thread>

using namespace llvm;

namespace segc {

std::optional<std::vector<std::optional<int64_t>>> parseShape(StringRef text) {
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  std::vector<std::optional<int64_t>> shape;
  for (StringRef part : parts) {
    int64_t extent = 0;
    if (part == "?")
      shape.push_back(std::nullopt);
    else if (!part.getAsInteger(10, extent) && extent >= 1 && extent <= INT32_MAX)
      shape.push_back(extent);
    else
      return std::nullopt;
  }
  return shape;
}

namespace {

[[noreturn]] void refuse(const std::string &option, const std::string &message) {
  throw CLI::ValidationError(option, message);
}

/// A number for each channel of an image.
std::vector<double> parseNumbers(const std::string &option, StringRef text, bool divisor) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  std::vector<double> values(parts.size());
  bool good = parts.size() <= 4;
  for (size_t i = 0; good && i < parts.size(); ++i)
    good = !parts[i].getAsDouble(values[i]) && std::isfinite(values[i]) &&
           (!divisor || values[i] != 0);
  if (!good)
    refuse(option, fmt::format("\"{}\" is not one to four numbers{} such as A,B,C, one for each "
                               "channel of the image",
                               text.str(), divisor ? " other than zero," : ""));
  return values;
}

NamedFile parseNamedFile(const std::string &option, const std::string &text) {
  size_t equals = text.find('=');
  NamedFile named = equals == std::string::npos
                        ? NamedFile{"", text}
                        : NamedFile{text.substr(0, equals), text.substr(equals + 1)};
  if (named.file.empty())
    refuse(option, fmt::format("\"{}\" is not NAME=FILE", text));
  return named;
}

class Values {
public:
  Values(const OptionTexts &texts, CommandLine &line) : texts(texts), line(line) {}

  void set() {
    const bool takesModel = line.command != CommandLine::Command::Check &&
                            line.command != CommandLine::Command::CheckFolder;
    if (takesModel && line.compile.model.empty() && !texts.crfOnly)
      throw CLI::RequiredError("MODEL");
    parseTarget();
    if (!line.compile.name.empty() && !isNetworkName(line.compile.name))
      refuse("--name", fmt::format("\"{}\" {}", line.compile.name,
                                   isReservedName(line.compile.name)
                                       ? "is a name that C, C++ or their headers have taken"
                                       : "cannot be the name of a network in C++"));
    parseEmit();
    if (texts.weights == "file")
      line.compile.weights = WeightsForm::File;
    else if (texts.weights == "packed")
      line.compile.weights = WeightsForm::Packed;
    else if (texts.weights != "embed")
      refuse("--weights",
             fmt::format("\"{}\" is neither embed nor file nor packed", texts.weights));
    if (!texts.mean.empty())
      line.compile.processing.mean = parseNumbers("--mean", texts.mean, false);
    if (!texts.std.empty())
      line.compile.processing.std = parseNumbers("--std", texts.std, true);
    parseCrf();
    parseColor();
    parseShapes();
    parseKept();
    for (const std::string &text : texts.inputs)
      line.inputs.push_back(parseNamedFile("--input", text));
    for (const std::string &text : texts.outputs)
      line.outputs.push_back(parseNamedFile("--output", text));
    if (!paletteByName(line.palette))
      refuse("--palette",
             fmt::format("\"{}\" is unknown; there are voc, cityscapes, ade20k", line.palette));
    if (!line.sanitize.empty())
      line.compile.compilerFlags = {"-fsanitize=" + line.sanitize, "-fno-sanitize-recover=all",
                                    "-fno-omit-frame-pointer", "-g"};
    line.compile.compilerFlags.insert(line.compile.compilerFlags.end(), line.compilerFlags.begin(),
                                      line.compilerFlags.end());
    line.compile.profile = line.profile;
    line.compile.cache = !texts.noCache;
    line.compile.verbose = line.verbose;
    line.compile.jobs = line.jobs ? line.jobs : std::max(1U, std::thread::hardware_concurrency());
  }

private:
  template <typename Target> void parseArch() {
    const std::string arch = texts.arch.empty() ? Target::kDefaultArch : texts.arch;
    auto target = Target::fromArch(arch);
    if (!target)
      refuse("--arch", fmt::format("\"{}\" is unknown for --target {}; there are {}", arch,
                                   texts.target, fmt::join(Target::knownArchs(), ", ")));
    setPrecision(*target);
    line.compile.target = *target;
  }

  void setPrecision(const CpuTarget &) {
    if (!texts.precision.empty())
      refuse("--precision", "a processor computes in fp32; others are for --target cuda");
  }
  void setPrecision(CudaTarget &target) {
    const auto precision =
        CudaTarget::precisionFrom(texts.precision.empty() ? "fp32" : texts.precision);
    if (!precision)
      refuse("--precision", fmt::format("\"{}\" is unknown; there are fp32, tf32, fp16 and bf16",
                                        texts.precision));
    if (!target.has(*precision))
      refuse("--precision", fmt::format("{} has no tensor cores for {}; GPUs from sm_80 on have "
                                        "(--arch)",
                                        target.arch, texts.precision));
    target.precision = *precision;
  }

  void parseTarget() {
    if (texts.target == "cuda")
      return parseArch<CudaTarget>();
    if (texts.target != "cpu")
      refuse("--target", fmt::format("\"{}\" is unknown; there are cpu and cuda", texts.target));
    parseArch<CpuTarget>();
  }

  void parseEmit() {
    static const StringSet<> known = {"source", "library", "shared", "object",
                                      "mlir",   "halide",  "dot"};
    line.compile.emit.clear();
    SmallVector<StringRef> parts;
    StringRef(texts.emit).split(parts, ',');
    for (StringRef part : parts) {
      if (!known.contains(part))
        refuse("--emit", fmt::format("\"{}\" is unknown; there are source, library, shared, "
                                     "object, mlir, halide, dot",
                                     part.str()));
      line.compile.emit.insert(part.str());
    }
  }

  void parseCrf() {
    if (!texts.crf.empty()) {
      std::string error;
      line.compile.crf = parseCrfOptions(texts.crf == "true" ? "" : texts.crf, error);
      if (!line.compile.crf)
        refuse("--crf", error);
    }
    if ((line.compile.crf || texts.crfOnly) && line.compile.processing.softmax)
      refuse("--softmax", "what the CRF writes are probabilities already");
    if (texts.crfOnly) {
      if (!line.compile.model.empty())
        refuse("--crf-only", "it takes no model, but " + line.compile.model + " is given");
      if (texts.classes == 0)
        refuse("--crf-only", "it needs --classes N");
      const Processing &processing = line.compile.processing;
      if (processing.mean || processing.std || processing.bgr)
        refuse("--crf-only", "--mean, --std and --bgr are for networks; the CRF has image_scale");
      if (line.compile.crf && !line.compile.crf->output.empty())
        refuse("--crf", "output: --crf-only has one output");
      if (line.compile.crf && !line.compile.crf->image.empty())
        refuse("--crf", "image: --crf-only has one image");
      line.compile.crfClasses = texts.classes;
      line.compile.model = "dense_crf";
    } else if (texts.classes != 0) {
      refuse("--classes", "it belongs to --crf-only");
    } else if (line.compile.crf && line.compile.crf->imageChannels != 3) {
      refuse("--crf", "image_channels: it belongs to --crf-only; a network has the image's");
    }
  }

  void parseColor() {
    if (texts.color == "always")
      line.color = ColorMode::Always;
    else if (texts.color == "never")
      line.color = ColorMode::Never;
    else if (texts.color != "auto")
      refuse("--color", fmt::format("\"{}\" is none of auto, always, never", texts.color));
  }

  void parseKept() {
    for (const std::string &text : texts.kept) {
      SmallVector<StringRef> names;
      StringRef(text).split(names, ',');
      for (StringRef name : names) {
        if (name.empty())
          refuse("--outputs", fmt::format("\"{}\" is not NAME,NAME", text));
        line.compile.outputs.push_back(name.str());
      }
    }
    if (texts.crfOnly && !line.compile.outputs.empty())
      refuse("--outputs", "--crf-only has one output");
  }

  void parseShapes() {
    for (const std::string &text : texts.shapes) {
      // A name may hold "=", a shape does not.
      size_t equals = text.rfind('=');
      auto shape = equals == std::string::npos ? std::nullopt
                                               : parseShape(StringRef(text).drop_front(equals + 1));
      if (!shape || equals == 0)
        refuse("--shape", fmt::format("\"{}\" is not INPUT=1x3x513x513", text));
      if (!line.compile.shapes.emplace(text.substr(0, equals), *shape).second)
        refuse("--shape", fmt::format("\"{}\" is given twice", text.substr(0, equals)));
    }
  }

  const OptionTexts &texts;
  CommandLine &line;
};

} // namespace

void setValues(const OptionTexts &texts, CommandLine &line) { Values(texts, line).set(); }

} // namespace segc
