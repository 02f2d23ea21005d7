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

#include <cstdio>

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

/// What a network is, to what runs it.
struct DeviceNetwork {
  const segc_tensor_info *inputs, *outputs;
  int32_t (*outputShapes)(const segc_shape *, segc_shape *);
  int32_t (*resultShapes)(const segc_shape *, const void *, segc_shape *);
  int32_t (*workspaceSize)(const segc_shape *, size_t *);
  int32_t (*enqueue)(const segc_tensor *, const segc_tensor *, const void *, void *, size_t,
                     const RunStream &);
  bool waits; ///< the host waits in the middle of a run, for what it must know
  bool notes; ///< the GPU notes problems behind a run
};

/// Where the copies of host tensors lie in a workspace.
template <int32_t inputCount, int32_t outputCount> struct Staging {
  size_t workspaceBytes = 0; ///< copies included, which are the end of it
  int64_t begin = 0;         ///< the first byte of the inputs
  int64_t middle = 0;        ///< the first byte of the outputs
  int64_t end = 0;
  int64_t place[inputCount + outputCount] = {}; ///< of inputs, then of outputs, from `begin`
  int64_t bytes[inputCount + outputCount] = {};

  /// Returns a segc_status: the inputs must fit the network; outputs must be there.
  int32_t plan(const DeviceNetwork &network, const segc_tensor *inputs,
               const segc_tensor *outputs) {
    if ((inputCount && !inputs) || !outputs)
      return SEGC_ERROR_NULL;
    segc_shape shapes[inputCount + 1], results[outputCount + 1];
    for (int32_t i = 0; i < inputCount; ++i) {
      if (!inputs[i].data)
        return SEGC_ERROR_NULL;
      shapes[i] = inputs[i].shape;
    }
    for (int32_t i = 0; i < outputCount; ++i)
      if (!outputs[i].data)
        return SEGC_ERROR_NULL;
    if (const int32_t status = network.outputShapes(shapes, results))
      return status;
    if (const int32_t status = network.workspaceSize(shapes, &workspaceBytes))
      return status;
    end = static_cast<int64_t>(workspaceBytes);
    middle = end - stagedBytes(network.outputs, results, outputCount);
    begin = middle - stagedBytes(network.inputs, shapes, inputCount);
    int64_t at = 0;
    for (int32_t i = 0; i < inputCount + outputCount; ++i) {
      place[i] = at;
      bytes[i] = i < inputCount
                     ? tensorBytes(network.inputs[i], shapes[i])
                     : tensorBytes(network.outputs[i - inputCount], results[i - inputCount]);
      at += stagingStart(bytes[i] + 1);
    }
    return SEGC_OK;
  }

  /// The tensors with their copies in this workspace as data, inputs first.
  void copies(const segc_tensor *inputs, const segc_tensor *outputs, void *workspace,
              segc_tensor *result) const {
    for (int32_t i = 0; i < inputCount + outputCount; ++i)
      result[i] = {static_cast<char *>(workspace) + begin + place[i],
                   i < inputCount ? inputs[i].shape : outputs[i - inputCount].shape};
  }
};

#if defined(SEGC_CUDA_EMULATION)
/// Ends the program if a CUDA graph cannot hold a run of a network that says it does not wait, so
/// that whatever is tried on the emulation is tried for that, too. Computes nothing.
inline void tryCapture(const DeviceNetwork &network, const segc_tensor *inputs,
                       const segc_tensor *outputs, const void *prepared, void *workspace,
                       size_t workspaceBytes) {
  cudaStream_t stream = nullptr;
  if (network.waits || cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) != cudaSuccess)
    return;
  if (cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess) {
    // A place to note problems, where nobody will.
    int32_t *const problem = network.notes ? static_cast<int32_t *>(workspace) : nullptr;
    (void)network.enqueue(inputs, outputs, prepared, workspace, workspaceBytes,
                          RunStream(stream, problem));
    cudaGraph_t graph = nullptr;
    if (cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureInvalidated) {
      std::fprintf(
          stderr,
          "segc_cuda_run.h: the host waits in the middle of a run that should fit a graph\n");
      std::abort();
    }
    if (graph)
      cudaGraphDestroy(graph);
  }
  cudaStreamDestroy(stream);
  (void)cudaGetLastError();
}
#endif

/// NAME_run: uploads, runs, downloads, and waits.
template <int32_t inputCount, int32_t outputCount>
int32_t runOnHostTensors(const DeviceNetwork &network, const segc_tensor *inputs,
                         const segc_tensor *outputs, const void *prepared, void *workspace,
                         size_t workspaceBytes) {
  if (!workspace)
    return SEGC_ERROR_NULL;
  Staging<inputCount, outputCount> staging;
  if (const int32_t status = staging.plan(network, inputs, outputs))
    return status;
  if (staging.workspaceBytes > workspaceBytes)
    return SEGC_ERROR_WORKSPACE;
  segc_tensor copies[inputCount + outputCount];
  staging.copies(inputs, outputs, workspace, copies);
#if defined(SEGC_CUDA_EMULATION)
  tryCapture(network, copies, copies + inputCount, prepared, workspace, workspaceBytes);
#endif
  const cudaStream_t stream = nullptr;
  for (int32_t i = 0; i < inputCount; ++i)
    if (const int32_t status = statusOf(cudaMemcpyAsync(copies[i].data, inputs[i].data,
                                                        static_cast<size_t>(staging.bytes[i]),
                                                        cudaMemcpyHostToDevice, stream)))
      return status;
  if (const int32_t status =
          network.enqueue(copies, copies + inputCount, prepared, workspace, workspaceBytes, stream))
    return status;
  for (int32_t i = 0; i < outputCount; ++i)
    if (const int32_t status = statusOf(cudaMemcpyAsync(
            outputs[i].data, copies[inputCount + i].data,
            static_cast<size_t>(staging.bytes[inputCount + i]), cudaMemcpyDeviceToHost, stream)))
      return status;
  return statusOf(cudaStreamSynchronize(stream));
}

} // namespace segc

#endif // SEGC_CUDA_RUN_H
