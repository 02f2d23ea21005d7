//===- Storage.h - which values share memory --------------------*- C++ -*-===//
//
// Decides, for every value of a laid-out function, where it lies: in the caller's
// inputs and outputs, or in a buffer of the workspace. Values share memory where
// that is free:
//
//   - the operands that a concatenation has placed are slices of its result,
//   - a reshaped dense tensor is the tensor itself, and so is the transpose of a map whose maker
//     stores it with the channels last,
//   - what the function returns is made in the caller's output.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_STORAGE_H
#define SEGC_LOWERING_STORAGE_H

#include "compiler/lowering/Program.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace segc {

inline seg::TensorType typeOf(mlir::Value value) {
  return llvm::cast<seg::TensorType>(value.getType());
}

/// Whether a map lies dense with the channels last (assign-layouts): its transpose is the memory.
inline bool isChannelsLast(seg::TensorType type) {
  return type.getLayout() && type.getLayout().getBlock() == 0;
}

class Storage {
public:
  explicit Storage(mlir::func::FuncOp function);

  /// Where a value lies; nothing for constants, which are written when a kernel asks for them.
  std::optional<Place> placeOf(mlir::Value value) const;
  /// The constant that `value` is, under the same shape or another; null if it is none.
  seg::ConstantOp constantOf(mlir::Value value) const;

  const std::vector<Buffer> &getBuffers() const { return buffers; }
  /// Outputs that must be copied, because the returned value is an input, a constant or
  /// another output as well: (value, output index).
  llvm::ArrayRef<std::pair<mlir::Value, unsigned>> getCopies() const { return copies; }

private:
  struct Link {
    mlir::Value parent;
    int64_t firstBlock;
  };
  std::pair<mlir::Value, int64_t> rootOf(mlir::Value value) const;

  llvm::DenseMap<mlir::Value, Link> links;
  llvm::DenseMap<mlir::Value, Place> roots;
  std::vector<Buffer> buffers;
  llvm::SmallVector<std::pair<mlir::Value, unsigned>> copies;
};

} // namespace segc

#endif // SEGC_LOWERING_STORAGE_H
