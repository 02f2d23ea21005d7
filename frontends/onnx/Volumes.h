//===- Volumes.h - three spatial axes, in terms of two ----------*- C++ -*-===//
//
// Convolutions and pools over volumes [N, C, D, H, W], written in ops on images. A
// volume is handled as its slices, [N * D, C, H, W], which two-dimensional kernels
// take as a batch; what happens along the depth is put into their channels or done
// behind them. Conversions between the two orders stand at the ends of each
// operator, so that those of neighbours cancel.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_VOLUMES_H
#define SEGC_FRONTENDS_ONNX_VOLUMES_H

#include "frontends/onnx/Window.h"

namespace segc::onnximport {

/// [N, C, D, H, W] as [N * D, C, H, W].
mlir::Value slicesOf(Node &node, mlir::Value volume);
/// The inverse, for volumes of this depth.
mlir::Value volumeOf(Node &node, mlir::Value slices, seg::DimAttr batch, seg::DimAttr depth);

/// Conv. The window is one over three axes; weights are [OC, IC / groups, KD, KH, KW].
mlir::Value convolveVolume(Node &node, mlir::Value input, mlir::Value weight, mlir::Value bias,
                           const Window &window, int64_t groups);

/// ConvTranspose. Weights are [IC, OC / groups, KD, KH, KW]; pads at the end may be negative.
mlir::Value convolveVolumeTransposed(Node &node, mlir::Value input, mlir::Value weight,
                                     mlir::Value bias, const Window &window,
                                     llvm::ArrayRef<int64_t> outputPadding, int64_t groups);

mlir::Value maxPoolVolume(Node &node, mlir::Value input, const Window &window, bool ceilMode);
mlir::Value averagePoolVolume(Node &node, mlir::Value input, const Window &window, bool ceilMode,
                              bool countPads);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_VOLUMES_H
