//===- OrderAxes.cpp - which order axes lie in ------------------*- C++ -*-===//
//
// Exporters of channels-last frameworks put a transpose before and behind every convolution
// and compute everything else with the channels last. Terms are those of AxisFrames.h.
//
//   1. For each frame with transposes, the orders in which its values are made and read from
//      outside are tried. The cost of an order is how many bytes remain to be transposed:
//      values that are made outside in another order, and those that are read outside in
//      another one. The cheapest order is taken if it costs less than the transposes that are
//      there. Where it costs as much, the order of feature maps is taken if all ops of the
//      frame have kernels for maps.
//   2. The members of such frames are written again in that order, with transposes where values
//      enter and leave. Transposes of constants are for fold-constants to evaluate.
//
//===----------------------------------------------------------------------===//

#include "compiler/dialect/Dim.h"
#include "compiler/transforms/AxisFrames.h"
#include "compiler/transforms/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>

namespace segc {
#define GEN_PASS_DEF_ORDERAXES
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

seg::TensorType typeOf(Value value) { return cast<seg::TensorType>(value.getType()); }

/// Bytes of a tensor. What is free counts as 256, an extent of its own like any other: only sizes
/// of values of one network are compared.
double bytesOf(Value value) {
  constexpr int64_t kNominalExtent = 256;
  double bytes =
      static_cast<double>(divideCeil(typeOf(value).getElementType().getIntOrFloatBitWidth(), 8));
  for (seg::DimAttr dim : typeOf(value).getShape()) {
    StringMap<int64_t> symbols;
    dim = seg::boundOf(dim);
    seg::forEachSymbol(dim, [&](StringRef name) { symbols[name] = kNominalExtent; });
    bytes *= static_cast<double>(std::max<int64_t>(1, seg::evaluate(dim, symbols).value_or(1)));
  }
  return bytes;
}

/// Made for [N, C, H, W].
bool worksOnMaps(Operation *op) {
  return isa<seg::Conv2dOp, seg::ConvTranspose2dOp, seg::BatchNormOp, seg::MaxPool2dOp,
             seg::AvgPool2dOp, seg::MaxPoolSwitchesOp, seg::MaxUnpool2dOp, seg::ResizeOp,
             seg::DenseCrfOp>(op);
}

SmallVector<int64_t> reducedAxes(Operation *op) {
  if (auto reduce = dyn_cast<seg::ReduceOp>(op))
    return SmallVector<int64_t>(reduce.getAxes());
  return {static_cast<int64_t>(cast<seg::ArgMaxOp>(op).getAxis())};
}

void setReducedAxes(Operation *op, ArrayRef<int64_t> axes) {
  if (auto reduce = dyn_cast<seg::ReduceOp>(op))
    reduce.setAxes(axes);
  else
    cast<seg::ArgMaxOp>(op).setAxis(axes.front());
}

/// Where axes of a value are once it lies in `order`, from the first on.
SmallVector<int64_t> moved(ArrayRef<int64_t> axes, const FramePlace &place,
                           ArrayRef<int64_t> order) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes)
    result.push_back(find(order, place.axes[axis]) - order.begin());
  sort(result);
  return result;
}

/// Whether a reduction that drops its axes leaves the others in order.
bool leavesOthersInOrder(Operation *op, const FramePlace &place, ArrayRef<int64_t> order) {
  AxisOrder before, after;
  SmallVector<int64_t> dropped;
  for (int64_t axis : reducedAxes(op))
    dropped.push_back(place.axes[axis]);
  copy_if(place.axes, std::back_inserter(before),
          [&](int64_t axis) { return !is_contained(dropped, axis); });
  copy_if(order, std::back_inserter(after),
          [&](int64_t axis) { return !is_contained(dropped, axis); });
  return before == after;
}

bool isDroppingReduction(Operation *op) {
  if (auto reduce = dyn_cast<seg::ReduceOp>(op))
    return !reduce.getKeepDims();
  auto argmax = dyn_cast<seg::ArgMaxOp>(op);
  return argmax && !argmax.getKeepDims();
}

template <typename Range> auto permute(const Range &values, ArrayRef<int64_t> permutation) {
  SmallVector<std::decay_t<decltype(values[0])>> result;
  for (int64_t axis : permutation)
    result.push_back(values[axis]);
  return result;
}

seg::TensorType permute(seg::TensorType type, ArrayRef<int64_t> permutation) {
  return seg::TensorType::get(type.getContext(), permute(type.getShape(), permutation),
                              type.getElementType());
}

/// What an order of a frame costs.
class FrameCosts {
public:
  FrameCosts(const AxisFrames &frames, unsigned frame) : frames(frames) {
    for (Value value : frames.valuesOf(frame)) {
      Operation *maker = value.getDefiningOp();
      const FramePlace &place = *frames.placeOf(value);
      if (!maker || !frames.isMember(maker)) {
        entries.push_back(value);
        addOrder(place.axes, maker);
      } else {
        members.push_back(maker);
        auto transpose = dyn_cast<seg::TransposeOp>(maker);
        if (transpose && !value.use_empty() &&
            !keepsElementsInPlace(typeOf(transpose.getInput()).getShape(),
                                  transpose.getPermutation()))
          present += bytesOf(value);
        for (OpOperand &operand : maker->getOpOperands())
          if (!frames.isJoined(operand) && !operand.get().getDefiningOp<seg::ConstantOp>())
            sides.push_back({operand.get(), value});
      }
      for (OpOperand &use : value.getUses()) {
        if (frames.isJoined(use))
          continue;
        if (isDroppingReduction(use.getOwner()))
          reductions.push_back(&use);
        else
          exits.insert({rootOf(value), value});
        addOrder(place.axes, use.getOwner());
      }
    }
  }

  /// The order to take, if any is better than what is there.
  std::optional<AxisOrder> choose() {
    if (none_of(members, [](Operation *op) { return isa<seg::TransposeOp>(op); }))
      return std::nullopt;
    const AxisOrder *best = nullptr;
    double least = 0;
    for (const SmallVector<AxisOrder> *orders : {&mapOrders, &otherOrders})
      for (const AxisOrder &order : *orders)
        if (double cost = costOf(order); !best || cost < least) {
          best = &order;
          least = cost;
        }
    if (!best || least > present)
      return std::nullopt;
    if (least < present || (is_contained(mapOrders, *best) && suitsMaps(*best)))
      return *best;
    return std::nullopt;
  }

private:
  /// The value that transposes have made this one of.
  Value rootOf(Value value) const {
    while (auto transpose = value.getDefiningOp<seg::TransposeOp>()) {
      if (!frames.isMember(transpose))
        break;
      value = transpose.getInput();
    }
    return value;
  }

  void addOrder(const AxisOrder &order, Operation *outside) {
    SmallVector<AxisOrder> &orders =
        outside && worksOnMaps(outside) && order.size() == 4 ? mapOrders : otherOrders;
    if (!is_contained(orders, order))
      orders.push_back(order);
  }

  double costBetween(Value value, ArrayRef<int64_t> from, ArrayRef<int64_t> to) const {
    // The value has its axes in the order `from`.
    return keepsElementsInPlace(typeOf(value).getShape(), permutationBetween(from, to))
               ? 0
               : bytesOf(value);
  }

  double costOf(const AxisOrder &order) const {
    double cost = 0;
    for (Value value : entries)
      cost += costBetween(value, frames.placeOf(value)->axes, order);
    std::map<std::pair<void *, std::vector<int64_t>>, double> leaving;
    auto leaves = [&](Value root, Value value) {
      const AxisOrder &axes = frames.placeOf(value)->axes;
      const bool isEntry = is_contained(entries, root);
      if (isEntry && frames.placeOf(root)->axes == axes)
        return; // it is there
      leaving[{root.getAsOpaquePointer(), {axes.begin(), axes.end()}}] =
          costBetween(value, axes, order);
    };
    for (auto [root, value] : exits)
      leaves(root, value);
    for (OpOperand *use : reductions)
      if (!leavesOthersInOrder(use->getOwner(), *frames.placeOf(use->get()), order))
        leaves(rootOf(use->get()), use->get());
    for (const auto &[key, bytes] : leaving)
      cost += bytes;
    for (auto [side, result] : sides) {
      const FramePlace &place = *frames.placeOf(result);
      const size_t missing = place.axes.size() - typeOf(side).getRank();
      SmallVector<seg::DimAttr> shape(missing, seg::DimAttr::constant(side.getContext(), 1));
      append_range(shape, typeOf(side).getShape());
      if (!keepsElementsInPlace(shape, permutationBetween(place.axes, order)))
        cost += bytesOf(side);
    }
    return cost;
  }

  /// Whether every op of the frame has a kernel for maps in blocks of channels, if they lie so.
  bool suitsMaps(const AxisOrder &order) const {
    auto axesAre = [&](Operation *op, ArrayRef<int64_t> axes, ArrayRef<int64_t> wanted) {
      return ArrayRef<int64_t>(moved(axes, *frames.placeOf(op->getOperand(0)), order)) == wanted;
    };
    auto keepsChannels = [&](Operation *op) {
      const AxisOrder toOrder = permutationBetween(frames.placeOf(op->getResult(0))->axes, order);
      return typeOf(op->getOperand(0)).getDim(toOrder[1]) ==
             typeOf(op->getResult(0)).getDim(toOrder[1]);
    };
    auto suits = [&](Operation *op) {
      return llvm::TypeSwitch<Operation *, bool>(op)
          .Case<seg::ReduceOp>([&](auto) { return axesAre(op, reducedAxes(op), {2, 3}); })
          .Case<seg::ArgMaxOp>([&](auto) { return axesAre(op, reducedAxes(op), {1}); })
          .Case([&](seg::SoftmaxOp softmax) {
            return axesAre(op, {static_cast<int64_t>(softmax.getAxis())}, {1});
          })
          .Case([&](seg::ConcatOp concat) {
            const FramePlace &place = *frames.placeOf(concat.getOutput());
            return place.axes[concat.getAxis()] == order[1];
          })
          .Case<seg::SliceOp, seg::PadOp>([&](auto) { return keepsChannels(op); })
          .Default([](Operation *) { return true; });
    };
    return all_of(members, suits) &&
           all_of(reductions, [&](OpOperand *use) { return suits(use->getOwner()); });
  }

  const AxisFrames &frames;
  SmallVector<Value> entries;
  SmallVector<Operation *> members;
  /// What an op outside reads, and what that was before it was transposed.
  llvm::SetVector<std::pair<Value, Value>> exits;
  SmallVector<OpOperand *> reductions;
  /// Operands with fewer axes, and the results that they are broadcast to.
  SmallVector<std::pair<Value, Value>> sides;
  SmallVector<AxisOrder> mapOrders, otherOrders;
  /// Bytes that the transposes move that are there.
  double present = 0;
};

class OrderAxes : public impl::OrderAxesBase<OrderAxes> {
public:
  void runOnOperation() override {
    for (Block &block : getOperation().getBody()) {
      order(block);
      becomeReshapes(block);
    }
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
  }

private:
  void becomeReshapes(Block &block) {
    for (auto transpose : make_early_inc_range(block.getOps<seg::TransposeOp>())) {
      if (!keepsElementsInPlace(typeOf(transpose.getInput()).getShape(),
                                transpose.getPermutation()))
        continue;
      OpBuilder builder(transpose);
      transpose.replaceAllUsesWith(
          builder
              .create<seg::ReshapeOp>(transpose.getLoc(), transpose.getType(), transpose.getInput(),
                                      shapeOf(typeOf(transpose)))
              .getOutput());
      transpose.erase();
    }
  }

  void order(Block &block) {
    AxisFrames found(block);
    frames = &found;
    orders.assign(found.count(), std::nullopt);
    inOrder.clear();
    transposed.clear();
    for (unsigned frame = 0; frame < found.count(); ++frame) {
      orders[frame] = FrameCosts(found, frame).choose();
      if (orders[frame])
        ++numOrdered;
    }
    for (Operation &op : make_early_inc_range(block)) {
      if (const AxisOrder *order = found.isMember(&op) ? orderOf(op.getResult(0)) : nullptr)
        inOrder[op.getResult(0)] =
            isa<seg::TransposeOp>(op) ? ordered(op.getOperand(0), *order, &op) : again(&op, *order);
      else
        readAsBefore(&op);
    }
  }

  /// The order that was chosen for a value; null if it stays as it is.
  const AxisOrder *orderOf(Value value) const {
    const FramePlace *place = frames->placeOf(value);
    return place && orders[place->frame] ? &*orders[place->frame] : nullptr;
  }

  static ArrayAttr shapeOf(seg::TensorType type) {
    return seg::dimArray(type.getContext(), type.getShape());
  }

  /// `value`, with leading axes of extent 1 if it has fewer, transposed before `user`.
  Value transpose(Value value, ArrayRef<int64_t> permutation, Operation *user, Location loc) {
    if (typeOf(value).getRank() == static_cast<int64_t>(permutation.size()) &&
        isIdentity(permutation))
      return value;
    Value &result =
        transposed[{value.getAsOpaquePointer(), {permutation.begin(), permutation.end()}}];
    if (result)
      return result;
    OpBuilder builder(user);
    seg::TensorType own = typeOf(value);
    SmallVector<seg::DimAttr> shape(permutation.size() - own.getRank(),
                                    seg::DimAttr::constant(&getContext(), 1));
    append_range(shape, own.getShape());
    auto padded = seg::TensorType::get(&getContext(), shape, own.getElementType());
    seg::TensorType type = permute(padded, permutation);
    auto reshape = [&](seg::TensorType to) {
      return to == own ? value
                       : builder.create<seg::ReshapeOp>(loc, to, value, shapeOf(to)).getOutput();
    };
    if (keepsElementsInPlace(shape, permutation))
      return result = reshape(type);
    ++numTransposes;
    return result = builder.create<seg::TransposeOp>(loc, type, reshape(padded), permutation);
  }

  /// Where a transpose before the members that read a value should be said to come from.
  static Location locationOf(Value value) {
    for (Operation *user : value.getUsers())
      if (isa<seg::TransposeOp>(user))
        return user->getLoc();
    return value.getDefiningOp() ? value.getLoc() : (*value.user_begin())->getLoc();
  }

  /// A frame's value in the frame's order.
  Value ordered(Value value, const AxisOrder &order, Operation *user) {
    Value &known = inOrder[value];
    if (!known)
      known = transpose(value, permutationBetween(frames->placeOf(value)->axes, order), user,
                        locationOf(value));
    return known;
  }

  /// A value as it was, for an op that is made for that.
  Value asBefore(Value value, Operation *user) {
    const AxisOrder *order = orderOf(value);
    if (!order || !isMade(value))
      return value;
    const FramePlace &place = *frames->placeOf(value);
    Value root = value;
    while (auto transpose = root.getDefiningOp<seg::TransposeOp>()) {
      if (!frames->isMember(transpose))
        break;
      root = transpose.getInput();
    }
    if (!isMade(root) && frames->placeOf(root)->axes == place.axes)
      return root;
    return transpose(inOrder.find(value)->second, permutationBetween(*order, place.axes), user,
                     value.getLoc());
  }

  /// Whether a member makes the value, so that it is made again in the frame's order.
  bool isMade(Value value) const {
    return value.getDefiningOp() && frames->isMember(value.getDefiningOp());
  }

  void readAsBefore(Operation *op) {
    for (OpOperand &operand : op->getOpOperands()) {
      const AxisOrder *order = orderOf(operand.get());
      if (!order)
        continue;
      const FramePlace &place = *frames->placeOf(operand.get());
      if (isDroppingReduction(op) && leavesOthersInOrder(op, place, *order)) {
        setReducedAxes(op, moved(reducedAxes(op), place, *order));
        operand.set(ordered(operand.get(), *order, op));
      } else {
        operand.set(asBefore(operand.get(), op));
      }
    }
  }

  /// A member that follows, in the frame's order.
  Value again(Operation *op, const AxisOrder &order) {
    const FramePlace &place = *frames->placeOf(op->getResult(0));
    const AxisOrder permutation = permutationBetween(place.axes, order);
    SmallVector<Value> operands;
    for (OpOperand &operand : op->getOpOperands()) {
      if (frames->isJoined(operand)) {
        operands.push_back(ordered(operand.get(), order, op));
        continue;
      }
      Value side = asBefore(operand.get(), op);
      const bool isOne =
          all_of(typeOf(side).getShape(), [](seg::DimAttr dim) { return dim.isConstant(1); });
      operands.push_back(isOne && typeOf(side).getRank() < static_cast<int64_t>(permutation.size())
                             ? side
                             : transpose(side, permutation, op, side.getLoc()));
    }
    OpBuilder builder(op);
    Operation *copy = builder.clone(*op);
    copy->setOperands(operands);
    copy->getResult(0).setType(permute(typeOf(op->getResult(0)), permutation));
    auto dims = [&](ArrayAttr attribute) {
      return seg::dimArray(&getContext(), permute(seg::dims(attribute), permutation));
    };
    auto axis = [&](uint64_t axis) {
      return moved({static_cast<int64_t>(axis)}, place, order).front();
    };
    llvm::TypeSwitch<Operation *>(copy)
        .Case<seg::ConcatOp, seg::SoftmaxOp>([&](auto o) { o.setAxis(axis(o.getAxis())); })
        .Case([&](seg::SliceOp o) {
          o.setStartsAttr(dims(o.getStarts()));
          o.setSizesAttr(dims(o.getSizes()));
          o.setSteps(permute(SmallVector<int64_t>(o.getSteps()), permutation));
        })
        .Case([&](seg::PadOp o) {
          o.setLowAttr(dims(o.getLow()));
          o.setHighAttr(dims(o.getHigh()));
        })
        .Case([&](seg::BroadcastOp o) { o.setShapeAttr(dims(o.getShape())); })
        .Case<seg::ReduceOp, seg::ArgMaxOp>(
            [&](auto o) { setReducedAxes(o, moved(reducedAxes(o), place, order)); });
    return copy->getResult(0);
  }

  const AxisFrames *frames = nullptr;
  std::vector<std::optional<AxisOrder>> orders;
  /// Values of frames that are ordered, in that order.
  llvm::DenseMap<Value, Value> inOrder;
  /// What has been transposed already: value and permutation.
  std::map<std::pair<void *, std::vector<int64_t>>, Value> transposed;
};

} // namespace
} // namespace segc
