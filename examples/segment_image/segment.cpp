//===- segment.cpp - an application that links a compiled network ---------===//
//
//   segment IMAGE.png [--labels LABEL.png] [--out-map MAP.png] [--out-overlay OVERLAY.png]
//   segment FOLDER          measures on all pairs NNN.png, NNN_label.png in it
//
// with an optional `--threads N`. All it knows of the network is the generated
// header shapes_deeplab.h: the class Network takes and fills dense tensors. What
// the network expects is in examples/shapes/README.md: RGB in [0, 1], less a mean,
// divided by a deviation; its output is a score for each of eight classes.
//
//===----------------------------------------------------------------------===//

#include "../pictures.h"
#include "shapes_deeplab.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

using namespace shapes;

namespace {

constexpr float kMean[3] = {0.485f, 0.456f, 0.406f};
constexpr float kDeviation[3] = {0.229f, 0.224f, 0.225f};

/// The class with the highest score at every pixel. `milliseconds` is the time of
/// the network alone.
Picture segment(shapes_deeplab::Network &network, const Picture &image, double &milliseconds) {
  const size_t plane = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
  std::vector<float> pixels(3 * plane);
  for (size_t i = 0; i < plane; ++i)
    for (size_t c = 0; c < 3; ++c)
      pixels[c * plane + i] = (image.bytes[3 * i + c] / 255.0f - kMean[c]) / kDeviation[c];

  const segc_shape inputShape = {4, {1, 3, image.height, image.width}};
  const segc_shape outputShape = network.outputShapes({inputShape}).at(0);
  if (outputShape.rank != 4 || outputShape.dims[1] != kClasses ||
      outputShape.dims[2] != image.height || outputShape.dims[3] != image.width)
    throw std::runtime_error("the network does not give eight scores for every pixel");
  std::vector<float> scores(kClasses * plane);

  const auto start = std::chrono::steady_clock::now();
  network.run({{pixels.data(), inputShape}}, {{scores.data(), outputShape}});
  const auto time = std::chrono::steady_clock::now() - start;
  milliseconds = std::chrono::duration<double, std::milli>(time).count();

  return labelsOf(scores, image.width, image.height);
}

void measureFolder(shapes_deeplab::Network &network, const std::filesystem::path &folder) {
  Accuracy accuracy;
  std::vector<double> times;
  for (const Scene &scene : scenesOf(folder)) {
    double milliseconds = 0;
    accuracy.add(segment(network, readRgb(scene.image), milliseconds), readLabels(scene.labels),
                 scene.labels);
    std::printf("%s  %.2f ms\n", std::filesystem::path(scene.image).filename().string().c_str(),
                milliseconds);
    times.push_back(milliseconds);
  }
  std::sort(times.begin(), times.end());
  std::printf("%zu images, median %.2f ms\n", times.size(), times[times.size() / 2]);
  accuracy.print(/*classes=*/true);
}

int run(int argc, char **argv) {
  std::string input, labels, outMap, outOverlay;
  int threads = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    std::string *value = argument == "--labels"        ? &labels
                         : argument == "--out-map"     ? &outMap
                         : argument == "--out-overlay" ? &outOverlay
                                                       : nullptr;
    if (i + 1 < argc && value)
      *value = argv[++i];
    else if (i + 1 < argc && argument == "--threads")
      threads = std::atoi(argv[++i]);
    else if (input.empty() && argument.rfind("--", 0) != 0)
      input = argument;
    else
      throw std::runtime_error("usage: segment IMAGE.png|FOLDER [--labels LABEL.png] "
                               "[--out-map MAP.png] [--out-overlay OVERLAY.png] [--threads N]");
  }
  if (input.empty())
    throw std::runtime_error("segment: no image given");

  shapes_deeplab::Network network(threads);
  if (std::filesystem::is_directory(input)) {
    measureFolder(network, input);
    return 0;
  }
  Picture image = readRgb(input);
  double milliseconds = 0;
  const Picture map = segment(network, image, milliseconds);
  std::printf("%s: %dx%d, %.2f ms\n", input.c_str(), image.width, image.height, milliseconds);
  if (!labels.empty()) {
    Accuracy accuracy;
    accuracy.add(map, readLabels(labels), labels);
    accuracy.print(/*classes=*/true);
  }
  if (!outMap.empty())
    writePng(outMap, map, /*labels=*/true);
  if (!outOverlay.empty()) {
    for (size_t i = 0; i < map.bytes.size(); ++i)
      for (size_t c = 0; c < 3 && map.bytes[i] != 0; ++c)
        image.bytes[3 * i + c] =
            static_cast<uint8_t>((image.bytes[3 * i + c] + kColors[map.bytes[i]][c]) / 2);
    writePng(outOverlay, image, /*labels=*/false);
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
