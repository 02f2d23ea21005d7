//===- Tensor.h - a tensor that the interpreter computes with ---*- C++ -*-===//
//
// Dense, row-major, with known extents. Elements of a float type are held as
// floats, all others (integers, truth values) as 64-bit integers; an unsigned one
// of 64 bits by the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_INTERPRETER_TENSOR_H
#define SEGC_INTERPRETER_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace segc::interpreter {

struct Tensor {
  mlir::Type elementType;
  llvm::SmallVector<int64_t> shape;
  /// The elements, if the element type is a float type.
  std::vector<float> floats;
  /// The elements, if it is an integer type.
  std::vector<int64_t> ints;

  /// A tensor full of zeros.
  static Tensor zeros(mlir::Type elementType, llvm::ArrayRef<int64_t> shape);
  static Tensor ofFloats(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> shape,
                         std::vector<float> values);
  /// Values of an integer type; they are wrapped to its width.
  static Tensor ofInts(mlir::Type elementType, llvm::ArrayRef<int64_t> shape,
                       std::vector<int64_t> values);
  /// The value of a constant, a resource blob included; fails for element types that the
  /// dialect does not compute with.
  static llvm::Expected<Tensor> of(mlir::ElementsAttr attribute);

  bool isFloat() const { return llvm::isa<mlir::FloatType>(elementType); }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  /// Number of elements.
  int64_t size() const;
  /// Where element (n, c, y, x) of a tensor of rank 4 lies.
  int64_t at(int64_t n, int64_t c, int64_t y, int64_t x) const {
    return ((n * shape[1] + c) * shape[2] + y) * shape[3] + x;
  }
  /// Element `to` of this becomes element `from` of `source`, which has the same element type.
  void copyElement(int64_t to, const Tensor &source, int64_t from);
  /// The attribute that holds these values (dense, or a resource blob where they are many).
  mlir::ElementsAttr toAttribute() const;
};

/// An integer as `type` holds it: i1 keeps the lowest bit, i32 wraps.
int64_t wrapTo(mlir::Type type, int64_t value);

/// Number of elements of a shape.
int64_t elementCount(llvm::ArrayRef<int64_t> shape);
/// How many elements lie between neighbours along each axis.
llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);
/// The strides with which a tensor of `shape` is read when it is broadcast to `target`: aligned
/// at the last axis, 0 where an extent of 1 is repeated.
llvm::SmallVector<int64_t> broadcastStrides(llvm::ArrayRef<int64_t> shape,
                                            llvm::ArrayRef<int64_t> target);
/// Calls `visit` with every index of `shape` in row-major order.
void forEachIndex(llvm::ArrayRef<int64_t> shape,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);
/// Where the element with this index lies.
int64_t offsetOf(llvm::ArrayRef<int64_t> index, llvm::ArrayRef<int64_t> strides);

} // namespace segc::interpreter

#endif // SEGC_INTERPRETER_TENSOR_H
