//===- Archs.h - tests on the instruction sets of this machine --*- C++ -*-===//
//
// A machine with AVX-512 runs what is compiled for AVX2, too.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_ARCHS_H
#define SEGC_TESTS_ENDTOEND_ARCHS_H

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace segc {

/// The instruction sets that this machine runs, as in --arch.
inline std::vector<std::string> testedArchs() {
  std::vector<std::string> names = {"native"};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma"))
    names.push_back("x86-64-v3");
#endif
  return names;
}

inline std::string archName(const ::testing::TestParamInfo<std::string> &info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_ARCHS_H
