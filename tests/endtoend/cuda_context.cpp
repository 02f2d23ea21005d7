// Contexts of three packages for CUDA, on the emulation: that their CUDA graphs are made when they
// should be and compute what NAME_run computes, on several threads, and that nothing leaks whatever
// call of CUDA's fails.
//
//   cuda_context replay | addresses | crf | counts | class | threads | failures

#include "counting.h"
#include "crf.h"
#include "small.h"

#include "segc_cuda.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<int> failures{0};

void expect(bool condition, const std::string &what) {
  if (condition)
    return;
  std::printf("failed: %s\n", what.c_str());
  ++failures;
}

segc::emulation::Device &device() { return segc::emulation::Device::get(); }

/// The C interface of a network.
template <typename Context> struct Functions {
  const segc_tensor_info *(*inputs)();
  int32_t (*outputCount)();
  const segc_tensor_info *(*outputs)();
  int32_t (*outputShapes)(const segc_shape *, segc_shape *);
  int32_t (*workspaceSize)(const segc_shape *, size_t *);
  int32_t (*preparedSize)(size_t *);
  int32_t (*prepare)(const void *, void *, size_t, const segc_parallel *);
  int32_t (*run)(const segc_tensor *, const segc_tensor *, const void *, void *, size_t,
                 const segc_parallel *);
  int32_t (*runDevice)(const segc_tensor *, const segc_tensor *, const void *, void *, size_t,
                       CUstream_st *);
  int32_t (*create)(const void *, Context **);
  void (*destroy)(Context *);
  int32_t (*contextRun)(Context *, const segc_tensor *, const segc_tensor *);
  int32_t (*contextRunDevice)(Context *, const segc_tensor *, const segc_tensor *, CUstream_st *);
  int32_t (*wait)(Context *);
  int32_t (*resultShapes)(Context *, segc_shape *);
};
#define FUNCTIONS(name)                                                                            \
  Functions<name##_context> {                                                                      \
    name##_inputs, name##_output_count, name##_outputs, name##_output_shapes,                      \
        name##_workspace_size, name##_prepared_size, name##_prepare, name##_run,                   \
        name##_run_device, name##_context_create, name##_context_destroy, name##_context_run,      \
        name##_context_run_device, name##_context_wait, name##_context_result_shapes               \
  }

/// Memory of the GPU.
class DeviceBuffer {
public:
  explicit DeviceBuffer(size_t bytes) {
    expect(segc::allocate(bytes, &memory) == SEGC_OK, "there is memory");
  }
  ~DeviceBuffer() { cudaFree(memory); }
  DeviceBuffer(const DeviceBuffer &) = delete;
  DeviceBuffer &operator=(const DeviceBuffer &) = delete;
  void *data() const { return memory; }

private:
  void *memory = nullptr;
};

size_t elements(const segc_shape &shape) {
  size_t count = 1;
  for (int32_t d = 0; d < shape.rank; ++d)
    count *= static_cast<size_t>(shape.dims[d]);
  return count;
}

/// Zeros and other numbers, which depend on a seed.
std::vector<float> image(const segc_shape &shape, uint32_t seed) {
  std::vector<float> values(elements(shape));
  uint32_t state = seed * 2654435761u + 12345;
  for (float &value : values) {
    state = state * 1664525u + 1013904223u;
    value = state >> 30 ? static_cast<float>(state >> 8) * (2.0f / 16777216.0f) - 1.0f : 0.0f;
  }
  return values;
}

/// Prepared weights, and what a run on one input gives.
template <typename Context> class Network {
public:
  explicit Network(const Functions<Context> &functions) : f(functions), prepared(sizeOf(f)) {
    expect(f.prepare(nullptr, prepared.data(), sizeOf(f), nullptr) == SEGC_OK, "prepared");
  }

  segc_shape shape(int64_t height, int64_t width) const {
    if (f.inputs()[0].rank == 2)
      return {2, {height, width}};
    return {4, {1, f.inputs()[0].dims[1], height, width}};
  }

  /// The outputs' memory, one behind the other, as `run(inputs, outputs)` fills it; its status.
  template <typename Run>
  std::string outputs(const segc_shape &shape, std::vector<float> values, int32_t &status,
                      const Run &run) const {
    std::vector<segc_tensor> tensors = outputTensors(shape);
    std::string memory(static_cast<size_t>(bytesOf(tensors)), 'x');
    size_t place = 0;
    for (size_t i = 0; i < tensors.size(); ++i) {
      tensors[i].data = &memory[place];
      place += bytesOf(tensors, i);
    }
    const segc_tensor input = {values.data(), shape};
    status = run(&input, tensors.data());
    return memory;
  }

  /// By NAME_run.
  std::string expected(const segc_shape &shape, uint32_t seed) const {
    size_t bytes = 0;
    expect(f.workspaceSize(&shape, &bytes) == SEGC_OK, "a size");
    const DeviceBuffer workspace(bytes);
    int32_t status = -1;
    const std::string result = outputs(
        shape, image(shape, seed), status, [&](const segc_tensor *in, const segc_tensor *out) {
          return f.run(in, out, prepared.data(), workspace.data(), bytes, nullptr);
        });
    expect(status == SEGC_OK, "NAME_run");
    return result;
  }

  std::string inContext(Context *context, const segc_shape &shape, const std::vector<float> &values,
                        int32_t &status) const {
    return outputs(shape, values, status, [&](const segc_tensor *in, const segc_tensor *out) {
      return f.contextRun(context, in, out);
    });
  }

  void check(Context *context, const segc_shape &shape, uint32_t seed,
             const std::string &what) const {
    int32_t status = -1;
    const std::string result = inContext(context, shape, image(shape, seed), status);
    expect(status == SEGC_OK, what + " runs");
    expect(result == expected(shape, seed), what + " is what NAME_run gives");
  }

  std::unique_ptr<Context, void (*)(Context *)> context() const {
    Context *made = nullptr;
    expect(f.create(prepared.data(), &made) == SEGC_OK && made, "there is a context");
    return {made, f.destroy};
  }

  std::vector<segc_tensor> outputTensors(const segc_shape &shape) const {
    std::vector<segc_shape> shapes(static_cast<size_t>(f.outputCount()));
    expect(f.outputShapes(&shape, shapes.data()) == SEGC_OK, "shapes");
    std::vector<segc_tensor> tensors(shapes.size());
    for (size_t i = 0; i < shapes.size(); ++i)
      tensors[i].shape = shapes[i];
    return tensors;
  }
  size_t bytesOf(const std::vector<segc_tensor> &tensors, size_t i) const {
    return elements(tensors[i].shape) * (f.outputs()[i].type == SEGC_INT64 ? 8 : 4);
  }
  size_t bytesOf(const std::vector<segc_tensor> &tensors) const {
    size_t bytes = 0;
    for (size_t i = 0; i < tensors.size(); ++i)
      bytes += bytesOf(tensors, i);
    return bytes;
  }

  const Functions<Context> f;
  const DeviceBuffer prepared;

private:
  static size_t sizeOf(const Functions<Context> &functions) {
    size_t bytes = 0;
    expect(functions.preparedSize(&bytes) == SEGC_OK, "a size");
    return bytes;
  }
};

/// An input and outputs in the memory of the GPU.
template <typename Context> class OnDevice {
public:
  OnDevice(const Network<Context> &network, const segc_shape &shape, const std::vector<float> &from)
      : network(network), outputs(network.outputTensors(shape)), image(from.size() * sizeof(float)),
        results(network.bytesOf(outputs)), input({image.data(), shape}) {
    upload(from);
    char *place = static_cast<char *>(results.data());
    for (size_t i = 0; i < outputs.size(); ++i) {
      outputs[i].data = place;
      place += network.bytesOf(outputs, i);
    }
  }
  void upload(const std::vector<float> &values) {
    expect(cudaMemcpy(image.data(), values.data(), values.size() * sizeof(float),
                      cudaMemcpyHostToDevice) == cudaSuccess,
           "uploaded");
  }
  std::string result() const {
    std::string memory(network.bytesOf(outputs), 'x');
    expect(cudaMemcpy(&memory[0], results.data(), memory.size(), cudaMemcpyDeviceToHost) ==
               cudaSuccess,
           "downloaded");
    return memory;
  }
  int32_t run(Context *context, CUstream_st *stream) const {
    return network.f.contextRunDevice(context, &input, outputs.data(), stream);
  }

private:
  const Network<Context> &network;
  std::vector<segc_tensor> outputs;
  const DeviceBuffer image, results;

public:
  const segc_tensor input;
};

/// How many graphs have been made and launched since.
struct Graphs {
  const int64_t made = device().instantiations, launched = device().graphLaunches;

  void expectSince(int64_t expectedMade, int64_t expectedLaunched, const std::string &what) const {
    const int64_t m = device().instantiations - made, l = device().graphLaunches - launched;
    expect(m == expectedMade && l == expectedLaunched,
           what + ": " + std::to_string(m) + " graphs made, " + std::to_string(l) + " launched");
  }
};

/// Shapes that come and go, some of which need a larger workspace.
void replays() {
  const Network<small_context> network(FUNCTIONS(small));
  const auto context = network.context();
  const Graphs graphs;
  const segc_shape first = network.shape(19, 23), second = network.shape(16, 12),
                   larger = network.shape(40, 33);
  for (uint32_t seed = 1; seed <= 3; ++seed)
    network.check(context.get(), first, seed, "the first shape");
  graphs.expectSince(1, 2, "three runs on a shape");
  network.check(context.get(), second, 4, "the second shape");
  graphs.expectSince(1, 2, "one on another");
  network.check(context.get(), first, 5, "the first shape again");
  network.check(context.get(), second, 6, "the second shape again");
  graphs.expectSince(2, 4, "both again");
  network.check(context.get(), larger, 7, "a larger shape");
  network.check(context.get(), first, 8, "the first shape in a larger workspace");
  graphs.expectSince(2, 4, "graphs go with the workspace");
  network.check(context.get(), first, 9, "the first shape in a larger workspace, again");
  graphs.expectSince(3, 5, "and come again");
  // The fifth shape takes the place of the one that has not run for longest.
  for (int64_t width : {8, 9, 10, 11})
    network.check(context.get(), network.shape(8, width), 10, "many shapes");
  network.check(context.get(), first, 11, "a forgotten shape");
  graphs.expectSince(3, 5, "a forgotten shape");

  int32_t status = -1;
  const segc_shape tooSmall = network.shape(1, 1);
  (void)network.outputs(first, image(first, 1), status,
                        [&](const segc_tensor *in, const segc_tensor *out) {
                          const segc_tensor input = {in->data, tooSmall};
                          return network.f.contextRun(context.get(), &input, out);
                        });
  expect(status == SEGC_ERROR_TOO_SMALL, "an image that is too small");
  (void)network.outputs(first, image(first, 1), status,
                        [&](const segc_tensor *in, const segc_tensor *out) {
                          const segc_tensor outputs[2] = {{out[0].data, out[1].shape}, out[1]};
                          return network.f.contextRun(context.get(), in, outputs);
                        });
  expect(status == SEGC_ERROR_SHAPE, "an output of another shape");
  expect(network.f.contextRun(context.get(), nullptr, nullptr) == SEGC_ERROR_NULL, "no tensors");
  expect(network.f.contextRun(nullptr, nullptr, nullptr) == SEGC_ERROR_NULL, "no context");
  expect(network.f.create(nullptr, nullptr) == SEGC_ERROR_NULL, "no place for a context");
  small_context *none = context.get();
  expect(network.f.create(nullptr, &none) == SEGC_ERROR_NULL && !none, "no weights");
  network.f.destroy(nullptr);
}

/// Tensors of the GPU: a graph holds their addresses, and reads what lies there.
void addressesCount() {
  const Network<small_context> network(FUNCTIONS(small));
  const auto context = network.context();
  const segc_shape shape = network.shape(21, 18);
  OnDevice<small_context> a(network, shape, image(shape, 1)), b(network, shape, image(shape, 2));
  cudaStream_t stream = nullptr;
  expect(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess, "a stream");
  const Graphs graphs;
  for (uint32_t seed = 3; seed < 7; ++seed) {
    a.upload(image(shape, seed));
    expect(a.run(context.get(), seed % 2 ? stream : nullptr) == SEGC_OK, "a runs");
    expect(b.run(context.get(), stream) == SEGC_OK, "b runs");
    expect(network.f.wait(context.get()) == SEGC_OK, "nothing went wrong");
    expect(a.result() == network.expected(shape, seed), "what lies in a now");
    expect(b.result() == network.expected(shape, 2), "what lies in b");
  }
  graphs.expectSince(2, 6, "two pairs of addresses, four times");

  // Graphs go with the workspace, and those of host tensors with the page-locked memory.
  const segc_shape larger = network.shape(40, 33);
  const OnDevice<small_context> large(network, larger, image(larger, 7));
  expect(large.run(context.get(), stream) == SEGC_OK, "a larger shape runs");
  expect(large.result() == network.expected(larger, 7), "what lies in the larger one");
  a.upload(image(shape, 8));
  expect(a.run(context.get(), stream) == SEGC_OK, "a runs again");
  expect(a.result() == network.expected(shape, 8), "what lies in a, in a larger workspace");
  for (uint32_t seed = 1; seed <= 2; ++seed)
    network.check(context.get(), shape, seed, "the host's tensors");
  graphs.expectSince(3, 7, "tensors of the host");
  network.check(context.get(), larger, 3, "larger ones of the host");
  network.check(context.get(), shape, 4, "the host's tensors again");
  graphs.expectSince(3, 7, "in larger page-locked memory");

  // A caller's own graph holds NAME_run_device.
  size_t bytes = 0;
  expect(network.f.workspaceSize(&shape, &bytes) == SEGC_OK, "a size");
  const DeviceBuffer workspace(bytes), results(network.bytesOf(network.outputTensors(shape)));
  std::vector<segc_tensor> outputs = network.outputTensors(shape);
  outputs[0].data = results.data();
  outputs[1].data = static_cast<char *>(results.data()) + network.bytesOf(outputs, 0);
  cudaGraph_t graph = nullptr;
  expect(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess, "begins");
  expect(network.f.runDevice(&a.input, outputs.data(), network.prepared.data(), workspace.data(),
                             bytes, stream) == SEGC_OK,
         "NAME_run_device is captured");
  expect(a.run(context.get(), stream) == SEGC_ERROR_CUDA, "a context's run is not");
  expect(cudaStreamEndCapture(stream, &graph) != cudaSuccess && !graph, "which breaks it");
  expect(cudaStreamDestroy(stream) == cudaSuccess, "a stream");
}

/// A dense CRF is captured, and what it says of its input comes with the results.
void crfIsCaptured() {
  const Network<crf_context> network(FUNCTIONS(crf));
  const auto context = network.context();
  const segc_shape shape = network.shape(9, 14);
  std::vector<float> bad = image(shape, 2);
  bad[17] = NAN;
  const Graphs graphs;
  int32_t status = -1;
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    network.check(context.get(), shape, seed, "a CRF");
    (void)network.inContext(context.get(), shape, bad, status);
    expect(status == SEGC_ERROR_VALUE, "no number: status " + std::to_string(status));
  }
  graphs.expectSince(1, 5, "six runs of a CRF");
  network.check(context.get(), shape, 4, "a CRF behind a bad one");

  OnDevice<crf_context> tensors(network, shape, bad);
  for (int i = 0; i < 3; ++i) {
    expect(tensors.run(context.get(), nullptr) == SEGC_OK, "the run itself does not know");
    tensors.upload(image(shape, 5));
    expect(tensors.run(context.get(), nullptr) == SEGC_OK, "a good one");
    expect(network.f.wait(context.get()) == SEGC_ERROR_VALUE, "one of two was bad");
    expect(network.f.wait(context.get()) == SEGC_OK, "and is told once");
    expect(tensors.result() == network.expected(shape, 5), "a CRF on the GPU's tensors");
    tensors.upload(bad);
  }
}

/// A network that counts, for which the host waits: no graphs, right results.
void hostWaits() {
  const Network<counting_context> network(FUNCTIONS(counting));
  const auto context = network.context();
  const Graphs graphs;
  for (const segc_shape &shape : {network.shape(5, 9), network.shape(8, 11), network.shape(5, 9)})
    for (uint32_t seed = 1; seed <= 3; ++seed) {
      int32_t status = -1;
      const std::vector<float> values = image(shape, seed);
      const std::string result = network.inContext(context.get(), shape, values, status);
      expect(status == SEGC_OK, "a network that counts");
      int64_t found = 0;
      for (float value : values)
        found += value != 0;
      segc_shape counted = {};
      expect(network.f.resultShapes(context.get(), &counted) == SEGC_OK && counted.rank == 2 &&
                 counted.dims[1] == found,
             "as many as there are");
      const size_t bytes = elements(counted) * sizeof(int64_t);
      expect(found && result.compare(0, bytes, network.expected(shape, seed), 0, bytes) == 0,
             "where they are");
    }
  graphs.expectSince(0, 0, "counts");

  // Were it captured, that would be refused.
  const segc_shape shape = network.shape(5, 9);
  OnDevice<counting_context> tensors(network, shape, image(shape, 1));
  size_t bytes = 0;
  expect(network.f.workspaceSize(&shape, &bytes) == SEGC_OK, "a size");
  const DeviceBuffer workspace(bytes);
  const DeviceBuffer results(network.bytesOf(network.outputTensors(shape)));
  std::vector<segc_tensor> outputs = network.outputTensors(shape);
  outputs[0].data = results.data();
  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  expect(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess &&
             cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess,
         "a stream is captured");
  expect(network.f.runDevice(&tensors.input, outputs.data(), network.prepared.data(),
                             workspace.data(), bytes, stream) == SEGC_ERROR_CUDA,
         "the host cannot wait for a stream that is captured");
  expect(cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureInvalidated && !graph,
         "there is no graph");
  expect(cudaStreamDestroy(stream) == cudaSuccess, "a stream");
}

void classUsesContext() {
  const Network<small_context> network(FUNCTIONS(small));
  const segc_shape shape = network.shape(19, 23);
  small::Network object(1);
  auto sharing = std::make_unique<small::Network>(object, 1);
  const Graphs graphs;
  for (uint32_t seed = 1; seed <= 3; ++seed)
    for (small::Network *each : {&object, sharing.get()}) {
      int32_t status = -1;
      const std::string result = network.outputs(
          shape, image(shape, seed), status, [&](const segc_tensor *in, const segc_tensor *out) {
            each->run({*in}, {out[0], out[1]});
            return 0;
          });
      expect(result == network.expected(shape, seed), "the C++ class");
    }
  graphs.expectSince(2, 4, "two objects");

  const segc_shape ofCounts = {2, {6, 7}};
  counting::Network counter(1);
  std::vector<float> values(42, 0.0f);
  values[5] = values[30] = 1;
  std::vector<int64_t> places(84);
  counter.run({{values.data(), ofCounts}}, {{places.data(), counter.outputShapes({ofCounts})[0]}});
  expect(counter.resultShapes()[0].dims[1] == 2 && places[0] == 0 && places[1] == 4 &&
             places[2] == 5 && places[3] == 2,
         "a class that counts");

  // No memory for the workspace; then there is some.
  int32_t status = -1;
  const std::vector<float> input = image(shape, 4);
  const std::string result =
      network.outputs(shape, input, status, [&](const segc_tensor *in, const segc_tensor *out) {
        small::Network poor(object, 1);
        bool isTold = false;
        device().callsThatSucceed = 4;
        try {
          poor.run({*in}, {out[0], out[1]});
        } catch (const std::runtime_error &) {
          isTold = true;
        }
        device().callsThatSucceed = -1;
        expect(isTold, "no memory is told");
        poor.run({*in}, {out[0], out[1]});
        return 0;
      });
  expect(result == network.expected(shape, 4), "the C++ class when there is memory again");
}

/// Two threads a network, each with its context, on weights that they share.
void threadsRun() {
  const Network<small_context> first(FUNCTIONS(small));
  const Network<crf_context> second(FUNCTIONS(crf));
  const auto work = [](const auto &network, uint32_t thread) {
    const auto context = network.context();
    for (uint32_t round = 0; round < 12; ++round) {
      const segc_shape shape = network.shape(10 + thread - round % 2, 15);
      network.check(context.get(), shape, 10 * thread + round, "thread " + std::to_string(thread));
    }
  };
  const Graphs graphs;
  std::thread callers[4];
  for (uint32_t thread = 0; thread < 4; ++thread)
    callers[thread] = std::thread([&, thread] {
      if (thread % 2)
        work(second, thread);
      else
        work(first, thread);
    });
  for (std::thread &caller : callers)
    caller.join();
  expect(device().instantiations > graphs.made, "there were graphs");
}

/// Every `step`th call of CUDA's fails in turn: a code comes back, or the right result where the
/// call was a graph's; the context still works; nothing is left.
template <typename Context> void failuresOf(const Network<Context> &network, int step) {
  const segc_shape shape = network.shape(8, 9), larger = network.shape(9, 12);
  const std::string expected[2] = {network.expected(shape, 1), network.expected(larger, 1)};
  const int64_t before = device().objects;
  int failed = 0, rounds = 0;
  for (bool isOver = false; !isOver; ++rounds) {
    const int call = rounds * step;
    OnDevice<Context> tensors(network, shape, image(shape, 1));
    device().callsThatSucceed = call;
    Context *context = nullptr;
    int32_t status = network.f.create(network.prepared.data(), &context);
    expect(!status == !!context, "a context or a status");
    for (int i = 0; i < 5 && !status; ++i) {
      const bool isLarger = i == 3;
      const std::string result = network.inContext(context, isLarger ? larger : shape,
                                                   image(isLarger ? larger : shape, 1), status);
      expect(status || result == expected[isLarger], "the right result, or a status");
    }
    for (int i = 0; i < 3 && !status; ++i)
      status = tensors.run(context, nullptr);
    if (!status)
      status = network.f.wait(context);
    isOver = device().callsThatSucceed >= 0;
    device().callsThatSucceed = -1;
    expect(!status || status == SEGC_ERROR_CUDA, "status " + std::to_string(status));
    expect(cudaGetLastError() == cudaSuccess, "no error is left for others to find");
    failed += status != 0;
    if (context)
      for (int i = 0; i < 2; ++i)
        network.check(context, shape, 1,
                      "a context in which call " + std::to_string(call) + " has failed");
    network.f.destroy(context);
  }
  expect(device().objects == before, std::to_string(device().objects - before) + " are left");
  std::printf("%d calls tried, %d of which failed a run\n", rounds, failed);
  expect(failed > 20 && failed < rounds - 1, "some failures are a code, others cost a graph");
}

} // namespace

int main(int argc, char **argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode == "replay")
    replays();
  else if (mode == "addresses")
    addressesCount();
  else if (mode == "crf")
    crfIsCaptured();
  else if (mode == "counts")
    hostWaits();
  else if (mode == "class")
    classUsesContext();
  else if (mode == "threads")
    threadsRun();
  else if (mode == "failures") {
    failuresOf(Network<small_context>(FUNCTIONS(small)), 1);
    failuresOf(Network<crf_context>(FUNCTIONS(crf)), 23);
  } else {
    std::printf("usage: cuda_context replay|addresses|crf|counts|class|threads|failures\n");
    return 2;
  }
  expect(device().objects == 0, std::to_string(device().objects) + " objects are left");
  return failures ? 1 : 0;
}
