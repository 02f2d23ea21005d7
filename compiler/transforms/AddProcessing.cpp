//===- AddProcessing.cpp - work before and behind a network -----*- C++ -*-===//

#include "compiler/transforms/AddProcessing.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/Seg.h"
#include "compiler/transforms/ChannelAxis.h"

using namespace mlir;

namespace segc {

namespace {

seg::TensorType mapType(Type type) {
  auto tensor = dyn_cast<seg::TensorType>(type);
  if (tensor && tensor.getRank() == 4 && tensor.getElementType().isF32())
    return tensor;
  return {};
}

class Adder {
public:
  Adder(func::FuncOp function, const Processing &processing)
      : function(function), processing(processing), builder(function.getContext()) {}

  LogicalResult run() {
    if (processing.changesInput() && failed(changeInput()))
      return failure();
    return processing.changesOutput() ? changeOutputs() : success();
  }

private:
  Location location(llvm::StringRef step) {
    return seg::nodeLocation(function.getContext(), step, "processing");
  }
  NamedAttribute named(llvm::StringRef name, Attribute value) {
    return builder.getNamedAttr(name, value);
  }

  LogicalResult changeInput() {
    PortChannels::ImageWish wish{"--mean, --std, --bgr and --u8-input"};
    wish.leastChannels = processing.bgr ? 3 : 1;
    wish.mostChannels = 4;
    for (const auto &numbers : {processing.mean, processing.std}) {
      if (!numbers)
        continue;
      const auto count = static_cast<int64_t>(numbers->size());
      if (count < wish.leastChannels || count > wish.mostChannels)
        return function.emitError("--mean and --std have ")
               << count << (count == 1 ? " number" : " numbers")
               << "; one for each channel is needed"
               << (processing.bgr && count < 3 ? ", and --bgr needs 3 or 4 channels" : "");
      wish.leastChannels = wish.mostChannels = count;
    }
    auto found = PortChannels(function, processing.channelsAxis).findImage(wish);
    if (failed(found))
      return failure();
    BlockArgument image = found->argument;
    axis = found->axis;
    auto uses = llvm::to_vector(llvm::make_pointer_range(image.getUses()));
    builder.setInsertionPointToStart(&function.getBody().front());

    if (processing.u8Input)
      takeBytes(image);
    Value result = image;
    if (processing.bgr && failed(swapChannels(result)))
      return failure();
    if (processing.u8Input && failed(toUnitRange(result)))
      return failure();
    if (processing.mean &&
        failed(perChannel(result, *processing.mean, seg::BinaryKind::Sub, "mean")))
      return failure();
    if (processing.std && failed(perChannel(result, *processing.std, seg::BinaryKind::Div, "std")))
      return failure();
    for (OpOperand *use : uses)
      use->set(result);
    return success();
  }

  void takeBytes(BlockArgument image) {
    MLIRContext *context = function.getContext();
    auto type = cast<seg::TensorType>(image.getType());
    image.setType(seg::TensorType::get(context, type.getShape(),
                                       IntegerType::get(context, 8, IntegerType::Unsigned)));
    function.setType(FunctionType::get(context, function.getBody().getArgumentTypes(),
                                       function.getResultTypes()));
  }

  /// Bytes become floats in [0, 1].
  LogicalResult toUnitRange(Value &value) {
    MLIRContext *context = function.getContext();
    auto floats =
        seg::tryCreate<seg::CastOp>(builder, location("u8-input"), {value},
                                    {named("to", TypeAttr::get(Float32Type::get(context)))});
    if (failed(floats))
      return failure();
    auto white = seg::createFloatConstant(builder, location("u8-input"), {1, 1, 1, 1}, {255.0f});
    auto scaled = seg::tryCreate<seg::BinaryOp>(
        builder, location("u8-input"), {floats->getResult(), white.getResult()},
        {named("kind", seg::BinaryKindAttr::get(context, seg::BinaryKind::Div))});
    if (failed(scaled))
      return failure();
    value = scaled->getResult();
    return success();
  }

  /// `count` channels from `first` on, forward or backward.
  FailureOr<seg::SliceOp> channels(Value value, int64_t first, int64_t count, int64_t step) {
    MLIRContext *context = function.getContext();
    SmallVector<seg::DimAttr> starts(4, seg::DimAttr::constant(context, 0));
    SmallVector<seg::DimAttr> sizes(cast<seg::TensorType>(value.getType()).getShape());
    SmallVector<int64_t> steps(4, 1);
    starts[axis] = seg::DimAttr::constant(context, first);
    sizes[axis] = seg::DimAttr::constant(context, count);
    steps[axis] = step;
    return seg::tryCreate<seg::SliceOp>(builder, location("bgr"), {value},
                                        {named("starts", seg::dimArray(context, starts)),
                                         named("sizes", seg::dimArray(context, sizes)),
                                         named("steps", builder.getDenseI64ArrayAttr(steps))});
  }

  LogicalResult swapChannels(Value &value) {
    auto colors = channels(value, 2, 3, -1);
    if (failed(colors))
      return failure();
    if (channelsOf(value) == 4) {
      auto alpha = channels(value, 3, 1, 1);
      if (failed(alpha))
        return failure();
      auto joined = seg::tryCreate<seg::ConcatOp>(builder, location("bgr"),
                                                  {colors->getResult(), alpha->getResult()},
                                                  {named("axis", builder.getI64IntegerAttr(axis))});
      if (failed(joined))
        return failure();
      value = joined->getResult();
      return success();
    }
    value = colors->getResult();
    return success();
  }

  int64_t channelsOf(Value value) const {
    return cast<seg::TensorType>(value.getType()).getDim(axis).getValue();
  }

  LogicalResult perChannel(Value &value, llvm::ArrayRef<double> numbers, seg::BinaryKind kind,
                           llvm::StringRef step) {
    std::vector<float> values(numbers.begin(), numbers.end());
    SmallVector<int64_t> shape(4, 1);
    shape[axis] = static_cast<int64_t>(numbers.size());
    auto constant = seg::createFloatConstant(builder, location(step), shape, values);
    auto binary = seg::tryCreate<seg::BinaryOp>(
        builder, location(step), {value, constant.getResult()},
        {named("kind", seg::BinaryKindAttr::get(function.getContext(), kind))});
    if (failed(binary))
      return failure();
    value = binary->getResult();
    return success();
  }

  LogicalResult changeOutputs() {
    PortChannels channels(function, processing.channelsAxis);
    Operation *terminator = function.getBody().front().getTerminator();
    builder.setInsertionPoint(terminator);
    bool any = false;
    for (OpOperand &operand : terminator->getOpOperands()) {
      auto crf = operand.get().getDefiningOp<seg::DenseCrfOp>();
      const bool isHistory = crf && operand.get() != crf.getOutput();
      if (isHistory || !mapType(operand.get().getType()))
        continue;
      any = true;
      std::optional<unsigned> known = channels.axisOf(operand.get());
      if (!known)
        return channels.emitUnknown(channels.outputName(operand.getOperandNumber()), operand.get());
      axis = *known;
      Value value = operand.get();
      if ((processing.softmax && failed(softmax(value))) ||
          (processing.argmax && failed(argmax(value))))
        return failure();
      operand.set(value);
    }
    if (!any)
      return function.emitError(
          "no output holds scores (float, of rank 4), as --softmax and --argmax "
          "need");
    function.setType(FunctionType::get(function.getContext(), function.getArgumentTypes(),
                                       terminator->getOperandTypes()));
    return success();
  }

  LogicalResult softmax(Value &value) {
    auto softmax = seg::tryCreate<seg::SoftmaxOp>(
        builder, location("softmax"), {value},
        {named("axis", builder.getI64IntegerAttr(axis)), named("log", builder.getBoolAttr(false))});
    if (failed(softmax))
      return failure();
    value = softmax->getResult();
    return success();
  }

  /// Labels N x 1 x H x W, whichever axis the classes are on.
  LogicalResult argmax(Value &value) {
    const bool inPlace = axis == 1;
    auto argmax = seg::tryCreate<seg::ArgMaxOp>(builder, location("argmax"), {value},
                                                {named("axis", builder.getI64IntegerAttr(axis)),
                                                 named("keep_dims", builder.getBoolAttr(inPlace)),
                                                 named("select_last", builder.getBoolAttr(false))});
    if (failed(argmax))
      return failure();
    value = argmax->getResult();
    if (inPlace)
      return success();
    MLIRContext *context = function.getContext();
    SmallVector<seg::DimAttr> shape(cast<seg::TensorType>(value.getType()).getShape());
    shape.insert(shape.begin() + 1, seg::DimAttr::constant(context, 1));
    auto labels = seg::tryCreate<seg::ReshapeOp>(builder, location("argmax"), {value},
                                                 {named("shape", seg::dimArray(context, shape))});
    if (failed(labels))
      return failure();
    value = labels->getResult();
    return success();
  }

  func::FuncOp function;
  const Processing &processing;
  OpBuilder builder;
  /// Of the channels of the image or the scores that are at hand.
  unsigned axis = 1;
};

} // namespace

LogicalResult addProcessing(ModuleOp module, const Processing &processing) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (failed(Adder(function, processing).run()))
      return failure();
  return success();
}

} // namespace segc
