// Transposed convolutions on a GPU are right whatever the kernel, stride, dilation and padding:
// their phases together are all outputs, and each sees all of its taps.

#include "Convolve.h"

#include <set>
#include <tuple>
#include <utility>

namespace {

template <typename Shape> void convolveOnFew() {
  convolveOn<Shape, segc::CoreSums>(FewCoreTiles());
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Rows as columns.
template <int kernel, int stride, int dilation, int pad>
struct AxisShape : TransposedShape<8, 8, kernel, kernel> {
  static constexpr int strideY = stride, strideX = stride;
  static constexpr int dilationY = dilation, dilationX = dilation;
  static constexpr int padTop = pad, padLeft = pad;
};

/// An output place, a tap and the input place that it sees there.
using Sight = std::tuple<int, int, int>;
using Sights = std::multiset<Sight>;

/// Of all inputs, those far beside the image as well: they are zeros.
Sights sightsOf(int kernel, int stride, int dilation, int pad, int outputs) {
  Sights sights;
  for (int input = -20; input < 40; ++input)
    for (int tap = 0; tap < kernel; ++tap) {
      const int output = input * stride + tap * dilation - pad;
      if (output >= 0 && output < outputs)
        sights.insert({output, tap, input});
    }
  return sights;
}

void addSights(const segc::ConvAxis &axis, int outputs, Sights &sights) {
  for (int q = 0; q < axis.places(outputs); ++q)
    for (int j = 0; j < axis.taps; ++j)
      sights.insert({q * axis.outputStep + axis.outputFirst, axis.kernelFirst + j * axis.kernelStep,
                     q * axis.stride + axis.first + j * axis.step});
}

/// One dimension of a transposed convolution, and its phases as rows and as columns.
struct Phases {
  int kernel, stride, dilation, pad;
  std::vector<segc::ConvAxis> vertical, horizontal;
};
void checkPhases(const Phases &phases) {
  for (const int outputs : {1, 2, 3, 11, 12}) {
    Sights vertical, horizontal;
    for (const segc::ConvAxis &axis : phases.vertical)
      addSights(axis, outputs, vertical);
    for (const segc::ConvAxis &axis : phases.horizontal)
      addSights(axis, outputs, horizontal);
    const Sights expected =
        sightsOf(phases.kernel, phases.stride, phases.dilation, phases.pad, outputs);
    EXPECT_TRUE(vertical == expected && horizontal == expected)
        << "kernel " << phases.kernel << ", stride " << phases.stride << ", dilation "
        << phases.dilation << ", pad " << phases.pad << ", " << outputs << " outputs";
  }
}

/// The number counts all kernels, strides, dilations and pads.
template <int number> void checkAxis() {
  constexpr int kernel = number % 5 + 1, stride = number / 5 % 3 + 1;
  constexpr int dilation = number / 15 % 3 + 1, pad = number / 45;
  using Kind = segc::TransposedConvolution<AxisShape<kernel, stride, dilation, pad>>;
  EXPECT_EQ(int{Kind::phases}, stride * stride);
  Phases phases = {kernel, stride, dilation, pad, {}, {}};
  for (int phase = 0; phase < stride; ++phase) {
    phases.vertical.push_back(Kind::vertical(phase * stride));
    phases.horizontal.push_back(Kind::horizontal(phase));
  }
  checkPhases(phases);
}
template <int... numbers> void checkAxes(std::integer_sequence<int, numbers...>) {
  (checkAxis<numbers>(), ...);
}

TEST(ConvTranspose, PhasesTogetherSeeAllInputs) {
  checkAxes(std::make_integer_sequence<int, 5 * 3 * 3 * 3>());
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

struct Usual : TransposedShape<24, 16, 4, 4> {
  static constexpr int strideY = 2, strideX = 2;
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
};
TEST(ConvTranspose, Usual) { convolveOnFew<Usual>(); }
TEST(ConvTranspose, OnTensorCores) {
  convolveOn<Usual, segc::Tf32Sums>(FewTensorTiles());
  convolveOn<Usual, segc::HalfSums>(FewTensorTiles());
}

/// Each output sees one tap.
struct Upsampling : TransposedShape<16, 40, 2, 2> {
  static constexpr int strideY = 2, strideX = 2;
};
TEST(ConvTranspose, Upsampling) { convolveOnFew<Upsampling>(); }

struct OutputPadding : TransposedShape<16, 16, 3, 3> {
  static constexpr int strideY = 2, strideX = 3;
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
  static constexpr int outputPaddingY = 1, outputPaddingX = 2;
};
TEST(ConvTranspose, OutputPadding) { convolveOnFew<OutputPadding>(); }

/// A stride of one is a convolution with the kernel turned round.
struct StrideOfOne : TransposedShape<16, 16, 5, 3> {
  static constexpr int dilationX = 2;
  static constexpr int padTop = 2, padBottom = 2, padLeft = 1;
};
TEST(ConvTranspose, StrideOfOne) { convolveOnFew<StrideOfOne>(); }

/// Phases that see nothing, whose outputs are zeros all the same.
struct NoTap : TransposedShape<16, 16, 1, 2> {
  static constexpr int strideY = 3, strideX = 3;
  static constexpr int padLeft = 1, outputPaddingY = 2;
};
TEST(ConvTranspose, PhasesWithoutATap) { convolveOnFew<NoTap>(); }
TEST(ConvTranspose, PhasesWithoutATapOnTensorCores) {
  convolveOn<NoTap, segc::HalfSums>(FewTensorTiles(), 2);
}

/// Stride and dilation have a divisor: taps meet every other output only.
struct EvenDilation : TransposedShape<8, 16, 3, 5> {
  static constexpr int strideY = 2, strideX = 2, dilationY = 2, dilationX = 2;
};
TEST(ConvTranspose, EvenDilation) { convolveOnFew<EvenDilation>(); }

/// They have none, and taps come in another order than inputs.
struct OddDilation : TransposedShape<8, 16, 5, 4> {
  static constexpr int strideY = 3, strideX = 2, dilationY = 2, dilationX = 3;
  static constexpr int padTop = 2, padLeft = 3, padBottom = 1;
};
TEST(ConvTranspose, OddDilation) { convolveOnFew<OddDilation>(); }

/// More is taken away than one tap reaches.
struct Cropped : TransposedShape<16, 8, 3, 3> {
  static constexpr int strideY = 2, strideX = 2;
  static constexpr int padTop = 4, padLeft = 3, padBottom = 3, padRight = 5;
};
TEST(ConvTranspose, Cropped) { convolveOnFew<Cropped>(); }

struct Groups : TransposedShape<48, 72, 3, 2> {
  static constexpr int groups = 3, strideY = 2, strideX = 2;
};
TEST(ConvTranspose, Groups) { convolveOnFew<Groups>(); }

struct OddChannels : TransposedShape<3, 5, 3, 3> {
  static constexpr int strideY = 2, strideX = 2;
};
TEST(ConvTranspose, OddChannels) { convolveOnFew<OddChannels>(); }

/// Fewer outputs than phases: some have none.
struct OnePixel : TransposedShape<16, 16, 1, 1> {
  static constexpr int strideY = 3, strideX = 2;
  static constexpr int height = 1, width = 1;
};
TEST(ConvTranspose, PhasesWithoutAnOutput) { convolveOnFew<OnePixel>(); }

/// So many pixels that each phase has several blocks, and not all as many.
struct ManyPixels : TransposedShape<8, 8, 3, 3> {
  static constexpr int strideY = 2, strideX = 2;
  static constexpr int height = 8, width = 16;
};
TEST(ConvTranspose, ManyPixels) { convolveOnFew<ManyPixels>(); }

} // namespace
