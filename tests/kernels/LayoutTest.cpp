// Layout conversions move every element, write nothing else and read no poison.

#include "schedules/cpu/Layout.h"
#include "schedules/cpu/ChannelsLast.h"
#include "tests/kernels/KernelRunner.h"

namespace segc {
namespace {

using test::KernelRunner;
using test::TestMap;

template <typename T>
void check(int channels, int height, int width, int from, int to, int lanes = 16) {
  SCOPED_TRACE(testing::Message() << channels << "x" << height << "x" << width << " from " << from
                                  << " to " << to);
  LayoutSpec spec;
  spec.type = Halide::type_of<T>();
  spec.channels = channels;
  spec.fromBlock = from;
  spec.toBlock = to;
  CpuTarget target = *CpuTarget::fromArch(lanes == 16 ? "x86-64-v4" : "x86-64-v3");
  KernelRunner run(buildLayout(spec, target), target);
  TestMap<T> input(channels, height, width, from, 0, from == 1 ? 0 : kSlackColumns);
  input.randomize(1, -1000, 1000);
  auto output = TestMap<T>::makeOutput(channels, height, width, to, 3);
  run({input.input(), output.output()});
  EXPECT_TRUE(output.onlyImageWritten());
  for (int c = 0; c < channelBlocks(channels, to) * to; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        if (c < channels)
          ASSERT_EQ(output.at(c, y, x), input.at(c, y, x)) << c << "," << y << "," << x;
        else
          ASSERT_TRUE(output.at(c, y, x) == output.at(c, y, x)) << "padding is not finite";
      }
}

TEST(Layout, PlanarToBlocked) {
  check<float>(21, 3, 37, 1, 16);
  check<float>(3, 2, 1, 1, 16);
  check<float>(12, 3, 16, 1, 8, 8);
  check<int>(17, 3, 18, 1, 16);
}

TEST(Layout, BlockedToPlanar) {
  check<float>(21, 3, 37, 16, 1);
  check<float>(3, 2, 1, 16, 1);
  check<float>(12, 3, 16, 8, 1, 8);
  check<int>(17, 3, 18, 16, 1);
}

TEST(Layout, SameLayout) {
  check<float>(3, 3, 37, 1, 1);
  check<float>(3, 3, 2, 1, 1);
  check<float>(20, 3, 7, 16, 16);
}

/// From [H, W, C] to a map, or back.
template <typename T>
void checkChannelsLast(int channels, int height, int width, int block, bool toMap, int lanes = 16) {
  SCOPED_TRACE(testing::Message() << channels << "x" << height << "x" << width << " block " << block
                                  << (toMap ? " to a map" : " from a map"));
  ChannelsLastSpec spec;
  spec.type = Halide::type_of<T>();
  spec.channels = channels;
  spec.block = block;
  spec.toMap = toMap;
  CpuTarget target = *CpuTarget::fromArch(lanes == 16 ? "x86-64-v4" : "x86-64-v3");
  KernelRunner run(buildChannelsLast(spec, target), target);
  // A dense image lies as planes [H][W, C] do.
  TestMap<T> image(height, width, channels, 1, 0, 0);
  image.randomize(1, -1000, 1000);
  auto map = toMap ? TestMap<T>::makeOutput(channels, height, width, block, 3)
                   : TestMap<T>(channels, height, width, block, 1);
  if (!toMap)
    map.randomize(2, -1000, 1000);
  toMap ? run({image.input(), map.output()}) : run({map.input(), image.output()});
  EXPECT_TRUE((toMap ? map : image).onlyImageWritten());
  for (int c = 0; c < channelBlocks(channels, block) * block; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        if (c < channels)
          ASSERT_EQ(map.at(c, y, x), image.at(y, x, c)) << c << "," << y << "," << x;
        else
          ASSERT_TRUE(map.at(c, y, x) == map.at(c, y, x)) << "padding is not finite";
      }
}

TEST(Layout, FromChannelsLast) {
  checkChannelsLast<float>(21, 3, 37, 16, true);
  checkChannelsLast<float>(12, 3, 16, 8, true, 8);
  checkChannelsLast<uint8_t>(3, 2, 19, 1, true);
}

TEST(Layout, ToChannelsLast) {
  checkChannelsLast<float>(21, 3, 37, 16, false);
  checkChannelsLast<float>(3, 2, 1, 16, false);
  checkChannelsLast<float>(12, 3, 16, 8, false, 8);
  checkChannelsLast<int64_t>(1, 2, 19, 1, false);
}

} // namespace
} // namespace segc
