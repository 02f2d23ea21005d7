// GridSample, RoiAlign, MaxRoiPool and DeformConv: names of every version, and what does not fit.

#include "tests/frontends/onnx/ModelBuilder.h"

namespace segc::test {
namespace {

onnx::NodeProto &addGridSample(ModelBuilder &model) {
  model.input("x", {"n", int64_t(3), "h", "w"});
  model.input("g", {"n", int64_t(4), "q", int64_t(2)});
  model.output("y");
  return model.node("GridSample", {"x", "g"}, {"y"}, "warp");
}

TEST(GridSample, KnowsTheNamesOfAllVersions) {
  for (auto [name, mode] : {std::pair("bilinear", "linear"),
                            {"linear", "linear"},
                            {"bicubic", "cubic"},
                            {"cubic", "cubic"},
                            {"nearest", "nearest"}}) {
    ModelBuilder model(16);
    onnx::NodeProto &node = addGridSample(model);
    setText(node, "mode", name);
    setText(node, "padding_mode", "reflection");
    const std::string text = model.import();
    EXPECT_THAT(text, HasSubstr("mode = #seg.resize_mode<" + std::string(mode) + ">"));
    EXPECT_THAT(text, HasSubstr("#seg.sample_padding<reflection>"));
  }
}

TEST(GridSample, RefusesUnknownModes) {
  ModelBuilder model(16);
  setText(addGridSample(model), "mode", "lanczos");
  const std::string error = model.importError();
  EXPECT_THAT(error, HasSubstr("\"warp\" (GridSample): mode \"lanczos\" is not known"));
}

TEST(RoiAlign, HasNoHalfPixelBeforeVersion16) {
  for (int64_t opset : {10, 16}) {
    ModelBuilder model(opset);
    model.input("x", {"n", int64_t(3), "h", "w"});
    model.input("r", {"r", int64_t(4)});
    model.input("i", {"r"}, onnx::TensorProto::INT64);
    model.output("y");
    model.node("RoiAlign", {"x", "r", "i"}, {"y"});
    EXPECT_THAT(model.import(),
                HasSubstr(opset == 10 ? "half_pixel = false" : "half_pixel = true"));
  }
}

TEST(RoiAlign, RefusesImagesThatAreNoIntegers) {
  ModelBuilder model(16);
  model.input("x", {"n", int64_t(3), "h", "w"});
  model.input("r", {"r", int64_t(4)});
  model.input("i", {"r"});
  model.output("y");
  model.node("RoiAlign", {"x", "r", "i"}, {"y"});
  EXPECT_THAT(model.importError(), HasSubstr("are not i64 of rank 1"));
}

TEST(MaxRoiPool, WantsItsShape) {
  ModelBuilder model;
  model.input("x", {"n", int64_t(3), "h", "w"});
  model.input("r", {"r", int64_t(5)});
  model.output("y");
  model.node("MaxRoiPool", {"x", "r"}, {"y"});
  EXPECT_THAT(model.importError(), HasSubstr("pooled_shape is not a height and a width"));
}

TEST(DeformConv, RefusesOffsetsOfAnotherKernel) {
  ModelBuilder model(19);
  model.input("x", {"n", int64_t(4), "h", "w"});
  model.input("o", {"n", int64_t(9), "h", "w"});
  model.weights("k", {8, 4, 3, 3});
  model.output("y");
  model.node("DeformConv", {"x", "k", "o"}, {"y"});
  EXPECT_THAT(model.importError(), HasSubstr("the offsets have 9 channels instead of 18"));
}

} // namespace
} // namespace segc::test
