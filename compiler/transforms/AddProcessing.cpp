//===- AddProcessing.cpp - work before and behind a network -----*- C++ -*-===//

#include "compiler/transforms/AddProcessing.h"
#include "compiler/dialect/Dim.h"
#include "compiler/dialect/Seg.h"

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
    BlockArgument image;
    for (BlockArgument argument : function.getArguments()) {
      seg::TensorType type = mapType(argument.getType());
      if (!type || !type.getDim(1).isConstant(3))
        continue;
      if (image)
        return function.emitError("several inputs look like an image (float N x 3 x H x W): it is "
                                  "not clear which one --mean, --std, --bgr and --u8-input mean");
      image = argument;
    }
    if (!image)
      return function.emitError(
          "no input is an image (float N x 3 x H x W), as --mean, --std, --bgr and --u8-input "
          "need");
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

  LogicalResult swapChannels(Value &value) {
    auto type = cast<seg::TensorType>(value.getType());
    MLIRContext *context = function.getContext();
    auto number = [&](int64_t n) { return seg::DimAttr::constant(context, n); };
    auto slice = seg::tryCreate<seg::SliceOp>(
        builder, location("bgr"), {value},
        {named("starts", seg::dimArray(context, {number(0), number(2), number(0), number(0)})),
         named("sizes", seg::dimArray(context, type.getShape())),
         named("steps", builder.getDenseI64ArrayAttr({1, -1, 1, 1}))});
    if (failed(slice))
      return failure();
    value = slice->getResult();
    return success();
  }

  LogicalResult perChannel(Value &value, const std::array<double, 3> &numbers, seg::BinaryKind kind,
                           llvm::StringRef step) {
    std::vector<float> values(numbers.begin(), numbers.end());
    auto constant = seg::createFloatConstant(builder, location(step), {1, 3, 1, 1}, values);
    auto binary = seg::tryCreate<seg::BinaryOp>(
        builder, location(step), {value, constant.getResult()},
        {named("kind", seg::BinaryKindAttr::get(function.getContext(), kind))});
    if (failed(binary))
      return failure();
    value = binary->getResult();
    return success();
  }

  LogicalResult changeOutputs() {
    Operation *terminator = function.getBody().front().getTerminator();
    builder.setInsertionPoint(terminator);
    bool any = false;
    for (OpOperand &operand : terminator->getOpOperands()) {
      auto crf = operand.get().getDefiningOp<seg::DenseCrfOp>();
      const bool isHistory = crf && operand.get() != crf.getOutput();
      if (isHistory || !mapType(operand.get().getType()))
        continue;
      any = true;
      Value value = operand.get();
      if (processing.softmax) {
        auto softmax = seg::tryCreate<seg::SoftmaxOp>(builder, location("softmax"), {value},
                                                      {named("axis", builder.getI64IntegerAttr(1)),
                                                       named("log", builder.getBoolAttr(false))});
        if (failed(softmax))
          return failure();
        value = softmax->getResult();
      }
      if (processing.argmax) {
        auto argmax =
            seg::tryCreate<seg::ArgMaxOp>(builder, location("argmax"), {value},
                                          {named("axis", builder.getI64IntegerAttr(1)),
                                           named("keep_dims", builder.getBoolAttr(true)),
                                           named("select_last", builder.getBoolAttr(false))});
        if (failed(argmax))
          return failure();
        value = argmax->getResult();
      }
      operand.set(value);
    }
    if (!any)
      return function.emitError("no output holds scores (float N x C x H x W), as --softmax and "
                                "--argmax need");
    function.setType(FunctionType::get(function.getContext(), function.getArgumentTypes(),
                                       terminator->getOperandTypes()));
    return success();
  }

  func::FuncOp function;
  const Processing &processing;
  OpBuilder builder;
};

} // namespace

LogicalResult addProcessing(ModuleOp module, const Processing &processing) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (failed(Adder(function, processing).run()))
      return failure();
  return success();
}

} // namespace segc
