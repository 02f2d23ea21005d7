//===- Map.cpp - fused elementwise kernels ----------------------*- C++ -*-===//

#include "compiler/kernels/Map.h"

#include "compiler/kernels/FeatureMap.h"
#include "compiler/kernels/Scalar.h"

#include <fmt/format.h>

using namespace Halide;

namespace segc {
namespace {

/// Whether a node may turn a finite number into one that is not.
bool mayLeaveFinite(const MapNode &node) {
  using seg::BinaryKind;
  using seg::UnaryKind;
  if (node.kind == MapNode::Kind::Binary)
    return node.binary == BinaryKind::Div || node.binary == BinaryKind::Pow;
  return node.kind == MapNode::Kind::Unary &&
         (node.unary == UnaryKind::Log || node.unary == UnaryKind::Sqrt ||
          node.unary == UnaryKind::Reciprocal || node.unary == UnaryKind::Exp ||
          node.unary == UnaryKind::Asin || node.unary == UnaryKind::Acos ||
          node.unary == UnaryKind::Sinh || node.unary == UnaryKind::Cosh ||
          node.unary == UnaryKind::Acosh || node.unary == UnaryKind::Atanh);
}

/// Arithmetic as it is written. Halide turns x / 3 into x * (1 / 3), which rounds to another
/// integer now and then, and (x - 7) * s into x * s - 7 * s, which is not 0 where x is 7.
Expr asWritten(seg::BinaryKind kind, Expr value) {
  using seg::BinaryKind;
  const bool isArithmetic = kind == BinaryKind::Add || kind == BinaryKind::Sub ||
                            kind == BinaryKind::Mul || kind == BinaryKind::Div;
  return isArithmetic && value.type().is_float() ? strict_float(value) : value;
}

Expr valueOf(const MapNode &node, const std::vector<Expr> &values) {
  switch (node.kind) {
  case MapNode::Kind::Constant:
    if (node.type.is_bool())
      return Internal::make_bool(node.integer != 0);
    return node.type.is_float() ? Expr(node.alpha) : Internal::make_const(node.type, node.integer);
  case MapNode::Kind::Unary:
    return lowerUnary(node.unary, node.alpha, node.beta, values.at(node.lhs));
  case MapNode::Kind::Binary:
    return asWritten(node.binary,
                     lowerBinary(node.binary, values.at(node.lhs), values.at(node.rhs)));
  case MapNode::Kind::Select:
    return select(values.at(node.condition), values.at(node.lhs), values.at(node.rhs));
  case MapNode::Kind::Cast:
    return lowerCast(node.type, values.at(node.lhs));
  }
  return Expr();
}

std::string nodeName(const MapNode &node) {
  if (node.kind == MapNode::Kind::Unary)
    return seg::stringifyUnaryKind(node.unary).str();
  if (node.kind == MapNode::Kind::Binary)
    return seg::stringifyBinaryKind(node.binary).str();
  return node.kind == MapNode::Kind::Select ? "select" : "to_" + elementName(node.type);
}

/// "add_relu", cut short where it would grow unreadable.
std::string programName(const MapSpec &spec) {
  std::string name;
  int named = 0;
  for (const MapNode &node : spec.nodes) {
    if (node.kind == MapNode::Kind::Constant)
      continue;
    if (++named > 4)
      return name + "_etc";
    name += (name.empty() ? "" : "_") + nodeName(node);
  }
  return name.empty() ? "copy" : name;
}

} // namespace

std::string mapKey(const MapSpec &spec) {
  std::string text = fmt::format("map fm{} c{} b{} r{} {}", spec.featureMap, spec.channels,
                                 spec.block, spec.rank, elementName(spec.type));
  for (const MapOperand &o : spec.operands)
    text += fmt::format(" in{}:{}:{}:{}", static_cast<int>(o.kind), elementName(o.type), o.repeated,
                        o.block);
  for (const MapNode &n : spec.nodes)
    text += fmt::format(" {}.{}.{}({},{},{},{:a},{:a},{},{})", static_cast<int>(n.kind),
                        static_cast<int>(n.unary), static_cast<int>(n.binary), n.condition, n.lhs,
                        n.rhs, n.alpha, n.beta, n.integer, elementName(n.type));
  return text;
}

MapNode MapNode::constant(float value) {
  MapNode node;
  node.alpha = value;
  return node;
}

MapNode MapNode::constant(Type type, int64_t value) {
  MapNode node;
  node.type = type;
  node.integer = value;
  return node;
}

MapNode MapNode::select(int condition, int lhs, int rhs) {
  MapNode node;
  node.kind = Kind::Select;
  node.condition = condition;
  node.lhs = lhs;
  node.rhs = rhs;
  return node;
}

MapNode MapNode::cast(Type type, int argument) {
  MapNode node;
  node.kind = Kind::Cast;
  node.type = type;
  node.lhs = argument;
  return node;
}

MapNode MapNode::apply(seg::UnaryKind kind, int argument, float alpha, float beta) {
  MapNode node;
  node.kind = Kind::Unary;
  node.unary = kind;
  node.alpha = alpha;
  node.beta = beta;
  node.lhs = argument;
  return node;
}

MapNode MapNode::apply(seg::BinaryKind kind, int lhs, int rhs) {
  MapNode node;
  node.kind = Kind::Binary;
  node.binary = kind;
  node.lhs = lhs;
  node.rhs = rhs;
  return node;
}

Algorithm mapAlgorithm(const MapSpec &spec) {
  const int rank = spec.featureMap ? 4 : spec.rank;
  Algorithm algorithm;
  std::vector<Var> vars;
  vars.reserve(rank);
  for (int d = 0; d < rank; ++d)
    vars.emplace_back(spec.featureMap ? std::string(d == 0   ? "ci"
                                                    : d == 1 ? "x"
                                                    : d == 2 ? "y"
                                                             : "cb")
                                      : fmt::format("d{}", d));
  std::vector<Expr> values;
  for (size_t i = 0; i < spec.operands.size(); ++i) {
    const MapOperand &operand = spec.operands[i];
    std::string name = fmt::format("input{}", i);
    if (operand.kind == MapOperand::Kind::ChannelVector) {
      ImageParam param(operand.type, 2, name);
      param.dim(0).set_bounds(0, spec.block).set_stride(1);
      param.dim(1).set_bounds(0, channelBlocks(spec.channels, spec.block)).set_stride(spec.block);
      values.push_back(param(vars[0], vars[3]));
      algorithm.args.push_back(KernelArg::constant(param, name));
    } else {
      const bool oneChannel = operand.repeated >> 3 & 1;
      ImageParam param = spec.featureMap
                             ? featureMapInput(storageType(operand.type), name,
                                               oneChannel ? 1 : spec.channels, operand.block)
                             : ImageParam(storageType(operand.type), rank, name);
      std::vector<Expr> at(vars.begin(), vars.end());
      for (int d = 0; d < rank; ++d) {
        if (!spec.featureMap)
          param.dim(d).set_min(0);
        if (operand.repeated >> d & 1 || (spec.featureMap && d == 0 && oneChannel))
          at[d] = 0;
      }
      values.push_back(lowerLoad(operand.type, param(at)));
      algorithm.args.push_back(KernelArg::view(param, name));
    }
  }
  bool finite = true;
  for (const MapNode &node : spec.nodes) {
    values.push_back(valueOf(node, values));
    finite &= !mayLeaveFinite(node);
  }
  Expr result = spec.nodes.empty() ? values.front() : values.back();
  if (!finite && spec.featureMap && spec.channels % spec.block != 0)
    result = select(vars[3] * spec.block + vars[0] < spec.channels, result,
                    Internal::make_zero(result.type()));

  Func out("output");
  out(vars) = lowerStore(spec.type, result);
  OutputImageParam buffer = out.output_buffer();
  if (spec.featureMap) {
    constrainFeatureMap(buffer, spec.channels, spec.block);
  } else {
    for (int d = 0; d < rank; ++d)
      buffer.dim(d).set_min(0);
  }
  algorithm.name = spec.featureMap
                       ? fmt::format("map_{}_c{}_{}", programName(spec), spec.channels,
                                     spec.block > 1 ? fmt::format("b{}", spec.block) : "planar")
                       : fmt::format("map_{}_rank{}", programName(spec), rank);
  algorithm.key = mapKey(spec);
  algorithm.output = out;
  algorithm.args.push_back(KernelArg::output(out, "output"));
  return algorithm;
}

} // namespace segc
