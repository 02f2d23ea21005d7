//===- Reshaping.h - shapes that Reshape and its kin ask for ----*- C++ -*-===//
//
// The rules by which attributes and inputs give a new shape are the same for
// tensors, which become ops, and for known numbers, which are rearranged. All
// functions report what is wrong and then return nothing.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_RESHAPING_H
#define SEGC_FRONTENDS_ONNX_RESHAPING_H

#include "frontends/onnx/Node.h"

namespace segc::onnximport {

/// Reshape: 0 copies an extent (unless `allowzero`), -1 is inferred.
std::optional<llvm::SmallVector<seg::DimAttr>> reshapedShape(Node &node);
std::optional<llvm::SmallVector<seg::DimAttr>> squeezedShape(Node &node);
std::optional<llvm::SmallVector<seg::DimAttr>> unsqueezedShape(Node &node);
/// `perm` of a Transpose.
std::optional<llvm::SmallVector<int64_t>> permutationOf(Node &node);
/// Axes, which are an attribute in old operator sets and an input in new ones; nothing, without a
/// report, if there are none.
std::optional<llvm::SmallVector<int64_t>> axesArgument(Node &node, int input);

/// The part of each axis that a Slice takes: element i is element `start + i * step`.
struct SlicePart {
  llvm::SmallVector<seg::DimAttr> starts, sizes;
  llvm::SmallVector<int64_t> steps;
};
std::optional<SlicePart> slicePart(Node &node);

/// Extents of the parts that a Split makes along an axis.
std::optional<llvm::SmallVector<seg::DimAttr>> splitSizes(Node &node, seg::DimAttr extent);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_RESHAPING_H
