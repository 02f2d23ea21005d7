//===- Map.h - fused elementwise kernels ------------------------*- C++ -*-===//
//
// One element of the result from one element of each operand: the body of a `seg.map`
// as a list of scalar operations. Operands repeat along dimensions in which their extent
// is 1.
//
//===----------------------------------------------------------------------===//

#ifndef SEGC_KERNELS_MAP_H
#define SEGC_KERNELS_MAP_H

#include "compiler/dialect/SegEnums.h"
#include "compiler/kernels/Kernel.h"

namespace segc {

struct MapOperand {
  enum class Kind {
    Tensor,       ///< a view
    ChannelVector ///< a constant for each channel of a feature map, filled up to whole
                  ///< blocks with values that do no harm; passed as a pointer
  };
  Kind kind = Kind::Tensor;
  /// Of its elements: Bool for truth values, Float(16) or BFloat(16) for halves (Scalar.h).
  Halide::Type type = Halide::Float(32);
  /// Bit d: the extent along view dimension d is 1 and the operand is repeated. For
  /// feature maps bit 1 is x, bit 2 is y, and bit 3 says that there is one channel.
  unsigned repeated = 0;
  /// Feature maps: 1 is planar. May differ from the result's if there is one channel.
  int block = 1;
};

/// One scalar operation. Arguments count the operands first, then the nodes before this.
struct MapNode {
  enum class Kind { Constant, Unary, Binary, Select, Cast };
  Kind kind = Kind::Constant;
  seg::UnaryKind unary = seg::UnaryKind::Identity;
  seg::BinaryKind binary = seg::BinaryKind::Add;
  /// Parameters of a unary; alpha is the value of a constant float.
  float alpha = 0, beta = 0;
  /// The value of a constant of another type.
  int64_t integer = 0;
  /// Of a constant, or of what a cast makes.
  Halide::Type type = Halide::Float(32);
  int lhs = -1, rhs = -1;
  /// Of a select.
  int condition = -1;

  static MapNode constant(float value);
  static MapNode constant(Halide::Type type, int64_t value);
  static MapNode apply(seg::UnaryKind kind, int argument, float alpha = 0, float beta = 0);
  static MapNode apply(seg::BinaryKind kind, int lhs, int rhs);
  static MapNode select(int condition, int lhs, int rhs);
  static MapNode cast(Halide::Type type, int argument);
};

struct MapSpec {
  /// Whether the result is a feature map (rank 4, with channels and block) or dense.
  bool featureMap = true;
  int channels = 1;
  int block = 1;
  int rank = 4;
  /// Of the result's elements.
  Halide::Type type = Halide::Float(32);
  std::vector<MapOperand> operands;
  /// The last one is the result. None: the first operand is copied.
  std::vector<MapNode> nodes;
};

/// Everything that distinguishes two specs.
std::string mapKey(const MapSpec &spec);

/// Args: input0, input1, ..., output. Tensors' mins are 0 but for the columns of feature
/// maps. A dense result without repeated operands should be described with rank 1.
Algorithm mapAlgorithm(const MapSpec &spec);

} // namespace segc

#endif // SEGC_KERNELS_MAP_H
