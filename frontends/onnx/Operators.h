//===- Operators.h - the table of operators ---------------------*- C++ -*-===//
//
// Each family of operators is a file that adds its import functions here. There
// are two tables: functions that build ops, and functions that evaluate shape
// arithmetic, tried first where all inputs are known numbers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_OPERATORS_H
#define SEGC_FRONTENDS_ONNX_OPERATORS_H

#include "frontends/onnx/Node.h"

#include "llvm/ADT/StringMap.h"

namespace segc::onnximport {

/// Translates a node, or reports why it cannot.
using ImportFunction = void (*)(Node &);
/// Evaluates a node on known numbers; false if it cannot, without a report.
using EvaluateFunction = bool (*)(Node &);

struct OperatorTable {
  llvm::StringMap<ImportFunction> import;
  llvm::StringMap<EvaluateFunction> evaluate;
};

/// Before operator set 7 the second operand of an operator of two was aligned at `axis` (by default
/// at the end), and the slopes of a PRelu at the channels; trailing extents of 1 say the same
/// today. `rhs` is input 1.
mlir::Value alignedOperand(Node &node, mlir::Value rhs);

/// The activation that ONNX Runtime's fused operators have behind them.
mlir::Value withActivation(Node &node, mlir::Value input);

/// The operators by name; those of other domains than ONNX's are "domain::Name".
const OperatorTable &operators();

// Convolution.cpp: Conv, ConvTranspose, ONNX Runtime's FusedConv
void registerConvolution(OperatorTable &table);
// Pooling.cpp: MaxPool, MaxUnpool, AveragePool, global pooling
void registerPooling(OperatorTable &table);
// Resizing.cpp: Resize, Upsample
void registerResizing(OperatorTable &table);
// Shaping.cpp: Reshape, Flatten, Squeeze, Transpose, Expand, space and depth, ...
void registerShaping(OperatorTable &table);
// Cropping.cpp: Slice, Split, Concat, Pad
void registerCropping(OperatorTable &table);
// Elementwise.cpp: activations and arithmetic
void registerElementwise(OperatorTable &table);
// Logic.cpp: comparisons, truth values, bits, Where
void registerLogic(OperatorTable &table);
// Reductions.cpp: Reduce*, Softmax, ArgMax
void registerReductions(OperatorTable &table);
// Indexing.cpp: Gather, Scatter, TopK and their relatives
void registerIndexing(OperatorTable &table);
// Counting.cpp: NonZero, Compress, Unique, NonMaxSuppression
void registerCounting(OperatorTable &table);
// Losses.cpp: NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss
void registerLosses(OperatorTable &table);
// Normalization.cpp: BatchNormalization and its relatives
void registerNormalization(OperatorTable &table);
// Matrices.cpp: Gemm, MatMul, ONNX Runtime's FusedGemm and FusedMatMul
void registerMatrices(OperatorTable &table);
// Einsum.cpp: Einsum
void registerEinsum(OperatorTable &table);
// Attention.cpp: Attention, RotaryEmbedding, ONNX Runtime's (MultiHead)Attention
void registerAttention(OperatorTable &table);
// Signals.cpp: DFT, STFT, windows, mel filters
void registerSignals(OperatorTable &table);
// Places.cpp: EyeLike, Trilu, OneHot, CenterCropPad, Col2Im, Det, AffineGrid
void registerPlaces(OperatorTable &table);
// Constants.cpp: Constant, Identity, Dropout, Cast
void registerConstants(OperatorTable &table);
// Loops.cpp: If, Loop, Scan
void registerLoops(OperatorTable &table);
// Ranges.cpp: Range over free sizes
void registerRanges(OperatorTable &table);
// Sequences.cpp: Sequence*, SplitToSequence, ConcatFromSequence, Optional*
void registerSequences(OperatorTable &table);
// Sampling.cpp: GridSample, RoiAlign, MaxRoiPool, DeformConv
void registerSampling(OperatorTable &table);
// Recurrent.cpp: RNN, GRU, LSTM, ReverseSequence
void registerRecurrent(OperatorTable &table);
// Quantization.cpp: QuantizeLinear, ConvInteger, QLinearConv, ...
void registerQuantization(OperatorTable &table);
// QuantizedOperators.cpp: ONNX Runtime's QLinearAdd, QGemm, DynamicQuantizeMatMul, ...
void registerQuantizedOperators(OperatorTable &table);
// Crf.cpp: ai.segc::DenseCRF
void registerCrf(OperatorTable &table);
// KnownArithmetic.cpp: Add, Mul, Floor, Equal, Where, ... on known numbers
void registerKnownArithmetic(OperatorTable &table);
// KnownShaping.cpp: Shape, Gather, Slice, Concat, Reshape, ... on known numbers
void registerKnownShaping(OperatorTable &table);

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_OPERATORS_H
