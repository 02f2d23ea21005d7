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

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <cstdio>
#include <memory>
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

/// The contents of a weights file, mapped where the system can.
class WeightsFile {
public:
  /// Throws std::runtime_error, naming the file, if it cannot be read or has another size.
  WeightsFile(const std::string &path, size_t bytes) : bytes_(bytes) {
#if defined(__unix__) || defined(__APPLE__)
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
      throw std::runtime_error(path + ": cannot be opened");
    struct stat status = {};
    const bool known = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    const size_t size = known ? static_cast<size_t>(status.st_size) : 0;
    void *const data =
        size == bytes ? ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    ::close(file);
    checkSize(path, size);
    if (data == MAP_FAILED)
      throw std::runtime_error(path + ": cannot be mapped");
    data_ = data;
#else
    std::FILE *file = std::fopen(path.c_str(), "rb");
    if (!file)
      throw std::runtime_error(path + ": cannot be opened");
    memory_.reserve(bytes + 1); // one byte more, to see that there is none
    const size_t size = std::fread(memory_.data(), 1, bytes + 1, file);
    std::fclose(file);
    checkSize(path, size);
    data_ = memory_.data();
#endif
  }
  WeightsFile(const WeightsFile &) = delete;
  WeightsFile &operator=(const WeightsFile &) = delete;
  ~WeightsFile() {
#if defined(__unix__) || defined(__APPLE__)
    ::munmap(data_, bytes_);
#endif
  }
  const void *data() const { return data_; }

private:
  void checkSize(const std::string &path, size_t size) const {
    if (size != bytes_)
      throw std::runtime_error(path + ": not the weights of this network, which are " +
                               std::to_string(bytes_) + " bytes");
  }

  size_t bytes_;
  void *data_ = nullptr;
#if !defined(__unix__) && !defined(__APPLE__)
  AlignedMemory memory_;
#endif
};

} // namespace segc

#endif // SEGC_NETWORK_H
