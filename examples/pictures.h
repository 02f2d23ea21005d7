//===- pictures.h - the examples' pictures, label maps and figures --*- C++ -*-===//
//
// What the example applications share, and what is no matter of networks: reading and
// writing PNG files, the classes of examples/shapes, and how well a label map agrees
// with the true one. Needs libpng.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_EXAMPLES_PICTURES_H
#define SEGC_EXAMPLES_PICTURES_H

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace shapes {

constexpr int kClasses = 8;
inline const char *const kClassNames[kClasses] = {"background", "disc", "square", "triangle",
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
inline void check(const png_image &png, const std::string &path) {
  if (PNG_IMAGE_FAILED(png))
    throw std::runtime_error(path + ": " + png.message);
}

inline Picture readRgb(const std::string &path) {
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
inline bool decodeLabels(FILE *file, png_structp png, png_infop info, Picture &picture,
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
inline Picture readLabels(const std::string &path) {
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

inline void writePng(const std::string &path, const Picture &picture, bool labels) {
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

/// The class with the highest score at every pixel. `scores` holds a plane of floats a class.
inline Picture labelsOf(const std::vector<float> &scores, int width, int height) {
  const size_t plane = static_cast<size_t>(width) * static_cast<size_t>(height);
  Picture map{width, height, std::vector<uint8_t>(plane)};
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

  void add(const Accuracy &other) {
    for (int c = 0; c < kClasses; ++c)
      for (int d = 0; d < kClasses; ++d)
        counts[c][d] += other.counts[c][d];
  }

  /// Intersection over union of a class, or -1 if the class occurs nowhere.
  double iou(int c) const {
    int64_t either = -counts[c][c];
    for (int d = 0; d < kClasses; ++d)
      either += counts[c][d] + counts[d][c];
    return either ? static_cast<double>(counts[c][c]) / static_cast<double>(either) : -1;
  }

  /// Over the classes that occur.
  double meanIou() const {
    double sum = 0;
    int present = 0;
    for (int c = 0; c < kClasses; ++c)
      if (iou(c) >= 0) {
        sum += iou(c);
        ++present;
      }
    return present ? sum / present : 0;
  }

  double pixelAccuracy() const {
    int64_t right = 0, all = 0;
    for (int c = 0; c < kClasses; ++c) {
      right += counts[c][c];
      for (int d = 0; d < kClasses; ++d)
        all += counts[c][d];
    }
    return all ? static_cast<double>(right) / static_cast<double>(all) : 0;
  }

  /// Every class and then the summary, or the summary alone.
  void print(bool classes) const {
    for (int c = 0; c < kClasses && classes; ++c)
      if (iou(c) >= 0)
        std::printf("  %-10s IoU %.4f\n", kClassNames[c], iou(c));
    std::printf("pixel accuracy %.4f, mean IoU %.4f\n", pixelAccuracy(), meanIou());
  }
};

/// A picture and its label map.
struct Scene {
  std::string image, labels;
};

/// All pairs NNN.png, NNN_label.png of a folder, by name.
inline std::vector<Scene> scenesOf(const std::filesystem::path &folder) {
  std::vector<Scene> scenes;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    const auto labels = folder / (entry.path().stem().string() + "_label.png");
    if (entry.path().extension() == ".png" && std::filesystem::exists(labels))
      scenes.push_back({entry.path().string(), labels.string()});
  }
  if (scenes.empty())
    throw std::runtime_error(folder.string() + ": no pairs NNN.png, NNN_label.png");
  std::sort(scenes.begin(), scenes.end(),
            [](const Scene &a, const Scene &b) { return a.image < b.image; });
  return scenes;
}

} // namespace shapes

#endif // SEGC_EXAMPLES_PICTURES_H
