//===- Program.h - a network as calls of kernels ----------------*- C++ -*-===//
//
// What lies between the seg dialect and the printers: which kernels there are,
// in which order they are called and with what, which buffers share the workspace
// and when each is alive. Everything that depends on the size of the image is an
// expression over the model's symbols (DimAttr), printed as C++ and evaluated
// when the network runs.
//
//   func.func --ProgramBuilder, Lower*.cpp--> Program --codegen--> NAME.cpp, NAME_kernels*.cpp
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_LOWERING_PROGRAM_H
#define SEGC_LOWERING_PROGRAM_H

#include "compiler/dialect/Dim.h"
#include "compiler/kernels/Kernel.h"

#include <set>
#include <string>
#include <vector>

namespace segc {

/// Where a tensor lies.
struct Place {
  enum class Kind {
    Input,     ///< the caller's input `index`
    Output,    ///< the caller's output `index`
    Workspace, ///< buffer `index` of the workspace
    Weights    ///< `index` bytes into the weights
  };
  Kind kind = Kind::Workspace;
  int64_t index = 0;
  /// A slice of a map: the first of its channel blocks.
  int64_t firstBlock = 0;
};

/// One argument of a kernel call.
struct Binding {
  enum class Kind {
    ReadMap,    ///< a laid-out map with its halo, the current image of the batch
    WriteMap,   ///< the same, to be written
    DenseMap,   ///< the current image of a dense [N, C, H, W], as a planar map
    Dense,      ///< a whole dense tensor with `extents`
    Strided,    ///< `extents` with `strides`, `integer` elements into a dense tensor
    Weights,    ///< a pointer into the weights
    Scratch,    ///< a pointer to a buffer of the workspace
    Integer,    ///< `integer`
    ImageIndex, ///< which image of the batch
    Real,       ///< `real`
    Ratio,      ///< extents[0] / extents[1], as float
    Literal     ///< `text`, C++ that the lowering made of numbers
  };
  Kind kind;
  Place place;
  mlir::Type elementType;
  /// ReadMap, WriteMap: channels of this part. DenseMap: [C, H, W]. Dense: all extents.
  llvm::SmallVector<seg::DimAttr> extents;
  llvm::SmallVector<seg::DimAttr> strides;
  seg::DimAttr integer;
  double real = 0;
  std::string text;
  /// ReadMap: rows and columns left out at the top and the left; null for none.
  seg::DimAttr cropTop, cropLeft;
  /// The first image serves the whole batch.
  bool repeatsImage = false;
};

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
  /// The calls are made once for each image of the batch; null: once.
  seg::DimAttr batch;
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
};

/// An input or output of the network.
struct Port {
  std::string name;
  seg::TensorType type;
};

struct Program {
  std::vector<Port> inputs, outputs;
  std::vector<Kernel> kernels;
  std::vector<Step> steps;
  std::vector<Buffer> buffers;
  std::vector<Check> checks;
  /// Headers of the runtime beyond those that every network needs.
  std::set<std::string> headers;
  int64_t weightBytes = 0;
};

} // namespace segc

#endif // SEGC_LOWERING_PROGRAM_H
