//===- ComputedConstants.h - numbers that ops compute from constants -*- C++ -*-===//
//
// Exporters compute tables of indices, weights and masks from constants. They become
// ops like everything else, which fold-constants evaluates later; where the importer
// itself must know the numbers, they are evaluated here, on demand, by the
// interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_COMPUTEDCONSTANTS_H
#define SEGC_FRONTENDS_ONNX_COMPUTEDCONSTANTS_H

#include "compiler/interpreter/Tensor.h"
#include "frontends/onnx/ConstantTensor.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace segc::onnximport {

class ComputedConstants {
public:
  /// The value's numbers, if no input has a part in them and they take no long time.
  std::optional<ConstantTensor> find(mlir::Value value);

private:
  /// Whether no input has a part in a value.
  bool isFixed(mlir::Value value);
  bool evaluate(mlir::Operation *op);
  bool isAffordable(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, bool> fixed;
  /// Nothing for what is too much work.
  llvm::DenseMap<mlir::Value, std::optional<interpreter::Tensor>> values;
  int64_t elementsLeft = int64_t{1} << 26;
};

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_COMPUTEDCONSTANTS_H
