// Manifests of recorded cases: what is read from them, and what is wrong with broken ones.

#include "compiler/commands/CaseFolder.h"

#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace segc;
using testing::AllOf;
using testing::HasSubstr;

class CaseFolders : public testing::Test {
protected:
  CaseFolders() {
    folder.put("model.onnx", "not read here");
    std::filesystem::create_directory(folder / "golden");
  }

  std::string messageOfManifest(const std::string &text) {
    folder.put("manifest.json", text);
    return messageOfReading();
  }

  std::string messageOfGoldens(const std::string &text) {
    folder.put("golden/golden.json", text);
    return messageOfReading();
  }

  std::string messageOfReading() {
    auto cases = readCaseFolder(folder.path(), 1e-3, 1e-3);
    EXPECT_FALSE(cases);
    if (cases)
      return "";
    EXPECT_EQ(cases.failure().blame, Failure::Input);
    EXPECT_EQ(cases.failure().messages.size(), 1u);
    EXPECT_THAT(cases.failure().messages.front(), HasSubstr(folder.path()));
    return cases.failure().messages.front();
  }

  TestFolder folder;
};

TEST_F(CaseFolders, ReadsAManifest) {
  folder.put("manifest.json", R"({
    "inputs": [{"name": "image", "file": "image.npy"}, {"file": "sub/mask.npy"}],
    "outputs": [{"name": "scores", "file": "scores.npy"}, {"name": "large"},
                {"name": "labels", "file": "labels.npy", "tolerance": {"label_agreement": 0.5}}],
    "tolerance": {"max_relative": 0.25, "rms_relative": 0.125}})");
  auto cases = readCaseFolder(folder.path(), 1e-3, 1e-3);
  ASSERT_TRUE(cases) << cases.failure().messages.front();
  EXPECT_EQ(cases->model, folder / "model.onnx");
  ASSERT_EQ(cases->cases.size(), 1u);
  const RecordedCase &recorded = cases->cases.front();
  ASSERT_EQ(recorded.inputs.size(), 2u);
  EXPECT_EQ(recorded.inputs[0].name, "image");
  EXPECT_EQ(recorded.inputs[0].file, folder / "image.npy");
  EXPECT_EQ(recorded.inputs[1].name, "");
  EXPECT_EQ(recorded.inputs[1].file, folder / "sub/mask.npy");
  // "large" has no file: it was too costly to record.
  ASSERT_EQ(recorded.outputs.size(), 2u);
  EXPECT_EQ(recorded.outputs[0].file, folder / "scores.npy");
  EXPECT_EQ(recorded.outputs[0].tolerance.maxRelative, 0.25);
  EXPECT_EQ(recorded.outputs[0].tolerance.rmsRelative, 0.125);
  EXPECT_EQ(recorded.outputs[1].tolerance.labelAgreement, 0.5);
  EXPECT_FALSE(recorded.outputs[1].tolerance.maxRelative)
      << "an output's own tolerance stands alone";
}

TEST_F(CaseFolders, ReadsGoldens) {
  folder.put("metrics.json", R"({"mean": [0.5, 0.25, 0.125], "std": [1, 2, 4]})");
  folder.put("golden/golden.json", R"([{"image": "test/a.png", "height": 24, "width": 32,
    "logits": "a_logits.npy", "step": 5, "map": "a_map.png"}])");
  auto cases = readCaseFolder(folder.path(), 1e-3, 1e-3);
  ASSERT_TRUE(cases) << cases.failure().messages.front();
  ASSERT_EQ(cases->cases.size(), 1u);
  const RecordedCase &recorded = cases->cases.front();
  EXPECT_EQ(recorded.name, "a_logits");
  EXPECT_EQ(recorded.inputs.at(0).file, folder / "test/a.png");
  EXPECT_EQ(recorded.inputs.at(0).height, 24);
  EXPECT_EQ(recorded.inputs.at(0).width, 32);
  EXPECT_THAT(recorded.inputs.at(0).mean, testing::ElementsAre(0.5, 0.25, 0.125));
  EXPECT_THAT(recorded.inputs.at(0).std, testing::ElementsAre(1, 2, 4));
  EXPECT_EQ(recorded.outputs.at(0).file, folder / "golden/a_logits.npy");
  EXPECT_EQ(recorded.outputs.at(0).step, 5);
  EXPECT_EQ(recorded.outputs.at(0).labelMap, folder / "golden/a_map.png");
}

TEST_F(CaseFolders, RefusesBrokenManifests) {
  EXPECT_THAT(messageOfManifest(""), HasSubstr("manifest.json: not JSON"));
  EXPECT_THAT(messageOfManifest("{\"inputs\": [}"), HasSubstr("manifest.json: not JSON"));
  EXPECT_THAT(messageOfManifest("[]"), HasSubstr("there is no list \"inputs\""));
  EXPECT_THAT(messageOfManifest("7"), HasSubstr("there is no list \"inputs\""));
  EXPECT_THAT(messageOfManifest(R"({"inputs": []})"), HasSubstr("there is no list \"outputs\""));
  EXPECT_THAT(messageOfManifest(R"({"inputs": "x.npy", "outputs": []})"),
              HasSubstr("there is no list \"inputs\""));
  EXPECT_THAT(messageOfManifest(R"({"inputs": [], "outputs": [{"name": "y"}]})"),
              HasSubstr("no output is recorded"));
}

TEST_F(CaseFolders, RefusesWrongTypesInManifests) {
  auto withInput = [](const std::string &input) {
    return "{\"inputs\": [" + input + "], \"outputs\": [{\"file\": \"y.npy\"}]}";
  };
  for (const char *input : {"5", "\"x.npy\"", "{}", R"({"name": "x"})", R"({"file": 5})",
                            R"({"file": null})", R"({"name": 5, "file": "x.npy"})"})
    EXPECT_THAT(messageOfManifest(withInput(input)), HasSubstr("JSON file is not as expected"))
        << input;
  for (const char *tolerance : {"0.1", "\"small\"", "[0.1]"})
    EXPECT_THAT(
        messageOfManifest(R"({"inputs": [], "outputs": [{"file": "y.npy"}], "tolerance": )" +
                          std::string(tolerance) + "}"),
        HasSubstr("a tolerance is not an object"))
        << tolerance;
  EXPECT_THAT(messageOfManifest(R"({"inputs": [], "outputs": [{"file": "y.npy",
                                    "tolerance": {"max_relative": "0.1"}}]})"),
              HasSubstr("JSON file is not as expected"));
}

TEST_F(CaseFolders, RefusesFilesOutsideTheFolder) {
  for (const char *file : {"../x.npy", "sub/../../x.npy", "/etc/hostname", "..", ""}) {
    const std::string entry = "[{\"file\": \"" + std::string(file) + "\"}]";
    const std::string good = "[{\"file\": \"good.npy\"}]";
    EXPECT_THAT(messageOfManifest("{\"inputs\": " + entry + ", \"outputs\": " + good + "}"),
                HasSubstr("\"" + std::string(file) + "\" is no file in this folder"));
    EXPECT_THAT(messageOfManifest("{\"inputs\": " + good + ", \"outputs\": " + entry + "}"),
                HasSubstr("is no file in this folder"));
  }
}

TEST_F(CaseFolders, RefusesBrokenGoldens) {
  EXPECT_THAT(messageOfGoldens("{"), HasSubstr("golden.json: not JSON"));
  EXPECT_THAT(messageOfGoldens("{}"), HasSubstr("golden.json: it is not a list"));
  EXPECT_THAT(messageOfGoldens("[5]"), HasSubstr("JSON file is not as expected"));
  auto entry = [](const std::string &image, const std::string &height, const std::string &step,
                  const std::string &logits) {
    return "[{\"image\": " + image + ", \"height\": " + height +
           ", \"width\": 8, \"step\": " + step + ", \"logits\": " + logits + "}]";
  };
  const std::string image = "\"a.png\"", logits = "\"a.npy\"";
  EXPECT_THAT(messageOfGoldens(entry(image, "\"high\"", "1", logits)),
              HasSubstr("JSON file is not as expected"));
  EXPECT_THAT(messageOfGoldens(entry(image, "-5", "1", logits)), HasSubstr("-5 x 8 is no size"));
  EXPECT_THAT(messageOfGoldens(entry(image, "0", "1", logits)), HasSubstr("0 x 8 is no size"));
  EXPECT_THAT(messageOfGoldens(entry(image, "8", "0", logits)), HasSubstr("step 0 is below 1"));
  EXPECT_THAT(messageOfGoldens(entry("\"../a.png\"", "8", "1", logits)),
              HasSubstr("is no file in this folder"));
  EXPECT_THAT(messageOfGoldens(entry(image, "8", "1", "\"../../a.npy\"")),
              HasSubstr("is no file in this folder"));
  EXPECT_THAT(messageOfGoldens("[]"), HasSubstr("there are neither"));
}

TEST_F(CaseFolders, RefusesMetricsOfTheWrongKind) {
  folder.put("golden/golden.json", "[]");
  for (const char *metrics : {"{", "{\"mean\": [1, 2]}", "{\"mean\": \"grey\"}", "[1]"}) {
    folder.put("metrics.json", metrics);
    messageOfReading();
  }
}

TEST_F(CaseFolders, SaysWhatIsMissing) {
  EXPECT_THAT(messageOfReading(), HasSubstr("there are neither test_data_set_* nor"));
  std::filesystem::create_directory(folder / "test_data_set_0");
  EXPECT_THAT(messageOfReading(), HasSubstr("test_data_set_0: no output is recorded"));
  std::filesystem::remove(folder / "model.onnx");
  EXPECT_THAT(messageOfReading(), HasSubstr("there is no model.onnx"));
  folder.put("a.onnx", "");
  folder.put("b.onnx", "");
  EXPECT_THAT(messageOfReading(), HasSubstr("there is no model.onnx"));
}

/// A network that hands its inputs back.
class Echo : public Network {
public:
  Echo() {
    for (const char *name : {"a", "b"})
      inputs_.push_back({name, ElementType::Float32, {1}});
    outputs_ = inputs_;
  }
  Result<std::vector<HostTensor>> run(const std::vector<HostTensor> &inputs) override {
    return inputs;
  }
};

TEST_F(CaseFolders, ChecksWhatAManifestNames) {
  auto floatNpy = [](float value) {
    // A .npy of one float.
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string bytes = std::string("\x93NUMPY\x01", 7) + '\0';
    bytes += static_cast<char>(header.size());
    bytes += '\0';
    return bytes + header + std::string(reinterpret_cast<const char *>(&value), 4);
  };
  folder.put("one.npy", floatNpy(1));
  folder.put("two.npy", floatNpy(2));
  Echo network;
  auto check = [&](const std::string &inputs, const std::string &outputs) {
    folder.put("manifest.json", "{\"inputs\": [" + inputs + "], \"outputs\": [" + outputs + "]}");
    auto cases = readCaseFolder(folder.path(), 1e-3, 1e-3);
    EXPECT_TRUE(cases);
    auto comparison = checkCase(network, cases->cases.front(), [](size_t) {
      ADD_FAILURE() << "there are no labels here";
      return std::nullopt;
    });
    if (!comparison)
      return comparison.failure().messages.front();
    return std::string(comparison->ok ? "ok" : "differs");
  };
  const std::string a = R"({"name": "a", "file": "one.npy"})";
  const std::string b = R"({"name": "b", "file": "two.npy"})";
  // By name, whatever the order.
  EXPECT_EQ(check(b + "," + a, a + "," + b), "ok");
  EXPECT_EQ(check(a + "," + b, R"({"name": "b", "file": "one.npy"})"), "differs");
  EXPECT_THAT(check(a, a), HasSubstr("1 inputs are recorded, the network has 2"));
  EXPECT_THAT(check(a + "," + a, a), HasSubstr("input \"a\" is recorded twice"));
  EXPECT_THAT(check(a + R"(,{"name": "b", "file": "none.npy"})", a), HasSubstr("none.npy"));
  EXPECT_THAT(check(a + "," + b, R"({"name": "a", "file": "none.npy"})"), HasSubstr("none.npy"));
}

} // namespace
