//===- KnownTensors.h - tensors of known numbers, rearranged ----*- C++ -*-===//
//
// What the evaluators of shape arithmetic share: which nodes are theirs, and
// broadcasting.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_KNOWNTENSORS_H
#define SEGC_FRONTENDS_ONNX_KNOWNTENSORS_H

#include "frontends/onnx/Node.h"

#include <utility>

namespace segc::onnximport {

/// Whether all inputs that are present are known, and not just a few float weights, whose
/// arithmetic is left to constant folding.
bool allInputsKnown(Node &node);

/// Sets output 0. Floats that could not be computed exactly are left to the node's import
/// function: then false.
bool setKnown(Node &node, Known known);

/// The element at `index` of a row-major shape, and back.
llvm::SmallVector<int64_t> unravel(int64_t element, llvm::ArrayRef<int64_t> shape);
int64_t ravel(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape);
int64_t countOf(llvm::ArrayRef<int64_t> shape);

/// `known` repeated to `shape`; nothing if it does not broadcast or gets too large.
std::optional<Known> broadcastTo(const Known &known, llvm::ArrayRef<int64_t> shape);
/// Both, repeated to a common shape.
std::optional<std::pair<Known, Known>> broadcast(const Known &a, const Known &b);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_KNOWNTENSORS_H
