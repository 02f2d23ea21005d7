// Pictures and label maps survive a round trip; damaged and lying files do not
// harm. SEGC_SOURCE_DIR is the repository, for the bundled scenes.

#include "compiler/files/ImageFile.h"

#include "compiler/files/Metrics.h"
#include "tests/files/TestFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <png.h>

#include <cstdio>
#include <cstring>

#include <jpeglib.h>

namespace {

using namespace segc;
using testing::HasSubstr;

/// A .png of any colour type and depth, its rows given as stored.
std::string makePng(int width, int height, int color, int depth, const std::string &row,
                    bool interlaced = false, bool transparent = false) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep from, size_t count) {
        static_cast<std::string *>(png_get_io_ptr(p))
            ->append(reinterpret_cast<char *>(from), count);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), depth,
               color, interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  const png_color colors[4] = {{0, 0, 0}, {10, 20, 30}, {40, 50, 60}, {255, 0, 255}};
  const png_byte alpha[4] = {0, 255, 100, 0};
  if (color == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, colors, 4);
    if (transparent)
      png_set_tRNS(png, info, alpha, 4, nullptr);
  }
  png_write_info(png, info);
  std::vector<png_bytep> rows(static_cast<size_t>(height),
                              reinterpret_cast<png_bytep>(const_cast<char *>(row.data())));
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

/// A .jpg in which all pixels are alike. `components` 4 is CMYK as Adobe writes it.
std::string makeJpeg(int width, int height, int components, const std::string &pixel) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char *memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = components;
  info.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  std::string row;
  for (int x = 0; x < width; ++x)
    row += pixel;
  JSAMPROW pointer = reinterpret_cast<JSAMPROW>(row.data());
  for (int y = 0; y < height; ++y)
    jpeg_write_scanlines(&info, &pointer, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char *>(memory), size);
  std::free(memory);
  return file;
}

/// The first row's pixels of a picture, or its error.
std::vector<int> firstRow(const std::string &file) {
  auto image = parseImage(file, "x.png");
  if (!image) {
    ADD_FAILURE() << llvm::toString(image.takeError());
    return {};
  }
  return {image->pixels.begin(), image->pixels.begin() + image->width * 3};
}

using Row = std::vector<int>;

TEST(ImageFile, EveryColourTypeBecomesRgb) {
  EXPECT_EQ(firstRow(makePng(2, 2, PNG_COLOR_TYPE_RGB, 8, "\1\2\3\4\5\6")),
            (Row{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(
      firstRow(makePng(2, 2, PNG_COLOR_TYPE_RGB_ALPHA, 8, std::string("\1\2\3\0\4\5\6\xff", 8))),
      (Row{1, 2, 3, 4, 5, 6})); // the alpha is dropped, not blended
  EXPECT_EQ(firstRow(makePng(2, 2, PNG_COLOR_TYPE_GRAY, 8, "\x07\x09")), (Row{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(firstRow(makePng(2, 2, PNG_COLOR_TYPE_GRAY_ALPHA, 8, "\x07\x80\x09\x80")),
            (Row{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(firstRow(makePng(2, 1, PNG_COLOR_TYPE_GRAY, 2, "\x60")),
            (Row{85, 85, 85, 170, 170, 170}));
  EXPECT_EQ(firstRow(makePng(1, 1, PNG_COLOR_TYPE_GRAY, 16, "\x80\x80")), (Row{128, 128, 128}));
  EXPECT_EQ(firstRow(makePng(2, 2, PNG_COLOR_TYPE_PALETTE, 8, "\1\2", true, true)),
            (Row{10, 20, 30, 40, 50, 60}));
}

TEST(ImageFile, LabelsAreNotColours) {
  for (bool interlaced : {false, true}) {
    auto palette = parseLabelImage(
        makePng(4, 3, PNG_COLOR_TYPE_PALETTE, 2, "\x1b", interlaced, true), "l.png");
    ASSERT_TRUE(bool(palette)) << llvm::toString(palette.takeError());
    EXPECT_EQ(palette->labels, (std::vector<uint8_t>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}));
  }
  auto gray = parseLabelImage(makePng(2, 1, PNG_COLOR_TYPE_GRAY, 4, "\x7f"), "l.png");
  ASSERT_TRUE(bool(gray)) << llvm::toString(gray.takeError());
  EXPECT_EQ(gray->labels, (std::vector<uint8_t>{7, 15}));
  EXPECT_THAT(messageOf(parseLabelImage(makePng(1, 1, PNG_COLOR_TYPE_RGB, 8, "abc"), "l.png")),
              HasSubstr("l.png: is no label map"));
  EXPECT_THAT(messageOf(parseLabelImage(makePng(1, 1, PNG_COLOR_TYPE_GRAY, 16, "ab"), "l.png")),
              HasSubstr("is no label map"));
  EXPECT_THAT(messageOf(parseLabelImage("GIF89a", "l.gif")), HasSubstr("l.gif: is not a .png"));
}

TEST(ImageFile, ReadsJpeg) {
  const auto near = [](const Row &row, Row wanted) {
    ASSERT_GE(row.size(), 3u);
    for (size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(row[c], wanted[c], 3);
  };
  near(firstRow(makeJpeg(17, 9, 3, "\xc8\x64\x1e")), {200, 100, 30});
  near(firstRow(makeJpeg(17, 9, 1, "\x64")), {100, 100, 100});
  // libjpeg marks CMYK as Adobe's: 255 is no ink. Half the light of magenta is left,
  // and four fifths of all light.
  near(firstRow(makeJpeg(17, 9, 4, "\xff\x80\xff\xcc")), {204, 102, 204});
}

TEST(ImageFile, RoundTrips) {
  TestFolder folder;
  RgbImage image{3, 2, {}};
  for (int i = 0; i < 18; ++i)
    image.pixels.push_back(static_cast<uint8_t>(i * 13));
  ASSERT_EQ(messageOf(writeImage(folder / "i.png", image)), "");
  auto back = readImage(folder / "i.png");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_EQ(back->width, 3);
  EXPECT_EQ(back->pixels, image.pixels);

  const LabelMap labels{3, 2, {0, 1, 2, 20, 254, 255}};
  ASSERT_EQ(messageOf(writeLabelImage(folder / "l.png", labels, vocPalette())), "");
  auto labelsBack = readLabelImage(folder / "l.png");
  ASSERT_TRUE(bool(labelsBack)) << llvm::toString(labelsBack.takeError());
  EXPECT_EQ(labelsBack->labels, labels.labels);
  // Seen as a picture, it has the palette's colours.
  EXPECT_EQ(firstRow(folder.get("l.png")), (Row{0, 0, 0, 128, 0, 0, 0, 128, 0}));

  EXPECT_THAT(messageOf(writeImage("/no/such/i.png", image)), HasSubstr("/no/such/i.png: "));
  image.pixels.pop_back();
  EXPECT_THAT(messageOf(writeImage(folder / "j.png", image)), HasSubstr("3x2"));
}

TEST(ImageFile, Overlay) {
  const RgbImage image{3, 1, {100, 100, 100, 100, 100, 100, 100, 100, 100}};
  const LabelMap labels{3, 1, {0, 1, 255}};
  auto half = overlayLabels(image, labels, vocPalette());
  ASSERT_TRUE(bool(half));
  EXPECT_EQ(half->pixels, (std::vector<uint8_t>{50, 50, 50, 114, 50, 50, 100, 100, 100}));
  EXPECT_EQ(overlayLabels(image, labels, vocPalette(), 0)->pixels, image.pixels);
  EXPECT_EQ(overlayLabels(image, labels, vocPalette(), 1)->pixels,
            (std::vector<uint8_t>{0, 0, 0, 128, 0, 0, 100, 100, 100}));
  EXPECT_THAT(messageOf(overlayLabels(image, LabelMap{1, 3, {0, 0, 0}}, vocPalette())),
              HasSubstr("1x3 over an image of 3x1"));
}

TEST(ImageFile, TensorIsPlanarAndScaled) {
  const HostTensor tensor = imageToTensor({2, 1, {255, 0, 51, 102, 255, 0}});
  EXPECT_EQ(tensor.dims(), (std::vector<int64_t>{1, 3, 1, 2}));
  const float wanted[6] = {1, 0.4f, 0, 1, 0.2f, 0};
  for (int i = 0; i < 6; ++i)
    EXPECT_FLOAT_EQ(tensor.data<float>()[i], wanted[i]);
}

TEST(ImageFile, TensorOfBytesIsPlanar) {
  // R G B of two pixels in a row, on each axis.
  for (unsigned axis : {2u, 3u}) {
    const HostTensor last =
        imageToTensor({2, 1, {255, 0, 51, 102, 254, 0}}, ElementType::UInt8, axis);
    EXPECT_EQ(last.dims(),
              axis == 3 ? (std::vector<int64_t>{1, 1, 2, 3}) : (std::vector<int64_t>{1, 1, 3, 2}));
    const std::vector<uint8_t> wanted = axis == 3 ? std::vector<uint8_t>{255, 0, 51, 102, 254, 0}
                                                  : std::vector<uint8_t>{255, 102, 0, 254, 51, 0};
    EXPECT_EQ(std::vector<uint8_t>(last.data<uint8_t>(), last.data<uint8_t>() + 6), wanted);
  }
  const HostTensor tensor = imageToTensor({2, 1, {255, 0, 51, 102, 254, 0}}, ElementType::UInt8);
  EXPECT_EQ(tensor.type(), ElementType::UInt8);
  EXPECT_EQ(tensor.dims(), (std::vector<int64_t>{1, 3, 1, 2}));
  const uint8_t wanted[6] = {255, 102, 0, 254, 51, 0};
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(tensor.data<uint8_t>()[i], wanted[i]);
}

/// A copy of a .png with other numbers in its header, the checksum put right.
std::string withHeader(std::string file, uint32_t width, uint32_t height) {
  const auto put = [&file](size_t at, uint32_t value) {
    for (int i = 0; i < 4; ++i)
      file[at + static_cast<size_t>(i)] = static_cast<char>(value >> (24 - 8 * i));
  };
  put(16, width);
  put(20, height);
  uint32_t crc = ~0u;
  for (size_t i = 12; i < 29; ++i) {
    crc ^= static_cast<uint8_t>(file[i]);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  put(29, ~crc);
  return file;
}

TEST(ImageFile, ALyingHeaderCostsNoMemory) {
  const std::string file = makePng(2, 2, PNG_COLOR_TYPE_RGB, 8, "\1\2\3\4\5\6");
  EXPECT_EQ(messageOf(parseImage(withHeader(file, 2, 2), "x.png")), "");
  EXPECT_THAT(messageOf(parseImage(withHeader(file, 16000, 16000), "x.png")),
              HasSubstr("x.png: is far too short"));
  EXPECT_THAT(messageOf(parseImage(withHeader(file, 1000000, 1000000), "x.png")),
              HasSubstr("has no pixels, or too many"));
  EXPECT_NE(messageOf(parseImage(withHeader(file, 0x7fffffff, 0x7fffffff), "x.png")), "");
  EXPECT_NE(messageOf(parseImage(withHeader(file, 0, 5), "x.png")), "");
  EXPECT_NE(messageOf(parseImage(withHeader(file, 3, 2), "x.png")), ""); // too few bytes
  EXPECT_NE(messageOf(parseLabelImage(withHeader(file, 0, 5), "x.png")), "");
}

TEST(ImageFile, TruncatedFilesAreRefused) {
  const std::string png = makePng(8, 8, PNG_COLOR_TYPE_RGB, 8, std::string(24, 'q'));
  for (size_t size = 0; size < png.size(); ++size)
    EXPECT_NE(messageOf(parseImage(png.substr(0, size), "x.png")), "") << size;
  const std::string jpeg = makeJpeg(40, 40, 3, "abc");
  for (size_t size = 0; size + 2 < jpeg.size(); size += 3)
    EXPECT_NE(messageOf(parseImage(jpeg.substr(0, size), "x.jpg")), "") << size;
}

TEST(ImageFile, DamagedFilesAreSurvived) {
  const std::string png =
      makePng(8, 8, PNG_COLOR_TYPE_PALETTE, 8, std::string("\0\1\2\3\0\1\2\3", 8));
  const std::string jpeg = makeJpeg(24, 24, 3, "abc");
  for (int value : {0x00, 0x7f, 0xff}) {
    for (size_t i = 0; i < png.size(); ++i) {
      std::string damaged = png;
      damaged[i] = static_cast<char>(value);
      messageOf(parseImage(damaged, "x.png"));
      messageOf(parseLabelImage(damaged, "x.png"));
    }
    for (size_t i = 0; i < jpeg.size(); ++i) {
      // Not the size: a JPEG may well be large, and 65,535 pixels squared are refused.
      std::string damaged = jpeg;
      damaged[i] = static_cast<char>(value);
      messageOf(parseImage(damaged, "x.jpg"));
    }
  }
  EXPECT_THAT(messageOf(parseImage("", "x")), HasSubstr("neither"));
  EXPECT_THAT(messageOf(readImage("/no/such.png")), HasSubstr("/no/such.png: "));
  EXPECT_THAT(messageOf(readLabelImage("/no/such.png")), HasSubstr("/no/such.png: "));
}

TEST(ImageFile, BundledGoldensHaveTheirRecordedAccuracy) {
  // metrics.json of examples/shapes, computed by NumPy from the same maps.
  const double recorded[3] = {0.99391, 0.98352, 0.9938};
  const std::string shapes = std::string(SEGC_SOURCE_DIR) + "/examples/shapes/";
  for (int scene = 0; scene < 3; ++scene) {
    const std::string number = "00" + std::to_string(scene);
    auto said = readLabelImage(shapes + "golden/deeplab_" + number + "_320x240_map.png");
    auto truth = readLabelImage(shapes + "test/" + number + "_label.png");
    ASSERT_TRUE(bool(said)) << llvm::toString(said.takeError());
    ASSERT_TRUE(bool(truth)) << llvm::toString(truth.takeError());
    ConfusionMatrix matrix(8);
    ASSERT_EQ(messageOf(matrix.add(*said, *truth, number)), "");
    EXPECT_NEAR(matrix.pixelAccuracy(), recorded[scene], 0.5e-5);
  }
}

} // namespace
