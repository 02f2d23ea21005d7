//===- CaseFolder.cpp - recorded inputs and outputs of a network -*- C++ -*-===//

#include "compiler/commands/CaseFolder.h"
#include "compiler/files/ImageFile.h"
#include "compiler/files/NpyFile.h"
#include "compiler/files/TensorProtoFile.h"
#include "frontends/onnx/ModelFile.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace llvm;
using nlohmann::json;

namespace segc {

namespace {

/// A problem with a folder; becomes a Failure.
struct FolderError {
  std::string message;
};

std::string join(const std::string &folder, const std::string &name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

json readJson(const std::string &path) {
  auto bytes = MemoryBuffer::getFile(path);
  if (!bytes)
    throw FolderError{path + ": " + bytes.getError().message()};
  json value =
      json::parse((*bytes)->getBuffer().begin(), (*bytes)->getBuffer().end(), nullptr, false);
  if (value.is_discarded())
    throw FolderError{path + ": not JSON"};
  return value;
}

std::vector<std::string> entries(const std::string &folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (sys::fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    names.push_back(sys::path::filename(it->path()).str());
  // test_data_set_10 comes after test_data_set_9.
  std::sort(names.begin(), names.end(), [](const std::string &a, const std::string &b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return names;
}

/// A file that a JSON file in `folder` names. What is recorded lies in its folder: a manifest
/// that points elsewhere is broken, or not ours.
std::string fileIn(const std::string &folder, const json &name) {
  const std::string text = name.get<std::string>();
  const bool climbs = std::any_of(sys::path::begin(text), sys::path::end(text),
                                  [](StringRef part) { return part == ".."; });
  if (text.empty() || climbs || sys::path::is_absolute(text))
    throw FolderError{fmt::format("{}: \"{}\" is no file in this folder", folder, text)};
  return join(folder, text);
}

/// A list in a JSON object; a single value is not one.
const json &listIn(const std::string &path, const json &object, const char *key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_array())
    throw FolderError{fmt::format("{}: there is no list \"{}\"", path, key)};
  return object[key];
}

/// The tolerance in a manifest, else `fallback`.
Tolerance manifestTolerance(const std::string &path, const json &entry, const Tolerance &fallback) {
  auto found = entry.find("tolerance");
  if (found == entry.end() || found->is_null())
    return fallback;
  if (!found->is_object())
    throw FolderError{path + ": a tolerance is not an object"};
  Tolerance tolerance = fallback;
  tolerance.maxRelative = tolerance.rmsRelative = tolerance.meanAbsolute =
      tolerance.labelAgreement = std::nullopt;
  for (auto [name, field] : {std::pair("max_relative", &tolerance.maxRelative),
                             std::pair("rms_relative", &tolerance.rmsRelative),
                             std::pair("mean_absolute", &tolerance.meanAbsolute),
                             std::pair("label_agreement", &tolerance.labelAgreement)})
    if (auto value = found->find(name); value != found->end())
      *field = value->get<double>();
  return tolerance;
}

RecordedCase readManifest(const std::string &folder, double atol, double rtol) {
  const std::string path = join(folder, "manifest.json");
  const json manifest = readJson(path);
  const json &inputs = listIn(path, manifest, "inputs");
  const json &outputs = listIn(path, manifest, "outputs");
  Tolerance tolerance = manifestTolerance(path, manifest, wholeNetworkTolerance(atol, rtol));
  RecordedCase recorded;
  for (const json &input : inputs) {
    RecordedInput entry;
    entry.name = input.value("name", "");
    entry.file = fileIn(folder, input.at("file"));
    recorded.inputs.push_back(entry);
  }
  for (const json &output : outputs) {
    if (!output.contains("file"))
      continue; // too costly to record
    RecordedOutput entry;
    entry.name = output.value("name", "");
    entry.file = fileIn(folder, output.at("file"));
    entry.tolerance = manifestTolerance(path, output, tolerance);
    recorded.outputs.push_back(entry);
  }
  if (recorded.outputs.empty())
    throw FolderError{path + ": no output is recorded"};
  return recorded;
}

std::vector<RecordedCase> readDataSets(const std::string &folder, double atol, double rtol) {
  std::vector<RecordedCase> cases;
  Tolerance tolerance;
  tolerance.atol = atol;
  tolerance.rtol = rtol;
  for (const std::string &name : entries(folder)) {
    if (!StringRef(name).starts_with("test_data_set_"))
      continue;
    const std::string set = join(folder, name);
    RecordedCase recorded;
    recorded.name = name;
    for (int i = 0; sys::fs::exists(join(set, fmt::format("input_{}.pb", i))); ++i) {
      RecordedInput input;
      input.file = join(set, fmt::format("input_{}.pb", i));
      recorded.inputs.push_back(input);
    }
    for (int i = 0; sys::fs::exists(join(set, fmt::format("output_{}.pb", i))); ++i) {
      RecordedOutput output;
      output.file = join(set, fmt::format("output_{}.pb", i));
      output.tolerance = tolerance;
      recorded.outputs.push_back(output);
    }
    if (recorded.outputs.empty())
      throw FolderError{set + ": no output is recorded"};
    cases.push_back(recorded);
  }
  return cases;
}

std::vector<RecordedCase> readGoldens(const std::string &folder, double atol, double rtol) {
  std::vector<RecordedCase> cases;
  std::array<double, 3> mean{}, std{1, 1, 1};
  if (sys::fs::exists(join(folder, "metrics.json"))) {
    json metrics = readJson(join(folder, "metrics.json"));
    mean = metrics.value("mean", mean);
    std = metrics.value("std", std);
  }
  const std::string goldens = join(folder, "golden"), path = join(goldens, "golden.json");
  const json entries = readJson(path);
  if (!entries.is_array())
    throw FolderError{path + ": it is not a list"};
  for (const json &entry : entries) {
    RecordedCase recorded;
    RecordedInput input;
    input.file = fileIn(folder, entry.at("image"));
    input.height = entry.at("height").get<int64_t>();
    input.width = entry.at("width").get<int64_t>();
    if (input.height < 1 || input.width < 1)
      throw FolderError{
          fmt::format("{}: {} x {} is no size of an image", path, input.height, input.width)};
    input.mean = mean;
    input.std = std;
    recorded.inputs = {input};
    RecordedOutput output;
    output.file = fileIn(goldens, entry.at("logits"));
    recorded.name = sys::path::stem(output.file).str();
    output.tolerance = wholeNetworkTolerance(atol, rtol);
    output.step = entry.value("step", int64_t{1});
    if (output.step < 1)
      throw FolderError{fmt::format("{}: step {} is below 1", path, output.step)};
    if (entry.contains("map"))
      output.labelMap = fileIn(goldens, entry.at("map"));
    recorded.outputs = {output};
    cases.push_back(recorded);
  }
  return cases;
}

/// model.onnx, else the only .onnx file.
std::string findModel(const std::string &folder) {
  if (sys::fs::exists(join(folder, "model.onnx")))
    return join(folder, "model.onnx");
  std::vector<std::string> models;
  for (const std::string &name : entries(folder))
    if (sys::path::extension(name) == ".onnx")
      models.push_back(name);
  if (models.size() != 1)
    throw FolderError{fmt::format("{}: there is no model.onnx", folder)};
  return join(folder, models.front());
}

Failure fileFailure(Error error) { return Failure::input(std::move(error)); }

/// The top left corner of an image, and its channels normalised.
void crop(RgbImage &image, int64_t height, int64_t width) {
  RgbImage part;
  part.height = std::min(height, image.height);
  part.width = std::min(width, image.width);
  for (int64_t y = 0; y < part.height; ++y)
    part.pixels.insert(part.pixels.end(), image.pixels.begin() + y * image.width * 3,
                       image.pixels.begin() + (y * image.width + part.width) * 3);
  image = part;
}

Result<HostTensor> readInput(const RecordedInput &input) {
  if (input.height == 0)
    return readTensor(input.file);
  auto image = readImage(input.file);
  if (!image)
    return fileFailure(image.takeError());
  crop(*image, input.height, input.width);
  HostTensor tensor = imageToTensor(*image);
  const int64_t plane = image->height * image->width;
  for (int64_t i = 0; i < 3 * plane; ++i) {
    const size_t channel = static_cast<size_t>(i / plane);
    float &value = tensor.data<float>()[i];
    value = static_cast<float>((value - input.mean[channel]) / input.std[channel]);
  }
  return tensor;
}

std::optional<size_t> find(const std::vector<PortInfo> &ports, const std::string &name) {
  for (size_t i = 0; i < ports.size(); ++i)
    if (ports[i].name == name)
      return i;
  return std::nullopt;
}

Result<std::vector<HostTensor>> readInputs(const Network &network, const RecordedCase &recorded) {
  if (recorded.inputs.size() != network.inputs().size())
    return Failure::input(fmt::format("{} inputs are recorded, the network has {}",
                                      recorded.inputs.size(), network.inputs().size()));
  std::vector<HostTensor> tensors(network.inputs().size());
  std::vector<bool> given(tensors.size());
  for (size_t i = 0; i < recorded.inputs.size(); ++i) {
    const RecordedInput &input = recorded.inputs[i];
    const size_t port = input.name.empty() ? i : find(network.inputs(), input.name).value_or(i);
    auto tensor = readInput(input);
    if (!tensor)
      return tensor.failure();
    auto fitted = fitInput(std::move(*tensor), network.inputs()[port], input.file);
    if (!fitted)
      return fitted.failure();
    if (given[port])
      return Failure::input(fmt::format("{}: input \"{}\" is recorded twice", input.file,
                                        network.inputs()[port].name));
    given[port] = true;
    tensors[port] = std::move(*fitted);
  }
  return tensors;
}

} // namespace

bool isCaseFolder(const std::string &path) {
  return sys::fs::is_directory(path) && (sys::fs::exists(join(path, "model.onnx")) ||
                                         sys::fs::exists(join(path, "golden/golden.json")));
}

bool isImageFile(const std::string &path) {
  const std::string extension = sys::path::extension(path).lower();
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Result<HostTensor> readTensor(const std::string &path, ElementType wants, unsigned channelsAxis) {
  const std::string extension = sys::path::extension(path).lower();
  if (extension == ".npy" || extension == ".pb") {
    auto tensor = extension == ".npy" ? readNpy(path) : readTensorProto(path);
    if (!tensor)
      return fileFailure(tensor.takeError());
    return std::move(*tensor);
  }
  if (isImageFile(path)) {
    auto image = readImage(path);
    if (!image)
      return fileFailure(image.takeError());
    return imageToTensor(*image, wants, channelsAxis);
  }
  return Failure::input(path + ": inputs are .npy, .pb, .png or .jpg files");
}

Result<CaseFolder> readCaseFolder(const std::string &path, double atol, double rtol) {
  CaseFolder tests;
  std::string folder = path;
  try {
    if (!sys::fs::exists(path))
      return Failure::input(path + ": no such file or folder");
    if (sys::fs::is_directory(path)) {
      tests.model = findModel(folder);
    } else {
      tests.model = path;
      folder = sys::path::parent_path(path).str();
      if (folder.empty())
        folder = ".";
    }
    if (sys::fs::exists(join(folder, "manifest.json")))
      tests.cases = {readManifest(folder, atol, rtol)};
    else if (sys::fs::exists(join(folder, "golden/golden.json")))
      tests.cases = readGoldens(folder, atol, rtol);
    else
      tests.cases = readDataSets(folder, atol, rtol);
  } catch (const FolderError &error) {
    return Failure::input(error.message);
  } catch (const json::exception &error) {
    return Failure::input(
        fmt::format("{}: its JSON file is not as expected: {}", folder, error.what()));
  }
  if (tests.cases.empty())
    return Failure::input(folder + ": there are neither test_data_set_* nor manifest.json nor "
                                   "golden/golden.json");
  return tests;
}

void nameRecordedPorts(CaseFolder &tests) {
  std::string error;
  auto file = onnximport::ModelFile::open(tests.model, error);
  if (!file)
    return; // compiling says why
  const onnx::GraphProto &graph = file->model().graph();
  StringSet<> initialisers;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initialisers.insert(tensor.name());
  std::vector<std::string> inputs, outputs;
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!initialisers.contains(input.name()))
      inputs.push_back(input.name());
  for (const onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(output.name());
  auto name = [](auto &recorded, const std::vector<std::string> &names) {
    for (size_t i = 0; i < std::min(recorded.size(), names.size()); ++i)
      if (recorded[i].name.empty())
        recorded[i].name = names[i];
  };
  for (RecordedCase &recorded : tests.cases) {
    name(recorded.inputs, inputs);
    name(recorded.outputs, outputs);
  }
}

void dropUnknownPorts(RecordedCase &recorded, const Network &network) {
  auto isUnknown = [](const std::vector<PortInfo> &ports) {
    return [&ports](const auto &port) { return !port.name.empty() && !find(ports, port.name); };
  };
  llvm::erase_if(recorded.inputs, isUnknown(network.inputs()));
  llvm::erase_if(recorded.outputs, isUnknown(network.outputs()));
}

Result<Comparison>
checkCase(Network &network, const RecordedCase &recorded,
          llvm::function_ref<std::optional<unsigned>(size_t output)> channelsAxis) {
  auto inputs = readInputs(network, recorded);
  if (!inputs)
    return inputs.failure();
  if (recorded.outputs.empty())
    return Failure::input("nothing is recorded for the outputs that are kept");
  auto outputs = network.run(*inputs);
  if (!outputs)
    return outputs.failure();
  Comparison all{true, ""};
  for (size_t i = 0; i < recorded.outputs.size(); ++i) {
    const RecordedOutput &output = recorded.outputs[i];
    const size_t port = output.name.empty() ? i : find(network.outputs(), output.name).value_or(i);
    if (port >= outputs->size())
      return Failure::input(
          fmt::format("{}: the network has {} outputs", output.file, outputs->size()));
    auto expected = readTensor(output.file);
    if (!expected)
      return expected.failure();
    const HostTensor &actual = (*outputs)[port];
    HostTensor wanted = std::move(*expected);
    // Some arrays of one image have no batch axis.
    std::vector<int64_t> batched = wanted.dims();
    batched.insert(batched.begin(), 1);
    const HostTensor kept = thinned(actual, output.step);
    if (output.labelMap.size() && kept.dims() == batched) {
      HostTensor reshaped(wanted.type(), batched);
      reshaped.bytes() = wanted.bytes();
      wanted = std::move(reshaped);
    }
    const bool comparesLabels = output.tolerance.labelAgreement || !output.labelMap.empty();
    const std::optional<unsigned> axis =
        comparesLabels && holdsScores(actual) ? channelsAxis(port) : std::nullopt;
    Comparison comparison = compare(kept, wanted, output.tolerance, axis);
    if (!output.labelMap.empty() && needsChannelsAxis(actual) && !axis) {
      comparison.text +=
          "; labels are not compared, since the graph does not tell the axis of the classes; "
          "--channels-axis does";
    } else if (!output.labelMap.empty()) {
      auto truth = readLabelImage(output.labelMap);
      if (!truth)
        return fileFailure(truth.takeError());
      auto labels = labelMapOf(actual, output.file, axis.value_or(1));
      if (!labels)
        return fileFailure(labels.takeError());
      int64_t same = 0;
      for (size_t p = 0; p < std::min(labels->labels.size(), truth->labels.size()); ++p)
        same += labels->labels[p] == truth->labels[p];
      const double agreement = static_cast<double>(same) /
                               static_cast<double>(std::max<size_t>(1, truth->labels.size()));
      comparison.text += fmt::format("; labels agree on {:.4f} %", 100 * agreement);
      if (agreement < 0.999 || labels->labels.size() != truth->labels.size())
        comparison.ok = false;
    }
    all.ok &= comparison.ok;
    if (recorded.outputs.size() == 1)
      all.text = comparison.text;
    else
      all.text += fmt::format("{}output \"{}\": {}", all.text.empty() ? "" : "; ",
                              network.outputs()[port].name, comparison.text);
  }
  return all;
}

} // namespace segc
