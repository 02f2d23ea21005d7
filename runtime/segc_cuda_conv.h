//===- segc_cuda_conv.h - dense convolutions on a GPU ------------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA. A convolution as a matrix product that is never
// written down (implicit GEMM): rows are output pixels, columns output channels, and k runs over
// the taps and, innermost, over the input channels. A block's steps copy what its pixels see from
// the map, zeros where a tap lies above or below the image.
//
//   map      [channel block][row][column][8 channels], rows `rowPitch` apart, with zeros in as many
//            columns beside the image as taps reach (segc_layout.h)
//   weights  [output channel][tap][input channel of the group, filled up to whole blocks]
//
// A Shape says what is convolved: inputChannels, outputChannels (of all groups), groups,
// kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, padTop, padLeft. Groups are
// whole blocks of channels. What becomes of a sum is the kernel's: finish(channel in its block, x,
// y, channel block, sum).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CUDA_CONV_H
#define SEGC_CUDA_CONV_H

#include "segc_cuda_mma.h"
#include "segc_cuda_sums.h"
#include "segc_view.h"

namespace segc {

/// Channels of a block of feature maps for CUDA.
constexpr int kChannelBlock = 8;

/// An image, and how much of the output there is.
template <typename Element> struct ConvMaps {
  const Element *input; ///< the first column of the image itself
  int32_t height, rowPitch, blockPitch;
  int32_t outputWidth, outputPixels;
};

/// What a block of threads reads, step by step: each thread the same chunk of a few rows.
template <typename Shape, typename Tile, typename Sums> class ConvOperands {
public:
  using Element = typename Sums::Element;

  __device__ ConvOperands(const ConvMaps<Element> &maps, const Element *weights, int firstPixel,
                          int firstChannel, int group)
      : maps_(maps) {
    const int thread = static_cast<int>(threadIdx.x);
    chunk_ = thread % Tile::chunks;
    row_ = thread / Tile::chunks;
    input_ = maps.input + group * kBlocks * maps.blockPitch;
    SEGC_UNROLLED
    for (int i = 0; i < kPixels; ++i) {
      const int pixel = firstPixel + row_ + i * kRowsAtOnce, y = pixel / maps.outputWidth;
      const bool exists = pixel < maps.outputPixels;
      // Far above the image, no tap meets it.
      y_[i] = exists ? y * Shape::strideY - Shape::padTop : -(1 << 28);
      x_[i] = (pixel - y * maps.outputWidth) * Shape::strideX - Shape::padLeft;
    }
    // Of the first of the thread's channels, which is one of the group's.
    weights_ = weights + (group * kChannels + firstChannel + row_) * kSummed;
    channelsLeft_ = kChannels - firstChannel - row_;
    inTap_ = chunk_;
    settle();
  }

  /// Begins to copy the next step's operands.
  __device__ void load(unsigned char *left, unsigned char *right) {
    const int channel = inTap_ * kChunkElements, dy = tapY_ * Shape::dilationY;
    const int dx = tapX_ * Shape::dilationX;
    const bool isTap = tapY_ < Shape::kernelHeight;
    const Element *const plane =
        input_ + channel / kChannelBlock * maps_.blockPitch + channel % kChannelBlock;
    SEGC_UNROLLED
    for (int i = 0; i < kPixels; ++i) {
      const int row = row_ + i * kRowsAtOnce, y = y_[i] + dy, x = x_[i] + dx;
      if (Tile::rows % kRowsAtOnce && row >= Tile::rows)
        break;
      const bool exists = isTap && static_cast<unsigned>(y) < static_cast<unsigned>(maps_.height);
      copyChunk(left + chunkPlace<Tile::chunks>(row, chunk_),
                exists ? plane + y * maps_.rowPitch + x * kChannelBlock : maps_.input, exists);
    }
    SEGC_UNROLLED
    for (int i = 0; i < kColumns; ++i) {
      const int column = row_ + i * kRowsAtOnce;
      if (Tile::columns % kRowsAtOnce && column >= Tile::columns)
        break;
      const bool exists = isTap && i * kRowsAtOnce < channelsLeft_;
      copyChunk(right + chunkPlace<Tile::chunks>(column, chunk_),
                exists ? weights_ + (i * kRowsAtOnce * kSummed + weight_) : maps_.input, exists);
    }
    inTap_ += Tile::chunks;
    settle();
  }

  /// Whole blocks of channels of a group.
  static constexpr int kBlocks =
      (Shape::inputChannels / Shape::groups + kChannelBlock - 1) / kChannelBlock;
  static constexpr int
      kChannels = Shape::groups > 1
                      ? Shape::outputChannels / Shape::groups
                      : (Shape::outputChannels + kChannelBlock - 1) / kChannelBlock *kChannelBlock;
  static constexpr int kChunkElements = kChunkBytes / static_cast<int>(sizeof(Element));
  static constexpr int kSummed = Shape::kernelHeight * Shape::kernelWidth * kBlocks * kChannelBlock;
  static constexpr int kSteps =
      (kSummed + Tile::chunks * kChunkElements - 1) / (Tile::chunks * kChunkElements);

private:
  static constexpr int kChunksOfTap = kBlocks * kChannelBlock / kChunkElements;
  static constexpr int kRowsAtOnce = Sums::kThreads / Tile::chunks;
  static constexpr int kPixels = (Tile::rows + kRowsAtOnce - 1) / kRowsAtOnce;
  static constexpr int kColumns = (Tile::columns + kRowsAtOnce - 1) / kRowsAtOnce;

  /// The tap and the weight of the chunk that the thread copies next.
  __device__ void settle() {
    while (inTap_ >= kChunksOfTap && tapY_ < Shape::kernelHeight) {
      inTap_ -= kChunksOfTap;
      if (++tapX_ == Shape::kernelWidth) {
        tapX_ = 0;
        ++tapY_;
      }
    }
    weight_ = ((tapY_ * Shape::kernelWidth + tapX_) * kChunksOfTap + inTap_) * kChunkElements;
  }

  const ConvMaps<Element> &maps_;
  const Element *input_, *weights_;
  int chunk_, row_;
  int y_[kPixels], x_[kPixels]; ///< of the first tap
  int channelsLeft_;
  int inTap_, tapX_ = 0, tapY_ = 0, weight_ = 0;
};

template <typename Shape, typename Tile, template <typename> class TileSums, typename Finish>
static __global__ void __launch_bounds__(TileSums<Tile>::kThreads, TileSums<Tile>::kBlocks)
    convKernel(const ConvMaps<typename TileSums<Tile>::Element> maps,
               const typename TileSums<Tile>::Element *SEGC_RESTRICT weights, const Finish finish) {
  using Sums = TileSums<Tile>;
  using Operands = ConvOperands<Shape, Tile, Sums>;
  constexpr int tilesOfGroup = (Operands::kChannels + Tile::columns - 1) / Tile::columns;
  SEGC_SHARED_MEMORY(shared);
  const int group = static_cast<int>(blockIdx.y) / tilesOfGroup;
  const int firstChannel = static_cast<int>(blockIdx.y) % tilesOfGroup * Tile::columns;
  const int firstPixel = static_cast<int>(blockIdx.x) * Tile::rows;
  Operands operands(maps, weights, firstPixel, firstChannel, group);
  Sums sums;
  sumSteps<Tile>(
      sums, Operands::kSteps, shared,
      [&](int, unsigned char *left, unsigned char *right) { operands.load(left, right); });
  if (sums.slice)
    return;
  SEGC_UNROLLED
  for (int i = 0; i < Sums::kRows; ++i) {
    const int pixel = firstPixel + sums.row(i);
    if (pixel >= maps.outputPixels)
      continue;
    const int y = pixel / maps.outputWidth, x = pixel - y * maps.outputWidth;
    SEGC_UNROLLED
    for (int j = 0; j < Sums::kColumns; ++j) {
      const int channel = firstChannel + sums.column(j);
      if (channel < Operands::kChannels)
        finish(channel % kChannelBlock, x, y,
               (group * Operands::kChannels + channel) / kChannelBlock, sums.sum(i, j));
    }
  }
}

/// Convolves an image, behind what is in the stream.
template <typename Shape, typename Tile, template <typename> class TileSums, typename Finish>
int32_t conv(cudaStream_t stream, const View &input, const void *weights, const View &output,
             const Finish &finish) {
  using Sums = TileSums<Tile>;
  using Element = typename Sums::Element;
  using Operands = ConvOperands<Shape, Tile, Sums>;
  const ConvMaps<Element> maps = {static_cast<const Element *>(input.data) -
                                      input.min[1] * input.stride[1],
                                  input.extent[2],
                                  input.stride[2],
                                  input.stride[3],
                                  output.extent[1],
                                  output.extent[1] * output.extent[2]};
  return launchTogether(
      &convKernel<Shape, Tile, TileSums, Finish>,
      {(maps.outputPixels + Tile::rows - 1) / Tile::rows,
       Shape::groups * ((Operands::kChannels + Tile::columns - 1) / Tile::columns)},
      Sums::kThreads, Sums::kSharedBytes, stream, maps, static_cast<const Element *>(weights),
      finish);
}

} // namespace segc

#endif // SEGC_CUDA_CONV_H
