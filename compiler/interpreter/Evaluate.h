//===- Evaluate.h - one function for each op --------------------*- C++ -*-===//
//
// The interpreter's own header: what an evaluation gets, and the evaluations
// themselves, which live in one file for each family of ops.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_INTERPRETER_EVALUATE_H
#define SEGC_INTERPRETER_EVALUATE_H

#include "compiler/dialect/Dim.h"
#include "compiler/interpreter/Tensor.h"

namespace segc::interpreter {

using Results = llvm::Expected<std::vector<Tensor>>;

/// The operands of the op that is being evaluated, and the values of symbols.
class Arguments {
public:
  Arguments(mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands,
            const llvm::StringMap<int64_t> &symbols)
      : op(op), operands(operands), symbols(symbols) {}

  const Tensor &operator[](unsigned i) const { return *operands[i]; }
  unsigned size() const { return operands.size(); }
  /// The tensor of one of the op's operands.
  const Tensor &operator[](mlir::Value operand) const;
  /// Null for an optional operand that is absent.
  const Tensor *optional(mlir::Value operand) const;

  /// The values of expressions; fails where one has none.
  llvm::Expected<llvm::SmallVector<int64_t>> evaluate(llvm::ArrayRef<seg::DimAttr> dims) const;
  llvm::Expected<llvm::SmallVector<int64_t>> evaluate(mlir::ArrayAttr dims) const;
  /// The extents of the op's first result as its type promises them.
  llvm::Expected<llvm::SmallVector<int64_t>> resultShape() const;

  /// `node "x" (seg.conv2d): message`.
  llvm::Error error(const llvm::Twine &message) const;

private:
  mlir::Operation *op;
  llvm::ArrayRef<const Tensor *> operands;
  const llvm::StringMap<int64_t> &symbols;
};

/// The one result of most ops.
inline Results single(Tensor tensor) {
  std::vector<Tensor> results;
  results.push_back(std::move(tensor));
  return results;
}

// Convolution.cpp
Results evaluate(seg::Conv2dOp op, const Arguments &in);
Results evaluate(seg::ConvTranspose2dOp op, const Arguments &in);
Results evaluate(seg::BatchNormOp op, const Arguments &in);

// Pooling.cpp
Results evaluate(seg::MaxPool2dOp op, const Arguments &in);
Results evaluate(seg::MaxPoolSwitchesOp op, const Arguments &in);
Results evaluate(seg::MaxUnpool2dOp op, const Arguments &in);
Results evaluate(seg::SwitchesToFlatOp op, const Arguments &in);
Results evaluate(seg::SwitchesFromFlatOp op, const Arguments &in);
Results evaluate(seg::AvgPool2dOp op, const Arguments &in);

// Resize.cpp
Results evaluate(seg::ResizeOp op, const Arguments &in);

// Movement.cpp
Results evaluate(seg::ConcatOp op, const Arguments &in);
Results evaluate(seg::SliceOp op, const Arguments &in);
Results evaluate(seg::PadOp op, const Arguments &in);
Results evaluate(seg::ReshapeOp op, const Arguments &in);
Results evaluate(seg::TransposeOp op, const Arguments &in);
Results evaluate(seg::ViewOp op, const Arguments &in);
Results evaluate(seg::BroadcastOp op, const Arguments &in);
Results evaluate(seg::ConvertLayoutOp op, const Arguments &in);

// Elementwise.cpp
Results evaluate(seg::UnaryOp op, const Arguments &in);
Results evaluate(seg::BinaryOp op, const Arguments &in);
Results evaluate(seg::SelectOp op, const Arguments &in);
Results evaluate(seg::CastOp op, const Arguments &in);
Results evaluate(seg::MapOp op, const Arguments &in);

// Reduction.cpp
Results evaluate(seg::ReduceOp op, const Arguments &in);
Results evaluate(seg::SoftmaxOp op, const Arguments &in);
Results evaluate(seg::ArgMaxOp op, const Arguments &in);
Results evaluate(seg::CumSumOp op, const Arguments &in);
Results evaluate(seg::MatmulOp op, const Arguments &in);

// Indexing.cpp
Results evaluate(seg::GatherOp op, const Arguments &in);
Results evaluate(seg::GatherElementsOp op, const Arguments &in);
Results evaluate(seg::ScatterOp op, const Arguments &in);
Results evaluate(seg::ScatterElementsOp op, const Arguments &in);
Results evaluate(seg::TopKOp op, const Arguments &in);

// Counting.cpp
Results evaluate(seg::NonZeroOp op, const Arguments &in);
Results evaluate(seg::UniqueOp op, const Arguments &in);
Results evaluate(seg::NmsOp op, const Arguments &in);

// GridSample.cpp
Results evaluate(seg::GridSampleOp op, const Arguments &in);

// Regions.cpp
Results evaluate(seg::RoiAlignOp op, const Arguments &in);
Results evaluate(seg::RoiMaxPoolOp op, const Arguments &in);

// DeformConv.cpp
Results evaluate(seg::DeformConv2dOp op, const Arguments &in);

// Recurrent.cpp
Results evaluate(seg::RecurrentOp op, const Arguments &in);
Results evaluate(seg::ReverseSequenceOp op, const Arguments &in);
// Integers.cpp
Results evaluate(seg::Conv2dIntegerOp op, const Arguments &in);
Results evaluate(seg::MatmulIntegerOp op, const Arguments &in);

// Crf.cpp
Results evaluate(seg::DenseCrfOp op, const Arguments &in);

} // namespace segc::interpreter

#endif // SEGC_INTERPRETER_EVALUATE_H
