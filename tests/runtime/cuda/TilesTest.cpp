// What the other tests take for the tiles of the schedules are those.

#include "Tiles.h"
#include "schedules/cuda/Gemm.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using Numbers = std::array<int, 7>;

template <typename... Tiles> std::vector<Numbers> numbersOf(TileList<Tiles...>) {
  return {Numbers{Tiles::rows, Tiles::columns, Tiles::threadRows, Tiles::threadColumns,
                  Tiles::chunks, Tiles::stages, Tiles::slices}...};
}

TEST(Tiles, AreThoseOfTheSchedules) {
  std::vector<Numbers> ofSchedules;
  for (const segc::GemmTile &tile : segc::gemmTiles(*segc::CudaTarget::fromArch("emulated")))
    ofSchedules.push_back({tile.rows, tile.columns, tile.threadRows, tile.threadColumns,
                           tile.chunks, tile.stages, tile.slices});
  EXPECT_EQ(numbersOf(CoreTiles()), ofSchedules);
}

TEST(Tiles, AreSlicedWhereTheListSaysSo) {
  std::vector<Numbers> sliced;
  for (const Numbers &tile : numbersOf(CoreTiles()))
    if (tile.back() > 1)
      sliced.push_back(tile);
  EXPECT_EQ(numbersOf(SlicedCoreTiles()), sliced);
}

} // namespace
