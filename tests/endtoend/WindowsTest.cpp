// Windows that reach beyond the image on every side, by less and by more than they are wide:
// convolutions of every family, transposed ones, poolings and unpooling, compiled with all
// assertions and compared with the interpreter. Attributes are drawn; the same every time.
//
// SEGC_TEST_ALL=1 in the environment: many times as many.

#include "tests/endtoend/OpGraph.h"

#include <algorithm>
#include <cstdlib>

using namespace segc;
using mlir::Value;

namespace {

/// What a run must not be smaller than, so that no result is empty.
constexpr int64_t kLeastExtent = 3;
const std::vector<OpGraph::Symbols> kSizes = {{{"n", 1}, {"h", 9}, {"w", 20}},
                                              {{"n", 2}, {"h", 3}, {"w", 4}},
                                              {{"n", 1}, {"h", 6}, {"w", 3}}};

std::string list(const std::vector<int64_t> &values) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "array<i64: " : ", ") + std::to_string(value);
  return text + ">";
}

/// The attributes of one op, for height and width.
struct Window {
  int64_t kernel[2], stride[2], dilation[2];
  int64_t pads[4]; // top, left, bottom, right

  int64_t span(int axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }
  std::string text() const {
    return "strides = " + list({stride[0], stride[1]}) +
           ", dilations = " + list({dilation[0], dilation[1]}) +
           ", pads = " + list({pads[0], pads[1], pads[2], pads[3]});
  }
  std::string kernelText() const { return "kernel = " + list({kernel[0], kernel[1]}) + ", "; }
};

class Windows : public ::testing::TestWithParam<int> {
protected:
  Windows() : graph("native", 100 + GetParam()), generator(GetParam()) {}

  int64_t oneOf(const std::vector<int64_t> &values) { return values[generator() % values.size()]; }
  bool sometimes() { return generator() % 2; }

  /// Any kernel of up to 7 x 7 with pads of up to two more than it spans.
  Window draw() {
    static const int64_t kKernels[][2] = {{1, 1}, {1, 2}, {1, 7}, {5, 1}, {2, 1},
                                          {3, 3}, {3, 3}, {2, 4}, {5, 3}};
    Window w;
    do {
      const auto &kernel = kKernels[generator() % std::size(kKernels)];
      for (int i = 0; i < 2; ++i) {
        w.kernel[i] = kernel[i];
        w.stride[i] = oneOf({1, 1, 2, 3});
        w.dilation[i] = oneOf({1, 1, 2, 3});
        for (int side : {i, i + 2})
          w.pads[side] = oneOf({0, 0, 1, w.span(i) / 2, w.span(i) - 1, w.span(i), w.span(i) + 2});
      }
    } while (leastRoom(w, 0) < 0 || leastRoom(w, 1) < 0);
    return w;
  }
  /// The same with pads smaller than the window, as poolings need them.
  Window drawPooling() {
    Window w;
    do {
      w = draw();
    } while (std::max(w.pads[0], w.pads[2]) >= w.span(0) ||
             std::max(w.pads[1], w.pads[3]) >= w.span(1));
    return w;
  }
  static int64_t leastRoom(const Window &w, int axis) {
    return kLeastExtent + w.pads[axis] + w.pads[axis + 2] - w.span(axis);
  }

  void convolve(Value input, int64_t from, int64_t to, int64_t groups, const Window &w) {
    auto conv = [&](Value residual) {
      return graph.add<seg::Conv2dOp>(
          {input, graph.constant({to, from / groups, w.kernel[0], w.kernel[1]}),
           sometimes() ? graph.constant({to}) : Value(), residual},
          w.text() + ", groups = " + std::to_string(groups) + " : i64");
    };
    Value result = conv({});
    graph.output(result);
    if (generator() % 4 == 0)
      graph.output(conv(result));
  }

  /// Any transposed convolution; pads may also be negative.
  void convolveTransposed(Value input, int64_t from, int64_t to, int64_t groups) {
    Window w;
    int64_t more[2];
    auto least = [&](int i) {
      return (kLeastExtent - 1) * w.stride[i] - w.pads[i] - w.pads[i + 2] + w.span(i) + more[i];
    };
    do {
      w = draw();
      for (int i = 0; i < 2; ++i) {
        more[i] = sometimes() ? 0 : std::max(w.stride[i], w.dilation[i]) - 1;
        for (int side : {i, i + 2})
          w.pads[side] = sometimes() ? w.pads[side] : oneOf({-2, 0, 1, w.span(i) - 1});
      }
    } while (least(0) < 1 || least(1) < 1);
    graph.output(graph.add<seg::ConvTranspose2dOp>(
        {input, graph.constant({from, to / groups, w.kernel[0], w.kernel[1]}),
         sometimes() ? graph.constant({to}) : Value(), Value()},
        w.text() + ", groups = " + std::to_string(groups) +
            " : i64, output_padding = " + list({more[0], more[1]})));
  }

  std::string ceil() { return std::string(", ceil_mode = ") + (sometimes() ? "true" : "false"); }

  OpGraph graph;
  std::mt19937 generator;
};

TEST_P(Windows, Convolutions) {
  Value image = graph.input("n, 3, h, w"), x = graph.blocked(graph.input("n, 20, h, w")),
        wide = graph.blocked(graph.input("n, 32, h, w"));
  for (int i = 0; i < 4; ++i)
    convolve(x, 20, 18, 1, draw());
  for (int i = 0; i < 3; ++i)
    convolve(image, 3, 5, 1, draw());
  for (int i = 0; i < 3; ++i)
    convolve(x, 20, 20, 20, draw());
  for (int i = 0; i < 2; ++i)
    convolve(x, 20, 8, 4, draw());
  convolve(x, 20, 40, 20, draw());
  convolve(wide, 32, 32, 2, draw());
  // What Winograd's algorithm is chosen for.
  for (int i = 0; i < 2; ++i) {
    Window w = draw();
    w.dilation[0] = oneOf({1, 2, 3}), w.dilation[1] = oneOf({1, 2});
    for (int axis = 0; axis < 2; ++axis) {
      w.kernel[axis] = 3, w.stride[axis] = 1;
      w.pads[axis] = oneOf({0, 1, 2, 7});
      w.pads[axis + 2] = oneOf({w.span(axis) - kLeastExtent, 4, 8});
    }
    convolve(wide, 32, 48, 1, w);
  }
  graph.agree(kSizes, 2e-4);
}

TEST_P(Windows, TransposedConvolutions) {
  Value x = graph.blocked(graph.input("n, 20, h, w")),
        wide = graph.blocked(graph.input("n, 32, h, w"));
  for (int i = 0; i < 5; ++i)
    convolveTransposed(x, 20, 5, 1);
  for (int i = 0; i < 3; ++i)
    convolveTransposed(x, 20, 20, 20);
  for (int i = 0; i < 2; ++i)
    convolveTransposed(x, 20, 8, 4);
  convolveTransposed(wide, 32, 32, 2);
  graph.agree(kSizes);
}

TEST_P(Windows, Poolings) {
  Value x = graph.blocked(graph.input("n, 20, h, w"));
  for (int i = 0; i < 5; ++i) {
    Window w = drawPooling();
    graph.output(graph.add<seg::MaxPool2dOp>({x}, w.kernelText() + w.text() + ceil()));
  }
  for (int i = 0; i < 7; ++i) {
    Window w = drawPooling();
    graph.output(graph.add<seg::AvgPool2dOp>(
        {x}, w.kernelText() + w.text() + ceil() +
                 ", count_include_pad = " + (sometimes() ? "true" : "false")));
  }
  for (int i = 0; i < 4; ++i) {
    // Switches of a window without a pixel are undefined: dilation 1.
    Window w = drawPooling();
    while (w.dilation[0] != 1 || w.dilation[1] != 1)
      w = drawPooling();
    Value values = graph.add<seg::MaxPoolSwitchesOp>({x}, w.kernelText() + w.text() + ceil() +
                                                              ", column_major = false");
    Value switches = values.getDefiningOp()->getResult(1);
    graph.output(values);
    if (sometimes())
      graph.output(switches);
    const std::string plane = R"([#seg.dim<"n">, #seg.dim<20>, #seg.dim<"h">, #seg.dim<"w">])";
    const std::string larger =
        R"([#seg.dim<"n">, #seg.dim<20>, #seg.dim<"h + 1">, #seg.dim<"w + 2">])";
    graph.output(graph.add<seg::MaxUnpool2dOp>(
        {values, switches}, w.kernelText() + "strides = " + list({w.stride[0], w.stride[1]}) +
                                ", pads = array<i64: 0, 0, 0, 0>, sizes = " +
                                (sometimes() ? plane : larger) + ", indexed = " + plane));
  }
  graph.agree(kSizes);
}

int seeds() {
  const char *all = std::getenv("SEGC_TEST_ALL");
  return all && *all && std::string(all) != "0" ? 40 : 1;
}

INSTANTIATE_TEST_SUITE_P(Drawn, Windows, ::testing::Range(1, 1 + seeds()));

} // namespace
