// Which kernels share a file depends on the kernels, not on when they come.

#include "compiler/package/KernelFiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace {

using namespace segc;

struct Text {
  std::string name, text;
};

/// Kernels of 1 to 40 kB.
std::vector<Text> someKernels(unsigned seed, size_t count) {
  std::mt19937 random(seed);
  std::vector<Text> kernels;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = "kernel_" + std::to_string(random());
    kernels.push_back({name, name + std::string(1000 + random() % 40000, '.') + "\n"});
  }
  return kernels;
}

/// The files of kernels that come in this order. The count is told before kernel `told` comes.
std::vector<std::string> filesOf(const std::vector<Text> &kernels, const std::vector<size_t> &order,
                                 size_t told) {
  std::vector<std::string> files;
  size_t held = 0;
  KernelFiles collector([&](const std::string &first, size_t count, const std::string &text) {
    EXPECT_EQ(text.substr(0, text.find('.')), first);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), count);
    files.push_back(text);
    held += count;
  });
  for (size_t i = 0; i <= order.size(); ++i) {
    if (i == told)
      collector.setCount(kernels.size());
    if (i < order.size())
      collector.add(order[i], kernels[order[i]].name, kernels[order[i]].text);
  }
  EXPECT_EQ(held, kernels.size());
  return files;
}

std::vector<size_t> inOrder(size_t count) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::string joined(const std::vector<std::string> &files) {
  return std::accumulate(files.begin(), files.end(), std::string());
}

TEST(KernelFiles, HoldEveryKernelInOrderWheneverItComes) {
  const std::vector<Text> kernels = someKernels(1, 60);
  std::string all;
  for (const Text &kernel : kernels)
    all += kernel.text;
  std::vector<size_t> order = inOrder(kernels.size());
  const std::vector<std::string> files = filesOf(kernels, order, kernels.size());
  EXPECT_EQ(joined(files), all);
  std::mt19937 random(2);
  for (size_t told = 0; told <= kernels.size(); told += 7) {
    std::shuffle(order.begin(), order.end(), random);
    EXPECT_EQ(filesOf(kernels, order, told), files) << told;
  }
}

TEST(KernelFiles, AreNeitherTinyNorHuge) {
  const std::vector<Text> kernels = someKernels(3, 200);
  const std::vector<std::string> files = filesOf(kernels, inOrder(200), 200);
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_LT(files[i].size(), 240U << 10) << i;
    if (i + 1 < files.size()) {
      EXPECT_GE(files[i].size(), 64U << 10) << i;
    }
  }
  EXPECT_EQ(filesOf(someKernels(4, 2), {1, 0}, 0).size(), 1U);
  EXPECT_TRUE(filesOf({}, {}, 0).empty());
}

// Otherwise everything behind the change would have to be compiled again.
TEST(KernelFiles, AreTheSameSoonBehindAKernelThatIsNew) {
  const std::vector<Text> kernels = someKernels(5, 200);
  const std::vector<std::string> before = filesOf(kernels, inOrder(200), 0);
  for (size_t place : {0, 50, 100}) {
    std::vector<Text> more = kernels;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(place), someKernels(6, 1)[0]);
    size_t changed = 0;
    for (const std::string &file : filesOf(more, inOrder(201), 0))
      changed += std::find(before.begin(), before.end(), file) == before.end() ? 1 : 0;
    EXPECT_GE(changed, 1U);
    EXPECT_LE(changed, 6U) << "of " << before.size() << ", new kernel at " << place;
  }
}

} // namespace
