//===- Winograd.cpp - 3x3 convolution with fewer multiplications -*- C++ -*-===//

#include "compiler/kernels/Winograd.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

using namespace Halide;

namespace segc {

// The interpolation points are 0, 1, -1, 2, -2 and infinity.
namespace winograd {
const double kInputTransform[kInputs][kInputs] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                                  {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                                  {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
const double kOutputTransform[kOutputs][kInputs] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};
} // namespace winograd

namespace {

using namespace winograd;

/// The scalar product of a row of a transform with `values`.
Expr combine(const double *row, const std::function<Expr(int)> &values) {
  Expr sum;
  for (int k = 0; k < kInputs; ++k) {
    if (row[k] == 0)
      continue;
    const Expr value = values(k);
    const bool plain = std::abs(row[k]) == 1, negative = row[k] < 0;
    if (!sum.defined())
      sum = plain ? (negative ? -value : value) : value * static_cast<float>(row[k]);
    else if (plain)
      sum = negative ? sum - value : sum + value;
    else
      sum = sum + value * static_cast<float>(row[k]);
  }
  return sum;
}

Expr ceilDiv(Expr a, int b) { return b == 1 ? a : (a + (b - 1)) / b; }

Expr maskOf(Expr condition) {
  return select(condition, cast<uint32_t>(Expr(0xffffffffu)), cast<uint32_t>(0));
}

/// `value` where the mask is all ones, else zero (whatever the value: it may be NaN).
Expr masked(Expr value, Expr mask) {
  return reinterpret<float>(reinterpret<uint32_t>(value) & mask);
}

/// The first output of a tile exists and needs that many columns of its input.
constexpr int kAlwaysRead = 3;

/// Floats of scratch memory that one worker needs: V of a block, M of a tile of channels.
template <typename Int>
Int scratchFloats(const ConvSpec &spec, const ConvKnobs &knobs, Int rowsPerTask, Int inputBlocks) {
  return rowsPerTask * (kPositions * knobs.tileWidth) *
         (inputBlocks * spec.inputBlock + knobs.tileVectors * spec.outputBlock);
}

/// Extents that follow from the arguments.
struct Extents {
  Expr width, height, tilesX, tilesY, tiles, blocks;
  Expr tilesPerTask, channelTiles, parts, workersPerPart;

  Extents(const ConvSpec &spec, const ConvKnobs &knobs, const WinogradAlgorithm &a) {
    width = a.output.output_buffer().dim(1).extent();
    height = a.output.output_buffer().dim(2).extent();
    tilesX = ceilDiv(ceilDiv(width, spec.dilationW), kOutputs);
    tilesY = ceilDiv(ceilDiv(height, spec.dilationH), kOutputs);
    tiles = tilesX * tilesY * (spec.dilationH * spec.dilationW);
    tilesPerTask = knobs.tileWidth * a.rowsPerTask;
    channelTiles = ceilDiv(a.outputBlocks, knobs.tileVectors);
    parts = (channelTiles + a.channelTilesPerTask - 1) / a.channelTilesPerTask;
    blocks = (tiles + tilesPerTask - 1) / tilesPerTask;
    workersPerPart = a.workers / parts;
  }

  /// The number of a tile of a block; those behind the last one repeat it.
  Expr tile(const ConvKnobs &knobs, Expr block, Expr to, Expr ti) const {
    return block * tilesPerTask + to * knobs.tileWidth + ti;
  }
};

/// Where the tiles of a task lie.
void locateTiles(const ConvSpec &spec, const ConvKnobs &knobs, const Extents &e,
                 WinogradAlgorithm &a) {
  Expr tile = min(e.tile(knobs, a.tileBlock, a.to, a.ti), e.tiles - 1);
  Expr rowOfTiles = tile / e.tilesX;
  Expr tileX = tile % e.tilesX * (kOutputs * spec.dilationW) + rowOfTiles % spec.dilationW;
  rowOfTiles = rowOfTiles / spec.dilationW;
  Expr tileY = rowOfTiles % e.tilesY * (kOutputs * spec.dilationH) + rowOfTiles / e.tilesY;
  a.tileX(a.ti, a.to, a.tileBlock) = tileX;
  a.tileY(a.ti, a.to, a.tileBlock) = tileY;

  // Columns in the halo are zero; those behind it, which no output needs, are not.
  auto column = [&](Expr i) { return tileX + i * spec.dilationW - spec.padLeft; };
  Expr lastColumn = e.width - 1 + 2 * spec.dilationW - spec.padLeft;
  a.column(a.i, a.ti, a.to, a.tileBlock) = clamp(column(a.i), -spec.padLeft, lastColumn);
  a.columnMask(a.i, a.ti, a.to, a.tileBlock) = maskOf(column(a.i + kAlwaysRead) <= lastColumn);
  Expr row = tileY + a.i * spec.dilationH - spec.padTop;
  Expr lastRow = a.input.dim(2).extent() - 1;
  a.row(a.i, a.ti, a.to, a.tileBlock) = clamp(row, 0, lastRow);
  a.rowMask(a.i, a.ti, a.to, a.tileBlock) = maskOf(row >= 0 && row <= lastRow);
}

/// V = B^T d B.
void transformInput(const ConvSpec &spec, const ConvKnobs &knobs, const Extents &e,
                    WinogradAlgorithm &a) {
  auto pixel = [&](int column, Expr row) {
    Expr value = a.input(a.ci, a.column(column, a.ti, a.to, a.tileBlock),
                         a.row(row, a.ti, a.to, a.tileBlock), a.cb);
    return column < kAlwaysRead
               ? value
               : masked(value, a.columnMask(column - kAlwaysRead, a.ti, a.to, a.tileBlock));
  };
  std::vector<Expr> values;
  for (const auto &coefficients : kInputTransform)
    values.push_back(combine(coefficients, [&](int k) { return pixel(k, a.j); }));
  a.halfInput(a.ci, a.i, a.j, a.ti, a.to, a.cb, a.tileBlock) =
      masked(mux(a.i, values), a.rowMask(a.j, a.ti, a.to, a.tileBlock));

  a.inputTiles = RDom(0, a.rowsPerTask, "register_tile");
  a.inputTiles.where(e.tile(knobs, a.tileBlock, a.inputTiles, 0) < e.tiles);
  values.clear();
  // Six values, of the column that the position means: 36 would be carried 36 times through
  // Halide's passes.
  for (const auto &vertical : kInputTransform)
    values.push_back(combine(vertical, [&](int k) {
      return a.halfInput(a.ci, a.position % kInputs, k, a.ti, a.inputTiles, a.cb, a.tileBlock);
    }));
  a.transformed(a.ci, a.ti, a.to, a.cb, a.position, a.tileBlock) = undef<float>();
  a.transformed(a.ci, a.ti, a.inputTiles, a.cb, a.position, a.tileBlock) =
      mux(a.position / kInputs, values);
}

/// M = U V, register tile by register tile.
void multiply(const ConvSpec &spec, const ConvKnobs &knobs, const Extents &e,
              WinogradAlgorithm &a) {
  a.channels = RDom(0, spec.inputBlock, 0, a.inputBlocks, "channel");
  RVar channel = a.channels.x, block = a.channels.y;
  a.channels.where(channel + block * spec.inputBlock < a.inputChannels);
  a.sum(a.ci, a.t, a.ti, a.to, a.position, a.ct, a.tileBlock) = 0.0f;
  // The three outer dimensions in one: the strides of a constant are known when it is compiled.
  Expr row = (a.ct * kPositions + a.position) * a.inputBlocks + block;
  a.sum(a.ci, a.t, a.ti, a.to, a.position, a.ct, a.tileBlock) +=
      a.weights(a.ci, a.t, channel, row) *
      a.transformed(channel, a.ti, a.to, block, a.position, a.tileBlock);

  a.productTiles = RDom(0, a.rowsPerTask, "register_tile");
  a.productTiles.where(e.tile(knobs, a.tileBlock, a.productTiles, 0) < e.tiles);
  a.products(a.ci, a.t, a.ti, a.to, a.position, a.ct, a.tileBlock) = undef<float>();
  a.products(a.ci, a.t, a.ti, a.productTiles, a.position, a.ct, a.tileBlock) =
      a.sum(a.ci, a.t, a.ti, a.productTiles, a.position, a.ct, a.tileBlock);
}

/// Y = A^T M A, and the epilogue where the output exists.
void transformOutput(const ConvSpec &spec, const ConvKnobs &knobs, const Extents &e,
                     WinogradAlgorithm &a) {
  using A = WinogradAlgorithm;
  std::vector<Expr> values;
  for (const auto &coefficients : kOutputTransform)
    values.push_back(combine(coefficients, [&](int k) {
      return a.products(a.ci, a.t, a.ti, a.to, k + a.j * kInputs, a.ct, a.tileBlock);
    }));
  a.halfOutput(a.ci, a.i, a.j, a.t, a.ti, a.to, a.ct, a.tileBlock) = mux(a.i, values);
  values.clear();
  for (const auto &coefficients : kOutputTransform)
    values.push_back(combine(coefficients, [&](int k) {
      return a.halfOutput(a.ci, a.i, k, a.t, a.ti, a.to, a.ct, a.tileBlock);
    }));
  a.pixels(a.ci, a.i, a.j, a.t, a.ti, a.to, a.ct, a.tileBlock) = mux(a.j, values);

  a.loops = RDom({{0, kOutputs},
                  {0, kOutputs},
                  {0, knobs.tileVectors},
                  {0, knobs.tileWidth},
                  {0, a.rowsPerTask},
                  {0, a.channelTilesPerTask},
                  {0, (e.blocks + e.workersPerPart - 1) / e.workersPerPart},
                  {0, e.parts},
                  {0, e.workersPerPart}},
                 "loop");
  RDom &r = a.loops;
  Expr tileBlock = r[A::Round] * e.workersPerPart + r[A::Worker];
  Expr channelTile = r[A::Part] * a.channelTilesPerTask + r[A::ChannelTile];
  Expr block = channelTile * knobs.tileVectors + r[A::Vector];
  Expr ti = r[A::TileInRegister], to = r[A::RegisterTile];
  Expr x = a.tileX(ti, to, tileBlock) + r[A::PixelX] * spec.dilationW;
  Expr y = a.tileY(ti, to, tileBlock) + r[A::PixelY] * spec.dilationH;
  r.where(tileBlock < e.blocks);
  r.where(channelTile < e.channelTiles);
  r.where(e.tile(knobs, tileBlock, to, ti) < e.tiles);
  if (knobs.tileVectors > 1)
    r.where(block < a.outputBlocks);
  r.where(y < e.height);
  r.where(x < e.width);

  // Claimed, by the conditions above: inside the output, and a tile of channels that exists.
  x = unsafe_promise_clamped(x, 0, e.width - 1);
  y = unsafe_promise_clamped(y, 0, e.height - 1);
  block = unsafe_promise_clamped(block, 0, a.outputBlocks - 1);
  channelTile = unsafe_promise_clamped(channelTile, 0, e.channelTiles - 1);
  Expr value =
      a.pixels(a.ci, r[A::PixelX], r[A::PixelY], r[A::Vector], ti, to, channelTile, tileBlock);
  if (spec.hasBias)
    value = value + a.bias(a.ci, block);
  a.output(a.ci, x, y, block) = finishConv(spec, a, x, y, block, value);
}

} // namespace

bool fitsWinograd(const ConvSpec &spec) {
  return spec.kernelH == 3 && spec.kernelW == 3 && spec.strideH == 1 && spec.strideW == 1 &&
         spec.groups == 1 && spec.inputBlock == spec.outputBlock;
}

/// Tiles of output channels of one task.
static int channelTilesPerTask(const ConvSpec &spec, const ConvKnobs &knobs) {
  const int all = (spec.outputBlocks() + knobs.tileVectors - 1) / knobs.tileVectors;
  return knobs.channelTilesPerTask ? knobs.channelTilesPerTask : all;
}

int winogradParts(const ConvSpec &spec, const ConvKnobs &knobs) {
  const int tiles = (spec.outputBlocks() + knobs.tileVectors - 1) / knobs.tileVectors;
  const int perTask = channelTilesPerTask(spec, knobs);
  return (tiles + perTask - 1) / perTask;
}

std::array<int, 4> winogradIntegers(const ConvSpec &spec, const ConvKnobs &knobs) {
  return {spec.inputChannels, knobs.rowsPerTask, channelTilesPerTask(spec, knobs), knobs.workers};
}

int64_t winogradScratch(const ConvSpec &spec, const ConvKnobs &knobs) {
  return scratchFloats<int64_t>(spec, knobs, knobs.rowsPerTask, spec.inputBlocks());
}

std::string winogradKey(const ConvSpec &spec, const ConvKnobs &knobs) {
  return fmt::format("winograd b{} d{}x{} p{},{} bias{} res{} act{}({:a},{:a}) tile{}x{}",
                     spec.outputBlock, spec.dilationH, spec.dilationW, spec.padTop, spec.padLeft,
                     spec.hasBias, spec.hasResidual, static_cast<int>(spec.activation), spec.alpha,
                     spec.beta, knobs.tileWidth, knobs.tileVectors);
}

std::string winogradName(const ConvSpec &spec, const ConvKnobs &knobs) {
  return fmt::format("{}_winograd_{}x{}", spec.name(/*channels=*/false), knobs.tileWidth,
                     knobs.tileVectors);
}

WinogradAlgorithm winogradAlgorithm(const ConvSpec &spec, const ConvKnobs &knobs) {
  WinogradAlgorithm a;
  a.inputBlocks = ceilDiv(a.inputChannels, spec.inputBlock);
  declareConvOutput(spec, a);
  const Extents e(spec, knobs, a);
  declareConvParams(spec, a,
                    {spec.outputBlock, knobs.tileVectors, spec.inputBlock,
                     a.inputBlocks * kPositions * e.channelTiles});
  locateTiles(spec, knobs, e, a);
  transformInput(spec, knobs, e, a);
  multiply(spec, knobs, e, a);
  transformOutput(spec, knobs, e, a);
  a.args = convArgs(
      spec, a,
      {KernelArg::integer(a.inputChannels, "inputChannels"),
       KernelArg::integer(a.rowsPerTask, "rowsPerTask"),
       KernelArg::integer(a.channelTilesPerTask, "channelTilesPerTask"),
       KernelArg::integer(a.workers, "workers"),
       KernelArg::scratch(scratchFloats<Expr>(spec, knobs, a.rowsPerTask, a.inputBlocks))});
  return a;
}

} // namespace segc
