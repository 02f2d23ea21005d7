//===- segc_cuda_context.h - runs that are captured and replayed -*- C++ -*-===//
//
// Part of the runtime that every generated package for CUDA carries: what NAME_context is. It
// keeps one workspace, an event behind the last run, and the last few kinds of run:
//
//   first run of a kind    enqueued call by call
//   second                 captured as a CUDA graph, on a stream of the context's own, and launched
//   later                  launched
//
// A kind is shapes and addresses. So a caller whose images all differ in size does not pay for
// graphs, and kernels have been loaded before they are captured. Graphs hold addresses of the
// workspace: when it must grow, they go. A graph that cannot be made costs time, not the run:
// whoever calls cudaDeviceSynchronize on another thread breaks a capture.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_CONTEXT_H
#define SEGC_CUDA_CONTEXT_H

#include "segc_cuda_run.h"

#include <cstring>
#include <new>

namespace segc {

/// Makes a device the current one of this thread while it lives.
class OnDevice {
public:
  explicit OnDevice(int device) {
    problem_ = statusOf(cudaGetDevice(&before));
    if (problem_ || before == device)
      return;
    problem_ = statusOf(cudaSetDevice(device));
    isChanged = !problem_;
  }
  ~OnDevice() {
    if (isChanged)
      (void)cudaSetDevice(before);
  }
  OnDevice(const OnDevice &) = delete;
  OnDevice &operator=(const OnDevice &) = delete;

  int32_t problem() const { return problem_; }

private:
  int before = 0;
  bool isChanged = false;
  int32_t problem_;
};

template <int32_t inputCount, int32_t outputCount> class RunContext {
public:
  RunContext(const DeviceNetwork &network, const void *prepared)
      : network(network), prepared(prepared) {}
  RunContext(const RunContext &) = delete;
  RunContext &operator=(const RunContext &) = delete;

  ~RunContext() {
    const OnDevice here(device);
    if (done)
      (void)statusOf(cudaEventSynchronize(done));
    dropGraphs();
    cudaFree(workspace);
    cudaFree(problem);
    if (staged)
      cudaFreeHost(staged);
    if (problemOnHost)
      cudaFreeHost(problemOnHost);
    if (done)
      cudaEventDestroy(done);
    if (stream)
      cudaStreamDestroy(stream);
  }

  /// Must come first; where it fails the context can only be destroyed.
  int32_t open() {
    if (const int32_t status = statusOf(cudaGetDevice(&device)))
      return status;
    if (const int32_t status = statusOf(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking)))
      return status;
    if (const int32_t status = statusOf(cudaEventCreateWithFlags(&done, cudaEventDisableTiming)))
      return status;
    if (!network.notes)
      return SEGC_OK;
    if (const int32_t status =
            statusOf(cudaMallocHost(reinterpret_cast<void **>(&problemOnHost), sizeof(int32_t))))
      return status;
    *problemOnHost = SEGC_OK;
    if (const int32_t status =
            statusOf(cudaMalloc(reinterpret_cast<void **>(&problem), sizeof(int32_t))))
      return status;
    return clearProblem();
  }

  int32_t runDevice(const segc_tensor *inputs, const segc_tensor *outputs, cudaStream_t caller) {
    if ((inputCount && !inputs) || !outputs)
      return SEGC_ERROR_NULL;
    segc_shape shapes[inputCount + 1];
    for (int32_t i = 0; i < inputCount; ++i)
      shapes[i] = inputs[i].shape;
    size_t needed = 0;
    if (const int32_t status = network.workspaceSize(shapes, &needed))
      return status;
    const OnDevice here(device);
    if (here.problem())
      return here.problem();
    if (const int32_t status = reserve(needed))
      return status;
    Kind kind = {};
    for (int32_t i = 0; i < inputCount + outputCount; ++i)
      kind.tensors[i] = i < inputCount ? inputs[i] : outputs[i - inputCount];
    return put(kind, caller);
  }

  /// Tensors of the host; waits.
  int32_t run(const segc_tensor *inputs, const segc_tensor *outputs) {
    Staging<inputCount, outputCount> staging;
    if (const int32_t status = staging.plan(network, inputs, outputs))
      return status;
    const OnDevice here(device);
    if (here.problem())
      return here.problem();
    if (const int32_t status = reserve(staging.workspaceBytes))
      return status;
    if (const int32_t status = reserveStaged(static_cast<size_t>(staging.end - staging.begin)))
      return status;
    for (int32_t i = 0; i < inputCount; ++i)
      std::memcpy(staged + staging.place[i], inputs[i].data, static_cast<size_t>(staging.bytes[i]));
    Kind kind = {};
    kind.uploaded = static_cast<size_t>(staging.middle - staging.begin);
    kind.downloaded = static_cast<size_t>(staging.end - staging.middle);
    staging.copies(inputs, outputs, workspace, kind.tensors);
    const int32_t enqueued = put(kind, stream);
    // Also behind a failure: page-locked memory may still be read.
    const int32_t waited = waitHere();
    if (enqueued || waited)
      return enqueued ? enqueued : waited;
    for (int32_t i = 0; i < outputCount; ++i)
      std::memcpy(outputs[i].data, staged + staging.place[inputCount + i],
                  static_cast<size_t>(staging.bytes[inputCount + i]));
    return SEGC_OK;
  }

  /// Until all runs are over. What they have noted is told once.
  int32_t wait() {
    const OnDevice here(device);
    return here.problem() ? here.problem() : waitHere();
  }

  int32_t resultShapes(segc_shape *outputs) {
    if (!hasRun)
      return SEGC_ERROR_WORKSPACE;
    const OnDevice here(device);
    if (here.problem())
      return here.problem();
    if (const int32_t status = statusOf(cudaEventSynchronize(done)))
      return status;
    return network.resultShapes(lastShapes, workspace, outputs);
  }

private:
  /// What is alike in runs that one graph does.
  struct Kind {
    segc_tensor tensors[inputCount + outputCount]; ///< in the memory of the GPU, inputs first
    size_t uploaded, downloaded; ///< bytes of copies of the host's tensors; 0: they are not its
  };
  struct Graph {
    Kind kind;
    cudaGraphExec_t replay; ///< null before the second run
    uint64_t lastRun;       ///< 0: nothing is here
  };
  static constexpr int kGraphs = 4;

  static bool isSame(const segc_tensor &a, const segc_tensor &b) {
    return a.data == b.data && a.shape.rank == b.shape.rank && a.shape.rank >= 0 &&
           a.shape.rank <= SEGC_MAX_RANK &&
           std::memcmp(a.shape.dims, b.shape.dims,
                       static_cast<size_t>(a.shape.rank) * sizeof a.shape.dims[0]) == 0;
  }
  static bool isSame(const Kind &a, const Kind &b) {
    for (int32_t i = 0; i < inputCount + outputCount; ++i)
      if (!isSame(a.tensors[i], b.tensors[i]))
        return false;
    return a.uploaded == b.uploaded && a.downloaded == b.downloaded;
  }

  /// A run behind those before it.
  int32_t put(const Kind &kind, cudaStream_t to) {
    if (const int32_t status = statusOf(cudaStreamWaitEvent(to, done, 0)))
      return status;
    const int32_t status = launchOrEnqueue(kind, to);
    for (int32_t i = 0; i < inputCount; ++i)
      lastShapes[i] = kind.tensors[i].shape;
    hasRun = true;
    // Also behind a failure: part of the run may be under way.
    const int32_t recorded = record(to);
    return status ? status : recorded;
  }

  int32_t launchOrEnqueue(const Kind &kind, cudaStream_t to) {
    ++runs;
    Graph *graph = nullptr, *oldest = graphs;
    for (Graph &each : graphs) {
      if (each.lastRun && isSame(each.kind, kind))
        graph = &each;
      if (each.lastRun < oldest->lastRun)
        oldest = &each;
    }
    if (graph && !network.waits) {
      graph->lastRun = runs;
      if (!graph->replay)
        capture(*graph);
      if (graph->replay)
        return statusOf(cudaGraphLaunch(graph->replay, to));
    }
    const int32_t status = enqueue(kind, to);
    if (!status && !graph) {
      if (oldest->replay)
        cudaGraphExecDestroy(oldest->replay);
      *oldest = {kind, nullptr, runs};
    }
    return status;
  }

  void capture(Graph &graph) {
    if (statusOf(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal)))
      return;
    const int32_t enqueued = enqueue(graph.kind, stream);
    cudaGraph_t taken = nullptr;
    const int32_t ended = statusOf(cudaStreamEndCapture(stream, &taken));
    if (!enqueued && !ended && statusOf(cudaGraphInstantiate(&graph.replay, taken, 0)))
      graph.replay = nullptr;
    if (taken)
      cudaGraphDestroy(taken);
  }

  int32_t enqueue(const Kind &kind, cudaStream_t to) {
    char *const copies = static_cast<char *>(kind.tensors[0].data);
    if (kind.uploaded)
      if (const int32_t status =
              statusOf(cudaMemcpyAsync(copies, staged, kind.uploaded, cudaMemcpyHostToDevice, to)))
        return status;
    if (const int32_t status = network.enqueue(kind.tensors, kind.tensors + inputCount, prepared,
                                               workspace, workspaceBytes, RunStream(to, problem)))
      return status;
    if (problem)
      if (const int32_t status = statusOf(
              cudaMemcpyAsync(problemOnHost, problem, sizeof *problem, cudaMemcpyDeviceToHost, to)))
        return status;
    if (!kind.downloaded)
      return SEGC_OK;
    return statusOf(cudaMemcpyAsync(staged + kind.uploaded, copies + kind.uploaded, kind.downloaded,
                                    cudaMemcpyDeviceToHost, to));
  }

  int32_t record(cudaStream_t behind) { return statusOf(cudaEventRecord(done, behind)); }

  int32_t waitHere() {
    if (const int32_t status = statusOf(cudaEventSynchronize(done)))
      return status;
    const int32_t noted = problemOnHost ? *problemOnHost : int32_t{SEGC_OK};
    if (noted) {
      *problemOnHost = SEGC_OK;
      if (const int32_t status = clearProblem())
        return status;
    }
    return noted;
  }

  int32_t clearProblem() {
    if (const int32_t status = statusOf(cudaMemsetAsync(problem, 0, sizeof *problem, stream)))
      return status;
    return record(stream);
  }

  /// Memory of the GPU for a run; what is under way has the old one until it is over.
  int32_t reserve(size_t bytes) {
    if (bytes <= workspaceBytes)
      return SEGC_OK;
    if (const int32_t status = giveUpWorkspace())
      return status;
    if (const int32_t status = statusOf(cudaMalloc(&workspace, bytes)))
      return status;
    workspaceBytes = bytes;
    // What no kernel writes is NaN, as in memory of NAME_allocate.
    if (const int32_t status = statusOf(cudaMemsetAsync(workspace, 0xff, bytes, stream)))
      return status;
    return record(stream);
  }

  int32_t giveUpWorkspace() {
    if (const int32_t status = statusOf(cudaEventSynchronize(done)))
      return status;
    dropGraphs();
    cudaFree(workspace);
    workspace = nullptr;
    workspaceBytes = 0;
    hasRun = false;
    return SEGC_OK;
  }

  /// Page-locked memory for the host's tensors.
  int32_t reserveStaged(size_t bytes) {
    if (bytes <= stagedBytes)
      return SEGC_OK;
    if (const int32_t status = statusOf(cudaEventSynchronize(done)))
      return status;
    dropGraphs();
    if (staged)
      cudaFreeHost(staged);
    staged = nullptr;
    stagedBytes = 0;
    if (const int32_t status = statusOf(cudaMallocHost(reinterpret_cast<void **>(&staged), bytes)))
      return status;
    stagedBytes = bytes;
    return SEGC_OK;
  }

  void dropGraphs() {
    for (Graph &graph : graphs) {
      if (graph.replay)
        cudaGraphExecDestroy(graph.replay);
      graph = {};
    }
  }

  const DeviceNetwork &network;
  const void *const prepared;
  int device = 0;
  cudaStream_t stream = nullptr;
  cudaEvent_t done = nullptr;
  bool hasRun = false; ///< in this workspace
  uint64_t runs = 0;
  Graph graphs[kGraphs] = {};
  segc_shape lastShapes[inputCount + 1] = {};
  void *workspace = nullptr;
  size_t workspaceBytes = 0;
  char *staged = nullptr; ///< inputs and outputs of the host, as in the workspace's end
  size_t stagedBytes = 0;
  int32_t *problem = nullptr; ///< of the GPU
  int32_t *problemOnHost = nullptr;
};

/// NAME_context_create.
template <typename Context>
int32_t createContext(const DeviceNetwork &network, const void *prepared, Context **context) {
  if (!context)
    return SEGC_ERROR_NULL;
  *context = nullptr;
  if (!prepared)
    return SEGC_ERROR_NULL;
  Context *const made = new (std::nothrow) Context(network, prepared);
  if (!made)
    return SEGC_ERROR_CUDA;
  if (const int32_t status = made->open()) {
    delete made;
    return status;
  }
  *context = made;
  return SEGC_OK;
}

} // namespace segc

#endif // SEGC_CUDA_CONTEXT_H
