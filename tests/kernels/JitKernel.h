//===- JitKernel.h - runs a kernel through Halide's JIT ---------*- C++ -*-===//
//
// Kernel tests compare with plain loops. Here is what they share: a kernel compiled
// by Halide with all its checks on, and feature maps whose memory outside the image is
// poisoned, so that a kernel which reads or writes too much is found out.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_KERNELS_JITKERNEL_H
#define SEGC_TESTS_KERNELS_JITKERNEL_H

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Kernel.h"
#include "runtime/segc_view.h"
#include "tests/codegen/GuardedMemory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <variant>
#include <vector>

namespace segc::test {

/// What is passed for one KernelArg.
using KernelValue = std::variant<View, const void *, int, float>;

class JitKernel {
public:
  /// `checkPromises` also tests what the kernel told Halide to take for granted.
  explicit JitKernel(const Kernel &kernel, bool checkPromises = true) : kernel(kernel) {
    std::vector<Halide::Argument> arguments;
    for (const KernelArg &arg : kernel.args) {
      if (arg.isOutput)
        continue;
      bool scalar = arg.kind == KernelArg::Kind::Int || arg.kind == KernelArg::Kind::Float;
      arguments.emplace_back(arg.halideName,
                             scalar ? Halide::Argument::InputScalar : Halide::Argument::InputBuffer,
                             arg.type, scalar ? 0 : arg.rank, Halide::ArgumentEstimates{});
    }
    // Halide 14 takes a Zen 4 for a Sapphire Rapids, and uses AVX-VNNI, which it does not have.
    Halide::Target target = Halide::get_jit_target_from_environment().without_feature(
        Halide::Target::AVX512_SapphireRapids);
    if (checkPromises)
      target.set_feature(Halide::Target::CheckUnsafePromises);
    Halide::Pipeline pipeline = kernel.pipeline;
    Halide::Module module = pipeline.compile_to_module(arguments, kernel.name, target);
    compiled = std::make_unique<Halide::Internal::JITModule>(
        module, module.get_function_by_name(kernel.name),
        Halide::Internal::JITSharedRuntime::get(nullptr, target));
  }

  void operator()(const std::vector<KernelValue> &values) const {
    ASSERT_EQ(values.size(), kernel.args.size()) << kernel.name;
    std::vector<halide_buffer_t> buffers(values.size());
    std::vector<std::vector<halide_dimension_t>> dimensions(values.size());
    std::vector<const void *> inputs, outputs;
    for (size_t i = 0; i < values.size(); ++i) {
      const KernelArg &arg = kernel.args[i];
      if (const int *integer = std::get_if<int>(&values[i])) {
        ASSERT_EQ(arg.kind, KernelArg::Kind::Int) << arg.name;
        inputs.push_back(integer);
        continue;
      }
      if (const float *real = std::get_if<float>(&values[i])) {
        ASSERT_EQ(arg.kind, KernelArg::Kind::Float) << arg.name;
        inputs.push_back(real);
        continue;
      }
      halide_buffer_t &buffer = buffers[i];
      buffer = {};
      buffer.type = arg.type;
      buffer.dimensions = arg.rank;
      dimensions[i].resize(arg.rank);
      if (const View *view = std::get_if<View>(&values[i])) {
        ASSERT_EQ(arg.kind, KernelArg::Kind::View) << arg.name;
        buffer.host = static_cast<uint8_t *>(view->data);
        for (int d = 0; d < arg.rank; ++d)
          dimensions[i][d] = {view->min[d], view->extent[d], view->stride[d]};
      } else {
        ASSERT_EQ(arg.kind, KernelArg::Kind::Constant) << arg.name;
        buffer.host = static_cast<uint8_t *>(const_cast<void *>(std::get<const void *>(values[i])));
        fillConstant(arg, dimensions[i]);
      }
      buffer.dim = dimensions[i].data();
      (arg.isOutput ? outputs : inputs).push_back(&buffer);
    }
    inputs.insert(inputs.end(), outputs.begin(), outputs.end());
    ASSERT_EQ(compiled->argv_function()(inputs.data()), 0) << kernel.name;
  }

private:
  /// A constant's extents are in the pipeline's constraints; as Halide checks them, the
  /// buffer must repeat them.
  void fillConstant(const KernelArg &arg, std::vector<halide_dimension_t> &dimensions) const {
    class Finder : public Halide::Internal::IRGraphVisitor {
    public:
      std::string name;
      Halide::Internal::Parameter found;
      using IRGraphVisitor::visit;
      void visit(const Halide::Internal::Call *op) override {
        if (op->param.defined() && op->param.name() == name)
          found = op->param;
        IRGraphVisitor::visit(op);
      }
    } finder;
    finder.name = arg.halideName;
    std::map<std::string, Halide::Internal::Function> funcs;
    for (Halide::Func output : kernel.pipeline.outputs()) {
      auto some = Halide::Internal::find_transitive_calls(output.function());
      funcs.insert(some.begin(), some.end());
    }
    for (auto &entry : funcs)
      entry.second.accept(&finder);
    ASSERT_TRUE(finder.found.defined()) << arg.name;
    for (int d = 0; d < arg.rank; ++d) {
      auto number = [](Halide::Expr e) {
        const int64_t *value = Halide::Internal::as_const_int(Halide::Internal::simplify(e));
        return value ? static_cast<int>(*value) : -1;
      };
      dimensions[d] = {0, number(finder.found.extent_constraint(d)),
                       number(finder.found.stride_constraint(d))};
    }
  }

  Kernel kernel;
  std::unique_ptr<Halide::Internal::JITModule> compiled;
};

/// A feature map in memory: channel-blocked (block > 1) or planar, with a halo of zeros
/// left and right. Slack is poison for a reader, halo and slack are a sentinel for a
/// writer's map (makeOutput). Behind the map lies a page that may not be touched.
template <typename T> class TestMap {
public:
  TestMap(int channels, int height, int width, int block, int halo = 0, int slack = kSlackColumns)
      : channels(channels), height(height), width(width), block(block), halo(halo),
        columns(halo + width + halo + slack), blocks(channelBlocks(channels, block)),
        memory(static_cast<size_t>(blocks) * height * columns * block + kGuard, poison()) {
    for (int cb = 0; cb < blocks; ++cb)
      for (int y = 0; y < height; ++y)
        for (int x = -halo; x < width + halo; ++x)
          for (int ci = 0; ci < block; ++ci)
            memory[offset(cb * block + ci, y, x)] = T(0);
  }

  static TestMap makeOutput(int channels, int height, int width, int block, int halo = 0) {
    TestMap map(channels, height, width, block, halo);
    std::fill(map.memory.begin(), map.memory.end(), poison());
    return map;
  }

  T &at(int c, int y, int x) { return memory[offset(c, y, x)]; }
  const T &at(int c, int y, int x) const { return memory[offset(c, y, x)]; }

  /// Uniform in [low, high], padding channels included.
  TestMap &randomize(unsigned seed = 1, double low = -1, double high = 1) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform(low, high);
    for (int c = 0; c < blocks * block; ++c)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          at(c, y, x) = static_cast<T>(uniform(generator));
    return *this;
  }

  View input() { return view(-halo, columns); }
  View output() { return view(0, width); }

  /// Whether the memory outside the image is as makeOutput left it.
  bool onlyImageWritten() const {
    std::vector<bool> inside(memory.size());
    for (int c = 0; c < blocks * block; ++c)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          inside[offset(c, y, x)] = true;
    T expected = poison();
    for (size_t i = 0; i < memory.size(); ++i)
      if (!inside[i] && std::memcmp(&memory[i], &expected, sizeof(T)) != 0)
        return false;
    return true;
  }

  static T poison() {
    if constexpr (std::is_floating_point_v<T>)
      return std::numeric_limits<T>::quiet_NaN();
    else
      return std::numeric_limits<T>::min() / 2;
  }

  int channels, height, width, block, halo;

private:
  static constexpr int kGuard = 64;

  size_t offset(int c, int y, int x) const {
    size_t row = static_cast<size_t>(c / block) * height + y;
    return kGuard + (row * columns + halo + x) * block + c % block;
  }

  View view(int min, int extent) {
    View v{};
    v.data = &memory[offset(0, 0, min)];
    int extents[] = {block, extent, height, blocks};
    int strides[] = {1, block, columns * block, columns * block * height};
    for (int d = 0; d < 4; ++d) {
      v.extent[d] = extents[d];
      v.stride[d] = strides[d];
    }
    v.min[1] = min;
    return v;
  }

  int columns, blocks;
  GuardedMemory<T> memory;
};

/// A dense view of `data`; extents innermost first.
template <typename T> View denseView(T *data, const std::vector<int> &extents) {
  View v{};
  v.data = const_cast<std::remove_const_t<T> *>(data);
  int stride = 1;
  for (size_t d = 0; d < extents.size(); ++d) {
    v.extent[d] = extents[d];
    v.stride[d] = stride;
    stride *= extents[d];
  }
  return v;
}

/// |a - b| within an absolute and relative bound.
inline ::testing::AssertionResult near(double actual, double expected, double tolerance = 1e-5) {
  if (std::abs(actual - expected) <= tolerance * (1 + std::abs(expected)))
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << actual << " instead of " << expected;
}

} // namespace segc::test

#endif // SEGC_TESTS_KERNELS_JITKERNEL_H
