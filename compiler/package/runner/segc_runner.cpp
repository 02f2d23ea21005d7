//===- segc_runner.cpp - a program around one network -----------*- C++ -*-===//
//
// `segc bench` and `segc check` build this with a generated package where a network must run
// in a process of its own: to measure its memory, on another processor, instrumented. It
// needs the package's folder and nothing else.
//
//   runner describe OUT              the inputs' and outputs' types, as tensors without data
//   runner run THREADS IN OUT        tensors from a file, results to a file
//   runner bench THREADS RUNS WARMUP PROFILE [DIMS...]
//                                    times on random input; rank and extents of every input
//
// A file of tensors: int64 count; then for each int64 type, rank, extents..., length of the
// name, name, bytes of data, data. Everything in the machine's byte order.
//
// Built with -DSEGC_HEADER="NAME.h" and -DSEGC_NETWORK=NAME, and -DSEGC_PROFILE where the
// package was made for profiling. Exit codes: 0; 1 and a message for a status other than
// success; 2 for broken files.
//
//===----------------------------------------------------------------------===//

#include SEGC_HEADER

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#define SEGC_JOIN2(a, b) a##b
#define SEGC_JOIN(a, b) SEGC_JOIN2(a, b)
#define SEGC_FUNCTION(suffix) SEGC_JOIN(SEGC_NETWORK, suffix)

// Apart from the network's names, which are the user's choice.
namespace segc_runner {
namespace {

struct Tensor {
  int64_t type = 0;
  std::string name;
  segc_shape shape = {};
  std::vector<char> data;

  segc_tensor view() { return {data.empty() ? &nothing : data.data(), shape}; }
  char nothing = 0;
};

[[noreturn]] void fail(const char *what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(2);
}

void check(int32_t status) {
  if (status == SEGC_OK)
    return;
  std::fprintf(stderr, "%s\n", SEGC_FUNCTION(_status_text)(status));
  std::exit(1);
}

int64_t elementBytes(int64_t type) {
  switch (type) {
  case SEGC_INT64:
  case SEGC_UINT64:
  case SEGC_FLOAT64:
    return 8;
  case SEGC_FLOAT32:
  case SEGC_INT32:
  case SEGC_UINT32:
    return 4;
  case SEGC_FLOAT16:
  case SEGC_BFLOAT16:
  case SEGC_INT16:
  case SEGC_UINT16:
    return 2;
  default:
    return 1;
  }
}

size_t byteCount(const Tensor &tensor) {
  int64_t bytes = elementBytes(tensor.type);
  for (int32_t i = 0; i < tensor.shape.rank; ++i)
    bytes *= tensor.shape.dims[i];
  return static_cast<size_t>(bytes);
}

class File {
public:
  File(const char *path, const char *mode) : file(std::fopen(path, mode)) {
    if (!file)
      fail("a file of tensors cannot be opened");
  }
  void read(void *data, size_t bytes) {
    if (bytes && std::fread(data, 1, bytes, file) != bytes)
      fail("a file of tensors is too short");
  }
  int64_t number() {
    int64_t value = 0;
    read(&value, sizeof value);
    return value;
  }
  void write(const void *data, size_t bytes) {
    if (bytes && std::fwrite(data, 1, bytes, file) != bytes)
      fail("a file of tensors cannot be written");
  }
  void put(int64_t value) { write(&value, sizeof value); }
  void close() {
    if (std::fclose(file) != 0)
      fail("a file of tensors cannot be written");
  }

private:
  std::FILE *file;
};

std::vector<Tensor> readTensors(const char *path) {
  File file(path, "rb");
  std::vector<Tensor> tensors(static_cast<size_t>(file.number()));
  for (Tensor &tensor : tensors) {
    tensor.type = file.number();
    tensor.shape.rank = static_cast<int32_t>(file.number());
    if (tensor.shape.rank < 0 || tensor.shape.rank > SEGC_MAX_RANK)
      fail("a tensor has too many dimensions");
    for (int32_t i = 0; i < tensor.shape.rank; ++i)
      tensor.shape.dims[i] = file.number();
    tensor.name.resize(static_cast<size_t>(file.number()));
    file.read(&tensor.name[0], tensor.name.size());
    tensor.data.resize(static_cast<size_t>(file.number()));
    file.read(tensor.data.data(), tensor.data.size());
  }
  file.close();
  return tensors;
}

void writeTensors(const char *path, const std::vector<Tensor> &tensors) {
  File file(path, "wb");
  file.put(static_cast<int64_t>(tensors.size()));
  for (const Tensor &tensor : tensors) {
    file.put(tensor.type);
    file.put(tensor.shape.rank);
    for (int32_t i = 0; i < tensor.shape.rank; ++i)
      file.put(tensor.shape.dims[i]);
    file.put(static_cast<int64_t>(tensor.name.size()));
    file.write(tensor.name.data(), tensor.name.size());
    file.put(static_cast<int64_t>(tensor.data.size()));
    file.write(tensor.data.data(), tensor.data.size());
  }
  file.close();
}

Tensor described(const segc_tensor_info &info) {
  Tensor tensor;
  tensor.type = info.type;
  tensor.name = info.name;
  tensor.shape.rank = info.rank;
  std::copy_n(info.dims, info.rank, tensor.shape.dims);
  return tensor;
}

int describe(const char *path) {
  std::vector<Tensor> ports;
  // The inputs, a nameless mark, the outputs.
  for (int32_t i = 0; i < SEGC_FUNCTION(_input_count)(); ++i)
    ports.push_back(described(SEGC_FUNCTION(_inputs)()[i]));
  ports.emplace_back();
  for (int32_t i = 0; i < SEGC_FUNCTION(_output_count)(); ++i)
    ports.push_back(described(SEGC_FUNCTION(_outputs)()[i]));
  writeTensors(path, ports);
  return 0;
}

/// A run with everything that it needs.
class Run {
public:
  Run(std::vector<Tensor> inputs, int threads) : inputs(std::move(inputs)), pool(threads) {
    if (static_cast<int32_t>(this->inputs.size()) != SEGC_FUNCTION(_input_count)())
      fail("the number of inputs is wrong");
    std::vector<segc_shape> shapes;
    for (Tensor &input : this->inputs) {
      shapes.push_back(input.shape);
      inputViews.push_back(input.view());
    }
    std::vector<segc_shape> results(static_cast<size_t>(SEGC_FUNCTION(_output_count)()));
    if (const char *problem = SEGC_FUNCTION(_shape_problem)(shapes.data())) {
      std::fprintf(stderr, "%s\n", problem);
      std::exit(1);
    }
    check(SEGC_FUNCTION(_output_shapes)(shapes.data(), results.data()));
    outputs.resize(results.size());
    for (size_t i = 0; i < results.size(); ++i) {
      outputs[i] = described(SEGC_FUNCTION(_outputs)()[i]);
      outputs[i].shape = results[i];
      // Values that no kernel writes must not look right by chance.
      outputs[i].data.assign(byteCount(outputs[i]), '\xff');
    }
    for (Tensor &output : outputs)
      outputViews.push_back(output.view());
    const auto start = std::chrono::steady_clock::now();
    check(SEGC_FUNCTION(_prepared_size)(&preparedBytes));
    prepared.reserve(preparedBytes);
    check(SEGC_FUNCTION(_prepare)(nullptr, prepared.data(), preparedBytes, pool.parallel()));
    prepareTime = std::chrono::steady_clock::now() - start;
    check(SEGC_FUNCTION(_workspace_size)(shapes.data(), &workspaceBytes));
    inputShapes = shapes;
    workspace.reserve(workspaceBytes + 1); // an empty one has an address too
  }

  void operator()() {
    check(SEGC_FUNCTION(_run)(inputViews.data(), outputViews.data(), prepared.data(),
                              workspace.data(), workspaceBytes, pool.parallel()));
  }

  /// The outputs with the shapes that the run has given them: less than there is room for where the
  /// network counts.
  std::vector<Tensor> results() const {
    std::vector<segc_shape> shapes(outputs.size());
    check(SEGC_FUNCTION(_result_shapes)(inputShapes.data(), workspace.data(), shapes.data()));
    std::vector<Tensor> all = outputs;
    for (size_t i = 0; i < all.size(); ++i) {
      all[i].shape = shapes[i];
      all[i].data.resize(byteCount(all[i]));
    }
    return all;
  }

  std::vector<Tensor> inputs, outputs;
  size_t preparedBytes = 0, workspaceBytes = 0;
  std::chrono::steady_clock::duration prepareTime = {};

private:
  std::vector<segc_tensor> inputViews, outputViews;
  std::vector<segc_shape> inputShapes;
  segc::ThreadPool pool;
  segc::AlignedMemory prepared, workspace;
};

/// The same numbers everywhere: a linear congruential generator, images in [0, 1).
void fillRandom(Tensor &tensor) {
  tensor.data.resize(byteCount(tensor));
  uint64_t state = 1;
  size_t count = tensor.data.size() / static_cast<size_t>(elementBytes(tensor.type));
  for (size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const float value = static_cast<float>(state >> 40) * 0x1p-24f;
    const double wide = static_cast<double>(value);
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    // Halves in [1/2, 1): a sign, an exponent and the first bits of the significand.
    const uint16_t half = static_cast<uint16_t>(0x3800u | (bits >> 13 & 0x3ffu));
    const uint16_t brain = static_cast<uint16_t>(bits >> 16);
    if (tensor.type == SEGC_FLOAT32)
      std::memcpy(&tensor.data[i * 4], &value, 4);
    else if (tensor.type == SEGC_FLOAT64)
      std::memcpy(&tensor.data[i * 8], &wide, 8);
    else if (tensor.type == SEGC_FLOAT16)
      std::memcpy(&tensor.data[i * 2], &half, 2);
    else if (tensor.type == SEGC_BFLOAT16)
      std::memcpy(&tensor.data[i * 2], &brain, 2);
    else if (tensor.type == SEGC_UINT8)
      tensor.data[i] = static_cast<char>(state >> 56);
    else if (tensor.type == SEGC_BOOL)
      tensor.data[i] = static_cast<char>(state >> 63);
  }
}

int64_t peakBytes() {
  std::FILE *file = std::fopen("/proc/self/status", "r");
  if (!file)
    return 0;
  char text[256];
  int64_t kilobytes = 0;
  while (std::fgets(text, sizeof text, file))
    if (std::sscanf(text, "VmHWM: %" SCNd64, &kilobytes) == 1)
      break;
  std::fclose(file);
  return kilobytes * 1024;
}

using Clock = std::chrono::steady_clock;

#ifdef SEGC_PROFILE
} // namespace

// What a package made for profiling has besides its header (NetworkPrinter.h).
extern "C" {
extern void (*SEGC_FUNCTION(_on_step))(int32_t step);
int32_t SEGC_FUNCTION(_step_count)(void);
const char *SEGC_FUNCTION(_step_name)(int32_t step);
const char *SEGC_FUNCTION(_step_operator)(int32_t step);
}

namespace {

std::vector<Clock::duration> stepTimes;
int32_t currentStep = -1;
Clock::time_point stepStart;

/// Names come from a model file.
std::string oneLine(std::string text) {
  for (char &c : text)
    if (static_cast<unsigned char>(c) < 32)
      c = '_';
  return text;
}

void onStep(int32_t step) {
  const Clock::time_point now = Clock::now();
  if (currentStep >= 0)
    stepTimes[static_cast<size_t>(currentStep)] += now - stepStart;
  currentStep = step;
  stepStart = now;
}
#endif

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

int bench(int argc, char **argv) {
  const int threads = std::atoi(argv[0]), runs = std::atoi(argv[1]), warmup = std::atoi(argv[2]);
  std::vector<Tensor> inputs;
  int next = 4;
  for (int32_t i = 0; i < SEGC_FUNCTION(_input_count)(); ++i) {
    inputs.push_back(described(SEGC_FUNCTION(_inputs)()[i]));
    for (int32_t d = 0; d < inputs.back().shape.rank; ++d) {
      if (next >= argc)
        fail("too few extents");
      inputs.back().shape.dims[d] = std::atoll(argv[next++]);
    }
    fillRandom(inputs.back());
  }
  Run run(std::move(inputs), threads);
  for (int i = 0; i < warmup; ++i)
    run();
#ifdef SEGC_PROFILE
  const bool profile = argv[3][0] == '1';
  if (profile) {
    stepTimes.resize(static_cast<size_t>(SEGC_FUNCTION(_step_count)()) + 1);
    SEGC_FUNCTION(_on_step) = onStep;
  }
#endif
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const Clock::time_point start = Clock::now();
    run();
    times.push_back(milliseconds(Clock::now() - start));
#ifdef SEGC_PROFILE
    currentStep = -1;
#endif
  }
  std::printf("prepare %.6f\nprepared %zu\n", milliseconds(run.prepareTime), run.preparedBytes);
  std::printf("workspace %zu\npeak %" PRId64 "\n", run.workspaceBytes, peakBytes());
  for (double time : times)
    std::printf("time %.6f\n", time);
#ifdef SEGC_PROFILE
  for (size_t i = 0; profile && i + 1 < stepTimes.size(); ++i)
    std::printf("step %.6f %s\t%s\n", milliseconds(stepTimes[i]) / runs,
                oneLine(SEGC_FUNCTION(_step_operator)(static_cast<int32_t>(i))).c_str(),
                oneLine(SEGC_FUNCTION(_step_name)(static_cast<int32_t>(i))).c_str());
#endif
  return 0;
}

int runMode(int argc, char **argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "describe" && argc == 3)
    return describe(argv[2]);
  if (mode == "run" && argc == 5) {
    Run run(readTensors(argv[3]), std::atoi(argv[2]));
    run();
    writeTensors(argv[4], run.results());
    return 0;
  }
  if (mode == "bench" && argc >= 6)
    return bench(argc - 2, argv + 2);
  fail("usage: runner describe OUT | run THREADS IN OUT | bench THREADS RUNS WARMUP PROFILE DIMS");
}

} // namespace
} // namespace segc_runner

int main(int argc, char **argv) { return segc_runner::runMode(argc, argv); }
