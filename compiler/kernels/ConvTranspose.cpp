//===- ConvTranspose.cpp - transposed convolution by phases -----*- C++ -*-===//

#include "compiler/kernels/ConvTranspose.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

using namespace Halide;

namespace segc {
namespace {

/// Which taps of the kernel a phase has along one dimension, as expressions of the phase.
class PhaseTaps {
public:
  PhaseTaps(const ConvTransposeSpec &spec, int dimension)
      : kernel(spec.kernel[dimension]), stride(spec.stride[dimension]),
        dilation(spec.dilation[dimension]), pad(spec.pads[dimension]),
        divisor(std::gcd(stride, dilation)) {
    int modulus = tapStep();
    while (dilation / divisor * inverse % modulus != 1 % modulus)
      ++inverse;
  }

  /// Between one tap of a phase and the next.
  int tapStep() const { return stride / divisor; }
  int inputStep() const { return dilation / divisor; }
  int mostTaps() const { return (kernel + tapStep() - 1) / tapStep(); }

  Expr firstTap(Expr phase) const { return (phase + pad) / divisor * inverse % tapStep(); }

  Expr count(Expr phase) const {
    Expr taps = (kernel - firstTap(phase) + tapStep() - 1) / tapStep();
    return divisor == 1 ? taps : select((phase + pad) % divisor == 0, taps, 0);
  }

  /// The input position that the first tap of q = 0 reads.
  Expr firstInput(Expr phase) const {
    if (dilation == 1) // the first tap is (phase + pad) mod stride
      return (phase + pad) / stride;
    return (phase + pad - firstTap(phase) * dilation) / stride;
  }

private:
  int kernel, stride, dilation, pad, divisor;
  int inverse = 0;
};

/// Blocks of one group, if groups hold whole blocks; else 0: the convolution is then done
/// as one group whose weights are zero between groups.
int blocksOfGroup(const ConvTransposeSpec &spec, int channels) {
  int ofGroup = channels / spec.groups;
  return spec.groups > 1 && spec.hasWholeGroups() ? ofGroup / spec.block : 0;
}

/// Extents of the packed weights, innermost first.
std::vector<int> weightExtents(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs) {
  int outputBlocks = channelBlocks(spec.outputChannels, spec.block);
  if (spec.isDepthwise())
    return {spec.block, spec.kernel[1], spec.kernel[0], outputBlocks};
  int inputBlocks = blocksOfGroup(spec, spec.inputChannels);
  if (!inputBlocks)
    inputBlocks = channelBlocks(spec.inputChannels, spec.block);
  return {spec.block,
          knobs.tileBlocks,
          spec.block,
          spec.kernel[1],
          spec.kernel[0],
          inputBlocks,
          outputBlocks / knobs.tileBlocks};
}

ImageParam constantParam(const std::string &name, const std::vector<int> &extents) {
  ImageParam param(Float(32), static_cast<int>(extents.size()), name);
  int stride = 1;
  for (size_t d = 0; d < extents.size(); ++d) {
    param.dim(d).set_bounds(0, extents[d]).set_stride(stride);
    stride *= extents[d];
  }
  return param;
}

struct ConvTransposeParams {
  ImageParam input;
  Param<int> width;
  ImageParam weights, bias, residual;
};

/// Name, key and arguments.
void define(Algorithm &algorithm, const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs,
            const ConvTransposeParams &params, const Func &out) {
  std::string activation = spec.activation == seg::UnaryKind::Identity
                               ? ""
                               : "_" + seg::stringifyUnaryKind(spec.activation).str();
  algorithm.name = fmt::format("conv_transpose{}x{}s{}{}_{}_{}{}", spec.kernel[0], spec.kernel[1],
                               spec.stride[1], spec.isDepthwise() ? "_depthwise" : "",
                               spec.inputChannels, spec.outputChannels, activation);
  algorithm.key = fmt::format(
      "conv_transpose c{},{} g{} b{} k{},{} s{},{} d{},{} p{},{},{},{} o{},{} bias{} res{} "
      "act{},{},{} {}",
      spec.inputChannels, spec.outputChannels, spec.groups, spec.block, spec.kernel[0],
      spec.kernel[1], spec.stride[0], spec.stride[1], spec.dilation[0], spec.dilation[1],
      spec.pads[0], spec.pads[1], spec.pads[2], spec.pads[3], spec.outputPadding[0],
      spec.outputPadding[1], spec.bias, spec.residual, static_cast<int>(spec.activation),
      spec.alpha, spec.beta, knobs.key());
  algorithm.output = out;
  algorithm.args = {KernelArg::view(params.input, "input"),
                    KernelArg::integer(params.width, "inputWidth"),
                    KernelArg::constant(params.weights, "weights")};
  if (spec.bias)
    algorithm.args.push_back(KernelArg::constant(params.bias, "bias"));
  if (spec.residual)
    algorithm.args.push_back(KernelArg::view(params.residual, "residual"));
  algorithm.args.push_back(KernelArg::output(out, "output"));
}

} // namespace

std::string ConvTransposeKnobs::key() const {
  return gemm ? "gemm " + gemm->key() : fmt::format("t{}x{}", tileColumns, tileBlocks);
}

int ConvTransposeSpec::haloLeft() const {
  return std::max(0, ((kernel[1] - 1) * dilation[1] - pads[1]) / stride[1]);
}

int ConvTransposeSpec::haloRight() const {
  return std::max(0, ((kernel[1] - 1) * dilation[1] + outputPadding[1] - pads[3]) / stride[1]);
}

ConvTransposeAlgorithm convTransposeAlgorithm(const ConvTransposeSpec &spec,
                                              const ConvTransposeKnobs &knobs) {
  ConvTransposeAlgorithm algorithm;
  const bool hasTiles = knobs.tileColumns > 0;
  const int block = spec.block, columns = std::max(1, knobs.tileColumns), blocks = knobs.tileBlocks;
  const bool depthwise = spec.isDepthwise();
  ImageParam input = featureMapInput(Float(32), "input", spec.inputChannels, block);
  ImageParam residual = featureMapInput(Float(32), "residual", spec.outputChannels, block);
  ImageParam weights = constantParam("weights", weightExtents(spec, knobs));
  ImageParam bias = constantParam("bias", {block, channelBlocks(spec.outputChannels, block)});
  Param<int> width("inputWidth");
  Expr height = input.dim(2).extent();

  Var ci("ci"), x("x"), y("y"), cb("cb"), t("t"), column("column"), tile("tile"), phase("phase"),
      group("group");
  PhaseTaps rows(spec, 0), cols(spec, 1);
  Expr rowPhase = y % spec.stride[0], rowQuotient = y / spec.stride[0];

  // The sum over all taps of one tile. Taps that the phase lacks, rows outside the image
  // and taps for which the whole tile is outside are not iterated over.
  const int inputBlocks = depthwise ? 1 : weightExtents(spec, knobs)[5];
  RDom taps = depthwise
                  ? RDom(0, cols.mostTaps(), 0, rows.mostTaps(), "taps")
                  : RDom(0, block, 0, cols.mostTaps(), 0, rows.mostTaps(), 0, inputBlocks, "taps");
  RVar columnTap = depthwise ? taps[0] : taps[1], rowTap = depthwise ? taps[1] : taps[2];
  Expr row = rowQuotient + rows.firstInput(rowPhase) - rowTap * rows.inputStep();
  Expr first = tile * columns + cols.firstInput(phase) - columnTap * cols.inputStep();
  taps.where(rowTap < rows.count(rowPhase));
  taps.where(row >= 0 && row < height);
  taps.where(columnTap < cols.count(phase));
  // Halide 14 makes loop bounds of this, and a wrong address where they divide by a step: it takes
  // -(x / 3) for (-x) / 3. Without it the tile reads zeros of the halo, and the slack behind.
  if (cols.inputStep() == 1)
    taps.where(first + columns - 1 >= 0 && first < width);
  if (!depthwise && spec.inputChannels % block != 0)
    taps.where(taps[3] * block + taps[0] < spec.inputChannels);
  Expr kernelRow = rows.firstTap(rowPhase) + rowTap * rows.tapStep();
  Expr kernelColumn = cols.firstTap(phase) + columnTap * cols.tapStep();
  // Claimed: what is iterated over lies in the image and in the kernel. The conditions on row
  // and rowTap, columnTap say so; count() ends where the kernel does.
  Expr inputRow = within(row, height);
  // Claimed: a tile starts in the halo or the image, and overruns by fewer columns than the
  // slack has. Its start is at most width - 1 + haloRight(), as its first pixel is one of the
  // result's, and no tap of any phase begins left of haloLeft(). Halide's own bounds would ask
  // for more halo than that.
  Expr inputColumn = column + unsafe_promise_clamped(first, input.dim(1).min(),
                                                     input.dim(1).max() - (columns - 1));
  kernelRow = within(kernelRow, spec.kernel[0]);
  kernelColumn = within(kernelColumn, spec.kernel[1]);

  Func sum = algorithm.sum, out("output");
  sum(ci, t, column, tile, phase, y, group) = spec.bias ? bias(ci, group * blocks + t) : Expr(0.0f);
  if (depthwise) {
    sum(ci, t, column, tile, phase, y, group) +=
        weights(ci, kernelColumn, kernelRow, group) * input(ci, inputColumn, inputRow, group);
  } else {
    Expr inputBlock = taps[3];
    if (int outputBlocks = blocksOfGroup(spec, spec.outputChannels))
      inputBlock += group * blocks / outputBlocks * inputBlocks;
    sum(ci, t, column, tile, phase, y, group) +=
        weights(ci, t, taps[0], kernelColumn, kernelRow, taps[3], group) *
        input(taps[0], inputColumn, inputRow, inputBlock);
  }

  const int stride = spec.stride[1];
  auto finish = [&](Expr value, const Expr &pixel) {
    if (spec.residual)
      value += residual(ci, pixel, y, cb);
    return lowerUnary(spec.activation, spec.alpha, spec.beta, value);
  };
  if (hasTiles) {
    out(ci, x, y, cb) = undef<float>();
    Expr outputWidth = out.output_buffer().dim(1).extent();
    Expr quotients = (outputWidth + stride - 1) / stride;
    RDom pixels(0, columns, 0, (quotients + columns - 1) / columns, 0, stride, "pixels");
    Expr pixel = (pixels.y * columns + pixels.x) * stride + pixels.z;
    pixels.where(pixel < outputWidth); // whole tiles are computed, only stores are guarded
    pixel = within(pixel, outputWidth);
    out(ci, pixel, y, cb) =
        finish(sum(ci, cb % blocks, pixels.x, pixels.y, pixels.z, y, cb / blocks), pixel);
    algorithm.tile = pixels;
  } else {
    out(ci, x, y, cb) = finish(sum(ci, 0, 0, x / stride, x % stride, y, cb), x);
  }
  constrainFeatureMap(out.output_buffer(), spec.outputChannels, block);
  algorithm.taps = taps;
  define(algorithm, spec, knobs, {input, width, weights, bias, residual}, out);
  return algorithm;
}

ConvTransposeFinish convTransposeFinish(const ConvTransposeSpec &spec,
                                        const ConvTransposeKnobs &knobs) {
  ConvTransposeFinish finish;
  const int block = spec.block, blocks = channelBlocks(spec.outputChannels, block);
  ImageParam residual = featureMapInput(Float(32), "residual", spec.outputChannels, block);
  ImageParam bias = constantParam("bias", {block, blocks});
  finish.sum = ImageParam(Float(32), 4, "sum");
  Var ci("ci"), x("x"), y("y"), cb("cb");
  Func out("output");
  Expr value = finish.sum(ci, x, y, cb);
  if (spec.bias)
    value += bias(ci, cb);
  if (spec.residual)
    value += residual(ci, x, y, cb);
  out(ci, x, y, cb) = lowerUnary(spec.activation, spec.alpha, spec.beta, value);
  constrainFeatureMap(out.output_buffer(), spec.outputChannels, block);
  define(finish, spec, knobs,
         {featureMapInput(Float(32), "input", spec.inputChannels, block), Param<int>("inputWidth"),
          constantParam("weights", {1}), bias, residual},
         out);
  return finish;
}

Packing convTransposePacking(const ConvTransposeSpec &spec, const ConvTransposeKnobs &knobs) {
  Packing packing;
  packing.kind = PackingKind::Reorder;
  packing.outputChannels = spec.outputChannels;
  packing.inputChannels = spec.inputChannels / spec.groups;
  packing.taps = spec.kernel[0] * spec.kernel[1];
  packing.transposedGroups = spec.groups;
  if (knobs.gemm) {
    // A row an output channel: [tap][input channel], whole blocks of both.
    packing.block = channelBlocks(packing.inputChannels, spec.block) * spec.block;
    packing.tiles = channelBlocks(spec.outputChannels, spec.block) * spec.block;
    packing.element = knobs.element;
    return packing;
  }
  packing.lanes = spec.block;
  const int outputBlocks = channelBlocks(spec.outputChannels, spec.block);
  if (spec.isDepthwise()) {
    packing.tiles = outputBlocks;
    return packing;
  }
  packing.allGroups = blocksOfGroup(spec, spec.outputChannels) == 0;
  packing.block = spec.block;
  packing.blocks = weightExtents(spec, knobs)[5];
  packing.vectors = knobs.tileBlocks;
  packing.tiles = outputBlocks / knobs.tileBlocks;
  return packing;
}

} // namespace segc
