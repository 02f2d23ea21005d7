// Shape arithmetic of exporters is evaluated at import: sizes, slices and reshapes that a model
// computes from the input's shape become expressions, and no op is left of the computation.

#include "tests/frontends/onnx/InterpretModel.h"

#include <limits>

namespace segc::test {
namespace {

ModelBuilder &freeImage(ModelBuilder &model) {
  model.input("x", {int64_t(1), int64_t(3), "h", "w"});
  return model;
}

TEST(ShapeArithmetic, ResizesToTheShapeOfAnotherTensor) {
  ModelBuilder model;
  freeImage(model);
  onnx::NodeProto &pool = model.node("MaxPool", {"x"}, {"p"});
  setInts(pool, "kernel_shape", {2, 2});
  setInts(pool, "strides", {2, 2});
  // As PyTorch exports F.interpolate(p, size=x.shape[2:]).
  model.node("Shape", {"x"}, {"s"});
  model.integers("two", {2}).clear_dims();
  model.integers("three", {3}).clear_dims();
  model.integers("zero", {0});
  model.node("Gather", {"s", "two"}, {"h1"});
  model.node("Gather", {"s", "three"}, {"w1"});
  model.node("Unsqueeze", {"h1", "zero"}, {"h2"});
  model.node("Unsqueeze", {"w1", "zero"}, {"w2"});
  model.node("Concat", {"h2", "w2"}, {"hw"}).add_attribute()->set_name("axis");
  model.graph()
      .mutable_node(model.graph().node_size() - 1)
      ->mutable_attribute(0)
      ->set_type(onnx::AttributeProto::INT);
  model.node("Shape", {"p"}, {"ps"});
  model.integers("end", {2});
  model.node("Slice", {"ps", "zero", "end", "zero"}, {"nc"});
  setInt(model.node("Concat", {"nc", "hw"}, {"sizes"}), "axis", 0);
  onnx::NodeProto &resize = model.node("Resize", {"p", "", "", "sizes"}, {"y"});
  setText(resize, "mode", "linear");
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("sizes = [#seg.dim<1>, #seg.dim<3>, #seg.dim<h>, #seg.dim<w>]"));
  EXPECT_THAT(text, HasSubstr("\"h / 2\", \"w / 2\""));
  EXPECT_THAT(text, Not(HasSubstr("seg.constant")));
  EXPECT_THAT(text, Not(HasSubstr("scales =")));
}

TEST(ShapeArithmetic, RoundsScaledSizesDown) {
  ModelBuilder model(11);
  freeImage(model);
  model.initialiser("roi", {0}, onnx::TensorProto::FLOAT);
  model.floats("scales", {4}, {1, 1, 2.25f, 0.7f});
  onnx::NodeProto &resize = model.node("Resize", {"x", "roi", "scales"}, {"y"});
  setText(resize, "mode", "nearest");
  setText(resize, "nearest_mode", "floor");
  setText(resize, "coordinate_transformation_mode", "asymmetric");
  model.output("y");
  std::string text = model.import();
  // 0.7f is meant to be 7/10.
  EXPECT_THAT(text, HasSubstr("#seg.dim<\"9 * h / 4\">, #seg.dim<\"7 * w / 10\">"));
  EXPECT_THAT(text, HasSubstr("scales = array<f32: 2.250000e+00, 0.699999988>"));
  EXPECT_THAT(text, HasSubstr("coordinates<asymmetric>"));
}

TEST(ShapeArithmetic, CancelsScalesThatAreRatiosOfSizes) {
  // Old exporters divide the wanted size by the current one, and multiply by it again.
  ModelBuilder model(10);
  freeImage(model);
  onnx::NodeProto &pool = model.node("MaxPool", {"x"}, {"p"});
  setInts(pool, "kernel_shape", {3, 3});
  setInts(pool, "strides", {2, 2});
  model.node("Shape", {"x"}, {"s"});
  model.node("Shape", {"p"}, {"ps"});
  setInt(model.node("Cast", {"s"}, {"sf"}), "to", onnx::TensorProto::FLOAT);
  setInt(model.node("Cast", {"ps"}, {"psf"}), "to", onnx::TensorProto::FLOAT);
  model.node("Div", {"sf", "psf"}, {"scales"});
  model.node("Resize", {"p", "scales"}, {"y"});
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("-> (!seg.tensor<[1, 3, h, w], f32> {seg.name = \"y\"})"));
}

TEST(ShapeArithmetic, CropsTheCentre) {
  // U-Net: start = (size - 4) / 2 with integers, and an end computed from it.
  ModelBuilder model;
  freeImage(model);
  model.node("Shape", {"x"}, {"s"});
  model.integers("hw", {2, 3});
  model.integers("four", {4});
  model.integers("two", {2});
  model.node("Gather", {"s", "hw"}, {"size"});
  model.node("Sub", {"size", "four"}, {"inner"});
  model.node("Sub", {"size", "inner"}, {"rest"});
  model.node("Div", {"rest", "two"}, {"start"});
  model.node("Add", {"start", "inner"}, {"end"});
  model.node("Slice", {"x", "start", "end", "hw"}, {"y"});
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("starts = [#seg.dim<0>, #seg.dim<0>, #seg.dim<2>, #seg.dim<2>]"));
  EXPECT_THAT(text, HasSubstr("[1, 3, \"h - 4\", \"w - 4\"]"));
}

TEST(ShapeArithmetic, ReshapesWithCopiedAndInferredExtents) {
  ModelBuilder model;
  freeImage(model);
  model.integers("shape", {0, 0, -1});
  model.node("Reshape", {"x", "shape"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> (!seg.tensor<[1, 3, \"h * w\"], f32>"));
}

TEST(ShapeArithmetic, TakesTheKnownBranch) {
  ModelBuilder model;
  freeImage(model);
  model.node("Shape", {"x"}, {"s"});
  model.integers("one", {1});
  model.integers("three", {3});
  model.node("Gather", {"s", "one"}, {"c"});
  model.node("Equal", {"c", "three"}, {"isColour"});
  onnx::NodeProto &branch = model.node("If", {"isColour"}, {"y"});
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::GraphProto &graph = *attribute(branch, name, onnx::AttributeProto::GRAPH).mutable_g();
    onnx::NodeProto &inner = *graph.add_node();
    bool isThen = std::string(name) == "then_branch";
    inner.set_op_type(isThen ? "Relu" : "NoSuchOperator");
    inner.add_input("x");
    inner.add_output(isThen ? "a" : "b");
    graph.add_output()->set_name(inner.output(0));
  }
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("#seg.act<relu>"));
}

/// PyTorch's exporter asks of every extent that something is expanded to whether it is -1.
TEST(ShapeArithmetic, KnowsThatNoExtentIsNegative) {
  ModelBuilder model;
  model.input("x", {"h", int64_t(1)});
  model.input("row", {int64_t(1), int64_t(3)});
  model.integers("zero", {0});
  model.integers("minusFour", {-4});
  model.integers("ones", {1, 1});
  model.integers("minusOnes", {-1, -1});
  model.node("Slice", {"x", "zero", "minusFour", "zero"}, {"part"}); // h - 4 rows
  model.node("Shape", {"part"}, {"s"});
  model.node("Equal", {"s", "minusOnes"}, {"isKept"});
  model.node("Where", {"isKept", "ones", "s"}, {"extents"});
  model.node("Expand", {"row", "extents"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> (!seg.tensor<[\"h - 4\", 3], f32>"));
}

/// The rest up to a whole number of windows is not negative: two quotients must be compared.
TEST(ShapeArithmetic, ComparesSizesByTheirQuotients) {
  ModelBuilder model;
  model.input("x", {"h"});
  model.integers("window", {7});
  model.integers("minusOne", {-1});
  model.node("Shape", {"x"}, {"s"});
  model.node("Mod", {"s", "window"}, {"rest"});
  model.node("Greater", {"rest", "minusOne"}, {"isLarger"});
  model.node("Where", {"isLarger", "window", "minusOne"}, {"shape"});
  model.node("ConstantOfShape", {"shape"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> (!seg.tensor<[7], f32>"));
}

TEST(ShapeArithmetic, IsConstantAsATensorWhereSizesAreFixed) {
  ModelBuilder model;
  freeImage(model);
  model.node("Shape", {"x"}, {"s"});
  setInt(model.node("Cast", {"s"}, {"f"}), "to", onnx::TensorProto::FLOAT);
  model.node("Mul", {"x", "f"}, {"y"}, "scale");
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("digits"));
  ImportOptions fixed;
  fixed.shapes["x"] = {1, 3, 5, 4};
  EXPECT_THAT(model.import(fixed), HasSubstr("dense<[1.000000e+00, 3.000000e+00, 5.000000e+00"));
}

/// What a scripted "if the height is not a multiple: pad" becomes.
TEST(ShapeArithmetic, OfABranchSaysThatTheSizeMayBeFixed) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(3), "h", "w"});
  model.integers("two", {2});
  model.integers("seven", {7});
  model.node("Shape", {"x"}, {"s"});
  model.node("Gather", {"s", "two"}, {"height"});
  model.node("Greater", {"height", "seven"}, {"isLarge"});
  onnx::NodeProto &branch = model.node("If", {"isLarge"}, {"y"}, "if");
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::GraphProto &graph = *attribute(branch, name, onnx::AttributeProto::GRAPH).mutable_g();
    addNode(graph, "Relu", {"x"}, {name});
    graph.add_output()->set_name(name);
  }
  model.output("y");
  EXPECT_THAT(model.importError(),
              HasSubstr("node \"if\" (If): the condition (input 0, \"isLarge\") must not depend on "
                        "the size of the network's input in this way; fix that with --shape"));
}

TEST(ShapeArithmetic, OnPixelsIsRefused) {
  ModelBuilder model;
  freeImage(model);
  setInt(model.node("Cast", {"x"}, {"i"}), "to", onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "i"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.importError(), HasSubstr("depend on the input's pixels"));
}

// Indices of every pair, as windows of attention have them: more than the importer keeps as
// numbers.
TEST(ShapeArithmetic, OfLargeTablesIsDoneByOps) {
  ModelBuilder model;
  model.input("x", {int64_t(598), int64_t(2)});
  std::vector<int64_t> numbers(300);
  for (size_t i = 0; i != numbers.size(); ++i)
    numbers[i] = static_cast<int64_t>(i);
  model.integers("n", numbers);
  model.integers("first", {0});
  model.integers("second", {1});
  model.node("Unsqueeze", {"n", "first"}, {"row"});
  model.node("Unsqueeze", {"n", "second"}, {"column"});
  model.node("Add", {"row", "column"}, {"table"});
  // The last number of the last row is 598.
  model.integers("begin", {299, 299});
  model.integers("end", {300, 300});
  model.node("Slice", {"table", "begin", "end"}, {"last"});
  model.integers("list", {-1});
  model.node("Reshape", {"last", "list"}, {"extent"});
  model.integers("rest", {-1});
  setInt(model.node("Concat", {"rest", "extent"}, {"shape"}), "axis", 0);
  model.node("Reshape", {"x", "shape"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("-> (!seg.tensor<[2, 598], f32> {seg.name = \"y\"})"));
}

TEST(ShapeArithmetic, OnTablesOfThousandsIsExact) {
  ModelBuilder model;
  model.input("x", {int64_t(70), int64_t(70)});
  std::vector<int64_t> numbers(70, 2);
  model.integers("n", numbers);
  model.integers("first", {0});
  model.integers("second", {1});
  model.node("Unsqueeze", {"n", "first"}, {"row"});
  model.node("Unsqueeze", {"n", "second"}, {"column"});
  model.node("Mul", {"row", "column"}, {"table"});
  setInt(model.node("Cast", {"table"}, {"floats"}), "to", onnx::TensorProto::FLOAT);
  model.node("Mul", {"x", "floats"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("seg.binary %arg0, "));
}

// A mask of attention.
TEST(ShapeArithmetic, TakesInfinities) {
  ModelBuilder model;
  model.input("x", {int64_t(1), int64_t(4)});
  onnx::TensorProto &mask = model.initialiser("mask", {1, 4}, onnx::TensorProto::BOOL);
  for (int bit : {0, 1, 0, 1})
    mask.add_int32_data(bit);
  model.floats("low", {}, {-std::numeric_limits<float>::infinity()});
  model.floats("zero", {}, {0});
  model.node("Where", {"mask", "low", "zero"}, {"bias"});
  model.node("Add", {"x", "bias"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("0xFF800000"));
}

TEST(ShapeArithmetic, CastsLikeATensor) {
  ModelBuilder model(15);
  model.input("x", {int64_t(1), "h"});
  setFloat(model.node("Constant", {}, {"half"}), "value_float", 0.5f);
  setInt(model.node("Constant", {}, {"two"}), "value_int", 2);
  model.node("CastLike", {"half", "x"}, {"a"});
  model.node("CastLike", {"two", "x"}, {"b"});
  model.node("Add", {"x", "a"}, {"c"});
  model.node("Mul", {"c", "b"}, {"y"});
  model.output("y");
  std::string text = model.import();
  EXPECT_THAT(text, HasSubstr("dense<5.000000e-01> : tensor<f32>"));
  EXPECT_THAT(text, HasSubstr("dense<2.000000e+00> : tensor<f32>"));
}

// The first columns of a table of positions.
TEST(ShapeArithmetic, CutsTablesToTheSizeOfTheInput) {
  ModelBuilder model(15);
  model.input("x", {int64_t(1), "w"});
  std::vector<int64_t> positions(600);
  for (size_t i = 0; i != positions.size(); ++i)
    positions[i] = static_cast<int64_t>(i);
  model.integers("positions", positions);
  setInt(model.node("Shape", {"x"}, {"w"}), "start", 1);
  model.integers("zero", {0});
  model.node("Slice", {"positions", "zero", "w"}, {"some"});
  setInt(model.node("Cast", {"some"}, {"floats"}), "to", onnx::TensorProto::FLOAT);
  model.node("Add", {"x", "floats"}, {"y"});
  model.output("y");
  EXPECT_THAT(model.import(), HasSubstr("seg.slice"));
}

TEST(Range, MayBeAsLongAsTheInput) {
  ModelBuilder model(15);
  model.input("x", {int64_t(1), "w"});
  setInt(model.node("Shape", {"x"}, {"shape"}), "start", 1);
  model.integers("none", {});
  model.node("Squeeze", {"shape"}, {"w"});
  for (auto [name, value] : {std::pair("three", 3), {"zero", 0}, {"two", 2}, {"one", 1}})
    model.initialiser(name, {}, onnx::TensorProto::INT64).add_int64_data(value);
  model.node("Range", {"zero", "w", "one"}, {"all"});
  model.node("Range", {"three", "w", "two"}, {"odd"});
  setInt(model.node("Cast", {"all"}, {"floats"}), "to", onnx::TensorProto::FLOAT);
  model.node("Mul", {"x", "floats"}, {"y"});
  model.output("y");
  model.output("odd");
  for (int64_t width : {5, 1024, 1025, 3000}) {
    auto results = interpretModel(model, {{{1, width}, std::vector<float>(width, 0.5f)}});
    ASSERT_EQ(results.size(), 2u);
    ASSERT_EQ(results[0].shape[1], width);
    for (int64_t i = 0; i != width; ++i)
      EXPECT_EQ(results[0].floats[i], 0.5f * static_cast<float>(i));
    ASSERT_EQ(results[1].shape[0], (width - 3 + 1) / 2);
    for (size_t i = 0; i != results[1].ints.size(); ++i)
      EXPECT_EQ(results[1].ints[i], 3 + 2 * static_cast<int64_t>(i));
  }
}

} // namespace
} // namespace segc::test
