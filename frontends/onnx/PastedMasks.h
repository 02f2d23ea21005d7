//===- PastedMasks.h - the masks of found objects on the image --*- C++ -*-===//
//
// torchvision's Mask R-CNN ends with a loop that runs once for each object found: it
// resizes the object's mask to its box, whose size follows from pixels, and puts it
// at its place in an empty image (`_onnx_paste_masks_in_image_loop`). Neither the
// number of iterations nor a tensor in the body has a size that is known, but what
// all of it computes has, and is the product of three matrices an object.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_PASTEDMASKS_H
#define SEGC_FRONTENDS_ONNX_PASTEDMASKS_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// Imports a Loop if it is the one above: carried is an empty tensor [0, H, W], to which each
/// iteration i adds the image of mask i (of [N, 1, S, S]) and box i (of [N, 4], i64: left, top,
/// right and bottom, the last two inside). False, and nothing is reported, if it is anything else.
bool importPastedMasks(Node &loop, const onnx::GraphProto &body);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_PASTEDMASKS_H
