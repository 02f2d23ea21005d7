// Convolutions on a GPU are right on every tile of the schedules, whatever the order of threads.

#include "Convolve.h"

namespace {

using segc::CoreSums;

/// Parts of tiles in every direction: the last pixels, the last channels, the last chunks of a
/// step.
struct Usual : ConvShape<20, 136, 3, 3> {
  static constexpr int padTop = 1, padLeft = 1, padBottom = 1, padRight = 1;
};
TEST(ConvTiles, Usual) { convolveOn<Usual, CoreSums>(CoreTiles()); }

/// Fewer channels than the columns of most tiles, in groups, so that a tile must not reach into the
/// next one; two blocks of pixels on every tile but the largest.
struct Grouped : ConvShape<32, 48, 2, 3> {
  static constexpr int groups = 2, strideX = 2;
  static constexpr int padLeft = 2, padRight = 1;
  static constexpr int height = 11, width = 25;
};
TEST(ConvTiles, Grouped) { convolveOn<Grouped, CoreSums>(CoreTiles()); }

/// One step, which is less than all tiles have stages for.
struct OneStep : ConvShape<10, 16, 1, 1> {};
TEST(ConvTiles, OneStep) { convolveOn<OneStep, CoreSums>(CoreTiles()); }

/// The last step lies where the first slice's sums are handed over: in stage 0, if the number of
/// steps is one more than a multiple of the stages.
struct OneMoreThanThreeStages : ConvShape<4 * 16, 64, 1, 1> {};
struct OneMoreThanFourStages : ConvShape<5 * 16, 64, 1, 1> {};
struct OneMoreThanFourWideStages : ConvShape<5 * 32, 64, 1, 1> {};
TEST(ConvTiles, SlicesAddUp) {
  convolveOn<OneMoreThanThreeStages, CoreSums>(SlicedCoreTiles());
  convolveOn<OneMoreThanFourStages, CoreSums>(SlicedCoreTiles());
  convolveOn<OneMoreThanFourWideStages, CoreSums>(SlicedCoreTiles());
}

} // namespace
