// Every function on every element type, and every conversion, compared with the interpreter.

#include "tests/endtoend/Archs.h"
#include "tests/endtoend/OpGraph.h"

#include "compiler/files/Tensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace segc;
using interpreter::Tensor;
using mlir::Type;
using mlir::Value;

namespace {

class Types : public OnTarget {
protected:
  std::vector<Type> integerTypes() {
    auto *context = graph.func().getContext();
    std::vector<Type> types;
    for (unsigned bits : {8, 16, 32, 64}) {
      types.push_back(mlir::IntegerType::get(context, bits));
      types.push_back(mlir::IntegerType::get(context, bits, mlir::IntegerType::Unsigned));
    }
    return types;
  }
  Type truthType() { return mlir::IntegerType::get(graph.func().getContext(), 1); }
  Type floatType() { return mlir::Float32Type::get(graph.func().getContext()); }

  static std::string text(Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  }

  Value cast(Value value, Type to) { return graph.add<seg::CastOp>({value}, "to = " + text(to)); }

  /// As many integers as fill vectors and a part of one, the extremes and small ones among them.
  Tensor integers(Type type, int64_t step) {
    std::vector<int64_t> values = {0,
                                   1,
                                   -1,
                                   2,
                                   3,
                                   7,
                                   -8,
                                   100,
                                   std::numeric_limits<int64_t>::min(),
                                   std::numeric_limits<int64_t>::max()};
    const unsigned bits = type.getIntOrFloatBitWidth();
    if (bits > 1)
      values.insert(values.end(), {int64_t(1) << (bits - 1), (int64_t(1) << (bits - 1)) - 1});
    std::vector<int64_t> list;
    for (int64_t i = 0; i < kCount; ++i)
      list.push_back(i % 3 ? values[static_cast<size_t>(i * step) % values.size()]
                           : (i * step * 2654435761) >> 7);
    return Tensor::ofInts(type, {kCount}, list);
  }
  Tensor floats(float scale) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> values = {0,         -0.0f,         1,       -1,     0.5f,  -0.5f,  1.5f,
                                 2.5f,      255.7f,        -128.9f, 65504,  65520, 6e-8f,  2e-8f,
                                 3e-5f,     -6e-5f,        3e9f,    -3e9f,  2e19f, -2e19f, infinity,
                                 -infinity, std::nanf(""), 1e-40f,  3.4e38f};
    for (int64_t i = 0; static_cast<int64_t>(values.size()) < kCount; ++i)
      values.push_back(std::sin(static_cast<float>(i)) * scale *
                       std::pow(10.0f, static_cast<float>(i % 7)));
    return Tensor::ofFloats(graph.func().getContext(), {kCount}, values);
  }

  /// Adds `value` to `sum` as integers, each with a factor of its own, so that every bit counts.
  void collect(Value &sum, Value value) {
    Type i64 = mlir::IntegerType::get(graph.func().getContext(), 64);
    Value wide = cast(value, i64);
    factor = factor * 6364136223846793005 + 1442695040888963407;
    Value scaled = graph.binary("mul", wide, graph.constant(Tensor::ofInts(i64, {}, {factor | 1})));
    sum = sum ? graph.binary("add", sum, scaled) : scaled;
  }

  static constexpr int64_t kCount = 150;
  int64_t factor = 1;
};

TEST_P(Types, FunctionsOfIntegers) {
  std::vector<Type> types = integerTypes();
  types.push_back(truthType());
  for (Type type : types) {
    Value a = graph.input(integers(type, 1)), b = graph.input(integers(type, 7)), sum;
    for (unsigned kind = 0; kind <= seg::getMaxEnumValForBinaryKind(); ++kind) {
      auto binary = static_cast<seg::BinaryKind>(kind);
      if (seg::takes(binary, type))
        collect(sum, graph.binary(seg::stringifyBinaryKind(binary).str(), a, b));
    }
    for (unsigned kind = 0; kind <= seg::getMaxEnumValForUnaryKind(); ++kind) {
      auto unary = static_cast<seg::UnaryKind>(kind);
      if (seg::takes(unary, type))
        collect(sum, graph.unary(seg::stringifyUnaryKind(unary).str(), a));
    }
    Value less = graph.binary("less", a, b);
    collect(sum, graph.add<seg::SelectOp>({less, b, a}, ""));
    graph.output(sum);
  }
  graph.agree({{}});
}

TEST_P(Types, TestsOfFloats) {
  Value a = graph.input(floats(1)), b = graph.input(floats(-0.7f)), sum;
  for (const char *kind : {"equal", "less", "less_or_equal"})
    collect(sum, graph.binary(kind, a, b));
  for (const char *test : {"is_nan", "is_inf", "is_inf, 1.0", "is_inf, 0.0, 1.0"})
    collect(sum, graph.unary(test, a));
  graph.output(sum);
  graph.output(graph.add<seg::SelectOp>({graph.unary("is_nan", a), b, a}, ""));
  graph.output(graph.binary("fmod", a, b));
  graph.agree({{}}, 0);
}

TEST_P(Types, Conversions) {
  std::vector<Type> types = integerTypes();
  types.push_back(truthType());
  types.push_back(floatType());
  for (Type from : types) {
    Value x = graph.input(from.isF32() ? floats(1) : integers(from, 1)), sum;
    for (Type to : types)
      if (to != from)
        collect(sum, cast(x, to));
    graph.output(sum);
  }
  auto *context = graph.func().getContext();
  Value x = graph.input(floats(1));
  for (Type stored : {Type(mlir::Float16Type::get(context)), Type(mlir::BFloat16Type::get(context)),
                      Type(mlir::Float64Type::get(context))}) {
    Tensor given = floats(3);
    for (float &value : given.floats)
      value = stored.isF16()    ? halfToFloat(floatToHalf(value))
              : stored.isBF16() ? bfloatToFloat(floatToBfloat(value))
                                : value;
    given.elementType = stored;
    Value y = cast(graph.input(given), floatType());
    graph.output(y);
    graph.output(cast(x, stored));
    // Fused with what is around them.
    graph.output(cast(graph.binary("add", y, x), stored));
    // Known while compiling.
    graph.output(cast(graph.constant(floats(3)), stored));
  }
  graph.agree({{}}, 0);
}

TEST_P(Types, ReductionsOfIntegers) {
  std::vector<Type> types = integerTypes();
  // Every kind on some types of every width, along either axis.
  const char *kinds[] = {"sum", "max", "min", "prod", "l1", "sum_square"};
  for (auto [i, type] : llvm::enumerate(types)) {
    Value x = graph.input(integers(type, 1));
    Value table = graph.add<seg::ReshapeOp>({x}, "shape = [#seg.dim<6>, #seg.dim<25>]");
    auto reduce = [&](const std::string &kind, size_t axis) {
      graph.output(graph.add<seg::ReduceOp>(
          {table}, "kind = #seg.reduce_kind<" + kind +
                       ">, keep_dims = false, axes = array<i64: " + std::to_string(axis) + ">"));
    };
    reduce(kinds[i % 6], i % 2);
    reduce(kinds[(i + 3) % 6], 1 - i % 2);
    if (type.isSignlessInteger(64))
      reduce("mean", 1);
    graph.output(graph.add<seg::ArgMaxOp>(
        {table}, "keep_dims = false, axis = " + std::to_string(i / 2 % 2) + " : i64"));
  }
  graph.agree({{}});
}

INSTANTIATE_TEST_SUITE_P(Archs, Types, ::testing::ValuesIn(testedArchs()), archName);

} // namespace
