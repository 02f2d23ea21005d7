//===- Pool.cpp - max and average pooling, and unpooling --------*- C++ -*-===//

#include "compiler/kernels/Pool.h"

#include "compiler/kernels/FeatureMap.h"

#include <fmt/format.h>

#include <limits>

using namespace Halide;

namespace segc {
namespace {

/// Less than any number that a pixel holds; the value of a window without a pixel.
constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// Where a window's tap lies along one dimension, before it is clipped to the image.
Expr tapPosition(const PoolSpec &spec, int dimension, Expr output, Expr tap) {
  return output * spec.stride[dimension] - spec.pads[dimension] + tap * spec.dilation[dimension];
}

bool windowsStayInside(const PoolSpec &spec) {
  return !spec.ceilMode && !spec.pads[0] && !spec.pads[1] && !spec.pads[2] && !spec.pads[3];
}

/// Taps of a window, along one dimension, that lie in [low, high).
Expr tapsWithin(const PoolSpec &spec, int dimension, Expr output, Expr low, Expr high) {
  Expr base = tapPosition(spec, dimension, output, 0);
  Expr step = spec.dilation[dimension];
  Expr first = max(0, (low - base + step - 1) / step);
  Expr last = min(spec.kernel[dimension] - 1, (high - 1 - base) / step);
  return max(last - first + 1, 0);
}

/// max(a, b) that keeps where it came from; of equal values the first.
Tuple laterIfLarger(Tuple best, Tuple next) {
  Expr larger = next[0] > best[0];
  return Tuple(select(larger, next[0], best[0]), select(larger, next[1], best[1]));
}

class PoolBuilder {
public:
  PoolBuilder(const PoolSpec &spec, ImageParam input, Param<int> width)
      : spec(spec), input(input), width(width), height(input.dim(2).extent()) {}

  PoolAlgorithm build() {
    algorithm.output = Func("output");
    int area = spec.kernel[0] * spec.kernel[1];
    bool dense = spec.dilation[0] == 1 && spec.dilation[1] == 1;
    algorithm.unrolled = area <= kUnrolledArea &&
                         (spec.kind == PoolKind::Average ? windowsStayInside(spec)
                                                         : dense || windowsStayInside(spec));
    if (algorithm.unrolled)
      buildUnrolled();
    else
      buildLoops();
    return algorithm;
  }

private:
  /// Larger windows are loops over their taps.
  static constexpr int kUnrolledArea = 16;

  bool hasSwitches() const { return spec.kind == PoolKind::MaxWithSwitches; }

  Expr position(int dimension, Expr output, Expr tap) const {
    return tapPosition(spec, dimension, output, tap);
  }

  Tuple candidate(Expr row, Expr column) const {
    return Tuple(input(ci, column, row, cb), row * width + column);
  }

  void define(Func f, Tuple value) {
    if (hasSwitches())
      f(ci, x, y, cb) = value;
    else
      f(ci, x, y, cb) = value[0];
  }

  /// One expression. A tap outside the image is moved to the nearest edge: an undilated
  /// window that touches the image holds that pixel anyway, and counts it no later
  /// (switches go to the first of equals). Every window touches it: pads are smaller than
  /// the window, and in ceil mode the last one begins before the image ends.
  void buildUnrolled() {
    Tuple best(Expr(0.0f), Expr(0));
    for (int ky = 0; ky < spec.kernel[0]; ++ky) {
      for (int kx = 0; kx < spec.kernel[1]; ++kx) {
        Expr row = position(0, y, ky), column = position(1, x, kx);
        if (windowsStayInside(spec)) { // so claimed: the output has only whole windows
          row = within(row, height);
          column = within(column, width);
        } else {
          row = clamp(row, 0, height - 1);
          column = clamp(likely(column), 0, width - 1);
        }
        Tuple next = candidate(row, column);
        if (ky == 0 && kx == 0)
          best = next;
        else if (spec.kind == PoolKind::Average)
          best = Tuple(best[0] + next[0], Expr(0));
        else if (hasSwitches())
          best = laterIfLarger(best, next);
        else
          best = Tuple(max(best[0], next[0]), Expr(0));
      }
    }
    // Divided, unless that is exact: means of quantised numbers may lie halfway between two.
    const int area = spec.kernel[0] * spec.kernel[1];
    if (spec.kind == PoolKind::Average)
      best = Tuple((area & (area - 1)) == 0 ? best[0] * (1.0f / area)
                                            : strict_float(best[0] / static_cast<float>(area)),
                   Expr(0));
    define(algorithm.output, best);
  }

  /// Loops over the taps. Rows outside the image are not iterated over; nor are columns
  /// if a vector holds channels, else the lanes outside are masked. So what `within` claims
  /// holds. A dilated window may miss a small image altogether.
  void buildLoops() {
    RDom r(0, spec.kernel[1], 0, spec.kernel[0], "tap");
    Expr row = position(0, y, r.y), column = position(1, x, r.x);
    Expr inside = column >= 0 && column < width;
    r.where(row >= 0 && row < height);
    if (spec.block > 1)
      r.where(inside);
    Func &window = algorithm.window;
    define(window, Tuple(spec.kind == PoolKind::Average ? Expr(0.0f) : Expr(kLowest), Expr(-1)));
    Tuple next = spec.block > 1 ? candidate(within(row, height), within(column, width))
                                : candidate(within(row, height), clamp(column, 0, width - 1));
    if (spec.kind == PoolKind::Average) {
      window(ci, x, y, cb) += spec.block > 1 ? next[0] : select(inside, next[0], 0.0f);
      algorithm.output(ci, x, y, cb) = window(ci, x, y, cb) / divisor();
    } else {
      if (spec.block == 1)
        next = Tuple(select(inside, next[0], kLowest), select(inside, next[1], -1));
      if (hasSwitches()) {
        // A pixel of -inf is more than none.
        Tuple best(window(ci, x, y, cb)), later = laterIfLarger(best, next);
        Expr none = best[1] < 0;
        window(ci, x, y, cb) =
            Tuple(select(none, next[0], later[0]), select(none, next[1], later[1]));
        algorithm.output(ci, x, y, cb) = Tuple(window(ci, x, y, cb));
      } else {
        window(ci, x, y, cb) = max(window(ci, x, y, cb), next[0]);
        algorithm.output(ci, x, y, cb) = window(ci, x, y, cb);
      }
    }
    algorithm.taps = r;
  }

  Expr divisor() const {
    Expr rows, columns;
    if (spec.countIncludePad) {
      rows = tapsWithin(spec, 0, y, -spec.pads[0], height + spec.pads[2]);
      columns = tapsWithin(spec, 1, x, -spec.pads[1], width + spec.pads[3]);
    } else {
      rows = tapsWithin(spec, 0, y, 0, height);
      columns = tapsWithin(spec, 1, x, 0, width);
    }
    return cast<float>(max(rows * columns, 1));
  }

  const PoolSpec &spec;
  ImageParam input;
  Param<int> width;
  Expr height;
  Var ci{"ci"}, x{"x"}, y{"y"}, cb{"cb"};
  PoolAlgorithm algorithm;
};

} // namespace

PoolAlgorithm poolAlgorithm(const PoolSpec &spec) {
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, spec.block);
  Param<int> width("inputWidth");
  PoolAlgorithm algorithm = PoolBuilder(spec, input, width).build();
  Func out = algorithm.output;
  std::vector<OutputImageParam> buffers = out.output_buffers();
  constrainFeatureMap(buffers[0], spec.channels, spec.block);
  for (OutputImageParam buffer : buffers) // Halide gives all of them the first one's extents
    buffer.dim(1).set_stride(spec.block);

  static const char *const kNames[] = {"max_pool", "max_pool_switches", "avg_pool"};
  algorithm.name =
      fmt::format("{}{}x{}s{}_c{}_{}", kNames[static_cast<int>(spec.kind)], spec.kernel[0],
                  spec.kernel[1], spec.stride[1], spec.channels, layoutName(spec.block));
  algorithm.key = fmt::format("pool {} c{} b{} k{},{} s{},{} d{},{} p{},{},{},{} ceil{} count{}",
                              static_cast<int>(spec.kind), spec.channels, spec.block,
                              spec.kernel[0], spec.kernel[1], spec.stride[0], spec.stride[1],
                              spec.dilation[0], spec.dilation[1], spec.pads[0], spec.pads[1],
                              spec.pads[2], spec.pads[3], spec.ceilMode, spec.countIncludePad);
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::integer(width, "inputWidth")};
  if (spec.kind == PoolKind::MaxWithSwitches) {
    algorithm.args.push_back(KernelArg::outputOfTuple(out, 0, "output"));
    algorithm.args.push_back(KernelArg::outputOfTuple(out, 1, "switches"));
  } else {
    algorithm.args.push_back(KernelArg::output(out, "output"));
  }
  return algorithm;
}

Algorithm maxUnpoolAlgorithm(const MaxUnpoolSpec &spec) {
  ImageParam input = featureMapInput(Float(32), "input", spec.channels, spec.block);
  ImageParam switches = featureMapInput(Int(32), "switches", spec.channels, spec.block);
  Param<int> width("inputWidth"), indexedWidth("indexedWidth");
  Expr height = input.dim(2).extent();
  Var ci("ci"), x("x"), y("y"), cb("cb");
  Func out("output");
  if (spec.switchesInWindow) {
    Expr column = min(x / spec.stride[1], width - 1), row = min(y / spec.stride[0], height - 1);
    Expr here = switches(ci, column, row, cb) == y * indexedWidth + x;
    out(ci, x, y, cb) = select(here && x < indexedWidth, input(ci, column, row, cb), 0.0f);
    constrainFeatureMap(out.output_buffer(), spec.channels, spec.block);
  } else {
    RDom r(0, width, 0, height, "r");
    Expr place = switches(ci, r.x, r.y, cb);
    out(ci, x, y, cb) = 0.0f;
    OutputImageParam buffer = out.output_buffer();
    constrainFeatureMap(buffer, spec.channels, spec.block);
    // A switch that points outside the result is at fault; it must not do harm.
    Expr column = clamp(place % indexedWidth, 0, buffer.dim(1).extent() - 1);
    Expr row = clamp(place / indexedWidth, 0, buffer.dim(2).extent() - 1);
    out(ci, column, row, cb) = input(ci, r.x, r.y, cb);
  }

  Algorithm algorithm;
  algorithm.name = fmt::format("max_unpool{}_s{}_c{}_{}", spec.switchesInWindow ? "" : "_scatter",
                               spec.stride[1], spec.channels, layoutName(spec.block));
  algorithm.key = fmt::format("unpool c{} b{} s{},{} w{}", spec.channels, spec.block,
                              spec.stride[0], spec.stride[1], spec.switchesInWindow);
  algorithm.output = out;
  algorithm.args = {KernelArg::view(input, "input"), KernelArg::view(switches, "switches"),
                    KernelArg::integer(width, "inputWidth"),
                    KernelArg::integer(indexedWidth, "indexedWidth"),
                    KernelArg::output(out, "output")};
  return algorithm;
}

static std::string nameOf(const SwitchesSpec &spec, const char *direction) {
  return fmt::format("switches_{}_onnx{}_c{}_{}", direction,
                     spec.columnMajor ? "_column_major" : "", spec.channels,
                     layoutName(spec.block));
}

Algorithm switchesToOnnxAlgorithm(const SwitchesSpec &spec) {
  ImageParam switches = featureMapInput(Int(32), "switches", spec.channels, spec.block);
  Param<int> batch("batch"), height("planeHeight"), width("planeWidth");
  Var ci("ci"), x("x"), y("y"), c("c");
  Func out("output");
  Expr place = switches(c % spec.block, x, y, c / spec.block);
  if (spec.columnMajor)
    place = place % width * height + place / width;
  Expr plane = cast<int64_t>(batch) * spec.channels + c;
  out(ci, x, y, c) = plane * (cast<int64_t>(height) * width) + cast<int64_t>(place);
  constrainFeatureMap(out.output_buffer(), spec.channels, 1);

  Algorithm algorithm;
  algorithm.define(nameOf(spec, "to"), out,
                   {KernelArg::view(switches, "switches"), KernelArg::integer(batch, "batch"),
                    KernelArg::integer(height, "planeHeight"),
                    KernelArg::integer(width, "planeWidth"), KernelArg::output(out, "output")});
  return algorithm;
}

Algorithm switchesFromOnnxAlgorithm(const SwitchesSpec &spec) {
  ImageParam input = featureMapInput(Int(64), "input", spec.channels, 1);
  Param<int> batch("batch"), height("planeHeight"), width("planeWidth");
  Var ci("ci"), x("x"), y("y"), cb("cb");
  Func out("switches");
  Expr c = min(cb * spec.block + ci, spec.channels - 1);
  Expr plane = cast<int64_t>(batch) * spec.channels + c;
  Expr place = cast<int>(input(0, x, y, c) - plane * (cast<int64_t>(height) * width));
  if (spec.columnMajor)
    place = place % height * width + place / height;
  out(ci, x, y, cb) = place;
  constrainFeatureMap(out.output_buffer(), spec.channels, spec.block);

  Algorithm algorithm;
  algorithm.define(nameOf(spec, "from"), out,
                   {KernelArg::view(input, "input"), KernelArg::integer(batch, "batch"),
                    KernelArg::integer(height, "planeHeight"),
                    KernelArg::integer(width, "planeWidth"), KernelArg::output(out, "switches")});
  return algorithm;
}

} // namespace segc
