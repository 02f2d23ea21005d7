//===- Symbols.h - names for free extents -----------------------*- C++ -*-===//
//
// Hands out symbols: one for each text (dim_param) of the model, each a new
// identifier.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_FRONTENDS_ONNX_SYMBOLS_H
#define SEGC_FRONTENDS_ONNX_SYMBOLS_H

#include "compiler/dialect/Dim.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace segc::onnximport {

class Symbols {
public:
  explicit Symbols(mlir::MLIRContext *context) : context(context) {}

  seg::DimAttr forParameter(llvm::StringRef text);
  /// One that stands for nothing else yet; `wish` says what it should look like.
  seg::DimAttr fresh(llvm::StringRef wish);
  /// The same for what the network counts when it runs; null without a bound.
  seg::DimAttr count(llvm::StringRef wish, seg::DimAttr bound);

private:
  mlir::MLIRContext *context;
  llvm::StringMap<seg::DimAttr> byParameter;
  llvm::StringSet<> taken;
};

} // namespace segc::onnximport

#endif // SEGC_FRONTENDS_ONNX_SYMBOLS_H
