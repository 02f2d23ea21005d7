// Sizes that are free and meet tensors: coordinates divided by the width, masks of the last rows,
// ranges and repeats that start and end at sizes. The numbers are worked out by hand.

#include "tests/frontends/onnx/InterpretModel.h"

namespace segc::test {
namespace {

/// An image of free size, its height "h" and width "w" as integers of shape [1].
void addImage(ModelBuilder &model) {
  model.input("x", {int64_t(1), int64_t(1), "height", "width"});
  for (auto [name, axis] : {std::pair("h", 2), std::pair("w", 3)}) {
    onnx::NodeProto &node = model.node("Shape", {"x"}, {name});
    setInt(node, "start", axis);
    setInt(node, "end", axis + 1);
  }
}

void addCast(ModelBuilder &model, const std::string &from, const std::string &to, int64_t type) {
  setInt(model.node("Cast", {from}, {to}), "to", type);
}

std::vector<int64_t> numbers(const interpreter::Tensor &tensor) { return tensor.ints; }

TEST(SizeTensors, TakePartInArithmetic) {
  ModelBuilder model(17);
  addImage(model);
  model.integers("one", {1});
  model.floats("half", {}, {0.5f});
  // x / (w - 1), x * (h - w), and 0.5 + w / h, a fraction.
  model.node("Sub", {"w", "one"}, {"last"});
  addCast(model, "last", "divisor", onnx::TensorProto::FLOAT);
  model.node("Div", {"x", "divisor"}, {"coordinate"});
  model.node("Sub", {"h", "w"}, {"difference"});
  addCast(model, "difference", "factor", onnx::TensorProto::FLOAT);
  model.node("Mul", {"x", "factor"}, {"scaled"});
  addCast(model, "h", "height_float", onnx::TensorProto::FLOAT);
  addCast(model, "w", "width_float", onnx::TensorProto::FLOAT);
  model.node("Div", {"width_float", "height_float"}, {"aspect"});
  model.node("Sub", {"half", "aspect"}, {"fraction"});
  model.node("Add", {"x", "fraction"}, {"moved"});
  setInt(model.node("Concat", {"h", "w"}, {"sizes"}), "axis", 0);
  for (const char *name : {"coordinate", "scaled", "moved", "sizes"})
    model.output(name);
  auto results = interpretModel(model, {Floats{{1, 1, 2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}});
  ASSERT_EQ(results.size(), 4u);
  expectNear(results[0], {1, 1, 2, 5}, {0, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2, 2.25});
  expectNear(results[1], {1, 1, 2, 5}, {0, -3, -6, -9, -12, -15, -18, -21, -24, -27});
  expectNear(results[2], {1, 1, 2, 5}, {-2, -1, 0, 1, 2, 3, 4, 5, 6, 7});
  EXPECT_THAT(numbers(results[3]), ElementsAre(2, 5));
}

TEST(SizeTensors, HoldTheLargestNumbers) {
  // The digits of products of sizes, and of what is less than nothing.
  ModelBuilder model(17);
  addImage(model);
  model.integers("million", {1000003});
  model.node("Mul", {"w", "million"}, {"large"});
  model.node("Neg", {"large"}, {"negative"});
  model.output("large");
  model.output("negative");
  auto results = interpretModel(model, {Floats::of({1, 1, 1, 2047})});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(numbers(results[0]), ElementsAre(2047006141));
  EXPECT_THAT(numbers(results[1]), ElementsAre(-2047006141));
}

TEST(SizeTensors, StartAndStepRanges) {
  ModelBuilder model(17);
  addImage(model);
  for (const char *name : {"zero", "one"})
    model.initialiser(name, {}, onnx::TensorProto::INT64).add_int64_data(*name == 'o');
  model.node("Squeeze", {"h"}, {"rows"});
  model.node("Squeeze", {"w"}, {"columns"});
  // -(w - 1) .. w - 1, the differences of columns; 0, w, 2 w, .. the starts of rows.
  model.node("Sub", {"one", "columns"}, {"least"});
  model.node("Range", {"least", "columns", "one"}, {"differences"});
  model.node("Mul", {"rows", "columns"}, {"all"});
  model.node("Range", {"zero", "all", "columns"}, {"starts"});
  model.output("differences");
  model.output("starts");
  auto results = interpretModel(model, {Floats::of({1, 1, 4, 3})});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(numbers(results[0]), ElementsAre(-2, -1, 0, 1, 2));
  EXPECT_THAT(numbers(results[1]), ElementsAre(0, 3, 6, 9));
}

TEST(SizeTensors, AreCompared) {
  // Whether the image is higher than wide is known when the network runs.
  ModelBuilder model(17);
  addImage(model);
  model.node("Greater", {"h", "w"}, {"is_high"});
  model.node("Neg", {"x"}, {"negative"});
  model.node("Where", {"is_high", "x", "negative"}, {"y"});
  model.output("y");
  auto high = interpretModel(model, {Floats{{1, 1, 2, 1}, {3, 4}}});
  auto wide = interpretModel(model, {Floats{{1, 1, 1, 2}, {3, 4}}});
  ASSERT_EQ(high.size() + wide.size(), 2u);
  EXPECT_THAT(high[0].floats, ElementsAre(3, 4));
  EXPECT_THAT(wide[0].floats, ElementsAre(-3, -4));
}

TEST(SizeTensors, ArePositionsOfGrids) {
  // The middles of 4 columns and 1 row, or their ends, under a map that leaves them in place.
  for (bool alignCorners : {false, true}) {
    ModelBuilder model(20);
    addImage(model);
    model.floats("theta", {1, 2, 3}, {1, 0, 0, 0, 1, 0});
    model.node("Shape", {"x"}, {"size"});
    setInt(model.node("AffineGrid", {"theta", "size"}, {"y"}), "align_corners", alignCorners);
    model.output("y");
    auto results = interpretModel(model, {Floats::of({1, 1, 1, 4})});
    ASSERT_EQ(results.size(), 1u);
    std::vector<double> expected{-.75, 0, -.25, 0, .25, 0, .75, 0};
    if (alignCorners)
      expected = {-1, 0, -1.0 / 3, 0, 1.0 / 3, 0, 1, 0};
    expectNear(results[0], {1, 1, 4, 2}, expected);
  }
}

TEST(SizeTensors, FillAndRepeat) {
  ModelBuilder model(17);
  addImage(model);
  model.floats("pair", {2}, {5, 7});
  model.node("Tile", {"pair", "w"}, {"tiled"});
  onnx::NodeProto &fill = model.node("ConstantOfShape", {"h"}, {"false"});
  onnx::TensorProto &value = *attribute(fill, "value", onnx::AttributeProto::TENSOR).mutable_t();
  value.set_data_type(onnx::TensorProto::INT64);
  value.add_dims(1);
  value.add_int64_data(3);
  model.output("tiled");
  model.output("false");
  auto results = interpretModel(model, {Floats::of({1, 1, 2, 3})});
  ASSERT_EQ(results.size(), 2u);
  expectNear(results[0], {6}, {5, 7, 5, 7, 5, 7});
  EXPECT_THAT(numbers(results[1]), ElementsAre(3, 3));
}

} // namespace
} // namespace segc::test
