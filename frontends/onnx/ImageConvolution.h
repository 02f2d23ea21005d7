//===- ImageConvolution.h - convolutions by any weights ---------*- C++ -*-===//
//
// The dialect's convolutions take weights that are constant, or computed from constants.
// Convolutions by weights that the network computes from its inputs are written as
// products of matrices.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_IMAGECONVOLUTION_H
#define SEGC_FRONTENDS_ONNX_IMAGECONVOLUTION_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// A window over two axes and the groups that it works on: seg.conv2d's attributes.
struct ImageWindow {
  llvm::ArrayRef<int64_t> strides, dilations, pads;
  int64_t groups = 1;
};

/// Whether a value depends on the network's inputs.
bool dependsOnInputs(mlir::Value value);

/// [N, C, H, W] by weights [OC, C / groups, KH, KW]; the bias may be null.
mlir::Value convolveImage(Node &node, mlir::Value input, mlir::Value weight, mlir::Value bias,
                          const ImageWindow &window);

/// The adjoint, by weights [C, OC / groups, KH, KW].
mlir::Value convolveImageTransposed(Node &node, mlir::Value input, mlir::Value weight,
                                    mlir::Value bias, const ImageWindow &window,
                                    llvm::ArrayRef<int64_t> outputPadding);

/// Blocks put back and added up: [N, channels * KH * KW, BH, BW] holds the places of each block
/// side by side.
mlir::Value joinBlocks(Node &node, mlir::Value blocks, int64_t channels,
                       llvm::ArrayRef<int64_t> kernel, const ImageWindow &window,
                       llvm::ArrayRef<int64_t> outputPadding);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_IMAGECONVOLUTION_H
