//===- Conv.cpp - what a convolution kernel computes ------------*- C++ -*-===//

#include "compiler/kernels/Conv.h"

#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// A dense constant, innermost dimension first.
void setDense(ImageParam &param, const std::vector<Expr> &extents) {
  Expr stride = 1;
  for (int d = 0; d < static_cast<int>(extents.size()); ++d) {
    param.dim(d).set_bounds(0, extents[d]).set_stride(stride);
    stride = stride * extents[d];
  }
}

void describeFeatureMap(OutputImageParam param, int block, const Expr &blocks) {
  param.dim(0).set_bounds(0, block).set_stride(1);
  param.dim(1).set_stride(block);
  param.dim(2).set_min(0);
  param.dim(3).set_bounds(0, blocks);
}

Expr tilesOf(Expr extent, int size) { return (extent + (size - 1)) / size; }

/// The channel blocks, unless they are the caller's.
void setBlocks(const ConvSpec &spec, ConvParams &p) {
  if (p.inputBlocks.defined())
    return;
  p.inputBlocks = spec.inputBlocks();
  p.outputBlocks = spec.outputBlocks();
}

/// The memory of the output, which is defined.
void describeConvOutput(const ConvSpec &spec, ConvParams &p) {
  setBlocks(spec, p);
  OutputImageParam output = p.output.output_buffer();
  describeFeatureMap(output, spec.outputBlock, p.outputBlocks);
  output.dim(1).set_min(0);
  p.output.bound(p.ci, 0, spec.outputBlock);
}

/// The blocking of the output, and which part of it exists.
void declareTile(const ConvSpec &spec, const ConvKnobs &knobs, int passes, ConvAlgorithm &a) {
  using A = ConvAlgorithm;
  Expr width = a.output.output_buffer().dim(1).extent();
  Expr height = a.output.output_buffer().dim(2).extent();
  const int blocks = spec.outputBlocks();
  a.passCount = passes;
  a.tile = RDom({{0, knobs.tileVectors},
                 {0, knobs.tileWidth},
                 {0, tilesOf(width, knobs.tileWidth)},
                 {0, knobs.rowsPerTask},
                 {0, (blocks + knobs.tileVectors - 1) / knobs.tileVectors},
                 {0, tilesOf(height, knobs.rowsPerTask)},
                 {0, passes}},
                "tile");
  if (knobs.rowsPerTask > 1)
    a.tile.where(a.tile[A::Task] * knobs.rowsPerTask + a.tile[A::RowInTask] < height);
  if (knobs.tileWidth > 1)
    a.tile.where(a.tile[A::TileX] * knobs.tileWidth + a.tile[A::PixelInTile] < width);
  if (blocks % knobs.tileVectors)
    a.tile.where(a.tile[A::Tile] * knobs.tileVectors + a.tile[A::Vector] < blocks);
}

/// Knobs with a tile of one pixel where there are none.
ConvKnobs withTile(ConvKnobs knobs) {
  if (!knobs.hasTiles())
    knobs.tileWidth = 1;
  return knobs;
}

/// The output as tiles update it, or channel blocks alone where elements are defined at the end.
void declareOutput(const ConvSpec &spec, const ConvKnobs &knobs, int passes, ConvAlgorithm &a) {
  if (!knobs.hasTiles())
    return setBlocks(spec, a);
  declareConvOutput(spec, a);
  declareTile(spec, knobs, passes, a);
}

/// Every element of the output from its own sum.
void defineByElement(const ConvSpec &spec, ConvAlgorithm &a, const Expr &sum) {
  a.output(a.ci, a.x, a.y, a.cb) = finishConv(spec, a, a.x, a.y, a.cb, sum);
  describeConvOutput(spec, a);
}

/// Where in the output the current element of the tile is. Claimed: inside. declareTile()
/// leaves out whatever overruns the last tile of a dimension, in all three of them; bounds
/// inference does not see it in every case.
struct TilePosition {
  Expr x, y, block;
  TilePosition(const ConvSpec &spec, const ConvKnobs &knobs, const ConvAlgorithm &a) {
    using A = ConvAlgorithm;
    auto inside = [](Expr position, Expr extent) {
      return unsafe_promise_clamped(position, 0, extent - 1);
    };
    OutputImageParam output = a.output.output_buffer();
    x = inside(a.tile[A::TileX] * knobs.tileWidth + a.tile[A::PixelInTile], output.dim(1).extent());
    y = inside(a.tile[A::Task] * knobs.rowsPerTask + a.tile[A::RowInTask], output.dim(2).extent());
    block = inside(a.tile[A::Tile] * knobs.tileVectors + a.tile[A::Vector], spec.outputBlocks());
  }
};

/// Only the kernel rows that meet the image. A tap of output row y lies in row
/// y * stride + kernelRow * dilation - padTop: never above the image without top padding, and
/// never below it without bottom padding, since the last output row's last tap is then at
/// most the image's last row. A kernel one row high is no exception: its rows may lie in the
/// padding altogether, and then have no tap.
void skipRowsOutside(const ConvSpec &spec, ConvAlgorithm &a, Expr kernelRow) {
  Expr row = a.y * spec.strideH + kernelRow * spec.dilationH - spec.padTop;
  if (spec.padTop > 0)
    a.taps.where(row >= 0);
  if (spec.readsBelow)
    a.taps.where(row < a.input.dim(2).extent());
}

/// The input row of a tap. Claimed: inside the image, by skipRowsOutside() and because output
/// rows are (TilePosition). Bounds inference cannot know, and would ask for the rows of a
/// whole task.
Expr inputRow(const ConvSpec &spec, const ConvAlgorithm &a, Expr kernelRow) {
  Expr row = a.y * spec.strideH + kernelRow * spec.dilationH - spec.padTop;
  return unsafe_promise_clamped(row, 0, a.input.dim(2).extent() - 1);
}

/// Only the kernel columns that meet the image for some column of the tile. The halo makes
/// the others harmless, so that nothing depends on this but time; skipping them pays if the
/// taps lie far apart.
void skipColumnsOutside(const ConvSpec &spec, const ConvKnobs &knobs, ConvAlgorithm &a) {
  if (spec.dilationW < 3 || spec.kernelW == 1)
    return;
  Expr first = (a.xo * knobs.tileWidth) * spec.strideW + a.taps.y * spec.dilationW - spec.padLeft;
  a.taps.where(first + (knobs.tileWidth - 1) * spec.strideW >= 0);
  if (spec.padRight < 0)
    return;
  // The widest image that has this many output columns.
  Expr widest = a.output.output_buffer().dim(1).extent() * spec.strideW +
                spec.dilationW * (spec.kernelW - 1) - spec.padLeft - spec.padRight;
  a.taps.where(first < widest);
}

} // namespace

void declareConvParams(const ConvSpec &spec, ConvParams &p,
                       const std::vector<Expr> &weightExtents) {
  p.input = ImageParam(Float(32), 4, "input");
  describeFeatureMap(p.input, spec.inputBlock, p.inputBlocks);
  p.weights = ImageParam(Float(32), static_cast<int>(weightExtents.size()), "weights");
  setDense(p.weights, weightExtents);
  if (spec.hasBias) {
    p.bias = ImageParam(Float(32), 2, "bias");
    setDense(p.bias, {spec.outputBlock, p.outputBlocks});
  }
  if (spec.hasResidual) {
    p.residual = ImageParam(Float(32), 4, "residual");
    describeFeatureMap(p.residual, spec.outputBlock, p.outputBlocks);
  }
}

void declareConvOutput(const ConvSpec &spec, ConvParams &p) {
  p.output(p.ci, p.x, p.y, p.cb) = undef<float>();
  if (p.inputBlocks.defined())
    p.outputBlocks = p.output.output_buffer().dim(3).extent();
  describeConvOutput(spec, p);
}

Expr finishConv(const ConvSpec &spec, const ConvParams &p, Expr x, Expr y, Expr block, Expr value) {
  if (spec.hasResidual)
    value = value + p.residual(p.ci, x, y, block);
  return lowerUnary(spec.activation, spec.alpha, spec.beta, value);
}

std::string ConvSpec::key() const {
  return fmt::format(
      "conv b{}>{} c{}>{} g{} k{}x{} s{}x{} d{}x{} p{},{},{},{} bias{} res{} act{}({:a},{:a})",
      inputBlock, outputBlock, inputChannels, outputChannels, groups, kernelH, kernelW, strideH,
      strideW, dilationH, dilationW, padTop, padLeft, padRight, readsBelow, hasBias, hasResidual,
      static_cast<int>(activation), alpha, beta);
}

std::string ConvSpec::name(bool channels) const {
  std::string text = groups == inputChannels && groups > 1 ? "depthwise" : "conv";
  text += fmt::format("{}x{}", kernelH, kernelW);
  if (strideH != 1 || strideW != 1)
    text +=
        strideH == strideW ? fmt::format("s{}", strideH) : fmt::format("s{}x{}", strideH, strideW);
  if (dilationH != 1 || dilationW != 1)
    text += dilationH == dilationW ? fmt::format("d{}", dilationH)
                                   : fmt::format("d{}x{}", dilationH, dilationW);
  if (groups != 1 && groups != inputChannels)
    text += fmt::format("g{}", groups);
  if (channels)
    text += fmt::format("_{}_{}", inputChannels, outputChannels);
  if (hasResidual)
    text += "_add";
  if (activation != seg::UnaryKind::Identity)
    text += "_" + seg::stringifyUnaryKind(activation).str();
  return text;
}

ConvFamily familyOf(const ConvSpec &spec) {
  if (spec.groups == 1)
    return ConvFamily::Direct;
  if (spec.groups == spec.inputChannels && spec.groups == spec.outputChannels &&
      spec.inputBlock == spec.outputBlock)
    return ConvFamily::Depthwise;
  if (spec.channelsPerGroupIn() % spec.inputBlock == 0 &&
      spec.channelsPerGroupOut() % spec.outputBlock == 0)
    return ConvFamily::Direct;
  return ConvFamily::Grouped;
}

std::string ConvKnobs::key() const {
  if (family == ConvFamily::ImplicitGemm)
    return "gemm " + gemm.key();
  return fmt::format("f{} tile{}x{} rows{} pass{} part{} workers{}", static_cast<int>(family),
                     tileWidth, tileVectors, rowsPerTask, blocksPerPass, channelTilesPerTask,
                     workers);
}

ConvAlgorithm directConvAlgorithm(const ConvSpec &spec, const ConvKnobs &given) {
  ConvAlgorithm a;
  const ConvKnobs knobs = withTile(given);
  const int inBlock = spec.inputBlock, outBlock = spec.outputBlock;
  const int width = knobs.tileWidth, vectors = knobs.tileVectors;
  const int groupBlocks = (spec.channelsPerGroupIn() + inBlock - 1) / inBlock;
  const int blocksPerPass = knobs.blocksPerPass ? knobs.blocksPerPass : groupBlocks;
  const int tiles = (spec.outputBlocks() + vectors - 1) / vectors;
  const int passes = (groupBlocks + blocksPerPass - 1) / blocksPerPass;
  declareOutput(spec, given, passes, a);
  declareConvParams(
      spec, a,
      {outBlock, vectors, inBlock, spec.kernelW, spec.kernelH, a.passCount * blocksPerPass, tiles});

  a.taps = RDom(0, inBlock, 0, spec.kernelW, 0, spec.kernelH, 0, blocksPerPass, "tap");
  RVar channel = a.taps.x, column = a.taps.y, row = a.taps.z;
  Expr block = a.taps.w + a.pass * blocksPerPass;
  skipRowsOutside(spec, a, row);
  if (given.hasTiles())
    skipColumnsOutside(spec, knobs, a);
  // The last block may be partly filled, the last pass may have fewer blocks.
  if (a.passCount * blocksPerPass != groupBlocks)
    a.taps.where(block < groupBlocks);
  if (spec.channelsPerGroupIn() % inBlock)
    a.taps.where(channel + block * inBlock < spec.channelsPerGroupIn());

  // Claimed: a block of the group, by the condition above where passes do not divide evenly.
  Expr inputBlock = unsafe_promise_clamped(block, 0, groupBlocks - 1);
  if (spec.groups > 1)
    inputBlock += (a.ob * vectors * outBlock / spec.channelsPerGroupOut()) * groupBlocks;
  Expr tileX = a.xo * width + a.xi;
  // Blocks that fill up the last tile are computed and not stored: any bias will do.
  Expr biasBlock = a.ob * vectors + a.t;
  if (spec.outputBlocks() % vectors)
    biasBlock = min(biasBlock, spec.outputBlocks() - 1);
  Expr first = a.passCount == 1 && spec.hasBias ? a.bias(a.ci, biasBlock) : Expr(0.0f);
  a.sum(a.ci, a.t, a.xi, a.xo, a.y, a.ob, a.pass) = first;
  a.sum(a.ci, a.t, a.xi, a.xo, a.y, a.ob, a.pass) +=
      a.weights(a.ci, a.t, channel, column, row, block, a.ob) *
      a.input(channel, tileX * spec.strideW + column * spec.dilationW - spec.padLeft,
              inputRow(spec, a, row), inputBlock);

  if (!given.hasTiles()) {
    defineByElement(spec, a, a.sum(a.ci, 0, 0, a.x, a.y, a.cb, 0));
    return a;
  }
  using A = ConvAlgorithm;
  const TilePosition at(spec, knobs, a);
  Expr value = a.sum(a.ci, a.tile[A::Vector], a.tile[A::PixelInTile], a.tile[A::TileX], at.y,
                     a.tile[A::Tile], a.tile[A::Pass]);
  if (a.passCount > 1) {
    Expr before = a.output(a.ci, at.x, at.y, at.block);
    Expr start = spec.hasBias ? a.bias(a.ci, at.block) : Expr(0.0f);
    value = value + select(a.tile[A::Pass] == 0, start, before);
    value = select(a.tile[A::Pass] == a.passCount - 1,
                   finishConv(spec, a, at.x, at.y, at.block, value), value);
  } else {
    value = finishConv(spec, a, at.x, at.y, at.block, value);
  }
  a.output(a.ci, at.x, at.y, at.block) = value;
  return a;
}

ConvAlgorithm groupedConvAlgorithm(const ConvSpec &spec, const ConvKnobs &given) {
  using A = ConvAlgorithm;
  ConvAlgorithm a;
  const ConvKnobs knobs = withTile(given);
  const int perGroupIn = spec.channelsPerGroupIn(), perGroupOut = spec.channelsPerGroupOut();
  declareOutput(spec, given, 1, a);
  declareConvParams(
      spec, a, {spec.outputBlock, perGroupIn, spec.kernelW, spec.kernelH, spec.outputBlocks()});
  a.taps = RDom(0, perGroupIn, 0, spec.kernelW, 0, spec.kernelH, "tap");
  RVar channel = a.taps.x, column = a.taps.y, row = a.taps.z;
  skipRowsOutside(spec, a, row);

  Expr lane = a.ci, block = a.ob;
  if (knobs.family == ConvFamily::Grouped) {
    Expr group = (a.ob * spec.outputBlock + a.ci) / perGroupOut;
    // Lanes that fill up the last block would read past the last group.
    if (spec.outputChannels % spec.outputBlock)
      group = min(group, spec.groups - 1);
    Expr inputChannel = group * perGroupIn + channel;
    lane = inputChannel % spec.inputBlock;
    block = inputChannel / spec.inputBlock;
  }
  a.sum(a.ci, a.xi, a.xo, a.y, a.ob) = spec.hasBias ? a.bias(a.ci, a.ob) : Expr(0.0f);
  a.sum(a.ci, a.xi, a.xo, a.y, a.ob) += a.weights(a.ci, channel, column, row, a.ob) *
                                        a.input(lane,
                                                (a.xo * knobs.tileWidth + a.xi) * spec.strideW +
                                                    column * spec.dilationW - spec.padLeft,
                                                inputRow(spec, a, row), block);
  if (!given.hasTiles()) {
    defineByElement(spec, a, a.sum(a.ci, 0, a.x, a.y, a.cb));
    return a;
  }
  const TilePosition at(spec, knobs, a);
  Expr value = a.sum(a.ci, a.tile[A::PixelInTile], a.tile[A::TileX], at.y, a.tile[A::Tile]);
  a.output(a.ci, at.x, at.y, at.block) = finishConv(spec, a, at.x, at.y, at.block, value);
  return a;
}

ConvFinish convFinish(const ConvSpec &spec) {
  ConvFinish f;
  setBlocks(spec, f);
  declareConvParams(spec, f, {1});
  f.sum = ImageParam(Float(32), 4, "sum");
  Expr value = f.sum(f.ci, f.x, f.y, f.cb);
  if (spec.hasBias)
    value += f.bias(f.ci, f.cb);
  f.output(f.ci, f.x, f.y, f.cb) = finishConv(spec, f, f.x, f.y, f.cb, value);
  describeConvOutput(spec, f);
  return f;
}

std::vector<KernelArg> convArgs(const ConvSpec &spec, const ConvParams &a,
                                const std::vector<KernelArg> &more) {
  std::vector<KernelArg> args{KernelArg::view(a.input, "input"),
                              KernelArg::constant(a.weights, "weights")};
  if (spec.hasBias)
    args.push_back(KernelArg::constant(a.bias, "bias"));
  if (spec.hasResidual)
    args.push_back(KernelArg::view(a.residual, "residual"));
  args.insert(args.end(), more.begin(), more.end());
  args.push_back(KernelArg::output(a.output, "output"));
  return args;
}

} // namespace segc
