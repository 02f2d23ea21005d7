//===- ImageFile.h - pictures and label maps on disk -------------*- C++ -*-===//
//
// Reads .png and .jpg pictures as RGB and .png label maps as plain class numbers,
// and writes both as .png. An EXIF orientation and a gamma chunk are not applied:
// the network gets the numbers that are in the file.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FILES_IMAGEFILE_H
#define SEGC_FILES_IMAGEFILE_H

#include "compiler/files/LabelMap.h"
#include "compiler/files/Palette.h"
#include "compiler/files/Tensor.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>

#include <cstdint>
#include <vector>

namespace segc {

/// A picture: rows from the top, three bytes R, G, B a pixel.
struct RgbImage {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> pixels; ///< height * width * 3
};

/// No picture may have more pixels than this.
constexpr int64_t kMaxPixels = int64_t{1} << 28;

/// Reads a .png or .jpg (told apart by the first bytes, not by the name) of any
/// colour type. Transparency is dropped, 16 bits are rounded to 8.
llvm::Expected<RgbImage> readImage(llvm::StringRef path);

/// The same from memory; `name` stands for the file in messages.
llvm::Expected<RgbImage> parseImage(llvm::StringRef bytes, llvm::StringRef name);

/// Reads a .png with a palette or grey levels of up to 8 bits, and returns the
/// palette's indices or the grey levels themselves.
llvm::Expected<LabelMap> readLabelImage(llvm::StringRef path);

/// The same from memory.
llvm::Expected<LabelMap> parseLabelImage(llvm::StringRef bytes, llvm::StringRef name);

/// Writes an RGB .png.
llvm::Error writeImage(llvm::StringRef path, const RgbImage &image);

/// Writes an 8-bit .png whose indices are the labels and whose palette colours
/// them.
llvm::Error writeLabelImage(llvm::StringRef path, const LabelMap &labels, const Palette &palette);

/// Paints the labels' colours over a picture of the same size; `opacity` 0 leaves
/// the picture as it is, 1 hides it. Pixels of label 255 (no class) stay.
llvm::Expected<RgbImage> overlayLabels(const RgbImage &image, const LabelMap &labels,
                                       const Palette &palette, double opacity = 0.5);

/// The picture as 1x3xHxW: float32 in [0, 1], or bytes for `type` UInt8. With the channels on
/// another axis, 1xHx3xW or 1xHxWx3.
HostTensor imageToTensor(const RgbImage &image, ElementType type = ElementType::Float32,
                         unsigned channelsAxis = 1);

} // namespace segc

#endif // SEGC_FILES_IMAGEFILE_H
