// Weights in files beside the model are mapped; locations that lead out of the model's folder, and
// parts that lie outside the file, are refused.

#include "frontends/onnx/ModelFile.h"

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

class ExternalData : public testing::Test {
protected:
  ExternalData() {
    model.input("x", {int64_t(1), int64_t(40)});
    model.node("Add", {"x", "b"}, {"y"});
    model.output("y");
    tensor = &model.initialiser("b", {40}, onnx::TensorProto::FLOAT);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    std::ofstream(model.folder + "/weights.bin", std::ios::binary)
        << std::string(16, 'x') + std::string(160, '\0');
  }
  void set(const std::string &key, const std::string &value) {
    onnx::StringStringEntryProto &entry = *tensor->add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  ModelBuilder model;
  onnx::TensorProto *tensor;
};

TEST_F(ExternalData, IsReadAtItsOffset) {
  set("location", "weights.bin");
  set("offset", "16");
  set("length", "160");
  EXPECT_THAT(model.import(), HasSubstr("seg.constant"));
}

TEST_F(ExternalData, MayBeUnaligned) {
  set("location", "./weights.bin");
  set("offset", "15");
  set("length", "160");
  EXPECT_THAT(model.import(), HasSubstr("seg.constant"));
}

// What follows in the file belongs to other tensors.
TEST_F(ExternalData, WithoutALengthIsAsLongAsTheTensor) {
  set("location", "weights.bin");
  set("offset", "8");
  EXPECT_THAT(model.import(), HasSubstr("seg.constant"));
  tensor->mutable_external_data(1)->set_value("17");
  EXPECT_THAT(model.importError(), HasSubstr("159 bytes of data instead of 160"));
}

TEST_F(ExternalData, MayBeInSeveralFilesAndOfConstants) {
  set("location", "weights.bin");
  std::filesystem::create_directory(model.folder + "/more");
  std::ofstream(model.folder + "/more/c.bin", std::ios::binary) << std::string(160, '\0');
  onnx::TensorProto &value =
      *attribute(model.node("Constant", {}, {"c"}), "value", onnx::AttributeProto::TENSOR)
           .mutable_t();
  value = *tensor;
  value.mutable_external_data(0)->set_value("more/c.bin");
  model.node("Add", {"y", "c"}, {"z"});
  model.graph().mutable_output(0)->set_name("z");
  EXPECT_THAT(model.import(), HasSubstr("seg.constant"));
  std::string error;
  auto file = onnximport::ModelFile::open(model.path(), error);
  ASSERT_TRUE(file) << error;
  EXPECT_THAT(file->externalFiles(),
              ElementsAre(model.folder + "/more/c.bin", model.folder + "/weights.bin"));
}

TEST_F(ExternalData, OutsideTheFileIsRefused) {
  set("location", "weights.bin");
  set("offset", "17");
  set("length", "160");
  EXPECT_THAT(model.importError(), HasSubstr("initializer \"b\": external file \"weights.bin\" has "
                                             "176 bytes: offset 17 and length 160 lies outside"));
}

TEST_F(ExternalData, WithOffsetsThatWrapIsRefused) {
  set("location", "weights.bin");
  set("offset", "18446744073709551600");
  set("length", "160");
  EXPECT_THAT(model.importError(), HasSubstr("lies outside"));
}

TEST_F(ExternalData, OfTheWrongLengthIsRefused) {
  set("location", "weights.bin");
  set("length", "100");
  EXPECT_THAT(model.importError(), HasSubstr("100 bytes of data instead of 160"));
}

TEST_F(ExternalData, WithANegativeOffsetIsRefused) {
  set("location", "weights.bin");
  set("offset", "-16");
  EXPECT_THAT(model.importError(), HasSubstr("external offset \"-16\" is not a number"));
}

TEST_F(ExternalData, ThatIsMissingIsRefused) {
  set("location", "nothing.bin");
  EXPECT_THAT(model.importError(), HasSubstr("external file \"nothing.bin\" cannot be opened"));
}

class Escape : public ExternalData, public testing::WithParamInterface<const char *> {};

TEST_P(Escape, IsRefused) {
  set("location", GetParam());
  EXPECT_THAT(model.importError(), HasSubstr("is not a path inside the model's folder"));
}

INSTANTIATE_TEST_SUITE_P(Locations, Escape,
                         testing::Values("/etc/passwd", "../weights.bin", "a/../../weights.bin",
                                         "..", ""));

TEST_F(ExternalData, BehindALinkOutOfTheFolderIsRefused) {
  std::filesystem::create_symlink("/etc/passwd", model.folder + "/link.bin");
  set("location", "link.bin");
  EXPECT_THAT(model.importError(), HasSubstr("leads out of the model's folder"));
}

TEST_F(ExternalData, BehindALinkInsideTheFolderIsRead) {
  std::filesystem::create_symlink("weights.bin", model.folder + "/link.bin");
  set("location", "link.bin");
  set("offset", "16");
  EXPECT_THAT(model.import(), HasSubstr("seg.constant"));
}

} // namespace
} // namespace segc::test
