// The loop at the end of a Mask R-CNN is recognised, computes what it says, and nothing that is a
// little different is taken for it.

#include "tests/frontends/onnx/InterpretModel.h"

#include <algorithm>
#include <cmath>

namespace segc::test {
namespace {

constexpr int64_t kMask = 4, kHeight = 9, kWidth = 7;

/// What differs from the loop as torchvision writes it.
struct Difference {
  std::string what;
  int64_t margin = 1;          // the last column is the right one
  int64_t smallest = 1;        // of a mask's sizes
  std::string mode = "linear"; // of the interpolation
  std::string coordinates = "half_pixel";
  std::string firstRow = "y0", top = "top"; // where the picture is put, and its first row
  float border = 0;
  bool swapsSizes = false, swapsMasks = false, usesIteration = false, addsBefore = false;
  bool movesFarBoxes = false, hasBoxesOfItsOwn = false;
};

/// masks [n, 1, 4, 4], corners [n, 4] -> pasted [n, 9, 7].
class PastedMasks {
public:
  explicit PastedMasks(const Difference &difference = {}) {
    model.input("masks", {"n", int64_t(1), kMask, kMask});
    model.input("corners", {"n", int64_t(4)});
    for (const char *name : {"boxes", "others"})
      setInt(model.node("Cast", {"corners"}, {name}), "to", onnx::TensorProto::INT64);
    for (int64_t i = 0; i < 4; ++i)
      scalar("n" + std::to_string(i), i);
    scalar("margin", difference.margin);
    scalar("smallest", difference.smallest);
    scalar("far", -100);
    scalar("height", kHeight);
    scalar("width", kWidth);
    model.integers("axes", {0, 1});
    model.integers("axis0", {0});
    model.integers("axis1", {1});
    model.integers("ones", {1, 1});
    model.initialiser("none", {0, kHeight, kWidth}, onnx::TensorProto::FLOAT);
    model.node("Shape", {"masks"}, {"shape"});
    model.node("Gather", {"shape", "n0"}, {"trips"});
    onnx::NodeProto &loop = model.node("Loop", {"trips", "", "none"}, {"pasted"}, "loop");
    graph = attribute(loop, "body", onnx::AttributeProto::GRAPH).mutable_g();
    for (const char *name : {"i", "go", "before"})
      graph->add_input()->set_name(name);
    for (const char *name : {"go", "behind"})
      graph->add_output()->set_name(name);
    writeBody(difference);
    model.output("pasted");
    if (difference.hasBoxesOfItsOwn) {
      setInt(model.node("Cast", {"boxes"}, {"outer"}), "to", onnx::TensorProto::FLOAT);
      model.output("outer");
    }
  }

  ModelBuilder model;

private:
  void scalar(const std::string &name, int64_t value) {
    model.initialiser(name, {}, onnx::TensorProto::INT64).add_int64_data(value);
  }
  onnx::NodeProto &add(const std::string &op, const std::vector<std::string> &inputs,
                       const std::string &output) {
    return addNode(*graph, op, inputs, {output});
  }
  /// A list of numbers.
  void list(const std::vector<std::string> &numbers, const std::string &name) {
    std::vector<std::string> parts;
    for (const std::string &number : numbers) {
      parts.push_back(name + std::to_string(parts.size()));
      add("Unsqueeze", {number, "axis0"}, parts.back());
    }
    setInt(add("Concat", parts, name), "axis", 0);
  }
  void constants(const std::vector<std::string> &sizes, float value, const std::string &name) {
    list(sizes, name + "Shape");
    onnx::TensorProto &tensor = *attribute(add("ConstantOfShape", {name + "Shape"}, name), "value",
                                           onnx::AttributeProto::TENSOR)
                                     .mutable_t();
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.add_dims(1);
    tensor.add_float_data(value);
  }
  void size(const std::string &low, const std::string &high, const std::string &name) {
    add("Sub", {high, low}, name + "Less");
    add("Add", {name + "Less", "n1"}, name + "Own");
    add("Max", {name + "Own", "smallest"}, name);
  }
  void edges(const std::string &low, const std::string &high, const std::string &extent,
             const std::string &name) {
    add("Max", {low, "n0"}, name + "0");
    add("Add", {high, "margin"}, name + "Behind");
    add("Min", {name + "Behind", extent}, name + "1");
    add("Sub", {extent, name + "1"}, name + "Rest");
    add("Sub", {name + "0", low}, name + "First");
    add("Sub", {name + "1", low}, name + "Last");
  }
  void slice(const std::string &input, const std::string &from, const std::string &to,
             const std::string &axis, const std::string &name) {
    list({from}, name + "From");
    list({to}, name + "To");
    add("Slice", {input, name + "From", name + "To", axis}, name);
  }

  void writeBody(const Difference &d) {
    add("Gather", {d.swapsMasks ? "boxes" : "masks", "i"}, "ofBox");
    add("Gather", {"ofBox", "n0"}, "mask");
    if (d.hasBoxesOfItsOwn)
      add("Neg", {"others"}, "boxes");
    add("Gather", {"boxes", "i"}, "box");
    int64_t corner = 0;
    for (const char *name : {"left", d.movesFarBoxes ? "written" : "top", "right", "bottom"})
      add("Gather", {"box", "n" + std::to_string(corner++)}, name);
    if (d.movesFarBoxes) {
      add("Less", {"written", "far"}, "isFar");
      add("Where", {"isFar", "n0", "written"}, "top");
    }
    size("left", "right", "w");
    size("top", "bottom", "h");
    add("Unsqueeze", {"mask", "axes"}, "image");
    list(d.swapsSizes ? std::vector<std::string>{"n1", "n1", "w", "h"}
                      : std::vector<std::string>{"n1", "n1", "h", "w"},
         "sizes");
    onnx::NodeProto &resize = add("Resize", {"image", "", "", "sizes"}, "resized");
    setText(resize, "mode", d.mode);
    setText(resize, "coordinate_transformation_mode", d.coordinates);
    add("Squeeze", {"resized", "axes"}, "large");
    edges(d.top, "bottom", "height", "y");
    edges("left", "right", "width", "x");
    slice("large", "yFirst", "yLast", "axis0", "rows");
    slice("rows", "xFirst", "xLast", "axis1", "visible");
    add("Shape", {"visible"}, "visibleShape");
    add("Gather", {"visibleShape", "n1"}, "columns");
    constants({d.firstRow, "columns"}, d.border, "above");
    constants({"yRest", "columns"}, 0, "below");
    setInt(add("Concat", {"above", "visible", "below"}, "tall"), "axis", 0);
    slice("tall", "n0", "height", "axis0", "cut");
    constants({"height", "x0"}, 0, "before0");
    constants({"height", "xRest"}, 0, "behind0");
    setInt(add("Concat", {"before0", "cut", "behind0"}, "wide"), "axis", 1);
    slice("wide", "n0", "width", "axis1", "done");
    std::string picture = "done";
    if (d.usesIteration) {
      setInt(add("Cast", {"i"}, "number"), "to", onnx::TensorProto::FLOAT);
      add("Add", {"done", "number"}, picture = "numbered");
    }
    add("Unsqueeze", {picture, "axis0"}, "one");
    setInt(add("Concat",
               d.addsBefore ? std::vector<std::string>{"one", "before"}
                            : std::vector<std::string>{"before", "one"},
               "behind"),
           "axis", 0);
  }

  onnx::GraphProto *graph;
};

/// The mask at a place along one axis of its box.
double placeOf(int64_t i, int64_t low, int64_t high) {
  const auto size = static_cast<double>(std::max<int64_t>(high - low + 1, 1));
  const double at = (static_cast<double>(i - low) + 0.5) * kMask / size - 0.5;
  return std::clamp(at, 0.0, kMask - 1.0);
}

TEST(PastedMasks, AreResizedAndPutOnTheImage) {
  // Inside; over each edge; of one pixel; larger than the image; outside on either side.
  const std::vector<std::vector<int64_t>> boxes{
      {1, 2, 5, 6},     {-2, -3, 2, 3}, {4, 5, 9, 12},  {3, 3, 3, 3},
      {-5, -5, 20, 30}, {8, 2, 12, 4},  {1, -9, 5, -4}, {2, 10, 4, 12},
  };
  Floats masks = Floats::of({static_cast<int64_t>(boxes.size()), 1, kMask, kMask});
  Floats corners{{static_cast<int64_t>(boxes.size()), 4}, {}};
  std::vector<double> expected;
  for (size_t n = 0; n < boxes.size(); ++n) {
    const std::vector<int64_t> &box = boxes[n];
    for (int64_t corner : box)
      corners.values.push_back(static_cast<float>(corner));
    for (int64_t y = 0; y < kHeight; ++y)
      for (int64_t x = 0; x < kWidth; ++x) {
        const double row = placeOf(y, box[1], box[3]), column = placeOf(x, box[0], box[2]);
        auto pixel = [&](double r, double c) {
          return static_cast<double>(
              masks.values[n * kMask * kMask + static_cast<size_t>(r) * kMask +
                           static_cast<size_t>(c)]);
        };
        const double r0 = std::floor(row), c0 = std::floor(column);
        const double r1 = std::min(r0 + 1, kMask - 1.0), c1 = std::min(c0 + 1, kMask - 1.0);
        const double upper = pixel(r0, c0) + (column - c0) * (pixel(r0, c1) - pixel(r0, c0));
        const double lower = pixel(r1, c0) + (column - c0) * (pixel(r1, c1) - pixel(r1, c0));
        const bool isInside = y >= box[1] && y <= box[3] && x >= box[0] && x <= box[2];
        expected.push_back(isInside ? upper + (row - r0) * (lower - upper) : 0);
      }
  }
  PastedMasks loop;
  std::vector<interpreter::Tensor> outputs = interpretModel(loop.model, {masks, corners});
  ASSERT_EQ(outputs.size(), 1u);
  expectNear(outputs[0], {static_cast<int64_t>(boxes.size()), kHeight, kWidth}, expected);
}

class OtherLoops : public testing::TestWithParam<Difference> {};

TEST_P(OtherLoops, AreRefused) {
  PastedMasks loop(GetParam());
  EXPECT_THAT(loop.model.importError(),
              HasSubstr("node \"loop\" (Loop): the number of iterations (input 0) must not "
                        "depend on the size of the network's input"));
}

std::vector<Difference> differences() {
  std::vector<Difference> all(14);
  all[0].what = "WithoutTheLastColumn", all[0].margin = 0;
  all[1].what = "OfTwoPixelsAtLeast", all[1].smallest = 2;
  all[2].what = "Nearest", all[2].mode = "nearest";
  all[3].what = "Aligned", all[3].coordinates = "align_corners";
  all[4].what = "FromTheTop", all[4].firstRow = "n0";
  all[5].what = "WithABorder", all[5].border = 1;
  all[6].what = "Swapped", all[6].swapsSizes = true;
  all[7].what = "OfBoxes", all[7].swapsMasks = true;
  all[8].what = "WithTheIteration", all[8].usesIteration = true;
  all[9].what = "InReverse", all[9].addsBefore = true;
  all[10].what = "FromTheLeft", all[10].top = "left";
  all[11].what = "PutElsewhere", all[11].firstRow = "x0";
  all[12].what = "OfFarBoxesMoved", all[12].movesFarBoxes = true;
  all[13].what = "OfBoxesWithin", all[13].hasBoxesOfItsOwn = true;
  return all;
}

INSTANTIATE_TEST_SUITE_P(PastedMasks, OtherLoops, testing::ValuesIn(differences()),
                         [](const auto &info) { return info.param.what; });

} // namespace
} // namespace segc::test
