// Bad input ends segc with exit code 1 and a message that names the file, the node and its
// operator, and leaves nothing behind. Runs the real program.

#include "compiler/package/Process.h"
#include "frontends/onnx/OnnxProto.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProcessResult runSegc(const TestFolder &folder, std::vector<std::string> arguments) {
  Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), SEGC_BINARY);
  command.directory = folder.path();
  command.environment = {{"SEGC_CACHE_DIR", folder / "cache"}, {"TMPDIR", folder / "tmp"}};
  return runProcess(command);
}

/// A model with one node on a 1x3x8x8 image.
onnx::ModelProto modelWith(const std::string &operatorName, const std::string &nodeName) {
  onnx::ModelProto model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto *graph = model.mutable_graph();
  graph->set_name("g");
  for (onnx::ValueInfoProto *value : {graph->add_input(), graph->add_output()}) {
    auto *type = value->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : {1, 3, 8, 8})
      type->mutable_shape()->add_dim()->set_dim_value(extent);
  }
  graph->mutable_input(0)->set_name("x");
  graph->mutable_output(0)->set_name("y");
  onnx::NodeProto *node = graph->add_node();
  node->set_op_type(operatorName);
  node->set_name(nodeName);
  node->add_input("x");
  node->add_output("y");
  return model;
}

class ExitCode : public testing::Test {
protected:
  /// Compiles `model` and expects the input to be at fault, and nothing to be left.
  std::string messageOfCompiling(const std::string &model,
                                 const std::vector<std::string> &options = {}) {
    std::vector<std::string> arguments{"compile", model, "-o", "out"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    ProcessResult result = runSegc(folder, arguments);
    EXPECT_EQ(result.state, ProcessResult::State::Exited);
    EXPECT_EQ(result.code, 1) << result.err;
    EXPECT_EQ(result.out, "");
    for (const auto &entry : std::filesystem::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename().string();
      // Kernels that were printed before the fault was known are kept in the cache.
      EXPECT_TRUE(name == "cache" || files.count(name)) << entry.path() << " was left";
    }
    return result.err;
  }

  std::string put(const std::string &name, const std::string &bytes) {
    files.insert(name);
    folder.put(name, bytes);
    return name;
  }

  TestFolder folder;
  std::set<std::string> files;
};

TEST_F(ExitCode, UnknownOperator) {
  put("a.onnx", modelWith("Frobnicate", "block/frob").SerializeAsString());
  EXPECT_THAT(messageOfCompiling("a.onnx"),
              AllOf(HasSubstr("a.onnx"), HasSubstr("\"block/frob\""), HasSubstr("Frobnicate")));
}

TEST_F(ExitCode, NoSuchFile) {
  EXPECT_THAT(messageOfCompiling("none.onnx"), HasSubstr("none.onnx: no such file"));
}

TEST_F(ExitCode, NoModel) {
  put("a.onnx", "this is no model");
  EXPECT_THAT(messageOfCompiling("a.onnx"), HasSubstr("a.onnx"));
  put("empty.onnx", "");
  EXPECT_THAT(messageOfCompiling("empty.onnx"), HasSubstr("empty.onnx"));
  put("a.txt", "hello");
  EXPECT_THAT(messageOfCompiling("a.txt"), HasSubstr("a.txt"));
  put("a.mlir", "func.func @f(");
  EXPECT_THAT(messageOfCompiling("a.mlir"), HasSubstr("a.mlir:1:"));
}

TEST_F(ExitCode, TruncatedModel) {
  const std::string bytes = modelWith("Relu", "r").SerializeAsString();
  for (size_t length = 1; length < bytes.size(); length += 7) {
    put("a.onnx", bytes.substr(0, length));
    ProcessResult result = runSegc(folder, {"inspect", "a.onnx"});
    EXPECT_EQ(result.state, ProcessResult::State::Exited) << length;
    EXPECT_EQ(result.code, 1) << length << result.err;
  }
}

TEST_F(ExitCode, WrongShape) {
  put("a.onnx", modelWith("Relu", "r").SerializeAsString());
  EXPECT_THAT(messageOfCompiling("a.onnx", {"--shape", "x=1x3x8"}), HasSubstr("x"));
  EXPECT_THAT(messageOfCompiling("a.onnx", {"--shape", "z=1x3x8x8"}), HasSubstr("z"));
}

TEST_F(ExitCode, MissingWeightsFile) {
  onnx::ModelProto model = modelWith("Add", "sum");
  model.mutable_graph()->mutable_node(0)->add_input("w");
  onnx::TensorProto *weights = model.mutable_graph()->add_initializer();
  weights->set_name("w");
  weights->set_data_type(onnx::TensorProto::FLOAT);
  weights->add_dims(1);
  weights->set_data_location(onnx::TensorProto::EXTERNAL);
  onnx::StringStringEntryProto *entry = weights->add_external_data();
  entry->set_key("location");
  entry->set_value("weights.bin");
  put("a.onnx", model.SerializeAsString());
  EXPECT_THAT(messageOfCompiling("a.onnx"), AllOf(HasSubstr("a.onnx"), HasSubstr("weights.bin")));
}

TEST_F(ExitCode, NoImageToProcess) {
  onnx::ModelProto model = modelWith("Relu", "r");
  for (auto *value :
       {model.mutable_graph()->mutable_input(0), model.mutable_graph()->mutable_output(0)})
    value->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(5);
  put("a.onnx", model.SerializeAsString());
  EXPECT_THAT(messageOfCompiling("a.onnx", {"--bgr", "--channels-axis", "1"}),
              AllOf(HasSubstr("a.onnx"), HasSubstr("--bgr")));
}

TEST_F(ExitCode, MissingCompiler) {
  put("a.onnx", modelWith("Relu", "r").SerializeAsString());
  EXPECT_THAT(messageOfCompiling("a.onnx", {"--compiler", "no-such-compiler"}),
              HasSubstr("no-such-compiler"));
}

/// Files, nodes and extents are called as the C library's functions and macros, as what the
/// generated code declares, and as each other.
TEST_F(ExitCode, NamesThatAreTaken) {
  std::filesystem::create_directory(folder / "tmp");
  const char *nodes[] = {"random", "random_net", "random_net_run", "time",
                         "NAN",    "timespec",   "kPieces",        "Plan"};
  onnx::ModelProto model = modelWith("MaxPool", nodes[0]);
  onnx::GraphProto *graph = model.mutable_graph();
  for (onnx::ValueInfoProto *value : {graph->mutable_input(0), graph->mutable_output(0)}) {
    auto *shape = value->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape->mutable_dim(2)->set_dim_param("st_atime");
    shape->mutable_dim(3)->set_dim_param("INFINITY");
  }
  onnx::NodeProto *node = graph->mutable_node(0);
  for (const char *name : {"kernel_shape", "pads"}) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (int i = 0; i < (*name == 'k' ? 2 : 4); ++i)
      attribute->add_ints(*name == 'k' ? 3 : 1);
  }
  std::string last = "x";
  for (size_t i = 0; i < std::size(nodes); ++i) {
    onnx::NodeProto *next = i ? graph->add_node() : node;
    *next = *node;
    next->set_name(nodes[i]);
    next->set_input(0, last);
    next->set_output(0, last = i + 1 < std::size(nodes) ? "t" + std::to_string(i) : "y");
  }
  folder.put("random.onnx", model.SerializeAsString());
  ProcessResult result = runSegc(folder, {"compile", "random.onnx", "-o", "out"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "out/librandom_net.a"));
  // Names that differ in their letters' case alone go into one application.
  result = runSegc(folder, {"compile", "random.onnx", "--name", "Random_Net", "-o", "other",
                            "--emit", "source"});
  EXPECT_EQ(result.code, 0) << result.err;
  folder.put("app.cpp", "#include \"random_net.h\"\n#include \"Random_Net.h\"\n"
                        "random_net::Network first;\nRandom_Net::Network second;\n");
  Command command;
  command.argv = {"c++", "-std=c++17", "-fsyntax-only", "-Iout", "-Iother", "app.cpp"};
  command.directory = folder.path();
  result = runProcess(command);
  EXPECT_EQ(result.code, 0) << result.err;
  // The program that times it has names of its own.
  result = runSegc(folder, {"bench", "random.onnx", "--name", "Tensor", "--shape", "x=1x3x8x8",
                            "--runs", "1", "--warmup", "0"});
  EXPECT_EQ(result.code, 0) << result.err;

  result = runSegc(folder, {"compile", "random.onnx", "--name", "random"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--name"), HasSubstr("\"random\"")));
}

TEST_F(ExitCode, InspectAndDotSucceed) {
  put("a.onnx", modelWith("Relu", "the node").SerializeAsString());
  ProcessResult result = runSegc(folder, {"inspect", "a.onnx", "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"the node\""));
  result = runSegc(folder, {"compile", "a.onnx", "-o", "out", "--emit", "dot", "--quiet"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(folder.get("out/a.dot"), HasSubstr("1 x 3 x 8 x 8"));
}

TEST_F(ExitCode, CheckTellsWhatFailedFromWhatIsUnsupported) {
  std::filesystem::create_directory(folder / "tmp");
  std::filesystem::create_directories(folder / "good/test_data_set_0");
  std::filesystem::create_directories(folder / "odd/test_data_set_0");
  folder.put("good/model.onnx", modelWith("Relu", "r").SerializeAsString());
  folder.put("odd/model.onnx", modelWith("Frobnicate", "f").SerializeAsString());
  onnx::TensorProto x, y;
  for (onnx::TensorProto *tensor : {&x, &y}) {
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (int64_t extent : {1, 3, 8, 8})
      tensor->add_dims(extent);
    for (int i = 0; i < 192; ++i)
      tensor->add_float_data(tensor == &x ? float(i - 96) : float(std::max(0, i - 96)));
  }
  for (const char *name : {"good", "odd"}) {
    folder.put(std::string(name) + "/test_data_set_0/input_0.pb", x.SerializeAsString());
    folder.put(std::string(name) + "/test_data_set_0/output_0.pb", y.SerializeAsString());
  }
  ProcessResult result = runSegc(folder, {"check", "good", "odd"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("ok good"), HasSubstr("unsupported odd"),
                    HasSubstr("\"f\" (Frobnicate)"), HasSubstr("1 ok, 0 failed, 1 unsupported")));

  EXPECT_TRUE(std::filesystem::is_empty(folder / "tmp"));
  EXPECT_EQ(runSegc(folder, {"check", "odd", "--strict"}).code, 1);

  result = runSegc(folder, {"check", "good", "--strict", "--sanitize", "undefined"});
  EXPECT_EQ(result.code, 0) << result.out << result.err;

  y.set_float_data(100, 4.5f); // 4 is right
  folder.put("good/test_data_set_0/output_0.pb", y.SerializeAsString());
  result = runSegc(folder, {"check", "good", "odd", "missing"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("FAIL good: max error 0.5 (0.00526 of the peak 95) at "
                              "[0, 1, 4, 4]: 4 instead of 4.5"),
                    HasSubstr("FAIL missing"), HasSubstr("0 ok, 2 failed, 1 unsupported")));
}

/// A network with free extents and two outputs, checked as it is, fixed, and fixed wrongly.
TEST_F(ExitCode, CheckTakesShapesAndTellsEveryOutput) {
  std::filesystem::create_directory(folder / "tmp");
  std::filesystem::create_directories(folder / "two/test_data_set_0");
  onnx::ModelProto model = modelWith("Relu", "r");
  onnx::GraphProto *graph = model.mutable_graph();
  *graph->add_output() = graph->output(0);
  graph->mutable_output(1)->set_name("z");
  for (onnx::ValueInfoProto *value :
       {graph->mutable_input(0), graph->mutable_output(0), graph->mutable_output(1)}) {
    auto *shape = value->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape->mutable_dim(2)->set_dim_param("h");
    shape->mutable_dim(3)->set_dim_param("w");
  }
  *graph->add_node() = graph->node(0);
  graph->mutable_node(1)->set_op_type("Neg");
  graph->mutable_node(1)->set_name("n");
  graph->mutable_node(1)->set_output(0, "z");
  folder.put("two/model.onnx", model.SerializeAsString());
  onnx::TensorProto x;
  x.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t extent : {1, 3, 2, 2})
    x.add_dims(extent);
  for (int i = 0; i < 12; ++i)
    x.add_float_data(float(i));
  folder.put("two/test_data_set_0/input_0.pb", x.SerializeAsString());
  x.set_float_data(3, 3.25f); // 3 is right
  folder.put("two/test_data_set_0/output_0.pb", x.SerializeAsString());
  for (int i = 0; i < 12; ++i)
    x.set_float_data(i, float(-i));
  folder.put("two/test_data_set_0/output_1.pb", x.SerializeAsString());
  ProcessResult result = runSegc(folder, {"check", "two", "--shape", "x=1x3x2x?"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("output \"y\": max error 0.25"), HasSubstr("output \"z\": equal")));
  // Of two outputs the wrong one is left out; then nothing else is recorded by position.
  result = runSegc(folder, {"check", "two", "--shape", "x=1x3x2x?", "--outputs", "z"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ok two: equal"));
  result = runSegc(folder, {"check", "two", "--shape", "x=1x3x2x2", "--outputs", "x"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, HasSubstr("nothing is recorded for the outputs that are kept"));
  result = runSegc(folder, {"check", "two", "--shape", "x=1x3x4x4"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("FAIL two"), HasSubstr("1x3x4x4")));
  result = runSegc(folder, {"check", "two", "--shape", "image=1x3x2x2"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("FAIL two"), HasSubstr("\"image\"")));
}

/// What a shell's `| head -c 1` does: the reader goes away while segc still writes.
TEST_F(ExitCode, AReaderThatWantsNoMoreIsNoBug) {
  folder.put("a.onnx", modelWith("Relu", "r").SerializeAsString());
  for (const char *arguments :
       {"inspect a.onnx", "inspect a.onnx --json", "--help", "compile --help", "--version",
        "bench a.onnx --runs 1 --warmup 0 --json -", "bench a.onnx --runs 1 --profile",
        "check missing"}) {
    Command command;
    // The pipe is closed before segc writes its first byte.
    command.argv = {"/bin/bash", "-c",
                    "{ sleep 0.2; " SEGC_BINARY " " + std::string(arguments) +
                        "; echo code $? >&2; } | true"};
    command.directory = folder.path();
    command.environment = {{"SEGC_CACHE_DIR", folder / "cache"}};
    ProcessResult result = runProcess(command);
    const bool isCheck = llvm::StringRef(arguments).starts_with("check");
    EXPECT_THAT(result.err, testing::EndsWith(isCheck ? "code 1\n" : "code 0\n")) << arguments;
    EXPECT_THAT(result.err, testing::Not(HasSubstr("bug"))) << arguments;
    EXPECT_THAT(result.err, testing::Not(HasSubstr("error"))) << arguments;
  }
}

TEST_F(ExitCode, AFullDiskIsNoBug) {
  folder.put("a.onnx", modelWith("Relu", "r").SerializeAsString());
  Command command;
  command.argv = {"/bin/bash", "-c", SEGC_BINARY " inspect a.onnx > /dev/full"};
  command.directory = folder.path();
  ProcessResult result = runProcess(command);
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("standard output cannot be written"));
}

TEST_F(ExitCode, CheckSaysWhatIsWrongWithAManifest) {
  std::filesystem::create_directory(folder / "tmp");
  std::filesystem::create_directory(folder / "zoo");
  folder.put("zoo/model.onnx", modelWith("Relu", "r").SerializeAsString());
  folder.put("outside.npy", "");
  auto message = [&](const std::string &manifest) {
    folder.put("zoo/manifest.json", manifest);
    ProcessResult result = runSegc(folder, {"check", "zoo"});
    EXPECT_EQ(result.state, ProcessResult::State::Exited);
    EXPECT_EQ(result.code, 1) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("0 ok, 1 failed, 0 unsupported"));
    return result.out;
  };
  EXPECT_THAT(message("{\"inputs\""), HasSubstr("FAIL zoo: zoo/manifest.json: not JSON"));
  EXPECT_THAT(message(R"({"inputs": [{"file": 5}], "outputs": [{"file": "y.npy"}]})"),
              HasSubstr("FAIL zoo: zoo: its JSON file is not as expected"));
  EXPECT_THAT(message(R"({"inputs": [{"file": "../outside.npy"}], "outputs": []})"),
              HasSubstr("FAIL zoo: zoo: \"../outside.npy\" is no file in this folder"));
  EXPECT_THAT(message(R"({"inputs": [{"file": "x.npy"}], "outputs": [{"file": "y.npy"}]})"),
              HasSubstr("zoo/x.npy: "));
  folder.put("zoo/x.npy", "no array");
  EXPECT_THAT(message(R"({"inputs": [{"file": "x.npy"}], "outputs": [{"file": "y.npy"}]})"),
              HasSubstr("zoo/x.npy: "));
}

TEST_F(ExitCode, ShapeOfANetworkInTheSegDialect) {
  put("a.mlir", R"(
    func.func @f(%x: !seg.tensor<[1, 3, h, w], f32> {seg.name = "x"}) -> !seg.tensor<[1, 3, h, w], f32> {
      %y = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1, 3, h, w], f32>) -> !seg.tensor<[1, 3, h, w], f32>
      return %y : !seg.tensor<[1, 3, h, w], f32>
    })");
  EXPECT_THAT(messageOfCompiling("a.mlir", {"--shape", "z=1x3x8x8"}),
              HasSubstr("a.mlir: --shape z: the network has no such input"));
  EXPECT_THAT(messageOfCompiling("a.mlir", {"--shape", "x=1x4x8x8"}),
              HasSubstr("a.mlir: --shape x: extent 1 is 3"));
  ProcessResult result = runSegc(folder, {"inspect", "a.mlir", "--shape", "x=1x3x8x9"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("output 0: f32 1 x 3 x 8 x 9"));
}

// Two nodes that are refused for one reason.
TEST_F(ExitCode, InspectRefusesWhatCompileRefuses) {
  std::string type = "!seg.tensor<[2, 3, 4, 5, 6, 2, 3, 4, 5, 6], f32>",
              turned = "!seg.tensor<[6, 5, 4, 3, 2, 6, 5, 4, 3, 2], f32>",
              order = "{permutation = array<i64: 9, 8, 7, 6, 5, 4, 3, 2, 1, 0>}";
  put("a.mlir", "func.func @f(%x: " + type + ") -> " + type + " {\n%y = seg.transpose %x " + order +
                    " : (" + type + ") -> " + turned + " loc(\"first\")\n" +
                    "%z = seg.unary %y {fn = #seg.act<relu>} : (" + turned + ") -> " + turned +
                    "\n%w = seg.transpose %z " + order + " : (" + turned + ") -> " + type +
                    " loc(\"second\")\nreturn %w : " + type + "\n}");
  const std::string message = messageOfCompiling("a.mlir");
  EXPECT_THAT(message, HasSubstr("tensors of rank 10 are not supported"));
  ProcessResult result = runSegc(folder, {"inspect", "a.mlir"});
  EXPECT_EQ(result.code, 1) << result.out;
  EXPECT_EQ(result.err, message);
  EXPECT_EQ(result.out, "");
}

TEST_F(ExitCode, OutputsOfANetworkInTheSegDialect) {
  put("a.mlir", R"(
    func.func @f(%x: !seg.tensor<[1, h], f32> {seg.name = "x"}, %z: !seg.tensor<[1, k], f32> {seg.name = "z"})
        -> (!seg.tensor<[1, h], f32> {seg.name = "p"}, !seg.tensor<[1, k], f32> {seg.name = "q"}) {
      %y = seg.unary %x {fn = #seg.act<relu>} : (!seg.tensor<[1, h], f32>) -> !seg.tensor<[1, h], f32>
      %w = seg.unary %z {fn = #seg.act<abs>} : (!seg.tensor<[1, k], f32>) -> !seg.tensor<[1, k], f32>
      return %y, %w : !seg.tensor<[1, h], f32>, !seg.tensor<[1, k], f32>
    })");
  EXPECT_THAT(messageOfCompiling("a.mlir", {"--outputs", "r"}),
              HasSubstr("a.mlir: --outputs r: the network has no such output; there are \"p\", "
                        "\"q\""));
  EXPECT_THAT(messageOfCompiling("a.mlir", {"--outputs", "p,p"}), HasSubstr("named twice"));
  ProcessResult result = runSegc(folder, {"inspect", "a.mlir", "--outputs", "q"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("input  z: f32 1 x k\noutput q: f32 1 x k\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("1 x h")));
}

TEST_F(ExitCode, RunSaysWhatIsWrongWithItsInput) {
  put("a.onnx", modelWith("Relu", "r").SerializeAsString());
  ProcessResult result = runSegc(folder, {"run", "a.onnx"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("input \"x\" (float32 1x3x8x8) is missing"));
  result = runSegc(folder, {"run", "a.onnx", "--input", "q=x.npy"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("q"), HasSubstr("\"x\"")));
}

} // namespace
