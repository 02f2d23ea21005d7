//===- CompiledKernel.cpp - printed kernels, compiled and called -*- C++ -*-===//

#include "tests/codegen/CompiledKernel.h"

#include "compiler/package/Cache.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace segc {
namespace {

/// A call of a kernel whose arguments come as an array of pointers.
std::string entryPoint(const Kernel &kernel, const std::string &function, int handle) {
  std::string args;
  for (size_t i = 0; i < kernel.args.size(); ++i) {
    std::string value = fmt::format("args[{}]", i);
    switch (kernel.args[i].kind) {
    case KernelArg::Kind::View:
      value = "*static_cast<const segc::View *>(" + value + ")";
      break;
    case KernelArg::Kind::Constant: {
      std::ostringstream element;
      element << kernel.args[i].type;
      const std::string type = kernel.args[i].type == Halide::Float(32) ? "float"
                               : kernel.args[i].type.is_bool()          ? "uint8_t"
                                                                        : element.str() + "_t";
      value = "static_cast<const " + type + " *>(" + value + ")";
      break;
    }
    case KernelArg::Kind::Int:
      value = "*static_cast<const int32_t *>(" + value + ")";
      break;
    case KernelArg::Kind::Float:
      value = "*static_cast<const float *>(" + value + ")";
      break;
    case KernelArg::Kind::Scratch:
      value = "static_cast<float *>(const_cast<void *>(" + value + "))";
      break;
    }
    args += ", " + value;
  }
  return fmt::format("extern \"C\" void segc_test_entry_{}(const segc_parallel *parallel, "
                     "const void *const *args) {{\n  {}(parallel{});\n}}\n\n",
                     handle, function, args);
}

std::string contents(const std::string &path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string prelude() {
  return cppKernelPrelude() + R"(
#include <stdexcept>
#include <string>
namespace segc {
[[noreturn]] inline void kernelAssertionFailed(const char *kernel, const char *what) {
  throw std::runtime_error(std::string(kernel) + ": " + what);
}
} // namespace segc
)";
}

/// Precompiles a header for g++ (clang would not look for it), unless a process before this one
/// did: reading it takes longer than compiling most kernels. What goes wrong here is seen when
/// the header is read as text.
void precompile(const std::string &compiler, const std::string &header, const std::string &log) {
  CacheKey key("prelude of tests");
  key.add(compiler).add(contents(header));
  for (const char *part : {"segc_parallel.h", "segc_vector.h", "segc_view.h", "segc_abi.h"})
    key.add(contents(std::string(SEGC_SOURCE_DIR "/runtime/") + part));
  Cache cache(true);
  const std::string precompiled = header + ".gch";
  if (cache.link(key, precompiled))
    return;
  const std::string command =
      fmt::format("{} -x c++-header -c {} -o {} >{} 2>&1", compiler, header, precompiled, log);
  if (std::system(command.c_str()) == 0)
    cache.keep(key, precompiled);
}

} // namespace

KernelLibrary::KernelLibrary(CpuTarget target) : target(std::move(target)) {}

KernelLibrary::~KernelLibrary() {
  if (library)
    dlclose(library);
}

int KernelLibrary::add(const Kernel &kernel, bool asserts) {
  const int handle = static_cast<int>(texts.size());
  PrintOptions options;
  options.asserts = asserts;
  PrintedKernel printed = printCpp(kernel, target, fmt::format("k{}_", handle), options);
  texts.push_back(printed.definition);
  source +=
      printed.declaration + printed.definition + "\n" + entryPoint(kernel, printed.name, handle);
  return handle;
}

void KernelLibrary::build(const std::string &moreFlags, bool precompiles) {
  char folder[] = "/tmp/segc-kernels-XXXXXX";
  if (!mkdtemp(folder))
    throw std::runtime_error("cannot make a temporary folder");
  const std::string base = std::string(folder) + "/";
  // Assertions hold for the type alone in places, of which compilers warn.
  std::ofstream(base + "kernels.cpp")
      << "#include \"prelude.h\"\n#pragma GCC diagnostic ignored \"-Wtype-limits\"\n\n"
      << source;
  std::ofstream(base + "prelude.h") << prelude();
  std::string compiler =
      target.compiler + " -std=c++17 -Wall -Wextra -fPIC -I" SEGC_SOURCE_DIR "/runtime";
  for (const std::string &flag : target.compilerFlags)
    compiler += " " + flag;
  compiler += " " + moreFlags;
  if (const char *more = std::getenv("SEGC_TEST_CXXFLAGS"))
    compiler += std::string(" ") + more;
  const std::string log = base + "log";
  if (precompiles) {
    compiler += " -Wno-uninitialized -Wno-maybe-uninitialized";
    precompile(compiler, base + "prelude.h", log);
  }
  // The libraries are in this process: finding their names takes longer than all other linking.
  const std::string command = fmt::format(
      "{0} -shared -nodefaultlibs {1}kernels.cpp -o {1}kernels.so >{2} 2>&1", compiler, base, log);
  const int status = std::system(command.c_str());
  const std::string messages = contents(log);
  if (status == 0)
    library = dlopen((base + "kernels.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string loadError = status == 0 && !library ? dlerror() : "";
  if (!std::getenv("SEGC_TEST_KEEP")) {
    for (const char *file : {"kernels.cpp", "kernels.so", "prelude.h", "prelude.h.gch", "log"})
      unlink((base + file).c_str());
    rmdir(folder);
  }
  if (status != 0 || !messages.empty() || !library)
    throw std::runtime_error(command + "\n" + messages + loadError);
  for (size_t i = 0; i < texts.size(); ++i)
    entries.push_back(
        reinterpret_cast<Entry>(dlsym(library, fmt::format("segc_test_entry_{}", i).c_str())));
}

void KernelLibrary::call(int handle, const std::vector<const void *> &args,
                         const segc_parallel *parallel) const {
  entries.at(handle)(parallel, args.data());
}

TestMap::TestMap(int channels, int height, int width, int block, int haloLeft, int haloRight)
    : channels(channels), height(height), width(width), block(block), haloLeft(haloLeft),
      haloRight(haloRight), blocks((channels + block - 1) / block),
      data(static_cast<size_t>(haloLeft + width + haloRight) * block * height * blocks +
               static_cast<size_t>(kSlackColumns) * block,
           std::numeric_limits<float>::quiet_NaN()) {
  const int pitch = (haloLeft + width + haloRight) * block;
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = outside(i);

  readView = View{data.data(),
                  {0, -haloLeft, 0, 0},
                  {block, haloLeft + width + haloRight + kSlackColumns, height, blocks},
                  {1, block, pitch, pitch * height}};
  writeView = readView;
  writeView.data = data.data() + haloLeft * block;
  writeView.min[1] = 0;
  writeView.extent[1] = width;
}

size_t TestMap::offset(int channel, int row, int column) const {
  const size_t pitch = static_cast<size_t>(haloLeft + width + haloRight) * block;
  return (static_cast<size_t>(channel / block) * height + row) * pitch +
         static_cast<size_t>(haloLeft + column) * block + channel % block;
}

bool TestMap::isImage(size_t index) const {
  const size_t pitch = static_cast<size_t>(haloLeft + width + haloRight) * block;
  if (index >= pitch * height * blocks)
    return false;
  const int column = static_cast<int>(index % pitch / block);
  // Fill-up channels belong to the image: kernels may write them.
  return column >= haloLeft && column < haloLeft + width;
}

float TestMap::outside(size_t index) const {
  const size_t pitch = static_cast<size_t>(haloLeft + width + haloRight) * block;
  if (index >= pitch * height * blocks)
    return std::numeric_limits<float>::quiet_NaN();
  return isImage(index) ? 1000.0f : 0.0f;
}

float &TestMap::at(int channel, int row, int column) { return data[offset(channel, row, column)]; }

float TestMap::at(int channel, int row, int column) const {
  return data[offset(channel, row, column)];
}

void TestMap::fillRandom(unsigned seed) {
  std::mt19937 generator(seed);
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        at(c, y, x) = static_cast<float>(generator() / 2147483648.0 - 1.0);
}

int TestMap::strayWrites() const {
  int count = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const float expected = outside(i);
    if (!isImage(i) && std::memcmp(&data[i], &expected, sizeof expected) != 0)
      ++count;
  }
  return count;
}

const segc_parallel *reversedTasks() {
  static const segc_parallel parallel{
      nullptr, [](void *, int32_t count, void (*body)(void *, int32_t), void *closure) {
        for (int32_t i = count - 1; i >= 0; --i)
          body(closure, i);
      }};
  return &parallel;
}

} // namespace segc
