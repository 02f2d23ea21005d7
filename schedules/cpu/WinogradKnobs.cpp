//===- WinogradKnobs.cpp - the cost model of Winograd convolutions -*- C++ -*-===//

#include "compiler/kernels/Winograd.h"

#include "schedules/cpu/Conv.h"
#include "schedules/cpu/ConvSchedules.h"

#include <algorithm>
#include <cmath>

namespace segc {
namespace {

/// Scratch memory of all workers, unless four of them take more; and of one.
constexpr int64_t kMostScratchBytes = int64_t{32} << 20;
constexpr int64_t kMostBlockBytes = int64_t{8} << 20;
/// Bytes a cycle that one core gets from the third-level cache (measured).
constexpr double kFarBytesPerCycle = 8;
/// Cycles of transforming the input and the output of a tile, for a vector of channels
/// (measured; most of the first are misses of its 36 stores).
constexpr double kInputCycles = 500;
constexpr double kOutputCycles = 150;

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Winograd tiles of an output.
int64_t tilesOf(const ConvSpec &spec, int height, int width) {
  return ceilDiv(ceilDiv(width, spec.dilationW), winograd::kOutputs) *
         ceilDiv(ceilDiv(height, spec.dilationH), winograd::kOutputs) * spec.dilationW *
         spec.dilationH;
}

} // namespace

bool isLegalWinograd(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target) {
  const int registers = knobs.tileWidth * knobs.tileVectors + knobs.tileVectors +
                        (target.broadcastsFromMemory ? 0 : 1);
  return fitsWinograd(spec) && knobs.tileWidth >= 1 && knobs.tileVectors >= 1 &&
         knobs.rowsPerTask >= 1 && knobs.blocksPerPass == 0 && knobs.channelTilesPerTask >= 0 &&
         knobs.workers >= 1 && knobs.workers % winogradParts(spec, knobs) == 0 &&
         registers <= target.registers;
}

namespace {

/// Iterations of the parallel loop: enough for many threads, few enough for their memory.
int workersOf(const ConvSpec &spec, const ConvKnobs &knobs, int64_t blocks) {
  const int parts = winogradParts(spec, knobs);
  const int64_t fitting = kMostScratchBytes / (winogradScratch(spec, knobs) * 4);
  const int64_t workers = std::clamp<int64_t>(fitting, 4, 16) / parts;
  return static_cast<int>(std::clamp<int64_t>(workers, 1, blocks)) * parts;
}

/// Estimated cycles of the whole layer on one core, in the terms of directConvCost().
double cost(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target, int64_t tiles) {
  const int parts = winogradParts(spec, knobs);
  const double channels = spec.inputChannels;
  const double channelTiles = double(ceilDiv(spec.outputBlocks(), knobs.tileVectors));
  const double registerTiles = double(ceilDiv(tiles, knobs.tileWidth));
  const double blocks = double(ceilDiv(tiles, int64_t{knobs.tileWidth} * knobs.rowsPerTask));

  // The products: per step as in a direct convolution; filling and storing a register tile.
  const double step = cyclesOfConvStep(knobs, channels * knobs.tileVectors * target.lanes * 4);
  const double store = 20 + 2.0 * knobs.tileWidth * knobs.tileVectors;
  double cycles = winograd::kPositions * registerTiles * channelTiles * (channels * step + store);
  // Weights come from the third-level cache once a block, V once a channel tile if it does not
  // stay in the second.
  const double weightBytes =
      4.0 * winograd::kPositions * channels * channelTiles * knobs.tileVectors * target.lanes;
  cycles += blocks * weightBytes / kFarBytesPerCycle;
  const double blockBytes = 4.0 * double(winogradScratch(spec, knobs));
  if (blockBytes > 0.75 * double(target.l2Bytes))
    cycles += blocks * blockBytes * channelTiles / kFarBytesPerCycle / 2;
  // The transforms, a vector of channels at a time.
  cycles += double(tiles) * (kInputCycles * parts * spec.inputBlocks() +
                             kOutputCycles * channelTiles * knobs.tileVectors);

  // Four threads share the tasks.
  const double tasks = blocks * parts;
  const double rounds = std::ceil(tasks / 4);
  return cycles * (0.5 + 0.5 * rounds * 4 / tasks);
}

} // namespace

std::optional<std::pair<double, ConvKnobs>>
bestWinogradKnobs(const ConvSpec &spec, const CpuTarget &target, int height, int width) {
  if (!fitsWinograd(spec))
    return std::nullopt;
  const int64_t tiles = tilesOf(spec, height, width);
  std::optional<std::pair<double, ConvKnobs>> best;
  ConvKnobs knobs;
  knobs.family = ConvFamily::Winograd;
  for (knobs.tileVectors = 1; knobs.tileVectors <= std::min(6, spec.outputBlocks());
       ++knobs.tileVectors)
    for (knobs.tileWidth = 1; knobs.tileWidth <= 16; ++knobs.tileWidth) {
      const int channelTiles = static_cast<int>(ceilDiv(spec.outputBlocks(), knobs.tileVectors));
      const int64_t registerTiles = ceilDiv(tiles, knobs.tileWidth);
      int lastRows = 0;
      for (int64_t blocks = 1; blocks <= registerTiles;
           blocks += std::max<int64_t>(1, blocks / 4)) {
        knobs.rowsPerTask = static_cast<int>(ceilDiv(registerTiles, blocks));
        if (knobs.rowsPerTask == lastRows)
          continue;
        lastRows = knobs.rowsPerTask;
        for (int parts = 1; parts <= std::min(8, channelTiles); parts *= 2) {
          knobs.channelTilesPerTask = static_cast<int>(ceilDiv(channelTiles, parts));
          knobs.workers = workersOf(spec, knobs, blocks);
          if (!isLegalWinograd(spec, knobs, target) ||
              winogradScratch(spec, knobs) * 4 > kMostBlockBytes)
            continue;
          const double cycles = cost(spec, knobs, target, tiles);
          if (!best || cycles < best->first * 0.999)
            best = {cycles, knobs};
        }
      }
    }
  return best;
}

} // namespace segc
