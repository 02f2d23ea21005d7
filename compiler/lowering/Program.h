//===- Program.h - a network as calls of kernels ----------------*- C++ -*-===//
//
// What lies between the seg dialect and the printers: which kernels there are,
// in which order they are called and with what, which buffers share the workspace
// and when each is alive. Everything that depends on the size of the image is an
// expression over the model's symbols (DimAttr), printed as C++ and evaluated
// when the network runs. Buffers have room for the bounds of extents that the network
// computes itself (counts), and hold dense tensors of the extents as they are.
//
//   func.func --ProgramBuilder, Lower*.cpp--> Program --codegen--> NAME.cpp, NAME_kernels*.cpp
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_PROGRAM_H
#define SEGC_LOWERING_PROGRAM_H

#include "compiler/dialect/Dim.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/kernels/Packing.h"
#include "compiler/lowering/KernelMaker.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

namespace segc {

// Where a tensor lies. Each kind of place is a type, so that none is read as another.

/// The caller's input `index`.
struct InputPlace {
  unsigned index;
};
/// The caller's output `index`.
struct OutputPlace {
  unsigned index;
};
/// A buffer of the workspace, or a slice of the map in it from one of its channel blocks on.
struct WorkspacePlace {
  int buffer;
  int64_t firstBlock = 0;
};
/// So many bytes into the stored weights.
struct WeightsPlace {
  int64_t offset;
};
/// So many bytes into the prepared memory.
struct PreparedPlace {
  int64_t offset;
};
using Place = std::variant<InputPlace, OutputPlace, WorkspacePlace, WeightsPlace, PreparedPlace>;

// The arguments of a call. Only buffers of the workspace have layouts and halos, so a map that a
// kernel reads or writes as it is laid out lies there, and nowhere else.

/// A laid-out map with its halo, the current image of the batch.
struct MapBinding {
  WorkspacePlace place;
  bool written;
  mlir::Type elementType;
  /// Channels of this part.
  seg::DimAttr channels;
  /// Rows and columns left out at the top and the left; null for none.
  seg::DimAttr cropTop = {}, cropLeft = {};
  /// The first image serves the whole batch.
  bool repeatsImage = false;
};
/// The current image of a dense [N, C, H, W], as a planar map.
struct DenseMapBinding {
  Place place;
  mlir::Type elementType;
  llvm::SmallVector<seg::DimAttr> extents; ///< [C, H, W]
};
/// The most dimensions of a dense tensor that a kernel sees (segc_view.h).
constexpr int64_t kMaxViewRank = 6;

/// A whole dense tensor.
struct DenseBinding {
  Place place;
  mlir::Type elementType;
  llvm::SmallVector<seg::DimAttr> extents;
};
/// Elements of a dense tensor, from element `offset` on.
struct StridedBinding {
  Place place;
  mlir::Type elementType;
  seg::DimAttr offset;
  llvm::SmallVector<seg::DimAttr> extents, strides;
  /// So many elements further on for each image of the batch, or turn of the step's loop.
  seg::DimAttr perImage = {};
};
/// A pointer to weights, stored or prepared.
struct WeightsBinding {
  Place place;
  mlir::Type elementType;
};
/// A pointer to a buffer of the workspace.
struct ScratchBinding {
  WorkspacePlace place;
  mlir::Type elementType;
};
struct IntegerBinding {
  seg::DimAttr value;
};
/// Which image of the batch.
struct ImageIndexBinding {};
/// Where a function of the runtime says how many it has found.
struct CountBinding {
  seg::DimAttr count;
};
struct RealBinding {
  double value;
};
/// C++ that the lowering made of numbers.
struct LiteralBinding {
  std::string text;
};
/// One argument of a kernel call.
using Binding = std::variant<MapBinding, DenseMapBinding, DenseBinding, StridedBinding,
                             WeightsBinding, ScratchBinding, IntegerBinding, CountBinding,
                             ImageIndexBinding, RealBinding, LiteralBinding>;

struct KernelCall {
  int kernel;
  std::vector<Binding> arguments;
  /// A function of the runtime that is called instead, with some kernels as its first
  /// arguments. It returns a status, and the run ends unless that is SEGC_OK.
  std::string function;
  std::vector<int> kernels;
};

/// What one op of the network becomes.
struct Step {
  /// The node that it came from, and its result's type, for the comment.
  mlir::Location location;
  std::string comment;
  /// Buffers that this step is the first to write, and whose halo must be zero.
  llvm::SmallVector<int> clears;
  std::vector<KernelCall> calls;
  /// The calls are made once for each image of the batch (or whatever the step goes through one
  /// by one); null: once.
  seg::DimAttr batch;
  /// The count that its call computes; null for most.
  seg::DimAttr count = {};
};

/// A piece of the workspace. Maps have a layout in their type.
struct Buffer {
  std::string name;
  seg::TensorType type;
  int first, last; ///< steps
  /// Empty, or a function of the runtime that computes the size in bytes (-1: too large) from
  /// `sizeExtents`; the type is of no importance then.
  std::string sizeFunction = "";
  llvm::SmallVector<seg::DimAttr> sizeExtents = {};
};

/// What must hold of the extents; checked before anything is computed.
struct Check {
  enum class Relation { Equal, AtMost };
  seg::DimAttr left;
  Relation relation;
  seg::DimAttr right;
  mlir::Location location;
  /// What the extents are of, as in "axis 2 of its operands".
  std::string about;
};

/// A piece of the prepared memory: how it is made of the stored weights.
struct PreparedWeights {
  PreparedPiece piece;
  /// The first layer that reads it, for the comment.
  mlir::Location location;
};

/// Bytes of the prepared memory before the first piece.
constexpr int64_t kPreparedHeaderBytes = 64;

/// An input or output of the network.
struct Port {
  std::string name;
  seg::TensorType type;
};

struct Program {
  std::vector<Port> inputs, outputs;
  std::vector<KernelSignature> kernels;
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::vector<Check> checks;
  /// Extents that steps compute, in their order, and the buffer that holds them (-1: there are
  /// none) from the first step on, for who asks behind the run.
  std::vector<seg::DimAttr> counts;
  int countsBuffer = -1;
  /// Headers of the runtime beyond those that every network needs.
  std::set<std::string> headers;
  /// In the order in which the stored weights are read.
  std::vector<PreparedWeights> prepared;
  int64_t weightBytes = 0;
  int64_t preparedBytes = kPreparedHeaderBytes;
};

} // namespace segc

#endif // SEGC_LOWERING_PROGRAM_H
