//===- segc_cuda_conv.h - dense convolutions on a GPU ------------*- C++ -*-===//
//
// Part of the runtime of packages for CUDA. A convolution as a matrix product that is never
// written down (implicit GEMM): rows are output pixels, columns output channels, and k runs over
// the taps and, innermost, over the input channels. A block's steps copy what its pixels see from
// the map, zeros where a tap lies above or below the image. Of a transposed convolution, each
// phase is a convolution of its own: output pixels whose coordinates are equal modulo the stride.
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
  int32_t outputHeight, outputWidth;
};

/// One dimension of a convolution. Output place q * outputStep + outputFirst, the q-th, sums over
/// taps j: place kernelFirst + j * kernelStep of the kernel times input place q * stride + first +
/// j * step.
struct ConvAxis {
  int32_t outputStep, outputFirst;
  int32_t taps, kernelFirst, kernelStep;
  int32_t stride, first, step;

  SEGC_MEMBER int32_t places(int32_t outputs) const {
    return (outputs - outputFirst + outputStep - 1) / outputStep;
  }
};

template <typename ItsShape> struct Convolution {
  using Shape = ItsShape;
  static constexpr int phases = 1;
  static SEGC_MEMBER ConvAxis vertical(int) {
    return {1, 0, Shape::kernelHeight, 0, 1, Shape::strideY, -Shape::padTop, Shape::dilationY};
  }
  static SEGC_MEMBER ConvAxis horizontal(int) {
    return {1, 0, Shape::kernelWidth, 0, 1, Shape::strideX, -Shape::padLeft, Shape::dilationX};
  }
};

/// output place = input place * stride + tap * dilation - pad
template <typename ItsShape> struct TransposedConvolution {
  using Shape = ItsShape;
  static constexpr int phases = Shape::strideY * Shape::strideX;
  static SEGC_MEMBER ConvAxis vertical(int phase) {
    return axis(phase / Shape::strideX, Shape::kernelHeight, Shape::strideY, Shape::dilationY,
                Shape::padTop);
  }
  static SEGC_MEMBER ConvAxis horizontal(int phase) {
    return axis(phase % Shape::strideX, Shape::kernelWidth, Shape::strideX, Shape::dilationX,
                Shape::padLeft);
  }

private:
  static SEGC_MEMBER ConvAxis axis(int phase, int kernel, int stride, int dilation, int pad) {
    int divisor = 1; // the greatest of stride and dilation
    for (int d = 2; d <= stride; ++d)
      if (stride % d == 0 && dilation % d == 0)
        divisor = d;
    const int tapStep = stride / divisor;
    int tap = 0;
    while (tap < tapStep && (phase + pad - tap * dilation) % stride != 0)
      ++tap;
    const int taps = tap == tapStep || tap >= kernel ? 0 : (kernel - 1 - tap) / tapStep + 1;
    return {stride,
            phase,
            taps,
            tap,
            tapStep,
            1,
            (phase + pad - tap * dilation) / stride,
            -dilation / divisor};
  }
};

/// What a block of threads reads, step by step: each thread the same chunk of a few rows.
template <typename Shape, typename Tile, typename Sums> class ConvOperands {
public:
  using Element = typename Sums::Element;

  __device__ ConvOperands(const ConvMaps<Element> &maps, const Element *weights,
                          const ConvAxis &vertical, const ConvAxis &horizontal, int firstPixel,
                          int firstChannel, int group)
      : maps_(maps), vertical_(vertical), horizontal_(horizontal) {
    const int thread = static_cast<int>(threadIdx.x);
    const int width = horizontal.places(maps.outputWidth);
    const int pixels = width * vertical.places(maps.outputHeight);
    chunk_ = thread % Tile::chunks;
    row_ = thread / Tile::chunks;
    input_ = maps.input + group * kBlocks * maps.blockPitch;
    SEGC_UNROLLED
    for (int i = 0; i < kPixels; ++i) {
      const int pixel = firstPixel + row_ + i * kRowsAtOnce, y = pixel / width;
      // Far above the image, no tap meets it.
      y_[i] = pixel < pixels ? y * vertical.stride + vertical.first : -(1 << 28);
      x_[i] = (pixel - y * width) * horizontal.stride + horizontal.first;
    }
    // Of the first of the thread's channels, which is one of the group's.
    weights_ = weights + (group * kChannels + firstChannel + row_) * kSummed;
    channelsLeft_ = kChannels - firstChannel - row_;
    inTap_ = chunk_;
    settle();
  }

  /// Begins to copy the next step's operands.
  __device__ void load(unsigned char *left, unsigned char *right) {
    const int channel = inTap_ * kChunkElements, dy = tapY_ * vertical_.step;
    const int dx = tapX_ * horizontal_.step;
    const bool isTap = tapY_ < vertical_.taps;
    // Channels that fill the last block up may be no numbers: they are left out.
    const int channelsOfChunk = kInputs - channel;
    const int bytes = kInputs % kChannelBlock == 0 || channelsOfChunk >= kChunkElements
                          ? kChunkBytes
                      : channelsOfChunk <= 0 ? 0
                                             : channelsOfChunk * static_cast<int>(sizeof(Element));
    const Element *const plane =
        input_ + channel / kChannelBlock * maps_.blockPitch + channel % kChannelBlock;
    SEGC_UNROLLED
    for (int i = 0; i < kPixels; ++i) {
      const int row = row_ + i * kRowsAtOnce, y = y_[i] + dy, x = x_[i] + dx;
      if (Tile::rows % kRowsAtOnce && row >= Tile::rows)
        break;
      const bool exists = isTap && static_cast<unsigned>(y) < static_cast<unsigned>(maps_.height);
      copyChunk(left + chunkPlace<Tile::chunks>(row, chunk_),
                exists ? plane + y * maps_.rowPitch + x * kChannelBlock : maps_.input,
                exists ? bytes : 0);
    }
    SEGC_UNROLLED
    for (int i = 0; i < kColumns; ++i) {
      const int column = row_ + i * kRowsAtOnce;
      if (Tile::columns % kRowsAtOnce && column >= Tile::columns)
        break;
      const bool exists = isTap && i * kRowsAtOnce < channelsLeft_;
      copyChunk(right + chunkPlace<Tile::chunks>(column, chunk_),
                exists ? weights_ + (i * kRowsAtOnce * kSummed + weight_) : maps_.input,
                exists ? kChunkBytes : 0);
    }
    inTap_ += Tile::chunks;
    settle();
  }

  /// How many steps there are.
  __device__ int steps() const {
    return (vertical_.taps * horizontal_.taps * kChunksOfTap + Tile::chunks - 1) / Tile::chunks;
  }

  /// Of a group: input channels, and their whole blocks.
  static constexpr int kInputs = Shape::inputChannels / Shape::groups;
  static constexpr int kBlocks = (kInputs + kChannelBlock - 1) / kChannelBlock;
  static constexpr int
      kChannels = Shape::groups > 1
                      ? Shape::outputChannels / Shape::groups
                      : (Shape::outputChannels + kChannelBlock - 1) / kChannelBlock *kChannelBlock;

private:
  static_assert(int64_t{Shape::groups} * kChannels * Shape::kernelHeight * Shape::kernelWidth *
                        kBlocks * kChannelBlock <=
                    INT32_MAX,
                "an int32_t counts the weights");
  static constexpr int kChunkElements = kChunkBytes / static_cast<int>(sizeof(Element));
  static constexpr int kSummed = Shape::kernelHeight * Shape::kernelWidth * kBlocks * kChannelBlock;
  static constexpr int kChunksOfTap = kBlocks * kChannelBlock / kChunkElements;
  static constexpr int kRowsAtOnce = Sums::kThreads / Tile::chunks;
  static constexpr int kPixels = (Tile::rows + kRowsAtOnce - 1) / kRowsAtOnce;
  static constexpr int kColumns = (Tile::columns + kRowsAtOnce - 1) / kRowsAtOnce;

  /// The tap and the weight of the chunk that the thread copies next.
  __device__ void settle() {
    while (inTap_ >= kChunksOfTap && tapY_ < vertical_.taps) {
      inTap_ -= kChunksOfTap;
      if (++tapX_ >= horizontal_.taps) {
        tapX_ = 0;
        ++tapY_;
      }
    }
    const int place = (vertical_.kernelFirst + tapY_ * vertical_.kernelStep) * Shape::kernelWidth +
                      horizontal_.kernelFirst + tapX_ * horizontal_.kernelStep;
    weight_ = (place * kChunksOfTap + inTap_) * kChunkElements;
  }

  const ConvMaps<Element> &maps_;
  const ConvAxis &vertical_, &horizontal_;
  const Element *input_, *weights_;
  int chunk_, row_;
  int y_[kPixels], x_[kPixels]; ///< of the first tap
  int channelsLeft_;
  int inTap_, tapX_ = 0, tapY_ = 0, weight_ = 0;
};

template <typename Kind, typename Tile, template <typename> class TileSums, typename Finish>
static __global__ void __launch_bounds__(TileSums<Tile>::kThreads, TileSums<Tile>::kBlocks)
    convKernel(const ConvMaps<typename TileSums<Tile>::Element> maps,
               const typename TileSums<Tile>::Element *SEGC_RESTRICT weights, const Finish finish) {
  using Sums = TileSums<Tile>;
  using Operands = ConvOperands<typename Kind::Shape, Tile, Sums>;
  constexpr int tilesOfGroup = (Operands::kChannels + Tile::columns - 1) / Tile::columns;
  SEGC_SHARED_MEMORY(shared);
  const int group = static_cast<int>(blockIdx.y) / tilesOfGroup;
  const int firstChannel = static_cast<int>(blockIdx.y) % tilesOfGroup * Tile::columns;
  const int firstPixel = static_cast<int>(blockIdx.x) * Tile::rows;
  const ConvAxis vertical = Kind::vertical(static_cast<int>(blockIdx.z));
  const ConvAxis horizontal = Kind::horizontal(static_cast<int>(blockIdx.z));
  const int width = horizontal.places(maps.outputWidth);
  const int pixels = width * vertical.places(maps.outputHeight);
  // Later phases have fewer pixels, or none, and no width to divide by.
  if (firstPixel >= pixels)
    return;
  Operands operands(maps, weights, vertical, horizontal, firstPixel, firstChannel, group);
  Sums sums;
  sumSteps<Tile>(
      sums, operands.steps(), shared,
      [&](int, unsigned char *left, unsigned char *right) { operands.load(left, right); });
  if (sums.slice)
    return;
  SEGC_UNROLLED
  for (int i = 0; i < Sums::kRows; ++i) {
    const int pixel = firstPixel + sums.row(i);
    if (pixel >= pixels)
      continue;
    const int row = pixel / width;
    const int y = row * vertical.outputStep + vertical.outputFirst;
    const int x = (pixel - row * width) * horizontal.outputStep + horizontal.outputFirst;
    SEGC_UNROLLED
    for (int j = 0; j < Sums::kColumns; ++j) {
      const int channel = firstChannel + sums.column(j);
      if (channel < Operands::kChannels)
        finish(channel % kChannelBlock, x, y,
               (group * Operands::kChannels + channel) / kChannelBlock, sums.sum(i, j));
      finishInTurn();
    }
  }
}

template <typename Kind, typename Tile, template <typename> class TileSums, typename Finish>
int32_t convAny(cudaStream_t stream, const View &input, const void *weights, const View &output,
                const Finish &finish) {
  using Sums = TileSums<Tile>;
  using Element = typename Sums::Element;
  using Shape = typename Kind::Shape;
  using Operands = ConvOperands<Shape, Tile, Sums>;
  const ConvMaps<Element> maps = {static_cast<const Element *>(input.data) -
                                      input.min[1] * input.stride[1],
                                  input.extent[2],
                                  input.stride[2],
                                  input.stride[3],
                                  output.extent[2],
                                  output.extent[1]};
  // The first phase has most pixels.
  const int32_t pixels =
      Kind::vertical(0).places(maps.outputHeight) * Kind::horizontal(0).places(maps.outputWidth);
  return launchTogether(
      &convKernel<Kind, Tile, TileSums, Finish>,
      {(pixels + Tile::rows - 1) / Tile::rows,
       Shape::groups * ((Operands::kChannels + Tile::columns - 1) / Tile::columns), Kind::phases},
      Sums::kThreads, Sums::kSharedBytes, stream, maps, static_cast<const Element *>(weights),
      finish);
}

/// Convolves an image, behind what is in the stream.
template <typename Shape, typename Tile, template <typename> class TileSums, typename Finish>
int32_t conv(cudaStream_t stream, const View &input, const void *weights, const View &output,
             const Finish &finish) {
  return convAny<Convolution<Shape>, Tile, TileSums>(stream, input, weights, output, finish);
}

/// The same of a transposed convolution.
template <typename Shape, typename Tile, template <typename> class TileSums, typename Finish>
int32_t convTranspose(cudaStream_t stream, const View &input, const void *weights,
                      const View &output, const Finish &finish) {
  return convAny<TransposedConvolution<Shape>, Tile, TileSums>(stream, input, weights, output,
                                                               finish);
}

} // namespace segc

#endif // SEGC_CUDA_CONV_H
