//===- Sample.h - cases that take turns -------------------------*- C++ -*-===//
//
// Each submission has half an hour. What it cannot try in full it tries in part, another part each
// day; ./dev test --all (SEGC_TEST_ALL=1) tries everything, SEGC_TEST_SEED=N the part of day N.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_SAMPLE_H
#define SEGC_TESTS_ENDTOEND_SAMPLE_H

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

namespace segc {

/// Days since 1970, or SEGC_TEST_SEED.
inline uint64_t sampleDay() {
  const char *seed = std::getenv("SEGC_TEST_SEED");
  return seed ? std::strtoull(seed, nullptr, 10)
              : static_cast<uint64_t>(std::time(nullptr)) / (24 * 60 * 60);
}

/// Whether it is the turn of a case: of every `of` cases one has it.
inline bool isSampled(const std::string &name, unsigned of) {
  const char *all = std::getenv("SEGC_TEST_ALL");
  if (all && std::string(all) == "1")
    return true;
  uint64_t hash = 14695981039346656037u; // FNV-1a
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return (hash / 7 + sampleDay()) % of == 0;
}

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_SAMPLE_H
