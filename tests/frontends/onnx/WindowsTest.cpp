// Convolutions and pools: attributes arrive in the ops, auto_pad is carried out, one-dimensional
// windows become two-dimensional ones, and unsound attributes are refused by name.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

onnx::NodeProto &addConv(ModelBuilder &model, const std::vector<int64_t> &weights) {
  model.weights("w", weights);
  model.output("y");
  return model.node("Conv", {"x", "w"}, {"y"}, "aspp/conv2");
}

TEST(Conv, KeepsItsAttributesAndFreeExtents) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), "h", "w"});
  onnx::NodeProto &conv = addConv(model, {6, 2, 3, 5});
  setInts(conv, "strides", {2, 1});
  setInts(conv, "dilations", {1, 3});
  setInts(conv, "pads", {1, 2, 3, 4});
  setInt(conv, "group", 2);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("dilations = array<i64: 1, 3>"));
  EXPECT_THAT(text, HasSubstr("groups = 2 : i64"));
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 1, 2, 3, 4>"));
  EXPECT_THAT(text, HasSubstr("strides = array<i64: 2, 1>"));
  // (h + 4 - 3) / 2 + 1 and w + 6 - 12 - 1 + 1.
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 6, \"(h + 1) / 2 + 1\", \"w - 6\"], f32>"));
}

TEST(Conv, CarriesOutSamePaddingOfFixedSizes) {
  // 8 rows, stride 3: 3 windows reach 9 rows: 1 row of padding, below for SAME_UPPER.
  for (auto [mode, pads] : {std::pair("SAME_UPPER", "pads = array<i64: 0, 1, 1, 1>"),
                            std::pair("SAME_LOWER", "pads = array<i64: 1, 1, 0, 1>")}) {
    ModelBuilder model;
    model.input("x", {int64_t(1), int64_t(1), int64_t(8), int64_t(7)});
    onnx::NodeProto &conv = addConv(model, {1, 1, 3, 3});
    setInts(conv, "strides", {3, 3});
    setText(conv, "auto_pad", mode);
    EXPECT_THAT(model.import(), HasSubstr(pads)) << mode;
  }
}

TEST(Conv, PadsTheInputWhereSamePaddingDependsOnItsSize) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(1), "h", "w"});
  onnx::NodeProto &conv = addConv(model, {1, 1, 3, 3});
  setInts(conv, "strides", {2, 2});
  setText(conv, "auto_pad", "SAME_UPPER");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("seg.pad"));
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 0, 0, 0, 0>"));
}

TEST(Conv, SamePaddingWithStrideOneIsConstant) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(1), "h", "w"});
  onnx::NodeProto &conv = addConv(model, {1, 1, 4, 3});
  setInts(conv, "dilations", {1, 6});
  setText(conv, "auto_pad", "SAME_LOWER");
  std::string text = model.import();
  EXPECT_THAT(text, Not(HasSubstr("seg.pad ")));
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 2, 6, 1, 6>"));
}

TEST(Conv, OfOneAxisBecomesAnImageOfHeightOne) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "n"});
  onnx::NodeProto &conv = addConv(model, {2, 3, 5});
  setInts(conv, "pads", {2, 1});
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[2, 3, 1, 5], f32>"));
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 0, 2, 0, 1>"));
  EXPECT_THAT(text, HasSubstr("return"));
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 2, \"n - 1\"], f32> {seg.name = \"y\"})"));
}

TEST(Conv, NamesTheNodeInEveryError) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
  onnx::NodeProto &conv = addConv(model, {6, 4, 3, 3});
  setInts(conv, "dilations", {0, 1});
  EXPECT_EQ(model.importError(),
            "model.onnx: node \"aspp/conv2\" (Conv): dilation 0 is not positive");
}

TEST(Conv, IsCalledByItsOutputWithoutAName) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
  addConv(model, {6, 3, 3, 3}).clear_name();
  EXPECT_THAT(model.importError(), HasSubstr("model.onnx: node \"y\" (Conv): weights for 3"));
}

TEST(Conv, RefusesAttributesOfTheWrongType) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
  onnx::NodeProto &conv = addConv(model, {6, 4, 3, 3});
  setInt(conv, "strides", 2);
  EXPECT_THAT(model.importError(), HasSubstr("attribute strides is of type int instead of ints"));
}

TEST(Conv, RefusesHugeAttributes) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4), int64_t(8), int64_t(8)});
  onnx::NodeProto &conv = addConv(model, {6, 4, 3, 3});
  setInts(conv, "strides", {INT64_MAX, 1});
  EXPECT_THAT(model.importError(), HasSubstr("is out of range"));
}

onnx::NodeProto &addTransposed(ModelBuilder &model, int64_t rows, int64_t columns) {
  model.input("x", {int64_t(1), int64_t(1), rows, columns});
  model.weights("w", {1, 2, 3, 3});
  model.output("y");
  return model.node("ConvTranspose", {"x", "w"}, {"y"});
}

TEST(ConvTranspose, MakesTheOutputAsLargeAsAsked) {
  ModelBuilder model;
  onnx::NodeProto &conv = addTransposed(model, 3, 3);
  setInts(conv, "strides", {3, 2});
  setInts(conv, "output_shape", {10, 8});
  std::string text = model.import();
  // 9 and 7 without pads: what is missing is added at the end.
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 0, 0, -1, -1>"));
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 2, 10, 8], f32>"));
}

TEST(ConvTranspose, SamePaddingMultipliesByTheStride) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(1), "h", "w"});
  model.weights("w", {1, 2, 3, 3});
  model.output("y");
  onnx::NodeProto &conv = model.node("ConvTranspose", {"x", "w"}, {"y"});
  setInts(conv, "strides", {2, 2});
  setText(conv, "auto_pad", "SAME_UPPER");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("pads = array<i64: 0, 0, 1, 1>"));
  EXPECT_THAT(text, HasSubstr("\"2 * h\", \"2 * w\""));
}

TEST(MaxPool, HasSwitchesOnlyIfTheyAreRead) {
  for (bool read : {false, true}) {
    ModelBuilder model;
    model.input("x", {int64_t(1), int64_t(4), "h", "w"});
    onnx::NodeProto &pool = model.node("MaxPool", {"x"}, {"y", "i"});
    setInts(pool, "kernel_shape", {2, 2});
    setInts(pool, "strides", {2, 2});
    setInt(pool, "storage_order", 1);
    model.output("y");
    if (read)
      model.output("i");
    std::string text = model.import();
    EXPECT_EQ(text.find("seg.max_pool2d_switches") != std::string::npos, read);
    EXPECT_EQ(text.find("column_major = true") != std::string::npos, read);
  }
}

TEST(MaxUnpool, TakesItsOutputShapeFromAShape) {
  for (bool channelsLast : {false, true}) {
    ModelBuilder model;
    model.input("x", {int64_t(1), int64_t(4), "h", "w"});
    onnx::NodeProto &pool = model.node("MaxPool", {"x"}, {"y", "i"});
    setInts(pool, "kernel_shape", {2, 2});
    setInts(pool, "strides", {2, 2});
    model.node("Shape", {"x"}, {"s"});
    setInts(model.node("Transpose", {"i"}, {"last"}), "perm", {0, 2, 3, 1});
    setInts(model.node("Transpose", {"last"}, {"first"}), "perm", {0, 3, 1, 2});
    onnx::NodeProto &unpool =
        model.node("MaxUnpool", {"y", channelsLast ? "first" : "i", "s"}, {"z"});
    setInts(unpool, "kernel_shape", {2, 2});
    setInts(unpool, "strides", {2, 2});
    model.output("z");
    std::string text = model.import();
    // The switches count in what was pooled, odd rows included.
    EXPECT_THAT(text, HasSubstr("indexed = [#seg.dim<1>, #seg.dim<4>, #seg.dim<h>, #seg.dim<w>]"));
    EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 4, h, w], f32> {seg.name = \"z\"})"));
  }
}

TEST(AveragePool, LeavesOutSamePaddingThatDependsOnTheSize) {
  // 5 columns in windows of 3 with a stride of 2: pads of 1 at both ends; 4 columns: one behind.
  for (int64_t columns : {5, 4}) {
    ModelBuilder model;
    model.input("x", {int64_t(1), int64_t(1), int64_t(1), "w"});
    onnx::NodeProto &pool = model.node("AveragePool", {"x"}, {"y"});
    setInts(pool, "kernel_shape", {1, 3});
    setInts(pool, "strides", {1, 2});
    setText(pool, "auto_pad", "SAME_UPPER");
    model.output("y");
    std::vector<float> values{1, 3, 5, 7, 10};
    values.resize(static_cast<size_t>(columns));
    auto results = interpretModel(model, {{{1, 1, 1, columns}, values}});
    ASSERT_EQ(results.size(), 1u);
    const std::vector<float> expected =
        columns == 5 ? std::vector<float>{2, 5, 8.5f} : std::vector<float>{3, 6};
    EXPECT_THAT(results[0].floats, testing::Pointwise(testing::FloatEq(), expected));
  }
}

TEST(AveragePool, OfSlicesOfAnyNumber) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(2), "d", int64_t(2), int64_t(2)});
  onnx::NodeProto &pool = model.node("AveragePool", {"x"}, {"y"});
  setInts(pool, "kernel_shape", {1, 2, 2});
  setInts(pool, "strides", {1, 2, 2});
  model.output("y");
  std::vector<float> values;
  for (int i = 0; i != 24; ++i)
    values.push_back(static_cast<float>(i));
  auto results = interpretModel(model, {{{1, 2, 3, 2, 2}, values}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(results[0].floats, ElementsAre(1.5f, 5.5f, 9.5f, 13.5f, 17.5f, 21.5f));
}

TEST(AveragePool, OverChannelsFoldsTheImage) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(1), int64_t(10), "h", "w"});
  onnx::NodeProto &pool = model.node("AveragePool", {"x"}, {"y"});
  setInts(pool, "kernel_shape", {5, 1, 1});
  setInts(pool, "strides", {1, 1, 1});
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("kernel = array<i64: 5, 1>"));
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 1, 6, h, w], f32> {seg.name = \"y\"})"));
}

} // namespace
} // namespace segc::test
