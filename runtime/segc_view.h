//===- segc_view.h - a piece of memory as a kernel sees it ------*- C++ -*-===//
//
// Part of the runtime that every generated package carries. C++17, no
// dependency.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_VIEW_H
#define SEGC_VIEW_H

#include <cstdint>

/// In front of functions that kernels on a GPU call, too.
#if defined(__CUDACC__)
#define SEGC_HOST_DEVICE __host__ __device__
#else
#define SEGC_HOST_DEVICE
#endif

namespace segc {

/// A strided array of up to six dimensions, innermost first. Strides count
/// elements. `data` is the element whose coordinates are `min`.
struct View {
  void *data;
  int32_t min[6];
  int32_t extent[6];
  int32_t stride[6];
};

} // namespace segc

#endif // SEGC_VIEW_H
