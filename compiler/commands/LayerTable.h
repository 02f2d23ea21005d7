//===- LayerTable.h - what every layer of a network costs -------*- C++ -*-===//
//
// For `segc inspect` and the figures of `segc bench`. Extents that are free need a value, so
// that work and memory are numbers.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_COMMANDS_LAYERTABLE_H
#define SEGC_COMMANDS_LAYERTABLE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace segc {

struct Layer {
  std::string node;  ///< the model's name of it
  std::string op;    ///< the model's operator, else the seg dialect's
  std::string shape; ///< of the first result, with free extents as expressions
  std::string type;  ///< "f32"
  int64_t parameters = 0;
  /// Multiplications followed by an addition, of convolutions and matrix products; taps on
  /// padding count.
  int64_t macs = 0;
  int64_t outputBytes = 0;
  /// Inputs, parameters and outputs: what must be moved at least.
  int64_t bytes = 0;
  /// Height and width, in pixels of the network's inputs, of what one element of the result can
  /// depend on; -1: everything.
  int64_t fieldHeight = 1;
  int64_t fieldWidth = 1;
};

struct LayerTable {
  std::vector<Layer> layers;
  /// Constants that several layers share count once.
  int64_t parameters = 0, parameterBytes = 0;
  int64_t macs = 0;
};

/// The table of a function of seg ops. `symbols`: a value for every free extent.
LayerTable layerTable(mlir::func::FuncOp function, const llvm::StringMap<int64_t> &symbols);

/// The names of the free extents of a function's arguments, in order.
std::vector<std::string> freeExtents(mlir::func::FuncOp function);

/// The model's name of an argument.
std::string argumentName(mlir::func::FuncOp function, unsigned index);

} // namespace segc

#endif // SEGC_COMMANDS_LAYERTABLE_H
