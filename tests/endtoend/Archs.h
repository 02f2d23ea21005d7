//===- Archs.h - tests on the targets of this machine -----------*- C++ -*-===//
//
// A machine with AVX-512 runs what is compiled for AVX2, too, and every machine the emulation of
// CUDA.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_ARCHS_H
#define SEGC_TESTS_ENDTOEND_ARCHS_H

#include "tests/endtoend/OpGraph.h"
#include "tests/endtoend/Sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace segc {

/// The targets that this machine runs: instruction sets as in --arch, and "cuda".
inline std::vector<std::string> testedArchs() {
  std::vector<std::string> names = {"native"};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") &&
      __builtin_cpu_supports("fma"))
    names.push_back("x86-64-v3");
#endif
  names.push_back("cuda");
  return names;
}

/// A network of some ops on a target: always on "native", and on a third of the others each day.
class OnTarget : public ::testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    const auto *test = ::testing::UnitTest::GetInstance()->current_test_info();
    if (GetParam() != "native" &&
        !isSampled(std::string(test->test_suite_name()) + test->name(), 3))
      GTEST_SKIP() << "its turn is another day";
  }
  OpGraph graph{GetParam()};
};

inline std::string archName(const ::testing::TestParamInfo<std::string> &info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_ARCHS_H
