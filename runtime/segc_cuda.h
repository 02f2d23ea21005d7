//===- segc_cuda.h - launching kernels, and memory of a GPU ------*- C++ -*-===//
//
// Part of the runtime that every generated package for CUDA carries. Every call of CUDA's is
// checked; what fails becomes SEGC_ERROR_CUDA.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_H
#define SEGC_CUDA_H

#include "segc_abi.h"
#include "segc_device.h"
#include "segc_layout.h"

#include <cstdint>
#include <cstdlib>

namespace segc {

/// An error that CUDA has reported is told once: the next launch is not blamed for it.
inline int32_t statusOf(cudaError_t error) {
  if (error == cudaSuccess)
    return SEGC_OK;
  (void)cudaGetLastError();
  return SEGC_ERROR_CUDA;
}

/// The stream of a run. What goes wrong on the GPU, where the host cannot know without waiting, is
/// noted in `problem`, of the GPU's memory, as the largest segc_status. Where that is null, the
/// host waits.
struct RunStream {
  RunStream(cudaStream_t stream, int32_t *problem = nullptr) : stream(stream), problem(problem) {}
  operator cudaStream_t() const { return stream; }

  cudaStream_t stream;
  int32_t *problem;
};

/// Memory of the GPU with all bits set: what no kernel writes is NaN.
inline int32_t allocate(size_t bytes, void **memory) {
  if (!memory)
    return SEGC_ERROR_NULL;
  *memory = nullptr;
  if (const int32_t status = statusOf(cudaMalloc(memory, bytes)))
    return status;
  int32_t status = statusOf(cudaMemset(*memory, 0xff, bytes));
  if (!status) // Streams of others do not wait for the default one.
    status = statusOf(cudaStreamSynchronize(nullptr));
  if (status) {
    cudaFree(*memory);
    *memory = nullptr;
  }
  return status;
}

/// Copies elements from the GPU, behind what is in the stream, and waits for them.
template <typename T>
inline int32_t fetch(cudaStream_t stream, const T *from, T *to, int64_t count) {
  if (const int32_t status = statusOf(cudaMemcpyAsync(
          to, from, static_cast<size_t>(count) * sizeof(T), cudaMemcpyDeviceToHost, stream)))
    return status;
  return statusOf(cudaStreamSynchronize(stream));
}

/// Blocks of a launch; none if an extent is zero.
struct Grid {
  int32_t x = 1, y = 1, z = 1;

  bool isEmpty() const { return x <= 0 || y <= 0 || z <= 0; }
  dim3 blocks() const {
    return {static_cast<unsigned>(x), static_cast<unsigned>(y), static_cast<unsigned>(z)};
  }
};

/// Runs kernel(arguments...) on every thread of so many blocks, behind what is in the stream.
template <typename... Parameters, typename... Arguments>
int32_t launch(void (*kernel)(Parameters...), Grid grid, int threads, cudaStream_t stream,
               Arguments... arguments) {
  if (grid.isEmpty())
    return SEGC_OK;
#if defined(SEGC_CUDA_EMULATION)
  emulation::submit(stream, [=] {
    return emulation::run(grid.blocks(), dim3(static_cast<unsigned>(threads)), stream,
                          [&] { kernel(static_cast<Parameters>(arguments)...); });
  });
#else
  kernel<<<grid.blocks(), static_cast<unsigned>(threads), 0, stream>>>(
      static_cast<Parameters>(arguments)...);
#endif
  return statusOf(cudaGetLastError());
}

/// Of this thread among those of all blocks of a one-dimensional launch.
static inline __device__ int64_t threadNumber() {
  return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// Runs kernel(arguments...) on `count` threads at least.
template <typename... Parameters, typename... Arguments>
int32_t launchFor(int64_t count, cudaStream_t stream, void (*kernel)(Parameters...),
                  Arguments... arguments) {
  constexpr int threads = 128;
  const int64_t blocks = (count + threads - 1) / threads;
  if (blocks > INT32_MAX)
    return SEGC_ERROR_TOO_LARGE;
  return launch(kernel, {static_cast<int32_t>(blocks)}, threads, stream, arguments...);
}

/// Zeros in the halo of a batch of maps: one thread an element of a row's halo.
template <typename T>
__global__ void clearHaloKernel(T *maps, int64_t rows, int32_t pitch, int32_t left, int32_t right) {
  const int64_t thread = threadNumber();
  const int32_t halo = left + right;
  const int64_t row = thread / halo;
  if (row >= rows)
    return;
  const int32_t place = static_cast<int32_t>(thread % halo);
  maps[row * pitch + (place < left ? place : pitch - halo + place)] = T(0);
}

template <typename T>
int32_t clearHalo(cudaStream_t stream, T *maps, const MapGeometry &map, int64_t batch) {
  const int64_t rows = batch * blockCount(map) * map.height;
  const int64_t elements = rows * (map.left + map.right) * map.block;
  return launchFor(elements, stream, &clearHaloKernel<T>, maps, rows,
                   static_cast<int32_t>(rowPitch(map)), map.left * map.block,
                   map.right * map.block);
}

/// Bytes of device memory for prepared weights, and behind them the stored ones.
constexpr int64_t deviceWeightBytes(int64_t preparedBytes, int64_t storedBytes) {
  return (preparedBytes + 63) / 64 * 64 + storedBytes;
}

/// Prepares weights on the host, and uploads them and the stored ones.
inline int32_t uploadWeights(const void *weights, int64_t storedBytes, int64_t preparedBytes,
                             int32_t (*prepare)(const void *weights, void *memory, size_t bytes,
                                                const segc_parallel *parallel),
                             void *memory, size_t bytes, const segc_parallel *parallel) {
  if (!weights || !memory)
    return SEGC_ERROR_NULL;
  if (bytes < static_cast<size_t>(deviceWeightBytes(preparedBytes, storedBytes)))
    return SEGC_ERROR_PREPARED;
  const size_t rounded = static_cast<size_t>(preparedBytes + 63) / 64 * 64;
  void *const staged = std::aligned_alloc(64, rounded);
  if (!staged)
    return SEGC_ERROR_CUDA;
  int32_t status = prepare(weights, staged, rounded, parallel);
  if (!status)
    status = statusOf(
        cudaMemcpy(memory, staged, static_cast<size_t>(preparedBytes), cudaMemcpyHostToDevice));
  if (!status)
    status = statusOf(cudaMemcpy(static_cast<char *>(memory) + rounded, weights,
                                 static_cast<size_t>(storedBytes), cudaMemcpyHostToDevice));
  // A copy may be under way when the call returns; streams of others do not wait for it.
  if (!status)
    status = statusOf(cudaStreamSynchronize(nullptr));
  std::free(staged);
  return status;
}

} // namespace segc

#endif // SEGC_CUDA_H
