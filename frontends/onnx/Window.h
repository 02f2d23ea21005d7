//===- Window.h - the window of a convolution or a pool ---------*- C++ -*-===//
//
// Kernel, strides, dilations and pads as the seg dialect wants them: over two
// axes where the model's tensor has one or two. One-dimensional windows slide
// over images of height 1. Windows over volumes keep their three axes; Volumes.h
// takes them apart.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_WINDOW_H
#define SEGC_FRONTENDS_ONNX_WINDOW_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

struct Window {
  /// Number of spatial axes in the model: 1, 2 or 3.
  int64_t axes = 2;
  /// With three axes of which one or two do nothing, and were left out: whether the last two are
  /// one axis of the image (channel pooling, where they do nothing), else the first is one of the
  /// channels (where it does nothing).
  bool joinsLastTwo = false;
  /// NOTSET, VALID, SAME_UPPER or SAME_LOWER.
  std::string autoPad;
  /// Vertical, horizontal; before them, in a volume, along the depth.
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  /// Top, left, bottom, right; in a volume front, top, left, back, bottom, right.
  llvm::SmallVector<int64_t> pads;

  bool isVolume() const { return kernel.size() == 3; }
  /// Extent of the dilated kernel along an axis.
  int64_t span(int axis) const { return (kernel[axis] - 1) * dilations[axis] + 1; }
};

/// Reads and checks the attributes; nothing if one is unsound. `kernel` has one value a spatial
/// axis of the model. With `mayFold`, a window over three axes that does nothing along the first
/// or the last two becomes one over two. Pads are those of the attribute, zeros with auto_pad.
std::optional<Window> readWindow(Node &node, llvm::ArrayRef<int64_t> kernel, bool mayFold = false);

/// `input`, which is [N, C, L] or [N, C, H, W], as an image; null, and reported, for other ranks.
mlir::Value toImage(Node &node, mlir::Value input);
/// The inverse, for a model whose tensors have `axes` spatial axes, 1 or 2.
mlir::Value fromImage(Node &node, mlir::Value image, int64_t axes);

/// The same for the window of a pool, whose input (number 0 of the node) may have three.
mlir::Value toPoolImage(Node &node, mlir::Value input, const Window &window);
mlir::Value fromPoolImage(Node &node, mlir::Value image, const Window &window);

/// Carries out auto_pad for a window that slides over `image`: where the pads are the same for
/// every size they are added to the window, else `image` is padded with `fill`. Without a `fill`
/// the pads must be constant.
mlir::Value applyAutoPad(Node &node, mlir::Value image, Window &window, std::optional<float> fill);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_WINDOW_H
