//===- RegisterTiles.h - allocations that fit registers ---------*- C++ -*-===//
//
// A register tile in Halide is a small array that unrolled code indexes with
// constants only. g++ leaves such an array in memory, so the printers give every
// element (usually a vector) a variable of its own.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_CODEGEN_REGISTERTILES_H
#define SEGC_CODEGEN_REGISTERTILES_H

#include <Halide.h>

#include <map>
#include <optional>
#include <string>

namespace segc {

struct RegisterTile {
  int lanes = 1; ///< of every element
  int count = 0; ///< elements
};

/// The tile that `allocation` is: constant size, every load and store of the same
/// number of lanes at a constant aligned index, no access from inside a parallel
/// loop. Nothing if it is an ordinary array.
std::optional<RegisterTile> asRegisterTile(const Halide::Internal::Allocate *allocation);

/// The element of a tile of `lanes` lanes that a load or store with this index
/// means; -1 if it is not constant or not aligned.
int registerIndex(const Halide::Expr &index, int lanes);

} // namespace segc

#endif // SEGC_CODEGEN_REGISTERTILES_H
