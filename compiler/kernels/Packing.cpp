//===- Packing.cpp - packing weights in the compiler ------------*- C++ -*-===//

#include "compiler/kernels/Packing.h"
#include "compiler/kernels/Conv.h"
#include "runtime/segc_prepare.h"

#include <algorithm>

namespace segc {

std::vector<float> packWeights(const Packing &packing, const float *weights, const double *scale) {
  std::vector<float> packed(static_cast<size_t>((packedBytes(packing) + 3) / 4));
  PreparedPiece piece = {WeightType::Float32, 0, -1, 0, packing};
  const char *bytes = reinterpret_cast<const char *>(weights);
  if (!scale) {
    preparePiece(piece, bytes, packed.data(), nullptr);
    return packed;
  }
  // A piece finds its factors behind its weights.
  std::vector<char> stored(bytes, bytes + storedCount(packing) * 4);
  stored.resize((stored.size() + 7) / 8 * 8);
  piece.scale = static_cast<int64_t>(stored.size());
  const char *factors = reinterpret_cast<const char *>(scale);
  stored.insert(stored.end(), factors, factors + packing.outputChannels * sizeof(double));
  preparePiece(piece, stored.data(), packed.data(), nullptr);
  return packed;
}

std::vector<float> packChannels(const float *values, int channels, int block) {
  std::vector<float> packed(static_cast<size_t>((channels + block - 1) / block * block), 0.0f);
  std::copy_n(values, channels, packed.begin());
  return packed;
}

Packing convPacking(const ConvSpec &spec, const ConvKnobs &knobs) {
  Packing packing;
  packing.kind =
      knobs.family == ConvFamily::Winograd ? PackingKind::Winograd : PackingKind::Reorder;
  packing.outputChannels = spec.outputChannels;
  packing.inputChannels = spec.channelsPerGroupIn();
  packing.taps = spec.kernelH * spec.kernelW;
  packing.lanes = spec.outputBlock;
  switch (knobs.family) {
  case ConvFamily::Direct:
  case ConvFamily::Winograd:
    packing.vectors = knobs.tileVectors;
    packing.block = spec.inputBlock;
    packing.blocks = (packing.inputChannels + packing.block - 1) / packing.block;
    if (knobs.family == ConvFamily::Direct && knobs.blocksPerPass)
      packing.blocks =
          (packing.blocks + knobs.blocksPerPass - 1) / knobs.blocksPerPass * knobs.blocksPerPass;
    break;
  case ConvFamily::ImplicitGemm: {
    // A row an output channel: [tap][input channel], whole blocks of both.
    auto whole = [](int channels, int block) { return (channels + block - 1) / block * block; };
    packing.lanes = 1;
    packing.block = whole(packing.inputChannels, spec.inputBlock);
    packing.tiles = whole(spec.outputChannels, spec.outputBlock);
    packing.element = knobs.element;
    return packing;
  }
  case ConvFamily::Depthwise:
  case ConvFamily::Grouped:
    packing.block = packing.inputChannels;
    break;
  }
  packing.tiles = (spec.outputBlocks() + packing.vectors - 1) / packing.vectors;
  return packing;
}

} // namespace segc
