// What the other tests take for the tiles of the schedules are those.

#include "Tiles.h"
#include "schedules/cuda/Gemm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace {

using segc::CudaTarget;
using segc::Precision;
using Numbers = std::array<int, 7>;

template <typename... Tiles> std::vector<Numbers> numbersOf(TileList<Tiles...>) {
  return {Numbers{Tiles::rows, Tiles::columns, Tiles::threadRows, Tiles::threadColumns,
                  Tiles::chunks, Tiles::stages, Tiles::slices}...};
}

/// Those of the schedules for a GPU that is called so.
std::vector<Numbers> tilesOf(const std::string &arch, Precision precision) {
  CudaTarget target = *CudaTarget::fromArch(arch);
  target.precision = precision;
  std::vector<Numbers> tiles;
  for (const segc::GemmTile &tile : segc::gemmTiles(target))
    tiles.push_back({tile.rows, tile.columns, tile.threadRows, tile.threadColumns, tile.chunks,
                     tile.stages, tile.slices});
  return tiles;
}

bool isAmong(const std::vector<Numbers> &tiles, const Numbers &tile) {
  return std::find(tiles.begin(), tiles.end(), tile) != tiles.end();
}

std::vector<Numbers> slicedOf(const std::vector<Numbers> &tiles) {
  std::vector<Numbers> sliced;
  for (const Numbers &tile : tiles)
    if (tile.back() > 1)
      sliced.push_back(tile);
  return sliced;
}

TEST(Tiles, AreThoseOfTheSchedules) {
  for (const std::string &arch : CudaTarget::knownArchs()) {
    SCOPED_TRACE(arch);
    EXPECT_EQ(numbersOf(CoreTiles()), tilesOf(arch, Precision::Float32));
  }
}

/// Every GPU has tiles of one list, or of both, and every tile is some GPU's.
TEST(Tiles, OfTensorCoresAreThoseOfTheSchedules) {
  const std::vector<Numbers> deep = numbersOf(TensorTiles());
  const std::vector<Numbers> shallow = numbersOf(ShallowTensorTiles());
  for (const Precision precision : {Precision::Tf32, Precision::Float16, Precision::BFloat16}) {
    SCOPED_TRACE(segc::nameOf(precision));
    EXPECT_EQ(tilesOf("sm_80", precision), deep);
    std::vector<Numbers> shallowOfSchedules;
    for (const Numbers &tile : tilesOf("sm_75", precision))
      if (!isAmong(deep, tile))
        shallowOfSchedules.push_back(tile);
    EXPECT_EQ(shallow, shallowOfSchedules);
    for (const std::string &arch : CudaTarget::knownArchs())
      for (const Numbers &tile : tilesOf(arch, precision))
        EXPECT_TRUE(isAmong(deep, tile) || isAmong(shallow, tile))
            << arch << ": " << testing::PrintToString(tile);
  }
}

TEST(Tiles, AreSlicedWhereTheListSaysSo) {
  EXPECT_EQ(numbersOf(SlicedCoreTiles()), slicedOf(numbersOf(CoreTiles())));
  EXPECT_EQ(numbersOf(SlicedTensorTiles()), slicedOf(numbersOf(TensorTiles())));
  EXPECT_EQ(slicedOf(numbersOf(ShallowTensorTiles())), std::vector<Numbers>());
}

} // namespace
