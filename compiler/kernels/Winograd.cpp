//===- Winograd.cpp - 3x3 convolution with fewer multiplications -*- C++ -*-===//

#include "compiler/kernels/Winograd.h"

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

/// Extents that follow from the size of the output.
struct Extents {
  Expr width, height, tilesX, tilesY, tiles, blocks;
  int tilesPerTask, channelTiles, channelTilesPerTask, parts, workersPerPart;

  Extents(const ConvSpec &spec, const ConvKnobs &knobs, Func output) {
    width = output.output_buffer().dim(1).extent();
    height = output.output_buffer().dim(2).extent();
    tilesX = ceilDiv(ceilDiv(width, spec.dilationW), kOutputs);
    tilesY = ceilDiv(ceilDiv(height, spec.dilationH), kOutputs);
    tiles = tilesX * tilesY * (spec.dilationH * spec.dilationW);
    tilesPerTask = knobs.tileWidth * knobs.rowsPerTask;
    channelTiles = (spec.outputBlocks() + knobs.tileVectors - 1) / knobs.tileVectors;
    channelTilesPerTask = knobs.channelTilesPerTask ? knobs.channelTilesPerTask : channelTiles;
    parts = winogradParts(spec, knobs);
    blocks = ceilDiv(tiles, tilesPerTask);
    workersPerPart = knobs.workers / parts;
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

  a.inputTiles = RDom(0, knobs.rowsPerTask, "register_tile");
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
  a.channels = RDom(0, spec.inputBlock, 0, spec.inputBlocks(), "channel");
  RVar channel = a.channels.x, block = a.channels.y;
  if (spec.inputChannels % spec.inputBlock)
    a.channels.where(channel + block * spec.inputBlock < spec.inputChannels);
  a.sum(a.ci, a.t, a.ti, a.to, a.position, a.ct, a.tileBlock) = 0.0f;
  a.sum(a.ci, a.t, a.ti, a.to, a.position, a.ct, a.tileBlock) +=
      a.weights(a.ci, a.t, channel, block, a.position, a.ct) *
      a.transformed(channel, a.ti, a.to, block, a.position, a.tileBlock);

  a.productTiles = RDom(0, knobs.rowsPerTask, "register_tile");
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
                  {0, knobs.rowsPerTask},
                  {0, e.channelTilesPerTask},
                  {0, ceilDiv(e.blocks, e.workersPerPart)},
                  {0, e.parts},
                  {0, e.workersPerPart}},
                 "loop");
  RDom &r = a.loops;
  Expr tileBlock = r[A::Round] * e.workersPerPart + r[A::Worker];
  Expr channelTile = r[A::Part] * e.channelTilesPerTask + r[A::ChannelTile];
  Expr block = channelTile * knobs.tileVectors + r[A::Vector];
  Expr ti = r[A::TileInRegister], to = r[A::RegisterTile];
  Expr x = a.tileX(ti, to, tileBlock) + r[A::PixelX] * spec.dilationW;
  Expr y = a.tileY(ti, to, tileBlock) + r[A::PixelY] * spec.dilationH;
  if (e.workersPerPart > 1)
    r.where(tileBlock < e.blocks);
  if (e.parts * e.channelTilesPerTask != e.channelTiles)
    r.where(channelTile < e.channelTiles);
  r.where(e.tile(knobs, tileBlock, to, ti) < e.tiles);
  if (spec.outputBlocks() % knobs.tileVectors)
    r.where(block < spec.outputBlocks());
  r.where(y < e.height);
  r.where(x < e.width);

  // Claimed, by the conditions above: inside the output, and a tile of channels that exists.
  x = unsafe_promise_clamped(x, 0, e.width - 1);
  y = unsafe_promise_clamped(y, 0, e.height - 1);
  block = unsafe_promise_clamped(block, 0, spec.outputBlocks() - 1);
  if (e.parts * e.channelTilesPerTask != e.channelTiles)
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

int winogradParts(const ConvSpec &spec, const ConvKnobs &knobs) {
  const int channelTiles = (spec.outputBlocks() + knobs.tileVectors - 1) / knobs.tileVectors;
  const int perTask = knobs.channelTilesPerTask ? knobs.channelTilesPerTask : channelTiles;
  return (channelTiles + perTask - 1) / perTask;
}

int64_t winogradScratch(const ConvSpec &spec, const ConvKnobs &knobs) {
  const int64_t tiles = int64_t{kPositions} * knobs.tileWidth * knobs.rowsPerTask;
  return tiles * (spec.inputBlocks() * spec.inputBlock + knobs.tileVectors * spec.outputBlock);
}

WinogradAlgorithm winogradAlgorithm(const ConvSpec &spec, const ConvKnobs &knobs) {
  WinogradAlgorithm a;
  declareConvOutput(spec, a);
  const Extents e(spec, knobs, a.output);
  declareConvParams(spec, a,
                    {spec.outputBlock, knobs.tileVectors, spec.inputBlock, spec.inputBlocks(),
                     kPositions, e.channelTiles});
  locateTiles(spec, knobs, e, a);
  transformInput(spec, knobs, e, a);
  multiply(spec, knobs, e, a);
  transformOutput(spec, knobs, e, a);
  return a;
}

} // namespace segc
