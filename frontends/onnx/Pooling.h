//===- Pooling.h - windows over any value -----------------------*- C++ -*-===//
//
// Operators that pool something else than their first input, such as what it stands
// for, read the window from the node all the same.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_POOLING_H
#define SEGC_FRONTENDS_ONNX_POOLING_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// The means of `input`, which is of the rank of the node's input 0, over the windows that the
/// attributes of AveragePool say. Null, and reported, if they are unsound. With `countsBeyondPads`
/// the part of a window behind the pads, where ceil_mode lets it stand out, counts like the pads.
mlir::Value averagePool(Node &node, mlir::Value input, bool countsBeyondPads);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_POOLING_H
