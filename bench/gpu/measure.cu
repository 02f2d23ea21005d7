//===- measure.cu - a generated package on a GPU: right, and how fast -*- C++ -*-===//
//
// Built with -DSEGC_HEADER="NAME.h" -DSEGC_NETWORK=NAME around a package for CUDA.
//
//   measure RUNS [--mean LIMIT] [--rms LIMIT] [--weights HEADER BYTES] INPUT... [-- GOLDEN...]
//
// Tensors are TYPE:SHAPE:FILE, as float32:1x3x97x129:input_0.bin, whose bytes the file holds;
// inputs without a file are random numbers from 0 to 255. Compares the outputs of NAME_run with the
// goldens: by their largest and root mean square error, or with --mean, where a network
// approximates what the goldens are, by the mean of the error alone; --rms: by
// the root mean square alone, as a part of the peak. Then times, on memory of the
// GPU, runs in a context, whose CUDA graph each launches, and NAME_run_device, which launches every
// kernel: one JSON object on standard output. Both must give the bits of NAME_run. With --weights
// they are random numbers
// behind the beginning of a weights file that has so many bytes, so that a large network need not
// travel. Exit code 1 if a golden is missed, 2 if it does not come that far. With
// -DSEGC_CUDA_EMULATION it is compiled as C++ and runs anywhere; its times mean nothing then.
//
//===----------------------------------------------------------------------===//

#include SEGC_HEADER

#include "segc_cuda.h"
#include "segc_cuda_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#define SEGC_JOIN2(a, b) a##b
#define SEGC_JOIN(a, b) SEGC_JOIN2(a, b)
#define SEGC_FUNCTION(suffix) SEGC_JOIN(SEGC_NETWORK, suffix)

namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

[[noreturn]] void giveUp(const std::string &why) {
  std::fprintf(stderr, "measure: %s\n", why.c_str());
  std::exit(2);
}

void check(int32_t status, const char *what) {
  if (status)
    giveUp(std::string(what) + ": " + SEGC_FUNCTION(_status_text)(status));
}

/// Numbers from 0 to 1, the same everywhere.
class Noise {
public:
  float operator()() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<float>(state >> 40) * 0x1p-24f;
  }

private:
  uint64_t state = 1;
};

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    giveUp("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Array {
  std::string type; ///< as NumPy calls it
  segc_shape shape = {};
  std::string bytes;

  int64_t size() const {
    int64_t count = 1;
    for (int32_t d = 0; d < shape.rank; ++d)
      count *= shape.dims[d];
    return count;
  }
  double at(int64_t i) const {
    const auto as = [&](auto value) {
      std::memcpy(&value, bytes.data() + static_cast<size_t>(i) * sizeof value, sizeof value);
      return static_cast<double>(value);
    };
    return type == "float32" ? as(float())
           : type == "int64" ? as(int64_t())
           : type == "int32" ? as(int32_t())
                             : as(uint8_t());
  }
};

/// TYPE:SHAPE[:FILE].
Array arrayOf(const std::string &text) {
  Array array;
  const size_t colon = text.find(':'), second = text.find(':', colon + 1);
  if (colon == std::string::npos)
    giveUp(text + " is no TYPE:SHAPE:FILE");
  array.type = text.substr(0, colon);
  for (const char *at = text.c_str() + colon + 1; array.shape.rank < SEGC_MAX_RANK;) {
    char *end = nullptr;
    array.shape.dims[array.shape.rank++] = std::strtoll(at, &end, 10);
    if (*end != 'x')
      break;
    at = end + 1;
  }
  if (second != std::string::npos) {
    array.bytes = contents(text.substr(second + 1));
    return array;
  }
  if (array.type != "float32")
    giveUp("random numbers are float32");
  Noise noise;
  std::vector<float> values(static_cast<size_t>(array.size()));
  for (float &value : values)
    value = 255 * noise();
  array.bytes.assign(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
  return array;
}

/// A weights file of so many bytes that begins like another one; aligned to 64 bytes.
std::vector<std::aligned_storage_t<64, 64>> randomWeights(const char *headerPath, size_t bytes) {
  const std::string header = contents(headerPath);
  std::vector<std::aligned_storage_t<64, 64>> memory(bytes / 64 + 1);
  char *const begin = reinterpret_cast<char *>(memory.data());
  Noise noise;
  for (size_t i = 0; i + sizeof(float) <= bytes; i += sizeof(float)) {
    const float value = 0.1f * (noise() - 0.5f);
    std::memcpy(begin + i, &value, sizeof value);
  }
  std::memcpy(begin, header.data(), std::min(header.size(), bytes));
  return memory;
}

/// Memory of the GPU.
struct DeviceBuffer {
  void *data = nullptr;
  size_t bytes;
  explicit DeviceBuffer(size_t size) : bytes(size) {
    check(SEGC_FUNCTION(_allocate)(std::max<size_t>(size, 1), &data), "memory of the GPU");
  }
  DeviceBuffer(const DeviceBuffer &) = delete;
  DeviceBuffer &operator=(const DeviceBuffer &) = delete;
  ~DeviceBuffer() { SEGC_FUNCTION(_release)(data); }
};

struct Difference {
  double largest = 0, rms = 0, mean = 0, peak = 0;
  int64_t unequal = 0; ///< numbers that are not finite where the golden's are count too
};

Difference differenceOf(const Array &found, const Array &golden) {
  Difference d;
  double squares = 0;
  for (int64_t i = 0; i < golden.size(); ++i) {
    const double error = std::fabs(found.at(i) - golden.at(i));
    d.unequal += !(error == 0);
    d.largest = std::isfinite(error) ? std::max(d.largest, error) : INFINITY;
    squares += error * error;
    d.mean += error;
    d.peak = std::max(d.peak, std::fabs(golden.at(i)));
  }
  const double count = static_cast<double>(std::max<int64_t>(golden.size(), 1));
  d.rms = std::sqrt(squares / count);
  d.mean /= count;
  return d;
}

} // namespace

int main(int argc, char **argv) {
  const Clock::time_point start = Clock::now();
  if (argc < 3)
    giveUp("measure RUNS INPUT... -- GOLDEN...");
  const int runs = std::max(std::atoi(argv[1]), 1);
  std::vector<Array> inputs, goldens;
  std::vector<std::aligned_storage_t<64, 64>> weights;
  bool isGolden = false;
  double mostMean = 0, mostRms = 0; // 0: not asked for
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--weights" && i + 2 < argc) {
      weights = randomWeights(argv[i + 1], std::strtoull(argv[i + 2], nullptr, 10));
      i += 2;
    } else if (word == "--mean" && i + 1 < argc) {
      mostMean = std::atof(argv[++i]);
    } else if (word == "--rms" && i + 1 < argc) {
      mostRms = std::atof(argv[++i]);
    } else if (word == "--") {
      isGolden = true;
    } else {
      (isGolden ? goldens : inputs).push_back(arrayOf(word));
    }
  }
  const int32_t outputCount = SEGC_FUNCTION(_output_count)();
  if (static_cast<int32_t>(inputs.size()) != SEGC_FUNCTION(_input_count)() ||
      (isGolden && static_cast<int32_t>(goldens.size()) != outputCount))
    giveUp("as many inputs and goldens as the network has");

  std::vector<segc_shape> inputShapes, outputShapes(static_cast<size_t>(outputCount));
  for (const Array &input : inputs)
    inputShapes.push_back(input.shape);
  check(SEGC_FUNCTION(_output_shapes)(inputShapes.data(), outputShapes.data()), "shapes");
  size_t workspaceBytes = 0, preparedBytes = 0;
  check(SEGC_FUNCTION(_workspace_size)(inputShapes.data(), &workspaceBytes), "workspace");
  check(SEGC_FUNCTION(_prepared_size)(&preparedBytes), "weights");
  const DeviceBuffer workspace(workspaceBytes), prepared(preparedBytes);
  check(SEGC_FUNCTION(_prepare)(weights.empty() ? nullptr : weights.data(), prepared.data,
                                preparedBytes, nullptr),
        "weights");

  std::vector<Array> found(static_cast<size_t>(outputCount));
  std::vector<segc_tensor> from, to;
  for (const Array &input : inputs)
    from.push_back({const_cast<char *>(input.bytes.data()), input.shape});
  for (size_t i = 0; i < found.size(); ++i) {
    found[i].shape = outputShapes[i];
    found[i].bytes.assign(
        static_cast<size_t>(segc::tensorBytes(SEGC_FUNCTION(_outputs)()[i], outputShapes[i])),
        '\0');
    if (!goldens.empty()) {
      found[i].type = goldens[i].type;
      if (found[i].bytes.size() != goldens[i].bytes.size())
        giveUp("output " + std::to_string(i) + " and its golden differ in size");
    }
    to.push_back({&found[i].bytes[0], outputShapes[i]});
  }
  // Once from the host, against the goldens.
  check(SEGC_FUNCTION(_run)(from.data(), to.data(), prepared.data, workspace.data, workspaceBytes,
                            nullptr),
        "run");
  const double firstResult = millisecondsSince(start);

  // Then on the GPU's memory.
  std::vector<std::unique_ptr<DeviceBuffer>> buffers;
  for (size_t i = 0; i < from.size() + to.size(); ++i) {
    segc_tensor &tensor = i < from.size() ? from[i] : to[i - from.size()];
    const std::string &bytes = i < from.size() ? inputs[i].bytes : found[i - from.size()].bytes;
    buffers.push_back(std::make_unique<DeviceBuffer>(bytes.size()));
    if (i < from.size())
      check(segc::statusOf(cudaMemcpy(buffers.back()->data, bytes.data(), bytes.size(),
                                      cudaMemcpyHostToDevice)),
            "upload");
    tensor.data = buffers.back()->data;
  }
  const auto wait = [] { check(segc::statusOf(cudaStreamSynchronize(nullptr)), "wait"); };
  // Sorted; the first runs are not among them.
  const auto timesOf = [&](const auto &runOnce) {
    std::vector<double> times;
    for (int i = 0; i < runs + 3; ++i) {
      wait();
      const Clock::time_point begin = Clock::now();
      check(runOnce(), "run");
      wait();
      if (i >= 3)
        times.push_back(millisecondsSince(begin));
    }
    std::sort(times.begin(), times.end());
    return times;
  };
  // Whether the outputs on the GPU are those that were found first. They become NaNs.
  const auto isAlike = [&] {
    bool isSame = true;
    for (size_t i = 0; i < to.size(); ++i) {
      std::string bytes(found[i].bytes.size(), '\0');
      check(segc::statusOf(
                cudaMemcpy(&bytes[0], to[i].data, bytes.size(), cudaMemcpyDeviceToHost)),
            "download");
      check(segc::statusOf(cudaMemset(to[i].data, 0xff, bytes.size())), "memory of the GPU");
      isSame &= bytes == found[i].bytes;
    }
    return isSame;
  };
  SEGC_FUNCTION(_context) *context = nullptr;
  check(SEGC_FUNCTION(_context_create)(prepared.data, &context), "context");
  const std::vector<double> times = timesOf([&] {
    return SEGC_FUNCTION(_context_run_device)(context, from.data(), to.data(), nullptr);
  });
  check(SEGC_FUNCTION(_context_wait)(context), "run");
  bool alike = isAlike();
  SEGC_FUNCTION(_context_destroy)(context);
  const std::vector<double> launchTimes = timesOf([&] {
    return SEGC_FUNCTION(_run_device)(from.data(), to.data(), prepared.data, workspace.data,
                                      workspaceBytes, nullptr);
  });
  alike &= isAlike();

  bool ok = alike;
  std::printf("{\"first_result_ms\": %.3f, \"median_ms\": %.4f, \"fastest_ms\": %.4f, "
              "\"without_graph_median_ms\": %.4f, \"without_graph_fastest_ms\": %.4f, "
              "\"same_bits\": %s, \"runs\": %d, \"workspace_bytes\": %zu, \"outputs\": [",
              firstResult, times[times.size() / 2], times[0], launchTimes[launchTimes.size() / 2],
              launchTimes[0], alike ? "true" : "false", runs, workspaceBytes);
  for (size_t i = 0; i < goldens.size(); ++i) {
    const Difference d = differenceOf(found[i], goldens[i]);
    const bool isInteger = goldens[i].type != "float32";
    const double unequal = static_cast<double>(d.unequal) / static_cast<double>(goldens[i].size());
    // Labels may differ where two scores are equal but for rounding.
    ok &= isInteger      ? unequal < 1e-3
          : mostMean > 0 ? d.mean <= mostMean
          : mostRms > 0  ? d.rms <= mostRms * d.peak
                         : d.rms <= 1e-4 * d.peak && d.largest <= 1e-2 * d.peak;
    std::printf("%s{\"largest_error\": %.3g, \"rms_error\": %.3g, \"mean_error\": %.3g, "
                "\"peak\": %.3g, \"unequal\": %.3g}",
                i ? ", " : "", d.largest, d.rms, d.mean, d.peak, unequal);
  }
  std::printf("], \"ok\": %s}\n", ok ? "true" : "false");
  return ok ? 0 : 1;
}
