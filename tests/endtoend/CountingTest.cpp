// What is found, and everything that is computed from it, in whole networks: with many, few and
// none, compared with the interpreter.

#include "tests/endtoend/Archs.h"
#include "tests/endtoend/OpGraph.h"

#include "mlir/IR/BuiltinTypes.h"

#include <fmt/format.h>

#include <cmath>

using namespace segc;
using interpreter::Tensor;
using mlir::Value;

namespace {

std::string count(const std::string &text) { return "count = #seg.dim<\"" + text + "\">"; }

class Counting : public OnTarget {
protected:
  Value reshape(Value value, const std::string &extents) {
    return graph.add<seg::ReshapeOp>({value}, "shape = [" + extents + "]");
  }
  /// A number that is large if the extents of an input of shape [1, `symbol`] are.
  Value size(const char *symbol) {
    return graph.add<seg::ReduceOp>(
        {graph.unary("abs", graph.input(std::string("1, ") + symbol))},
        "kind = #seg.reduce_kind<sum>, axes = array<i64: 1>, keep_dims = true");
  }
};

TEST_P(Counting, WhatIsFoundOfEveryElementType) {
  auto *context = graph.func().getContext();
  std::vector<mlir::Type> types = {mlir::IntegerType::get(context, 1),
                                   mlir::Float32Type::get(context)};
  for (unsigned bits : {8, 16, 32, 64}) {
    types.push_back(mlir::IntegerType::get(context, bits));
    types.push_back(mlir::IntegerType::get(context, bits, mlir::IntegerType::Unsigned));
  }
  int number = 0;
  for (mlir::Type type : types) {
    Value x = graph.input(
        type.isF32() ? Tensor::ofFloats(context, {2, 4, 1}, {0, -1, 2, -0.0f, NAN, 2, 0, NAN})
                     : Tensor::ofInts(type, {2, 4, 1}, {0, -1, 2, 0, 7, 2, 0, 7}));
    graph.output(graph.add<seg::NonZeroOp>({x}, count(fmt::format("count(n{}, 8)", ++number))));
    for (bool sorted : {true, false}) {
      Value lines = reshape(x, sorted ? "#seg.dim<8>, #seg.dim<1>" : "#seg.dim<4>, #seg.dim<2>");
      Value first = graph.add<seg::UniqueOp>(
          {lines}, count(fmt::format("count(n{}, {})", ++number, sorted ? 8 : 4)) +
                       fmt::format(", sorted = {}", sorted));
      for (unsigned i = 0; i < 3; ++i)
        graph.output(first.getDefiningOp()->getResult(i));
    }
  }
  graph.agree({{}});
}

TEST_P(Counting, WhatIsComputedFromIt) {
  Value x = graph.input("h, 9");
  // Inputs are from -2 to 2: with a large t nothing is found, with a large u everything.
  Value threshold = graph.binary("sub", size("t"), size("u"));
  Value first = graph.add<seg::SliceOp>(
      {x}, "starts = [#seg.dim<0>, #seg.dim<0>], sizes = [#seg.dim<h>, #seg.dim<1>], steps = "
           "array<i64: 1, 1>");
  Value chosen = reshape(graph.binary("less", threshold, first), "#seg.dim<h>");
  Value places = graph.add<seg::NonZeroOp>({chosen}, count("count(rows, h)"));
  Value tuples = reshape(places, "#seg.dim<\"count(rows, h)\">, #seg.dim<1>");
  Value rows = graph.add<seg::GatherOp>({x, tuples}, "axis = 0, batch_dims = 0");
  graph.output(rows);
  graph.output(graph.unary("exp", rows));
  graph.output(graph.binary("mul", rows, graph.input("1, 9")));
  graph.output(graph.add<seg::ReduceOp>(
      {rows}, "kind = #seg.reduce_kind<sum>, axes = array<i64: 0>, keep_dims = true"));
  graph.output(graph.add<seg::ReduceOp>(
      {rows}, "kind = #seg.reduce_kind<max>, axes = array<i64: 1>, keep_dims = false"));
  graph.output(graph.add<seg::SoftmaxOp>({rows}, "axis = 1"));
  graph.output(graph.add<seg::ArgMaxOp>({rows}, "axis = 1, keep_dims = true"));
  graph.output(graph.add<seg::TransposeOp>({rows}, "permutation = array<i64: 1, 0>"));
  graph.output(graph.add<seg::ConcatOp>({rows, x, rows}, "axis = 0"));
  graph.output(graph.add<seg::MatmulOp>({rows, graph.constant({9, 5})}, ""));
  graph.output(graph.add<seg::ScatterOp>({x, tuples, rows}, "reduction = #seg.binary_kind<add>"));
  Value top = graph.add<seg::TopKOp>(
      {rows}, "k = #seg.dim<\"min(3, count(rows, h))\">, axis = 0, largest = true");
  graph.output(top);
  graph.output(top.getDefiningOp()->getResult(1));
  graph.output(graph.add<seg::CumSumOp>({rows}, "axis = 0, reverse = true"));
  // Feature maps of every row, by convolution.
  Value maps = reshape(rows, "#seg.dim<\"count(rows, h)\">, #seg.dim<1>, #seg.dim<3>, #seg.dim<3>");
  graph.output(graph.add<seg::Conv2dOp>(
      {maps, graph.constant({20, 1, 3, 3}), {}, {}},
      "strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, "
      "groups = 1 : i64"));
  // Found among what was found.
  graph.output(graph.add<seg::NonZeroOp>({graph.unary("relu", rows)},
                                         count("count(again, 9 * count(rows, h))")));
  std::vector<OpGraph::Symbols> sizes;
  for (int64_t h : {1, 6, 40})
    for (auto [t, u] : {std::pair(1, 1), {99, 1}, {1, 99}})
      sizes.push_back({{"h", h}, {"t", t}, {"u", u}});
  graph.agree(sizes);
}

INSTANTIATE_TEST_SUITE_P(Targets, Counting, ::testing::Values("native", "cuda"), archName);

} // namespace
