//===- LowerElementwise.cpp - functions of each element ---------*- C++ -*-===//

#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/Map.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

namespace {

/// Builds the spec and the bindings of one elementwise op.
class Lowering {
public:
  Lowering(Operation *op, ProgramBuilder &builder)
      : op(op), builder(builder), result(typeOf(op->getResult(0))) {}

  LogicalResult run() {
    spec.featureMap = static_cast<bool>(result.getLayout());
    spec.type = halideType(result.getElementType());
    if (spec.featureMap) {
      spec.channels = static_cast<int>(result.getDim(1).getValue());
      spec.block = static_cast<int>(result.getLayout().getBlock());
    }
    for (Value operand : op->getOperands())
      addOperand(operand);
    if (!spec.featureMap) {
      chooseRank();
      if (spec.rank > kMaxViewRank)
        return op->emitError("tensors of rank ") << result.getRank() << " are not supported";
    }
    for (auto [value, number] : constants) {
      spec.nodes.push_back(number);
      argumentOf[value] = nodeArgument(spec.nodes.size() - 1);
    }
    if (failed(addNodes()))
      return failure();
    int kernel =
        builder.kernel(mapKey(spec), [&](const auto &target) { return buildMap(spec, target); });
    bindings.push_back(spec.featureMap ? Binding(builder.write(op->getResult(0)))
                                       : builder.dense(op->getResult(0), shape));
    builder.call(kernel, std::move(bindings), /*perImage=*/spec.featureMap);
    return success();
  }

private:
  /// A constant of one element.
  static std::optional<MapNode> numberOf(Value operand) {
    if (auto floats = seg::floatConstant(operand)) {
      if (floats->values.size() == 1)
        return MapNode::constant(floats->values[0]);
      return std::nullopt;
    }
    auto constant = operand.getDefiningOp<seg::ConstantOp>();
    auto integers = constant ? dyn_cast<DenseIntElementsAttr>(constant.getValue()) : nullptr;
    if (!integers || integers.getNumElements() != 1)
      return std::nullopt;
    Type type = integers.getElementType();
    APInt value = *integers.value_begin<APInt>();
    bool isSigned = !type.isUnsignedInteger() && !type.isInteger(1);
    return MapNode::constant(halideType(type), isSigned
                                                   ? value.getSExtValue()
                                                   : static_cast<int64_t>(value.getZExtValue()));
  }

  int nodeArgument(size_t node) const { return static_cast<int>(spec.operands.size() + node); }

  void addOperand(Value operand) {
    if (argumentOf.contains(operand))
      return;
    if (std::optional<MapNode> number = numberOf(operand)) {
      argumentOf[operand] = -1;
      constants.push_back({operand, *number});
      return;
    }
    auto constant = seg::floatConstant(operand);
    argumentOf[operand] = static_cast<int>(spec.operands.size());
    TensorType type = typeOf(operand);
    MapOperand description;
    description.type = halideType(type.getElementType());
    if (spec.featureMap && constant) {
      // assign-layouts lets no other constants here: one value a channel.
      description.kind = MapOperand::Kind::ChannelVector;
      std::vector<float> values(constant->values.begin(), constant->values.end());
      values.resize((spec.channels + spec.block - 1) / spec.block * spec.block, values.back());
      bindings.push_back(builder.floats(values));
    } else if (spec.featureMap) {
      for (int d = 1; d < 4; ++d) // x, y, channels
        if (type.getDim(4 - d).isConstant(1) && !result.getDim(4 - d).isConstant(1))
          description.repeated |= 1u << d;
      description.block = static_cast<int>(type.getLayout().getBlock());
      MapBinding binding = builder.read(operand);
      binding.repeatsImage = type.getDim(0).isConstant(1);
      bindings.push_back(binding);
    } else {
      int64_t rank = result.getRank(), shift = rank - type.getRank();
      SmallVector<DimAttr> extents(rank, DimAttr::constant(op->getContext(), 1));
      for (int64_t i = 0; i < rank; ++i) {
        if (i >= shift)
          extents[i] = type.getDim(i - shift);
        if (extents[i].isConstant(1) && !result.getDim(i).isConstant(1))
          description.repeated |= 1u << (rank - 1 - i);
      }
      bindings.push_back(builder.dense(operand, extents));
    }
    spec.operands.push_back(description);
  }

  /// Without repeated operands a dense result is one long row.
  void chooseRank() {
    shape.assign(result.getShape().begin(), result.getShape().end());
    bool repeats = llvm::any_of(spec.operands, [](auto &o) { return o.repeated != 0; });
    if (!repeats) {
      shape = {seg::product(op->getContext(), result.getShape())};
      for (Binding &binding : bindings)
        std::get<DenseBinding>(binding).extents = shape;
    }
    if (static_cast<int64_t>(shape.size()) > kMaxViewRank)
      joinAxes();
    spec.rank = static_cast<int>(shape.size());
  }

  /// Neighbouring axes along which the same operands are repeated are one.
  void joinAxes() {
    const size_t rank = shape.size(), operands = spec.operands.size();
    auto repeats = [&](size_t axis) {
      SmallVector<bool> mask;
      for (const MapOperand &operand : spec.operands)
        mask.push_back((operand.repeated >> (rank - 1 - axis)) & 1);
      return mask;
    };
    SmallVector<DimAttr> joined;
    SmallVector<SmallVector<bool>> masks;
    std::vector<SmallVector<DimAttr>> extents(operands);
    for (size_t axis = 0; axis != rank; ++axis) {
      SmallVector<bool> mask = repeats(axis);
      const bool isUnit = shape[axis].isConstant(1);
      const bool joins =
          !joined.empty() && (isUnit || joined.back().isConstant(1) || mask == masks.back());
      if (joins && !isUnit)
        masks.back() = mask;
      if (!joins)
        masks.push_back(mask);
      auto add = [&](SmallVector<DimAttr> &list, DimAttr extent) {
        if (joins)
          list.back() = list.back() * extent;
        else
          list.push_back(extent);
      };
      add(joined, shape[axis]);
      for (size_t i = 0; i != operands; ++i)
        add(extents[i], std::get<DenseBinding>(bindings[i]).extents[axis]);
    }
    for (size_t i = 0; i != operands; ++i) {
      std::get<DenseBinding>(bindings[i]).extents.assign(extents[i].begin(), extents[i].end());
      spec.operands[i].repeated = 0;
      for (size_t axis = 0; axis != joined.size(); ++axis)
        if (masks[axis][i])
          spec.operands[i].repeated |= 1u << (joined.size() - 1 - axis);
    }
    shape = joined;
  }

  LogicalResult addNode(Operation &node) {
    if (auto unary = dyn_cast<seg::UnaryOp>(node)) {
      spec.nodes.push_back(MapNode::apply(unary.getFn().getKind(), argumentOf[unary.getInput()],
                                          unary.getFn().getAlpha(), unary.getFn().getBeta()));
    } else if (auto binary = dyn_cast<seg::BinaryOp>(node)) {
      spec.nodes.push_back(MapNode::apply(binary.getKind(), argumentOf[binary.getLhs()],
                                          argumentOf[binary.getRhs()]));
    } else if (auto select = dyn_cast<seg::SelectOp>(node)) {
      spec.nodes.push_back(MapNode::select(argumentOf[select.getCondition()],
                                           argumentOf[select.getLhs()],
                                           argumentOf[select.getRhs()]));
    } else if (auto conversion = dyn_cast<seg::CastOp>(node)) {
      spec.nodes.push_back(
          MapNode::cast(halideType(conversion.getTo()), argumentOf[conversion.getInput()]));
    } else {
      return node.emitError("no kernel computes this inside a fused group");
    }
    argumentOf[node.getResult(0)] = nodeArgument(spec.nodes.size() - 1);
    return success();
  }

  LogicalResult addNodes() {
    auto map = dyn_cast<seg::MapOp>(op);
    if (!map)
      return addNode(*op);
    Block &body = map.getBody().front();
    for (auto [argument, input] : llvm::zip(body.getArguments(), map.getInputs()))
      argumentOf[argument] = argumentOf[input];
    for (Operation &node : body.without_terminator())
      if (failed(addNode(node)))
        return failure();
    // The last node is the result, by convention of MapSpec.
    int last = argumentOf[cast<seg::YieldOp>(body.getTerminator()).getValue()];
    if (last != nodeArgument(spec.nodes.size()) - 1)
      spec.nodes.push_back(MapNode::apply(seg::UnaryKind::Identity, last));
    return success();
  }

  Operation *op;
  ProgramBuilder &builder;
  TensorType result;
  MapSpec spec;
  std::vector<Binding> bindings;
  SmallVector<DimAttr> shape;
  SmallVector<std::pair<Value, MapNode>> constants;
  mlir::DenseMap<Value, int> argumentOf;
};

} // namespace

LogicalResult lowerElementwise(Operation *op, ProgramBuilder &builder) {
  return Lowering(op, builder).run();
}

} // namespace segc
