//===- segc_workspace.h - the buffers of a run -------------------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. How a generated network
// names the arguments of its kernels: read(conv1, i) is image i of the map in
// buffer `conv1`, halo included.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_WORKSPACE_H
#define SEGC_WORKSPACE_H

#include "segc_layout.h"

#include <initializer_list>

namespace segc {

/// A dense tensor anywhere, extents outermost first.
template <typename T> inline View dense(T *data, std::initializer_list<int64_t> extents) {
  return denseView(data, extents.begin(), static_cast<int>(extents.size()));
}

/// Elements of a dense tensor in any order: extents and strides outermost first.
template <typename T>
inline View strided(T *first, std::initializer_list<int64_t> extents,
                    std::initializer_list<int64_t> strides) {
  View view = denseView(first, extents.begin(), static_cast<int>(extents.size()));
  for (size_t d = 0; d < strides.size(); ++d)
    view.stride[d] = static_cast<int32_t>(strides.begin()[strides.size() - 1 - d]);
  return view;
}

/// A map that is read from row `top` and column `left` on.
template <typename T> inline View cropped(View map, int64_t top, int64_t left) {
  map.data = static_cast<T *>(map.data) + top * map.stride[2] + left * map.stride[1];
  map.extent[1] -= static_cast<int32_t>(left);
  map.extent[2] -= static_cast<int32_t>(top);
  return map;
}

/// Number of elements, or -1 if there are too many or an extent is negative.
inline int64_t denseCount(std::initializer_list<int64_t> extents) {
  int64_t count = 1;
  for (int64_t extent : extents)
    count = checkedProduct(count, extent);
  return count <= kMostElements ? count : -1;
}

/// a / b rounded down; b is not zero.
inline int64_t floorDiv(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// The caller's workspace, divided as planMemory said.
struct Workspace {
  char *base;
  const MapGeometry *maps; ///< one a buffer; unused for dense ones
  const int64_t *offsets;  ///< bytes, one a buffer

  template <typename T> T *data(int buffer) const {
    return reinterpret_cast<T *>(base + offsets[buffer]);
  }
  template <typename T = float> View read(int buffer, int64_t image) const {
    return inputView(data<T>(buffer), maps[buffer], image);
  }
  template <typename T = float> View write(int buffer, int64_t image) const {
    return outputView(data<T>(buffer), maps[buffer], image);
  }
  /// `channels` channels of a map, from a whole block on: an operand of a concatenation.
  template <typename T = float>
  View readPart(int buffer, int32_t firstBlock, int32_t channels, int64_t image) const {
    return inputSlice(data<T>(buffer), maps[buffer], firstBlock, blocks(buffer, channels), image);
  }
  template <typename T = float>
  View writePart(int buffer, int32_t firstBlock, int32_t channels, int64_t image) const {
    return outputSlice(data<T>(buffer), maps[buffer], firstBlock, blocks(buffer, channels), image);
  }
  template <typename T = float> void clearHalo(int buffer, int64_t batch) const {
    segc::clearHalo(data<T>(buffer), maps[buffer], batch);
  }

private:
  int32_t blocks(int buffer, int32_t channels) const {
    return (channels + maps[buffer].block - 1) / maps[buffer].block;
  }
};

} // namespace segc

#endif // SEGC_WORKSPACE_H
