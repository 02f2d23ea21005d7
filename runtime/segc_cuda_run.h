//===- segc_cuda_run.h - a run on tensors of the host ------------*- C++ -*-===//
//
// Part of the runtime that every generated package for CUDA carries. Copies of the inputs and
// outputs lie in the workspace, behind what the network itself needs.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_RUN_H
#define SEGC_CUDA_RUN_H

#include "segc_cuda.h"
#include "segc_plan.h"

namespace segc {

inline int64_t bytesOfElement(segc_type type) {
  switch (type) {
  case SEGC_UINT8:
  case SEGC_BOOL:
  case SEGC_INT8:
    return 1;
  case SEGC_FLOAT16:
  case SEGC_BFLOAT16:
  case SEGC_INT16:
  case SEGC_UINT16:
    return 2;
  case SEGC_INT64:
  case SEGC_FLOAT64:
  case SEGC_UINT64:
    return 8;
  default:
    return 4;
  }
}

/// Where copies begin: CUDA's own alignment.
constexpr int64_t stagingStart(int64_t bytes) { return (bytes + 255) / 256 * 256; }

/// Of shapes that the network takes.
inline int64_t tensorBytes(const segc_tensor_info &info, const segc_shape &shape) {
  int64_t bytes = bytesOfElement(info.type);
  for (int32_t d = 0; d < shape.rank; ++d)
    bytes *= shape.dims[d];
  return bytes;
}

inline int64_t stagedBytes(const segc_tensor_info *infos, const segc_shape *shapes, int32_t count) {
  int64_t bytes = 0;
  for (int32_t i = 0; i < count; ++i)
    bytes += stagingStart(tensorBytes(infos[i], shapes[i]) + 1);
  return bytes;
}

/// Functions of a network.
struct DeviceNetwork {
  int32_t (*outputShapes)(const segc_shape *, segc_shape *);
  int32_t (*workspaceSize)(const segc_shape *, size_t *);
  int32_t (*run)(const segc_tensor *, const segc_tensor *, const void *, void *, size_t,
                 cudaStream_t);
};

/// NAME_run: uploads, runs, downloads, and waits.
template <int32_t inputCount, int32_t outputCount>
int32_t runOnHostTensors(const segc_tensor_info *inputInfos, const segc_tensor *inputs,
                         const segc_tensor_info *outputInfos, const segc_tensor *outputs,
                         const void *prepared, void *workspace, size_t workspaceBytes,
                         const DeviceNetwork &network) {
  if ((inputCount && !inputs) || !outputs || !workspace)
    return SEGC_ERROR_NULL;
  segc_shape shapes[inputCount + 1], results[outputCount + 1];
  segc_tensor from[inputCount + 1], to[outputCount + 1];
  for (int32_t i = 0; i < inputCount; ++i) {
    if (!inputs[i].data)
      return SEGC_ERROR_NULL;
    shapes[i] = inputs[i].shape;
  }
  if (const int32_t status = network.outputShapes(shapes, results))
    return status;
  size_t needed = 0;
  if (const int32_t status = network.workspaceSize(shapes, &needed))
    return status;
  if (needed > workspaceBytes)
    return SEGC_ERROR_WORKSPACE;
  char *place = static_cast<char *>(workspace) + needed -
                stagedBytes(inputInfos, shapes, inputCount) -
                stagedBytes(outputInfos, results, outputCount);
  const cudaStream_t stream = nullptr;
  for (int32_t i = 0; i < inputCount; ++i) {
    from[i] = {place, shapes[i]};
    const int64_t bytes = tensorBytes(inputInfos[i], shapes[i]);
    if (cudaMemcpyAsync(place, inputs[i].data, static_cast<size_t>(bytes), cudaMemcpyHostToDevice,
                        stream) != cudaSuccess)
      return SEGC_ERROR_CUDA;
    place += stagingStart(bytes + 1);
  }
  for (int32_t i = 0; i < outputCount; ++i) {
    if (!outputs[i].data)
      return SEGC_ERROR_NULL;
    to[i] = {place, outputs[i].shape};
    place += stagingStart(tensorBytes(outputInfos[i], results[i]) + 1);
  }
  if (const int32_t status = network.run(from, to, prepared, workspace, workspaceBytes, stream))
    return status;
  for (int32_t i = 0; i < outputCount; ++i)
    if (cudaMemcpyAsync(outputs[i].data, to[i].data,
                        static_cast<size_t>(tensorBytes(outputInfos[i], results[i])),
                        cudaMemcpyDeviceToHost, stream) != cudaSuccess)
      return SEGC_ERROR_CUDA;
  return statusOf(cudaStreamSynchronize(stream));
}

} // namespace segc

#endif // SEGC_CUDA_RUN_H
