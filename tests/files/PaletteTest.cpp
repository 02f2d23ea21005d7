// Palettes hold the colours that the data sets publish.

#include "compiler/files/Palette.h"

#include <gtest/gtest.h>

namespace {

using namespace segc;

TEST(Palette, Voc) {
  const Palette voc = vocPalette();
  EXPECT_EQ(voc[0], (Color{0, 0, 0}));
  EXPECT_EQ(voc[1], (Color{128, 0, 0}));       // aeroplane
  EXPECT_EQ(voc[7], (Color{128, 128, 128}));   // car
  EXPECT_EQ(voc[15], (Color{192, 128, 128}));  // person
  EXPECT_EQ(voc[20], (Color{0, 64, 128}));     // tv/monitor
  EXPECT_EQ(voc[255], (Color{224, 224, 192})); // void
}

TEST(Palette, VocColoursDiffer) {
  const Palette voc = vocPalette();
  for (size_t i = 0; i < voc.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_FALSE(voc[i] == voc[j]) << i << " and " << j;
}

TEST(Palette, CityscapesAndAde20k) {
  EXPECT_EQ(cityscapesPalette()[0], (Color{128, 64, 128})); // road
  EXPECT_EQ(cityscapesPalette()[18], (Color{119, 11, 32})); // bicycle
  EXPECT_EQ(cityscapesPalette()[19], (Color{0, 0, 0}));
  EXPECT_EQ(ade20kPalette()[0], (Color{120, 120, 120})); // wall
  EXPECT_EQ(ade20kPalette()[2], (Color{6, 230, 230}));   // sky
  EXPECT_EQ(ade20kPalette()[12], (Color{150, 5, 61}));   // person
  EXPECT_EQ(ade20kPalette()[149], (Color{92, 0, 255}));  // flag
}

TEST(Palette, ByName) {
  EXPECT_TRUE(paletteByName("voc"));
  EXPECT_TRUE(paletteByName("cityscapes"));
  EXPECT_TRUE(paletteByName("ade20k"));
  EXPECT_FALSE(paletteByName("VOC2012"));
}

} // namespace
