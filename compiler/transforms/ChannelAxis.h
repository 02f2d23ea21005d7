//===- ChannelAxis.h - which axis of a tensor holds the channels -*- C++ -*-===//
//
// What stands before or behind a network must know where its channels are, and a shape
// does not tell: 1 x 480 x 640 x 21 may be scores of either order. The graph does. Ops on
// feature maps say which axes are the batch, the channels, the rows and the columns, and
// from them this follows each axis through the ops between, with and against the flow:
//
//   - transposes permute the axes, elementwise ops, slices, pads and joins keep them;
//   - a reshape keeps an axis whose extent it keeps, and joins axes where it merges them;
//   - a product with constant weights keeps the meaning of the axis that it works along.
//
// An axis that no op explains stays unknown, and one that two ops explain differently is
// a contradiction. Constants explain nothing.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_TRANSFORMS_CHANNELAXIS_H
#define SEGC_TRANSFORMS_CHANNELAXIS_H

#include "compiler/dialect/Seg.h"

#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace segc {

class AxisRoles {
public:
  /// Follows the axes of all values of the function.
  explicit AxisRoles(mlir::func::FuncOp function);

  /// The axis of the channels, if the graph says it: the only one that is nothing but channels, or
  /// the only one left where batch, rows and columns are known.
  std::optional<unsigned> channelAxis(mlir::Value value) const;
  /// Why channelAxis has no answer, as the end of a sentence.
  std::string whyUnknown(mlir::Value value) const;

private:
  using Role = uint8_t;
  enum : Role { kBatch = 1, kChannels = 2, kRows = 4, kColumns = 8, kContradiction = 16 };
  using Roles = llvm::SmallVector<Role, 4>;

  void note(mlir::Value value, bool isConstant);
  void seed(mlir::Value map);
  void seed(mlir::Operation *op);
  /// Carries roles across an op, in both directions.
  void follow(mlir::Operation *op);
  void followReshape(mlir::Value input, mlir::Value output);
  void followProduct(mlir::Value lhs, mlir::Value rhs, mlir::Value output);
  /// Axis i of `a` is axis i + shift of `b`, but where one of them is repeated.
  void aligned(mlir::Value a, mlir::Value b);
  /// They mean the same.
  void same(mlir::Value a, unsigned axisOfA, mlir::Value b, unsigned axisOfB);
  void add(mlir::Value value, unsigned axis, Role role);
  Role roleOf(mlir::Value value, unsigned axis) const;

  llvm::DenseMap<mlir::Value, Roles> roles;
  /// Values whose roles an op says itself: they do not change.
  llvm::DenseMap<mlir::Value, bool> seeded;
  bool changed = false;
};

/// Where the channels of a network's inputs and outputs are: as the graph says it, else as the
/// caller does.
class PortChannels {
public:
  PortChannels(mlir::func::FuncOp function, std::optional<unsigned> given)
      : function(function), roles(function), given(given) {}

  std::optional<unsigned> axisOf(mlir::Value value) const;
  /// "input "image"", "output "scores"".
  std::string inputName(unsigned number);
  std::string outputName(unsigned number);
  /// Says why axisOf has no answer, and that --channels-axis gives one.
  mlir::LogicalResult emitUnknown(const std::string &port, mlir::Value value);

  struct Image {
    mlir::BlockArgument argument;
    unsigned axis;
  };
  /// What the image must be that an option works on.
  struct ImageWish {
    /// Whose option it is, for messages.
    llvm::StringRef options;
    /// Bytes will do where floats are.
    bool orBytes = false;
    int64_t leastChannels = 3, mostChannels = 3;
    /// The input's name; empty: the only one that is such an image.
    std::string name = {};
  };
  /// The function's input of rank 4 that is such an image: if there are several, the only one with
  /// 3 channels. Emits an error if there is none, or if it is not clear which one is meant.
  mlir::FailureOr<Image> findImage(const ImageWish &wish);

private:
  mlir::func::FuncOp function;
  AxisRoles roles;
  std::optional<unsigned> given;
};

} // namespace segc

#endif // SEGC_TRANSFORMS_CHANNELAXIS_H
