//===- refine.cpp - an application that links a dense CRF alone -----------===//
//
//   refine IMAGE.png LABEL.png [--out PICTURE.png] [--threads N]
//
// There is no network here. The label map stands in for one: from it the program makes
// scores as poor as those of a network of stride 8 (a score map of an eighth of the
// picture's height and width, with noise, enlarged). The CRF looks at these scores and
// at the picture, and finds the edges again. PICTURE.png gets three panels: the
// picture, the labels before, the labels after.
//
//===----------------------------------------------------------------------===//

#include "score_maps.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace shapes;

namespace {

constexpr int kStride = 8;
/// The score of a class that fills its cell; of one that is not there it is 0.
constexpr float kSureness = 6;
/// The standard deviation of the noise on the scores.
constexpr float kNoise = 1.5f;

/// Gaussian noise, nearly: the sum of twelve uniform numbers. std::normal_distribution would give
/// other numbers with other standard libraries.
class Noise {
public:
  float next() {
    float sum = -6;
    for (int i = 0; i < 12; ++i)
      sum += static_cast<float>(generator()) / 4294967296.0f;
    return sum;
  }

private:
  std::mt19937 generator{20240607};
};

/// What a network of stride 8 might say: how much of its cell a class fills, and noise. Label 255
/// is no class.
ScoreMap coarseScores(const Picture &labels) {
  ScoreMap exact(labels.width, labels.height);
  const uint8_t *label = labels.bytes.data();
  for (int y = 0; y < labels.height; ++y)
    for (int x = 0; x < labels.width; ++x, ++label)
      if (*label < kClasses)
        exact.at(*label, y, x) = kSureness;
  ScoreMap cells = shrink(exact, kStride);
  Noise noise;
  for (float &score : cells.values)
    score += kNoise * noise.next();
  return enlarge(cells, kStride, labels.width, labels.height);
}

/// Copies the picture, or a label map in the classes' colors, into panel 0, 1 or 2.
void paint(Picture &panels, int panel, const Picture &from) {
  const bool isLabels = from.bytes.size() == static_cast<size_t>(from.width) * from.height;
  for (int y = 0; y < from.height; ++y)
    for (int x = 0; x < from.width; ++x) {
      const size_t pixel = static_cast<size_t>(y) * from.width + x;
      const size_t to = static_cast<size_t>(y) * panels.width + panel * from.width + x;
      const uint8_t *color = isLabels ? kColors[from.bytes[pixel]] : &from.bytes[3 * pixel];
      for (size_t c = 0; c < 3; ++c)
        panels.bytes[3 * to + c] = color[c];
    }
}

void writePanels(const std::string &path, const Picture &image, const Picture &before,
                 const Picture &after) {
  Picture panels{3 * image.width, image.height, std::vector<uint8_t>(3 * image.bytes.size())};
  paint(panels, 0, image);
  paint(panels, 1, before);
  paint(panels, 2, after);
  writePng(path, panels, /*labels=*/false);
}

void printAccuracy(const char *when, const Picture &map, const Picture &labels,
                   const std::string &path) {
  Accuracy accuracy;
  accuracy.add(map, labels, path);
  std::printf("%-10s ", when);
  accuracy.print(/*classes=*/false);
}

int run(int argc, char **argv) {
  std::string out;
  int threads = 0;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i + 1 < argc && argument == "--out")
      out = argv[++i];
    else if (i + 1 < argc && argument == "--threads")
      threads = std::atoi(argv[++i]);
    else
      files.push_back(argument);
  }
  if (files.size() != 2 || files[0].rfind("--", 0) == 0 || files[1].rfind("--", 0) == 0)
    throw std::runtime_error("usage: refine IMAGE.png LABEL.png [--out PICTURE.png] [--threads N]");
  const std::string &input = files[0], &truth = files[1];

  const Picture image = readRgb(input), labels = readLabels(truth);
  if (labels.width != image.width || labels.height != image.height)
    throw std::runtime_error(truth + ": the size differs from the image's");
  ScoreMap scores = coarseScores(labels);
  const Picture before = labelsOf(scores);

  dense_crf::Network crf(threads);
  double milliseconds = 0;
  const Picture after = labelsOf(refine(crf, scores, image, milliseconds));

  printAccuracy("before:", before, labels, truth);
  printAccuracy("after:", after, labels, truth);
  std::printf("%s: %dx%d, the CRF took %.2f ms\n", input.c_str(), image.width, image.height,
              milliseconds);
  if (!out.empty())
    writePanels(out, image, before, after);
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
