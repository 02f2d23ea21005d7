//===- RunCommand.cpp - segc run --------------------------------*- C++ -*-===//

#include "compiler/commands/CaseFolder.h"
#include "compiler/commands/Commands.h"
#include "compiler/files/ImageFile.h"
#include "compiler/files/NpyFile.h"
#include "compiler/files/Palette.h"
#include "compiler/package/NetworkBuild.h"

#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;

namespace segc {

namespace {

std::string names(const std::vector<PortInfo> &ports) {
  std::string text;
  for (const PortInfo &port : ports)
    text += fmt::format("{}\"{}\" ({})", text.empty() ? "" : ", ", port.name, port.describe());
  return text;
}

/// The port that a NAME=FILE means.
Result<size_t> findPort(const std::vector<PortInfo> &ports, const NamedFile &named,
                        const char *kind) {
  if (named.name.empty() && ports.size() == 1)
    return size_t{0};
  for (size_t i = 0; i < ports.size(); ++i)
    if (!named.name.empty() && ports[i].name == named.name)
      return i;
  return Failure::input(named.name.empty()
                            ? fmt::format("--{} {}: say which one as NAME=FILE; there are {}", kind,
                                          named.file, names(ports))
                            : fmt::format("--{} {}: the network has no {} of this name; there "
                                          "are {}",
                                          kind, named.name, kind, names(ports)));
}

class Runner {
public:
  explicit Runner(const CommandLine &line) : line(line) {}

  std::optional<Failure> run() {
    if (auto failure = checkFiles())
      return failure;
    {
      Progress progress(Progress::standardError(line.quiet, line.color));
      auto opened = buildAndOpen(line.compile, line.threads, progress);
      if (!opened)
        return opened.failure();
      network = std::move(*opened);
    }
    auto inputs = readInputs();
    if (!inputs)
      return inputs.failure();
    // Wrong names of outputs come out before the work.
    std::vector<size_t> ports;
    for (const NamedFile &output : line.outputs) {
      auto port = findPort(network->outputs(), output, "output");
      if (!port)
        return port.failure();
      ports.push_back(*port);
    }
    auto outputs = network->run(*inputs);
    if (!outputs) {
      Failure failure = outputs.failure();
      for (std::string &message : failure.messages)
        message = line.compile.model + ": " + message;
      return failure;
    }
    for (size_t i = 0; i < ports.size(); ++i)
      if (auto failure = write(line.outputs[i].file, (*outputs)[ports[i]], ports[i]))
        return failure;
    if (line.outputs.empty() || line.verbose)
      for (size_t i = 0; i < outputs->size(); ++i)
        summarize(network->outputs()[i].name, (*outputs)[i]);
    return std::nullopt;
  }

private:
  /// What can be said before anything is compiled.
  std::optional<Failure> checkFiles() const {
    Failure failure;
    for (const NamedFile &output : line.outputs) {
      const std::string extension = sys::path::extension(output.file).lower();
      if (extension != ".npy" && extension != ".png")
        failure.messages.push_back(output.file + ": outputs are .npy or .png files");
    }
    if (line.overlay &&
        std::none_of(line.inputs.begin(), line.inputs.end(),
                     [](const NamedFile &input) { return isImageFile(input.file); }))
      failure.messages.push_back("--overlay needs an image as input");
    if (failure.messages.empty())
      return std::nullopt;
    return failure;
  }

  Result<std::vector<HostTensor>> readInputs() {
    const std::vector<PortInfo> &ports = network->inputs();
    std::vector<HostTensor> tensors(ports.size());
    std::vector<bool> given(ports.size());
    Failure failure;
    for (const NamedFile &input : line.inputs) {
      auto port = findPort(ports, input, "input");
      auto tensor =
          port ? readFor(*port, ports[*port], input.file) : Result<HostTensor>(port.failure());
      auto fitted = tensor ? fitInput(std::move(*tensor), ports[*port], input.file)
                           : Result<HostTensor>(tensor.failure());
      if (!fitted) {
        const auto &messages = fitted.failure().messages;
        failure.messages.insert(failure.messages.end(), messages.begin(), messages.end());
        continue;
      }
      if (given[*port])
        failure.messages.push_back(fmt::format("--input {} is given twice", ports[*port].name));
      given[*port] = true;
      tensors[*port] = std::move(*fitted);
    }
    for (size_t i = 0; i < ports.size() && failure.messages.empty(); ++i)
      if (!given[i])
        failure.messages.push_back(fmt::format("input \"{}\" ({}) is missing: --input {}=FILE",
                                               ports[i].name, ports[i].describe(), ports[i].name));
    if (!failure.messages.empty())
      return failure;
    return tensors;
  }

  /// A file for an input; an image has its channels where the input has them.
  Result<HostTensor> readFor(size_t number, const PortInfo &port, const std::string &file) const {
    if (!isImageFile(file) || port.dims.size() != 4)
      return readTensor(file, port.type);
    auto axis = imageAxis(line.compile, static_cast<unsigned>(number));
    return axis ? readTensor(file, port.type, *axis) : Result<HostTensor>(axis.failure());
  }

  std::optional<Failure> write(const std::string &file, const HostTensor &tensor,
                               size_t port) const {
    if (sys::path::extension(file).lower() == ".npy") {
      if (Error error = writeNpy(file, tensor))
        return Failure::input(std::move(error));
      return std::nullopt;
    }
    unsigned channelsAxis = 1;
    if (needsChannelsAxis(tensor)) {
      auto axis = scoresAxis(line.compile, static_cast<unsigned>(port));
      if (!axis)
        return axis.failure();
      channelsAxis = *axis;
    }
    auto labels =
        labelMapOf(tensor, "output \"" + network->outputs()[port].name + "\"", channelsAxis);
    if (!labels)
      return Failure::input(labels.takeError());
    const Palette palette = *paletteByName(line.palette);
    if (!line.overlay) {
      if (Error error = writeLabelImage(file, *labels, palette))
        return Failure::input(std::move(error));
      return std::nullopt;
    }
    auto input = std::find_if(line.inputs.begin(), line.inputs.end(),
                              [](const NamedFile &each) { return isImageFile(each.file); });
    auto image = readImage(input->file);
    if (!image)
      return Failure::input(image.takeError());
    auto painted = overlayLabels(*image, *labels, palette);
    if (!painted)
      return Failure::input(painted.takeError());
    if (Error error = writeImage(file, *painted))
      return Failure::input(std::move(error));
    return std::nullopt;
  }

  static void summarize(const std::string &name, const HostTensor &tensor) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    bool notNumbers = false;
    for (int64_t i = 0; i < tensor.elementCount(); ++i) {
      const double value = tensor.valueAt(i);
      notNumbers |= std::isnan(value);
      low = std::min(low, value);
      high = std::max(high, value);
    }
    fmt::print("{}: {}, from {:.6g} to {:.6g}{}\n", name, tensor.describe(), low, high,
               notNumbers ? ", and NaN" : "");
  }

  const CommandLine &line;
  RunnableNetwork network;
};

} // namespace

int runRunCommand(const CommandLine &line) {
  auto failure = Runner(line).run();
  return failure ? report(*failure, line) : 0;
}

} // namespace segc
