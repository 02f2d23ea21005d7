// Resize kernels and their tables against ONNX's Resize, one coordinate at a time in
// float32 and the sums in double.

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
  float scale;
  float roiStart = 0, roiEnd = 1;
};

Axis axis(int input, int output) { return {input, output, float(output) / float(input)}; }

float source(CoordinateMode mode, const Axis &a, int o) {
  float x = float(o);
  switch (mode) {
  case CoordinateMode::HalfPixel:
    return (x + 0.5f) / a.scale - 0.5f;
  case CoordinateMode::PytorchHalfPixel:
    return a.output > 1 ? (x + 0.5f) / a.scale - 0.5f : 0;
  case CoordinateMode::AlignCorners:
    return a.output == 1 ? 0 : x * float(a.input - 1) / float(a.output - 1);
  case CoordinateMode::Asymmetric:
    return x / a.scale;
  case CoordinateMode::TfHalfPixelForNn:
    return (x + 0.5f) / a.scale;
  case CoordinateMode::TfCropAndResize:
    return a.output > 1 ? a.roiStart * (a.input - 1) +
                              x * (a.roiEnd - a.roiStart) * (a.input - 1) / (a.output - 1)
                        : 0.5f * (a.roiStart + a.roiEnd) * (a.input - 1);
  }
  return 0;
}

struct Tap {
  int index;
  double weight;
};

/// The pixels that output coordinate `o` reads; none if it is extrapolated.
std::vector<Tap> taps(const ResizeTableSpec &spec, const Axis &a, int o) {
  float at = source(spec.coordinates, a, o);
  if (spec.extrapolates() && (at < 0 || at > a.input - 1))
    return {};
  auto inside = [&](int i) { return std::min(std::max(i, 0), a.input - 1); };
  int below = int(std::floor(at));
  double f = double(at) - below;
  if (spec.mode == ResizeMode::Nearest) {
    int i = below;
    if (spec.nearest == NearestMode::RoundPreferFloor)
      i = int(std::ceil(at - 0.5f));
    else if (spec.nearest == NearestMode::RoundPreferCeil)
      i = int(std::floor(at + 0.5f));
    else if (spec.nearest == NearestMode::Ceil)
      i = int(std::ceil(at));
    return {{inside(i), 1}};
  }
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

Tables makeTables(const ResizeTableSpec &spec, const KernelRunner &run, const Axis &a) {
  Tables t;
  t.extent = a.output;
  t.taps = resizeTaps(spec.mode);
  t.index.assign(t.extent * t.taps, -7);
  t.weight.assign(t.extent * t.taps, -7);
  std::vector<test::KernelValue> values{a.input, a.output, a.scale};
  if (spec.extrapolates()) {
    values.push_back(a.roiStart);
    values.push_back(a.roiEnd);
  }
  values.push_back(t.indices());
  if (spec.mode != ResizeMode::Nearest)
    values.push_back(t.weights());
  run(values);
  return t;
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
  auto output = TestMap<float>::makeOutput(channels, rows.output, columns.output, outputBlock, 1);
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
        ASSERT_TRUE(near(output.at(c, y, x), sum, 2e-5)) << c << "," << y << "," << x;
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

TEST(Resize, LinearInEveryLayout) {
  auto spec = table(ResizeMode::Linear, CoordinateMode::HalfPixel);
  check(spec, axis(4, 9), axis(5, 35), 21, 16, 16);
  check(spec, axis(4, 9), axis(5, 35), 21, 16, 1);
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
}

TEST(Resize, NearestRoundings) {
  for (NearestMode nearest : {NearestMode::RoundPreferFloor, NearestMode::RoundPreferCeil,
                              NearestMode::Floor, NearestMode::Ceil}) {
    for (CoordinateMode mode : kModes)
      check(table(ResizeMode::Nearest, mode, nearest), axis(6, 4), axis(7, 14), 16, 16, 16);
    check(table(ResizeMode::Nearest, CoordinateMode::TfHalfPixelForNn, nearest), axis(4, 8),
          axis(7, 20), 3, 1, 1);
  }
}

TEST(Resize, NearestFollowsFloat32) {
  // 8 / (40 / 35) is 6.9999995 in float32, not 7.
  auto spec = table(ResizeMode::Nearest, CoordinateMode::Asymmetric, NearestMode::Floor);
  Tables t = makeTables(
      spec, KernelRunner(buildResizeTable(spec, *CpuTarget::fromArch("x86-64-v4"))), axis(35, 40));
  EXPECT_EQ(t.index[8], 6);
}

TEST(Resize, CropAndExtrapolate) {
  for (ResizeMode mode : {ResizeMode::Nearest, ResizeMode::Linear, ResizeMode::Cubic}) {
    Axis rows = axis(5, 7), columns = axis(6, 9);
    rows.roiStart = 0.3f;
    rows.roiEnd = 1.4f;
    columns.roiStart = -0.2f;
    columns.roiEnd = 0.7f;
    check(table(mode, CoordinateMode::TfCropAndResize), rows, columns, 16, 16, 16);
    check(table(mode, CoordinateMode::TfCropAndResize), rows, columns, 5, 16, 1);
  }
}

TEST(Resize, GivenScale) {
  Axis rows{4, 6, 1.7f}, columns{5, 13, 2.6f};
  check(table(ResizeMode::Linear, CoordinateMode::HalfPixel), rows, columns, 16, 16, 16);
  check(table(ResizeMode::Nearest, CoordinateMode::HalfPixel), rows, columns, 16, 16, 16);
}

} // namespace
} // namespace segc
