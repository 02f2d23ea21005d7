//===- SizeTensors.h - sizes of the input as tensors ------------*- C++ -*-===//
//
// Shape arithmetic is evaluated at import time and mostly ends in an extent. Where
// it meets tensors instead (coordinates divided by the width, a mask of the rows
// beyond the image), a free size is a number that exists only when the network runs.
// It is looked up then, digit by digit, in a table of the numbers 0, 1, 2, ...
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_SIZETENSORS_H
#define SEGC_FRONTENDS_ONNX_SIZETENSORS_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// A number, which may follow from free sizes, as a tensor of shape [1].
mlir::Value sizeTensor(Node &node, const Number &number, Element element);

/// The same for all elements of a tensor. Null, without a report, if some are not known or there
/// are too many for shape arithmetic.
mlir::Value sizeTensor(Node &node, const Known &known);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_SIZETENSORS_H
