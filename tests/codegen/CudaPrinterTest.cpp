// Kernels as CUDA C++: what is printed, what is refused, and what nvcc makes of it, where there is
// one. Whether the numbers are right is for tests/endtoend, which run every op on the emulation.

#include "compiler/codegen/cuda/CudaPrinter.h"
#include "compiler/codegen/PackageFiles.h"
#include "compiler/kernels/Map.h"
#include "schedules/cuda/Conv.h"
#include "schedules/cuda/Gemm.h"
#include "schedules/cuda/MatMul.h"
#include "schedules/cuda/Plain.h"
#include "schedules/cuda/Reduce.h"
#include "schedules/cuda/Threads.h"
#include "tests/endtoend/Sample.h"
#include "tests/files/TestFolder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace Halide;

namespace segc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CudaTarget gpu(const std::string &arch = "sm_90", Precision precision = Precision::Float32) {
  CudaTarget gpu = *CudaTarget::fromArch(arch);
  gpu.precision = precision;
  return gpu;
}

Kernel convolution(const std::optional<GemmTile> &tile = std::nullopt,
                   const CudaTarget &target = gpu()) {
  ConvSpec spec;
  spec.inputBlock = spec.outputBlock = 8;
  spec.inputChannels = 19;
  spec.outputChannels = 24;
  spec.kernelH = spec.kernelW = 3;
  spec.padTop = spec.padLeft = 1;
  spec.activation = tile ? seg::UnaryKind::Sigmoid : seg::UnaryKind::Relu;
  spec.hasResidual = tile.has_value();
  ConvKnobs knobs = defaultConvKnobs(spec, target, 32, 32);
  if (tile)
    knobs.gemm = *tile;
  return buildConv(spec, knobs, target);
}

Kernel depthwise() {
  ConvSpec spec;
  spec.inputBlock = spec.outputBlock = 8;
  spec.inputChannels = spec.outputChannels = spec.groups = 19;
  spec.kernelH = spec.kernelW = 3;
  spec.padTop = spec.padLeft = 1;
  spec.activation = seg::UnaryKind::Relu;
  return buildConv(spec, defaultConvKnobs(spec, gpu(), 32, 32), gpu());
}

Kernel transposed(const CudaTarget &target) {
  ConvTransposeSpec spec;
  spec.block = 8;
  spec.inputChannels = 24;
  spec.outputChannels = 21;
  spec.kernel[0] = spec.kernel[1] = 4;
  spec.stride[0] = spec.stride[1] = 2;
  spec.bias = true;
  return buildConvTranspose(spec, defaultConvTransposeKnobs(spec, target, 64, 64), target);
}

Kernel pooling() {
  PoolSpec spec;
  spec.channels = 19;
  spec.block = 8;
  spec.kernel[0] = spec.kernel[1] = 3;
  spec.stride[0] = spec.stride[1] = 2;
  return buildPool(spec, gpu());
}

Kernel mean() {
  FeatureMapReduceSpec spec;
  spec.channels = 19;
  spec.block = 8;
  return buildSpatialReduce(spec, gpu());
}

Kernel softmax() {
  SoftmaxSpec spec;
  spec.channels = 21;
  spec.inputBlock = 8;
  return buildSoftmax(spec, gpu());
}

TEST(CudaPrinter, PrintsAThreadAndItsLaunch) {
  const PrintedKernel printed = printCuda(depthwise(), gpu());
  EXPECT_EQ(
      printed.declaration,
      "int32_t depthwise3x3_19_19_relu(cudaStream_t stream, const segc::View &input,\n"
      "                                const float *weights, const float *bias, const segc::View "
      "&output);\n");
  EXPECT_THAT(
      printed.definition,
      HasSubstr("static __global__ void __launch_bounds__(128) depthwise3x3_19_19_relu_kernel("));
  EXPECT_THAT(printed.definition, HasSubstr("blockIdx.x"));
  EXPECT_THAT(printed.definition, HasSubstr("segc::launch(&depthwise3x3_19_19_relu_kernel, {"));
  // The sum is a register, and products are added to it in one rounding.
  EXPECT_THAT(printed.definition, HasSubstr("sum0 = fma("));
  EXPECT_THAT(printed.definition, Not(HasSubstr("alignas")));
}

TEST(CudaPrinter, PrintsWhatBecomesOfTheRuntimesSums) {
  const std::string text = printCuda(convolution(), gpu()).definition;
  EXPECT_THAT(text, HasSubstr("struct conv3x3_19_24_relu_shape {\n  static constexpr int "
                              "inputChannels = 19, outputChannels = 24,"));
  EXPECT_THAT(text, HasSubstr("__device__ void operator()(int32_t ci, int32_t x, int32_t y, "
                              "int32_t cb, float sum) const {"));
  EXPECT_THAT(text, HasSubstr("= max(0.0f, sum + bias_data["));
  EXPECT_THAT(text, HasSubstr("segc::conv<conv3x3_19_24_relu_shape, conv3x3_19_24_relu_tile, "
                              "segc::CoreSums>(stream, input,"));
  // Where its loops end is the template's business.
  EXPECT_THAT(text, Not(HasSubstr("extent")));
}

TEST(CudaPrinter, PrintsSharedMemoryAndBarriers) {
  const std::string text = printCuda(mean(), gpu()).definition;
  EXPECT_THAT(text, HasSubstr("SEGC_SHARED_MEMORY(shared);\n  float *const parts = "
                              "reinterpret_cast<float *>(shared);\n"));
  EXPECT_THAT(text, HasSubstr("__syncthreads();\n"));
  // 64 threads a channel, their eight groups, and memory for what they show each other.
  EXPECT_THAT(text, HasSubstr("static_cast<int32_t>(threadIdx.x) % 8;"));
  EXPECT_THAT(text,
              HasSubstr("segc::launchTogether(&reduce_mean_spatial_c19_b8_kernel, {3}, 512,"));
  EXPECT_THAT(text, Not(HasSubstr("alignas")));
}

TEST(CudaPrinter, TheTextDependsOnTheKernelAlone) {
  const std::string first = printCuda(convolution(), gpu()).definition;
  (void)printCuda(pooling(), gpu());
  EXPECT_EQ(printCuda(convolution(), gpu()).definition, first);
}

/// A kernel that doubles numbers, as `schedule` has it.
Kernel doubling(const std::function<void(Func)> &schedule) {
  ImageParam input(Float(32), 1, "input");
  Var x("x");
  Func output("output");
  output(x) = input(x) * 2.0f;
  schedule(output);
  Kernel kernel;
  kernel.name = "doubling";
  kernel.pipeline = Pipeline(output);
  kernel.args = {KernelArg::view(input, "input"), KernelArg::output(output, "output")};
  return kernel;
}

std::string refusal(const std::function<void(Func)> &schedule) {
  try {
    printCuda(doubling(schedule), gpu());
  } catch (const PrintError &error) {
    return error.what();
  }
  return "";
}

TEST(CudaPrinter, RefusesWhatIsNoLoopOfAGpu) {
  EXPECT_THAT(refusal([](Func f) { f.parallel(f.args()[0]); }),
              HasSubstr("neither serial nor over blocks"));
  // As many threads as an extent that is not known.
  EXPECT_THAT(refusal([](Func f) {
                Var block("block"), thread("thread");
                f.split(f.args()[0], thread, block, 128, TailStrategy::GuardWithIf)
                    .reorder(thread, block)
                    .gpu_blocks(block)
                    .gpu_threads(thread);
              }),
              HasSubstr("a number of threads that is not known"));
  EXPECT_EQ(refusal([](Func f) { oneThreadAnElement(f, gpu()); }), "");
}

class Nvcc : public ::testing::TestWithParam<std::pair<const char *, Precision>> {};

/// What nvcc and ptxas say of kernels, all of them in one file.
std::string nvccSays(const std::vector<Kernel> &kernels, const std::string &arch, int &code) {
  TestFolder folder;
  std::string definitions;
  for (const Kernel &kernel : kernels)
    definitions += printCuda(kernel, gpu(arch)).definition;
  std::ofstream(folder / "kernels.cu") << printKernelFile("test", definitions, false, gpu(arch));
  for (const RuntimeFile &file : runtimeFiles())
    std::ofstream(folder / file.name) << file.text;
  const std::string log = folder / "log";
  code = std::system(fmt::format("cd {} && nvcc -c kernels.cu -o kernels.o -std=c++17 -O3 -arch={} "
                                 "--fmad=false -Xptxas -v >{} 2>&1",
                                 folder.path(), arch, log)
                         .c_str());
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  return text.str();
}

TEST_P(Nvcc, CompilesWithoutWarningsSpillsAndStack) {
  if (std::system("nvcc --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "nvcc is not installed";
  const auto [arch, precision] = GetParam();
  if (!isSampled(std::string("Nvcc/") + arch + "/" + nameOf(precision), 2))
    GTEST_SKIP() << "its turn is another day";
  const CudaTarget target = gpu(arch, precision);
  int code = 0;
  std::vector<Kernel> all = {depthwise(), pooling(), mean(), softmax()};
  auto add = [&](Kernel kernel) {
    kernel.name += "_" + std::to_string(all.size());
    all.push_back(std::move(kernel));
  };
  for (const GemmTile &tile : gemmTiles(target))
    add(convolution(tile, target));
  add(transposed(target));
  add(buildMatMul({300, 200, 64}, target));
  const std::string said = nvccSays(all, arch, code);
  EXPECT_EQ(code, 0) << said;
  EXPECT_THAT(said, Not(HasSubstr("warning"))) << said;
  std::istringstream lines(said);
  size_t kernels = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.find("bytes stack frame") != std::string::npos) {
      EXPECT_THAT(line, HasSubstr(" 0 bytes stack frame, 0 bytes spill stores")) << said;
      ++kernels;
    }
  EXPECT_GE(kernels, all.size()) << said;
}

INSTANTIATE_TEST_SUITE_P(Archs, Nvcc,
                         ::testing::Values(std::pair("sm_75", Precision::Float32),
                                           std::pair("sm_75", Precision::Float16),
                                           std::pair("sm_86", Precision::BFloat16),
                                           std::pair("sm_90", Precision::Float32),
                                           std::pair("sm_90", Precision::Tf32),
                                           std::pair("sm_90", Precision::Float16)),
                         [](const auto &info) {
                           return std::string(info.param.first) + "_" + nameOf(info.param.second);
                         });

} // namespace
} // namespace segc
