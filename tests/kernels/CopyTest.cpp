// Copies, transposes, channel pieces and pads against loops over coordinates.

#include "schedules/cpu/Copy.h"
#include "tests/kernels/KernelRunner.h"

#include <numeric>

namespace segc {
namespace {

using test::denseView;
using test::KernelRunner;
using test::TestMap;

CpuTarget cpu() { return *CpuTarget::fromArch("x86-64-v4"); }

/// Copies `input` (a view over `memory`) densely and compares element by element.
template <typename From, typename To = From>
void checkCopy(CopySpec spec, const From *origin, View input) {
  spec.from = Halide::type_of<From>();
  spec.to = Halide::type_of<To>();
  std::vector<int> extents(input.extent, input.extent + spec.rank);
  size_t count = 1;
  for (int e : extents)
    count *= e;
  std::vector<To> result(count + 1, To(99));
  KernelRunner(buildCopy(spec, cpu()))({input, denseView(result.data(), extents)});
  std::vector<int> at(spec.rank);
  for (size_t i = 0; i < count; ++i) {
    ptrdiff_t offset = static_cast<From *>(input.data) - origin;
    size_t rest = i;
    for (int d = 0; d < spec.rank; ++d) {
      offset += ptrdiff_t(rest % extents[d]) * input.stride[d];
      rest /= extents[d];
    }
    ASSERT_EQ(result[i], To(origin[offset])) << i;
  }
  EXPECT_EQ(result[count], To(99));
}

TEST(Copy, Dense) {
  std::vector<float> data(10000);
  std::iota(data.begin(), data.end(), 0.25f);
  CopySpec spec;
  spec.rank = 1;
  checkCopy(spec, data.data(), denseView(data.data(), {9999}));
  checkCopy(spec, data.data(), denseView(data.data(), {3}));
  spec.rank = 3;
  checkCopy(spec, data.data(), denseView(data.data(), {37, 3, 5}));
  checkCopy<float, int64_t>(spec, data.data(), denseView(data.data(), {37, 3, 5}));
}

TEST(Copy, SlicesAndExpands) {
  std::vector<float> data(6000);
  std::iota(data.begin(), data.end(), 0.0f);
  CopySpec spec;
  spec.rank = 3;
  spec.contiguousDimension = -1;
  View view = denseView(data.data(), {20, 15, 20});
  view.data = &data[19 + 20 * 14];
  view.stride[0] = -2; // every second column backwards, rows backwards
  view.extent[0] = 10;
  view.stride[1] = -20;
  checkCopy(spec, data.data(), view);
  view = denseView(data.data(), {20, 15, 20});
  view.stride[0] = 0;
  view.stride[2] = 0;
  view.extent[0] = 33;
  checkCopy(spec, data.data(), view);
}

TEST(Copy, Transposes) {
  std::vector<int64_t> data(8000);
  std::iota(data.begin(), data.end(), 0);
  CopySpec spec;
  spec.rank = 4;
  for (int contiguous : {1, 2, 3}) {
    spec.contiguousDimension = contiguous;
    View view = denseView(data.data(), {19, 21, 3, 5});
    std::swap(view.stride[0], view.stride[contiguous]);
    std::swap(view.extent[0], view.extent[contiguous]);
    checkCopy(spec, data.data(), view);
  }
}

void checkChannels(int block, int channels, int source, int sourceBegin, int destination,
                   int destinationBegin) {
  SCOPED_TRACE(testing::Message() << channels << " of " << source << " at " << sourceBegin << " to "
                                  << destination << " at " << destinationBegin);
  ChannelCopySpec spec;
  spec.block = block;
  spec.channels = channels;
  spec.sourceChannels = source;
  spec.sourceBegin = sourceBegin;
  spec.destinationChannels = destination;
  spec.destinationBegin = destinationBegin;
  KernelRunner run(buildChannelCopy(spec, cpu()), cpu());
  TestMap<float> input(source, 3, 7, block, 0);
  input.randomize();
  TestMap<float> output(destination, 3, 7, block, 1);
  output.randomize(2);
  TestMap<float> before = output;
  run({input.input(), output.output()});
  for (int c = 0; c < channelBlocks(destination, block) * block; ++c)
    for (int y = 0; y < 3; ++y)
      for (int x = -1; x < 8; ++x) {
        float expected = before.at(c, y, x);
        int end = destinationBegin + channels;
        if (x >= 0 && x < 7) {
          if (c >= destinationBegin && c < end)
            expected = input.at(c - destinationBegin + sourceBegin, y, x);
          else if (c >= destination && end == destination)
            expected = 0;
        }
        ASSERT_EQ(output.at(c, y, x), expected) << c << "," << y << "," << x;
      }
}

TEST(ChannelCopy, WholeBlocks) {
  checkChannels(16, 32, 32, 0, 64, 32);
  checkChannels(16, 21, 21, 0, 37, 16);
  checkChannels(16, 16, 48, 16, 16, 0);
}

TEST(ChannelCopy, ShiftedChannels) {
  checkChannels(16, 24, 24, 0, 45, 21);
  checkChannels(16, 21, 21, 0, 45, 0);
  checkChannels(16, 5, 40, 19, 5, 0);
  checkChannels(16, 30, 64, 3, 70, 25);
  checkChannels(16, 3, 16, 13, 32, 7);
  checkChannels(8, 5, 12, 7, 20, 6);
}

TEST(ChannelCopy, Planar) { checkChannels(1, 3, 5, 1, 8, 4); }

int borderIndex(seg::PadMode mode, int i, int extent) {
  if (i >= 0 && i < extent)
    return i;
  if (mode == seg::PadMode::Constant)
    return -1;
  if (mode == seg::PadMode::Edge)
    return i < 0 ? 0 : extent - 1;
  return i < 0 ? -i : 2 * (extent - 1) - i;
}

constexpr seg::PadMode kModes[] = {seg::PadMode::Constant, seg::PadMode::Reflect,
                                   seg::PadMode::Edge};

TEST(Pad, FeatureMaps) {
  for (seg::PadMode mode : kModes)
    for (int block : {16, 1})
      for (int grow : {2, -1}) {
        PadSpec spec;
        spec.mode = mode;
        spec.value = 4.5f;
        spec.channels = 18;
        spec.block = block;
        constexpr int kHeight = 4, kWidth = 21;
        int top = grow, left = 2 * grow, height = kHeight + 2 * grow, width = kWidth + 3 * grow;
        TestMap<float> input(spec.channels, kHeight, kWidth, block, 1);
        input.randomize();
        auto output = TestMap<float>::makeOutput(spec.channels, height, width, block, 1);
        KernelRunner(buildPad(spec, cpu()))({input.input(), kWidth, top, left, output.output()});
        EXPECT_TRUE(output.onlyImageWritten());
        for (int c = 0; c < spec.channels; ++c)
          for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
              int iy = borderIndex(mode, y - top, kHeight);
              int ix = borderIndex(mode, x - left, kWidth);
              ASSERT_EQ(output.at(c, y, x), iy < 0 || ix < 0 ? spec.value : input.at(c, iy, ix));
            }
      }
}

TEST(Pad, Dense) {
  for (seg::PadMode mode : kModes) {
    DensePadSpec spec;
    spec.mode = mode;
    spec.value = -1;
    spec.rank = 3;
    std::vector<float> data(20 * 4 * 3), result(27 * 5 * 6);
    std::iota(data.begin(), data.end(), 0.0f);
    KernelRunner(buildDensePad(spec, cpu()))(
        {denseView(data.data(), {20, 4, 3}), 3, -1, 2, denseView(result.data(), {27, 5, 6})});
    for (int z = 0; z < 6; ++z)
      for (int y = 0; y < 5; ++y)
        for (int x = 0; x < 27; ++x) {
          int ix = borderIndex(mode, x - 3, 20), iy = borderIndex(mode, y + 1, 4);
          int iz = borderIndex(mode, z - 2, 3);
          float expected = ix < 0 || iy < 0 || iz < 0 ? -1 : data[(iz * 4 + iy) * 20 + ix];
          ASSERT_EQ(result[(z * 5 + y) * 27 + x], expected) << x << "," << y << "," << z;
        }
  }
}

} // namespace
} // namespace segc
