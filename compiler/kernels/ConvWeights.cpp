//===- ConvWeights.cpp - weights in the order kernels read them -*- C++ -*-===//

#include "compiler/kernels/Winograd.h"

#include <algorithm>

namespace segc {
namespace {

/// [tile][channel block][ky][kx][channel in block][vector][lane], the order in
/// which one register tile consumes them.
std::vector<float> packDirect(const ConvSpec &spec, const ConvKnobs &knobs, const float *oihw) {
  const int inBlock = spec.inputBlock, outBlock = spec.outputBlock, vectors = knobs.tileVectors;
  const int perGroup = spec.channelsPerGroupIn();
  int blocks = (perGroup + inBlock - 1) / inBlock;
  if (knobs.blocksPerPass)
    blocks = (blocks + knobs.blocksPerPass - 1) / knobs.blocksPerPass * knobs.blocksPerPass;
  const size_t taps = static_cast<size_t>(spec.kernelH) * spec.kernelW;
  const size_t tileSize = static_cast<size_t>(blocks) * taps * inBlock * vectors * outBlock;
  const int tiles = (spec.outputBlocks() + vectors - 1) / vectors;

  std::vector<float> packed(tiles * tileSize, 0.0f);
  for (int o = 0; o < spec.outputChannels; ++o) {
    const int outputBlock = o / outBlock;
    float *tile = packed.data() + (outputBlock / vectors) * tileSize +
                  (outputBlock % vectors) * outBlock + o % outBlock;
    for (int i = 0; i < perGroup; ++i)
      for (size_t tap = 0; tap < taps; ++tap)
        tile[(((i / inBlock) * taps + tap) * inBlock + i % inBlock) * vectors * outBlock] =
            oihw[(static_cast<size_t>(o) * perGroup + i) * taps + tap];
  }
  return packed;
}

/// [channel block][ky][kx][channel of the group][lane]
std::vector<float> packGrouped(const ConvSpec &spec, const float *oihw) {
  const int outBlock = spec.outputBlock, perGroup = spec.channelsPerGroupIn();
  const size_t taps = static_cast<size_t>(spec.kernelH) * spec.kernelW;
  std::vector<float> packed(spec.outputBlocks() * taps * perGroup * outBlock, 0.0f);
  for (int o = 0; o < spec.outputChannels; ++o)
    for (int i = 0; i < perGroup; ++i)
      for (size_t tap = 0; tap < taps; ++tap)
        packed[(((o / outBlock) * taps + tap) * perGroup + i) * outBlock + o % outBlock] =
            oihw[(static_cast<size_t>(o) * perGroup + i) * taps + tap];
  return packed;
}

} // namespace

std::vector<float> packConvWeights(const ConvSpec &spec, const ConvKnobs &knobs,
                                   const float *oihw) {
  switch (knobs.family) {
  case ConvFamily::Direct:
    return packDirect(spec, knobs, oihw);
  case ConvFamily::Winograd:
    return packWinogradWeights(spec, knobs, oihw);
  case ConvFamily::Depthwise:
  case ConvFamily::Grouped:
    break;
  }
  return packGrouped(spec, oihw);
}

std::vector<float> packConvBias(const ConvSpec &spec, const float *bias) {
  std::vector<float> packed(static_cast<size_t>(spec.outputBlocks()) * spec.outputBlock, 0.0f);
  std::copy(bias, bias + spec.outputChannels, packed.begin());
  return packed;
}

} // namespace segc
