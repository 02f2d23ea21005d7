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

#include "shapes_deeplab.h"

#include <png.h>

#include <algorithm>
#include <chrono>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int kClasses = 8;
constexpr float kMean[3] = {0.485f, 0.456f, 0.406f};
constexpr float kDeviation[3] = {0.229f, 0.224f, 0.225f};
const char *const kClassNames[kClasses] = {"background", "disc", "square", "triangle",
                                           "star",       "ring", "bar",    "cross"};
constexpr uint8_t kColors[kClasses][3] = {{0, 0, 0},      {230, 25, 75}, {60, 180, 75},
                                          {255, 225, 25}, {0, 130, 200}, {245, 130, 48},
                                          {145, 30, 180}, {70, 240, 240}};

/// Bytes of a picture: three a pixel (RGB), or one (a label map).
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> bytes;
};

/// Throws if libpng's own message says that something failed.
void check(const png_image &png, const std::string &path) {
  if (PNG_IMAGE_FAILED(png))
    throw std::runtime_error(path + ": " + png.message);
}

Picture readRgb(const std::string &path) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png_image_begin_read_from_file(&png, path.c_str());
  check(png, path);
  png.format = PNG_FORMAT_RGB;
  Picture picture{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  picture.bytes.resize(PNG_IMAGE_SIZE(png));
  const png_color black = {0, 0, 0}; // behind transparent pixels
  png_image_finish_read(&png, &black, picture.bytes.data(), 0, nullptr);
  check(png, path);
  return picture;
}

/// The part of readLabels that libpng may leave by longjmp: nothing in it has a
/// destructor.
bool decodeLabels(FILE *file, png_structp png, png_infop info, Picture &picture,
                  std::vector<uint8_t *> &rows) {
  if (setjmp(png_jmpbuf(png)))
    return false;
  png_init_io(png, file);
  png_read_info(png, info);
  const int color = png_get_color_type(png, info);
  if ((color != PNG_COLOR_TYPE_PALETTE && color != PNG_COLOR_TYPE_GRAY) ||
      png_get_bit_depth(png, info) > 8)
    png_error(png, "neither a palette nor grey levels of up to 8 bits");
  png_set_packing(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture.width = static_cast<int>(png_get_image_width(png, info));
  picture.height = static_cast<int>(png_get_image_height(png, info));
  picture.bytes.resize(static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height));
  for (int y = 0; y < picture.height; ++y)
    rows.push_back(picture.bytes.data() + static_cast<size_t>(y) * picture.width);
  png_read_image(png, rows.data());
  return true;
}

/// Reads the indices of a palette image, or grey levels.
Picture readLabels(const std::string &path) {
  FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    throw std::runtime_error(path + ": cannot be opened");
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  Picture picture;
  std::vector<uint8_t *> rows;
  const bool good = decodeLabels(file, png, info, picture, rows);
  png_destroy_read_struct(&png, &info, nullptr);
  std::fclose(file);
  if (!good)
    throw std::runtime_error(path + ": not a label map that can be read");
  return picture;
}

void writePng(const std::string &path, const Picture &picture, bool labels) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(picture.width);
  png.height = static_cast<png_uint_32>(picture.height);
  png.format = labels ? PNG_FORMAT_RGB_COLORMAP : PNG_FORMAT_RGB;
  png.colormap_entries = labels ? kClasses : 0;
  png_image_write_to_file(&png, path.c_str(), 0, picture.bytes.data(), 0,
                          labels ? kColors : nullptr);
  check(png, path);
}

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

  Picture map{image.width, image.height, std::vector<uint8_t>(plane)};
  for (size_t i = 0; i < plane; ++i) {
    size_t best = 0;
    for (size_t c = 1; c < kClasses; ++c)
      if (scores[c * plane + i] > scores[best * plane + i])
        best = c;
    map.bytes[i] = static_cast<uint8_t>(best);
  }
  return map;
}

/// Counts pixels by true and by predicted class; label 255 is no class.
struct Accuracy {
  int64_t counts[kClasses][kClasses] = {};

  void add(const Picture &map, const Picture &labels, const std::string &path) {
    if (map.width != labels.width || map.height != labels.height)
      throw std::runtime_error(path + ": the size differs from the image's");
    for (size_t i = 0; i < labels.bytes.size(); ++i) {
      if (labels.bytes[i] == 255)
        continue;
      if (labels.bytes[i] >= kClasses)
        throw std::runtime_error(path + ": a label is none of the classes");
      ++counts[labels.bytes[i]][map.bytes[i]];
    }
  }

  void print() const {
    int64_t right = 0, all = 0, present = 0;
    double sum = 0;
    for (int c = 0; c < kClasses; ++c) {
      int64_t either = -counts[c][c];
      for (int d = 0; d < kClasses; ++d) {
        either += counts[c][d] + counts[d][c];
        all += counts[c][d];
      }
      right += counts[c][c];
      if (either == 0) // The class occurs nowhere: it does not count.
        continue;
      const double iou = static_cast<double>(counts[c][c]) / static_cast<double>(either);
      std::printf("  %-10s IoU %.4f\n", kClassNames[c], iou);
      sum += iou;
      ++present;
    }
    std::printf("pixel accuracy %.4f, mean IoU %.4f\n",
                all ? static_cast<double>(right) / static_cast<double>(all) : 0.0,
                present ? sum / static_cast<double>(present) : 0.0);
  }
};

void measureFolder(shapes_deeplab::Network &network, const std::filesystem::path &folder) {
  std::vector<std::filesystem::path> images;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::path labels = folder / (entry.path().stem().string() + "_label.png");
    if (entry.path().extension() == ".png" && std::filesystem::exists(labels))
      images.push_back(entry.path());
  }
  if (images.empty())
    throw std::runtime_error(folder.string() + ": no pairs NNN.png, NNN_label.png");
  std::sort(images.begin(), images.end());
  Accuracy accuracy;
  std::vector<double> times;
  for (const std::filesystem::path &image : images) {
    const std::string labels = (folder / (image.stem().string() + "_label.png")).string();
    double milliseconds = 0;
    accuracy.add(segment(network, readRgb(image.string()), milliseconds), readLabels(labels),
                 labels);
    std::printf("%s  %.2f ms\n", image.filename().string().c_str(), milliseconds);
    times.push_back(milliseconds);
  }
  std::sort(times.begin(), times.end());
  std::printf("%zu images, median %.2f ms\n", times.size(), times[times.size() / 2]);
  accuracy.print();
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
    accuracy.print();
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
