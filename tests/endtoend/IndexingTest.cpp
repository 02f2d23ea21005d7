// Gathers, scatters and the largest values in whole networks, with free extents and of every
// element type, compared with the interpreter.

#include "tests/endtoend/Archs.h"
#include "tests/endtoend/OpGraph.h"

#include "mlir/IR/BuiltinTypes.h"

#include <fmt/format.h>

#include <limits>

using namespace segc;
using interpreter::Tensor;
using mlir::Type;
using mlir::Value;

namespace {

const std::vector<OpGraph::Symbols> kSizes = {{{"n", 1}, {"h", 6}, {"w", 9}},
                                              {{"n", 3}, {"h", 5}, {"w", 40}},
                                              {{"n", 1}, {"h", 3}, {"w", 1}}};

class Indexing : public OnTarget {
protected:
  /// Random whole numbers from -range to range.
  Value indices(const std::string &shape, int range) {
    Value x = graph.input(shape);
    Value factor = graph.constant(
        Tensor::ofFloats(graph.func().getContext(), {}, {static_cast<float>(range) + 0.999f}));
    return graph.add<seg::CastOp>({graph.binary("mul", x, factor)}, "to = i64");
  }

  void top(Value x, const std::string &k, int axis, bool largest) {
    Value values = graph.add<seg::TopKOp>(
        {x}, fmt::format("k = #seg.dim<\"{}\">, axis = {}, largest = {}", k, axis, largest));
    graph.output(values);
    graph.output(values.getDefiningOp()->getResult(1));
  }
};

TEST_P(Indexing, FreeExtents) {
  Value dense = graph.input("n, 5, h, w"), x = graph.blocked(dense);
  for (int axis : {0, 1, 3})
    graph.output(graph.add<seg::GatherOp>({axis == 1 ? x : dense, indices("4, 3, 1", 6)},
                                          fmt::format("axis = {}, batch_dims = 0", axis)));
  graph.output(graph.add<seg::GatherOp>({x, indices("n, 6, 2", 9)}, "axis = 1, batch_dims = 1"));
  graph.output(graph.add<seg::GatherOp>({x, indices("n, h, 1", 9)}, "axis = 3, batch_dims = 1"));
  Value everywhere = indices("n, 5, h, w", 7);
  for (int axis = 0; axis < 4; ++axis) {
    const std::string text = fmt::format("axis = {}", axis);
    graph.output(graph.add<seg::GatherElementsOp>({dense, everywhere}, text));
    graph.output(graph.add<seg::ScatterElementsOp>(
        {dense, everywhere, x}, axis % 2 ? text : text + ", reduction = #seg.binary_kind<add>"));
  }
  Value part = indices("1, 4, h, 1", 7);
  graph.output(graph.add<seg::GatherElementsOp>({dense, part}, "axis = 2"));
  graph.output(
      graph.add<seg::ScatterElementsOp>({dense, part, graph.input("1, 4, h, 1")}, "axis = 1"));
  graph.output(graph.add<seg::ScatterOp>({dense, indices("4, 2", 4), graph.input("4, h, w")},
                                         "reduction = #seg.binary_kind<max>"));
  graph.output(graph.add<seg::ScatterOp>({dense, indices("h, 4", 9), graph.input("h")}, ""));
  top(x, "3", 1, true);
  top(dense, "h", 2, false);
  top(graph.unary("round", dense), "(w + 1) / 2", 3, true);
  graph.agree(kSizes);
}

TEST_P(Indexing, EveryElementType) {
  auto *context = graph.func().getContext();
  std::vector<Type> types = {mlir::IntegerType::get(context, 1), mlir::Float32Type::get(context)};
  for (unsigned bits : {8, 16, 32, 64}) {
    types.push_back(mlir::IntegerType::get(context, bits));
    types.push_back(mlir::IntegerType::get(context, bits, mlir::IntegerType::Unsigned));
  }
  Value where = graph.input(
      Tensor::ofInts(mlir::IntegerType::get(context, 32), {5, 1}, {2, -1, 0, 1 << 30, 2}));
  for (size_t i = 0; i < types.size(); ++i) {
    const Type type = types[i];
    auto some = [&](int64_t rows, int64_t factor) {
      if (type.isF32())
        return graph.input(graph.tensor({rows, 19}));
      std::vector<int64_t> values;
      for (int64_t k = 0; k < rows * 19; ++k)
        values.push_back((k * factor) ^ (k % 3 == 0 ? std::numeric_limits<int64_t>::min() : 0));
      return graph.input(Tensor::ofInts(type, {rows, 19}, values));
    };
    Value x = some(3, 12345677), updates = some(5, -7654321);
    graph.output(graph.add<seg::GatherOp>({x, where}, "axis = 1, batch_dims = 0"));
    const bool reduces = seg::takes(seg::BinaryKind::Add, type);
    const char *kinds[] = {"add", "mul", "max", "min"};
    graph.output(graph.add<seg::ScatterOp>(
        {x, where, updates},
        reduces && i % 5 ? fmt::format("reduction = #seg.binary_kind<{}>", kinds[i % 4]) : ""));
    top(x, "2", static_cast<int>(i % 2), i % 3 != 0);
  }
  graph.agree({{}}, 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, Indexing, ::testing::Values("native", "cuda"), archName);

} // namespace
