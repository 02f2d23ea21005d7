//===- Kernel.h - one compiled function of a network ------------*- C++ -*-===//
//
// A kernel is what one fused op becomes: a Halide pipeline with a schedule, and
// the list of arguments that the printed C++ function takes. Kernels know
// nothing of MLIR. They are described by plain structs (ConvSpec, PoolSpec, ...),
// so that two ops with equal specs share one kernel, and so that a test can
// build a kernel without a model.
//
//   ConvSpec --kernels/Conv.cpp--> algorithm --schedules/cpu/Conv.cpp--> Kernel
//   Kernel   --codegen/cpp/CppPrinter--> `void conv3x3_64_64_relu(...)`
//
// The files here say what kernels compute and know no schedule. Each family has a function from
// its spec to an Algorithm; `buildFAMILY` in schedules/ gives that a schedule.
//
// Memory of a feature map. A view has four dimensions, innermost first:
//
//   0  ci   channel within its block, extent = block (1 = planar, or the vector
//           length of the target: "channel-blocked", NCHW16c)
//   1  x    column; stride = block
//   2  y    row;    stride = the row pitch
//   3  cb   channel block; stride = rows * row pitch
//
// Batches are looped over outside kernels. Rows above and below the image do
// not exist in memory: kernels skip the taps that fall there. Columns left and
// right of the image may exist (the halo) and then hold zeros, followed by
// readable memory of no defined value (the slack, kSlackColumns at least), so
// that a kernel may compute whole tiles and guard only its stores. Channels that
// fill up the last block hold finite values of no meaning: kernels that mix
// channels give them zero weights or leave them out.
//
//   data -> first element at (min[0], min[1], ...)
//   input view:   min[1] = -halo_left, extent[1] = halo_left + W + halo_right + slack
//   output view:  min[1] = 0,          extent[1] = W  (the halo is not its business)
//
// A tensor of any other rank or use is planar and dense, with its dimensions
// reversed (innermost first).
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_KERNEL_H
#define SEGC_KERNELS_KERNEL_H

#include "compiler/kernels/RuntimeSums.h"

#include <Halide.h>

#include <optional>
#include <string>
#include <vector>

namespace segc {

/// Columns of readable memory right of every row's halo, counted in columns of
/// the tensor's own block. A register tile may overrun its row by fewer.
constexpr int kSlackColumns = 64;

/// One parameter of a kernel's C++ function.
struct KernelArg {
  enum class Kind {
    View,     ///< `const segc::View &`: data, min, extent, stride per dimension
    Constant, ///< `const T *`: weights; every extent is known at compile time
    Int,      ///< `int`
    Float,    ///< `float`
    Scratch   ///< `float *`: memory for what the kernel stores on the heap
  };

  Kind kind;
  /// The C++ parameter's name: "input", "weights", "bias", "residual", "output".
  std::string name;
  /// The name that the lowered Halide statement uses for it: a Parameter's or an
  /// output Func's (Halide may have appended "$1" to make it unique).
  std::string halideName;
  Halide::Type type;
  /// How an element lies in memory, if narrower than the kernel computes it: Float(16) or
  /// BFloat(16) instead of Float(32).
  std::optional<Halide::Type> stored = {};
  /// Dimensions of a View or Constant.
  int rank = 0;
  /// Channels of a block, of a view that is a feature map in blocks; else 0.
  int block = 0;
  /// Whether the kernel writes it.
  bool isOutput = false;
  /// Scratch: floats of an iteration of the parallel loop, in terms of the other arguments. A Func
  /// that is stored in MemoryType::Heap inside that loop gets a part of its iteration's share.
  Halide::Expr floatsPerIteration;

  /// Whether it is a map of floats in blocks of so many channels.
  bool isFloatMap(int lanes) const {
    return kind == Kind::View && block == lanes && type == Halide::Float(32);
  }

  static KernelArg view(const Halide::ImageParam &param, std::string name);
  static KernelArg constant(const Halide::ImageParam &param, std::string name);
  static KernelArg output(const Halide::Func &func, std::string name);
  /// A second or third output of a Func that yields a Tuple: Halide calls the
  /// buffers FUNC.0, FUNC.1, ...
  static KernelArg outputOfTuple(const Halide::Func &func, int index, std::string name);
  static KernelArg integer(const Halide::Param<int> &param, std::string name);
  static KernelArg real(const Halide::Param<float> &param, std::string name);
  static KernelArg scratch(Halide::Expr floatsPerIteration);
};

struct Kernel {
  /// A C identifier that says what is computed: "conv3x3d2_256_256_relu".
  std::string name;
  /// Everything the generated code depends on. Kernels with equal keys are one.
  std::string key;
  /// The scheduled pipeline.
  Halide::Pipeline pipeline;
  /// In the order of the C++ function's parameters; outputs come last.
  std::vector<KernelArg> args;
  /// Sums that the runtime computes, if any: the pipeline is what becomes of them.
  std::optional<RuntimeSums> sums = {};
};

/// What a kernel computes: Funcs without a schedule. A family with intermediate Funcs that a
/// schedule must place adds them.
struct Algorithm {
  std::string name;
  /// What the values depend on: like Kernel::key, but without the schedule's part.
  std::string key;
  Halide::Func output;
  std::vector<KernelArg> args;

  /// Names it; the key is the name, where that says everything.
  void define(std::string name, Halide::Func output, std::vector<KernelArg> args);

  /// The kernel, once the Funcs have their schedule. `schedule` is what that depends on.
  Kernel scheduled(const std::string &schedule) const;
};

} // namespace segc

#endif // SEGC_KERNELS_KERNEL_H
