//===- DeviceArray.h - memory of the emulated device for tests --*- C++ -*-===//

#ifndef SEGC_TESTS_RUNTIME_CUDA_DEVICEARRAY_H
#define SEGC_TESTS_RUNTIME_CUDA_DEVICEARRAY_H

#include "segc_device.h"

#include <cstddef>
#include <new>
#include <vector>

/// Elements in memory of the device, the last of them in front of a page that may not be touched.
/// In front of the first lie a few that are NaN.
template <typename T> class DeviceArray {
public:
  explicit DeviceArray(const std::vector<T> &contents) : count(contents.size()) {
    const size_t bytes = count * sizeof(T), whole = (bytes + kPiece - 1) / kPiece * kPiece;
    if (cudaMalloc(&memory, whole) || cudaMemset(memory, 0xff, whole))
      throw std::bad_alloc();
    first = reinterpret_cast<T *>(static_cast<char *>(memory) + whole - bytes);
    cudaMemcpy(first, contents.data(), bytes, cudaMemcpyHostToDevice);
  }
  ~DeviceArray() { cudaFree(memory); }
  DeviceArray(const DeviceArray &) = delete;
  DeviceArray &operator=(const DeviceArray &) = delete;

  T *data() const { return first; }
  std::vector<T> contents() const {
    std::vector<T> result(count);
    cudaMemcpy(result.data(), first, count * sizeof(T), cudaMemcpyDeviceToHost);
    return result;
  }

private:
  static constexpr size_t kPiece = 256; ///< cudaMalloc's: it gives no part of one
  size_t count;
  void *memory = nullptr;
  T *first = nullptr;
};

#endif // SEGC_TESTS_RUNTIME_CUDA_DEVICEARRAY_H
