//===- KernelFiles.cpp - which kernels share a source file ------*- C++ -*-===//

#include "compiler/package/KernelFiles.h"

#include <llvm/Support/xxhash.h>

#include <algorithm>
#include <utility>

namespace segc {

namespace {

/// Bytes that a file may have before every third kernel ends it, and before any does. 64 kB of
/// kernels compile in about the time in which their header is read.
constexpr size_t kEnough = 64 << 10;
constexpr size_t kMost = 192 << 10;

} // namespace

void KernelFiles::add(size_t index, const std::string &name, const std::string &text) {
  texts.resize(std::max(texts.size(), index + 1));
  texts[index] = Text{name, text};
  collect();
}

void KernelFiles::setCount(size_t count) {
  total = count;
  collect();
}

void KernelFiles::collect() {
  for (; collected < texts.size() && texts[collected]; ++collected) {
    const Text next = *std::exchange(texts[collected], std::nullopt);
    if (kernels++ == 0)
      first = next.name;
    file += next.text;
    const bool mayEnd = llvm::xxh3_64bits(next.name) % 3 == 0;
    if (file.size() >= kMost || (file.size() >= kEnough && mayEnd))
      end();
  }
  if (total == collected && kernels > 0)
    end();
}

void KernelFiles::end() { complete(first, std::exchange(kernels, 0), std::exchange(file, "")); }

} // namespace segc
