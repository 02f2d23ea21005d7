//===- Convolve.h - convolutions of the runtime, beside plain loops -*- C++ -*-===//
//
// Operands are small integers, which every type of a tensor core holds, so that all sums are exact
// and equal to those of loops in double precision. Maps lie as packages have them
// (segc_layout.h), but for the slack: whatever is read behind them ends the test.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_RUNTIME_CUDA_CONVOLVE_H
#define SEGC_TESTS_RUNTIME_CUDA_CONVOLVE_H

#include "DeviceArray.h"
#include "Seed.h"
#include "Tiles.h"
#include "segc_cuda_conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

/// As a GPU computes it: all bits but the sign are set.
inline float gpuNaN() { return segc::floatOf(0x7fffffffu); }

/// What is convolved: a Shape of the runtime's, and extents of the map. A test derives from it and
/// says what is otherwise.
template <int inputs, int outputs, int kernelH, int kernelW> struct ConvShape {
  static constexpr int inputChannels = inputs, outputChannels = outputs, groups = 1;
  static constexpr int kernelHeight = kernelH, kernelWidth = kernelW;
  static constexpr int strideY = 1, strideX = 1, dilationY = 1, dilationX = 1;
  static constexpr int padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
  static constexpr int height = 9, width = 17;
  static constexpr bool isTransposed = false;
};

/// The same of a transposed convolution: padding is taken away from its output.
template <int inputs, int outputs, int kernelH, int kernelW>
struct TransposedShape : ConvShape<inputs, outputs, kernelH, kernelW> {
  static constexpr int outputPaddingY = 0, outputPaddingX = 0;
  static constexpr int height = 5, width = 7;
  static constexpr bool isTransposed = true;
};

/// A convolution of one image, its operands and what must come out.
template <typename Shape> class ConvProblem {
public:
  static constexpr int kBlock = segc::kChannelBlock;
  static constexpr int outputHeight() {
    const int padding = Shape::padTop + Shape::padBottom;
    const int reach = (Shape::kernelHeight - 1) * Shape::dilationY + 1;
    if constexpr (Shape::isTransposed)
      return (Shape::height - 1) * Shape::strideY - padding + reach + Shape::outputPaddingY;
    else
      return (Shape::height + padding - reach) / Shape::strideY + 1;
  }
  static constexpr int outputWidth() {
    const int padding = Shape::padLeft + Shape::padRight;
    const int reach = (Shape::kernelWidth - 1) * Shape::dilationX + 1;
    if constexpr (Shape::isTransposed)
      return (Shape::width - 1) * Shape::strideX - padding + reach + Shape::outputPaddingX;
    else
      return (Shape::width + padding - reach) / Shape::strideX + 1;
  }
  static constexpr int kOutputHeight = outputHeight(), kOutputWidth = outputWidth();
  static_assert(kOutputHeight > 0 && kOutputWidth > 0, "nothing to compute");

  /// The row or column that an output sees through a tap.
  struct Source {
    bool exists; ///< of a transposed convolution, not every tap sees one
    int place;
  };
  static constexpr Source sourceOf(int output, int tap, int stride, int dilation, int pad) {
    if (!Shape::isTransposed)
      return {true, output * stride + tap * dilation - pad};
    const int strides = output + pad - tap * dilation;
    return {strides % stride == 0, strides / stride};
  }
  static constexpr Source rowOf(int y, int tap) {
    return sourceOf(y, tap, Shape::strideY, Shape::dilationY, Shape::padTop);
  }
  static constexpr Source columnOf(int x, int tap) {
    return sourceOf(x, tap, Shape::strideX, Shape::dilationX, Shape::padLeft);
  }
  /// Columns beside the image that taps reach.
  static constexpr int reachOf(bool isLeft) {
    int reach = 0;
    for (int x = 0; x < kOutputWidth; ++x)
      for (int tap = 0; tap < Shape::kernelWidth; ++tap) {
        const Source source = columnOf(x, tap);
        const int beside = isLeft ? -source.place : source.place - Shape::width + 1;
        if (source.exists && beside > reach)
          reach = beside;
      }
    return reach;
  }
  static constexpr segc::MapGeometry kInput = {
      Shape::inputChannels, Shape::height, Shape::width, kBlock, reachOf(true), reachOf(false)};
  static constexpr segc::MapGeometry kOutput = {
      Shape::outputChannels, kOutputHeight, kOutputWidth, kBlock, 1, 2};
  static constexpr int kInputsOfGroup = Shape::inputChannels / Shape::groups;
  static constexpr int kOutputsOfGroup = Shape::outputChannels / Shape::groups;
  static constexpr int kTaps = Shape::kernelHeight * Shape::kernelWidth;
  /// Channels of a group as weights have them: whole blocks.
  static constexpr int kWeightChannels = (kInputsOfGroup + kBlock - 1) / kBlock * kBlock;

  /// If `hasNaN`, all of the first pixel is NaN, and whatever fills the last block of channels up:
  /// a sum that does not see it must not be touched by it, not even with a weight of zero.
  ConvProblem(unsigned seed, bool hasNaN)
      : map(static_cast<size_t>(segc::imageStride(kInput))),
        weights(static_cast<size_t>(segc::blockCount(kOutput)) * kBlock * kTaps * kWeightChannels) {
    std::mt19937 random(seed);
    const auto any = [&] { return static_cast<double>(static_cast<int>(random() % 31) - 15); };
    // Channels that fill the last block up are there, and may be anything.
    for (int c = 0; c < segc::blockCount(kInput) * kBlock; ++c)
      for (int y = 0; y < Shape::height; ++y)
        for (int x = 0; x < Shape::width; ++x)
          map[inputAt(c, y, x)] = any();
    if (hasNaN)
      for (int c = 0; c < segc::blockCount(kInput) * kBlock; ++c)
        for (int y = 0; y < Shape::height; ++y)
          for (int x = 0; x < Shape::width; ++x)
            if (c >= Shape::inputChannels || (x == 0 && y == 0))
              map[inputAt(c, y, x)] = gpuNaN();
    for (int o = 0; o < Shape::outputChannels; ++o)
      for (int tap = 0; tap < kTaps; ++tap)
        for (int c = 0; c < kInputsOfGroup; ++c)
          weights[weightAt(o, tap, c)] = any();
  }

  /// The sum of an output's products; those of a channel that fills the last block up are zeros.
  double expected(int o, int y, int x) const {
    const int group = Shape::groups > 1 ? o / kOutputsOfGroup : 0;
    double sum = 0;
    for (int c = 0; c < kInputsOfGroup; ++c)
      for (int dy = 0; dy < Shape::kernelHeight; ++dy)
        for (int dx = 0; dx < Shape::kernelWidth; ++dx) {
          const Source row = rowOf(y, dy), column = columnOf(x, dx);
          if (!row.exists || row.place < 0 || row.place >= Shape::height || !column.exists ||
              column.place < 0 || column.place >= Shape::width)
            continue;
          sum += map[inputAt(group * kInputsOfGroup + c, row.place, column.place)] *
                 weights[weightAt(o, dy * Shape::kernelWidth + dx, c)];
        }
    return sum;
  }

  std::vector<double> map; ///< with zeros beside the image
  std::vector<double> weights;

private:
  static size_t inputAt(int c, int y, int x) {
    return static_cast<size_t>(c / kBlock * segc::planeStride(kInput) + y * segc::rowPitch(kInput) +
                               (kInput.left + x) * kBlock + c % kBlock);
  }
  static size_t weightAt(int o, int tap, int c) {
    return (static_cast<size_t>(o) * kTaps + tap) * kWeightChannels + c;
  }
};

/// What becomes of a sum: it is stored, and counted.
struct StoreAndCount {
  float *output;
  int *counts;
  int rowPitch, blockPitch;
  __device__ void operator()(int ci, int x, int y, int cb, float sum) const {
    const int place = ci + x * segc::kChannelBlock + y * rowPitch + cb * blockPitch;
    output[place] = sum;
    ++counts[place];
  }
};

/// Numbers as the runtime computes with them.
template <typename Element> std::vector<Element> asElements(const std::vector<double> &numbers) {
  std::vector<Element> elements;
  elements.reserve(numbers.size());
  for (const double number : numbers)
    elements.push_back(static_cast<Element>(static_cast<float>(number)));
  return elements;
}

/// Convolves on the emulation, with Sums (a template of the tile) for the products: all outputs are
/// right, each is finished once, and nothing else is.
template <typename Shape, typename Tile, template <typename> class Sums>
void convolve(int seed, bool hasNaN) {
  using Problem = ConvProblem<Shape>;
  using Element = typename Sums<Tile>::Element;
  SCOPED_TRACE(testing::Message() << "tile " << Tile::rows << "x" << Tile::columns << ", "
                                  << Tile::chunks << " chunks, " << Tile::stages << " stages, "
                                  << Tile::slices << " slices, seed " << seed
                                  << (hasNaN ? ", a pixel is NaN" : ""));
  const Seed order(seed);
  const Problem problem(static_cast<unsigned>(seed), hasNaN);
  const DeviceArray<Element> map(asElements<Element>(problem.map));
  const DeviceArray<Element> weights(asElements<Element>(problem.weights));
  const segc::MapGeometry &geometry = Problem::kOutput;
  const size_t outputs = static_cast<size_t>(segc::imageStride(geometry));
  const DeviceArray<float> output(std::vector<float>(outputs, -1e9f));
  const DeviceArray<int> counts(std::vector<int>(outputs, 0));

  const segc::View input =
      segc::mapView(map.data(), Problem::kInput, -Problem::kInput.left,
                    Problem::kInput.left + Shape::width + Problem::kInput.right,
                    segc::blockCount(Problem::kInput));
  const segc::View target = segc::outputView(output.data(), geometry);
  const size_t first = static_cast<size_t>(geometry.left * geometry.block);
  const StoreAndCount finish = {output.data() + first, counts.data() + first, target.stride[2],
                                target.stride[3]};
  if constexpr (Shape::isTransposed)
    ASSERT_EQ(
        (segc::convTranspose<Shape, Tile, Sums>(nullptr, input, weights.data(), target, finish)),
        SEGC_OK);
  else
    ASSERT_EQ((segc::conv<Shape, Tile, Sums>(nullptr, input, weights.data(), target, finish)),
              SEGC_OK);

  const std::vector<float> found = output.contents();
  const std::vector<int> foundCounts = counts.contents();
  for (size_t place = 0; place < outputs; ++place) {
    const int pixel = static_cast<int>(place) / geometry.block;
    const int pitch = geometry.left + geometry.width + geometry.right;
    const int x = pixel % pitch - geometry.left, y = pixel / pitch % geometry.height;
    const int channel =
        pixel / pitch / geometry.height * geometry.block + static_cast<int>(place) % geometry.block;
    const bool isOutput = x >= 0 && x < geometry.width;
    ASSERT_EQ(foundCounts[place], isOutput ? 1 : 0)
        << "times that channel " << channel << " of (" << x << ", " << y << ") was finished";
    if (!isOutput)
      continue;
    const double expected = problem.expected(channel, y, x);
    ASSERT_TRUE(static_cast<double>(found[place]) == expected ||
                (std::isnan(found[place]) && std::isnan(expected)))
        << found[place] << " and not " << expected << " in channel " << channel << " of (" << x
        << ", " << y << ")";
  }
}

/// The same on each of the tiles, with some orders of blocks, warps and lanes.
template <typename Shape, template <typename> class Sums, typename... Tiles>
void convolveOn(TileList<Tiles...>, int seeds = 4) {
  for (int seed = 0; seed < seeds; ++seed) {
    (convolve<Shape, Tiles, Sums>(seed, seed % 2 != 0), ...);
    if (testing::Test::HasFailure())
      return;
  }
}

#endif // SEGC_TESTS_RUNTIME_CUDA_CONVOLVE_H
