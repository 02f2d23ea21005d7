//===- package_app.cpp - what a user may do with a package ------*- C++ -*-===//
//
// A program around one generated package, built with -DSEGC_HEADER="NAME.h" and
// -DSEGC_NETWORK=NAME. Packages are fed one image, a float tensor [N, C, H, W].
//
//   app run OUT N H W          outputs of a pseudo-random image, as raw bytes into a file
//   app same N H W             bits are the same on 1, 2 and 3 threads, with none, with loops that
//                              run backwards, from two threads at once and through the C++ class
//   app small LIMIT            every size up to LIMIT x LIMIT runs or is refused, in all functions
//   app errors                 every misuse has its status
//   app class                  constructs the C++ class
//   app weights FILE           the status of preparing the weights of a file
//
// With -DSEGC_WEIGHTS="FILE" the weights come from that file, which is as large as they are. Memory
// is allocated to the byte, so that a sanitizer sees any step beside it; workspaces start out as
// NaNs. Exit code 0 if all is well, else 1 and a message.
//
//===----------------------------------------------------------------------===//

#include SEGC_HEADER

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#define SEGC_JOIN2(a, b) a##b
#define SEGC_JOIN(a, b) SEGC_JOIN2(a, b)
#define SEGC_FUNCTION(suffix) SEGC_JOIN(SEGC_NETWORK, suffix)

namespace {

int failures = 0;

void expect(bool condition, const std::string &what) {
  if (condition)
    return;
  std::printf("failed: %s\n", what.c_str());
  ++failures;
}

std::string sizeText(const segc_shape &s) {
  std::string text;
  for (int32_t i = 0; i < s.rank; ++i)
    text += (i ? "x" : "") + std::to_string(s.dims[i]);
  return text;
}

/// Memory aligned to 64 bytes whose end is the end of the allocation, for sanitizers.
class Memory {
public:
  explicit Memory(size_t size)
      : bytes(size), data_(::operator new(size + (size == 0), std::align_val_t(64))) {
    std::memset(data_, 0xff, size); // NaNs
  }
  ~Memory() { ::operator delete(data_, std::align_val_t(64)); }
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  void *data() const { return data_; }
  const size_t bytes;

private:
  void *data_;
};

/// A file in memory aligned to 64 bytes.
class Contents {
public:
  explicit Contents(const char *path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    memory = std::make_unique<Memory>(text.size());
    std::memcpy(memory->data(), text.data(), text.size());
  }
  const void *data() const { return memory->data(); }

private:
  std::unique_ptr<Memory> memory;
};

/// The stored weights as the C interface takes them.
const void *theWeights() {
#ifdef SEGC_WEIGHTS
  static const Contents file(SEGC_WEIGHTS);
  return file.data();
#else
  return nullptr;
#endif
}

size_t preparedSize() {
  size_t bytes = 0;
  expect(SEGC_FUNCTION(_prepared_size)(&bytes) == SEGC_OK, "the prepared memory has a size");
  return bytes;
}

/// Prepared weights, to the byte.
struct Prepared {
  explicit Prepared(const segc_parallel *parallel = nullptr) : memory(preparedSize()) {
    expect(SEGC_FUNCTION(_prepare)(theWeights(), memory.data(), memory.bytes, parallel) == SEGC_OK,
           "the weights are prepared");
  }
  Memory memory;
};

/// Those that most runs here share.
const void *thePrepared() {
  static const Prepared prepared;
  return prepared.memory.data();
}

segc_shape imageShape(int64_t n, int64_t h, int64_t w) {
  const segc_tensor_info &info = SEGC_FUNCTION(_inputs)()[0];
  return {4, {info.dims[0] > 0 ? info.dims[0] : n, info.dims[1], h, w}};
}

size_t elements(const segc_shape &shape) {
  size_t count = 1;
  for (int32_t i = 0; i < shape.rank; ++i)
    count *= static_cast<size_t>(shape.dims[i]);
  return count;
}

std::vector<float> image(const segc_shape &shape) {
  std::vector<float> values(elements(shape));
  uint32_t state = 12345;
  for (float &value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * (2.0f / 16777216.0f) - 1.0f;
  }
  return values;
}

/// Everything a run needs, for one caller.
struct Run {
  explicit Run(const segc_shape &shape) : shape(shape), input(image(shape)) {
    std::vector<segc_shape> shapes(static_cast<size_t>(SEGC_FUNCTION(_output_count)()));
    status = SEGC_FUNCTION(_output_shapes)(&shape, shapes.data());
    size_t bytes = 0;
    const int32_t second = SEGC_FUNCTION(_workspace_size)(&shape, &bytes);
    expect(status == second, "output_shapes and workspace_size agree on " + sizeText(shape));
    if (status)
      return;
    for (size_t i = 0; i < shapes.size(); ++i) {
      const size_t width = SEGC_FUNCTION(_outputs)()[i].type == SEGC_INT64 ? 8 : 4;
      outputs.push_back(std::make_unique<Memory>(elements(shapes[i]) * width));
      views.push_back({outputs.back()->data(), shapes[i]});
    }
    workspace = std::make_unique<Memory>(bytes);
  }

  int32_t operator()(const segc_parallel *parallel) {
    const segc_tensor view = {input.data(), shape};
    return SEGC_FUNCTION(_run)(&view, views.data(), prepared, workspace->data(), workspace->bytes,
                               parallel);
  }

  std::string result() const {
    std::string all;
    for (const auto &output : outputs)
      all.append(static_cast<const char *>(output->data()), output->bytes);
    return all;
  }

  segc_shape shape;
  std::vector<float> input;
  int32_t status;
  std::vector<std::unique_ptr<Memory>> outputs;
  std::vector<segc_tensor> views;
  std::unique_ptr<Memory> workspace;
  const void *prepared = thePrepared();
};

std::string resultOf(const segc_shape &shape, const segc_parallel *parallel) {
  Run run(shape);
  expect(run.status == SEGC_OK, sizeText(shape) + " is taken");
  if (run.status)
    return "";
  expect(run(parallel) == SEGC_OK, sizeText(shape) + " runs");
  const std::string first = run.result();
  expect(run(parallel) == SEGC_OK && run.result() == first, sizeText(shape) + " runs again alike");
  return first;
}

void backwards(void *, int32_t count, void (*body)(void *, int32_t), void *closure) {
  for (int32_t i = count; i-- > 0;)
    body(closure, i);
}

std::unique_ptr<SEGC_NETWORK::Network> construct() {
#ifdef SEGC_WEIGHTS
  return std::make_unique<SEGC_NETWORK::Network>(SEGC_WEIGHTS, 2);
#else
  return std::make_unique<SEGC_NETWORK::Network>(2);
#endif
}

void same(const segc_shape &shape) {
  const std::string expected = resultOf(shape, nullptr);
  for (int threads : {1, 2, 3}) {
    segc::ThreadPool pool(threads);
    expect(resultOf(shape, pool.parallel()) == expected, std::to_string(threads) + " threads");
  }
  const segc_parallel reverse = {nullptr, backwards};
  expect(resultOf(shape, &reverse) == expected, "loops that run backwards");

  // Weights prepared in other ways, through the library's file where they are in one.
  for (int threads : {0, 3})
    for (bool mapped : {false, true}) {
      segc::ThreadPool pool(threads ? threads : 1);
      const segc_parallel *parallel = threads ? pool.parallel() : &reverse;
      Memory memory(preparedSize());
      const auto prepare = mapped ? SEGC_FUNCTION(_prepare_mapped) : SEGC_FUNCTION(_prepare);
      expect(prepare(theWeights(), memory.data(), memory.bytes, parallel) == SEGC_OK,
             "the weights are prepared again");
      expect(std::memcmp(static_cast<const char *>(memory.data()) + 64,
                         static_cast<const char *>(thePrepared()) + 64, memory.bytes - 64) == 0,
             "weights are prepared alike");
      Run run(shape);
      run.prepared = memory.data();
      expect(run(nullptr) == SEGC_OK && run.result() == expected, "other prepared weights");
    }

  std::string results[2];
  std::thread callers[2];
  for (int i = 0; i < 2; ++i)
    callers[i] = std::thread([&, i] {
      Run run(shape);
      run(nullptr);
      results[i] = run.result();
    });
  for (std::thread &caller : callers)
    caller.join();
  expect(results[0] == expected && results[1] == expected, "two callers at once");

  const std::unique_ptr<SEGC_NETWORK::Network> network = construct();
  Run run(shape);
  network->run({{run.input.data(), shape}}, run.views);
  expect(run.result() == expected, "the C++ class");
  auto sharing = std::make_unique<SEGC_NETWORK::Network>(*network, 1);
  sharing = std::make_unique<SEGC_NETWORK::Network>(*sharing, 1);
  Run another(shape);
  sharing->run({{another.input.data(), shape}}, another.views);
  expect(another.result() == expected, "the C++ class with another's weights");
}

void allSizes(int limit) {
  int taken = 0, refused = 0;
  for (int64_t h = 1; h <= limit; ++h)
    for (int64_t w = 1; w <= limit; ++w) {
      Run run(imageShape(1, h, w));
      if (run.status) {
        expect(run.status == SEGC_ERROR_TOO_SMALL,
               sizeText(run.shape) + " is too small, not " + std::to_string(run.status));
        ++refused;
        continue;
      }
      expect(run(nullptr) == SEGC_OK, sizeText(run.shape) + " runs");
      ++taken;
    }
  std::printf("%d sizes taken, %d refused\n", taken, refused);
}

void errors() {
  const segc_shape shape = imageShape(1, 16, 16);
  segc_shape outputs[16];
  size_t bytes = 0;
  auto status = [&](segc_shape changed) {
    const int32_t first = SEGC_FUNCTION(_output_shapes)(&changed, outputs);
    expect(SEGC_FUNCTION(_workspace_size)(&changed, &bytes) == first, "both functions agree");
    expect(std::strlen(SEGC_FUNCTION(_status_text)(first)) > 0, "there is a text");
    const char *problem = SEGC_FUNCTION(_shape_problem)(&changed);
    expect(first == SEGC_OK ? !problem : problem && std::strlen(problem) > 0,
           "a shape that is refused has a reason");
    return first;
  };
  auto with = [&](int32_t axis, int64_t extent) {
    segc_shape changed = shape;
    changed.dims[axis] = extent;
    return changed;
  };
  expect(status(shape) == SEGC_OK, "16x16 is taken");
  for (int32_t rank : {-1, 0, 3, 5, 8, 1000}) {
    segc_shape changed = shape;
    changed.rank = rank;
    expect(status(changed) == SEGC_ERROR_RANK, "rank " + std::to_string(rank));
  }
  expect(status(with(1, shape.dims[1] + 1)) == SEGC_ERROR_SHAPE, "a channel too many");
  for (int64_t extent : {int64_t(0), int64_t(-1), INT64_MIN})
    for (int32_t axis : {2, 3})
      expect(status(with(axis, extent)) != SEGC_OK, "extent " + std::to_string(extent));
  for (int64_t extent : {int64_t(1) << 30, int64_t(1) << 40, INT64_MAX})
    for (int32_t axis : {2, 3}) {
      segc_shape changed = with(axis, extent);
      expect(status(changed) == SEGC_ERROR_TOO_LARGE, "extent " + std::to_string(extent));
      changed.dims[5 - axis] = extent;
      expect(status(changed) == SEGC_ERROR_TOO_LARGE, "twice " + std::to_string(extent));
    }

  expect(SEGC_FUNCTION(_output_shapes)(nullptr, outputs) == SEGC_ERROR_NULL, "no input shapes");
  expect(SEGC_FUNCTION(_output_shapes)(&shape, nullptr) == SEGC_ERROR_NULL, "no output shapes");
  expect(SEGC_FUNCTION(_result_shapes)(nullptr, nullptr, outputs) == SEGC_ERROR_NULL,
         "no input shapes");
  expect(SEGC_FUNCTION(_result_shapes)(&shape, nullptr, nullptr) == SEGC_ERROR_NULL,
         "no result shapes");
  expect(SEGC_FUNCTION(_workspace_size)(nullptr, &bytes) == SEGC_ERROR_NULL, "no input shapes");
  expect(SEGC_FUNCTION(_workspace_size)(&shape, nullptr) == SEGC_ERROR_NULL, "no size");

  Run run(shape);
  const segc_tensor good = {run.input.data(), shape}, nothing = {nullptr, shape};
  auto runWith = [&](const segc_tensor *in, const segc_tensor *out, void *workspace, size_t size) {
    return SEGC_FUNCTION(_run)(in, out, thePrepared(), workspace, size, nullptr);
  };
  void *space = run.workspace->data();
  const size_t size = run.workspace->bytes;
  expect(runWith(nullptr, run.views.data(), space, size) == SEGC_ERROR_NULL, "no inputs");
  expect(runWith(&good, nullptr, space, size) == SEGC_ERROR_NULL, "no outputs");
  expect(runWith(&nothing, run.views.data(), space, size) == SEGC_ERROR_NULL, "no input data");
  std::vector<segc_tensor> views = run.views;
  views[0].data = nullptr;
  expect(runWith(&good, views.data(), space, size) == SEGC_ERROR_NULL, "no output data");
  views = run.views;
  views[0].shape.dims[2] += 1;
  expect(runWith(&good, views.data(), space, size) == SEGC_ERROR_SHAPE, "an output too high");
  views = run.views;
  views[0].shape.rank = 3;
  expect(runWith(&good, views.data(), space, size) == SEGC_ERROR_RANK, "an output of rank 3");
  expect(size > 64, "the network needs workspace");
  expect(runWith(&good, run.views.data(), nullptr, size) == SEGC_ERROR_NULL, "no workspace");
  expect(runWith(&good, run.views.data(), space, size - 1) == SEGC_ERROR_WORKSPACE,
         "a workspace that is too small");
  expect(runWith(&good, run.views.data(), static_cast<char *>(space) + 8, size) ==
             SEGC_ERROR_WORKSPACE,
         "a workspace that is not aligned");
  expect(runWith(&good, run.views.data(), space, size) == SEGC_OK, "all as it should be");

  expect(SEGC_FUNCTION(_prepared_size)(nullptr) == SEGC_ERROR_NULL, "no size");
  Memory memory(preparedSize() + 64);
  char *const prepared = static_cast<char *>(memory.data());
  const size_t needed = preparedSize();
  auto prepareWith = [&](const void *stored, void *to, size_t space) {
    return SEGC_FUNCTION(_prepare)(stored, to, space, nullptr);
  };
  auto runPrepared = [&](const void *from) {
    return SEGC_FUNCTION(_run)(&good, run.views.data(), from, space, size, nullptr);
  };
  expect(runPrepared(nullptr) == SEGC_ERROR_NULL, "no prepared memory");
  expect(runPrepared(prepared) == SEGC_ERROR_PREPARED, "memory that was not prepared");
  expect(prepareWith(theWeights(), nullptr, needed) == SEGC_ERROR_NULL, "nowhere to prepare");
  expect(prepareWith(theWeights(), prepared, needed - 1) == SEGC_ERROR_PREPARED, "a byte too few");
  expect(prepareWith(theWeights(), prepared + 8, needed) == SEGC_ERROR_PREPARED, "not aligned");
  expect(runPrepared(prepared) == SEGC_ERROR_PREPARED, "memory whose preparation failed");
  const Memory nonsense(4096);
  expect(prepareWith(nonsense.data(), prepared, needed) == SEGC_ERROR_WEIGHTS, "no weights");
  expect(prepareWith(theWeights(), prepared, needed) == SEGC_OK, "all as it should be");
  expect(runPrepared(prepared) == SEGC_OK, "all as it should be");
  expect(runPrepared(prepared + 8) == SEGC_ERROR_PREPARED, "prepared memory that is not aligned");
  prepared[20] ^= 1;
  expect(runPrepared(prepared) == SEGC_ERROR_PREPARED, "another network's prepared memory");
}

/// Prints the status of preparing the weights of a file.
void weights(const char *path) {
  const Contents file(path);
  Memory memory(preparedSize());
  std::printf("status %d\n",
              SEGC_FUNCTION(_prepare)(file.data(), memory.data(), memory.bytes, nullptr));
}

int number(const char *text) { return std::atoi(text); }

} // namespace

int main(int argc, char **argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "run" && argc == 6) {
    const std::string result =
        resultOf(imageShape(number(argv[3]), number(argv[4]), number(argv[5])), nullptr);
    std::FILE *file = std::fopen(argv[2], "wb");
    expect(file && std::fwrite(result.data(), 1, result.size(), file) == result.size() &&
               std::fclose(file) == 0,
           "the results are written");
  } else if (mode == "same" && argc == 5) {
    same(imageShape(number(argv[2]), number(argv[3]), number(argv[4])));
  } else if (mode == "small" && argc == 3) {
    allSizes(number(argv[2]));
  } else if (mode == "errors" && argc == 2) {
    errors();
  } else if (mode == "class" && argc == 2) {
    try {
      construct();
    } catch (const std::exception &error) {
      std::printf("%s\n", error.what());
      return 1;
    }
  } else if (mode == "weights" && argc == 3) {
    weights(argv[2]);
  } else {
    std::printf(
        "usage: app run OUT N H W | same N H W | small LIMIT | errors | class | weights FILE\n");
    return 2;
  }
  return failures ? 1 : 0;
}
