//===- Bounds.h - proofs that a part lies inside a tensor -------*- C++ -*-===//
//
// Skip connections are cropped to computed sizes: x[:, :, 31 : 31 + h], where x
// has 32 * ((h + 198) / 32) + ... rows. A Slice clamps its end to the extent;
// left in place, such minima pile up from crop to crop. Most can be shown to be
// needless once the quotients are replaced by their linear bounds,
// (x - k + 1) / k <= floorDiv(x, k) <= x / k.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_BOUNDS_H
#define SEGC_FRONTENDS_ONNX_BOUNDS_H

#include "compiler/dialect/Dim.h"

namespace segc::onnximport {

/// Whether `dim` >= 0 for all positive values of the symbols. False if that is not found out.
bool provablyNotNegative(seg::DimAttr dim);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_BOUNDS_H
