// A kernel's text depends on the kernel alone, and a kernel that cannot be made is named.

#include "compiler/package/KernelFarm.h"

#include "compiler/codegen/cpp/CppPrinter.h"
#include "schedules/cpu/Conv.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace {

using namespace segc;
using testing::HasSubstr;

const CpuTarget &target() {
  static const CpuTarget target = *CpuTarget::fromArch("x86-64-v3");
  return target;
}

Kernel conv(int channels) {
  ConvSpec spec;
  spec.inputBlock = spec.outputBlock = target().lanes;
  spec.inputChannels = spec.outputChannels = channels;
  return buildConv(spec, defaultConvKnobs(spec, target(), 9, 9), target());
}

std::string print(const Kernel &kernel) { return printCpp(kernel, target()).definition; }

/// Makes kernels; their texts by name.
std::map<std::string, std::string> make(const std::vector<int> &channels, int jobs, Cache &cache,
                                        const KernelFarm::Print &printer = print) {
  std::map<std::string, std::string> texts;
  ProcessPool pool(jobs);
  KernelFarm farm(
      pool, cache, "", printer,
      [&](size_t, const std::string &name, const std::string &text) { texts[name] = text; });
  for (int c : channels) {
    const KernelSignature signature = farm.begin(std::to_string(c), [&] { return conv(c); });
    EXPECT_EQ(signature.name, "conv1x1_" + std::to_string(c) + "_" + std::to_string(c));
    EXPECT_EQ(signature.args.size(), 4U);
    EXPECT_TRUE(signature.args.back().isOutput);
    farm.make(signature.name + "_x");
  }
  pool.finish();
  EXPECT_FALSE(farm.error()) << *farm.error();
  return texts;
}

TEST(KernelFarm, TheTextDependsOnTheKernelAlone) {
  Cache none(false);
  const auto one = make({16}, 1, none);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_THAT(one.begin()->second, HasSubstr("void conv1x1_16_16_x("));
  const auto many = make({8, 24, 16, 32}, 3, none);
  ASSERT_EQ(many.size(), 4U);
  EXPECT_EQ(many.at("conv1x1_16_16_x"), one.at("conv1x1_16_16_x"));
  EXPECT_EQ(many, make({32, 16, 24, 8}, 1, none));
}

TEST(KernelFarm, TheCacheSparesThePrinting) {
  TestFolder folder;
  Cache cache(true, folder / "cache", 1 << 20);
  const auto cold = make({8, 16}, 2, cache);
  const auto warm = make({16, 8}, 2, cache, [](const Kernel &) -> std::string { std::abort(); });
  EXPECT_EQ(cold, warm);
}

/// What the farm says about a kernel that is made by `build` and printed by `printer`.
std::string errorOf(llvm::function_ref<Kernel()> build, const KernelFarm::Print &printer) {
  Cache none(false);
  ProcessPool pool(2);
  KernelFarm farm(pool, none, "", printer,
                  [](size_t, const std::string &, const std::string &) { ADD_FAILURE(); });
  try {
    farm.begin("the key", build);
    farm.make("the_name");
    pool.finish();
    EXPECT_THROW(farm.begin("another", build), KernelError);
  } catch (const KernelError &error) {
    EXPECT_EQ(error.what(), *farm.error());
  }
  EXPECT_TRUE(pool.abandoned());
  EXPECT_TRUE(farm.error());
  return farm.error().value_or("");
}

TEST(KernelFarm, AKernelThatCannotBeMadeIsNamed) {
  const void *volatile nowhere = nullptr;
  const auto good = [] { return conv(8); };
  EXPECT_EQ(errorOf(good, [](const Kernel &) -> std::string { throw PrintError("is odd"); }),
            "kernel the_name: is odd");
  EXPECT_THAT(errorOf(good, [](const Kernel &) -> std::string { std::abort(); }),
              testing::AllOf(HasSubstr("kernel the_name: "), HasSubstr("signal 6")));
  EXPECT_THAT(errorOf(good,
                      [&](const Kernel &) -> std::string {
                        return std::string(static_cast<const char *>(nowhere) + 1, 8);
                      }),
              testing::AllOf(HasSubstr("kernel the_name: "), HasSubstr("signal 11")));
  EXPECT_THAT(errorOf(
                  [] {
                    Kernel kernel = conv(8);
                    Halide::Func undefined;
                    kernel.pipeline = Halide::Pipeline(undefined); // Halide refuses
                    return kernel;
                  },
                  print),
              HasSubstr("kernel "));
  EXPECT_THAT(errorOf([]() -> Kernel { throw std::runtime_error("no such pool"); }, print),
              "kernel \"the key\": no such pool");
  EXPECT_THAT(errorOf([]() -> Kernel { std::abort(); }, print),
              testing::AllOf(HasSubstr("kernel \"the key\": "), HasSubstr("signal 6")));
}

} // namespace
