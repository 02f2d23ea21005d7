//===- Gemm.cpp - how matrix products are cut on a GPU ----------*- C++ -*-===//

#include "schedules/cuda/Gemm.h"

#include <algorithm>

using namespace Halide;

namespace segc {
namespace {

/// Threads of a multiprocessor that hide the latency of its arithmetic and its shared memory.
constexpr double kBusyThreads = 256;
/// What a multiprocessor's registers hold at once, at 128 of them a thread.
constexpr int64_t kResidentThreads = 512;
constexpr int kChunkBytes = 16;

int64_t threadsOf(const GemmTile &tile) {
  return int64_t{tile.rows} * tile.columns / (tile.threadRows * tile.threadColumns) * tile.slices;
}

/// Cycles of the busiest multiprocessor, in no unit.
double timeOf(const GemmTile &tile, const GemmSize &size, const CudaTarget &target) {
  auto parts = [](int64_t whole, int64_t part) { return (whole + part - 1) / part; };
  const int64_t blocks =
      parts(size.rows, tile.rows) * parts(size.columns, tile.columns) * size.batch;
  const int64_t threads = threadsOf(tile);
  // Blocks that one multiprocessor runs, and those of them at a time.
  const int64_t inAll = parts(blocks, target.multiprocessors);
  const int64_t atOnce = std::min(inAll, std::max<int64_t>(1, kResidentThreads / threads));
  const double busy = std::min(1.0, static_cast<double>(atOnce * threads) / kBusyThreads);
  // A chunk's products, and its loads from shared memory: one for each row and column.
  const double products = 4.0 * tile.threadRows * tile.threadColumns;
  const double loads = tile.threadRows + tile.threadColumns;
  const double efficiency = products / (products + 4 * loads);
  // A block begins and ends once, which costs about as much as so many steps.
  const double step = 4.0 * tile.chunks;
  const double steps = static_cast<double>(parts(size.summed, static_cast<int64_t>(step))) + 4;
  return static_cast<double>(inAll) * tile.rows * tile.columns * steps * step / efficiency / busy;
}

/// The class of the runtime that adds products of this precision up.
const char *sumsOf(Precision precision) {
  switch (precision) {
  case Precision::Float32:
    return "segc::CoreSums";
  case Precision::Tf32:
    return "segc::Tf32Sums";
  case Precision::Float16:
    return "segc::HalfSums";
  case Precision::BFloat16:
    return "segc::BFloat16Sums";
  }
  return "";
}

} // namespace

std::vector<GemmTile> gemmTiles(const CudaTarget &target) {
  if (target.precision == Precision::Float32)
    return {
        {128, 128, 8, 8, 4, 3, 1}, {128, 64, 8, 8, 4, 3, 1}, {64, 128, 8, 8, 4, 3, 1},
        {64, 64, 8, 4, 4, 3, 1},   {64, 32, 4, 4, 4, 3, 1},  {32, 64, 4, 4, 4, 3, 2},
        {32, 32, 4, 4, 4, 4, 2},   {128, 32, 8, 4, 4, 3, 1}, {128, 16, 4, 2, 4, 3, 1},
        {128, 8, 4, 1, 4, 3, 1},   {32, 16, 4, 2, 8, 4, 4},  {16, 32, 2, 4, 8, 4, 4},
    };
  // Fragments of tensor cores: rows and columns of threads in twos and fours. Deep steps where
  // there is memory for them.
  std::vector<GemmTile> tiles = {
      {128, 128, 8, 8, 8, 3, 1}, {128, 64, 8, 8, 8, 3, 1}, {64, 128, 8, 8, 8, 3, 1},
      {64, 64, 4, 8, 8, 3, 1},   {64, 32, 4, 4, 8, 3, 1},  {32, 64, 4, 8, 8, 3, 2},
      {32, 32, 4, 4, 8, 3, 2},   {128, 32, 4, 8, 8, 3, 1}, {128, 16, 4, 4, 8, 3, 1},
  };
  for (GemmTile &tile : tiles) {
    if ((tile.rows + tile.columns) * tile.chunks * kChunkBytes * tile.stages > target.sharedBytes)
      tile.chunks = 4;
    // Without copies beside the arithmetic, chunks on their way take registers.
    if (!target.copiesBeside)
      tile.threadRows = std::min(tile.threadRows, 4);
  }
  return tiles;
}

GemmTile chooseGemmTile(const GemmSize &size, const CudaTarget &target) {
  const std::vector<GemmTile> tiles = gemmTiles(target);
  return *std::min_element(tiles.begin(), tiles.end(), [&](const GemmTile &a, const GemmTile &b) {
    return timeOf(a, size, target) < timeOf(b, size, target);
  });
}

RuntimeSums runtimeSums(const std::string &function, const GemmTile &tile, const ImageParam &image,
                        Func finish, const CudaTarget &target) {
  RuntimeSums sums;
  sums.function = function;
  sums.sums = sumsOf(target.precision);
  sums.tile = tile;
  sums.image = image.name();
  for (const Var &dimension : finish.args()) {
    finish.parallel(dimension);
    sums.dimensions.push_back(dimension.name());
  }
  return sums;
}

} // namespace segc
