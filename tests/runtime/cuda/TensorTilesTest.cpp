// Convolutions on tensor cores are right on every tile of the schedules, whatever the order of
// threads.

#include "Convolve.h"

namespace {

using segc::BFloat16Sums;
using segc::HalfSums;
using segc::Tf32Sums;

/// Parts of tiles in every direction, as on CUDA cores; halves have one chunk for each block of
/// channels, float32 has two.
struct Usual : ConvShape<20, 72, 3, 3> {
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
};
TEST(TensorTiles, UsualInTf32) { convolveOn<Usual, Tf32Sums>(TensorTiles(), 2); }
TEST(TensorTiles, UsualInHalves) { convolveOn<Usual, HalfSums>(TensorTiles(), 2); }
TEST(TensorTiles, UsualInBFloat16) { convolveOn<Usual, BFloat16Sums>(TensorTiles(), 2); }

TEST(TensorTiles, ShallowStepsInTf32) { convolveOn<Usual, Tf32Sums>(FewTensorTiles(), 2); }
TEST(TensorTiles, ShallowStepsInHalves) { convolveOn<Usual, HalfSums>(ShallowTensorTiles(), 2); }
TEST(TensorTiles, ShallowStepsInBFloat16) { convolveOn<Usual, BFloat16Sums>(FewTensorTiles(), 2); }

struct Grouped : ConvShape<32, 48, 2, 3> {
  static constexpr int groups = 2, strideX = 2;
  static constexpr int padLeft = 2, padRight = 1;
  static constexpr int height = 11, width = 25;
};
TEST(TensorTiles, GroupedInTf32) { convolveOn<Grouped, Tf32Sums>(FewTensorTiles()); }
TEST(TensorTiles, GroupedInHalves) { convolveOn<Grouped, HalfSums>(FewTensorTiles()); }

/// Less than a step, and an odd number of chunks, so that the last fragment is half empty.
struct OneChunk : ConvShape<8, 16, 1, 1> {};
struct ThreeChunks : ConvShape<24, 16, 1, 1> {};
TEST(TensorTiles, LessThanAStep) {
  convolveOn<OneChunk, HalfSums>(FewTensorTiles());
  convolveOn<ThreeChunks, HalfSums>(FewTensorTiles());
  convolveOn<OneChunk, Tf32Sums>(FewTensorTiles());
}

/// The last step lies where the first slice's sums are handed over.
struct OneMoreThanThreeStages : ConvShape<4 * 32, 64, 1, 1> {};
struct OneMoreThanThreeStagesOfHalves : ConvShape<4 * 64, 64, 1, 1> {};
TEST(TensorTiles, SlicesAddUp) {
  convolveOn<OneMoreThanThreeStages, Tf32Sums>(SlicedTensorTiles());
  convolveOn<OneMoreThanThreeStagesOfHalves, HalfSums>(SlicedTensorTiles());
}

} // namespace
