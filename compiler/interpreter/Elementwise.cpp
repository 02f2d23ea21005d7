//===- Elementwise.cpp - meaning of functions of each value -----*- C++ -*-===//

#include "compiler/interpreter/Evaluate.h"
#include "compiler/interpreter/Scalar.h"

#include <cmath>
#include <limits>

using namespace llvm;
using namespace mlir;

namespace segc::interpreter {
namespace {

/// One value; `type` says which of the two members holds it.
struct Scalar {
  Type type;
  float real = 0;
  int64_t integer = 0;
};

} // namespace

static Scalar elementOf(const Tensor &tensor, int64_t i) {
  return tensor.isFloat() ? Scalar{tensor.elementType, tensor.floats[i], 0}
                          : Scalar{tensor.elementType, 0, tensor.ints[i]};
}

static void storeElement(Tensor &tensor, int64_t i, const Scalar &value) {
  if (tensor.isFloat())
    tensor.floats[i] = value.real;
  else
    tensor.ints[i] = value.integer;
}

static IntegerKind kindOf(Type type) {
  return {type.getIntOrFloatBitWidth(), !type.isUnsignedInteger() && !type.isInteger(1)};
}

static Scalar truth(Type like, bool value) {
  return {IntegerType::get(like.getContext(), 1), 0, value};
}

static std::optional<Scalar> apply(seg::ActAttr fn, const Scalar &x) {
  if (isa<FloatType>(x.type)) {
    double value =
        evalUnary(fn.getKind(), fn.getAlpha(), fn.getBeta(), static_cast<double>(x.real));
    return seg::isTest(fn.getKind()) ? truth(x.type, value != 0)
                                     : Scalar{x.type, static_cast<float>(value), 0};
  }
  auto result = evalUnary(fn.getKind(), x.integer, kindOf(x.type));
  if (!result)
    return std::nullopt;
  return Scalar{x.type, 0, wrapTo(x.type, *result)};
}

static std::optional<Scalar> apply(seg::BinaryKind kind, const Scalar &x, const Scalar &y) {
  if (isa<FloatType>(x.type)) {
    double value = evalBinary(kind, static_cast<double>(x.real), static_cast<double>(y.real));
    return seg::isComparison(kind) ? truth(x.type, value != 0)
                                   : Scalar{x.type, static_cast<float>(value), 0};
  }
  auto result = evalBinary(kind, x.integer, y.integer, kindOf(x.type));
  if (!result)
    return std::nullopt;
  return seg::isComparison(kind) ? truth(x.type, *result != 0)
                                 : Scalar{x.type, 0, wrapTo(x.type, *result)};
}

/// A float as a narrower float type holds it.
static float rounded(float value, Type type) {
  if (type.isF32() || type.isF64())
    return value;
  APFloat number(value);
  bool inexact;
  number.convert(cast<FloatType>(type).getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  number.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &inexact);
  return number.convertToFloat();
}

static Scalar convert(const Scalar &x, Type to) {
  bool fromFloat = isa<FloatType>(x.type);
  if (isa<FloatType>(to)) {
    bool isLarge = x.type.isUnsignedInteger(64);
    return {to,
            fromFloat ? rounded(x.real, to)
            : isLarge ? static_cast<float>(static_cast<uint64_t>(x.integer))
                      : static_cast<float>(x.integer),
            0};
  }
  if (to.isInteger(1)) // a truth value: everything but zero is true
    return {to, 0, fromFloat ? x.real != 0 : x.integer != 0};
  if (!fromFloat)
    return {to, 0, wrapTo(to, x.integer)};
  // Values that no integer of the type holds become the nearest one, NaN becomes 0.
  auto [bits, isSigned] = kindOf(to);
  double truncated = std::isnan(x.real) ? 0.0 : std::trunc(static_cast<double>(x.real));
  double beyond = std::ldexp(1.0, static_cast<int>(isSigned ? bits - 1 : bits));
  if (truncated >= beyond)
    return {to, 0,
            isSigned ? static_cast<int64_t>((uint64_t{1} << (bits - 1)) - 1) : wrapTo(to, -1)};
  if (truncated < (isSigned ? -beyond : 0.0))
    return {to, 0, isSigned ? wrapTo(to, static_cast<int64_t>(uint64_t{1} << (bits - 1))) : 0};
  return {to, 0,
          isSigned ? static_cast<int64_t>(truncated)
                   : static_cast<int64_t>(static_cast<uint64_t>(truncated))};
}

static Error undefined(const Arguments &in) {
  return in.error("the function has no value for an integer operand");
}

/// Fails unless every operand broadcasts to `shape`.
static Error checkBroadcast(const Arguments &in, ArrayRef<int64_t> shape) {
  for (unsigned i = 0; i < in.size(); ++i) {
    ArrayRef<int64_t> own = in[i].shape;
    if (own.size() > shape.size())
      return in.error("an operand has a larger rank than the result");
    for (auto [extent, target] : zip(own, shape.take_back(own.size())))
      if (extent != 1 && extent != target)
        return in.error("operand " + Twine(i) + " has an extent of " + Twine(extent) +
                        " where the result has " + Twine(target));
  }
  return Error::success();
}

Results evaluate(seg::UnaryOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  Tensor output = Tensor::zeros(cast<seg::TensorType>(op.getType()).getElementType(), input.shape);
  for (int64_t i = 0; i < input.size(); ++i) {
    auto value = apply(op.getFn(), elementOf(input, i));
    if (!value)
      return undefined(in);
    storeElement(output, i, *value);
  }
  return single(std::move(output));
}

Results evaluate(seg::BinaryOp op, const Arguments &in) {
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  if (Error error = checkBroadcast(in, *shape))
    return error;
  Tensor output = Tensor::zeros(cast<seg::TensorType>(op.getType()).getElementType(), *shape);
  auto lhsStrides = broadcastStrides(in[0u].shape, *shape);
  auto rhsStrides = broadcastStrides(in[1u].shape, *shape);
  bool defined = true;
  int64_t i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    auto value = apply(op.getKind(), elementOf(in[0u], offsetOf(at, lhsStrides)),
                       elementOf(in[1u], offsetOf(at, rhsStrides)));
    defined &= value.has_value();
    if (value)
      storeElement(output, i, *value);
    ++i;
  });
  if (!defined)
    return undefined(in);
  return single(std::move(output));
}

Results evaluate(seg::SelectOp op, const Arguments &in) {
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  if (Error error = checkBroadcast(in, *shape))
    return error;
  Tensor output = Tensor::zeros(in[1u].elementType, *shape);
  SmallVector<int64_t> strides[3];
  for (unsigned i = 0; i < 3; ++i)
    strides[i] = broadcastStrides(in[i].shape, *shape);
  int64_t i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    unsigned taken = in[0u].ints[offsetOf(at, strides[0])] ? 1 : 2;
    output.copyElement(i++, in[taken], offsetOf(at, strides[taken]));
  });
  return single(std::move(output));
}

Results evaluate(seg::CastOp op, const Arguments &in) {
  const Tensor &input = in[op.getInput()];
  Tensor output = Tensor::zeros(op.getTo(), input.shape);
  for (int64_t i = 0; i < input.size(); ++i)
    storeElement(output, i, convert(elementOf(input, i), op.getTo()));
  return single(std::move(output));
}

/// The region's value for one element of each operand.
static std::optional<Scalar> runRegion(Block &body, ArrayRef<Scalar> arguments) {
  SmallDenseMap<Value, Scalar, 16> values;
  for (auto [argument, value] : zip(body.getArguments(), arguments))
    values[argument] = value;
  for (Operation &op : body) {
    std::optional<Scalar> value;
    if (auto unary = dyn_cast<seg::UnaryOp>(op))
      value = apply(unary.getFn(), values.find(unary.getInput())->second);
    else if (auto binary = dyn_cast<seg::BinaryOp>(op))
      value = apply(binary.getKind(), values.find(binary.getLhs())->second,
                    values.find(binary.getRhs())->second);
    else if (auto select = dyn_cast<seg::SelectOp>(op))
      value = values.find(select.getCondition())->second.integer
                  ? values.find(select.getLhs())->second
                  : values.find(select.getRhs())->second;
    else if (auto conversion = dyn_cast<seg::CastOp>(op))
      value = convert(values.find(conversion.getInput())->second, conversion.getTo());
    else if (auto yield = dyn_cast<seg::YieldOp>(op))
      return values.find(yield.getValue())->second;
    if (!value)
      return std::nullopt;
    values[op.getResult(0)] = *value;
  }
  return std::nullopt;
}

Results evaluate(seg::MapOp op, const Arguments &in) {
  auto shape = in.resultShape();
  if (!shape)
    return shape.takeError();
  if (Error error = checkBroadcast(in, *shape))
    return error;
  Tensor output = Tensor::zeros(cast<seg::TensorType>(op.getType()).getElementType(), *shape);
  SmallVector<SmallVector<int64_t>> strides;
  for (unsigned i = 0; i < in.size(); ++i)
    strides.push_back(broadcastStrides(in[i].shape, *shape));
  bool defined = true;
  int64_t i = 0;
  forEachIndex(*shape, [&](ArrayRef<int64_t> at) {
    SmallVector<Scalar> elements;
    for (unsigned j = 0; j < in.size(); ++j)
      elements.push_back(elementOf(in[j], offsetOf(at, strides[j])));
    auto value = runRegion(op.getBody().front(), elements);
    defined &= value.has_value();
    if (value)
      storeElement(output, i, *value);
    ++i;
  });
  if (!defined)
    return undefined(in);
  return single(std::move(output));
}

} // namespace segc::interpreter
