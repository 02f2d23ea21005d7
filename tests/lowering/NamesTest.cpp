// Names from a model are free where the generated code uses them.

#include "compiler/lowering/Names.h"
#include "compiler/package/Process.h"
#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <set>
#include <sstream>

using namespace segc;
using testing::IsEmpty;

namespace {

TEST(Names, OfNetworks) {
  EXPECT_EQ(toNetworkName("fcn-8s.v2"), "fcn_8s_v2");
  EXPECT_EQ(toNetworkName("8s"), "t8s");
  EXPECT_EQ(toNetworkName(""), "t");
  EXPECT_EQ(toNetworkName("random"), "random_net");
  EXPECT_EQ(toNetworkName("class"), "class_net");
  EXPECT_EQ(toNetworkName("Plan"), "Plan_net");
  // math.h would be found in the place of C's.
  EXPECT_EQ(toNetworkName("math"), "math_net");
  // What begins or ends so is reserved with an ending, too.
  EXPECT_EQ(toNetworkName("segc_run"), "net_segc_run_net");
  EXPECT_EQ(toNetworkName("shape_t"), "shape_t_net");
  for (const char *text : {"", "_", "all", "std", "main", "errno", "unix", "expf64x", "vaddq_f32",
                           "PRId64", "segc", "SEGC_OK", "xmmintrin", "pthread_t", "ZERO_CHECK"})
    EXPECT_TRUE(isNetworkName(toNetworkName(text))) << text;
  for (const char *text : {"a", "k", "Network", "ENET", "FCN", "unet_f32", "v_net_32"})
    EXPECT_EQ(toNetworkName(text), text);
}

TEST(Names, OfBuffers) {
  EXPECT_EQ(toBufferName("layer1/conv", "relu"), "layer1_conv");
  EXPECT_EQ(toBufferName("exp", "relu"), "exp_");
  EXPECT_EQ(toBufferName("NAN", "relu"), "NAN_");
  EXPECT_EQ(toBufferName("kLives", "relu"), "kLives_");
  EXPECT_EQ(toBufferName("workspace", "relu"), "workspace_");
  EXPECT_EQ(toBufferName("stream", "relu"), "stream_");
  EXPECT_EQ(toBufferName("scratch2_sums", "relu"), "scratch2_sums_");
  EXPECT_EQ(toBufferName("scratch", "relu"), "scratch");
  // The network's namespaces and functions.
  EXPECT_EQ(toBufferName("relu", "relu"), "relu_");
  EXPECT_EQ(toBufferName("relu_kernels", "relu"), "relu_kernels_");
  EXPECT_EQ(toBufferName("relu_context", "relu"), "relu_context_");
  EXPECT_EQ(toBufferName("relu_1", "relu"), "relu_1");
}

/// Every identifier in `text`.
std::set<std::string> identifiersOf(const std::string &text) {
  std::set<std::string> names;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() &&
           (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
      ++end;
    if (end > i && !isdigit(static_cast<unsigned char>(text[i])))
      names.insert(text.substr(i, end - i));
    i = std::max(end, i + 1);
  }
  return names;
}

/// With a compiler and its flags: what a network may be called clashes with nothing that the
/// headers declare.
void expectListIsComplete(std::vector<std::string> compiler) {
  SCOPED_TRACE(compiler.front());
  TestFolder folder;
  std::string includes = "#include <cinttypes>\n#include <cstdio>\n#include <cstdlib>\n";
  for (const auto &entry : std::filesystem::directory_iterator(SEGC_SOURCE_DIR "/runtime"))
    includes += "#include \"" + entry.path().filename().string() + "\"\n";
  folder.put("headers.cpp", includes);
  compiler.insert(compiler.end(),
                  {"-std=gnu++17", "-DSEGC_CUDA_EMULATION", "-I" SEGC_SOURCE_DIR "/runtime"});
  auto output = [&](std::vector<std::string> arguments) {
    Command command;
    command.argv = compiler;
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = folder.path();
    ProcessResult result = runProcess(command);
    EXPECT_EQ(result.code, 0) << result.err.substr(0, 4000);
    return result.out;
  };

  std::istringstream definitions(output({"-E", "-dM", "headers.cpp"}));
  std::set<std::string> macros, missing;
  for (std::string define, name, rest; definitions >> define >> name; getline(definitions, rest))
    macros.insert(name.substr(0, name.find('(')));
  for (const std::string &name : macros)
    if (!isReservedName(name))
      missing.insert(name);
  EXPECT_THAT(missing, IsEmpty());
  EXPECT_GT(macros.size(), 1000u);

  // Whatever the headers' text holds may be a namespace beside them.
  const std::string text = output({"-E", "headers.cpp"});
  std::string namespaces;
  size_t count = 0;
  for (const std::string &name : identifiersOf(text))
    if (!isReservedName(name)) {
      namespaces += "namespace " + name + " {}\n";
      ++count;
    }
  EXPECT_GT(count, 1000u);
  folder.put("names.cpp", includes + namespaces);
  output({"-fsyntax-only", "-Werror", "-Wno-psabi", "names.cpp"});

  // No header of the system's is found in a package's place: it is only looked for by its name.
  std::istringstream lines(text);
  missing.clear();
  for (std::string line; getline(lines, line);) {
    const size_t quote = line.find('"'), slash = line.rfind('/');
    if (line.rfind("# ", 0) != 0 || quote == std::string::npos || slash == std::string::npos)
      continue;
    const std::string file = line.substr(slash + 1, line.rfind('"') - slash - 1);
    const std::string place = line.substr(quote + 1, slash - quote - 1);
    const bool isRoot = place == "/usr/include" || place.rfind("/include") == place.size() - 8;
    if (isRoot && file.size() > 2 && file.substr(file.size() - 2) == ".h" &&
        isNetworkName(file.substr(0, file.size() - 2)))
      missing.insert(file);
  }
  EXPECT_THAT(missing, IsEmpty());
}

TEST(Names, NothingInTheHeadersIsLeftOut) {
  expectListIsComplete({"c++", "-march=native"});
  for (const char *other : {"clang++-19", "aarch64-linux-gnu-g++"})
    if (std::filesystem::exists(std::string("/usr/bin/") + other))
      expectListIsComplete({other});
}

} // namespace
