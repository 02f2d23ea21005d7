//===- Indexing.h - gathering and scattering by indices ---------*- C++ -*-===//
//
// Indices are data. One axis of a dense tensor is indexed; several axes that a tuple of
// indices names are one axis to a kernel, which computes the place from the tuple. A
// negative index counts from the end, and what still lies outside is clamped, so that no
// index reads or writes beyond the buffers.
//
// Dimensions are counted innermost first, and every min is 0.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_INDEXING_H
#define SEGC_KERNELS_INDEXING_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

#include <optional>

namespace segc {

struct IndexingSpec {
  /// Of the elements (as in Map.h), and of the indices: Int(32) or Int(64).
  Halide::Type type = Halide::Float(32);
  Halide::Type indexType = Halide::Int(64);
  int rank = 1;
  /// The dimension that is indexed.
  int axis = 0;
  /// Bit d: the indices have dimension d too. The axis has its bit set.
  unsigned indexed = 1;
  /// How many axes each tuple names. For more than one the indices have a dimension more, the
  /// innermost one.
  int named = 1;
};

/// output(..., i, ...) = input(..., indices(..., i, ...), ...).
/// Args: input, indices, for each axis of a tuple extent0, stride0, extent1, ..., output.
Algorithm gatherAlgorithm(const IndexingSpec &spec);

struct ScatterSpec : IndexingSpec {
  /// What becomes of the old value and the update; nothing: the update.
  std::optional<seg::BinaryKind> reduction;
  /// The updates may be fewer than the input's elements along other dimensions than the axis.
  bool isPart = false;
};

/// A copy of the input, and then, one update after the other, output(..., indices(..., r, ...),
/// ...) = updates(..., r, ...). The updates go along the indices. Args: input, indices, updates,
/// for each axis of a tuple extent0, stride0, ..., output.
Algorithm scatterAlgorithm(const ScatterSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_INDEXING_H
