//===- LowerRecurrent.cpp - ops over sequences ------------------*- C++ -*-===//
//
// The generated code loops over the steps of the sequence as it does over the images of a batch
// elsewhere, and the step's number is the image's.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Scalar.h"
#include "compiler/lowering/ProgramBuilder.h"
#include "schedules/cpu/Recurrent.h"
#include "schedules/cuda/Plain.h"

#include <fmt/format.h>

using namespace mlir;

namespace segc {

using mlir::Value;
using seg::DimAttr;
using seg::TensorType;

namespace {

/// The calls of one layer.
class Lowering {
public:
  Lowering(seg::RecurrentOp op, ProgramBuilder &builder)
      : op(op), builder(builder), context(op.getContext()), steps(typeOf(op.getOutput()).getDim(0)),
        batch(typeOf(op.getOutput()).getDim(1)), states(typeOf(op.getOutput()).getDim(2)),
        zero(constant(0)), one(constant(1)) {}

  LogicalResult run() {
    describeCell();
    const bool isGru = op.getCell() == seg::CellKind::Gru;
    const int64_t gateCount = isGru ? 2 : op.getCell() == seg::CellKind::Lstm ? 4 : 1;
    DimAttr values = states * gateCount;
    DenseBinding gates = builder.scratch(floats({batch, values}), "gates");
    product(projected(zero, values), stepBefore(), weights(zero, values), gates);
    DenseBinding split = gates;
    split.extents = {batch, constant(gateCount), states};

    std::vector<Binding> arguments{split};
    if (isGru) {
      DenseBinding candidate = builder.scratch(floats({batch, states}), "candidate");
      addCandidate(split, candidate);
      arguments.push_back(candidate);
      if (spec.linearBeforeReset)
        arguments.push_back(projected(values, states));
      arguments.insert(arguments.end(), {sequence(op.getOutput()), first(op.getHidden())});
    }
    if (op.getCell() == seg::CellKind::Lstm) {
      arguments.insert(arguments.end(), {sequence(op.getMemories()[0]), first(op.getMemory())});
      if (spec.hasPeepholes)
        arguments.push_back(builder.dense(op.getPeepholes()));
    }
    if (spec.hasLengths)
      arguments.push_back(builder.dense(op.getLengths()));
    arguments.push_back(builder.imageIndex());
    for (Value result : op->getResults())
      arguments.push_back(builder.denseMap(result, {one, batch, states}));
    int cell = builder.kernel("recurrent_cell" + key(),
                              [&](const auto &target) { return buildRecurrentCell(spec, target); });
    builder.call(cell, std::move(arguments));
    return success();
  }

private:
  DimAttr constant(int64_t value) const { return DimAttr::constant(context, value); }
  TensorType floats(ArrayRef<DimAttr> shape) const {
    return TensorType::get(context, shape, Float32Type::get(context));
  }

  void describeCell() {
    spec.cell = op.getCell();
    for (Attribute each : op.getActivations()) {
      auto act = cast<seg::ActAttr>(each);
      spec.activations.push_back({act.getKind(), act.getAlpha(), act.getBeta()});
    }
    if (op.getClip())
      spec.clip = op.getClip()->convertToFloat();
    spec.linearBeforeReset = op.getLinearBeforeReset();
    spec.coupled = op.getCoupled();
    spec.hasPeepholes = op.getPeepholes() != nullptr;
    spec.hasLengths = op.getLengths() != nullptr;
    if (spec.hasLengths)
      builder.require(typeOf(op.getLengths()).getDim(0), Check::Relation::Equal, batch,
                      "the number of its sequences' lengths");
  }

  std::string key() const {
    std::string text = fmt::format("{},{},{},{},{}", int(spec.cell), spec.linearBeforeReset,
                                   spec.coupled, spec.hasPeepholes, spec.hasLengths);
    for (const CellActivation &function : spec.activations)
      text += fmt::format(",{}:{:a}:{:a}", int(function.kind), function.alpha, function.beta);
    return spec.clip ? text + fmt::format(",clip{:a}", *spec.clip) : text;
  }

  /// `count` of the values a step from `from` on: [T, N, count].
  Binding projected(DimAttr from, DimAttr count) {
    DimAttr all = typeOf(op.getProjected()).getDim(2);
    return builder.strided(op.getProjected(), from, {steps, batch, count}, {batch * all, all, one});
  }

  Binding weights(DimAttr from, DimAttr count) {
    return builder.strided(op.getWeight(), from, {states, count},
                           {typeOf(op.getWeight()).getDim(1), one});
  }

  Binding sequence(Value result) { return builder.dense(result); }

  /// A first state, the same for all sequences or one each. Zeros are one row.
  Binding first(Value given) {
    if (!given) {
      if (!zeros)
        zeros = builder.floats(std::vector<float>(static_cast<size_t>(states.getValue()), 0.0f));
      return StridedBinding{zeros->place,    zeros->elementType, zero,
                            {batch, states}, {zero, one},        {}};
    }
    const bool isShared = typeOf(given).getDim(0).isConstant(1);
    if (!isShared)
      builder.require(typeOf(given).getDim(0), Check::Relation::Equal, batch,
                      "the number of its first states");
    return builder.strided(given, zero, {batch, states}, {isShared ? zero : states, one});
  }

  std::vector<Binding> stepBefore() { return {sequence(op.getOutput()), first(op.getHidden())}; }

  void product(std::optional<Binding> addend, std::vector<Binding> operands, Binding matrix,
               Binding result) {
    RecurrentProductSpec product;
    product.adds = addend.has_value();
    product.ofStepBefore = operands.size() == 2;
    int kernel =
        builder.kernel(fmt::format("recurrent_product{},{}", product.adds, product.ofStepBefore),
                       [&](const auto &target) { return buildRecurrentProduct(product, target); });
    std::vector<Binding> arguments;
    if (addend)
      arguments.push_back(*addend);
    arguments.insert(arguments.end(), operands.begin(), operands.end());
    arguments.insert(arguments.end(), {matrix, builder.imageIndex(), result});
    builder.call(kernel, std::move(arguments));
  }

  /// What a GRU's candidate sees of the states: all but for the reset, if that comes later.
  void addCandidate(const Binding &gates, const DenseBinding &candidate) {
    DimAttr from = states * 2;
    if (spec.linearBeforeReset) {
      std::optional<Binding> bias;
      if (op.getBias())
        bias = builder.strided(op.getBias(), zero, {steps, batch, states}, {zero, zero, one});
      return product(bias, stepBefore(), weights(from, states), candidate);
    }
    DenseBinding kept = builder.scratch(floats({batch, states}), "reset");
    int reset = builder.kernel("recurrent_reset" + key(), [&](const auto &target) {
      return buildRecurrentReset(spec, target);
    });
    std::vector<Binding> arguments{gates};
    for (const Binding &each : stepBefore())
      arguments.push_back(each);
    arguments.insert(arguments.end(), {builder.imageIndex(), kept});
    builder.call(reset, std::move(arguments));
    product(projected(from, states), {kept}, weights(from, states), candidate);
  }

  seg::RecurrentOp op;
  ProgramBuilder &builder;
  MLIRContext *context;
  DimAttr steps, batch, states, zero, one;
  std::optional<WeightsBinding> zeros;
  RecurrentCellSpec spec;
};

} // namespace

LogicalResult lowerRecurrent(seg::RecurrentOp op, ProgramBuilder &builder) {
  return Lowering(op, builder).run();
}

LogicalResult lowerReverseSequence(seg::ReverseSequenceOp op, ProgramBuilder &builder) {
  TensorType input = typeOf(op.getInput()), lengths = typeOf(op.getLengths());
  auto *context = op.getContext();
  ReverseSequenceSpec spec;
  spec.type = storageType(halideType(input.getElementType()));
  spec.lengthBits = static_cast<int>(lengths.getElementType().getIntOrFloatBitWidth());
  builder.require(lengths.getDim(0), Check::Relation::Equal, input.getDim(1),
                  "the number of its sequences' lengths");
  int kernel =
      builder.kernel(fmt::format("reverse_sequence{},{},{}", int(spec.type.code()),
                                 spec.type.bits(), spec.lengthBits),
                     [&](const auto &target) { return buildReverseSequence(spec, target); });
  SmallVector<DimAttr> extents{input.getDim(0), input.getDim(1),
                               seg::product(context, input.getShape().drop_front(2))};
  builder.call(kernel,
               {builder.dense(op.getInput(), extents), builder.dense(op.getLengths()),
                builder.dense(op.getOutput(), extents)},
               /*perImage=*/false);
  return success();
}

} // namespace segc
