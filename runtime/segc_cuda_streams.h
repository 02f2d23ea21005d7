//===- segc_cuda_streams.h - streams and graphs on a processor ---*- C++ -*-===//
//
// The part of the emulation for what the host asks of CUDA: streams, events, page-locked memory
// and graphs. A stream does everything at once, unless it is captured: then it only takes down
// what it is given, and a launch of the graph does it. A thread that captures may not wait for
// the device nor ask it for memory, which breaks the capture as it does on a GPU.
//
// Tests can let any call fail, and see what is left behind (Device).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_STREAMS_H
#define SEGC_CUDA_STREAMS_H

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

enum cudaError_t {
  cudaSuccess,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901,
  cudaErrorStreamCaptureIsolation = 905
};
enum cudaStreamCaptureMode { cudaStreamCaptureModeThreadLocal = 1 };
constexpr unsigned cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2;

namespace segc {
namespace emulation {

/// What a captured stream is given. No std::function: every launch of every kernel is compiled.
struct Work {
  cudaError_t (*call)(const Work &work) = nullptr;
  void (*drop)(Work *work) = nullptr;
  Work *next = nullptr;
};
template <typename Function> struct WorkOf : Work {
  explicit WorkOf(const Function &function) : function(function) {
    call = &callFunction;
    drop = [](Work *work) { delete static_cast<WorkOf *>(work); };
  }
  __attribute__((noinline)) static cudaError_t callFunction(const Work &work) {
    return static_cast<const WorkOf &>(work).function();
  }
  Function function;
};

/// What has been taken down, in order. A stream, a graph and what is made of it share it.
class Steps {
public:
  Steps() = default;
  Steps(const Steps &) = delete;
  Steps &operator=(const Steps &) = delete;

  Steps *share() {
    ++owners;
    return this;
  }
  static void drop(Steps *steps) {
    if (steps && --steps->owners == 0)
      delete steps;
  }
  void add(Work *work) {
    *end = work;
    end = &work->next;
  }
  cudaError_t run() const {
    for (const Work *work = first; work; work = work->next)
      if (const cudaError_t error = work->call(*work))
        return error;
    return cudaSuccess;
  }

private:
  ~Steps() {
    while (Work *work = first) {
      first = work->next;
      work->drop(work);
    }
  }

  Work *first = nullptr, **end = &first;
  int owners = 1;
};

} // namespace emulation
} // namespace segc

struct CUstream_st {
  ~CUstream_st() { segc::emulation::Steps::drop(taken); }
  bool isCaptured = false, isBroken = false;
  segc::emulation::Steps *taken = nullptr; ///< since the capture began
};
struct CUevent_st {};
struct CUgraph_st {
  ~CUgraph_st() { segc::emulation::Steps::drop(steps); }
  segc::emulation::Steps *steps = nullptr;
};
struct CUgraphExec_st {
  ~CUgraphExec_st() { segc::emulation::Steps::drop(steps); }
  segc::emulation::Steps *steps = nullptr;
};
using cudaStream_t = CUstream_st *;
using cudaEvent_t = CUevent_st *;
using cudaGraph_t = CUgraph_st *;
using cudaGraphExec_t = CUgraphExec_st *;

namespace segc {
namespace emulation {

/// What tests ask of the device that there is.
struct Device {
  static Device &get() {
    static Device device;
    return device;
  }
  std::atomic<int64_t> objects{0};        ///< memory, streams, events and graphs that are there
  std::atomic<int64_t> instantiations{0}; ///< of graphs, so far
  std::atomic<int64_t> graphLaunches{0};  ///< so far
  /// So many calls succeed, and the next one fails; none does while it is negative.
  std::atomic<int64_t> callsThatSucceed{-1};
};

inline thread_local cudaError_t lastError = cudaSuccess;
/// The stream that this thread captures, if it does.
inline thread_local cudaStream_t captured = nullptr;

inline cudaError_t result(cudaError_t error) {
  if (error != cudaSuccess)
    lastError = error;
  return error;
}

/// What calls begin with that may fail.
inline cudaError_t begin() {
  std::atomic<int64_t> &calls = Device::get().callsThatSucceed;
  if (calls < 0)
    return cudaSuccess;
  const int64_t left = calls--;
  return left ? cudaSuccess : result(cudaErrorMemoryAllocation);
}

/// And those that no thread may make which captures.
inline cudaError_t beginOutside() {
  if (!captured)
    return begin();
  captured->isBroken = true;
  return result(cudaErrorStreamCaptureUnsupported);
}

/// Does `work`, or takes it down if the stream is captured.
template <typename Function> cudaError_t submit(cudaStream_t stream, const Function &work) {
  if (const cudaError_t error = begin())
    return error;
  if (!stream || !stream->isCaptured)
    return result(WorkOf<Function>::callFunction(WorkOf<Function>(work)));
  if (stream->isBroken)
    return result(cudaErrorStreamCaptureInvalidated);
  stream->taken->add(new WorkOf<Function>(work));
  return cudaSuccess;
}

template <typename Object> cudaError_t make(Object **object) {
  *object = nullptr;
  if (const cudaError_t error = begin())
    return error;
  *object = new Object();
  ++Device::get().objects;
  return cudaSuccess;
}
template <typename Object> cudaError_t destroy(Object *object) {
  delete object;
  --Device::get().objects;
  return cudaSuccess;
}

} // namespace emulation
} // namespace segc

inline cudaError_t cudaGetLastError() {
  const cudaError_t error = segc::emulation::lastError;
  segc::emulation::lastError = cudaSuccess;
  return error;
}
inline cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return segc::emulation::begin();
}
inline cudaError_t cudaSetDevice(int device) {
  return segc::emulation::result(device ? cudaErrorInvalidValue : cudaSuccess);
}

inline cudaError_t cudaMallocHost(void **memory, size_t bytes) {
  *memory = nullptr;
  if (const cudaError_t error = segc::emulation::beginOutside())
    return error;
  const size_t rounded = (bytes + 255) / 256 * 256;
  *memory = std::aligned_alloc(256, rounded);
  if (!*memory)
    return segc::emulation::result(cudaErrorMemoryAllocation);
  std::memset(*memory, 0xff, rounded);
  ++segc::emulation::Device::get().objects;
  return cudaSuccess;
}
inline cudaError_t cudaFreeHost(void *memory) {
  if (memory)
    --segc::emulation::Device::get().objects;
  std::free(memory);
  return cudaSuccess;
}

inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  return segc::emulation::make(stream);
}
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return segc::emulation::destroy(stream);
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return segc::emulation::beginOutside(); }

inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) {
  return segc::emulation::make(event);
}
inline cudaError_t cudaEventDestroy(cudaEvent_t event) { return segc::emulation::destroy(event); }
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return segc::emulation::begin(); }
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return segc::emulation::beginOutside(); }
inline cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t, unsigned) {
  if (stream && stream->isCaptured) { // The event is not part of what is captured.
    stream->isBroken = true;
    return segc::emulation::result(cudaErrorStreamCaptureIsolation);
  }
  return segc::emulation::begin();
}

inline cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (const cudaError_t error = segc::emulation::begin())
    return error;
  if (!stream || stream->isCaptured || segc::emulation::captured)
    return segc::emulation::result(cudaErrorStreamCaptureUnsupported);
  segc::emulation::captured = stream;
  stream->isCaptured = true;
  stream->isBroken = false;
  segc::emulation::Steps::drop(stream->taken);
  stream->taken = new segc::emulation::Steps();
  return cudaSuccess;
}
inline cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  *graph = nullptr;
  if (!stream->isCaptured)
    return segc::emulation::result(cudaErrorInvalidValue);
  segc::emulation::captured = nullptr;
  stream->isCaptured = false;
  if (stream->isBroken)
    return segc::emulation::result(cudaErrorStreamCaptureInvalidated);
  if (const cudaError_t error = segc::emulation::make(graph))
    return error;
  (*graph)->steps = stream->taken->share();
  return cudaSuccess;
}
inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return segc::emulation::destroy(graph); }
inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t *graph, cudaGraph_t from,
                                        unsigned long long) {
  if (const cudaError_t error = segc::emulation::make(graph))
    return error;
  (*graph)->steps = from->steps->share();
  ++segc::emulation::Device::get().instantiations;
  return cudaSuccess;
}
inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  return segc::emulation::destroy(graph);
}
inline cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  return segc::emulation::submit(stream, [graph] {
    ++segc::emulation::Device::get().graphLaunches;
    return graph->steps->run();
  });
}

#endif // SEGC_CUDA_STREAMS_H
