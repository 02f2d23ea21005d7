//===- time_crf.cpp - runs a CRF package on arrays in files ------*- C++ -*-===//
//
//   time_crf LABELS HEIGHT WIDTH SCORES IMAGE BELIEFS THREADS RUNS
//
// SCORES is float[labels][height][width], IMAGE float[3][height][width], raw; BELIEFS is
// written likewise. Prints the workspace's bytes, the milliseconds of each run, and the largest
// resident size of the process. compare_densecrf.py compiles and calls it.
//
//===----------------------------------------------------------------------===//

#include "dense_crf.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

static std::vector<float> read(const char *path, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::ifstream file(path, std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(values.size() * sizeof(float));
  if (!file.read(reinterpret_cast<char *>(values.data()), bytes))
    throw std::runtime_error(std::string(path) + ": too short");
  return values;
}

/// The largest resident size so far. getrusage() would give that of the process that started
/// this one, if it was larger.
static long long peakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:" && status >> word)
      return std::stoll(word) * 1024;
  throw std::runtime_error("/proc/self/status: no VmHWM");
}

static int run(char **arguments) {
  const int64_t labels = std::atoll(arguments[1]), height = std::atoll(arguments[2]),
                width = std::atoll(arguments[3]);
  std::vector<float> scores = read(arguments[4], labels * height * width);
  std::vector<float> image = read(arguments[5], 3 * height * width);
  std::vector<float> beliefs(scores.size());
  const segc_shape scoresShape = {4, {1, labels, height, width}};
  const segc_shape imageShape = {4, {1, 3, height, width}};
  dense_crf::Network network(std::atoi(arguments[7]));
  for (int i = 0; i < std::atoi(arguments[8]); ++i) {
    const auto start = std::chrono::steady_clock::now();
    network.run({{scores.data(), scoresShape}, {image.data(), imageShape}},
                {{beliefs.data(), scoresShape}});
    const auto time = std::chrono::steady_clock::now() - start;
    std::printf("time %.4f\n", std::chrono::duration<double, std::milli>(time).count());
  }
  const segc_shape shapes[2] = {scoresShape, imageShape};
  size_t bytes = 0;
  dense_crf_workspace_size(shapes, &bytes);
  std::printf("workspace %zu\npeak %lld\n", bytes, peakBytes());
  std::ofstream(arguments[6], std::ios::binary)
      .write(reinterpret_cast<const char *>(beliefs.data()),
             static_cast<std::streamsize>(beliefs.size() * sizeof(float)));
  return 0;
}

int main(int argc, char **argv) {
  try {
    if (argc == 9)
      return run(argv);
    std::fprintf(stderr, "eight arguments are needed\n");
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
