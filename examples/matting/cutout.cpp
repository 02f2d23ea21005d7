//===- cutout.cpp - the subject of a photo, without what is behind it -----===//
//
//   cutout PHOTO.png CUTOUT.png [--mask MASK.png] [--threads N]
//
// The photo is scaled to the size that the network takes, the network says how much
// of every pixel belongs to the subject, and that, scaled back, is the alpha channel
// of the result. All the program knows of the network is the generated header
// isnet.h; how it is made is in README.md.
//
//===----------------------------------------------------------------------===//

#include "../pictures.h"
#include "isnet.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

using shapes::Picture;

namespace {

/// The height and the width that IS-Net was exported for.
constexpr int kSize = 1024;

/// Which pixels of a line an output pixel reads, and how much of each.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

/// Linear interpolation between pixel centres; where a line shrinks, over as many more pixels, so
/// that none is skipped.
std::vector<Taps> tapsOf(int from, int to) {
  const double scale = static_cast<double>(from) / to, reach = std::max(scale, 1.0);
  std::vector<Taps> all(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    Taps &taps = all[static_cast<size_t>(i)];
    const double centre = (i + 0.5) * scale - 0.5;
    taps.first = std::max(static_cast<int>(std::ceil(centre - reach)), 0);
    const int last = std::min(static_cast<int>(std::floor(centre + reach)), from - 1);
    double sum = 0;
    for (int at = taps.first; at <= last; ++at) {
      taps.weights.push_back(static_cast<float>(1 - std::abs(at - centre) / reach));
      sum += taps.weights.back();
    }
    for (float &weight : taps.weights)
      weight = static_cast<float>(weight / sum);
  }
  return all;
}

/// A plane of floats.
struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;

  Plane(int width, int height)
      : width(width), height(height),
        values(static_cast<size_t>(width) * static_cast<size_t>(height)) {}
  float &at(int x, int y) { return values[static_cast<size_t>(y) * width + x]; }
};

Plane scaled(Plane plane, int width, int height) {
  const std::vector<Taps> columns = tapsOf(plane.width, width), rows = tapsOf(plane.height, height);
  Plane wide(width, plane.height), result(width, height);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < width; ++x)
      for (size_t t = 0; t < columns[x].weights.size(); ++t)
        wide.at(x, y) +=
            columns[x].weights[t] * plane.at(columns[x].first + static_cast<int>(t), y);
  for (int y = 0; y < height; ++y)
    for (size_t t = 0; t < rows[y].weights.size(); ++t)
      for (int x = 0; x < width; ++x)
        result.at(x, y) += rows[y].weights[t] * wide.at(x, rows[y].first + static_cast<int>(t));
  return result;
}

uint8_t toByte(float value) {
  return static_cast<uint8_t>(std::lround(std::min(std::max(value, 0.0f), 255.0f)));
}

/// How much of every pixel belongs to the subject, 0 to 1. `milliseconds` is the time of the
/// network alone.
Plane matte(isnet::Network &network, const Picture &photo, double &milliseconds) {
  // The network takes bytes, a plane a color, and one size.
  std::vector<uint8_t> planes;
  for (size_t c = 0; c < 3; ++c) {
    Plane color(photo.width, photo.height);
    for (size_t i = 0; i < color.values.size(); ++i)
      color.values[i] = photo.bytes[3 * i + c];
    for (float value : scaled(std::move(color), kSize, kSize).values)
      planes.push_back(toByte(value));
  }
  const segc_shape inputShape = {4, {1, 3, kSize, kSize}};
  const segc_shape outputShape = network.outputShapes({inputShape}).at(0);
  if (outputShape.rank != 4 || outputShape.dims[1] != 1 || outputShape.dims[2] != kSize ||
      outputShape.dims[3] != kSize)
    throw std::runtime_error("the network does not give one number for every pixel");
  Plane alpha(kSize, kSize);

  const auto start = std::chrono::steady_clock::now();
  network.run({{planes.data(), inputShape}}, {{alpha.values.data(), outputShape}});
  const auto time = std::chrono::steady_clock::now() - start;
  milliseconds = std::chrono::duration<double, std::milli>(time).count();
  return scaled(std::move(alpha), photo.width, photo.height);
}

void writePixels(const std::string &path, int width, int height, png_uint_32 format,
                 const std::vector<uint8_t> &bytes) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(width);
  png.height = static_cast<png_uint_32>(height);
  png.format = format;
  png_image_write_to_file(&png, path.c_str(), 0, bytes.data(), 0, nullptr);
  shapes::check(png, path);
}

int run(int argc, char **argv) {
  std::vector<std::string> files;
  std::string mask;
  int threads = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i + 1 < argc && argument == "--mask")
      mask = argv[++i];
    else if (i + 1 < argc && argument == "--threads")
      threads = std::atoi(argv[++i]);
    else
      files.push_back(argument);
  }
  if (files.size() != 2 || files[0].rfind("--", 0) == 0 || files[1].rfind("--", 0) == 0)
    throw std::runtime_error("usage: cutout PHOTO.png CUTOUT.png [--mask MASK.png] [--threads N]");

  const Picture photo = shapes::readRgb(files[0]);
  isnet::Network network(threads);
  double milliseconds = 0;
  const Plane alpha = matte(network, photo, milliseconds);
  std::vector<uint8_t> pixels, levels;
  double sum = 0;
  for (size_t i = 0; i < alpha.values.size(); ++i) {
    sum += alpha.values[i];
    levels.push_back(toByte(255 * alpha.values[i]));
    for (size_t c = 0; c < 3; ++c)
      pixels.push_back(photo.bytes[3 * i + c]);
    pixels.push_back(levels.back());
  }
  writePixels(files[1], photo.width, photo.height, PNG_FORMAT_RGBA, pixels);
  if (!mask.empty())
    writePixels(mask, photo.width, photo.height, PNG_FORMAT_GRAY, levels);
  std::printf("%s: %dx%d, %.0f ms, the subject covers %.1f %%\n", files[0].c_str(), photo.width,
              photo.height, milliseconds,
              100 * sum / static_cast<double>(std::max<size_t>(alpha.values.size(), 1)));
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
