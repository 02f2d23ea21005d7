//===- Halo.h - the zero columns that a reader needs ------------*- C++ -*-===//

#ifndef SEGC_TRANSFORMS_HALO_H
#define SEGC_TRANSFORMS_HALO_H

#include "compiler/dialect/Seg.h"

#include <algorithm>

namespace segc {

/// Columns of zeros beside every row of a feature map.
struct Halo {
  int64_t left = 0, right = 0;

  void include(Halo other) {
    left = std::max(left, other.left);
    right = std::max(right, other.right);
  }
};

/// What the op that owns this use reads beside the rows of its operand.
Halo haloNeeded(mlir::OpOperand &operand);

} // namespace segc

#endif // SEGC_TRANSFORMS_HALO_H
