//===- OpExamples.h - each op of the dialect with operands that fit -*- C++ -*-===//
//
// For tests that go through every op and every operand. A new op needs an entry:
// OperandsTest compares these with what the dialect registers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TESTS_ENDTOEND_OPEXAMPLES_H
#define SEGC_TESTS_ENDTOEND_OPEXAMPLES_H

#include "tests/endtoend/OpGraph.h"

#include <functional>

namespace segc {

struct OperandExample {
  std::vector<int64_t> shape;
  /// Kernels want it packed in advance: it must be a constant.
  bool mustBeConstant = false;
  float low = -1, high = 1;
  /// If it is of integers: their width, and the value of element i.
  unsigned integerBits = 0;
  std::function<int64_t(int64_t)> integer = {};
};

struct OpExample {
  /// What it is called in messages.
  std::string name;
  std::vector<OperandExample> operands;
  /// Adds the op, and possibly ops behind it.
  std::function<mlir::Value(OpGraph &, llvm::ArrayRef<mlir::Value>)> add;
  /// Only graph passes make something of it that has kernels.
  bool needsPasses = false;
  /// Kernels agree with the interpreter less closely.
  bool approximates = false;
};

/// The examples for feature maps of these extents.
struct MapExtents {
  int64_t n, c, h, w;
};
std::vector<OpExample> opExamples(MapExtents extents);

/// The value in channel blocks of `block` (1: planar, 0: dense), by an op of its own.
mlir::Value convertLayout(OpGraph &graph, mlir::Value value, int64_t block);

} // namespace segc

#endif // SEGC_TESTS_ENDTOEND_OPEXAMPLES_H
