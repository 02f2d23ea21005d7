// Convolutions on a GPU are right whatever the kernel, stride, dilation, padding and channels.

#include "Convolve.h"

namespace {

template <typename Shape> void convolveOnFew() {
  convolveOn<Shape, segc::CoreSums>(FewCoreTiles());
}

TEST(ConvShapes, Pointwise) { convolveOnFew<ConvShape<72, 40, 1, 1>>(); }

struct PointwiseStrided : ConvShape<16, 24, 1, 1> {
  static constexpr int strideY = 2, strideX = 3;
};
TEST(ConvShapes, PointwiseStrided) { convolveOnFew<PointwiseStrided>(); }

struct ThreeByThree : ConvShape<24, 16, 3, 3> {
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
};
TEST(ConvShapes, ThreeByThree) { convolveOnFew<ThreeByThree>(); }

struct FiveByFive : ConvShape<8, 16, 5, 5> {
  static constexpr int padTop = 2, padLeft = 2, padBottom = 2, padRight = 2;
};
TEST(ConvShapes, FiveByFive) { convolveOnFew<FiveByFive>(); }

struct OneBySeven : ConvShape<16, 8, 1, 7> {
  static constexpr int padLeft = 3, padRight = 3;
};
TEST(ConvShapes, OneBySeven) { convolveOnFew<OneBySeven>(); }

struct SevenByOne : ConvShape<16, 8, 7, 1> {
  static constexpr int padTop = 3, padBottom = 3;
};
TEST(ConvShapes, SevenByOne) { convolveOnFew<SevenByOne>(); }

struct Strided : ConvShape<16, 16, 3, 2> {
  static constexpr int strideY = 3, strideX = 2;
  static constexpr int padTop = 1, padBottom = 1, padRight = 1;
  static constexpr int height = 20;
};
TEST(ConvShapes, Strided) { convolveOnFew<Strided>(); }

struct Dilated : ConvShape<16, 16, 3, 3> {
  static constexpr int dilationY = 3, dilationX = 2;
  static constexpr int padTop = 3, padLeft = 2, padBottom = 3, padRight = 2;
};
TEST(ConvShapes, Dilated) { convolveOnFew<Dilated>(); }

/// Rows of taps that never meet the image, and one padding that is unlike all others.
struct MorePaddingThanImage : ConvShape<8, 8, 3, 3> {
  static constexpr int dilationY = 6, dilationX = 6;
  static constexpr int padTop = 6, padLeft = 5, padBottom = 7, padRight = 8;
  static constexpr int height = 4, width = 5;
};
TEST(ConvShapes, MorePaddingThanImage) { convolveOnFew<MorePaddingThanImage>(); }

struct NoPadding : ConvShape<16, 8, 3, 3> {};
TEST(ConvShapes, NoPadding) { convolveOnFew<NoPadding>(); }

/// Channels that fill no block, and taps that end within a step.
struct OddChannels : ConvShape<3, 5, 3, 3> {
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
};
TEST(ConvShapes, OddChannels) { convolveOnFew<OddChannels>(); }
TEST(ConvShapes, MoreOddChannels) { convolveOnFew<ConvShape<21, 35, 2, 2>>(); }

struct Groups : ConvShape<48, 72, 3, 3> {
  static constexpr int groups = 3;
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
  static constexpr int height = 5, width = 7;
};
TEST(ConvShapes, Groups) { convolveOnFew<Groups>(); }

struct GroupsOfOneBlock : ConvShape<32, 32, 2, 2> {
  static constexpr int groups = 4;
};
TEST(ConvShapes, GroupsOfOneBlock) { convolveOnFew<GroupsOfOneBlock>(); }

struct OnePixel : ConvShape<16, 16, 3, 3> {
  static constexpr int height = 3, width = 3;
};
TEST(ConvShapes, OnePixel) { convolveOnFew<OnePixel>(); }

struct OnePixelOfOne : ConvShape<40, 16, 1, 1> {
  static constexpr int height = 1, width = 1;
};
TEST(ConvShapes, OnePixelOfOne) { convolveOnFew<OnePixelOfOne>(); }

} // namespace
