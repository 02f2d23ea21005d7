//===- segc_device_memory.h - memory of a GPU that a class holds -*- C++ -*-===//
//
// Part of the runtime that every generated package for CUDA carries. Includes nothing of CUDA's:
// apps that use a network need not.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_DEVICE_MEMORY_H
#define SEGC_DEVICE_MEMORY_H

#include "segc_network.h"

namespace segc {

/// Memory of the GPU that only grows, by the functions of a package.
template <int32_t (*allocate)(size_t, void **), void (*free)(void *)> class DeviceMemory {
public:
  DeviceMemory() = default;
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;
  ~DeviceMemory() { free(data_); }

  /// At least `bytes`; what was in it is lost if it must grow. Throws std::bad_alloc.
  void reserve(size_t bytes) {
    if (bytes <= bytes_)
      return;
    free(data_);
    data_ = nullptr;
    bytes_ = 0;
    if (allocate(bytes, &data_))
      throw std::bad_alloc();
    bytes_ = bytes;
  }
  void *data() const { return data_; }
  size_t size() const { return bytes_; }

private:
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

} // namespace segc

#endif // SEGC_DEVICE_MEMORY_H
