// Slices, pads, splits, reshapes and resizes: bounds, modes and the differences between operator
// sets.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

onnx::NodeProto &single(ModelBuilder &model, const std::string &op,
                        std::vector<std::string> more = {}) {
  model.input("x", {int64_t(1), int64_t(8), "h", int64_t(10)});
  model.output("y");
  more.insert(more.begin(), "x");
  return model.node(op, more, {"y"});
}

TEST(Slice, CountsFromTheEndAndClamps) {
  ModelBuilder model;
  model.integers("starts", {-3, 1});
  model.integers("ends", {INT64_MAX, -2});
  model.integers("axes", {3, 2});
  single(model, "Slice", {"starts", "ends", "axes"});
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<1>, #seg.dim<7>]"));
  EXPECT_THAT(text, HasSubstr("[1, 8, \"h - 3\", 3]"));
}

TEST(Slice, RunsBackwards) {
  ModelBuilder model;
  model.integers("starts", {-1});
  model.integers("ends", {INT64_MIN});
  model.integers("axes", {3});
  model.integers("steps", {-2});
  single(model, "Slice", {"starts", "ends", "axes", "steps"});
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<0>, #seg.dim<9>]"));
  EXPECT_THAT(text, HasSubstr("steps = array<i64: 1, 1, 1, -2>"));
  EXPECT_THAT(text, HasSubstr("[1, 8, h, 5]"));
}

TEST(Slice, KeepsAClampThatMayMatter) {
  ModelBuilder model;
  model.integers("starts", {0});
  model.integers("ends", {100});
  model.integers("axes", {2});
  single(model, "Slice", {"starts", "ends", "axes"});
  EXPECT_THAT(model.import(), HasSubstr("min(100, h)"));
}

/// mask[-padding:] is the whole axis where nothing is padded.
TEST(Slice, FromANegativeSizeCountsFromTheEndUnlessItIsZero) {
  for (int64_t h : {6, 7, 9, 10}) {
    ModelBuilder model;
    model.input("x", {"h"});
    model.integers("five", {5});
    model.integers("zero", {0});
    model.integers("last", {INT64_MAX});
    model.node("Shape", {"x"}, {"s"});
    model.node("Mod", {"s", "five"}, {"rest"});
    model.node("Sub", {"five", "rest"}, {"missing"});
    model.node("Mod", {"missing", "five"}, {"padding"});
    model.node("Neg", {"padding"}, {"start"});
    model.node("Slice", {"x", "start", "last", "zero"}, {"y"});
    model.output("y");
    const Floats x = Floats::of({h});
    const int64_t padding = (5 - h % 5) % 5, size = padding == 0 ? h : padding;
    std::vector<interpreter::Tensor> results = interpretModel(model, {x});
    ASSERT_EQ(results.size(), 1U);
    expectNear(results[0], {size}, {x.values.end() - size, x.values.end()}, 0);
  }
}

TEST(Slice, ThatIsEmptyAddsNothing) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "h", int64_t(17)});
  model.integers("at", {7});
  model.integers("axes", {3});
  model.node("Slice", {"x", "at", "at", "axes"}, {"nothing"});
  setInt(model.node("Concat", {"x", "nothing", "x"}, {"y"}), "axis", 3);
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("!seg.tensor<[1, 3, h, 34], f32> {seg.name = \"y\"}"));
  model.node("Relu", {"nothing"}, {"z"}, "relu");
  model.output("z");
  EXPECT_THAT(model.importError(),
              HasSubstr("node \"relu\" (Relu): input 0 (\"nothing\") has no elements"));
}

TEST(Slice, ThatAreEmptyAreNothingTogether) {
  ModelBuilder model;
  model.input("x", {"h", int64_t(17)});
  model.integers("at", {7});
  model.integers("axes", {1});
  model.node("Slice", {"x", "at", "at", "axes"}, {"nothing"});
  setInt(model.node("Concat", {"nothing", "nothing"}, {"none"}), "axis", 1);
  setInt(model.node("Concat", {"none", "x"}, {"y"}), "axis", 1);
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("!seg.tensor<[h, 17], f32> {seg.name = \"y\"}"));
}

TEST(Split, MayHaveAPartWithoutElements) {
  ModelBuilder model;
  model.input("x", {int64_t(4), "w"});
  model.integers("parts", {4, 0});
  model.node("Split", {"x", "parts"}, {"a", "b"});
  setInt(model.node("Concat", {"b", "a"}, {"y"}), "axis", 0);
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("!seg.tensor<[4, w], f32> {seg.name = \"y\"}"));
  model.output("b");
  EXPECT_THAT(model.importError(), HasSubstr("output \"b\": has no elements"));
}

TEST(Slice, RefusesStepZero) {
  ModelBuilder model;
  model.integers("starts", {0});
  model.integers("ends", {5});
  model.integers("steps", {0});
  single(model, "Slice", {"starts", "ends", "", "steps"});
  EXPECT_THAT(model.importError(), HasSubstr("step 0"));
}

TEST(Split, IntoUnequalParts) {
  ModelBuilder model;
  model.integers("sizes", {3, 5});
  onnx::NodeProto &split = single(model, "Split", {"sizes"});
  setInt(split, "axis", 1);
  split.add_output("z");
  model.output("z");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 3, h, 10], f32> {seg.name = \"y\"}, "
                              "!seg.tensor<[1, 5, h, 10], f32> {seg.name = \"z\"})"));
  EXPECT_THAT(text, HasSubstr("starts = [#seg.dim<0>, #seg.dim<3>, #seg.dim<0>, #seg.dim<0>]"));
}

TEST(Split, RefusesPartsThatDoNotSumUp) {
  ModelBuilder model;
  model.integers("sizes", {3, 4});
  onnx::NodeProto &split = single(model, "Split", {"sizes"});
  setInt(split, "axis", 1);
  split.add_output("z");
  EXPECT_THAT(model.importError(), HasSubstr("do not sum up"));
}

TEST(Pad, ReadsAttributesOrInputs) {
  ModelBuilder old(2 + 5);
  onnx::NodeProto &pad = single(old, "Pad");
  setInts(pad, "pads", {0, 0, 1, 2, 0, 0, 3, -4});
  setFloat(pad, "value", 0.5f);
  ModelBuilder now(13);
  now.integers("pads", {0, 0, 1, 2, 0, 0, 3, -4});
  now.floats("value", {}, {0.5f});
  single(now, "Pad", {"pads", "value"});
  for (ModelBuilder *model : {&old, &now}) {
    std::string text = model->import();
    EXPECT_THAT(text, HasSubstr("[1, 8, \"h + 4\", 8]"));
    EXPECT_THAT(text, HasSubstr("value = 5.000000e-01 : f32"));
  }
}

TEST(Pad, RefusesOtherModes) {
  ModelBuilder model;
  model.integers("pads", {0, 0, 1, 2, 0, 0, 3, 4});
  setText(single(model, "Pad", {"pads"}), "mode", "mirror");
  EXPECT_THAT(model.importError(), HasSubstr("mode \"mirror\" is not supported"));
}

TEST(Reshape, RefusesWhatDoesNotFit) {
  ModelBuilder model;
  model.input("x", {int64_t(2), int64_t(6)});
  model.output("y");
  model.integers("shape", {5, 2});
  model.node("Reshape", {"x", "shape"}, {"y"});
  EXPECT_THAT(model.importError(), HasSubstr("12 elements do not fit a shape of 10"));
}

TEST(DepthToSpace, OrdersChannelsByMode) {
  for (auto [mode, permutation] :
       {std::pair("DCR", "permutation = array<i64: 0, 3, 4, 1, 5, 2>"),
        std::pair("CRD", "permutation = array<i64: 0, 1, 4, 2, 5, 3>")}) {
    ModelBuilder model;
    onnx::NodeProto &node = single(model, "DepthToSpace");
    setInt(node, "blocksize", 2);
    setText(node, "mode", mode);
    std::string text = model.import();
    EXPECT_THAT(text, HasSubstr(permutation));
    EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 2, \"2 * h\", 20], f32>"));
  }
}

TEST(Resize, BeforeOperatorSet11IsAsymmetric) {
  for (const char *op : {"Resize", "Upsample"}) {
    ModelBuilder model(op[0] == 'R' ? 10 : 9);
    model.floats("scales", {4}, {1, 1, 2, 3});
    single(model, op, {"scales"});
    std::string text = model.import();
    EXPECT_THAT(text, HasSubstr("coordinates<asymmetric>"));
    EXPECT_THAT(text, HasSubstr("nearest<floor>"));
    EXPECT_THAT(text, HasSubstr("[1, 8, \"2 * h\", 30]"));
  }
}

TEST(Resize, TakesACropOfTheImage) {
  ModelBuilder model;
  model.floats("roi", {8}, {0, 0, 0.25f, 0.5f, 1, 1, 0.75f, 1});
  model.integers("sizes", {1, 8, 3, 3});
  onnx::NodeProto &node = single(model, "Resize", {"roi", "", "sizes"});
  setText(node, "mode", "linear");
  setText(node, "coordinate_transformation_mode", "tf_crop_and_resize");
  setFloat(node, "extrapolation_value", 10);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("roi = array<f32: 2.500000e-01, 5.000000e-01, 7.500000e-01"));
  EXPECT_THAT(text, HasSubstr("extrapolation = 1.000000e+01 : f32"));
}

TEST(Gather, OfConstantIndicesIsSlices) {
  ModelBuilder model;
  model.integers("indices", {2, 3, 0});
  setInt(single(model, "Gather", {"indices"}), "axis", 1);
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("!seg.tensor<[1, 2, h, 10], f32>, !seg.tensor<[1, 1, h, 10], f32>) "
                              "-> !seg.tensor<[1, 3, h, 10], f32>"));
}

TEST(Pad, WrapsAround) {
  // A panorama goes on at its other end.
  ModelBuilder model(19);
  model.input("x", {"h", "w"});
  model.integers("pads", {1, 2});
  model.integers("axes", {1});
  setText(model.node("Pad", {"x", "pads", "", "axes"}, {"y"}), "mode", "wrap");
  model.output("y");
  auto results = interpretModel(model, {{{2, 3}, {1, 2, 3, 4, 5, 6}}});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_THAT(results[0].floats, ElementsAre(3, 1, 2, 3, 1, 2, 6, 4, 5, 6, 4, 5));
}

} // namespace
} // namespace segc::test
