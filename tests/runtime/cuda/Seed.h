//===- Seed.h - the order in which the emulation runs threads ---*- C++ -*-===//

#ifndef SEGC_TESTS_RUNTIME_CUDA_SEED_H
#define SEGC_TESTS_RUNTIME_CUDA_SEED_H

#include <cstdlib>
#include <string>

/// SEGC_CUDA_SEED, while it lives; 0 is the order of the numbers.
class Seed {
public:
  explicit Seed(int seed) {
    if (const char *text = std::getenv("SEGC_CUDA_SEED")) {
      wasSet = true;
      before = text;
    }
    setenv("SEGC_CUDA_SEED", std::to_string(seed).c_str(), 1);
  }
  ~Seed() {
    if (wasSet)
      setenv("SEGC_CUDA_SEED", before.c_str(), 1);
    else
      unsetenv("SEGC_CUDA_SEED");
  }
  Seed(const Seed &) = delete;
  Seed &operator=(const Seed &) = delete;

private:
  bool wasSet = false;
  std::string before;
};

#endif // SEGC_TESTS_RUNTIME_CUDA_SEED_H
