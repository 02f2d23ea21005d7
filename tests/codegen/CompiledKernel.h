//===- CompiledKernel.h - printed kernels, compiled and called --*- C++ -*-===//
//
// Tests of generated code: print kernels, compile them with the compiler that
// `segc` would use, load the result and call it.
//
//   KernelLibrary library(*CpuTarget::fromArch("native"));
//   int relu = library.add(buildSomething(...));     // as many as you like
//   library.build();                                 // one file, one compiler run
//
//   TestMap input(64, 7, 9, /*block=*/16, /*left=*/1, /*right=*/1), output(...);
//   input.fillRandom(1);
//   library.call(relu, {input.arg(), weights.data(), output.arg()});
//   EXPECT_NEAR(output.at(c, y, x), expected, 1e-4);
//   EXPECT_EQ(output.strayWrites(), 0);
//
// Put many kernels into one library: the compiler's start-up dominates.
//
// TestMap is a feature map as Kernel.h describes it, made to catch mistakes: the
// halo is zero, the slack is NaN and followed by a page that may not be touched, fill-up
// channels hold large numbers, and what an output must not touch holds a value that
// strayWrites() looks for.
//
// SEGC_TEST_CXXFLAGS in the environment is added to the compiler's flags, for
// instance "-fsanitize=address,undefined" in a build of the tests that has it too.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_CODEGEN_COMPILEDKERNEL_H
#define SEGC_TESTS_CODEGEN_COMPILEDKERNEL_H

#include "compiler/codegen/cpp/CppPrinter.h"
#include "compiler/kernels/CpuTarget.h"
#include "compiler/kernels/Kernel.h"
#include "runtime/segc_parallel.h"
#include "runtime/segc_view.h"
#include "tests/codegen/GuardedMemory.h"

#include <string>
#include <vector>

namespace segc {

/// Kernels compiled into one shared library.
class KernelLibrary {
public:
  explicit KernelLibrary(CpuTarget target);
  ~KernelLibrary();
  KernelLibrary(const KernelLibrary &) = delete;
  KernelLibrary &operator=(const KernelLibrary &) = delete;

  /// Prints a kernel; the number is its handle. With `asserts`, Halide's assertions
  /// about the arguments are compiled in, and a failure throws std::runtime_error
  /// from call().
  int add(const Kernel &kernel, bool asserts = false);

  /// Compiles and loads everything added, with `moreFlags` behind the target's. Throws
  /// std::runtime_error with the compiler's messages if it prints any: generated code must be
  /// silent. With `precompiles` the runtime's headers are read in no time: for libraries of few
  /// kernels. g++ then warns of variables in its own headers, so those warnings are off.
  void build(const std::string &moreFlags = "", bool precompiles = false);

  /// Calls a kernel. One pointer per KernelArg: a View, the first constant, an
  /// int32_t or a float.
  void call(int handle, const std::vector<const void *> &args,
            const segc_parallel *parallel = nullptr) const;

  /// The printed text of a kernel.
  const std::string &text(int handle) const { return texts.at(handle); }

private:
  using Entry = void (*)(const segc_parallel *, const void *const *);

  CpuTarget target;
  std::vector<std::string> texts;
  std::string source;
  std::vector<Entry> entries;
  void *library = nullptr;
};

/// One image of a float feature map, or a planar tensor with block 1.
class TestMap {
public:
  TestMap(int channels, int height, int width, int block, int haloLeft = 0, int haloRight = 0);

  float &at(int channel, int row, int column);
  float at(int channel, int row, int column) const;

  /// Numbers in [-1, 1], the same for the same seed.
  void fillRandom(unsigned seed);

  /// What a kernel that reads the map sees (halo and slack), and what one that
  /// writes it sees (the image only).
  const void *arg() const { return &readView; }
  const void *outputArg() const { return &writeView; }

  /// Elements outside the image that no longer hold what the constructor put there.
  int strayWrites() const;

  const int channels, height, width, block;

private:
  size_t offset(int channel, int row, int column) const;
  bool isImage(size_t index) const;
  float outside(size_t index) const;

  int haloLeft, haloRight, blocks;
  GuardedMemory<float> data;
  View readView, writeView;
};

/// Runs tasks in reverse order, to catch kernels that depend on the order.
const segc_parallel *reversedTasks();

} // namespace segc

#endif // SEGC_TESTS_CODEGEN_COMPILEDKERNEL_H
