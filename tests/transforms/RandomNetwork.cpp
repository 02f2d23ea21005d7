//===- RandomNetwork.cpp - small networks for tests of passes ---*- C++ -*-===//

#include "tests/transforms/RandomNetwork.h"

#include "compiler/dialect/Dim.h"

#include "mlir/IR/Diagnostics.h"

#include <limits>
#include <random>

using namespace llvm;
using namespace mlir;

namespace segc {
namespace {

using seg::BinaryKind;
using seg::DimAttr;
using seg::UnaryKind;

constexpr int64_t kToChannelsLast[] = {0, 2, 3, 1}, kToChannelsFirst[] = {0, 3, 1, 2};

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed)
      : context(context), builder(&context), loc(UnknownLoc::get(&context)), random(seed) {
    symbols["h"] = kTestHeight;
    symbols["w"] = kTestWidth;
  }

  OwningOpRef<ModuleOp> build(int length) {
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    auto one = DimAttr::constant(&context, 1), four = DimAttr::constant(&context, 4);
    auto input = seg::TensorType::get(
        &context, {one, four, DimAttr::symbol(&context, "h"), DimAttr::symbol(&context, "w")},
        builder.getF32Type());
    builder.setInsertionPointToEnd(module->getBody());
    auto function =
        builder.create<func::FuncOp>(loc, "network", builder.getFunctionType({input}, {}));
    Block &body = *function.addEntryBlock();
    builder.setInsertionPointToEnd(&body);
    values.push_back(body.getArgument(0));
    for (int i = 0; i < length; ++i)
      addOp();
    // An inner value as a second result must survive what is fused around it.
    SmallVector<Value> results{values.back(), values[values.size() / 2]};
    if (chance(30))
      results[0] = transposed(results[0], kToChannelsLast);
    builder.create<func::ReturnOp>(loc, results);
    function.setType(builder.getFunctionType({input}, TypeRange(ValueRange(results))));
    return module;
  }

private:
  int pick(int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); }
  bool chance(int percent) { return pick(100) < percent; }
  float real(float low, float high) {
    return low + (high - low) * static_cast<float>(pick(10001)) / 10000.0f;
  }

  static seg::TensorType typeOf(Value value) { return cast<seg::TensorType>(value.getType()); }
  static int64_t channels(Value value) { return typeOf(value).getDim(1).getValue(); }
  int64_t extent(Value value, int axis) {
    return seg::evaluate(typeOf(value).getDim(axis), symbols).value_or(0);
  }

  /// Mostly the latest value, so that chains come about.
  Value anyValue() { return chance(75) ? values.back() : values[pick(values.size())]; }

  Value constant(ArrayRef<int64_t> shape, float low, float high) {
    std::vector<float> numbers(interpreter::elementCount(shape));
    for (float &number : numbers)
      number = real(low, high);
    return seg::createFloatConstant(builder, loc, shape, std::move(numbers));
  }

  NamedAttribute named(StringRef name, Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  NamedAttribute list(StringRef name, ArrayRef<int64_t> value) {
    return named(name, builder.getDenseI64ArrayAttr(value));
  }
  NamedAttribute flag(StringRef name, bool value) {
    return named(name, builder.getBoolAttr(value));
  }
  NamedAttribute extents(StringRef name, ArrayRef<DimAttr> value) {
    return named(name, seg::dimArray(&context, value));
  }
  seg::ActAttr act(UnaryKind kind, float alpha = 0, float beta = 0) {
    return seg::ActAttr::get(&context, kind, alpha, beta);
  }

  /// An op, or nothing: a generated combination may be illegal (a pad as large as the window).
  template <typename OpTy>
  Value make(ArrayRef<Value> operands, ArrayRef<NamedAttribute> attributes) {
    ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
    FailureOr<OpTy> op = seg::tryCreate<OpTy>(builder, loc, operands, attributes);
    return failed(op) ? Value() : (*op)->getResult(0);
  }

  /// Keeps the op's result for later ones if it has an extent worth computing on.
  template <typename OpTy>
  Value add(ArrayRef<Value> operands, ArrayRef<NamedAttribute> attributes) {
    Value result = make<OpTy>(operands, attributes);
    if (!result)
      return {};
    auto type = typeOf(result);
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (extent(result, axis) < (axis < 2 ? 1 : 3)) {
        result.getDefiningOp()->erase();
        return {};
      }
    values.push_back(result);
    return result;
  }

  Value unary(Value x, seg::ActAttr fn) { return add<seg::UnaryOp>({x}, {named("fn", fn)}); }
  Value binary(BinaryKind kind, Value x, Value y) {
    return add<seg::BinaryOp>({x, y}, {named("kind", seg::BinaryKindAttr::get(&context, kind))});
  }

  void addOp() {
    switch (pick(15)) {
    case 0:
    case 1:
    case 2:
      return addConvolution(anyValue());
    case 3:
      return addTransposedConvolution(anyValue());
    case 4:
    case 5:
      return addBatchNorm(anyValue());
    case 6:
      return addChannelArithmetic(anyValue());
    case 7:
    case 8:
      return addFunction(anyValue());
    case 9:
      return addPartner(anyValue());
    case 10:
      return addPool(anyValue());
    case 11:
      return addPadded(anyValue());
    case 12:
    case 13:
      return addChannelsLast(anyValue());
    default:
      return addNothing(anyValue());
    }
  }

  SmallVector<int64_t> smallPads() { return {pick(2), pick(2), pick(2), pick(2)}; }

  void addConvolution(Value x) {
    int64_t groups = chance(25) ? channels(x) : 1, perGroup = channels(x) / groups;
    int64_t outputs = groups > 1 ? groups * (1 + pick(2)) : 1 + pick(5);
    int64_t kernel = chance(50) ? 1 : 3;
    Value weight = constant({outputs, perGroup, kernel, kernel}, -0.5f, 0.5f);
    if (chance(20)) { // weights that the model computes
      Value scaled = builder.create<seg::BinaryOp>(
          loc, weight.getType(), weight, constant({outputs, 1, 1, 1}, 0.5f, 1), BinaryKind::Mul);
      weight = scaled;
    }
    Value bias = chance(50) ? constant({outputs}, -1, 1) : Value();
    int64_t stride = 1 + chance(20), dilation = 1 + chance(20);
    add<seg::Conv2dOp>({x, weight, bias, Value()},
                       {list("strides", {stride, stride}), list("dilations", {dilation, dilation}),
                        list("pads", smallPads()),
                        named("groups", builder.getI64IntegerAttr(groups))});
  }

  void addTransposedConvolution(Value x) {
    if (extent(x, 2) * extent(x, 3) > 400)
      return;
    int64_t groups = chance(30) ? channels(x) : 1, outputsPerGroup = 1 + pick(2);
    Value weight = constant({channels(x), outputsPerGroup, 2, 3}, -0.5f, 0.5f);
    Value bias = chance(50) ? constant({outputsPerGroup * groups}, -1, 1) : Value();
    add<seg::ConvTranspose2dOp>({x, weight, bias, Value()},
                                {list("strides", {1 + pick(2), 1 + pick(2)}),
                                 list("dilations", {1, 1}), list("pads", smallPads()),
                                 list("output_padding", {0, pick(2)}),
                                 named("groups", builder.getI64IntegerAttr(groups))});
  }

  void addBatchNorm(Value x) {
    int64_t c = channels(x);
    add<seg::BatchNormOp>({x, constant({c}, 0.5f, 1.5f), constant({c}, -0.5f, 0.5f),
                           constant({c}, -0.5f, 0.5f), constant({c}, 0.5f, 2)},
                          {named("epsilon", builder.getF32FloatAttr(1e-5f))});
  }

  void addChannelArithmetic(Value x) {
    SmallVector<int64_t> shape{channels(x), 1, 1};
    if (chance(30))
      shape = {};
    else if (chance(30))
      shape.insert(shape.begin(), 1);
    Value numbers = constant(shape, 0.5f, 1.5f);
    static constexpr BinaryKind kinds[] = {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Mul,
                                           BinaryKind::Div, BinaryKind::Max};
    BinaryKind kind = kinds[pick(5)];
    bool constantFirst = kind != BinaryKind::Div && chance(40);
    constantFirst ? binary(kind, numbers, x) : binary(kind, x, numbers);
  }

  void addFunction(Value x) {
    const seg::ActAttr functions[] = {act(UnaryKind::Relu),
                                      act(UnaryKind::Clip, 0, 6),
                                      act(UnaryKind::LeakyRelu, 0.1f),
                                      act(UnaryKind::HardSwish),
                                      act(UnaryKind::HardSigmoid, 0.2f, 0.5f),
                                      act(UnaryKind::Sigmoid),
                                      act(UnaryKind::Tanh),
                                      act(UnaryKind::Neg)};
    Value y = unary(x, functions[pick(8)]);
    if (chance(30)) // x * sigmoid(x)
      binary(BinaryKind::Mul, x, y);
  }

  /// Joins x and another value of the same type, or gates x.
  void addPartner(Value x) {
    SmallVector<Value> partners;
    for (Value other : values)
      if (other != x && other.getType() == x.getType())
        partners.push_back(other);
    if (partners.empty() || chance(25)) {
      Value mean = add<seg::ReduceOp>(
          {x}, {named("kind", seg::ReduceKindAttr::get(&context, seg::ReduceKind::Mean)),
                list("axes", {2, 3}), flag("keep_dims", true)});
      if (mean) // extents of 1 are not kept for other ops
        return;
      auto type = typeOf(x);
      auto one = DimAttr::constant(&context, 1);
      auto small = seg::TensorType::get(&context, {type.getDim(0), type.getDim(1), one, one},
                                        type.getElementType());
      mean = builder.create<seg::ReduceOp>(loc, small, x, seg::ReduceKind::Mean,
                                           ArrayRef<int64_t>{2, 3}, true);
      Value gate = builder.create<seg::UnaryOp>(loc, small, mean, act(UnaryKind::Sigmoid));
      binary(BinaryKind::Mul, x, gate);
      return;
    }
    Value other = partners[pick(partners.size())];
    if (chance(20))
      add<seg::ConcatOp>({x, other}, {named("axis", builder.getI64IntegerAttr(1))});
    else
      binary(chance(80) ? BinaryKind::Add : BinaryKind::Mul, x, other);
  }

  void addPool(Value x) {
    SmallVector<NamedAttribute> window{
        list("kernel", {1 + pick(3), 2}), list("strides", {1 + pick(2), 1 + pick(2)}),
        list("dilations", {1, 1}), list("pads", smallPads()), flag("ceil_mode", chance(30))};
    if (chance(50)) {
      add<seg::MaxPool2dOp>({x}, window);
    } else {
      window.push_back(flag("count_include_pad", chance(50)));
      add<seg::AvgPool2dOp>({x}, window);
    }
  }

  void addPadded(Value x) {
    auto dim = [&](int64_t value) { return DimAttr::constant(&context, value); };
    float value = chance(60) ? 0.0f : -std::numeric_limits<float>::infinity();
    if (value == 0 && chance(40))
      x = unary(x, act(UnaryKind::Relu));
    Value padded = add<seg::PadOp>(
        {x}, {extents("low", {dim(0), dim(0), dim(pick(2)), dim(pick(3))}),
              extents("high", {dim(0), dim(0), dim(pick(2)), dim(pick(2))}),
              named("mode", seg::PadModeAttr::get(&context, seg::PadMode::Constant)),
              named("value", builder.getF32FloatAttr(value))});
    if (!padded)
      return;
    if (value != 0) {
      // Only a window without infinities is comparable: nothing else may read this pad.
      values.pop_back();
      Value pooled = add<seg::MaxPool2dOp>(
          {padded},
          {list("kernel", {3, 3}), list("strides", {1 + pick(2), 1}), list("dilations", {1, 1}),
           list("pads", {0, 0, 0, 0}), flag("ceil_mode", false)});
      if (!pooled)
        values.push_back(x);
      return;
    }
    chance(50) ? addConvolution(padded) : addPool(padded);
  }

  Value transposed(Value x, ArrayRef<int64_t> order) {
    return make<seg::TransposeOp>({x}, {list("permutation", order)});
  }

  /// A few ops with the channels last, as exporters write them that come from there.
  void addChannelsLast(Value x) {
    Value y = transposed(x, kToChannelsLast);
    for (int i = 1 + pick(4); i > 0 && y; --i)
      y = channelsLastStep(y);
    if (!y)
      return;
    for (int axis : {1, 2})
      if (extent(y, axis) < 3)
        return;
    add<seg::TransposeOp>({y}, {list("permutation", kToChannelsFirst)});
  }

  /// The next value [N, H, W, C].
  Value channelsLastStep(Value y) {
    seg::TensorType type = typeOf(y);
    auto dim = [&](int64_t value) { return DimAttr::constant(&context, value); };
    const int64_t c = type.getDim(3).getValue();
    auto kindOf = [&](BinaryKind kind) {
      return named("kind", seg::BinaryKindAttr::get(&context, kind));
    };
    auto reduced = [&](ArrayRef<int64_t> axes, bool keep) {
      return make<seg::ReduceOp>(
          {y},
          {named("kind", seg::ReduceKindAttr::get(&context, chance(50) ? seg::ReduceKind::Mean
                                                                       : seg::ReduceKind::Max)),
           list("axes", axes), flag("keep_dims", keep)});
    };
    switch (pick(11)) {
    case 0: // one value a channel, in every way to write it
      return make<seg::BinaryOp>(
          {y, constant(chance(50) ? SmallVector<int64_t>{c} : SmallVector<int64_t>{1, 1, 1, c},
                       0.5f, 1.5f)},
          {kindOf(chance(50) ? BinaryKind::Mul : BinaryKind::PRelu)});
    case 1:
      return make<seg::UnaryOp>({y}, {named("fn", act(UnaryKind::HardSwish))});
    case 2:
      return make<seg::PadOp>(
          {y}, {extents("low", {dim(0), dim(pick(2)), dim(pick(3)), dim(pick(2))}),
                extents("high", {dim(0), dim(pick(2)), dim(0), dim(pick(2))}),
                named("mode", seg::PadModeAttr::get(&context, chance(50) ? seg::PadMode::Edge
                                                                         : seg::PadMode::Constant)),
                named("value", builder.getF32FloatAttr(0.25f))});
    case 3: { // the channels in reverse, or without the first; or without a row
      const bool turns = chance(40), row = chance(50);
      if (!turns && !row && c < 2)
        return y;
      SmallVector<DimAttr> starts(4, dim(0)), sizes(type.getShape());
      SmallVector<int64_t> steps(4, 1);
      if (turns) {
        starts[3] = dim(c - 1);
        steps[3] = -1;
      } else {
        starts[row ? 1 : 3] = dim(1);
        sizes[row ? 1 : 3] = sizes[row ? 1 : 3] - 1;
      }
      return make<seg::SliceOp>(
          {y}, {extents("starts", starts), extents("sizes", sizes), list("steps", steps)});
    }
    case 4: // with a map of the other order, if one fits
      for (Value other : reverse(values))
        if (typeOf(other).getDim(2) == type.getDim(1) && typeOf(other).getDim(3) == type.getDim(2))
          return make<seg::ConcatOp>({y, transposed(other, kToChannelsLast)},
                                     {named("axis", builder.getI64IntegerAttr(3))});
      return y;
    case 5: { // a gate of global means, with or without the axes of extent 1
      Value gate = reduced({1, 2}, chance(50));
      if (gate && typeOf(gate).getRank() == 2)
        gate = make<seg::ReshapeOp>(
            {gate}, {extents("shape", {type.getDim(0), dim(1), dim(1), type.getDim(3)})});
      return gate ? make<seg::BinaryOp>({gate, y}, {kindOf(BinaryKind::Mul)}) : y;
    }
    case 6: // normalised over the channels
      if (Value mean = reduced({3}, true))
        return make<seg::BinaryOp>({y, mean}, {kindOf(BinaryKind::Sub)});
      return y;
    case 7:
      return make<seg::SoftmaxOp>(
          {y}, {named("axis", builder.getI64IntegerAttr(1 + pick(3))), flag("log", false)});
    case 8: { // a map of fewer axes: [H, W, C] of the mean image, [H, W, 1] of one of the rows
      Value part = reduced({0}, false);
      return part ? make<seg::BinaryOp>({part, y}, {kindOf(BinaryKind::Add)}) : y;
    }
    case 9: { // rows and columns change places, and only one of both is used
      Value turned = transposed(y, {0, 2, 1, 3});
      Value mean =
          turned ? make<seg::ReduceOp>(
                       {turned},
                       {named("kind", seg::ReduceKindAttr::get(&context, seg::ReduceKind::Sum)),
                        list("axes", {1}), flag("keep_dims", true)})
                 : Value();
      if (!mean) // [N, 1, H, C]
        return y;
      mean = transposed(mean, {0, 2, 1, 3});
      return make<seg::BinaryOp>({y, mean}, {kindOf(BinaryKind::Max)});
    }
    default: // a value beside the way back
      transposedBack(y);
      return y;
    }
  }

  void transposedBack(Value y) {
    if (extent(y, 1) >= 3 && extent(y, 2) >= 3)
      add<seg::TransposeOp>({y}, {list("permutation", kToChannelsFirst)});
  }

  /// An op without effect, or a resize.
  void addNothing(Value x) {
    auto type = typeOf(x);
    auto zero = DimAttr::constant(&context, 0);
    switch (pick(6)) {
    case 0:
      unary(x, act(UnaryKind::Identity));
      return;
    case 1:
      add<seg::ReshapeOp>({x}, {extents("shape", type.getShape())});
      return;
    case 2:
      add<seg::SliceOp>({x}, {extents("starts", {zero, zero, zero, zero}),
                              extents("sizes", type.getShape()), list("steps", {1, 1, 1, 1})});
      return;
    case 3:
      if (Value y = add<seg::TransposeOp>({x}, {list("permutation", {0, 1, 3, 2})}))
        add<seg::TransposeOp>({y}, {list("permutation", {0, 1, 3, 2})});
      return;
    case 4:
      add<seg::ConcatOp>({x}, {named("axis", builder.getI64IntegerAttr(1))});
      return;
    default:
      Value other = values[pick(values.size())];
      add<seg::ResizeOp>(
          {x}, {extents("sizes", {type.getDim(0), type.getDim(1), typeOf(other).getDim(2),
                                  typeOf(other).getDim(3)}),
                named("mode", seg::ResizeModeAttr::get(&context, seg::ResizeMode::Linear)),
                named("coordinates",
                      seg::CoordinateModeAttr::get(&context, seg::CoordinateMode::HalfPixel)),
                named("nearest", seg::NearestModeAttr::get(&context, seg::NearestMode::Floor))});
    }
  }

  MLIRContext &context;
  OpBuilder builder;
  Location loc;
  std::mt19937 random;
  StringMap<int64_t> symbols;
  std::vector<Value> values;
};

} // namespace

OwningOpRef<ModuleOp> randomNetwork(MLIRContext &context, unsigned seed, int length) {
  return Generator(context, seed).build(length);
}

interpreter::Tensor randomInput(MLIRContext &context, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(4 * kTestHeight * kTestWidth);
  for (float &value : values)
    value = static_cast<float>(random() % 20001) / 10000.0f - 1.0f;
  return interpreter::Tensor::ofFloats(&context, {1, 4, kTestHeight, kTestWidth},
                                       std::move(values));
}

} // namespace segc
