//===- Palette.h - the colours of classes ------------------------*- C++ -*-===//
//
// The colours in which the label maps of three well-known data sets are shown.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_PALETTE_H
#define SEGC_FILES_PALETTE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace segc {

struct Color {
  uint8_t red;
  uint8_t green;
  uint8_t blue;
};

inline bool operator==(Color a, Color b) {
  return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

/// A colour for every label from 0 to 255.
using Palette = std::array<Color, 256>;

/// Pascal VOC: three bits of the label's number at a time go to the next lower
/// bit of red, green and blue. Label 0 is black, 255 a light grey (224, 224, 192).
Palette vocPalette();

/// Cityscapes: the 19 classes by training number; all others are black.
Palette cityscapesPalette();

/// ADE20K: the 150 classes of the scene parsing benchmark, counted from 0
/// (wall); all others are black.
Palette ade20kPalette();

/// "voc", "cityscapes" or "ade20k".
std::optional<Palette> paletteByName(std::string_view name);

} // namespace segc

#endif // SEGC_FILES_PALETTE_H
