//===- Tiles.h - the tiles of matrix products, as templates want them -------===//
//
// Lists of types that tests run a template of the runtime for, one type after the other.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_RUNTIME_CUDA_TILES_H
#define SEGC_TESTS_RUNTIME_CUDA_TILES_H

/// How a block's sums are cut; runtime/segc_cuda_sums.h says what is what.
template <int rows_, int columns_, int threadRows_, int threadColumns_, int chunks_, int stages_,
          int slices_>
struct Tile {
  static constexpr int rows = rows_, columns = columns_;
  static constexpr int threadRows = threadRows_, threadColumns = threadColumns_;
  static constexpr int chunks = chunks_, stages = stages_, slices = slices_;
};

template <typename... Tiles> struct TileList {};

/// Those of the schedules, on CUDA cores (gemmTiles() of schedules/cuda/Gemm.h): TilesTest.cpp
/// holds them together.
using CoreTiles =
    TileList<Tile<128, 128, 8, 8, 4, 3, 1>, Tile<128, 64, 8, 8, 4, 3, 1>,
             Tile<64, 128, 8, 8, 4, 3, 1>, Tile<64, 64, 8, 4, 4, 3, 1>, Tile<64, 32, 4, 4, 4, 3, 1>,
             Tile<32, 64, 4, 4, 4, 3, 2>, Tile<32, 32, 4, 4, 4, 4, 2>, Tile<128, 32, 8, 4, 4, 3, 1>,
             Tile<128, 16, 4, 2, 4, 3, 1>, Tile<128, 8, 4, 1, 4, 3, 1>, Tile<32, 16, 4, 2, 8, 4, 4>,
             Tile<16, 32, 2, 4, 8, 4, 4>>;

/// For tests of what has little to do with the tile: one slice and wide rows of sums, several
/// slices and wide rows of operands.
using FewCoreTiles = TileList<Tile<64, 32, 4, 4, 4, 3, 1>, Tile<16, 32, 2, 4, 8, 4, 4>>;

/// Of the schedules', the ones whose sums are added up over slices.
using SlicedCoreTiles = TileList<Tile<32, 64, 4, 4, 4, 3, 2>, Tile<32, 32, 4, 4, 4, 4, 2>,
                                 Tile<32, 16, 4, 2, 8, 4, 4>, Tile<16, 32, 2, 4, 8, 4, 4>>;

/// Those of the schedules on tensor cores, where a block has 99 KB of shared memory, and those that
/// are cut otherwise where it has 48 KB.
using TensorTiles =
    TileList<Tile<128, 128, 8, 8, 8, 3, 1>, Tile<128, 64, 8, 8, 8, 3, 1>,
             Tile<64, 128, 8, 8, 8, 3, 1>, Tile<64, 64, 4, 8, 8, 3, 1>, Tile<64, 32, 4, 4, 8, 3, 1>,
             Tile<32, 64, 4, 8, 8, 3, 2>, Tile<32, 32, 4, 4, 8, 3, 2>, Tile<128, 32, 4, 8, 8, 3, 1>,
             Tile<128, 16, 4, 4, 8, 3, 1>>;
using ShallowTensorTiles = TileList<Tile<128, 128, 4, 8, 4, 3, 1>, Tile<128, 64, 4, 8, 4, 3, 1>,
                                    Tile<64, 128, 4, 8, 4, 3, 1>, Tile<128, 32, 4, 8, 4, 3, 1>,
                                    Tile<128, 16, 4, 4, 4, 3, 1>>;

/// As above; shallow steps, and slices.
using FewTensorTiles = TileList<Tile<128, 16, 4, 4, 4, 3, 1>, Tile<32, 64, 4, 8, 8, 3, 2>>;
using SlicedTensorTiles = TileList<Tile<32, 64, 4, 8, 8, 3, 2>, Tile<32, 32, 4, 4, 8, 3, 2>>;

#endif // SEGC_TESTS_RUNTIME_CUDA_TILES_H
