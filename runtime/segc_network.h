//===- segc_network.h - what the C++ class of a network owns -----*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, standard library
// only. The C interface needs none of this.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_NETWORK_H
#define SEGC_NETWORK_H

#include "segc_abi.h"
#include "segc_threads.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace segc {

/// Memory aligned to 64 bytes that only grows. Much of it lies in huge pages where the system
/// has them: kernels that read all over their tables then find the addresses quicker.
class AlignedMemory {
public:
  AlignedMemory() = default;
  AlignedMemory(const AlignedMemory &) = delete;
  AlignedMemory &operator=(const AlignedMemory &) = delete;
  ~AlignedMemory() { release(); }

  /// At least `bytes`; what was in it is lost if it must grow. Throws std::bad_alloc.
  void reserve(size_t bytes) {
    if (bytes <= bytes_)
      return;
    release();
    data_ = ::operator new(bytes, alignmentOf(bytes));
    bytes_ = bytes;
#if defined(MADV_HUGEPAGE)
    if (bytes >= kHugePage)
      (void)madvise(data_, bytes, MADV_HUGEPAGE); // a wish; nothing depends on it
#endif
  }
  void *data() const { return data_; }
  size_t size() const { return bytes_; }

private:
  static constexpr size_t kHugePage = size_t{2} << 20;
  static std::align_val_t alignmentOf(size_t bytes) {
    return std::align_val_t(bytes >= kHugePage ? kHugePage : 64);
  }
  void release() {
    ::operator delete(data_, alignmentOf(bytes_));
    data_ = nullptr;
    bytes_ = 0;
  }
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

/// The contents of a weights file.
class WeightsFile {
public:
  /// Throws std::runtime_error, naming the file, if it cannot be read.
  explicit WeightsFile(const std::string &path) {
    std::FILE *file = std::fopen(path.c_str(), "rb");
    if (!file)
      throw std::runtime_error(path + ": cannot be opened");
    std::fseek(file, 0, SEEK_END);
    const long size = std::ftell(file);
    bool complete = size > 0 && std::fseek(file, 0, SEEK_SET) == 0;
    if (complete) {
      memory_.reserve(static_cast<size_t>(size));
      complete = std::fread(memory_.data(), 1, static_cast<size_t>(size), file) ==
                 static_cast<size_t>(size);
    }
    std::fclose(file);
    if (!complete)
      throw std::runtime_error(path + ": cannot be read");
  }
  const void *data() const { return memory_.data(); }

private:
  AlignedMemory memory_;
};

} // namespace segc

#endif // SEGC_NETWORK_H
