// Every kind of op, in blocked and in dense layouts, compiled and compared with the interpreter.

#include "tests/endtoend/Archs.h"
#include "tests/endtoend/OpGraph.h"

#include <limits>
#include <set>

using namespace segc;
using mlir::Value;

namespace {

using Sizes = std::vector<OpGraph::Symbols>;

/// The sizes that most tests run at: even, odd, narrow, a batch.
const Sizes kSizes = {{{"n", 1}, {"h", 16}, {"w", 32}},
                      {{"n", 2}, {"h", 13}, {"w", 37}},
                      {{"n", 3}, {"h", 7}, {"w", 6}}};

class Kernels : public OnTarget {};

std::string four(int64_t a, int64_t b, int64_t c, int64_t d) {
  return "array<i64: " + std::to_string(a) + ", " + std::to_string(b) + ", " + std::to_string(c) +
         ", " + std::to_string(d) + ">";
}
std::string two(int64_t a, int64_t b) {
  return "array<i64: " + std::to_string(a) + ", " + std::to_string(b) + ">";
}

/// A list of extents, each a number or an expression.
std::string extents(const std::vector<std::string> &dims) {
  std::string text;
  for (const std::string &dim : dims)
    text += (text.empty() ? "" : ", ") + ("#seg.dim<\"" + dim + "\">");
  return "[" + text + "]";
}

struct Window {
  int64_t stride = 1, dilation = 1;
  std::string pads = four(0, 0, 0, 0);
  std::string more;

  std::string text() const {
    return "strides = " + two(stride, stride) + ", dilations = " + two(dilation, dilation) +
           ", pads = " + pads + more;
  }
};

TEST_P(Kernels, Convolution) {
  Value image = graph.input("n, 3, h, w"), x = graph.blocked(graph.input("n, 20, h, w"));
  auto conv = [&](Value in, int64_t from, int64_t to, int64_t kh, int64_t kw, int64_t groups,
                  Window window, bool bias = true, Value residual = {}) {
    Value weight = graph.constant({to, from / groups, kh, kw});
    Value result =
        graph.add<seg::Conv2dOp>({in, weight, bias ? graph.constant({to}) : Value(), residual},
                                 window.text() + ", groups = " + std::to_string(groups) + " : i64");
    graph.output(result);
    return result;
  };
  conv(image, 3, 20, 7, 7, 1, {2, 1, four(3, 3, 3, 3), ", activation = #seg.act<relu>"});
  conv(image, 3, 9, 3, 3, 1, {1, 1, four(0, 1, 2, 0), ""}, false);
  Value wide = conv(x, 20, 33, 1, 1, 1, {});
  const std::string clip = ", activation = #seg.act<clip, 0.0, 6.0>";
  conv(x, 20, 33, 3, 3, 1, {1, 1, four(1, 1, 1, 1), clip}, true, wide);
  conv(x, 20, 16, 3, 3, 1, {1, 4, four(4, 4, 4, 4), ""});
  conv(x, 20, 5, 3, 3, 1, {2, 1, four(0, 1, 1, 0), ""});
  conv(x, 20, 1, 1, 5, 1, {1, 1, four(0, 2, 0, 2), ", activation = #seg.act<sigmoid>"});
  conv(x, 20, 17, 1, 1, 1, {2, 1, four(0, 0, 0, 0), ""});
  conv(x, 20, 20, 3, 3, 20, {1, 2, four(2, 2, 2, 2), ""});
  conv(x, 20, 40, 3, 3, 20, {2, 1, four(1, 1, 1, 1), ""}, false);
  conv(x, 20, 8, 3, 3, 4, {1, 1, four(1, 1, 1, 1), ""});
  conv(wide, 33, 33, 5, 5, 33, {1, 1, four(2, 2, 2, 2), ", activation = #seg.act<hard_swish>"});
  graph.agree(kSizes);
}

TEST_P(Kernels, TransposedConvolution) {
  Value x = graph.blocked(graph.input("n, 20, h, w"));
  auto transposed = [&](int64_t from, int64_t to, int64_t k, int64_t groups, Window window,
                        bool bias = true, Value residual = {}) {
    Value result = graph.add<seg::ConvTranspose2dOp>(
        {x, graph.constant({from, to / groups, k, k}), bias ? graph.constant({to}) : Value(),
         residual},
        window.text() + ", groups = " + std::to_string(groups) + " : i64");
    graph.output(result);
    return result;
  };
  const std::string none = ", output_padding = " + two(0, 0);
  Value up = transposed(20, 21, 2, 1, {2, 1, four(0, 0, 0, 0), none});
  transposed(20, 21, 4, 1, {2, 1, four(1, 1, 1, 1), none + ", activation = #seg.act<relu>"}, true,
             up);
  transposed(20, 5, 3, 1, {2, 1, four(1, 1, 1, 1), ", output_padding = " + two(1, 1)}, false);
  transposed(20, 17, 3, 1, {1, 2, four(1, 2, 0, 1), none});
  transposed(20, 20, 4, 20, {2, 1, four(1, 1, 1, 1), none}, false);
  transposed(20, 8, 3, 4, {3, 1, four(0, 0, 0, 0), none});
  transposed(20, 3, 2, 1, {2, 1, four(-1, -2, 0, -1), none});
  graph.agree(kSizes);
}

/// The same weights, scaled in several ways for each output channel, and not at all.
TEST_P(Kernels, ScaledWeights) {
  Value x = graph.blocked(graph.input("n, 20, h, w"));
  auto scaled = [](int64_t channels, int64_t seed) {
    std::string factors;
    for (int64_t c = 0; c < channels; ++c)
      factors += (c ? ", " : "") + std::to_string(0.1 * static_cast<double>((c + seed) % 23) - 1);
    return seed ? ", weight_scale = array<f64: " + factors + ">" : std::string();
  };
  Value weight = graph.constant({20, 20, 3, 3}), depthwise = graph.constant({20, 1, 3, 3}),
        grouped = graph.constant({20, 5, 3, 3});
  for (int64_t seed : {0, 1, 7}) {
    const std::string scale = scaled(20, seed);
    for (auto [weights, groups] : {std::pair(weight, 1), {depthwise, 20}, {grouped, 4}})
      for (int64_t stride : {1, 2}) {
        const Window window = {stride, 1, four(1, 1, 1, 1),
                               ", groups = " + std::to_string(groups) + " : i64" + scale};
        graph.output(graph.add<seg::Conv2dOp>({x, weights, {}, {}}, window.text()));
        graph.output(graph.add<seg::ConvTranspose2dOp>(
            {x, weights, {}, {}}, window.text() + ", output_padding = " + two(0, 0)));
      }
  }
  graph.agree(kSizes);
}

TEST_P(Kernels, Pooling) {
  Value dense = graph.input("n, 19, h, w"), x = graph.blocked(dense);
  auto window = [](int64_t kernel, Window window) {
    return "kernel = " + two(kernel, kernel) + ", " + window.text();
  };
  const std::string floor = ", ceil_mode = false", ceil = ", ceil_mode = true";
  graph.output(graph.add<seg::MaxPool2dOp>({dense}, window(2, {2, 1, four(0, 0, 0, 0), floor})));
  graph.output(graph.add<seg::MaxPool2dOp>({x}, window(3, {2, 1, four(1, 1, 1, 1), ceil})));
  graph.output(graph.add<seg::MaxPool2dOp>({x}, window(3, {1, 2, four(2, 0, 1, 2), floor})));
  for (const char *include : {", count_include_pad = true", ", count_include_pad = false"}) {
    graph.output(
        graph.add<seg::AvgPool2dOp>({x}, window(3, {2, 1, four(1, 1, 1, 1), ceil + include})));
    graph.output(
        graph.add<seg::AvgPool2dOp>({x}, window(4, {1, 1, four(0, 1, 2, 3), floor + include})));
  }
  graph.agree(kSizes);
}

TEST_P(Kernels, SwitchesAndUnpooling) {
  Value x = graph.blocked(graph.input("n, 19, h, w"));
  for (const char *order : {"false", "true"}) {
    Value values = graph.add<seg::MaxPoolSwitchesOp>(
        {x}, "kernel = array<i64: 2, 2>, " + Window{2, 1, four(0, 0, 0, 0), ""}.text() +
                 ", ceil_mode = false, column_major = " + order);
    Value switches = values.getDefiningOp()->getResult(1);
    graph.output(values);
    graph.output(switches);
    if (std::string(order) == "true")
      continue; // unpooling counts row-major
    Value changed = graph.unary("leaky_relu, 0.5, 0.0", values);
    graph.output(graph.add<seg::MaxUnpool2dOp>(
        {changed, switches}, "kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = " +
                                 four(0, 0, 0, 0) + ", sizes = " + extents({"n", "19", "h", "w"}) +
                                 ", indexed = " + extents({"n", "19", "h", "w"})));
  }
  graph.agree(kSizes);
}

TEST_P(Kernels, Resize) {
  Value dense = graph.input("n, 19, h, w"), x = graph.blocked(dense);
  auto resize = [&](Value in, const std::string &h, const std::string &w, const std::string &mode,
                    const std::string &coordinates, const std::string &nearest = "floor",
                    const std::string &more = "") {
    Value result = graph.add<seg::ResizeOp>(
        {in}, "sizes = " + extents({"n", "19", h, w}) + ", mode = #seg.resize_mode<" + mode +
                  ">, coordinates = #seg.coordinates<" + coordinates +
                  ">, nearest = #seg.nearest<" + nearest + ">" + more);
    graph.output(result);
    return result;
  };
  for (Value in : {dense, x}) {
    resize(in, "2 * h", "2 * w", "linear", "half_pixel");
    resize(in, "2 * h - 1", "2 * w - 1", "linear", "align_corners");
    resize(in, "h + 5", "w - 3", "nearest", "half_pixel", "round_prefer_floor");
    resize(in, "3 * h", "w / 2", "cubic", "half_pixel");
  }
  // Results that stay inside the network are blocked, those that leave are dense.
  graph.output(graph.blocked(resize(x, "17", "9", "linear", "half_pixel")));
  graph.output(graph.blocked(resize(x, "2 * h", "2 * w", "nearest", "asymmetric", "floor",
                                    ", scales = array<f32: 2.0, 2.0>")));
  resize(dense, "1", "1", "linear", "pytorch_half_pixel");
  resize(dense, "2 * h", "2 * w", "nearest", "asymmetric", "ceil");
  resize(dense, "2 * h", "w", "nearest", "align_corners", "round_prefer_ceil");
  resize(dense, "h / 2", "w / 2", "cubic", "align_corners", "floor",
         ", exclude_outside = true, cubic_coeff_a = -0.5 : f32");
  resize(dense, "h / 2", "w / 2", "linear", "asymmetric", "floor",
         ", scales = array<f32: 0.5, 0.5>");
  graph.agree(kSizes);
}

TEST_P(Kernels, Concat) {
  Value dense = graph.input("n, 5, h, w"), a = graph.blocked(dense),
        b = graph.blocked(graph.input("n, 20, h, w")),
        c = graph.blocked(graph.input("n, 16, h, w"));
  auto concat = [&](std::vector<Value> parts, int axis) {
    Value result = graph.add<seg::ConcatOp>(parts, "axis = " + std::to_string(axis) + " : i64");
    graph.output(result);
    return result;
  };
  // Makers that can store into the result, and those that cannot.
  Value d = graph.add<seg::Conv2dOp>({b, graph.constant({16, 20, 1, 1}), {}, {}},
                                     Window{}.text() + ", groups = 1 : i64");
  Value joined = concat({d, c, b}, 1);
  graph.output(graph.blocked(joined));
  graph.output(graph.blocked(concat({a, b, c}, 1)));
  concat({a, dense, c}, 1);
  concat({b, b}, 1);
  concat({c, graph.unary("relu", c)}, 0);
  concat({b, b}, 2);
  concat({dense, dense, dense}, 3);
  graph.agree(kSizes);
}

TEST_P(Kernels, SliceAndPad) {
  Value dense = graph.input("n, 19, h, w"), x = graph.blocked(dense);
  auto slice = [&](Value in, const std::vector<std::string> &starts,
                   const std::vector<std::string> &sizes, const std::string &steps) {
    Value result = graph.add<seg::SliceOp>(
        {in}, "starts = " + extents(starts) + ", sizes = " + extents(sizes) + ", steps = " + steps);
    graph.output(result);
    return result;
  };
  auto pad = [&](Value in, const std::vector<std::string> &low,
                 const std::vector<std::string> &high, const std::string &mode) {
    Value result =
        graph.add<seg::PadOp>({in}, "low = " + extents(low) + ", high = " + extents(high) +
                                        ", mode = #seg.pad_mode<" + mode + ">, value = 0.5 : f32");
    graph.output(result);
    return result;
  };
  for (Value in : {dense, x}) {
    graph.output(graph.blocked(
        slice(in, {"0", "0", "1", "2"}, {"n", "19", "h - 3", "w - 4"}, four(1, 1, 1, 1))));
    slice(in, {"0", "3", "0", "0"}, {"n", "7", "h", "w"}, four(1, 1, 1, 1));
    slice(in, {"0", "18", "h - 1", "1"}, {"n", "10", "h", "(w - 1) / 2"}, four(1, -2, -1, 2));
    for (const char *mode : {"constant", "reflect", "edge"})
      graph.output(graph.blocked(pad(in, {"0", "0", "1", "3"}, {"0", "0", "2", "0"}, mode)));
  }
  pad(dense, {"0", "2", "0", "0"}, {"1", "1", "0", "0"}, "constant");
  pad(dense, {"0", "0", "-1", "2"}, {"0", "0", "3", "-2"}, "edge");
  graph.agree(kSizes);
}

const std::vector<std::string> kUnary = {"relu",
                                         "clip, -0.5, 0.75",
                                         "leaky_relu, 0.125, 0.0",
                                         "hard_sigmoid, 0.25, 0.5",
                                         "hard_swish",
                                         "sigmoid",
                                         "tanh",
                                         "exp",
                                         "abs",
                                         "neg",
                                         "floor",
                                         "ceil",
                                         "round",
                                         "erf",
                                         "elu, 0.5, 0.0",
                                         "selu, 1.6732, 1.0507",
                                         "celu, 0.75, 0.0",
                                         "softplus",
                                         "softsign",
                                         "thresholded_relu, 0.5, 0.0",
                                         "sin",
                                         "cos",
                                         "tan",
                                         "atan",
                                         "sinh",
                                         "cosh",
                                         "asinh",
                                         "sign"};

TEST_P(Kernels, Unary) {
  Value dense = graph.input("n, 5, h, w"), x = graph.blocked(dense);
  for (const std::string &function : kUnary) {
    graph.output(graph.unary(function, dense));
    graph.output(graph.unary(function, x));
  }
  for (const char *function : {"log", "sqrt", "reciprocal"})
    graph.output(graph.unary(function, graph.unary("clip, 0.25, 4.0", x)));
  for (const char *function : {"asin", "acos", "atanh"})
    graph.output(graph.unary(function, graph.unary("clip, -0.875, 0.875", x)));
  graph.output(
      graph.unary("acosh", graph.binary("add", graph.unary("abs", x), graph.constant({1}, 1, 1))));
  graph.agree({kSizes[1]});
}

/// NaN stays NaN and infinities what they are: no made-up number comes out, nor NaN of a number.
TEST_P(Kernels, NaNAndInfinity) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {std::numeric_limits<float>::quiet_NaN(),
                                     kInfinity,
                                     -kInfinity,
                                     1e30f,
                                     -1e30f,
                                     300.0f,
                                     -300.0f,
                                     0.0f,
                                     -0.0f,
                                     1e-30f,
                                     0.25f};
  const int64_t channels = 5, count = static_cast<int64_t>(values.size());
  Value ones = graph.constant({channels, 1, 1, 1}, 1, 1);
  interpreter::Tensor given = graph.tensor({1, channels, count, count});
  for (size_t i = 0; i < given.floats.size(); ++i)
    given.floats[i] = values[i % values.size()];
  Value dense = graph.input(given);
  // Of maps in blocks, too: a depthwise convolution with ones.
  Value x = graph.add<seg::Conv2dOp>({dense, ones, {}, {}}, Window().text() + ", groups = 5 : i64");
  for (const char *activation : {"relu", "clip, -0.5, 0.75", "sigmoid"})
    graph.output(graph.add<seg::Conv2dOp>(
        {x, ones, {}, {}}, Window().text() + ", groups = 5 : i64, activation = #seg.act<" +
                               std::string(activation) + ">"));
  std::vector<std::string> functions = kUnary;
  functions.insert(functions.end(),
                   {"log", "sqrt", "reciprocal", "asin", "acos", "acosh", "atanh"});
  for (const std::string &function : functions)
    for (Value in : {dense, x})
      graph.output(graph.unary(function, in));
  interpreter::Tensor transposed = given;
  for (size_t i = 0; i < given.floats.size(); ++i)
    transposed.floats[i] = values[i / values.size() % values.size()];
  Value other = graph.input(transposed);
  for (const char *kind : {"max", "min"})
    for (Value in : {dense, x}) {
      graph.output(graph.binary(kind, in, other));
      graph.output(graph.binary(kind, in, graph.constant({1}, 0.5, 0.5)));
    }
  for (Value in : {dense, x, other})
    for (const char *log : {"false", "true"})
      graph.output(graph.add<seg::SoftmaxOp>({in}, std::string("axis = 1 : i64, log = ") + log));
  // Without NaN: what the largest of it and numbers is, frameworks tell in different ways.
  Value infinite = graph.add<seg::SliceOp>(
      {other}, "starts = " + extents({"0", "0", "1", "0"}) +
                   ", sizes = " + extents({"1", "5", "2", "11"}) + ", steps = " + four(1, 1, 1, 1));
  for (const char *kind : {"max", "min"})
    for (const char *axes : {"1", "3", "1, 3", "2, 3"})
      graph.output(graph.add<seg::ReduceOp>({infinite}, std::string("kind = #seg.reduce_kind<") +
                                                            kind + ">, axes = array<i64: " + axes +
                                                            ">, keep_dims = true"));
  graph.agree({{}});
}

TEST_P(Kernels, BinaryAndBroadcasts) {
  Value dense = graph.input("n, 19, h, w"), a = graph.blocked(dense),
        b = graph.blocked(graph.input("n, 19, h, w"));
  for (const char *kind : {"add", "sub", "mul", "max", "min"}) {
    graph.output(graph.binary(kind, a, b));
    graph.output(graph.binary(kind, dense, a));
  }
  graph.output(graph.binary("div", a, graph.unary("exp", b)));
  graph.output(graph.binary("pow", graph.unary("abs", a), b));
  graph.output(graph.binary("pow", a, graph.constant({1}, 2, 2)));
  // A factor for each pixel, for each channel, for both as inputs, constants and results.
  Value pixel = graph.add<seg::ReduceOp>(
      {b}, "kind = #seg.reduce_kind<mean>, axes = array<i64: 1>, keep_dims = true");
  Value channel = graph.add<seg::ReduceOp>(
      {b}, "kind = #seg.reduce_kind<mean>, axes = array<i64: 2, 3>, keep_dims = true");
  for (Value factor :
       {pixel, channel, graph.input("n, 1, h, w"), graph.input("1, 19, 1, 1"),
        graph.constant({19, 1, 1}), graph.constant({1, 1, 1, 1}), graph.constant({1})})
    for (Value in : {dense, a})
      graph.output(graph.binary("mul", in, factor));
  for (Value in : {dense, a}) {
    graph.output(graph.binary("prelu", in, graph.constant({19, 1, 1}, 0, 0.5)));
    graph.output(graph.binary("prelu", in, graph.constant({1}, 0, 0.5)));
  }
  // Fused into one, with a residual.
  Value sum = graph.unary("relu", graph.binary("add", graph.binary("mul", a, channel), b));
  graph.output(graph.binary("sub", sum, graph.unary("tanh", graph.binary("add", a, pixel))));
  graph.agree(kSizes);
}

/// Beside a map in blocks, a tensor whose number of channels only the run knows.
TEST_P(Kernels, FreeChannels) {
  Value x = graph.blocked(graph.input("n, 19, h, w")), free = graph.input("n, c, h, w");
  graph.output(graph.binary("add", x, free));
  graph.output(graph.binary("mul", free, x));
  graph.output(graph.unary("relu", graph.binary("add", graph.binary("mul", x, x), free)));
  Value joined = graph.add<seg::ConcatOp>({x, free}, "axis = 1 : i64");
  graph.output(joined);
  graph.output(graph.unary("relu", joined));
  graph.output(graph.add<seg::ConcatOp>({free, x, free}, "axis = 1 : i64"));
  graph.agree({{{"n", 2}, {"h", 13}, {"w", 37}, {"c", 19}}});
}

TEST_P(Kernels, Reduce) {
  Value dense = graph.input("n, 19, h, w"), x = graph.blocked(dense);
  for (const char *kind : {"sum", "mean", "max", "min", "l1", "l2", "sum_square"}) {
    auto reduce = [&](Value in, const char *axes, const char *keep) {
      graph.output(graph.add<seg::ReduceOp>({in}, std::string("kind = #seg.reduce_kind<") + kind +
                                                      ">, axes = array<i64: " + axes +
                                                      ">, keep_dims = " + keep));
    };
    reduce(x, "2, 3", "true");
    reduce(x, "2, 3", "false");
    reduce(dense, "2, 3", "true");
    reduce(dense, "3", "true");
    reduce(dense, "1", "false");
    reduce(dense, "1, 2", "true");
  }
  for (const char *axes : {"0", "2", "0, 3", "0, 1, 2, 3", "1, 2, 3"})
    graph.output(graph.add<seg::ReduceOp>(
        {dense}, std::string("kind = #seg.reduce_kind<sum>, axes = array<i64: ") + axes +
                     ">, keep_dims = true"));
  graph.agree({kSizes[1], kSizes[2], {{"n", 1}, {"h", 1}, {"w", 1}}});
}

TEST_P(Kernels, RunningSums) {
  Value dense = graph.input("n, 5, h, w"), x = graph.blocked(dense);
  for (const char *how :
       {"", ", exclusive = true", ", reverse = true", ", exclusive = true, reverse = true"})
    for (int axis = 0; axis < 4; ++axis)
      graph.output(graph.add<seg::CumSumOp>({axis == 1 ? x : dense},
                                            "axis = " + std::to_string(axis) + " : i64" + how));
  graph.agree({kSizes[1], {{"n", 1}, {"h", 1}, {"w", 1}}});
}

TEST_P(Kernels, SoftmaxAndArgMax) {
  Value dense = graph.input("n, 19, h, w"), x = graph.blocked(dense),
        few = graph.blocked(graph.input("n, 3, h, w"));
  for (const char *log : {"false", "true"}) {
    for (int axis = 0; axis < 4; ++axis)
      graph.output(graph.add<seg::SoftmaxOp>({dense}, "axis = " + std::to_string(axis) +
                                                          " : i64, log = " + log));
    for (Value in : {x, few}) {
      Value result = graph.add<seg::SoftmaxOp>({in}, std::string("axis = 1 : i64, log = ") + log);
      graph.output(result);
      graph.output(graph.blocked(result));
    }
  }
  for (const char *last : {"false", "true"}) {
    const std::string more = std::string(", select_last = ") + last;
    for (int axis = 0; axis < 4; ++axis)
      graph.output(graph.add<seg::ArgMaxOp>({dense}, "axis = " + std::to_string(axis) +
                                                         " : i64, keep_dims = false" + more));
    // Rounded, so that there are equal values.
    for (Value in : {x, few})
      graph.output(graph.add<seg::ArgMaxOp>({graph.unary("round", in)},
                                            "axis = 1 : i64, keep_dims = true" + more));
  }
  graph.agree(kSizes);
}

TEST_P(Kernels, SevenAxes) {
  // A flow is enlarged by shares of the pixels around: neighbouring axes are handled as one.
  Value shares = graph.input("n, 1, 9, 2, 3, h, w"), flow = graph.input("n, 2, 9, 1, 1, h, w");
  Value product = graph.add<seg::BinaryOp>({shares, flow}, "kind = #seg.binary_kind<mul>");
  graph.output(product);
  for (const char *axes : {"2", "3, 4", "0, 1, 5, 6"})
    graph.output(graph.add<seg::ReduceOp>(
        {product}, std::string("kind = #seg.reduce_kind<sum>, axes = array<i64: ") + axes +
                       ">, keep_dims = false"));
  graph.agree({kSizes[1], {{"n", 1}, {"h", 1}, {"w", 1}}});
}

TEST_P(Kernels, Moving) {
  Value dense = graph.input("n, 6, h, w"), x = graph.blocked(dense);
  for (Value in : {dense, x}) {
    for (const std::string &order : {four(0, 2, 3, 1), four(3, 1, 0, 2), four(0, 1, 3, 2)})
      graph.output(graph.add<seg::TransposeOp>({in}, "permutation = " + order));
    graph.output(graph.add<seg::ReshapeOp>({in}, "shape = " + extents({"n", "6 * h * w"})));
    graph.output(graph.blocked(
        graph.add<seg::ReshapeOp>({in}, "shape = " + extents({"n", "3", "2 * h", "w"}))));
  }
  Value row = graph.input("1, 6, 1, w");
  graph.output(graph.add<seg::BroadcastOp>({row}, "shape = " + extents({"n", "6", "h", "w"})));
  // What pixel shuffling becomes.
  Value split =
      graph.add<seg::ReshapeOp>({dense}, "shape = " + extents({"n", "3", "2", "1", "h", "w"}));
  Value turned = graph.add<seg::TransposeOp>({split}, "permutation = array<i64: 0, 1, 4, 2, 5, 3>");
  graph.output(graph.add<seg::ReshapeOp>({turned}, "shape = " + extents({"n", "3", "2 * h", "w"})));
  graph.output(graph.add<seg::CastOp>({dense}, "to = i64"));
  graph.output(graph.add<seg::CastOp>({graph.add<seg::CastOp>({x}, "to = i32")}, "to = f32"));
  graph.agree(kSizes);
}

TEST_P(Kernels, Matrices) {
  Value a = graph.input("n, 4, h, w"), b = graph.input("n, 4, w, h"), c = graph.input("n, 37");
  graph.output(graph.add<seg::MatmulOp>({a, b}, ""));
  graph.output(graph.add<seg::MatmulOp>({b, a}, ""));
  graph.output(graph.add<seg::MatmulOp>({c, graph.constant({37, 20})}, ""));
  graph.agree(kSizes);
}

TEST_P(Kernels, BatchNorm) {
  Value x = graph.input("n, 19, h, w");
  auto norm = [&](Value in) {
    Value result =
        graph.add<seg::BatchNormOp>({in, graph.constant({19}), graph.constant({19}),
                                     graph.constant({19}), graph.constant({19}, 0.5f, 1.5f)},
                                    "epsilon = 1.0e-5 : f32");
    graph.output(result);
    return result;
  };
  norm(x);
  Value conv =
      graph.add<seg::Conv2dOp>({x, graph.constant({19, 19, 3, 3}), {}, {}},
                               Window{1, 1, four(1, 1, 1, 1), ""}.text() + ", groups = 1 : i64");
  norm(graph.blocked(norm(conv)));
  graph.agree(kSizes, 2e-4);
}

INSTANTIATE_TEST_SUITE_P(Archs, Kernels, ::testing::ValuesIn(testedArchs()), archName);

} // namespace
