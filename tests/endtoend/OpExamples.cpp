//===- OpExamples.cpp - each op of the dialect with operands that fit -*- C++ -*-===//

#include "tests/endtoend/OpExamples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

using mlir::Value;

namespace segc {

namespace {

using Values = llvm::ArrayRef<Value>;
using Shape = std::vector<int64_t>;

std::string ints(const Shape &values) {
  return fmt::format("array<i64: {}>", fmt::join(values, ", "));
}

/// A list of extents.
std::string extents(const Shape &dims) {
  std::string text;
  for (int64_t dim : dims)
    text += fmt::format("{}#seg.dim<\"{}\">", text.empty() ? "" : ", ", dim);
  return "[" + text + "]";
}

/// Adds an op by its attributes as text.
template <typename OpTy> auto op(const std::string &attributes) {
  return [=](OpGraph &graph, Values values) { return graph.add<OpTy>(values, attributes); };
}

OperandExample map(Shape shape) { return {std::move(shape)}; }
OperandExample weights(Shape shape, float low = -0.3f, float high = 0.3f) {
  return {std::move(shape), true, low, high};
}
OperandExample integers(Shape shape, unsigned bits, std::function<int64_t(int64_t)> element) {
  return {std::move(shape), false, 0, 0, bits, std::move(element)};
}

class Examples {
public:
  explicit Examples(MapExtents e) : n(e.n), c(e.c), h(e.h), w(e.w), whole{e.n, e.c, e.h, e.w} {}

  std::vector<OpExample> all() {
    convolutions();
    pools();
    moves();
    elementwise();
    reductions();
    samples();
    sequences();
    indexing();
    counting();
    memory();
    return std::move(list);
  }

private:
  void convolutions() {
    const std::string same = "strides = " + ints({1, 1}) + ", dilations = " + ints({1, 1}) +
                             ", pads = " + ints({1, 1, 1, 1}) + ", groups = 1 : i64";
    list.push_back({"conv2d",
                    {map(whole), weights({c, c, 3, 3}), weights({c}), map(whole)},
                    op<seg::Conv2dOp>(same)});
    list.push_back({"conv2d of an image",
                    {map({n, 3, h, w}), weights({c, 3, 3, 3}), weights({c}), map(whole)},
                    op<seg::Conv2dOp>(same)});
    list.push_back(
        {"conv_transpose2d",
         {map(whole), weights({c, c, 2, 2}), weights({c}), map({n, c, 2 * h, 2 * w})},
         op<seg::ConvTranspose2dOp>("strides = " + ints({2, 2}) + ", dilations = " + ints({1, 1}) +
                                    ", pads = " + ints({0, 0, 0, 0}) +
                                    ", output_padding = " + ints({0, 0}) + ", groups = 1 : i64")});
    list.push_back({"batch_norm",
                    {map(whole), weights({c}, 0.5f, 1.5f), weights({c}), weights({c}),
                     weights({c}, 0.5f, 1.5f)},
                    op<seg::BatchNormOp>("epsilon = 1.0e-5 : f32"),
                    /*needsPasses=*/true});
    // Bytes of either sign, and numbers that stand for zero.
    auto bytes = [](int64_t i) { return i * 37 % 251 - 120; };
    auto few = [](int64_t i) { return i * 5 % 17 - 8; };
    list.push_back({"conv2d_integer",
                    {integers(whole, 8, bytes), integers({c, c, 3, 3}, 8, bytes),
                     integers({}, 32, few), integers({c}, 32, few)},
                    op<seg::Conv2dIntegerOp>(same)});
    list.push_back({"conv2d_integer in groups",
                    {integers(whole, 16, bytes), integers({2 * c, 1, 2, 3}, 8, bytes),
                     integers({1}, 32, few), integers({}, 32, few)},
                    op<seg::Conv2dIntegerOp>(
                        "strides = " + ints({2, 1}) + ", dilations = " + ints({1, 2}) +
                        ", pads = " + ints({1, 2, 0, 3}) + fmt::format(", groups = {} : i64", c))});
    list.push_back({"matmul_integer",
                    {integers(whole, 8, bytes), integers({w, 7}, 8, bytes), integers({}, 32, few),
                     integers({7}, 32, few)},
                    op<seg::MatmulIntegerOp>("")});
    list.push_back({"matmul_integer of long ones",
                    {integers({h, w}, 64, bytes), integers({n, w, 5}, 64, bytes),
                     integers({h}, 64, few), integers({}, 64, few)},
                    op<seg::MatmulIntegerOp>("")});
    list.push_back({"matmul", {map(whole), map({n, c, w, h})}, op<seg::MatmulOp>("")});
    list.push_back({"matmul by a matrix", {map(whole), map({w, 5})}, op<seg::MatmulOp>("")});
  }

  void pools() {
    const std::string window = "kernel = " + ints({3, 3}) + ", strides = " + ints({1, 1}) +
                               ", dilations = " + ints({1, 1}) + ", pads = " + ints({1, 1, 1, 1}) +
                               ", ceil_mode = false";
    list.push_back({"max_pool2d", {map(whole)}, op<seg::MaxPool2dOp>(window)});
    list.push_back(
        {"avg_pool2d", {map(whole)}, op<seg::AvgPool2dOp>(window + ", count_include_pad = false")});
    list.push_back(
        {"max_pool2d_switches", {map(whole)}, [=](OpGraph &graph, Values values) -> Value {
           Value pooled =
               graph.add<seg::MaxPoolSwitchesOp>(values, window + ", column_major = false");
           graph.output(pooled.getDefiningOp()->getResult(1));
           return pooled;
         }});
    // Value (y, x) goes back to pixel (2 y, 2 x).
    const int64_t width = 2 * w, plane = 4 * h * w;
    auto place = [=, w = w, h = h](int64_t i) { return i / w % h * 2 * width + i % w * 2; };
    auto flat = [=, w = w, h = h](int64_t i) { return i / (h * w) * plane + place(i); };
    const Shape big{n, c, 2 * h, 2 * w};
    const std::string unpool = "kernel = " + ints({2, 2}) + ", strides = " + ints({2, 2}) +
                               ", pads = " + ints({0, 0, 0, 0}) + ", sizes = " + extents(big) +
                               ", indexed = " + extents(big);
    list.push_back(
        {"max_unpool2d", {map(whole), integers(whole, 64, flat)}, op<seg::MaxUnpool2dOp>(unpool)});
    list.push_back({"max_unpool2d by planes",
                    {map(whole), integers(whole, 32, place)},
                    op<seg::MaxUnpool2dOp>(unpool)});
    const std::string planes = "plane = " + extents({2 * h, 2 * w});
    list.push_back({"switches_to_flat",
                    {integers(whole, 32, place)},
                    op<seg::SwitchesToFlatOp>(planes + ", column_major = false")});
    list.push_back(
        {"switches_from_flat", {integers(whole, 64, flat)}, op<seg::SwitchesFromFlatOp>(planes)});
  }

  void moves() {
    const std::string resize = "sizes = " + extents({n, c, h + 3, 2 * w}) +
                               ", mode = #seg.resize_mode<linear>, coordinates = "
                               "#seg.coordinates<half_pixel>, nearest = #seg.nearest<floor>";
    list.push_back({"resize that leaves", {map(whole)}, op<seg::ResizeOp>(resize)});
    list.push_back({"resize that stays", {map(whole)}, [=](OpGraph &graph, Values values) {
                      return graph.blocked(graph.add<seg::ResizeOp>(values, resize));
                    }});
    auto count = [](int64_t i) { return i; };
    for (unsigned axis : {1, 3})
      list.push_back({"concat, axis " + std::to_string(axis),
                      {map(whole), map(whole), map(whole)},
                      op<seg::ConcatOp>(fmt::format("axis = {} : i64", axis))});
    // The first channels fill whole blocks: what follows them is stored in place.
    list.push_back({"concat behind whole blocks",
                    {map({n, 32, h, w}), map(whole)},
                    [](OpGraph &graph, Values values) {
                      return graph.blocked(graph.add<seg::ConcatOp>(values, "axis = 1 : i64"));
                    }});
    list.push_back({"concat of integers",
                    {integers(whole, 64, count), integers(whole, 64, count)},
                    op<seg::ConcatOp>("axis = 1 : i64")});
    list.push_back({"slice of the image",
                    {map(whole)},
                    op<seg::SliceOp>("starts = " + extents({0, 0, h / 2, 0}) +
                                     ", sizes = " + extents({n, c, h - h / 2, w}) +
                                     ", steps = " + ints({1, 1, 1, 1}))});
    list.push_back({"slice of channels",
                    {map(whole)},
                    op<seg::SliceOp>("starts = " + extents({0, c - 1, 0, 0}) + ", sizes = " +
                                     extents({n, c, h, w}) + ", steps = " + ints({1, -1, 1, 1}))});
    const std::string value = ", mode = #seg.pad_mode<constant>, value = 0.5 : f32";
    list.push_back({"pad of the image",
                    {map(whole)},
                    op<seg::PadOp>("low = " + extents({0, 0, 1, 2}) +
                                   ", high = " + extents({0, 0, 0, 1}) + value)});
    list.push_back({"pad of channels",
                    {map(whole)},
                    op<seg::PadOp>("low = " + extents({0, 1, 0, 0}) +
                                   ", high = " + extents({0, 0, 0, 0}) + value)});
    list.push_back(
        {"reshape", {map(whole)}, op<seg::ReshapeOp>("shape = " + extents({n, c * h, w, 1}))});
    list.push_back(
        {"transpose", {map(whole)}, op<seg::TransposeOp>("permutation = " + ints({0, 2, 3, 1}))});
    // Rows first, channels back to front, and everything twice.
    list.push_back(
        {"view",
         {map(whole)},
         op<seg::ViewOp>(
             "starts = " + extents({0, c - 1, 0, 0}) + ", shape = " + extents({h, n, c, 2, w}) +
             ", steps = " + ints({0, 0, 1, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}))});
    list.push_back(
        {"broadcast", {map({1, c, 1, w})}, op<seg::BroadcastOp>("shape = " + extents(whole))});
    list.push_back(
        {"broadcast of a vector", {map({w})}, op<seg::BroadcastOp>("shape = " + extents(whole))});
    list.push_back({"cast to integers", {map(whole)}, op<seg::CastOp>("to = i64")});
    list.push_back({"cast of integers", {integers(whole, 64, count)}, op<seg::CastOp>("to = f32")});
  }

  void elementwise() {
    list.push_back({"unary", {map(whole)}, op<seg::UnaryOp>("fn = #seg.act<tanh>")});
    for (const Shape &shape :
         {whole, Shape{1, c, h, w}, Shape{n, 1, h, w}, Shape{n, c, 1, 1}, Shape{1, 1, h, w},
          Shape{1, c, 1, 1}, Shape{c, 1, 1}, Shape{w}, Shape{1, 1, 1, 1}, Shape{1}, Shape{}})
      list.push_back({fmt::format("binary with [{}]", fmt::join(shape, ", ")),
                      {map(whole), map(shape)},
                      op<seg::BinaryOp>("kind = #seg.binary_kind<sub>")});
    auto odd = [](int64_t i) { return i % 3; };
    list.push_back({"select",
                    {integers({h, w}, 1, odd), map(whole), map({n, 1, 1, w})},
                    op<seg::SelectOp>("")});
    list.push_back({"map", {map(whole), map({n, c, 1, 1}), map({1, c, h, w})}, addMap});
  }

  /// relu(a * b) + c.
  static Value addMap(OpGraph &graph, Values values) {
    mlir::OpBuilder &builder = graph.opBuilder();
    mlir::OpBuilder::InsertionGuard guard(builder);
    mlir::Location loc = seg::nodeLocation(builder.getContext(), "map", "seg.map");
    auto type = llvm::cast<seg::TensorType>(values[0].getType()).withLayout({});
    auto map = builder.create<seg::MapOp>(loc, type, values);
    mlir::Block &body = map.getBody().emplaceBlock();
    mlir::Type scalar = builder.getF32Type();
    for (size_t i = 0; i < values.size(); ++i)
      body.addArgument(scalar, loc);
    builder.setInsertionPointToEnd(&body);
    Value product = graph.binary("mul", body.getArgument(0), body.getArgument(1));
    Value sum = graph.binary("add", graph.unary("relu", product), body.getArgument(2));
    builder.create<seg::YieldOp>(loc, sum);
    return map.getOutput();
  }

  void reductions() {
    const std::string mean = "kind = #seg.reduce_kind<mean>, axes = ";
    list.push_back({"reduce of the image",
                    {map(whole)},
                    op<seg::ReduceOp>(mean + ints({2, 3}) + ", keep_dims = true")});
    list.push_back({"reduce to a matrix",
                    {map(whole)},
                    op<seg::ReduceOp>(mean + ints({2, 3}) + ", keep_dims = false")});
    list.push_back({"reduce of channels",
                    {map(whole)},
                    op<seg::ReduceOp>(mean + ints({1}) + ", keep_dims = true")});
    for (unsigned axis : {1, 3}) {
      const std::string text = fmt::format("axis = {} : i64", axis);
      list.push_back(
          {"softmax, axis " + std::to_string(axis), {map(whole)}, op<seg::SoftmaxOp>(text)});
      list.push_back({"argmax, axis " + std::to_string(axis),
                      {map(whole)},
                      op<seg::ArgMaxOp>(text + ", keep_dims = true")});
    }
    for (unsigned axis : {1, 3})
      list.push_back(
          {fmt::format("cumsum, axis {}", axis),
           {map(whole)},
           op<seg::CumSumOp>(fmt::format("axis = {} : i64, reverse = {}", axis, axis == 3))});
    list.push_back({"dense_crf",
                    {map(whole), map({n, 3, h, w}), weights({c, c})},
                    op<seg::DenseCrfOp>(
                        "iterations = 2 : i64, bilateral_sigma_xy = 3.0 : f32, "
                        "bilateral_sigma_rgb = 2.0 : f32, bilateral_weights = array<f32: 0.5>, "
                        "spatial_sigma = 1.0 : f32, spatial_weights = array<f32: 0.5>"),
                    false,
                    /*approximates=*/true});
  }

  void samples() {
    list.push_back({"grid_sample",
                    {map(whole), map({n, h, 5, 2})},
                    op<seg::GridSampleOp>("mode = #seg.resize_mode<linear>, padding = "
                                          "#seg.sample_padding<zeros>, align_corners = false")});
    const std::string size = "output_height = 2 : i64, output_width = 3 : i64, "
                             "spatial_scale = 1.0 : f32";
    list.push_back(
        {"roi_align",
         {map(whole), {{3, 4}, false, 0, 4}, integers({3}, 64, [](int64_t i) { return i; })},
         op<seg::RoiAlignOp>(size + ", sampling_ratio = 2 : i64, half_pixel = true, "
                                    "maximum = false")});
    list.push_back(
        {"roi_max_pool", {map(whole), {{3, 5}, false, 0, 4}}, op<seg::RoiMaxPoolOp>(size)});
    list.push_back(
        {"deform_conv2d",
         {map(whole), map({5, c, 3, 3}), map({n, 18, h, w}), map({5}), map({n, 9, h, w})},
         op<seg::DeformConv2dOp>("strides = " + ints({1, 1}) + ", dilations = " + ints({1, 1}) +
                                 ", pads = " + ints({1, 1, 1, 1}) +
                                 ", groups = 1 : i64, offset_groups = 1 : i64")});
  }

  void sequences() {
    const int64_t states = 3;
    auto lengths = [](int64_t i) { return 4 - i; };
    const std::string functions = ", activations = [#seg.act<sigmoid>, #seg.act<tanh>";
    list.push_back(
        {"recurrent, gru",
         {map({h, n, 3 * states}), map({states, 3 * states}), map({states}), map({n, states})},
         [=](OpGraph &graph, Values v) {
           return graph.add<seg::RecurrentOp>({v[0], v[1], v[2], v[3], {}, {}, {}},
                                              "cell = #seg.cell_kind<gru>" + functions +
                                                  "], linear_before_reset");
         }});
    list.push_back({"recurrent, lstm",
                    {map({h, n, 4 * states}), map({states, 4 * states}), map({n, states}),
                     map({n, states}), map({3, states}), integers({n}, 32, lengths)},
                    [=](OpGraph &graph, Values v) {
                      Value result = graph.add<seg::RecurrentOp>(
                          {v[0], v[1], {}, v[2], v[3], v[4], v[5]},
                          "cell = #seg.cell_kind<lstm>" + functions + ", #seg.act<tanh>]");
                      graph.output(result.getDefiningOp()->getResult(1));
                      return result;
                    }});
    list.push_back({"reverse_sequence",
                    {map({h, n, c, w}), integers({n}, 64, lengths)},
                    op<seg::ReverseSequenceOp>("")});
  }

  void indexing() {
    // Some from the end, some outside.
    auto anywhere = [](int64_t i) { return i * 7 % 11 - 5; };
    list.push_back({"gather of channels",
                    {map(whole), integers({3, 1}, 64, anywhere)},
                    op<seg::GatherOp>("axis = 1, batch_dims = 0")});
    list.push_back({"gather by tuples in a batch",
                    {map(whole), integers({n, 2, 2}, 32, anywhere)},
                    op<seg::GatherOp>("axis = 2, batch_dims = 1")});
    list.push_back({"gather_elements",
                    {map(whole), integers({n, 4, h, w}, 64, anywhere)},
                    op<seg::GatherElementsOp>("axis = 1")});
    list.push_back({"scatter",
                    {map(whole), integers({3, 2}, 64, anywhere), map({3, h, w})},
                    op<seg::ScatterOp>("")});
    list.push_back({"scatter_elements",
                    {map(whole), integers({n, c, h, 2}, 32, anywhere), map({n, c, h, 2})},
                    op<seg::ScatterElementsOp>("axis = 3, reduction = #seg.binary_kind<add>")});
    const std::string k =
        fmt::format("k = #seg.dim<{}>, axis = 1, largest = ", std::min<int64_t>(3, c));
    list.push_back({"top_k", {map(whole)}, [=](OpGraph &graph, Values values) -> Value {
                      Value top = graph.add<seg::TopKOp>(values, k + "true");
                      graph.output(top.getDefiningOp()->getResult(1));
                      return top;
                    }});
  }

  void counting() {
    auto count = [](const std::string &name, int64_t bound) {
      return fmt::format("count = #seg.dim<\"count({}, {})\">", name, bound);
    };
    // Counts need names of their own; each example is added many times.
    auto fresh = [calls = std::make_shared<int>(0)](const char *wish) {
      return fmt::format("{}{}", wish, ++*calls);
    };
    list.push_back(
        {"nonzero", {map(whole)}, [=, size = n * c * h * w](OpGraph &graph, Values values) {
           Value sure = graph.unary("round", values[0]);
           return graph.add<seg::NonZeroOp>({sure}, count(fresh("nonzero"), size));
         }});
    list.push_back({"unique", {map({h, w})}, [=, rows = h](OpGraph &graph, Values values) {
                      Value sure = graph.unary("round", values[0]);
                      Value first = graph.add<seg::UniqueOp>({sure}, count(fresh("unique"), rows) +
                                                                         ", sorted = true");
                      graph.output(first.getDefiningOp()->getResult(1));
                      graph.output(first.getDefiningOp()->getResult(2));
                      return first;
                    }});
    for (bool isCentre : {false, true})
      list.push_back({"nms",
                      {map({n, w, 4}), map({n, h, w}), {{1}, false, 0.1f, 0.5f}, {{1}}},
                      [=, n = n, h = h, w = w](OpGraph &graph, Values values) {
                        return graph.add<seg::NmsOp>(
                            values,
                            count(fresh("boxes"), n * h * w) +
                                fmt::format(", limit = #seg.dim<{}>, center = {}", w, isCentre));
                      }});
  }

  void memory() {
    list.push_back(
        {"constant", {}, [c = c](OpGraph &graph, Values) { return graph.constant({c, 1, 1}); }});
    for (int64_t block : {0, 1, 8})
      list.push_back(
          {fmt::format("convert_layout to blocks of {}", block),
           {map(whole)},
           [=](OpGraph &graph, Values values) { return convertLayout(graph, values[0], block); }});
  }

  int64_t n, c, h, w;
  Shape whole;
  std::vector<OpExample> list;
};

} // namespace

Value convertLayout(OpGraph &graph, Value value, int64_t block) {
  mlir::OpBuilder &builder = graph.opBuilder();
  auto layout = block ? seg::LayoutAttr::get(builder.getContext(), block, 0, 0) : nullptr;
  auto type = llvm::cast<seg::TensorType>(value.getType()).withLayout(layout);
  return builder.create<seg::ConvertLayoutOp>(
      seg::nodeLocation(builder.getContext(), "layout", "seg.convert_layout"), type, value);
}

std::vector<OpExample> opExamples(MapExtents extents) { return Examples(extents).all(); }

} // namespace segc
