// Views of a feature map reach the elements they should, and stay in its memory.

#include "segc_layout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace {

using segc::MapGeometry;
using segc::View;

/// The offset of an element of a view from its data.
int64_t at(const View &view, int64_t ci, int64_t x, int64_t y, int64_t cb) {
  const int64_t index[4] = {ci, x, y, cb};
  int64_t offset = 0;
  for (int d = 0; d < 4; ++d)
    offset += (index[d] - view.min[d]) * view.stride[d];
  return offset;
}

MapGeometry anyGeometry() {
  const auto small = [](int least, int most) { return *rc::gen::inRange(least, most + 1); };
  return {small(1, 40), small(1, 9), small(1, 17), *rc::gen::element(1, 4, 8, 16),
          small(0, 5),  small(0, 5)};
}

TEST(Layout, CountsElements) {
  const MapGeometry map = {20, 5, 7, 16, 2, 3};
  EXPECT_EQ(segc::blockCount(map), 2);
  EXPECT_EQ(segc::rowPitch(map), 12 * 16);
  EXPECT_EQ(segc::planeStride(map), 5 * 12 * 16);
  EXPECT_EQ(segc::imageStride(map), 2 * 5 * 12 * 16);
  EXPECT_EQ(segc::elementCount(map, 3), 3 * 2 * 5 * 12 * 16 + 64 * 16);
  EXPECT_EQ(segc::mapBytes<float>(map, 3), 4 * (3 * 2 * 5 * 12 * 16 + 64 * 16));
}

TEST(Layout, InputViewHasHaloAndSlack) {
  const MapGeometry map = {20, 5, 7, 16, 2, 3};
  std::vector<float> memory(static_cast<size_t>(segc::elementCount(map, 2)));
  const View view = segc::inputView(memory.data(), map, 1);
  EXPECT_EQ(view.data, memory.data() + segc::imageStride(map));
  const std::vector<int32_t> mins(view.min, view.min + 6), extents(view.extent, view.extent + 6);
  EXPECT_EQ(mins, (std::vector<int32_t>{0, -2, 0, 0, 0, 0}));
  EXPECT_EQ(extents, (std::vector<int32_t>{16, 2 + 7 + 3 + 64, 5, 2, 1, 1}));
  EXPECT_EQ(view.stride[0], 1);
  EXPECT_EQ(view.stride[1], 16);
  EXPECT_EQ(view.stride[2], 12 * 16);
  EXPECT_EQ(view.stride[3], 5 * 12 * 16);
}

RC_GTEST_PROP(Layout, InputAndOutputMeetInTheImage, ()) {
  const MapGeometry map = anyGeometry();
  const int64_t batch = *rc::gen::inRange(1, 4);
  RC_ASSERT(segc::fitsView(map));
  const int64_t count = segc::elementCount(map, batch);
  std::vector<float> memory(static_cast<size_t>(count));
  for (int64_t image = 0; image < batch; ++image) {
    const View input = segc::inputView(memory.data(), map, image);
    const View output = segc::outputView(memory.data(), map, image);
    const int64_t inputAt = static_cast<float *>(input.data) - memory.data();
    const int64_t outputAt = static_cast<float *>(output.data) - memory.data();
    const int32_t lastBlock = segc::blockCount(map) - 1;
    for (int32_t y : {0, map.height - 1})
      for (int32_t x : {0, map.width - 1})
        for (int32_t cb : {0, lastBlock})
          RC_ASSERT(inputAt + at(input, 0, x, y, cb) == outputAt + at(output, 0, x, y, cb));
    // The last element that the input view promises to be readable.
    const int64_t last =
        at(input, map.block - 1, input.min[1] + input.extent[1] - 1, map.height - 1, lastBlock);
    RC_ASSERT(inputAt + last < count);
  }
}

RC_GTEST_PROP(Layout, SlicesTileTheMap, ()) {
  const MapGeometry map = anyGeometry();
  std::vector<float> memory(static_cast<size_t>(segc::elementCount(map, 2)));
  const View whole = segc::outputView(memory.data(), map, 1);
  const int32_t blocks = segc::blockCount(map);
  for (int32_t first = 0; first < blocks; ++first) {
    const View slice = segc::outputSlice(memory.data(), map, first, blocks - first, 1);
    RC_ASSERT(slice.extent[3] == blocks - first);
    RC_ASSERT(static_cast<float *>(slice.data) ==
              static_cast<float *>(whole.data) + at(whole, 0, 0, 0, first));
  }
}

RC_GTEST_PROP(Layout, ClearHaloClearsTheHaloAndNothingElse, ()) {
  const MapGeometry map = anyGeometry();
  const int64_t batch = *rc::gen::inRange(1, 4);
  std::vector<float> memory(static_cast<size_t>(segc::elementCount(map, batch)), 1.0f);
  segc::clearHalo(memory.data(), map, batch);
  size_t next = 0;
  for (int64_t row = 0; row < batch * segc::blockCount(map) * map.height; ++row)
    for (int32_t x = -map.left; x < map.width + map.right; ++x)
      for (int32_t c = 0; c < map.block; ++c)
        RC_ASSERT(memory[next++] == (x < 0 || x >= map.width ? 0.0f : 1.0f));
  for (; next < memory.size(); ++next)
    RC_ASSERT(memory[next] == 1.0f);
}

TEST(Layout, DenseMapIsTheCallersMemory) {
  std::vector<float> memory(2 * 3 * 4 * 5);
  const View view = segc::denseMapView(memory.data(), 3, 4, 5, 1);
  EXPECT_EQ(view.data, memory.data() + 60);
  const std::vector<int32_t> extents(view.extent, view.extent + 4);
  EXPECT_EQ(extents, (std::vector<int32_t>{1, 5, 4, 3})); // no halo, no slack
  EXPECT_EQ(at(view, 0, 4, 3, 2), 59);
}

TEST(Layout, DenseViewReversesDimensions) {
  std::vector<float> memory(24);
  const int64_t extents[3] = {2, 3, 4};
  const View view = segc::denseView(memory.data(), extents, 3);
  EXPECT_EQ(std::vector<int32_t>(view.extent, view.extent + 6),
            (std::vector<int32_t>{4, 3, 2, 1, 1, 1}));
  EXPECT_EQ(std::vector<int32_t>(view.stride, view.stride + 3), (std::vector<int32_t>{1, 4, 12}));
}

TEST(Layout, RefusesWhatInt32CannotReach) {
  EXPECT_TRUE(segc::fitsView({64, 1000, 1000, 16, 1, 1}));
  EXPECT_FALSE(segc::fitsView({2048, 2048, 2048, 16, 1, 1}));
  EXPECT_FALSE(segc::fitsView({INT32_MAX, INT32_MAX, INT32_MAX, 1, INT32_MAX, INT32_MAX}));
  constexpr int32_t kMost = static_cast<int32_t>(segc::kMostElements) - MapGeometry::slackColumns;
  EXPECT_TRUE(segc::fitsView({1, 1, kMost, 1, 0, 0}));
  EXPECT_FALSE(segc::fitsView({1, 1, kMost + 1, 1, 0, 0}));
  EXPECT_FALSE(segc::fitsView({0, 4, 4, 1, 0, 0}));
  EXPECT_FALSE(segc::fitsView({3, 4, 4, 1, -1, 0}));
  EXPECT_EQ(segc::elementCount({INT32_MAX, INT32_MAX, INT32_MAX, 1, 0, 0}), -1);
  EXPECT_EQ(segc::mapBytes<float>({INT32_MAX, INT32_MAX, INT32_MAX, 1, 0, 0}), -1);
}

} // namespace
