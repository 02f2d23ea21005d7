//===- KernelRunner.h - runs a kernel every way it can be run ---*- C++ -*-===//
//
// A call runs the kernel through Halide's JIT with all checks, as printed C++ with
// assertions, and as printed C++ as users get it, its parallel loops backwards. The three
// must agree; what the last one wrote is left for the test to compare.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_KERNELS_KERNELRUNNER_H
#define SEGC_TESTS_KERNELS_KERNELRUNNER_H

#include "tests/codegen/CompiledKernel.h"
#include "tests/kernels/JitKernel.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace segc::test {

class KernelRunner {
public:
  explicit KernelRunner(const Kernel &kernel,
                        const CpuTarget &target = *CpuTarget::fromArch("x86-64-v4"),
                        bool checkPromises = true)
      : kernel(kernel) {
    // Equal keys promise equal kernels: what a test has compiled once is used again.
    static std::map<std::string, std::shared_ptr<const Compiled>> cache;
    std::shared_ptr<const Compiled> &entry = cache[kernel.key];
    if (!entry)
      entry = std::make_shared<Compiled>(kernel, target, checkPromises);
    compiled = entry;
  }

  void operator()(const std::vector<KernelValue> &values) const {
    if (!compiled->library)
      return compiled->jit(values);
    const Bytes before = outputs(values);
    compiled->jit(values);
    const Bytes fromJit = outputs(values);
    restore(values, before);
    compiled->library->call(compiled->asserting, pointers(values));
    expectEqual(outputs(values), fromJit, "with assertions");
    restore(values, before);
    compiled->library->call(compiled->plain, pointers(values), reversedTasks());
    expectEqual(outputs(values), fromJit, "as users get it");
  }

private:
  /// The elements of every output view, one after the other.
  using Bytes = std::vector<std::vector<char>>;

  struct Compiled {
    Compiled(const Kernel &kernel, const CpuTarget &target, bool checkPromises)
        : jit(kernel, checkPromises) {
      if (!runsHere(target))
        return;
      library = std::make_unique<KernelLibrary>(target);
      asserting = library->add(kernel, /*asserts=*/true);
      plain = library->add(kernel, /*asserts=*/false);
      const char *all = std::getenv("SEGC_TEST_ALL");
      library->build("", /*precompiles=*/!all || std::string(all) != "1");
    }

    JitKernel jit;
    std::unique_ptr<KernelLibrary> library;
    int asserting = -1, plain = -1;
  };

  static bool runsHere(const CpuTarget &target) {
    const std::string host = CpuTarget::fromArch("native")->arch;
    return target.arch == host || (target.arch == "x86-64-v3" && host == "x86-64-v4");
  }

  /// Calls visit(address, bytes) for every element of a view.
  template <typename Visit>
  static void forEach(const KernelArg &arg, const View &view, Visit visit) {
    std::vector<int> at(arg.rank, 0);
    for (int d = 0; d < arg.rank; ++d)
      if (view.extent[d] <= 0)
        return;
    for (;;) {
      ptrdiff_t offset = 0;
      for (int d = 0; d < arg.rank; ++d)
        offset += static_cast<ptrdiff_t>(at[d]) * view.stride[d];
      visit(static_cast<char *>(view.data) + offset * arg.type.bytes(), arg.type.bytes());
      int d = 0;
      while (d < arg.rank && ++at[d] == view.extent[d])
        at[d++] = 0;
      if (d == arg.rank)
        return;
    }
  }

  Bytes outputs(const std::vector<KernelValue> &values) const {
    Bytes all;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!kernel.args[i].isOutput)
        continue;
      std::vector<char> &bytes = all.emplace_back();
      forEach(kernel.args[i], std::get<View>(values[i]),
              [&](char *p, int n) { bytes.insert(bytes.end(), p, p + n); });
    }
    return all;
  }

  void restore(const std::vector<KernelValue> &values, const Bytes &saved) const {
    size_t output = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!kernel.args[i].isOutput)
        continue;
      const char *from = saved[output++].data();
      forEach(kernel.args[i], std::get<View>(values[i]), [&](char *p, int n) {
        std::memcpy(p, from, n);
        from += n;
      });
    }
  }

  /// Floats may differ by rounding: where multiplications and additions are fused is up
  /// to the compiler.
  void expectEqual(const Bytes &actual, const Bytes &expected, const char *how) const {
    size_t output = 0;
    for (const KernelArg &arg : kernel.args) {
      if (!arg.isOutput)
        continue;
      const std::vector<char> &a = actual[output], &b = expected[output];
      ++output;
      if (arg.type != Halide::Float(32)) {
        EXPECT_TRUE(a == b) << kernel.name << " " << how;
        continue;
      }
      for (size_t i = 0; i < a.size(); i += sizeof(float)) {
        float x, y;
        std::memcpy(&x, &a[i], sizeof(float));
        std::memcpy(&y, &b[i], sizeof(float));
        bool same = std::memcmp(&x, &y, sizeof(float)) == 0 || near(x, y, 1e-5);
        ASSERT_TRUE(same) << kernel.name << " " << how << ", element " << i / 4 << ": " << x
                          << " instead of " << y;
      }
    }
  }

  /// KernelLibrary takes views and numbers by address, constants as they are.
  static std::vector<const void *> pointers(const std::vector<KernelValue> &values) {
    std::vector<const void *> result;
    for (const KernelValue &value : values) {
      if (const void *const *constant = std::get_if<const void *>(&value))
        result.push_back(*constant);
      else
        std::visit([&](const auto &v) { result.push_back(&v); }, value);
    }
    return result;
  }

  Kernel kernel;
  std::shared_ptr<const Compiled> compiled;
};

} // namespace segc::test

#endif // SEGC_TESTS_KERNELS_KERNELRUNNER_H
