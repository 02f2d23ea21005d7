// Pooling kernels against loops written from ONNX's MaxPool, AveragePool, MaxUnpool.

#include "schedules/cpu/Pool.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using test::KernelRunner;
using test::near;
using test::TestMap;

int pooledExtent(const PoolSpec &spec, int dimension, int extent) {
  int begin = spec.pads[dimension], end = spec.pads[dimension + 2];
  int span = (spec.kernel[dimension] - 1) * spec.dilation[dimension] + 1;
  int free = extent + begin + end - span;
  int stride = spec.stride[dimension];
  if (!spec.ceilMode)
    return free / stride + 1;
  int result = (free + stride - 1) / stride + 1;
  if ((result - 1) * stride >= extent + begin)
    --result;
  return result;
}

void checkPool(const PoolSpec &spec, int height, int width, const char *arch = "x86-64-v4") {
  SCOPED_TRACE(testing::Message() << height << "x" << width);
  CpuTarget target = *CpuTarget::fromArch(arch);
  KernelRunner run(buildPool(spec, target), target);
  int outHeight = pooledExtent(spec, 0, height), outWidth = pooledExtent(spec, 1, width);
  ASSERT_GT(outHeight, 0);
  ASSERT_GT(outWidth, 0);
  TestMap<float> input(spec.channels, height, width, spec.block, 1);
  // Coarse values, so that there are ties; below zero, so that a padding zero would win.
  input.randomize(7, -9, -1);
  for (int c = 0; c < spec.channels; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        input.at(c, y, x) = std::floor(input.at(c, y, x));
  auto output = TestMap<float>::makeOutput(spec.channels, outHeight, outWidth, spec.block, 2);
  auto switches = TestMap<int>::makeOutput(spec.channels, outHeight, outWidth, spec.block, 1);
  if (spec.kind == PoolKind::MaxWithSwitches)
    run({input.input(), width, output.output(), switches.output()});
  else
    run({input.input(), width, output.output()});
  EXPECT_TRUE(output.onlyImageWritten());
  for (int c = 0; c < spec.channels; ++c)
    for (int y = 0; y < outHeight; ++y)
      for (int x = 0; x < outWidth; ++x) {
        double best = -1e30, sum = 0;
        int place = -1, inside = 0, padded = 0;
        for (int ky = 0; ky < spec.kernel[0]; ++ky)
          for (int kx = 0; kx < spec.kernel[1]; ++kx) {
            int iy = y * spec.stride[0] - spec.pads[0] + ky * spec.dilation[0];
            int ix = x * spec.stride[1] - spec.pads[1] + kx * spec.dilation[1];
            if (iy < height + spec.pads[2] && ix < width + spec.pads[3])
              ++padded;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width)
              continue;
            ++inside;
            double value = input.at(c, iy, ix);
            sum += value;
            if (value > best) {
              best = value;
              place = iy * width + ix;
            }
          }
        double expected =
            spec.kind == PoolKind::Average ? sum / (spec.countIncludePad ? padded : inside) : best;
        // Of small whole numbers, the mean is rounded once: quantised networks round it again.
        ASSERT_EQ(output.at(c, y, x), static_cast<float>(expected)) << c << "," << y << "," << x;
        if (spec.kind == PoolKind::MaxWithSwitches) {
          ASSERT_EQ(switches.at(c, y, x), place) << c << "," << y << "," << x;
        }
      }
}

PoolSpec pool(PoolKind kind, int channels, int block, int kernel, int stride, int pad,
              int dilation = 1) {
  PoolSpec spec;
  spec.kind = kind;
  spec.channels = channels;
  spec.block = block;
  for (int d = 0; d < 2; ++d) {
    spec.kernel[d] = kernel;
    spec.stride[d] = stride;
    spec.dilation[d] = dilation;
    spec.pads[d] = spec.pads[d + 2] = pad;
  }
  return spec;
}

TEST(Pool, MaxUnrolled) {
  checkPool(pool(PoolKind::Max, 21, 16, 3, 2, 1), 11, 14);
  checkPool(pool(PoolKind::Max, 21, 16, 3, 1, 1), 1, 1);
  checkPool(pool(PoolKind::Max, 16, 8, 2, 2, 0), 6, 9, "x86-64-v3");
  checkPool(pool(PoolKind::Max, 3, 1, 3, 2, 1), 9, 37);
  PoolSpec ceil = pool(PoolKind::Max, 20, 16, 3, 2, 0);
  ceil.ceilMode = true;
  checkPool(ceil, 6, 8);
}

TEST(Pool, MaxOverLoops) {
  checkPool(pool(PoolKind::Max, 21, 16, 3, 1, 2, 2), 7, 5);
  checkPool(pool(PoolKind::Max, 16, 16, 9, 1, 4), 12, 7);
  checkPool(pool(PoolKind::Max, 2, 1, 3, 1, 2, 2), 7, 21);
}

TEST(Pool, MaxWithSwitches) {
  checkPool(pool(PoolKind::MaxWithSwitches, 21, 16, 2, 2, 0), 8, 10);
  checkPool(pool(PoolKind::MaxWithSwitches, 21, 16, 3, 2, 1), 9, 9);
  checkPool(pool(PoolKind::MaxWithSwitches, 18, 16, 3, 1, 2, 2), 6, 8);
  checkPool(pool(PoolKind::MaxWithSwitches, 2, 1, 2, 2, 0), 8, 38);
  checkPool(pool(PoolKind::MaxWithSwitches, 2, 1, 5, 3, 2), 8, 38);
}

TEST(Pool, Average) {
  checkPool(pool(PoolKind::Average, 21, 16, 2, 2, 0), 8, 10);
  checkPool(pool(PoolKind::Average, 21, 16, 3, 1, 1), 5, 6);
  checkPool(pool(PoolKind::Average, 2, 1, 3, 2, 1), 5, 40);
  for (bool count : {false, true}) {
    PoolSpec spec = pool(PoolKind::Average, 17, 16, 3, 2, 1, 2);
    spec.countIncludePad = count;
    spec.ceilMode = true;
    checkPool(spec, 8, 11);
    spec = pool(PoolKind::Average, 17, 16, 3, 2, 0);
    spec.countIncludePad = count;
    spec.ceilMode = true;
    spec.pads[3] = 1;
    checkPool(spec, 6, 7);
  }
  PoolSpec uneven = pool(PoolKind::Average, 16, 16, 1, 1, 0);
  uneven.kernel[0] = 5;
  uneven.kernel[1] = 10;
  uneven.stride[1] = 3;
  checkPool(uneven, 7, 20);
}

void checkUnpool(int block, bool inWindow, int grow, int width = 6) {
  constexpr int kChannels = 20, kHeight = 5;
  int outHeight = 2 * kHeight + grow, outWidth = 2 * width + grow, indexed = 2 * width;
  MaxUnpoolSpec spec;
  spec.channels = kChannels;
  spec.block = block;
  spec.switchesInWindow = inWindow;
  KernelRunner run(buildMaxUnpool(spec, *CpuTarget::fromArch("x86-64-v4")));
  TestMap<float> input(kChannels, kHeight, width, block, 1);
  input.randomize();
  TestMap<int> switches(kChannels, kHeight, width, block, 2);
  std::mt19937 generator(3);
  std::vector<float> expected(kChannels * outHeight * outWidth);
  for (int c = 0; c < kChannels; ++c)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < width; ++x) {
        int row = inWindow ? 2 * y + int(generator() % 2) : int(generator() % (2 * kHeight));
        int column = inWindow ? 2 * x + int(generator() % 2) : int(generator() % indexed);
        switches.at(c, y, x) = row * indexed + column;
        expected[(c * outHeight + row) * outWidth + column] = input.at(c, y, x);
      }
  for (int c = kChannels; c % block; ++c) // padding channels point somewhere harmless
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < width; ++x)
        switches.at(c, y, x) = 0;
  auto output = TestMap<float>::makeOutput(kChannels, outHeight, outWidth, block, 1);
  run({input.input(), switches.input(), width, indexed, output.output()});
  EXPECT_TRUE(output.onlyImageWritten());
  for (int c = 0; c < kChannels; ++c)
    for (int y = 0; y < outHeight; ++y)
      for (int x = 0; x < outWidth; ++x)
        ASSERT_EQ(output.at(c, y, x), expected[(c * outHeight + y) * outWidth + x])
            << c << "," << y << "," << x;
}

TEST(MaxUnpool, InWindow) {
  checkUnpool(16, true, 0);
  checkUnpool(16, true, 1);
  checkUnpool(1, true, 1);
  checkUnpool(16, true, 1, 1); // the next row's first switch is not this row's last pixel
}

TEST(MaxUnpool, LastWriterStays) {
  checkUnpool(16, false, 0);
  checkUnpool(16, false, 1);
  checkUnpool(1, false, 0);
}

TEST(Switches, ToOnnxAndBack) {
  constexpr int kChannels = 19, kHeight = 4, kWidth = 21, kPlaneHeight = 70000, kPlaneWidth = 50;
  constexpr int kBatch = 3;
  for (bool columnMajor : {false, true}) {
    SwitchesSpec spec;
    spec.channels = kChannels;
    spec.block = 16;
    spec.columnMajor = columnMajor;
    CpuTarget target = *CpuTarget::fromArch("x86-64-v4");
    TestMap<int> switches(kChannels, kHeight, kWidth, 16, 1);
    switches.randomize(5, 0, kPlaneHeight * kPlaneWidth - 1);
    auto onnx = TestMap<int64_t>::makeOutput(kChannels, kHeight, kWidth, 1);
    KernelRunner(buildSwitchesToOnnx(spec, target))(
        {switches.input(), kBatch, kPlaneHeight, kPlaneWidth, onnx.output()});
    EXPECT_TRUE(onnx.onlyImageWritten());
    auto back = TestMap<int>::makeOutput(kChannels, kHeight, kWidth, 16);
    KernelRunner(buildSwitchesFromOnnx(spec, target))(
        {onnx.input(), kBatch, kPlaneHeight, kPlaneWidth, back.output()});
    EXPECT_TRUE(back.onlyImageWritten());
    for (int c = 0; c < kChannels; ++c)
      for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) {
          int64_t plane = int64_t(kBatch * kChannels + c) * kPlaneHeight * kPlaneWidth;
          int row = switches.at(c, y, x) / kPlaneWidth, column = switches.at(c, y, x) % kPlaneWidth;
          int64_t place = columnMajor ? int64_t(column) * kPlaneHeight + row
                                      : int64_t(row) * kPlaneWidth + column;
          ASSERT_EQ(onnx.at(c, y, x), plane + place);
          ASSERT_EQ(back.at(c, y, x), switches.at(c, y, x));
        }
  }
}

} // namespace
} // namespace segc
