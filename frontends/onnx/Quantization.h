//===- Quantization.h - numbers that stand for others -----------*- C++ -*-===//
//
// A quantised tensor holds small integers q that stand for (q - zero) * scale. What
// the operators on them have in common is here; sums of products are exact integers
// (seg.conv2d_integer, seg.matmul_integer), everything else is float32, as in ONNX Runtime.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_QUANTIZATION_H
#define SEGC_FRONTENDS_ONNX_QUANTIZATION_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// Input i as a scalar; null, and reported, unless it is a single value.
mlir::Value singleValue(Node &node, int i);

/// Input i, one value or one a channel, under a shape that broadcasts along `axis` of a tensor of
/// `rank`. Null, and reported, for other shapes.
mlir::Value alongAxis(Node &node, int i, int64_t axis, int64_t rank);

/// (q - zero) * scale in float32. `zero` is null for 0; both broadcast to q.
mlir::Value dequantized(Node &node, mlir::Value q, mlir::Value scale, mlir::Value zero);
/// round(x / scale) + zero, ties to even, limited to what `element` holds.
mlir::Value quantized(Node &node, mlir::Value x, mlir::Value scale, mlir::Value zero,
                      Element element);
/// round(sum * scale) + zero: an exact sum of products as a quantised number.
mlir::Value requantized(Node &node, mlir::Value sum, mlir::Value scale, mlir::Value zero,
                        Element element);

/// What DynamicQuantizeLinear makes of a tensor: bytes, their scale and their zero.
struct DynamicallyQuantized {
  mlir::Value values, scale, zero;
};
DynamicallyQuantized quantizedDynamically(Node &node, mlir::Value x);

/// A zero (input i, or 0 if absent) for sums of products: an int32, or a list of them.
mlir::Value zeroOfSums(Node &node, int i);

/// The exact convolution of inputs `x` and `w` by the node's window; zeros are inputs or -1.
mlir::Value integerConvolution(Node &node, int x, int w, int xZero, int wZero);
/// The exact product of matrices.
mlir::Value integerProduct(Node &node, int a, int b, int aZero, int bZero);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_QUANTIZATION_H
