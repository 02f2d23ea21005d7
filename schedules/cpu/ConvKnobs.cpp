//===- ConvKnobs.cpp - the cost model of convolutions -----------*- C++ -*-===//

#include "schedules/cpu/Conv.h"

#include "schedules/cpu/ConvSchedules.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace segc {

bool isLegal(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target) {
  if (knobs.family == ConvFamily::Winograd)
    return isLegalWinograd(spec, knobs, target);
  if (knobs.family != familyOf(spec) || knobs.tileWidth < 1 || knobs.tileVectors < 1 ||
      knobs.rowsPerTask < 1 || knobs.blocksPerPass < 0)
    return false;
  // The tile may overrun its row by tileWidth - 1 columns, into the slack.
  if (knobs.tileWidth > 1 && (knobs.tileWidth - 1) * spec.strideW > kSlackColumns)
    return false;
  if (knobs.family != ConvFamily::Direct)
    return knobs.tileVectors == 1 && knobs.blocksPerPass == 0 && knobs.tileWidth <= 16;
  if (spec.groups > 1 && spec.channelsPerGroupOut() / spec.outputBlock % knobs.tileVectors)
    return false;
  const int registers = knobs.tileWidth * knobs.tileVectors + knobs.tileVectors +
                        (target.broadcastsFromMemory && knobs.tileVectors == 1 ? 0 : 1);
  return registers <= target.registers;
}

ConvKnobs defaultConvKnobs(const ConvSpec &spec, const CpuTarget &target, int nominalHeight,
                           int nominalWidth, bool winograd) {
  for (const ConvKnobs &knobs : candidateConvKnobs(spec, target, nominalHeight, nominalWidth))
    if (winograd || knobs.family != ConvFamily::Winograd)
      return knobs;
  return ConvKnobs();
}

namespace {

/// Bytes a cycle that one core gets from the third-level cache (measured).
constexpr double kFarBytesPerCycle = 8;
/// The same for the second level, of which some is hidden.
constexpr double kNearBytesPerCycle = 32;
/// Weights of a tile up to this size stay in the first-level cache.
constexpr double kFirstLevelBytes = 24 << 10;

/// The sizes that decide the cost of a direct convolution.
struct Layer {
  double height, width, blocks, taps, channels;
  Layer(const ConvSpec &spec, int height, int width)
      : height(height), width(width),
        blocks(std::ceil(double(spec.channelsPerGroupIn()) / spec.inputBlock)),
        taps(tapsInside(spec.kernelH, spec.strideH, spec.dilationH, spec.padTop, height) *
             tapsInside(spec.kernelW, spec.strideW, spec.dilationW, spec.padLeft, width)),
        channels(spec.channelsPerGroupIn()) {}

  /// Taps of one dimension that meet the image, on average over the output; the others are
  /// skipped. Padding is taken to be equal on both sides.
  static double tapsInside(int kernel, int stride, int dilation, int pad, int output) {
    const int input = (output - 1) * stride + dilation * (kernel - 1) + 1 - 2 * pad;
    double inside = 0;
    for (int k = 0; k < kernel; ++k)
      for (int o = 0; o < output; ++o) {
        const int i = o * stride + k * dilation - pad;
        inside += i >= 0 && i < input;
      }
    return inside / output;
  }
};

double ceilDiv(double a, double b) { return std::ceil(a / b); }

/// Estimated cycles of the whole layer on one core.
double cost(const ConvSpec &spec, const ConvKnobs &knobs, const CpuTarget &target,
            const Layer &layer) {
  const double blocksPerPass = knobs.blocksPerPass ? knobs.blocksPerPass : layer.blocks;
  const double passes = ceilDiv(layer.blocks, blocksPerPass);
  const double channelTiles = ceilDiv(spec.outputBlocks(), knobs.tileVectors);
  const double lanes = knobs.tileVectors * double(target.lanes);
  const double weightBytes = layer.channels * layer.taps * lanes * 4 / passes;

  const double tiles = layer.height * ceilDiv(layer.width, knobs.tileWidth) * channelTiles;
  const double steps = layer.channels * layer.taps;
  // Starting the loops over rows, columns and blocks of a tile, and storing it.
  const double loops = passes * (15 + 4.0 * spec.kernelH * spec.kernelW * blocksPerPass);
  const double stores = passes * (2.0 + (passes > 1 ? 3 : 0)) * knobs.tileWidth * knobs.tileVectors;
  double cycles = tiles * (steps * cyclesOfConvStep(knobs, weightBytes) + loops + stores);

  // Weights come from afar for every task, unless all of them fit the cache.
  const double tasks = ceilDiv(layer.height, knobs.rowsPerTask) * channelTiles;
  const double allWeights = weightBytes * passes * channelTiles;
  const double taskInput =
      layer.width * spec.strideW * spec.strideH * layer.channels / passes * 4 * knobs.rowsPerTask;
  const double cache = 0.6 * double(target.l2Bytes);
  const bool weightsStay = weightBytes + taskInput <= cache && allWeights + taskInput <= cache;
  cycles += (weightsStay ? allWeights : tasks * passes * weightBytes) / kFarBytesPerCycle;
  if (weightBytes > cache)
    cycles += tiles * weightBytes * passes / kFarBytesPerCycle;
  // Input rows come from afar once if they stay until the last tile of channels.
  const bool inputStays = taskInput + weightBytes <= cache;
  const double inputTasks = inputStays ? ceilDiv(layer.height, knobs.rowsPerTask) : tasks;
  cycles += inputTasks * passes * taskInput / kFarBytesPerCycle;
  // Sums that are stored and read again.
  cycles +=
      (passes - 1) * 2 * layer.height * layer.width * channelTiles * lanes * 4 / kNearBytesPerCycle;

  // Four threads share the tasks.
  const double rounds = ceilDiv(tasks, 4);
  return cycles * (0.5 + 0.5 * rounds * 4 / tasks);
}

/// Completes the knobs of a tile with the best passes and rows of a task.
double chooseTask(const ConvSpec &spec, ConvKnobs &knobs, const CpuTarget &target,
                  const Layer &layer) {
  ConvKnobs best = knobs;
  double bestCost = std::numeric_limits<double>::infinity();
  int lastPass = 0;
  for (int passes = 1; passes <= 16; passes *= 2) {
    knobs.blocksPerPass = passes == 1 ? 0 : static_cast<int>(ceilDiv(layer.blocks, passes));
    if (passes > 1 && (knobs.blocksPerPass * 2 > layer.blocks + 1 || knobs.blocksPerPass < 2 ||
                       knobs.blocksPerPass == lastPass))
      continue;
    lastPass = knobs.blocksPerPass;
    for (int tasks = 1; tasks <= layer.height; ++tasks) {
      knobs.rowsPerTask = static_cast<int>(ceilDiv(layer.height, tasks));
      const double c = cost(spec, knobs, target, layer);
      // Only a real gain is worth smaller tasks.
      if (c < bestCost * 0.999) {
        bestCost = c;
        best = knobs;
      }
    }
  }
  knobs = best;
  return bestCost;
}

} // namespace

// Fused multiply-adds issue two a cycle and take four; loads issue two a cycle at
// best. The rest was fitted to measurements.
double cyclesOfConvStep(const ConvKnobs &knobs, double weightBytes) {
  const double tile = double(knobs.tileWidth) * knobs.tileVectors;
  const double multiplyAdds = std::max(tile, 8.0) / 2;
  const double loads = 0.6 * (knobs.tileWidth + knobs.tileVectors);
  const double weights = weightBytes <= kFirstLevelBytes ? 0.25 : 0.75;
  return std::max(multiplyAdds, loads) + 0.5 + weights * knobs.tileVectors;
}

std::vector<ConvKnobs> candidateConvKnobs(const ConvSpec &spec, const CpuTarget &target,
                                          int nominalHeight, int nominalWidth) {
  const int height = std::max(1, nominalHeight), width = std::max(1, nominalWidth);
  std::vector<std::pair<double, ConvKnobs>> ranked;
  ConvKnobs knobs;
  knobs.family = familyOf(spec);
  if (knobs.family != ConvFamily::Direct) {
    const int parts =
        knobs.family == ConvFamily::Grouped ? spec.outputBlock / groupedLanes(spec) : 1;
    for (int tileWidth = 1; tileWidth <= 8; ++tileWidth) {
      knobs.tileWidth = tileWidth;
      if (tileWidth * parts > target.registers * 3 / 4 || !isLegal(spec, knobs, target))
        continue;
      const int tiles = (width + tileWidth - 1) / tileWidth;
      ranked.emplace_back(tiles * (tileWidth + 2.0), knobs);
      ranked.back().second.rowsPerTask =
          std::clamp(4096 / std::max(1, width), 1, std::max(1, height / 2));
    }
  } else {
    for (int vectors = 1; vectors <= 8; ++vectors)
      for (int tileWidth = 1; tileWidth <= 30; ++tileWidth) {
        knobs = ConvKnobs();
        knobs.tileVectors = vectors;
        knobs.tileWidth = tileWidth;
        if (vectors > spec.outputBlocks() || !isLegal(spec, knobs, target))
          continue;
        const double cycles = chooseTask(spec, knobs, target, Layer(spec, height, width));
        ranked.emplace_back(cycles, knobs);
      }
  }
  // Coarser rounding and four times the weights are worth a real gain only.
  if (auto winograd = bestWinogradKnobs(spec, target, height, width))
    ranked.emplace_back(winograd->first / 0.85, winograd->second);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  std::vector<ConvKnobs> candidates;
  candidates.reserve(ranked.size());
  for (const auto &[cost, candidate] : ranked)
    candidates.push_back(candidate);
  return candidates;
}

} // namespace segc
