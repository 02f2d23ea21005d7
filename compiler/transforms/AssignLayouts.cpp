//===- AssignLayouts.cpp - where channels lie in memory ---------*- C++ -*-===//
//
// Gives every value a layout. Terms: a *blocked* map has as many channels side by
// side as the target's vector has lanes; a *planar* map has one; a *dense* tensor
// has no layout and lies as callers hold it.
//
//   1. Walk the ops in order. An op that has a blocked kernel takes its feature
//      maps blocked and gives its result blocked; a convolution of an image of few
//      channels (the stem) takes it planar. Elementwise ops follow their operands.
//   2. Where an operand lies another way than the op wants it, a
//      seg.convert_layout goes between; one value is converted at most once a layout.
//      Constants are operands like others: weights hold them dense.
//   3. A resize whose result only leaves the network writes it dense at once, as callers hold it:
//      also [N, H, W, C], which is a map in "blocks" of 0 channels to the transpose behind it.
//   4. Switches of max pooling become i32 counts within a plane.
//   5. A transpose from [N, H, W, C] gives its result in the layout that is wanted, one to
//      [N, H, W, C] takes its operand as it lies: both are one copy.
//
// Halos are added later (assign-halos), when it is known which maps share memory.
//
//===----------------------------------------------------------------------===//

#include "compiler/dialect/Dim.h"
#include "compiler/transforms/Passes.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace segc {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "compiler/transforms/Passes.h.inc"
} // namespace segc

using namespace llvm;
using namespace mlir;

namespace segc {
using namespace seg;
using seg::TensorType;

namespace {

class AssignLayouts : public impl::AssignLayoutsBase<AssignLayouts> {
public:
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    auto function = getOperation();
    OpBuilder theBuilder(function.getContext());
    builder = &theBuilder;
    converted.clear();
    for (Block &block : function.getBody())
      for (Operation &op : make_early_inc_range(block))
        assign(op);
    // Nobody wanted them dense.
    for (Block &block : function.getBody())
      for (auto transpose : make_early_inc_range(block.getOps<TransposeOp>()))
        if (transpose->use_empty())
          transpose.erase();
  }

private:
  static TensorType typeOf(Value value) { return cast<TensorType>(value.getType()); }

  static int64_t blockOf(Value value) {
    LayoutAttr layout = typeOf(value).getLayout();
    return layout ? layout.getBlock() : 0;
  }
  bool isBlocked(Value value) { return blockOf(value) == lanes; }

  LayoutAttr layout(int64_t block) { return LayoutAttr::get(&getContext(), block, 0, 0); }

  /// `value` in blocks of `block` channels (0: dense), converted before `user` if need be.
  Value in(Value value, int64_t block, Operation *user) {
    if (blockOf(value) == block)
      return value;
    if (Value known = converted.lookup({value, block}))
      return known;
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (transpose && block && permutes(transpose, {0, 3, 1, 2}) && !blockOf(transpose.getInput())) {
      builder->setInsertionPointAfter(transpose);
      ++numConversions;
      return converted[{value, block}] = builder->create<TransposeOp>(
                 transpose.getLoc(), typeOf(value).withLayout(layout(block)), transpose.getInput(),
                 transpose.getPermutation());
    }
    if (isOtherBlocks(value, block))
      return converted[{value, block}] = in(in(value, 0, user), block, user);
    std::string name;
    Operation *producer = value.getDefiningOp();
    if (producer && !isa<ConstantOp>(producer)) {
      builder->setInsertionPointAfter(producer);
    } else {
      // Inputs and constants are there all the time, their copies only from the first user on.
      builder->setInsertionPoint(user);
    }
    if (producer) {
      name = nodeName(producer->getLoc());
    } else {
      auto argument = cast<BlockArgument>(value);
      if (auto given =
              getOperation().getArgAttrOfType<StringAttr>(argument.getArgNumber(), kNameAttr))
        name = given.str();
    }
    auto type = typeOf(value).withLayout(block ? layout(block) : LayoutAttr());
    Location loc = nodeLocation(&getContext(), name + (block ? " in blocks" : " dense"), "layout");
    ++numConversions;
    return converted[{value, block}] = builder->create<ConvertLayoutOp>(loc, type, value);
  }

  /// No kernel goes from blocks to blocks of another size, but through planes.
  static bool isOtherBlocks(Value value, int64_t block) {
    return blockOf(value) > 1 && block > 1 && blockOf(value) != block;
  }

  /// Between [N, H, W, C] and a map of so many channels that there is a kernel for it.
  static bool permutes(TransposeOp transpose, ArrayRef<int64_t> order) {
    Value map = order[1] == 3 ? transpose.getOutput() : transpose.getInput();
    return transpose.getPermutation() == order && typeOf(map).getDim(1).isConstant();
  }

  void setLayout(Value value, int64_t block) {
    value.setType(typeOf(value).withLayout(block ? layout(block) : LayoutAttr()));
  }

  /// Every operand in blocks, and so the result.
  void blocked(Operation &op) {
    for (OpOperand &operand : op.getOpOperands())
      operand.set(in(operand.get(), lanes, &op));
    for (Value result : op.getResults())
      setLayout(result, lanes);
  }

  /// Every operand dense, and so the result.
  void dense(Operation &op) {
    for (OpOperand &operand : op.getOpOperands())
      operand.set(in(operand.get(), 0, &op));
  }

  /// Whether there are kernels for a value in blocks: they are made for floats and a number of
  /// channels.
  static bool canBeBlocked(Value value) {
    return typeOf(value).getRank() == 4 && typeOf(value).getDim(1).isConstant() &&
           typeOf(value).getElementType().isF32();
  }

  bool anyBlocked(Operation &op) {
    return any_of(op.getOperands(), [&](Value value) { return isBlocked(value); });
  }

  void assign(Operation &op) {
    // What a type inferred from an operand says is no decision yet.
    if (!isa<ConvertLayoutOp>(op))
      for (Value result : op.getResults())
        setLayout(result, 0);
    llvm::TypeSwitch<Operation *>(&op)
        .Case([](ConstantOp) {})
        .Case([&](ConvertLayoutOp convert) {
          if (isOtherBlocks(convert.getInput(), blockOf(convert.getOutput())))
            convert.getInputMutable().assign(in(convert.getInput(), 0, convert));
        })
        .Case([&](Conv2dOp conv) { assignConv(conv); })
        .Case<ConvTranspose2dOp, MaxPool2dOp, AvgPool2dOp>([&](Operation *o) {
          o->setOperand(0, in(o->getOperand(0), lanes, o));
          if (auto transpose = dyn_cast<ConvTranspose2dOp>(o); transpose && transpose.getResidual())
            transpose.getResidualMutable().assign(in(transpose.getResidual(), lanes, o));
          setLayout(o->getResult(0), lanes);
        })
        .Case([&](MaxPoolSwitchesOp pool) { assignSwitches(pool); })
        .Case([&](MaxUnpool2dOp unpool) { assignUnpool(unpool); })
        .Case([&](SwitchesToFlatOp flat) {
          flat.getInputMutable().assign(in(flat.getInput(), lanes, flat));
        })
        .Case([&](SwitchesFromFlatOp flat) {
          flat.getInputMutable().assign(in(flat.getInput(), 0, flat));
          setLayout(flat.getOutput(), lanes);
        })
        .Case([&](ResizeOp resize) { assignResize(resize); })
        .Case<UnaryOp, BinaryOp, SelectOp, MapOp>([&](Operation *o) { assignElementwise(*o); })
        .Case([&](ConcatOp concat) {
          concat.getAxis() == 1 && canBeBlocked(concat) && anyBlocked(op) ? blocked(op) : dense(op);
        })
        .Case([&](SliceOp slice) { cropsImage(slice) && anyBlocked(op) ? blocked(op) : dense(op); })
        .Case([&](PadOp pad) { padsImage(pad) && anyBlocked(op) ? blocked(op) : dense(op); })
        .Case([&](ReduceOp reduce) { assignReduce(reduce); })
        .Case([&](SoftmaxOp softmax) {
          softmax.getAxis() == 1 && anyBlocked(op) ? blocked(op) : dense(op);
        })
        .Case([&](ArgMaxOp argmax) {
          if (argmax.getAxis() != 1 || !anyBlocked(op))
            dense(op);
        })
        .Case([&](TransposeOp transpose) {
          if (!permutes(transpose, {0, 2, 3, 1}))
            dense(op);
        })
        .Case([&](DenseCrfOp crf) { assignCrf(crf); })
        .Default([&](Operation *o) { dense(*o); });
  }

  /// Scores in blocks, the image and the result as planes. Scores that must be converted anyway
  /// come in blocks of eight, as the kernels take them: larger ones hold more that is no label.
  void assignCrf(DenseCrfOp crf) {
    const int64_t block = isBlocked(crf.getScores()) ? lanes : std::min<int64_t>(lanes, 8);
    crf.getScoresMutable().assign(in(crf.getScores(), block, crf));
    crf.getImageMutable().assign(in(crf.getImage(), 0, crf));
  }

  void assignConv(Conv2dOp conv) {
    Value input = conv.getInput();
    int64_t channels = typeOf(input).getDim(1).getValue();
    bool planar = blockOf(input) != lanes && channels < fewChannels && conv.getGroups() == 1;
    conv.getInputMutable().assign(in(input, planar ? 1 : lanes, conv));
    if (Value residual = conv.getResidual())
      conv.getResidualMutable().assign(in(residual, lanes, conv));
    setLayout(conv.getOutput(), lanes);
  }

  void assignSwitches(MaxPoolSwitchesOp pool) {
    pool.getInputMutable().assign(in(pool.getInput(), lanes, pool));
    TensorType input = typeOf(pool.getInput()), flat = typeOf(pool.getSwitches());
    ArrayAttr plane = dimArray(&getContext(), input.getShape().drop_front(2));
    setLayout(pool.getOutput(), lanes);
    pool.setPlane(true);
    Value switches = pool.getSwitches();
    switches.setType(
        TensorType::get(&getContext(), flat.getShape(), builder->getI32Type(), layout(lanes)));
    // Unpooling by the same plane uses them as they are; everybody else needs ONNX's indices.
    Value indices;
    for (OpOperand &use : make_early_inc_range(switches.getUses())) {
      auto unpool = dyn_cast<MaxUnpool2dOp>(use.getOwner());
      if (unpool && !pool.getColumnMajor() &&
          ArrayRef<DimAttr>(dims(unpool.getIndexed())).drop_front(2) ==
              input.getShape().drop_front(2))
        continue;
      if (!indices) {
        builder->setInsertionPointAfter(pool);
        indices = builder->create<SwitchesToFlatOp>(pool.getLoc(), flat, switches, plane,
                                                    pool.getColumnMajorAttr());
      }
      use.set(indices);
    }
  }

  void assignUnpool(MaxUnpool2dOp unpool) {
    unpool.getInputMutable().assign(in(unpool.getInput(), lanes, unpool));
    TensorType switches = typeOf(unpool.getSwitches());
    if (!switches.getElementType().isInteger(64)) {
      unpool.getSwitchesMutable().assign(in(unpool.getSwitches(), lanes, unpool));
    } else {
      builder->setInsertionPoint(unpool);
      auto type =
          TensorType::get(&getContext(), switches.getShape(), builder->getI32Type(), layout(lanes));
      SmallVector<DimAttr> indexed = dims(unpool.getIndexed());
      Value dense = in(unpool.getSwitches(), 0, unpool);
      builder->setInsertionPoint(unpool);
      unpool.getSwitchesMutable().assign(builder->create<SwitchesFromFlatOp>(
          unpool.getLoc(), type, dense,
          dimArray(&getContext(), ArrayRef<DimAttr>(indexed).drop_front(2))));
    }
    setLayout(unpool.getOutput(), lanes);
  }

  void assignResize(ResizeOp resize) {
    auto isEnd = [](Operation *user) { return user->hasTrait<OpTrait::IsTerminator>(); };
    bool leaves = all_of(resize->getUsers(), isEnd);
    if (!isBlocked(resize.getInput()) && leaves)
      return; // dense in, dense out
    resize.getInputMutable().assign(in(resize.getInput(), lanes, resize));
    const bool leavesChannelsLast = all_of(resize->getUsers(), [&](Operation *user) {
      auto transpose = dyn_cast<TransposeOp>(user);
      return transpose && permutes(transpose, {0, 2, 3, 1}) && !transpose->use_empty() &&
             all_of(transpose->getUsers(), isEnd);
    });
    if (leavesChannelsLast && !leaves)
      resize.getOutput().setType(typeOf(resize.getOutput()).withLayout(layout(0)));
    else if (!leaves)
      setLayout(resize.getOutput(), lanes);
  }

  /// One value, or one for each channel of a [N, C, H, W] that it is broadcast to.
  static bool isPerChannel(Value constant) {
    ArrayRef<DimAttr> shape = typeOf(constant).getShape();
    for (size_t i = 0; i < shape.size(); ++i)
      if (!shape[i].isConstant(1) && shape.size() - i != 3)
        return false;
    return true;
  }

  /// Blocked if an operand is and the others can follow. A constant a channel stays as it is.
  void assignElementwise(Operation &op) {
    auto isVector = [](Value value) {
      return value.getDefiningOp<ConstantOp>() && isPerChannel(value);
    };
    bool follows =
        canBeBlocked(op.getResult(0)) && anyBlocked(op) &&
        all_of(op.getOperands(), [&](Value v) { return isVector(v) || canBeBlocked(v); });
    if (!follows)
      return dense(op);
    for (OpOperand &operand : op.getOpOperands())
      if (!isVector(operand.get()))
        operand.set(in(operand.get(), lanes, &op));
    setLayout(op.getResult(0), lanes);
  }

  /// Whether only rows and columns are left out, one by one.
  static bool cropsImage(SliceOp slice) {
    TensorType input = typeOf(slice.getInput()), output = typeOf(slice.getOutput());
    return input.getRank() == 4 &&
           input.getShape().take_front(2) == output.getShape().take_front(2) &&
           all_of(slice.getSteps(), [](int64_t step) { return step == 1; });
  }

  static bool padsImage(PadOp pad) {
    TensorType input = typeOf(pad.getInput()), output = typeOf(pad.getOutput());
    return input.getRank() == 4 &&
           input.getShape().take_front(2) == output.getShape().take_front(2) &&
           all_of(dims(pad.getLow()), [](DimAttr d) { return lowerBound(d).value_or(-1) >= 0; }) &&
           all_of(dims(pad.getHigh()), [](DimAttr d) { return lowerBound(d).value_or(-1) >= 0; });
  }

  /// Global pooling stays blocked: [N, C, 1, 1].
  void assignReduce(ReduceOp reduce) {
    bool global =
        typeOf(reduce.getInput()).getRank() == 4 && reduce.getAxes() == ArrayRef<int64_t>{2, 3};
    if (!global || !isBlocked(reduce.getInput()))
      return dense(*reduce);
    if (reduce.getKeepDims())
      return setLayout(reduce.getOutput(), lanes);
    // Without the axes of extent 1 it is a matrix: pool as above, then reshape.
    TensorType flat = typeOf(reduce.getOutput());
    builder->setInsertionPointAfter(reduce);
    DimAttr one = DimAttr::constant(&getContext(), 1);
    SmallVector<DimAttr> shape{flat.getDim(0), flat.getDim(1), one, one};
    auto reshape = builder->create<ReshapeOp>(reduce.getLoc(), flat, reduce.getOutput(),
                                              dimArray(&getContext(), flat.getShape()));
    reduce.getOutput().replaceAllUsesExcept(reshape.getOutput(), reshape);
    reduce.setKeepDims(true);
    reduce.getOutput().setType(
        TensorType::get(&getContext(), shape, flat.getElementType(), layout(lanes)));
    reshape.getInputMutable().assign(in(reduce.getOutput(), 0, reshape));
  }

  OpBuilder *builder = nullptr;
  /// What has been converted already, and to what.
  llvm::DenseMap<std::pair<Value, int64_t>, Value> converted;
};

} // namespace
} // namespace segc
