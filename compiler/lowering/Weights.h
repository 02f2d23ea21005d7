//===- Weights.h - what a package stores, what is made of it ----*- C++ -*-===//
//
// Every constant is stored once, whoever uses it, and where 16 bits hold it exactly in 16 bits:
//
//   the model's constant --> stored weights --(when the package is loaded)--> prepared memory
//
// Large constants that kernels read as they lie stay where they are stored. Others are prepared by
// runtime/segc_prepare.h; each piece once, for all layers that want the same of the same weights.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_WEIGHTS_H
#define SEGC_LOWERING_WEIGHTS_H

#include "compiler/dialect/Seg.h"
#include "compiler/kernels/Packing.h"
#include "compiler/lowering/Program.h"

#include "llvm/Support/raw_ostream.h"

#include <array>
#include <map>

namespace segc {

/// Weights of a convolution: a constant, and a factor for each output channel, if any.
struct ModelWeights {
  seg::FloatConstant constant;
  llvm::ArrayRef<double> scale;
};

/// The smallest type that holds all values exactly.
WeightType narrowestType(llvm::ArrayRef<float> values);

class WeightStore {
public:
  /// Stored weights are written to `out`. `packed`: they are packed now, and nothing is prepared.
  WeightStore(llvm::raw_ostream &out, bool packed) : out(out), packed(packed) {}

  /// Bytes that are read as they are.
  WeightsPlace store(llvm::ArrayRef<char> bytes);
  /// Floats as they are.
  Place floats(llvm::ArrayRef<float> values, mlir::Location location);
  /// A constant as a dense tensor of floats.
  Place dense(llvm::ArrayRef<float> values, mlir::Location location);
  /// Weights as a kernel wants them.
  Place pack(const Packing &packing, const ModelWeights &weights, mlir::Location location);

  int64_t storedBytes() const { return written; }
  int64_t preparedBytes() const { return prepared; }
  std::vector<PreparedWeights> takePieces() { return std::move(pieces); }

private:
  struct Stored {
    WeightType type;
    int64_t offset;
  };
  /// As narrow as the values allow.
  Stored storeNarrow(llvm::ArrayRef<float> values);
  PreparedPlace prepare(const PreparedPiece &piece, mlir::Location location);

  llvm::raw_ostream &out;
  bool packed;
  int64_t written = 0, prepared = kPreparedHeaderBytes;
  /// By a digest of the bytes.
  std::map<std::array<uint8_t, 32>, int64_t> offsets;
  std::vector<PreparedWeights> pieces;
};

} // namespace segc

#endif // SEGC_LOWERING_WEIGHTS_H
