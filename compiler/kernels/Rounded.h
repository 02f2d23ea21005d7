//===- Rounded.h - products that are rounded as such ------------*- C++ -*-===//
//
// The printer and the host compiler make one operation of a product and a sum: more exact,
// but not what a framework computes. Where the last bit decides (which of two pixels
// is nearest, how many samples a bin has), products are rounded by themselves.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_ROUNDED_H
#define SEGC_KERNELS_ROUNDED_H

#include <Halide.h>

namespace segc {

/// The float32 product of two float32: that in double, which is exact, rounded.
inline Halide::Expr roundedProduct(Halide::Expr a, Halide::Expr b) {
  return Halide::cast<float>(Halide::cast<double>(a) * Halide::cast<double>(b));
}

} // namespace segc

#endif // SEGC_KERNELS_ROUNDED_H
