// Resize kernels and their tables against ONNX's Resize: coordinates by integers, sums in double.

#include "schedules/cpu/Resize.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using seg::CoordinateMode;
using seg::NearestMode;
using seg::ResizeMode;
using test::KernelRunner;
using test::near;
using test::TestMap;

struct Axis {
  int input, output;
  /// The scale that the model gives, output / input; the extents' ratio without one.
  int up, down;
  double roiStart = 0, roiEnd = 1;
};

Axis axis(int input, int output) { return {input, output, output, input}; }

/// top / bottom, with bottom > 0.
struct Ratio {
  int64_t top, bottom;
};

/// Where output coordinate `o` lies in the input. Regions are multiples of 1/8.
Ratio source(CoordinateMode mode, const Axis &a, int64_t o) {
  const int64_t last = a.input - 1, lastOutput = a.output - 1;
  switch (mode) {
  case CoordinateMode::HalfPixel:
    return {(2 * o + 1) * a.down - a.up, 2 * int64_t(a.up)};
  case CoordinateMode::PytorchHalfPixel:
    return lastOutput ? source(CoordinateMode::HalfPixel, a, o) : Ratio{0, 1};
  case CoordinateMode::AlignCorners:
    return lastOutput ? Ratio{o * last, lastOutput} : Ratio{0, 1};
  case CoordinateMode::Asymmetric:
    return {o * a.down, a.up};
  case CoordinateMode::TfHalfPixelForNn:
    return {(2 * o + 1) * a.down, 2 * int64_t(a.up)};
  case CoordinateMode::HalfPixelSymmetric:
    // Half a result from its middle is half a result / scale from the input's.
    return {(2 * o + 1 - a.output) * a.down + (a.input - 1) * int64_t(a.up), 2 * int64_t(a.up)};
  case CoordinateMode::TfCropAndResize: {
    const int64_t start = int64_t(8 * a.roiStart), end = int64_t(8 * a.roiEnd);
    if (!lastOutput)
      return {(start + end) * last, 16};
    return {start * last * lastOutput + o * (end - start) * last, 8 * lastOutput};
  }
  }
  return {0, 1};
}

/// The pixel nearest to a coordinate, found by looking at all of them.
int64_t nearestPixel(NearestMode mode, Ratio at, int64_t from, int64_t to) {
  int64_t best = from;
  for (int64_t pixel = from; pixel <= to; ++pixel) {
    const int64_t beyond = pixel * at.bottom - at.top, before = best * at.bottom - at.top;
    bool better = false;
    switch (mode) {
    case NearestMode::Floor: // the last one not beyond the place
      better = beyond <= 0;
      break;
    case NearestMode::Ceil: // the first one not before it
      better = before < 0;
      break;
    case NearestMode::RoundPreferFloor:
      better = std::abs(beyond) < std::abs(before);
      break;
    case NearestMode::RoundPreferCeil:
      better = std::abs(beyond) <= std::abs(before);
      break;
    }
    if (better)
      best = pixel;
  }
  return best;
}

struct Tap {
  int index;
  double weight;
};

/// The pixels that output coordinate `o` reads; none if it is extrapolated.
std::vector<Tap> taps(const ResizeTableSpec &spec, const Axis &a, int o) {
  const Ratio at = source(spec.coordinates, a, o);
  if (spec.extrapolates() && (at.top < 0 || at.top > (a.input - 1) * at.bottom))
    return {};
  auto inside = [&](int64_t i) {
    return int(std::min<int64_t>(std::max<int64_t>(i, 0), a.input - 1));
  };
  int64_t below = at.top / at.bottom;
  if (below * at.bottom > at.top)
    --below;
  const double f = double(at.top - below * at.bottom) / double(at.bottom);
  if (spec.mode == ResizeMode::Nearest)
    return {{inside(nearestPixel(spec.nearest, at, below - 1, below + 2)), 1}};
  if (spec.mode == ResizeMode::Linear)
    return {{inside(below), 1 - f}, {inside(below + 1), f}};
  double p = spec.cubicCoeffA, sum = 0;
  std::vector<Tap> result;
  for (int t = -1; t <= 2; ++t) {
    double d = std::abs(t - f);
    double w = d <= 1 ? (p + 2) * d * d * d - (p + 3) * d * d + 1
                      : p * d * d * d - 5 * p * d * d + 8 * p * d - 4 * p;
    if (spec.excludeOutside && (below + t < 0 || below + t >= a.input))
      w = 0;
    sum += w;
    result.push_back({inside(below + t), w});
  }
  if (spec.excludeOutside)
    for (Tap &tap : result)
      tap.weight /= sum;
  return result;
}

struct Tables {
  std::vector<int> index;
  std::vector<float> weight;
  int extent, taps;
  View indices() { return test::denseView(index.data(), {extent, taps}); }
  View weights() { return test::denseView(weight.data(), {extent, taps}); }
};

template <typename Runner>
Tables makeTables(const ResizeTableSpec &spec, const Runner &run, const Axis &a) {
  Tables t;
  t.extent = a.output;
  t.taps = resizeTaps(spec.mode);
  t.index.assign(t.extent * t.taps, -7);
  t.weight.assign(t.extent * t.taps, -7);
  std::vector<test::KernelValue> values{a.input, a.output};
  if (spec.usesScale()) {
    values.push_back(a.up);
    values.push_back(a.down);
  }
  if (spec.extrapolates()) {
    values.push_back(float(a.roiStart));
    values.push_back(float(a.roiEnd));
  }
  values.push_back(t.indices());
  if (spec.mode != ResizeMode::Nearest)
    values.push_back(t.weights());
  run(values);
  return t;
}

/// Four products, each rounded, added row by row: what ONNX Runtime computes.
float bilinear(const TestMap<float> &input, int c, const Tables &rows, int y, const Tables &columns,
               int x) {
  float sum = 0;
  for (int v = 0; v < 2; ++v)
    for (int h = 0; h < 2; ++h) {
      const int row = v * rows.extent + y, column = h * columns.extent + x;
      // Kept in memory: no fma.
      volatile float weight = columns.weight[column] * rows.weight[row];
      volatile float part = weight * input.at(c, rows.index[row], columns.index[column]);
      sum = v + h ? sum + part : part;
    }
  return sum;
}

constexpr float kExtrapolation = 7.5f;

void check(const ResizeTableSpec &spec, const Axis &rows, const Axis &columns, int channels,
           int inputBlock, int outputBlock, const char *arch = "x86-64-v4") {
  SCOPED_TRACE(testing::Message() << rows.input << "x" << columns.input << " to " << rows.output
                                  << "x" << columns.output << " "
                                  << seg::stringifyCoordinateMode(spec.coordinates).str() << " "
                                  << inputBlock << ">" << outputBlock);
  CpuTarget target = *CpuTarget::fromArch(arch);
  KernelRunner makeTable(buildResizeTable(spec, target), target);
  Tables rowTables = makeTables(spec, makeTable, rows);
  Tables columnTables = makeTables(spec, makeTable, columns);
  ResizeSpec main;
  main.mode = spec.mode;
  main.channels = channels;
  main.inputBlock = inputBlock;
  main.outputBlock = outputBlock;
  main.extrapolates = spec.extrapolates();
  main.extrapolation = kExtrapolation;
  KernelRunner run(buildResize(main, target), target);
  TestMap<float> input(channels, rows.input, columns.input, inputBlock, 1);
  input.randomize();
  // Dense with the channels last, it lies as planes [H][W, C] do.
  const bool channelsLast = outputBlock == 0;
  auto output = channelsLast ? TestMap<float>(rows.output, columns.output, channels, 1, 0, 0)
                             : TestMap<float>::makeOutput(channels, rows.output, columns.output,
                                                          outputBlock, 1);
  if (spec.mode == ResizeMode::Nearest)
    run({input.input(), columnTables.indices(), rowTables.indices(), output.output()});
  else
    run({input.input(), columnTables.indices(), columnTables.weights(), rowTables.indices(),
         rowTables.weights(), output.output()});
  EXPECT_TRUE(output.onlyImageWritten());
  for (int y = 0; y < rows.output; ++y) {
    std::vector<Tap> vertical = taps(spec, rows, y);
    for (int x = 0; x < columns.output; ++x) {
      std::vector<Tap> horizontal = taps(spec, columns, x);
      for (int c = 0; c < channels; ++c) {
        double sum = vertical.empty() || horizontal.empty() ? kExtrapolation : 0;
        for (Tap v : vertical)
          for (Tap h : horizontal)
            sum += v.weight * h.weight * input.at(c, v.index, h.index);
        const float result = channelsLast ? output.at(y, x, c) : output.at(c, y, x);
        ASSERT_TRUE(near(result, sum, 2e-5)) << c << "," << y << "," << x;
        // To the bit: quantised networks round it again.
        if (spec.mode == ResizeMode::Linear && !vertical.empty() && !horizontal.empty())
          ASSERT_EQ(result, bilinear(input, c, rowTables, y, columnTables, x));
      }
    }
  }
}

ResizeTableSpec table(ResizeMode mode, CoordinateMode coordinates,
                      NearestMode nearest = NearestMode::RoundPreferFloor) {
  ResizeTableSpec spec;
  spec.mode = mode;
  spec.coordinates = coordinates;
  spec.nearest = nearest;
  return spec;
}

constexpr CoordinateMode kModes[] = {CoordinateMode::HalfPixel, CoordinateMode::PytorchHalfPixel,
                                     CoordinateMode::AlignCorners, CoordinateMode::Asymmetric};

constexpr NearestMode kNearestModes[] = {NearestMode::RoundPreferFloor,
                                         NearestMode::RoundPreferCeil, NearestMode::Floor,
                                         NearestMode::Ceil};

TEST(Resize, LinearInEveryLayout) {
  auto spec = table(ResizeMode::Linear, CoordinateMode::HalfPixel);
  check(spec, axis(4, 9), axis(5, 35), 21, 16, 16);
  check(spec, axis(4, 9), axis(5, 35), 21, 16, 1);
  check(spec, axis(4, 9), axis(5, 35), 21, 16, 0);
  check(spec, axis(4, 9), axis(5, 35), 3, 1, 1);
  check(spec, axis(3, 2), axis(5, 3), 21, 16, 1);
  check(spec, axis(3, 1), axis(1, 3), 12, 8, 8, "x86-64-v3");
  check(spec, axis(3, 7), axis(4, 13), 12, 8, 1, "x86-64-v3");
}

TEST(Resize, LinearCoordinates) {
  for (CoordinateMode mode : kModes) {
    check(table(ResizeMode::Linear, mode), axis(4, 7), axis(9, 6), 16, 16, 16);
    check(table(ResizeMode::Linear, mode), axis(4, 1), axis(1, 6), 16, 16, 16);
  }
}

TEST(Resize, CubicCoordinates) {
  for (CoordinateMode mode : kModes)
    check(table(ResizeMode::Cubic, mode), axis(4, 7), axis(9, 6), 16, 16, 16);
  auto spec = table(ResizeMode::Cubic, CoordinateMode::HalfPixel);
  spec.cubicCoeffA = -0.5f;
  spec.excludeOutside = true;
  check(spec, axis(4, 9), axis(2, 5), 20, 16, 1);
  check(spec, axis(4, 9), axis(2, 5), 3, 16, 0);
}

TEST(Resize, NearestRoundings) {
  for (NearestMode nearest : kNearestModes) {
    for (CoordinateMode mode : kModes)
      check(table(ResizeMode::Nearest, mode, nearest), axis(6, 4), axis(7, 14), 16, 16, 16);
    check(table(ResizeMode::Nearest, CoordinateMode::TfHalfPixelForNn, nearest), axis(4, 8),
          axis(7, 20), 3, 1, 1);
  }
}

/// Compares the table of one axis; the sum of its weights may be rounded.
void checkTable(const ResizeTableSpec &spec, const test::JitKernel &run, const Axis &a) {
  const Tables t = makeTables(spec, run, a);
  for (int o = 0; o < a.output; ++o) {
    const std::vector<Tap> expected = taps(spec, a, o);
    for (int i = 0; i < t.taps; ++i) {
      const int index = t.index[i * t.extent + o];
      if (expected.empty()) {
        ASSERT_EQ(index, -1) << a.input << " to " << a.output << ", " << o;
        continue;
      }
      ASSERT_EQ(index, expected[i].index) << a.input << " to " << a.output << ", " << o;
    }
  }
}

// In float32, 20 to 6, 24 to 52 and 40 to 58 by half_pixel take a wrong row, and so do 35 to 40
// by asymmetric.
TEST(Resize, NearestOfAllSizes) {
  for (NearestMode nearest : kNearestModes)
    for (CoordinateMode mode :
         {CoordinateMode::HalfPixel, CoordinateMode::PytorchHalfPixel, CoordinateMode::AlignCorners,
          CoordinateMode::Asymmetric, CoordinateMode::TfHalfPixelForNn,
          CoordinateMode::HalfPixelSymmetric, CoordinateMode::TfCropAndResize}) {
      auto spec = table(ResizeMode::Nearest, mode, nearest);
      SCOPED_TRACE(seg::stringifyCoordinateMode(mode).str() + " " +
                   seg::stringifyNearestMode(nearest).str());
      const test::JitKernel run(buildResizeTable(spec, *CpuTarget::fromArch("x86-64-v4")));
      for (int input = 1; input <= 64; ++input)
        for (int output = 1; output <= 64; ++output)
          ASSERT_NO_FATAL_FAILURE(checkTable(spec, run, axis(input, output)));
      // By scales: all of n/8, and 3/5, 7/10, 1/3, at which extents are rounded down.
      for (auto [up, down] :
           {std::pair(1, 8), {3, 8}, {5, 8}, {11, 8}, {19, 8}, {3, 5}, {7, 10}, {1, 3}, {8, 3}})
        for (int input = 8; input <= 64; ++input)
          ASSERT_NO_FATAL_FAILURE(checkTable(spec, run, Axis{input, input * up / down, up, down}));
    }
}

// Coordinates of large images, of which float32 leaves three digits behind the point. The cubic's
// weights are polynomials in float32.
TEST(Resize, WeightsOfLargeImages) {
  for (CoordinateMode mode :
       {CoordinateMode::HalfPixel, CoordinateMode::AlignCorners, CoordinateMode::Asymmetric})
    for (ResizeMode kind : {ResizeMode::Linear, ResizeMode::Cubic}) {
      auto spec = table(kind, mode);
      const test::JitKernel run(buildResizeTable(spec, *CpuTarget::fromArch("x86-64-v4")));
      for (auto [input, output] : {std::pair(4093, 16381), {10000, 9973}, {32771, 8191}}) {
        const Axis a = axis(input, output);
        const Tables t = makeTables(spec, run, a);
        for (int o = 0; o < output; ++o) {
          const std::vector<Tap> expected = taps(spec, a, o);
          double sum = 0, sumExpected = 0; // of what the taps read, if pixel i holds i
          for (int i = 0; i < t.taps; ++i) {
            ASSERT_EQ(t.index[i * t.extent + o], expected[i].index) << o;
            sum += double(t.weight[i * t.extent + o]) * (i - 1);
            sumExpected += expected[i].weight * (i - 1);
          }
          const bool edge = expected.front().index == expected.back().index;
          if (!edge)
            ASSERT_NEAR(sum, sumExpected, 4e-6) << input << " to " << output << ", " << o;
        }
      }
    }
}

TEST(Resize, ScalesAsTheyWereWritten) {
  const std::pair<float, std::pair<int, int>> cases[] = {
      {0.6f, {3, 5}},        {2.0f, {2, 1}},       {1.0f, {1, 1}},
      {1 / 3.0f, {1, 3}},    {1.7f, {17, 10}},     {0.5f, {1, 2}},
      {2.25f, {9, 4}},       {0.3f, {3, 10}},      {1000000, {1000000, 1}},
      {1e-6f, {1, 1000000}}, {40 / 35.0f, {8, 7}}, {513 / 65.0f, {513, 65}}};
  for (auto [scale, fraction] : cases) {
    const ResizeScale found = ResizeScale::of(scale);
    EXPECT_EQ(std::pair(found.numerator, found.denominator), fraction) << scale;
  }
}

TEST(Resize, CropAndExtrapolate) {
  for (ResizeMode mode : {ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic}) {
    Axis rows = axis(5, 7), columns = axis(6, 9);
    rows.roiStart = 0.375;
    rows.roiEnd = 1.375;
    columns.roiStart = -0.25;
    columns.roiEnd = 0.625;
    check(table(mode, CoordinateMode::TfCropAndResize), rows, columns, 16, 16, 16);
    check(table(mode, CoordinateMode::TfCropAndResize), rows, columns, 5, 16, 1);
  }
}

TEST(Resize, GivenScale) {
  Axis rows{4, 6, 17, 10}, columns{5, 13, 13, 5};
  check(table(ResizeMode::Linear, CoordinateMode::HalfPixel), rows, columns, 16, 16, 16);
  check(table(ResizeMode::Nearest, CoordinateMode::HalfPixel), rows, columns, 16, 16, 16);
}

} // namespace
} // namespace segc
