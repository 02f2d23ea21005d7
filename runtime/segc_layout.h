//===- segc_layout.h - how feature maps lie in memory ------------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, standard
// library only.
//
// A feature map in the workspace is stored image by image, and within an image
//
//   [channel block][row][column][channel within its block]
//
// where a row has `left` columns of zeros before the image and `right` behind it
// (the halo), so that convolutions read their padding instead of testing for it.
// Rows follow each other without a gap. Behind the last row of the last image lie
// MapGeometry::slackColumns columns of readable memory, because a kernel may load
// a whole tile and store a part of it. With block 1 the map is planar (NCHW).
//
// Kernels see a map through a View of four dimensions, innermost first: channel
// in its block, column, row, block. Sizes and strides count elements.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LAYOUT_H
#define SEGC_LAYOUT_H

#include "segc_plan.h"
#include "segc_view.h"

#include <cstdint>
#include <cstring>
#include <limits>

namespace segc {

/// The shape of one image of a feature map.
struct MapGeometry {
  int32_t channels;
  int32_t height;
  int32_t width;
  int32_t block; ///< channels that lie side by side; 1 is planar
  int32_t left;  ///< columns of zeros before each row
  int32_t right; ///< columns of zeros behind each row

  /// Readable columns behind a map (the compiler's kSlackColumns).
  static constexpr int32_t slackColumns = 64;
};

/// How many blocks hold the channels; the last may be part empty.
inline int32_t blockCount(const MapGeometry &map) {
  return static_cast<int32_t>((int64_t{map.channels} + map.block - 1) / map.block);
}

/// Elements from a row to the next, halo included.
inline int64_t rowPitch(const MapGeometry &map) {
  return checkedProduct(int64_t{map.left} + map.width + map.right, map.block);
}

/// Elements from a channel block to the next; -1 if that does not fit.
inline int64_t planeStride(const MapGeometry &map) {
  return checkedProduct(rowPitch(map), map.height);
}

/// Elements from an image of a batch to the next; -1 if that does not fit.
inline int64_t imageStride(const MapGeometry &map) {
  return checkedProduct(planeStride(map), blockCount(map));
}

/// Elements that a batch of maps needs, halo and slack included; -1 if that does
/// not fit.
inline int64_t elementCount(const MapGeometry &map, int64_t batch = 1) {
  return checkedSum(checkedProduct(imageStride(map), batch),
                    int64_t{MapGeometry::slackColumns} * map.block);
}

/// Bytes that a batch of maps needs; -1 if that does not fit.
template <typename T> inline int64_t mapBytes(const MapGeometry &map, int64_t batch = 1) {
  return checkedProduct(elementCount(map, batch), static_cast<int64_t>(sizeof(T)));
}

/// Whether the geometry makes sense and a kernel's int32_t strides and indices
/// reach every element of an image. Check this before making views.
inline bool fitsView(const MapGeometry &map) {
  if (map.channels < 1 || map.height < 1 || map.width < 1 || map.block < 1 || map.left < 0 ||
      map.right < 0)
    return false;
  const int64_t count = elementCount(map);
  return count >= 0 && count <= kMostElements;
}

/// A View of four dimensions whose strides belong to `map`.
inline View mapView(const void *data, const MapGeometry &map, int32_t minColumn, int32_t columns,
                    int32_t blocks) {
  View view = {};
  view.data = const_cast<void *>(data); // A View does not say who may write; the kernel does.
  const int32_t extents[4] = {map.block, columns, map.height, blocks};
  const int32_t strides[4] = {1, map.block, static_cast<int32_t>(rowPitch(map)),
                              static_cast<int32_t>(planeStride(map))};
  for (int d = 0; d < 4; ++d) {
    view.extent[d] = extents[d];
    view.stride[d] = strides[d];
  }
  view.extent[4] = view.extent[5] = 1;
  view.min[1] = minColumn;
  return view;
}

/// Blocks [firstBlock, firstBlock + blocks) of image `image`, to be read: the
/// halo belongs to the view, and so does the slack behind each row.
template <typename T>
inline View inputSlice(const T *base, const MapGeometry &map, int32_t firstBlock, int32_t blocks,
                       int64_t image = 0) {
  return mapView(base + image * imageStride(map) + firstBlock * planeStride(map), map, -map.left,
                 map.left + map.width + map.right + MapGeometry::slackColumns, blocks);
}

/// Blocks [firstBlock, firstBlock + blocks) of image `image`, to be written:
/// without the halo. Writing a slice of a map is how a concatenation costs nothing.
template <typename T>
inline View outputSlice(T *base, const MapGeometry &map, int32_t firstBlock, int32_t blocks,
                        int64_t image = 0) {
  return mapView(base + image * imageStride(map) + firstBlock * planeStride(map) +
                     int64_t{map.left} * map.block,
                 map, 0, map.width, blocks);
}

/// A whole image of a map, to be read.
template <typename T>
inline View inputView(const T *base, const MapGeometry &map, int64_t image = 0) {
  return inputSlice(base, map, 0, blockCount(map), image);
}

/// A whole image of a map, to be written.
template <typename T> inline View outputView(T *base, const MapGeometry &map, int64_t image = 0) {
  return outputSlice(base, map, 0, blockCount(map), image);
}

/// Image `image` of a caller's dense NCHW tensor, as a map of four dimensions
/// (1, W, H, C). There is neither halo nor slack around a caller's memory.
template <typename T>
inline View denseMapView(const T *base, int32_t channels, int32_t height, int32_t width,
                         int64_t image = 0) {
  const MapGeometry map = {channels, height, width, 1, 0, 0};
  return mapView(base + image * imageStride(map), map, 0, width, channels);
}

/// A dense tensor of any use, `extents` outermost first as in ONNX; the view's
/// dimensions are in reverse order, innermost first. `rank` is at most 6, and the
/// tensor has at most 2^31 - 1 elements.
template <typename T> inline View denseView(const T *base, const int64_t *extents, int rank) {
  View view = {};
  view.data = const_cast<void *>(static_cast<const void *>(base));
  int64_t stride = 1;
  for (int d = 0; d < 6; ++d) {
    view.extent[d] = d < rank ? static_cast<int32_t>(extents[rank - 1 - d]) : 1;
    view.stride[d] = static_cast<int32_t>(stride);
    stride *= view.extent[d];
  }
  return view;
}

/// Sets the halo columns of every row of a batch to zero. The workspace is used
/// again and again, so this comes before the kernel that writes the map.
template <typename T> inline void clearHalo(T *base, const MapGeometry &map, int64_t batch = 1) {
  const int64_t left = int64_t{map.left} * map.block;
  const int64_t right = int64_t{map.right} * map.block;
  if (left + right == 0)
    return;
  const int64_t rows = batch * blockCount(map) * map.height;
  if (rows <= 0)
    return;
  const int64_t pitch = rowPitch(map);
  // The right halo of a row and the left one of the next are one piece of memory,
  // across blocks and images as well.
  std::memset(base, 0, static_cast<size_t>(left) * sizeof(T));
  for (int64_t row = 1; row < rows; ++row)
    std::memset(base + row * pitch - right, 0, static_cast<size_t>(left + right) * sizeof(T));
  std::memset(base + rows * pitch - right, 0, static_cast<size_t>(right) * sizeof(T));
}

} // namespace segc

#endif // SEGC_LAYOUT_H
