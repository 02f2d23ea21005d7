//===- Pieces.h - tensors taken apart and joined ----------------*- C++ -*-===//
//
// What loops and sequences do with tensors along one axis, be they numbers that
// are known or values of the network. All of these report to the node and return
// null where they cannot.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_PIECES_H
#define SEGC_FRONTENDS_ONNX_PIECES_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// Tensors that a loop or a sequence may make: each becomes ops of its own.
constexpr int64_t kMostPieces = 4096;

/// `size` elements from `start` on along an axis; a single one without the axis if `dropsAxis`.
BindingPtr piece(Node &node, const BindingPtr &tensor, int64_t axis, int64_t start, int64_t size,
                 bool dropsAxis);

/// Tensors one behind the other along an axis, which is a new one if `isNewAxis`. There is one at
/// least.
BindingPtr joined(Node &node, llvm::ArrayRef<BindingPtr> tensors, int64_t axis, bool isNewAxis);

/// The number of a tensor of one element, if the importer knows it.
std::optional<int64_t> integerOf(Node &node, const BindingPtr &tensor);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_PIECES_H
