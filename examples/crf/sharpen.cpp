//===- sharpen.cpp - a dense CRF behind a network of stride 8 -------------===//
//
//   sharpen FOLDER [--threads N]      all pairs NNN.png, NNN_label.png in it
//
// How much does a dense CRF add to a network without a decoder, as DeepLab v1 and v2
// are? The bundled network has a decoder, so its scores are first made as coarse as
// theirs: the mean of every cell of 8x8 pixels, enlarged again. Then the mean IoU is
// measured before and behind the CRF. The CRF is not told what the decoder knew.
//
// The scenes with even numbers are counted apart from the odd ones: the settings in
// sharpen.sh were chosen on the even ones.
//
//===----------------------------------------------------------------------===//

#include "score_maps.h"
#include "shapes_deeplab.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using namespace shapes;

namespace {

constexpr int kStride = 8;

/// The network's scores of every pixel. It was compiled with --mean and --std: the picture is in
/// [0, 1].
ScoreMap fineScores(shapes_deeplab::Network &network, const Picture &image) {
  std::vector<float> pixels = planesOf(image);
  for (float &value : pixels)
    value /= 255;
  ScoreMap scores(image.width, image.height);
  network.run({{pixels.data(), {4, {1, 3, image.height, image.width}}}},
              {{scores.values.data(), {4, {1, kClasses, image.height, image.width}}}});
  return scores;
}

/// The same figures of three states of the scores.
struct Figures {
  Accuracy fine, coarse, refined;

  void add(const Figures &other) {
    fine.add(other.fine);
    coarse.add(other.coarse);
    refined.add(other.refined);
  }

  void print(const char *scenes) const {
    std::printf("%s  with its decoder  ", scenes);
    fine.print(/*classes=*/false);
    std::printf("%s  at stride 8       ", scenes);
    coarse.print(/*classes=*/false);
    std::printf("%s  behind the CRF    ", scenes);
    refined.print(/*classes=*/false);
  }
};

int run(int argc, char **argv) {
  std::string folder;
  int threads = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i + 1 < argc && argument == "--threads")
      threads = std::atoi(argv[++i]);
    else if (folder.empty() && argument.rfind("--", 0) != 0)
      folder = argument;
    else
      throw std::runtime_error("usage: sharpen FOLDER [--threads N]");
  }
  if (folder.empty())
    throw std::runtime_error("sharpen: no folder given");

  shapes_deeplab::Network network(threads);
  dense_crf::Network crf(threads);
  Figures halves[2];
  double sum = 0;
  const std::vector<Scene> scenes = scenesOf(folder);
  for (size_t i = 0; i < scenes.size(); ++i) {
    const Picture image = readRgb(scenes[i].image), labels = readLabels(scenes[i].labels);
    const ScoreMap fine = fineScores(network, image);
    ScoreMap coarse = enlarge(shrink(fine, kStride), kStride, image.width, image.height);
    double milliseconds = 0;
    const ScoreMap beliefs = refine(crf, coarse, image, milliseconds);
    sum += milliseconds;

    Figures &figures = halves[i % 2];
    figures.fine.add(labelsOf(fine), labels, scenes[i].labels);
    figures.coarse.add(labelsOf(coarse), labels, scenes[i].labels);
    figures.refined.add(labelsOf(beliefs), labels, scenes[i].labels);
  }
  Figures all = halves[0];
  all.add(halves[1]);
  halves[0].print("even scenes");
  halves[1].print("odd scenes ");
  all.print("all scenes ");
  std::printf("%zu scenes, the CRF took %.2f ms each\n", scenes.size(),
              sum / static_cast<double>(scenes.size()));
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
