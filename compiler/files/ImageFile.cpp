//===- ImageFile.cpp - pictures and label maps on disk --------------------===//
//
// libpng and libjpeg leave a function by longjmp when a file is bad. The
// functions that call them therefore hold nothing with a destructor: memory
// belongs to their callers, who hand in a context.
//
//===----------------------------------------------------------------------===//

#include "compiler/files/ImageFile.h"

#include "compiler/files/FileError.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <png.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

// jpeglib.h needs size_t and FILE before it; jerror.h needs jpeglib.h.
#include <jpeglib.h>

#include <jerror.h>

using llvm::StringRef;
using llvm::Twine;

namespace segc {
namespace {

constexpr StringRef kPngMagic("\x89PNG\r\n\x1a\n", 8);
constexpr StringRef kJpegMagic("\xff\xd8\xff", 3);

/// A picture while it is read. `channels` bytes a pixel.
struct Picture {
  const unsigned char *bytes = nullptr;
  size_t size = 0;
  size_t position = 0;

  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> pixels;
  std::vector<uint8_t *> rows;

  jmp_buf leave;
  char message[200] = {};

  void fail(const char *text) { std::snprintf(message, sizeof(message), "%s", text); }

  /// Makes room for the picture. `stored` is how many bytes the file's pixels
  /// take once unpacked; `ratio` is the best the format can pack.
  bool allocate(int64_t stored, int64_t ratio, int64_t channels) {
    if (width < 1 || height < 1 || width > kMaxPixels / height) {
      fail("has no pixels, or too many");
      return false;
    }
    if (ratio > 0 && stored / ratio > static_cast<int64_t>(size)) {
      fail("is far too short for the size that its header claims");
      return false;
    }
    pixels.resize(static_cast<size_t>(width * height * channels));
    rows.resize(static_cast<size_t>(height));
    for (int64_t y = 0; y < height; ++y)
      rows[static_cast<size_t>(y)] = pixels.data() + y * width * channels;
    return true;
  }
};

//===----------------------------------------------------------------------===//
// PNG
//===----------------------------------------------------------------------===//

[[noreturn]] void pngError(png_structp png, png_const_charp text) {
  Picture *picture = static_cast<Picture *>(png_get_error_ptr(png));
  picture->fail(text);
  std::longjmp(picture->leave, 1);
}

void pngWarning(png_structp, png_const_charp) {}

void pngRead(png_structp png, png_bytep to, png_size_t count) {
  Picture *picture = static_cast<Picture *>(png_get_io_ptr(png));
  if (count > picture->size - picture->position)
    png_error(png, "ends too early");
  std::memcpy(to, picture->bytes + picture->position, count);
  picture->position += count;
}

/// Reads into `picture`, as RGB or as labels. Returns false with a message.
bool decodePng(Picture &picture, bool labels) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &picture, pngError, pngWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    picture.fail("out of memory");
    return false;
  }
  if (setjmp(picture.leave)) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, &picture, pngRead);
  png_set_user_limits(png, 1u << 20, 1u << 20);
  png_read_info(png, info);

  picture.width = png_get_image_width(png, info);
  picture.height = png_get_image_height(png, info);
  // Deflate packs at most 1032 bytes into one.
  const int64_t stored = static_cast<int64_t>(png_get_rowbytes(png, info)) * picture.height;
  const int color = png_get_color_type(png, info);
  const int depth = png_get_bit_depth(png, info);
  if (labels) {
    if ((color != PNG_COLOR_TYPE_PALETTE && color != PNG_COLOR_TYPE_GRAY) || depth > 8)
      png_error(png, "is no label map: it has neither a palette nor grey levels of up to 8 bits");
    png_set_packing(png); // One byte a pixel, the value unchanged.
  } else {
    if (color == PNG_COLOR_TYPE_PALETTE)
      png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY && depth < 8)
      png_set_expand_gray_1_2_4_to_8(png);
    if (color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_GRAY_ALPHA)
      png_set_gray_to_rgb(png);
    if (depth == 16)
      png_set_scale_16(png);
    png_set_strip_alpha(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const int64_t channels = labels ? 1 : 3;
  if (static_cast<int64_t>(png_get_rowbytes(png, info)) != picture.width * channels)
    png_error(png, "has an unexpected pixel format");
  if (!picture.allocate(stored, 1032, channels)) {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_read_image(png, picture.rows.data());
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

void pngAppend(png_structp png, png_bytep from, png_size_t count) {
  static_cast<std::string *>(png_get_io_ptr(png))->append(reinterpret_cast<char *>(from), count);
}

void pngFlush(png_structp) {}

/// Writes 8-bit rows into `file`; with a palette if there is one, else as RGB.
bool encodePng(Picture &picture, const Palette *palette, std::string &file) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &picture, pngError, pngWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  if (!info) {
    png_destroy_write_struct(&png, nullptr);
    picture.fail("out of memory");
    return false;
  }
  if (setjmp(picture.leave)) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, &file, pngAppend, pngFlush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), 8,
               palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_color colors[256];
  if (palette) {
    for (size_t i = 0; i < palette->size(); ++i)
      colors[i] = {(*palette)[i].red, (*palette)[i].green, (*palette)[i].blue};
    png_set_PLTE(png, info, colors, 256);
  }
  png_write_info(png, info);
  png_write_image(png, picture.rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return true;
}

llvm::Error writePng(StringRef path, int64_t width, int64_t height,
                     const std::vector<uint8_t> &pixels, const Palette *palette) {
  const int64_t channels = palette ? 1 : 3;
  if (width < 1 || height < 1 || width > kMaxPixels / height ||
      pixels.size() != static_cast<size_t>(width * height * channels))
    return fileError(path, "a picture of " + Twine(width) + "x" + Twine(height) +
                               " pixels cannot be written");
  Picture picture;
  picture.width = width;
  picture.height = height;
  for (int64_t y = 0; y < height; ++y) // libpng reads through a pointer to non-const.
    picture.rows.push_back(const_cast<uint8_t *>(pixels.data()) + y * width * channels);
  std::string file;
  if (!encodePng(picture, palette, file))
    return fileError(path, picture.message);

  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (code)
    return fileError(path, code.message());
  stream << file;
  stream.close();
  if (stream.has_error()) {
    code = stream.error();
    stream.clear_error();
    return fileError(path, code.message());
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// JPEG
//===----------------------------------------------------------------------===//

void jpegError(j_common_ptr info) {
  Picture *picture = static_cast<Picture *>(info->client_data);
  char text[JMSG_LENGTH_MAX];
  (*info->err->format_message)(info, text);
  picture->fail(text);
  std::longjmp(picture->leave, 1);
}

/// Most damage costs a few pixels; but a file cut short is an error, not grey.
void jpegMessage(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF)
    jpegError(info);
}

bool decodeJpeg(Picture &picture, jpeg_decompress_struct &info, jpeg_error_mgr &errors) {
  info.err = jpeg_std_error(&errors);
  errors.error_exit = jpegError;
  errors.emit_message = jpegMessage;
  info.client_data = &picture;
  if (setjmp(picture.leave)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, picture.bytes, picture.size);
  jpeg_read_header(&info, TRUE);
  picture.width = info.image_width;
  picture.height = info.image_height;
  const bool inks = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = inks ? JCS_CMYK : JCS_RGB;
  // A limit by ratio is not possible here: progressive scans may skip blocks.
  const int64_t channels = inks ? 4 : 3;
  if (!picture.allocate(0, 0, channels)) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_start_decompress(&info);
  if (info.output_components != channels)
    jpegError(reinterpret_cast<j_common_ptr>(&info));
  while (info.output_scanline < info.output_height)
    jpeg_read_scanlines(&info, picture.rows.data() + info.output_scanline,
                        info.output_height - info.output_scanline);
  jpeg_finish_decompress(&info);
  if (inks) {
    // Adobe stores how much light an ink leaves, others how much it takes.
    const int flip = info.saw_Adobe_marker ? 0 : 255;
    const size_t count = static_cast<size_t>(picture.width * picture.height);
    uint8_t *pixels = picture.pixels.data();
    for (size_t i = 0; i < count; ++i)
      for (size_t c = 0; c < 3; ++c)
        pixels[3 * i + c] = static_cast<uint8_t>(
            ((pixels[4 * i + c] ^ flip) * (pixels[4 * i + 3] ^ flip) + 127) / 255);
  }
  jpeg_destroy_decompress(&info);
  return true;
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fileError(path, buffer.getError().message());
  return std::move(*buffer);
}

Picture pictureOf(StringRef bytes) {
  Picture picture;
  picture.bytes = reinterpret_cast<const unsigned char *>(bytes.data());
  picture.size = bytes.size();
  return picture;
}

} // namespace

llvm::Expected<RgbImage> parseImage(StringRef bytes, StringRef name) {
  Picture picture = pictureOf(bytes);
  bool done;
  if (bytes.starts_with(kPngMagic)) {
    done = decodePng(picture, /*labels=*/false);
  } else if (bytes.starts_with(kJpegMagic)) {
    jpeg_decompress_struct info = {};
    jpeg_error_mgr errors = {};
    done = decodeJpeg(picture, info, errors);
  } else {
    return fileError(name, "is neither a .png nor a .jpg");
  }
  if (!done)
    return fileError(name, picture.message);
  picture.pixels.resize(static_cast<size_t>(picture.width * picture.height * 3));
  return RgbImage{picture.width, picture.height, std::move(picture.pixels)};
}

llvm::Expected<RgbImage> readImage(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  return parseImage((*file)->getBuffer(), path);
}

llvm::Expected<LabelMap> parseLabelImage(StringRef bytes, StringRef name) {
  if (!bytes.starts_with(kPngMagic))
    return fileError(name, "is not a .png; label maps must be");
  Picture picture = pictureOf(bytes);
  if (!decodePng(picture, /*labels=*/true))
    return fileError(name, picture.message);
  return LabelMap{picture.width, picture.height, std::move(picture.pixels)};
}

llvm::Expected<LabelMap> readLabelImage(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  return parseLabelImage((*file)->getBuffer(), path);
}

llvm::Error writeImage(StringRef path, const RgbImage &image) {
  return writePng(path, image.width, image.height, image.pixels, nullptr);
}

llvm::Error writeLabelImage(StringRef path, const LabelMap &labels, const Palette &palette) {
  return writePng(path, labels.width, labels.height, labels.labels, &palette);
}

llvm::Expected<RgbImage> overlayLabels(const RgbImage &image, const LabelMap &labels,
                                       const Palette &palette, double opacity) {
  if (image.width != labels.width || image.height != labels.height)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   Twine("cannot lay a label map of ") + Twine(labels.width) + "x" +
                                       Twine(labels.height) + " over an image of " +
                                       Twine(image.width) + "x" + Twine(image.height));
  // 256 steps are finer than a byte's rounding shows.
  const int weight = static_cast<int>(std::lround(std::min(1.0, std::max(0.0, opacity)) * 256));
  RgbImage result = image;
  for (size_t i = 0; i < labels.labels.size(); ++i) {
    if (labels.labels[i] == kIgnoreLabel)
      continue;
    const Color color = palette[labels.labels[i]];
    const uint8_t over[3] = {color.red, color.green, color.blue};
    for (size_t c = 0; c < 3; ++c) {
      uint8_t &pixel = result.pixels[3 * i + c];
      pixel = static_cast<uint8_t>((pixel * (256 - weight) + over[c] * weight + 128) >> 8);
    }
  }
  return result;
}

HostTensor imageToTensor(const RgbImage &image, ElementType type, unsigned channelsAxis) {
  const bool bytes = type == ElementType::UInt8;
  std::vector<int64_t> dims{1, image.height, image.width};
  dims.insert(dims.begin() + channelsAxis, 3);
  HostTensor tensor(bytes ? ElementType::UInt8 : ElementType::Float32, dims);
  // Pixels between which all values of a channel lie side by side.
  const size_t run = static_cast<size_t>(channelsAxis == 1   ? image.height * image.width
                                         : channelsAxis == 2 ? image.width
                                                             : 1);
  for (size_t c = 0; c < 3; ++c)
    for (size_t i = 0; i < static_cast<size_t>(image.height * image.width); ++i) {
      const uint8_t value = image.pixels[3 * i + c];
      const size_t at = (i / run * 3 + c) * run + i % run;
      if (bytes)
        tensor.data<uint8_t>()[at] = value;
      else
        tensor.data<float>()[at] = static_cast<float>(value) / 255.0f;
    }
  return tensor;
}

} // namespace segc
