//===- EvalCommand.cpp - segc eval ------------------------------*- C++ -*-===//

#include "compiler/commands/Commands.h"
#include "compiler/files/ImageFile.h"
#include "compiler/files/Metrics.h"
#include "compiler/package/NetworkBuild.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <map>

using namespace llvm;
using nlohmann::ordered_json;

namespace segc {

namespace {

/// The files of a folder with one of the extensions, by their name without it.
std::map<std::string, std::string> filesOf(const std::string &folder,
                                           std::initializer_list<const char *> extensions) {
  std::map<std::string, std::string> files;
  std::error_code error;
  for (sys::fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    for (const char *extension : extensions)
      if (sys::path::extension(it->path()).lower() == extension)
        files[sys::path::stem(it->path()).str()] = it->path();
  return files;
}

struct Pair {
  std::string image, label;
};

/// Images with their labels: of the same name, or with "_label" behind it.
Result<std::vector<Pair>> pairsOf(const CommandLine &line) {
  for (const std::string &folder : {line.images, line.labels})
    if (!sys::fs::is_directory(folder))
      return Failure::input(folder + ": no such folder");
  auto images = filesOf(line.images, {".png", ".jpg", ".jpeg"});
  auto labels = filesOf(line.labels, {".png"});
  const bool sameFolder = sys::fs::equivalent(line.images, line.labels);
  std::vector<Pair> pairs;
  for (const auto &[name, image] : images) {
    auto label = labels.find(name + "_label");
    if (label == labels.end() && !sameFolder)
      label = labels.find(name);
    if (label != labels.end())
      pairs.push_back({image, label->second});
  }
  if (pairs.empty())
    return Failure::input(
        fmt::format("{}: no image has a label map in {}", line.images, line.labels));
  return pairs;
}

class Evaluation {
public:
  explicit Evaluation(const CommandLine &line)
      : line(line), progress(Progress::standardError(line.quiet, line.color)) {}

  std::optional<Failure> run() {
    auto pairs = pairsOf(line);
    if (!pairs)
      return pairs.failure();
    auto opened = buildAndOpen(line.compile, line.threads, progress);
    if (!opened)
      return opened.failure();
    network = std::move(*opened);
    if (network->inputs().size() != 1)
      return Failure::input(fmt::format("{}: eval needs a network with one input, this has {}",
                                        line.compile.model, network->inputs().size()));
    progress.phase("evaluating", static_cast<int64_t>(pairs->size()));
    for (const Pair &pair : *pairs) {
      if (auto failure = add(pair))
        return failure;
      progress.advance();
    }
    progress.finish();
    return tell(pairs->size());
  }

private:
  std::optional<Failure> add(const Pair &pair) {
    auto image = readImage(pair.image);
    if (!image)
      return Failure::input(image.takeError());
    auto truth = readLabelImage(pair.label);
    if (!truth)
      return Failure::input(truth.takeError());
    const PortInfo &port = network->inputs().front();
    if (port.dims.size() == 4 && !imageChannels) {
      auto axis = imageAxis(line.compile, 0);
      if (!axis)
        return axis.failure();
      imageChannels = *axis;
    }
    auto input =
        fitInput(imageToTensor(*image, port.type, imageChannels.value_or(1)), port, pair.image);
    if (!input)
      return input.failure();
    auto outputs = network->run({std::move(*input)});
    if (!outputs) {
      Failure failure = outputs.failure();
      for (std::string &message : failure.messages)
        message = pair.image + ": " + message;
      return failure;
    }
    const HostTensor &output = outputs->front();
    if (needsChannelsAxis(output) && !channelsAxis) {
      auto axis = scoresAxis(line.compile, 0);
      if (!axis)
        return axis.failure();
      channelsAxis = *axis;
    }
    auto labels = labelMapOf(output, "output \"" + network->outputs().front().name + "\"",
                             channelsAxis.value_or(1));
    if (!labels)
      return Failure::input(labels.takeError());
    if (!matrix) {
      // Scores say how many classes there are; a map of labels does not.
      const int64_t classes = classesOf(output, channelsAxis.value_or(1));
      matrix.emplace(classes > 1 ? static_cast<int>(classes) : 256);
    }
    if (Error error = matrix->add(*labels, *truth, pair.image))
      return Failure::input(std::move(error));
    return std::nullopt;
  }

  std::optional<Failure> tell(size_t images) const {
    std::vector<std::pair<int, double>> ious;
    for (int i = 0; i < matrix->classes(); ++i)
      if (auto iou = matrix->iou(i))
        ious.push_back({i, *iou});
    if (!line.json.empty()) {
      ordered_json object = {
          {"model", line.compile.model},   {"images", images},
          {"pixels", matrix->total()},     {"pixel_accuracy", matrix->pixelAccuracy()},
          {"mean_iou", matrix->meanIou()}, {"iou", ordered_json::object()}};
      for (auto [label, iou] : ious)
        object["iou"][std::to_string(label)] = iou;
      const std::string text = object.dump(1) + "\n";
      if (line.json == "-") {
        fmt::print("{}", text);
        return std::nullopt;
      }
      std::ofstream file(line.json);
      if (!(file << text << std::flush))
        return Failure::input(line.json + ": cannot be written");
    }
    fmt::print("{} images, {} pixels\npixel accuracy {:.4f}\nmean IoU       {:.4f}\n", images,
               matrix->total(), matrix->pixelAccuracy(), matrix->meanIou());
    for (auto [label, iou] : ious)
      fmt::print("  class {:<3} IoU {:.4f}\n", label, iou);
    return std::nullopt;
  }

  const CommandLine &line;
  Progress progress;
  RunnableNetwork network;
  std::optional<ConfusionMatrix> matrix;
  /// Where the channels of images are, and the classes of scores.
  std::optional<unsigned> imageChannels, channelsAxis;
};

} // namespace

int runEvalCommand(const CommandLine &line) {
  auto failure = Evaluation(line).run();
  return failure ? report(*failure, line) : 0;
}

} // namespace segc
